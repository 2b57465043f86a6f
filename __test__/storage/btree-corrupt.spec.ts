/**
 * Damaged files: whatever the bytes say, reading and changing a tree ends in an answer or in SQLITE_CORRUPT, in
 * bounded time, and the structure check names the damage in SQLite's sentences.
 */
import test from 'ava'
import {
  readUint16,
  readUint32,
  writeUint16,
  writeUint32,
} from '../../packages/engine/src/base/bytes.ts'
import { SqliteError } from '../../packages/engine/src/base/error.ts'
import { encodeRecord, SearchKey } from '../../packages/engine/src/record/index.ts'
import {
  checkDatabase,
  createTree,
  IndexCursor,
  IndexTree,
  TableCursor,
  TableTree,
} from '../../packages/engine/src/storage/index.ts'
import { createRandom } from '../support/random.ts'
import { StrictPages } from '../support/strict-pages.ts'

const roots = [
  { root: 1, kind: 'table' as const, name: 'sqlite_schema' },
  { root: 2, kind: 'table' as const, name: 't' },
  { root: 3, kind: 'index' as const, name: 'i' },
]

/** A file with a table on root 2 and an index on root 3, both of three levels, with spilled payloads and free pages. */
function soundFile(): Uint8Array {
  const pages = new StrictPages(512, 0, () => 0)
  createTree(pages, 'table')
  createTree(pages, 'index')
  const table = new TableTree(pages, 2)
  const index = new IndexTree(pages, 3)
  const key = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
  for (let i = 0; i < 800; i++) {
    const text = 'v'.repeat(i % 97 === 0 ? 2000 : i % 40)
    const record = encodeRecord([i, text], 'utf8')
    table.insertNew(i * 3, record, record.length)
    key.set([i, text], 2)
    index.insert(record, record.length, key)
  }
  for (let i = 100; i < 200; i++) table.delete(i * 3)
  return pages.toFile()
}

const sound = soundFile()

/** Does everything one can do with the two trees; only a `SqliteError` may come out. */
function exercise(pages: StrictPages, random: () => number): void {
  const attempt = (body: () => void): void => {
    try {
      body()
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
    }
  }
  const key = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
  const some = (): number => Math.floor(random() * 900)
  attempt(() => checkDatabase(pages, roots, 20))
  attempt(() => {
    const cursor = new TableCursor(pages, 2)
    for (let ok = cursor.first(); ok; ok = cursor.next()) cursor.loadPayload()
  })
  attempt(() => {
    const cursor = new TableCursor(pages, 2)
    for (let ok = cursor.last(); ok; ok = cursor.previous()) cursor.loadPayload()
  })
  attempt(() => {
    const cursor = new IndexCursor(pages, 3)
    for (let ok = cursor.first(); ok; ok = cursor.next()) cursor.loadPayload()
  })
  attempt(() => {
    const cursor = new IndexCursor(pages, 3)
    for (let ok = cursor.last(); ok; ok = cursor.previous()) cursor.loadPayload()
  })
  const table = new TableTree(pages, 2)
  const index = new IndexTree(pages, 3)
  for (let i = 0; i < 40; i++) {
    const value = some()
    const record = encodeRecord([value, 'w'.repeat(random() < 0.1 ? 1500 : some() % 60)], 'utf8')
    attempt(() => new TableCursor(pages, 2).seekAtLeast(value))
    attempt(() => void table.insert(value, record, record.length))
    attempt(() => void table.delete(3 * some()))
    key.set([some()], 1)
    attempt(() => new IndexCursor(pages, 3).seekAtMost(key))
    attempt(() => void index.delete(key))
    key.set([value], 1)
    attempt(() => index.insert(record, record.length, key))
  }
  attempt(() => void table.count())
  attempt(() => void index.count())
  attempt(() => void table.lastRowid())
  attempt(() => void table.clear())
  attempt(() => void index.clear())
}

test('b-tree damage: flipped bytes lead to answers or to SQLITE_CORRUPT, never to anything else', (t) => {
  const random = createRandom(31)
  t.log(`SEED=${random.seed}`)
  for (let round = 0; round < 150; round++) {
    const bytes = sound.slice()
    for (let flips = 1 + random.below(12); flips > 0; flips--) {
      // Half of the damage goes to page headers, pointers and the freelist, where it hurts.
      const page = random.below(bytes.length / 512)
      const at = page * 512 + (random.next() < 0.5 ? random.below(24) : random.below(512))
      if (at < 32) continue
      bytes[at] = random.next() < 0.3 ? 255 * random.below(2) : random.below(256)
    }
    const started = Date.now()
    t.notThrows(() => exercise(StrictPages.fromFile(bytes, random.next), random.next))
    t.true(Date.now() - started < 5000, 'takes bounded time')
  }
})

test('b-tree damage: pages that were swapped or doubled are survived', (t) => {
  const random = createRandom(32)
  t.log(`SEED=${random.seed}`)
  for (let round = 0; round < 60; round++) {
    const bytes = sound.slice()
    for (let i = 1 + random.below(4); i > 0; i--) {
      const from = 1 + random.below(bytes.length / 512 - 1)
      const to = 1 + random.below(bytes.length / 512 - 1)
      bytes.copyWithin(to * 512, from * 512, from * 512 + 512)
    }
    t.notThrows(() => exercise(StrictPages.fromFile(bytes, random.next), random.next))
  }
})

