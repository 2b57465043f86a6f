/**
 * Table b-trees against a model: random rows of random sizes are inserted, replaced and deleted on every page size,
 * with and without reserved bytes, and after each batch the tree must be sound, hold what the model holds, and
 * be found and walked in every way that the model can be.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import {
  checkDatabase,
  createTree,
  dropping,
  TableCursor,
  TableTree,
} from '../../packages/engine/src/storage/index.ts'
import { createRandom } from '../support/random.ts'
import type { Random } from '../support/random.ts'
import { StrictPages } from '../support/strict-pages.ts'

type Rowid = number | bigint

/** Rowids in three manners: few that collide, ascending, and all over the 64 bits. */
function rowidIn(manner: number, random: Random, next: () => number): Rowid {
  if (manner === 0) return random.below(200)
  if (manner === 1) return random.next() < 0.8 ? next() : 1 + random.below(300)
  const kind = random.below(4)
  if (kind === 0) return -random.below(1e9)
  if (kind === 1) return random.below(2 ** 40)
  const wide = BigInt.asIntN(64, (BigInt(random.below(2 ** 32)) << 32n) | BigInt(random.below(9)))
  const narrow = Number(wide)
  return Number.isSafeInteger(narrow) ? narrow : wide
}

/** Mostly small, sometimes near a page, now and then of several overflow pages. */
function sizeFor(pageSize: number, random: Random): number {
  const kind = random.next()
  if (kind < 0.6) return random.below(40)
  if (kind < 0.8) return random.below(pageSize >> 2)
  if (kind < 0.95) return random.below(Math.floor(pageSize * 1.2))
  return random.below(5 * pageSize)
}

