/**
 * Many rows of a table, or entries of an index, changed in one scan, against a model, on pages of every size that are evicted and moved
 * whenever they may be: the tree is sound afterwards, holds what the model holds, and a cursor that stood in it goes on.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import {
  encodeRecord,
  SearchKey,
  varintSize,
  writeVarint,
} from '../../packages/engine/src/record/index.ts'
import {
  checkDatabase,
  createTree,
  EntryRemoval,
  IndexCursor,
  IndexTree,
  RowRemoval,
  RowRewrite,
  TableCursor,
  TableTree,
} from '../../packages/engine/src/storage/index.ts'
import { createRandom } from '../support/random.ts'
import type { Random } from '../support/random.ts'
import { StrictPages } from '../support/strict-pages.ts'

type Rowid = number | bigint

const pageSizes = [512, 1024, 4096, 65536]

function sizeFor(pageSize: number, random: Random): number {
  const kind = random.next()
  if (kind < 0.8) return random.below(40)
  if (kind < 0.95) return random.below(pageSize >> 2)
  return random.below(Math.floor(pageSize * 1.5))
}

interface Table {
  readonly pages: StrictPages
  readonly root: number
  readonly tree: TableTree
  readonly model: Map<Rowid, Uint8Array>
}

function newTable(pageSize: number, random: Random, count: number): Table {
  const pages = new StrictPages(pageSize, random.below(3) * 8, random.next, random.below(6) === 0)
  const root = random.below(4) === 0 ? 1 : createTree(pages, 'table')
  const tree = new TableTree(pages, root)
  const model = new Map<Rowid, Uint8Array>()
  let rowid = random.pick([-50, 1, 1, 2 ** 31 - 100])
  for (let i = 0; i < count; i++) {
    const payload = random.bytes(sizeFor(pageSize, random))
    tree.insert(rowid, payload, payload.length)
    model.set(rowid, payload)
    rowid += 1 + (random.below(10) === 0 ? random.below(1000) : 0)
  }
  return { pages, root, tree, model }
}

function verify(t: ExecutionContext, { pages, root, tree, model }: Table): void {
  const roots = [{ root: 1, kind: 'table' as const, name: 'sqlite_schema' }]
  if (root !== 1) roots.push({ root, kind: 'table' as const, name: 't' })
  t.deepEqual(checkDatabase(pages, roots, 10), [])
  const keys = [...model.keys()].sort((a, b) => (a < b ? -1 : 1))
  t.is(tree.lastRowid(), keys.at(-1) ?? null)
  const cursor = new TableCursor(pages, root)
  const found: Rowid[] = []
  for (let ok = cursor.first(); ok; ok = cursor.next()) {
    found.push(cursor.rowid)
    cursor.loadPayload()
    const { data, payloadOffset, payloadSize } = cursor
    const bytes = data.subarray(payloadOffset, payloadOffset + payloadSize)
    if (Buffer.compare(bytes, model.get(cursor.rowid) ?? new Uint8Array(1)) !== 0) {
      t.fail(`row ${cursor.rowid}`)
    }
  }
  t.deepEqual(found, keys)
  cursor.close()
}

/** Which rows are meant: some here and there, long runs, nearly all, all. */
function choice(random: Random): (index: number) => boolean {
  const share = random.pick([0.05, 0.5, 0.95, 1])
  const run = random.pick([1, 1, 40, 400])
  let left = 0
  let isIn = false
  return () => {
    if (left-- <= 0) {
      left = random.below(run)
      isIn = random.next() < share
    }
    return isIn
  }
}

/** A cursor that stands somewhere, and finds what comes next when all is over. */
function bystander({ pages, root, model }: Table, random: Random): (t: ExecutionContext) => void {
  const keys = [...model.keys()]
  const cursor = new TableCursor(pages, root)
  const rowid = random.pick(keys)
  cursor.seek(rowid)
  return (t) => {
    const next = [...model.keys()].sort((a, b) => (a < b ? -1 : 1)).find((key) => key > rowid)
    t.is(cursor.next() ? cursor.rowid : undefined, next)
    cursor.close()
  }
}