test('b-tree damage: a page that is its own child is refused', (t) => {
  const bytes = sound.slice()
  t.is(bytes[512], 5)
  writeUint32(bytes, 512 + readUint16(bytes, 512 + 12), 2)
  const pages = StrictPages.fromFile(bytes)
  const cursor = new TableCursor(pages, 2)
  t.throws(() => cursor.first(), { code: 'SQLITE_CORRUPT' })
  t.false(cursor.next())
  const record = encodeRecord([1], 'utf8')
  const error = { code: 'SQLITE_CORRUPT' }
  t.throws(() => new TableTree(pages, 2).insert(-5, record, record.length), error)
  t.throws(() => new TableTree(pages, 2).count(), error)
  t.throws(() => new TableTree(pages, 2).clear(), error)
})

test('b-tree damage: a tree of the other kind is refused', (t) => {
  const pages = StrictPages.fromFile(sound)
  const error = { code: 'SQLITE_CORRUPT' }
  t.throws(() => new TableCursor(pages, 3).first(), error)
  t.throws(() => new IndexCursor(pages, 2).first(), error)
  t.throws(() => new TableTree(pages, 3).delete(1), error)
})

test('b-tree damage: an overflow chain that ends early is refused', (t) => {
  const bytes = sound.slice()
  const pages = StrictPages.fromFile(bytes)
  const cursor = new TableCursor(pages, 2)
  t.true(cursor.seek(0))
  const local = cursor.payloadOffset + cursor.localSize
  const first = readUint32(cursor.data, local)
  cursor.close()
  writeUint32(bytes, (first - 1) * 512, 0)
  const damaged = StrictPages.fromFile(bytes)
  const other = new TableCursor(damaged, 2)
  t.true(other.seek(0))
  t.throws(() => other.loadPayload(), { code: 'SQLITE_CORRUPT' })
})

/** The check's answer to one change of the sound file. */
function checkAfter(change: (bytes: Uint8Array) => void): readonly string[] {
  const bytes = sound.slice()
  change(bytes)
  return checkDatabase(StrictPages.fromFile(bytes), roots, 100)
}

test('structure check: a sound file has no faults', (t) => {
  t.deepEqual(
    checkAfter(() => {}),
    [],
  )
})

test('structure check: each kind of damage has its sentence', (t) => {
  const childAt = 512 + readUint16(sound, 512 + 12)
  const child = readUint32(sound, childAt)
  // Down the left edge to the first leaf.
  let leaf = child
  while (sound[(leaf - 1) * 512] === 5)
    leaf = readUint32(sound, (leaf - 1) * 512 + readUint16(sound, (leaf - 1) * 512 + 12))
  const base = (leaf - 1) * 512

  t.true(
    checkAfter((b) => writeUint32(b, childAt, 99999)).includes(
      'Tree 2 page 2 cell 0: invalid page number 99999',
    ),
  )
  t.true(
    checkAfter((b) => writeUint32(b, 512 + 8, child)).includes(
      `Tree 2 page 2 cell 0: 2nd reference to page ${child}`,
    ),
  )
  t.true(
    checkAfter((b) => void (b[base] = 7)).includes(
      `Tree 2 page ${leaf}: btreeInitPage() returns error code 11`,
    ),
  )
  t.true(
    checkAfter((b) => writeUint16(b, base + 1, 3)).includes(
      `Tree 2 page ${leaf}: free space corruption`,
    ),
  )
  t.true(
    checkAfter((b) => writeUint16(b, base + 8, 4)).some((line) =>
      line.startsWith(`Tree 2 page ${leaf} cell 0: Offset 4 out of range`),
    ),
  )
  t.true(
    checkAfter((b) => void (b[base + 7] = 9)).some((line) =>
      /^Fragmentation of \d+ bytes reported as 9 on page/.test(line),
    ),
  )
  t.true(
    checkAfter((b) => b.copyWithin(base + 10, base + 8, base + 10)).some((line) =>
      line.endsWith('out of order'),
    ),
  )
  t.true(
    checkAfter((b) => b.copyWithin(base + 10, base + 8, base + 10)).some((line) =>
      line.startsWith('Multiple uses for byte'),
    ),
  )
  t.true(
    checkAfter((b) => writeUint32(b, 36, readUint32(b, 36) + 1)).some((line) =>
      /^Freelist: size is \d+ but should be \d+$/.test(line),
    ),
  )
  t.true(
    checkAfter((b) => {
      writeUint32(b, 36, 0)
      writeUint32(b, 32, 0)
    }).some((line) => /^Page \d+: never used$/.test(line)),
  )
})

test('structure check: it stops at the limit', (t) => {
  const bytes = sound.slice()
  writeUint32(bytes, 36, 0)
  writeUint32(bytes, 32, 0)
  t.is(checkDatabase(StrictPages.fromFile(bytes), roots, 3).length, 3)
})
