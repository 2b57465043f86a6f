/**
 * Index b-trees against a model: entries that fit on their page and entries that spill, ascending and descending,
 * unique records and records with an equal prefix, and the rows of a WITHOUT ROWID table, which replace each other.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { decodeRecord, encodeRecord, SearchKey } from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import {
  checkDatabase,
  createTree,
  IndexCursor,
  IndexTree,
} from '../../packages/engine/src/storage/index.ts'
import { createRandom } from '../support/random.ts'
import type { Random } from '../support/random.ts'
import { StrictPages } from '../support/strict-pages.ts'

/** An entry of the model: an indexed text and a rowid. */
interface Entry {
  readonly text: string
  readonly rowid: number
}

function compareEntries(a: Entry, b: Entry, descending: boolean): number {
  const texts = Buffer.compare(Buffer.from(a.text), Buffer.from(b.text))
  if (texts !== 0) return descending ? -texts : texts
  return a.rowid - b.rowid
}

function textFor(pageSize: number, random: Random): string {
  const kind = random.next()
  const size =
    kind < 0.7
      ? random.below(12)
      : kind < 0.9
        ? random.below(pageSize >> 2)
        : random.below(3 * pageSize)
  // A long common beginning makes comparison look into overflow pages.
  return random.pick(['a', 'b', 'é']).repeat(size) + random.below(20)
}

function currentEntry(cursor: IndexCursor): Entry {
  cursor.loadPayload()
  const values = decodeRecord(cursor.data, cursor.payloadOffset, cursor.payloadSize, 'utf8')
  return { text: values[0] as string, rowid: values[1] as number }
}

function walk(cursor: IndexCursor, forward: boolean): Entry[] {
  const entries: Entry[] = []
  let ok = forward ? cursor.first() : cursor.last()
  for (; ok; ok = forward ? cursor.next() : cursor.previous()) entries.push(currentEntry(cursor))
  return forward ? entries : entries.reverse()
}

function verify(
  t: ExecutionContext,
  pages: StrictPages,
  root: number,
  entries: readonly Entry[],
  key: SearchKey,
  descending: boolean,
  random: Random,
): void {
  const roots = [
    { root: 1, kind: 'table' as const, name: 'sqlite_schema' },
    { root, kind: 'index' as const, name: 'i' },
  ]
  t.deepEqual(checkDatabase(pages, roots, 10), [])
  t.is(new IndexTree(pages, root).count(), entries.length)
  const cursor = new IndexCursor(pages, root)
  t.deepEqual(walk(cursor, true), entries)
  t.deepEqual(walk(cursor, false), entries)
  for (let i = 0; i < 10 && entries.length > 0; i++) {
    const text = random.pick(entries).text + (random.next() < 0.3 ? '!' : '')
    // Only the text: several entries may equal the key.
    key.set([text], 1)
    const order = (entry: Entry): number =>
      compareEntries({ text: entry.text, rowid: 0 }, { text, rowid: 0 }, descending)
    const answers = {
      seekAtLeast: entries.findIndex((entry) => order(entry) >= 0),
      seekAfter: entries.findIndex((entry) => order(entry) > 0),
      seekAtMost: entries.findLastIndex((entry) => order(entry) <= 0),
      seekBefore: entries.findLastIndex((entry) => order(entry) < 0),
    }
    for (const [method, index] of Object.entries(answers)) {
      const found = cursor[method as keyof typeof answers](key)
      t.deepEqual(found ? currentEntry(cursor) : undefined, entries[index], method)
      const forward = random.next() < 0.5
      const moved = forward ? cursor.next() : cursor.previous()
      const neighbour = index < 0 ? undefined : entries[forward ? index + 1 : index - 1]
      t.deepEqual(moved ? currentEntry(cursor) : undefined, neighbour, `after ${method}`)
    }
  }
  cursor.close()
}