for (const pageSize of pageSizes) {
  test(`sets of rows: those that a scan marks are deleted, on pages of ${pageSize} bytes`, (t) => {
    const random = createRandom(pageSize)
    t.log(`SEED=${random.seed}`)
    for (let round = 0; round < 4; round++) {
      const table = newTable(pageSize, random, 20 + random.below(pageSize > 4096 ? 900 : 300))
      const { pages, root, tree, model } = table
      const goOn = bystander(table, random)
      const isMeant = choice(random)
      const cursor = new TableCursor(pages, root)
      const removal = new RowRemoval(pages, root)
      for (let ok = cursor.first(), i = 0; ok; ok = cursor.next(), i++) {
        if (random.below(200) === 0 && removal.flush()) t.true(cursor.seek(cursor.rowid))
        if (!isMeant(i)) continue
        t.true(model.delete(cursor.rowid))
        removal.delete(cursor)
      }
      while (removal.next(tree));
      removal.close()
      cursor.close()
      goOn(t)
      verify(t, table)
      const payload = random.bytes(30)
      tree.insert(77, payload, 30)
      model.set(77, payload)
      verify(t, table)
    }
  })

  test(`sets of rows: those that a scan rewrites have their new payloads, on pages of ${pageSize} bytes`, (t) => {
    const random = createRandom(pageSize + 1)
    t.log(`SEED=${random.seed}`)
    for (let round = 0; round < 4; round++) {
      const table = newTable(pageSize, random, 20 + random.below(pageSize > 4096 ? 900 : 300))
      const { pages, root, tree, model } = table
      const goOn = bystander(table, random)
      const isMeant = choice(random)
      const growth = random.pick([-20, 0, 1, 30, pageSize >> 2])
      const cursor = new TableCursor(pages, root)
      const rewrite = new RowRewrite(pages, root)
      const seen: Rowid[] = []
      for (let ok = cursor.first(), i = 0; ok; ok = cursor.next(), i++) {
        if (random.below(200) === 0 && rewrite.flush()) t.true(cursor.seek(cursor.rowid))
        seen.push(cursor.rowid)
        if (!isMeant(i)) continue
        pages.beginOperation()
        rewriteRow({ table, cursor, rewrite, random, growth })
        pages.endOperation()
      }
      rewrite.flush()
      rewrite.close()
      cursor.close()
      t.deepEqual(seen, [...model.keys()])
      goOn(t)
      verify(t, table)
      t.true(tree.delete(seen[0]!))
      model.delete(seen[0]!)
      verify(t, table)
    }
  })
}

interface Rewritten {
  readonly table: Table
  readonly cursor: TableCursor
  readonly rewrite: RowRewrite
  readonly random: Random
  readonly growth: number
}

function rewriteRow({ table, cursor, rewrite, random, growth }: Rewritten): void {
  const { tree, model } = table
  rewrite.enter(cursor)
  const { rowid, payloadSize } = cursor
  const most = rewrite.layout.maxTableLocal
  const change = growth < 0 ? -random.below(-growth) : random.below(growth + 1)
  const size = Math.max(0, payloadSize + change)
  const payload = random.bytes(size)
  model.set(rowid, payload)
  if (payloadSize > most || size > most) {
    rewrite.flush()
    tree.insert(rowid, payload, size)
    return
  }
  if (size === payloadSize) {
    rewrite.overwrite(cursor)
    cursor.data.set(payload, cursor.payloadOffset)
    return
  }
  const headSize = varintSize(size) + varintSize(rowid)
  const at = rewrite.room(headSize + size)
  const body = at + writeVarint(rewrite.bytes, at, size)
  rewrite.bytes.set(payload, body + writeVarint(rewrite.bytes, body, rowid))
  rewrite.replace(
    cursor,
    headSize + size,
    size + varintSize(size) - payloadSize - varintSize(payloadSize),
  )
}

for (const pageSize of pageSizes) {
  test(`sets of entries: those of rows that are gone are taken out, on pages of ${pageSize} bytes`, (t) => {
    const random = createRandom(pageSize + 2)
    t.log(`SEED=${random.seed}`)
    for (let round = 0; round < 4; round++) {
      const pages = new StrictPages(pageSize, 0, random.next, random.below(6) === 0)
      const root = createTree(pages, 'index')
      const tree = new IndexTree(pages, root)
      const key = new SearchKey(
        [{ collation: 'BINARY', descending: random.below(2) === 0 }],
        'utf8',
      )
      const rowids: Rowid[] = []
      const count = 20 + random.below(pageSize > 4096 ? 1500 : 400)
      for (let i = 0; i < count; i++) {
        const rowid =
          random.below(50) === 0 ? 2n ** 60n + BigInt(i) : random.below(20) === 0 ? -i : i + 128
        const text = 'x'.repeat(
          random.below(40) === 0 ? sizeFor(pageSize, random) : random.below(9),
        )
        const values = [text + random.below(90), rowid]
        const record = encodeRecord(values, 'utf8')
        key.set(values, 2)
        tree.insert(record, record.length, key)
        rowids.push(rowid)
      }
      const isMeant = choice(random)
      const gone = new Set(rowids.filter((_, i) => isMeant(i)))
      const cursor = new IndexCursor(pages, root)
      const isAtStart = cursor.first()
      const removal = new EntryRemoval(pages, root, gone, new SearchKey(key.fields, 'utf8'))
      while (removal.next(tree));
      t.true(isAtStart)
      let left = 0
      for (let ok = cursor.first(); ok; ok = cursor.next()) left++
      cursor.close()
      const expected = rowids.filter((rowid) => !gone.has(rowid)).length
      t.is(left, expected)
      t.is(tree.count(), expected)
      const roots = [
        { root: 1, kind: 'table' as const, name: 'sqlite_schema' },
        { root, kind: 'index' as const, name: 'i' },
      ]
      t.deepEqual(checkDatabase(pages, roots, 10), [])
    }
  })
}