function sortedKeys(model: ReadonlyMap<Rowid, Uint8Array>): Rowid[] {
  return [...model.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function verify(
  t: ExecutionContext,
  pages: StrictPages,
  root: number,
  model: ReadonlyMap<Rowid, Uint8Array>,
  random: Random,
): void {
  const roots = [
    { root: 1, kind: 'table' as const, name: 'sqlite_schema' },
    { root, kind: 'table' as const, name: 't' },
  ]
  t.deepEqual(checkDatabase(pages, roots, 10), [])
  const keys = sortedKeys(model)
  const tree = new TableTree(pages, root)
  t.is(tree.count(), keys.length)
  t.is(tree.lastRowid(), keys.at(-1) ?? null)

  const cursor = new TableCursor(pages, root)
  const forwards: Rowid[] = []
  let wrong = 0
  for (let ok = cursor.first(); ok; ok = cursor.next()) {
    forwards.push(cursor.rowid)
    cursor.loadPayload()
    const { data, payloadOffset, payloadSize } = cursor
    const expected = model.get(cursor.rowid) ?? new Uint8Array(0)
    if (Buffer.compare(data.subarray(payloadOffset, payloadOffset + payloadSize), expected) !== 0)
      wrong++
  }
  t.deepEqual(forwards, keys)
  t.is(wrong, 0)
  const backwards: Rowid[] = []
  for (let ok = cursor.last(); ok; ok = cursor.previous()) backwards.push(cursor.rowid)
  t.deepEqual(backwards.reverse(), keys)

  for (let i = 0; i < 10 && keys.length > 0; i++) seekAround(t, cursor, keys, random)
  cursor.close()
}

function seekAround(
  t: ExecutionContext,
  cursor: TableCursor,
  keys: readonly Rowid[],
  random: Random,
): void {
  let x = random.pick(keys)
  if (random.next() < 0.5) {
    const more = BigInt(x) + 1n
    x = Number.isSafeInteger(Number(more)) ? Number(more) : more
  }
  const answers = {
    seek: keys.indexOf(x),
    seekAtLeast: keys.findIndex((key) => key >= x),
    seekAfter: keys.findIndex((key) => key > x),
    seekAtMost: keys.findLastIndex((key) => key <= x),
    seekBefore: keys.findLastIndex((key) => key < x),
  }
  for (const [method, index] of Object.entries(answers)) {
    const found = cursor[method as keyof typeof answers](x)
    t.is(found ? cursor.rowid : undefined, keys[index], `${method}(${x})`)
    const forward = random.next() < 0.5
    const moved = forward ? cursor.next() : cursor.previous()
    const neighbour = index < 0 ? undefined : keys[forward ? index + 1 : index - 1]
    t.is(moved ? cursor.rowid : undefined, neighbour, `after ${method}(${x})`)
  }
}

for (const pageSize of [512, 1024, 4096, 16384, 65536]) {
  test(`table tree: random changes on pages of ${pageSize} bytes agree with a model`, (t) => {
    const random = createRandom(pageSize)
    t.log(`SEED=${random.seed}`)
    for (let manner = 0; manner < 3; manner++) {
      const reserved = manner === 1 ? 0 : random.below(32)
      const pages = new StrictPages(pageSize, reserved, random.next, manner === 0)
      const root = createTree(pages, 'table')
      const tree = new TableTree(pages, root)
      const model = new Map<Rowid, Uint8Array>()
      const operations = 500
      let latest = 0
      const next = (): number => ++latest
      for (let i = 0; i < operations; i++) {
        const rowid = rowidIn(manner, random, next)
        if (random.next() < (i < operations * 0.6 ? 0.75 : 0.25)) {
          const size = sizeFor(pageSize, random)
          // The array may be longer than the payload.
          const payload = random.bytes(size + random.below(3))
          if (tree.insert(rowid, payload, size) !== model.has(rowid)) t.fail(`insert ${rowid}`)
          model.set(rowid, payload.subarray(0, size))
        } else {
          const victim =
            model.size > 0 && random.next() < 0.9 ? random.pick([...model.keys()]) : rowid
          if (tree.delete(victim) !== model.delete(victim)) t.fail(`delete ${victim}`)
        }
        if (tree.exists(rowid) !== model.has(rowid)) t.fail(`exists ${rowid}`)
        if (i % 100 === 99) verify(t, pages, root, model, random)
      }
      t.is(tree.clear(), model.size)
      model.clear()
      verify(t, pages, root, model, random)
      const drop = dropping(pages, root)
      while (drop.next());
      const schema = { root: 1, kind: 'table' as const, name: 'sqlite_schema' }
      t.deepEqual(checkDatabase(pages, [schema], 10), [])
    }
  })
}

test('table tree: deleting everything in any order leaves one empty leaf', (t) => {
  const random = createRandom(1)
  t.log(`SEED=${random.seed}`)
  const pages = new StrictPages(512, 0, random.next)
  const root = createTree(pages, 'table')
  const tree = new TableTree(pages, root)
  const rowids: number[] = []
  for (let i = 0; i < 2000; i++) {
    tree.insertNew(i, random.bytes(20), 20)
    rowids.push(i)
  }
  while (rowids.length > 0) {
    const at = random.below(rowids.length)
    const rowid = rowids[at]!
    rowids[at] = rowids.at(-1)!
    rowids.pop()
    if (!tree.delete(rowid)) t.fail(`row ${rowid} is missing`)
  }
  verify(t, pages, root, new Map(), random)
  const free = new DataView(pages.get(1).data.buffer).getUint32(36)
  t.is(free, pages.pageCount - 2)
})

test('table tree: ascending rowids leave full pages', (t) => {
  const random = createRandom(2)
  const pages = new StrictPages(4096, 0, random.next)
  const tree = new TableTree(pages, createTree(pages, 'table'))
  const payload = new Uint8Array(96)
  for (let i = 1; i <= 4000; i++) tree.insertNew(i, payload, 96)
  // 4088 bytes of a leaf hold 40 cells of 99 bytes and a two-byte pointer each (39 once rowids need three bytes).
  t.true(pages.pageCount <= Math.ceil(4000 / 40) + 4, `${pages.pageCount} pages`)
})

test('table tree: freed pages are used before the file grows', (t) => {
  const random = createRandom(3)
  const pages = new StrictPages(1024, 0, random.next)
  const root = createTree(pages, 'table')
  const tree = new TableTree(pages, root)
  const fill = (): void => {
    for (let i = 0; i < 500; i++) tree.insertNew(i, new Uint8Array(300), 300)
    tree.insertNew(1000, new Uint8Array(300_000), 300_000)
  }
  fill()
  const { pageCount } = pages
  for (let round = 0; round < 3; round++) {
    t.is(tree.clear(), 501)
    fill()
  }
  t.is(pages.pageCount, pageCount)
  const roots = [
    { root: 1, kind: 'table' as const, name: 'sqlite_schema' },
    { root, kind: 'table' as const, name: 't' },
  ]
  t.deepEqual(checkDatabase(pages, roots), [])
})

test('table tree: a row that is replaced by itself changes no page', (t) => {
  let writes = 0
  class CountingPages extends StrictPages {
    override write(...[page]: Parameters<StrictPages['write']>): void {
      writes++
      super.write(page)
    }
  }
  const random = createRandom(4)
  for (const pageSize of [512, 4096]) {
    const pages = new CountingPages(pageSize, 0, random.next)
    const root = createTree(pages, 'table')
    const tree = new TableTree(pages, root)
    const model = new Map<Rowid, Uint8Array>()
    for (const [rowid, size] of [0, 1, 100, 3000, 20_000].entries()) {
      const payload = Uint8Array.from({ length: size }, () => random.below(256))
      model.set(rowid, payload)
      tree.insertNew(rowid, payload, size)
    }
    for (const [rowid, payload] of model) {
      writes = 0
      t.true(tree.insert(rowid, payload, payload.length))
      t.is(writes, 0, `${payload.length} bytes`)
      for (const at of [0, payload.length >> 1, payload.length - 1]) {
        if (payload.length === 0) continue
        payload[at]! ^= 1
        writes = 0
        tree.insert(rowid, payload, payload.length)
        t.true(writes > 0, `byte ${at} of ${payload.length}`)
      }
    }
    verify(t, pages, root, model, random)
  }
})