for (const pageSize of [512, 1024, 4096, 65536]) {
  test(`index tree: random changes on pages of ${pageSize} bytes agree with a model`, (t) => {
    const random = createRandom(pageSize)
    t.log(`SEED=${random.seed}`)
    for (const descending of [false, true]) {
      const pages = new StrictPages(pageSize, descending ? random.below(32) : 0, random.next, true)
      const root = createTree(pages, 'index')
      const tree = new IndexTree(pages, root)
      const key = new SearchKey([{ collation: 'BINARY', descending }], 'utf8')
      const model: Entry[] = []
      const operations = 600
      for (let i = 0; i < operations; i++) {
        if (random.next() < (i < operations * 0.6 ? 0.8 : 0.25)) {
          const entry = { text: textFor(pageSize, random), rowid: i }
          const record = encodeRecord([entry.text, entry.rowid], 'utf8')
          key.set([entry.text, entry.rowid], 2)
          tree.insert(record, record.length, key)
          model.push(entry)
        } else if (model.length > 0) {
          const [entry] = model.splice(random.below(model.length), 1)
          key.set([entry!.text, entry!.rowid], 2)
          if (!tree.delete(key)) t.fail('an entry is missing')
          if (tree.delete(key)) t.fail('an entry was there twice')
        }
        if (i % 150 === 149) {
          model.sort((a, b) => compareEntries(a, b, descending))
          verify(t, pages, root, model, key, descending, random)
        }
      }
      t.is(tree.clear(), model.length)
      verify(t, pages, root, [], key, descending, random)
    }
  })
}

test('index tree: a record with an equal key replaces the old one on every level', (t) => {
  const random = createRandom(7)
  t.log(`SEED=${random.seed}`)
  const pages = new StrictPages(512, 0, random.next)
  const root = createTree(pages, 'index')
  const tree = new IndexTree(pages, root)
  const key = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
  const model = new Map<number, string>()
  for (let i = 0; i < 3000; i++) {
    const id = random.below(300)
    const text = 'x'.repeat(random.below(random.next() < 0.1 ? 1500 : 60))
    const values: Value[] = [id, text]
    const record = encodeRecord(values, 'utf8')
    key.set(values, 1)
    tree.insert(record, record.length, key)
    model.set(id, text)
  }
  const cursor = new IndexCursor(pages, root)
  const rows: [number, string][] = []
  for (let ok = cursor.first(); ok; ok = cursor.next()) {
    const { text, rowid } = currentEntry(cursor)
    rows.push([text as unknown as number, rowid as unknown as string])
  }
  t.deepEqual(
    rows,
    [...model].sort((a, b) => a[0] - b[0]),
  )
  const roots = [
    { root: 1, kind: 'table' as const, name: 'sqlite_schema' },
    { root, kind: 'index' as const, name: 'i' },
  ]
  t.deepEqual(checkDatabase(pages, roots), [])
})

test('index tree: sorted entries that are appended leave full pages', (t) => {
  const random = createRandom(8)
  const pages = new StrictPages(1024, 0, random.next)
  const root = createTree(pages, 'index')
  const tree = new IndexTree(pages, root)
  const record = encodeRecord([1_000_000, 'abcdefghij', 1_000_000], 'utf8')
  const count = 5000
  for (let i = 0; i < count; i++) {
    const entry = encodeRecord([1_000_000 + i, 'abcdefghij', 1_000_000 + i], 'utf8')
    t.is(entry.length, record.length)
    tree.append(entry, entry.length)
  }
  const perPage = Math.floor((1024 - 8) / (record.length + 3))
  t.true(pages.pageCount < (count / perPage) * 1.05 + 3, `${pages.pageCount} pages`)
  t.is(tree.count(), count)
  const roots = [
    { root: 1, kind: 'table' as const, name: 'sqlite_schema' },
    { root, kind: 'index' as const, name: 'i' },
  ]
  t.deepEqual(checkDatabase(pages, roots), [])
})

test('index tree: ascending entries, some spilled, with deletions in between, stay sound', (t) => {
  const random = createRandom(9)
  t.log(`SEED=${random.seed}`)
  for (const pageSize of [512, 4096]) {
    const pages = new StrictPages(pageSize, 0, random.next, true)
    const root = createTree(pages, 'index')
    const tree = new IndexTree(pages, root)
    const key = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
    const model: number[] = []
    for (let i = 0; i < 3000; i++) {
      const size = random.next() < 0.05 ? random.below(2 * pageSize) : random.below(pageSize >> 5)
      const record = encodeRecord([i, 'x'.repeat(size)], 'utf8')
      key.set([i], 1)
      tree.insert(record, record.length, key)
      model.push(i)
      if (random.next() < 0.2) {
        const [victim] = model.splice(random.below(model.length), 1)
        key.set([victim!], 1)
        t.true(tree.delete(key))
      }
    }
    const roots = [
      { root: 1, kind: 'table' as const, name: 'sqlite_schema' },
      { root, kind: 'index' as const, name: 'i' },
    ]
    t.deepEqual(checkDatabase(pages, roots), [])
    const cursor = new IndexCursor(pages, root)
    t.deepEqual(
      walk(cursor, true).map((entry) => entry.text as unknown as number),
      model,
    )
    cursor.close()
  }
})
