/**
 * Cursors while their tree, another tree, or the whole database changes under them: they go on from where they
 * stood, read no rubbish, and say so when that is impossible.
 */
import test from 'ava'
import { decodeRecord, encodeRecord, SearchKey } from '../../packages/engine/src/record/index.ts'
import {
  createTree,
  IndexCursor,
  IndexTree,
  Pager,
  TableCursor,
  TableTree,
} from '../../packages/engine/src/storage/index.ts'
import { createRandom } from '../support/random.ts'
import { StrictPages } from '../support/strict-pages.ts'

const payloadOf = (rowid: number | bigint): Uint8Array => Buffer.from(`row ${rowid}`)

function readPayload(cursor: TableCursor): string {
  const { data, payloadOffset, payloadSize } = cursor
  return Buffer.from(data.subarray(payloadOffset, payloadOffset + payloadSize)).toString()
}

test('table cursor: next goes on after the row it stood on, whatever was inserted or deleted', (t) => {
  const random = createRandom(11)
  t.log(`SEED=${random.seed}`)
  const pages = new StrictPages(512, 0, random.next)
  const root = createTree(pages, 'table')
  const tree = new TableTree(pages, root)
  const rows = new Set<number>()
  for (let i = 0; i < 500; i++) rows.add(random.below(5000))
  for (const rowid of rows) tree.insertNew(rowid, payloadOf(rowid), payloadOf(rowid).length)
  const cursor = new TableCursor(pages, root)
  let at = -1
  for (let ok = cursor.first(); ok; ok = cursor.next()) {
    const expected = Math.min(...[...rows].filter((rowid) => rowid > at))
    t.is(cursor.rowid, expected)
    t.is(readPayload(cursor), `row ${expected}`)
    at = expected
    for (let i = random.below(4); i > 0; i--) {
      const rowid = random.below(5000)
      if (rows.delete(rowid)) tree.delete(rowid)
      else {
        rows.add(rowid)
        tree.insertNew(rowid, payloadOf(rowid), payloadOf(rowid).length)
      }
    }
    if (random.next() < 0.3 && rows.delete(at)) tree.delete(at)
  }
  t.false([...rows].some((rowid) => rowid > at))
})

test('index cursor: next goes on after the entry it stood on, even when that was deleted', (t) => {
  const random = createRandom(12)
  t.log(`SEED=${random.seed}`)
  const pages = new StrictPages(512, 0, random.next)
  const root = createTree(pages, 'index')
  const tree = new IndexTree(pages, root)
  const key = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
  const entries = new Set<number>()
  const toggle = (value: number): void => {
    // Entries of 150 bytes: three to a page, so that many are interior.
    const record = encodeRecord([value, 'x'.repeat(140)], 'utf8')
    key.set([value], 1)
    if (entries.delete(value)) tree.delete(key)
    else {
      entries.add(value)
      tree.insert(record, record.length, key)
    }
  }
  for (let i = 0; i < 400; i++) toggle(random.below(5000))
  const cursor = new IndexCursor(pages, root)
  let at = -1
  for (let ok = cursor.first(); ok; ok = cursor.next()) {
    at = Math.min(...[...entries].filter((value) => value > at))
    for (let i = random.below(4); i > 0; i--) toggle(random.below(5000))
    if (random.next() < 0.3 && entries.has(at)) toggle(at)
    // Read only now: the entry stays readable while the tree changes.
    cursor.loadPayload()
    const [value] = decodeRecord(cursor.data, cursor.payloadOffset, cursor.payloadSize, 'utf8')
    t.is(value as number, at)
  }
  t.false([...entries].some((value) => value > at))
})

test('index cursor: changes of other trees do not move it', (t) => {
  const random = createRandom(13)
  const pages = new StrictPages(512, 0, random.next)
  const indexRoot = createTree(pages, 'index')
  const index = new IndexTree(pages, indexRoot)
  const table = new TableTree(pages, createTree(pages, 'table'))
  const key = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
  for (let i = 0; i < 300; i++) {
    const record = encodeRecord([i, i], 'utf8')
    key.set([i, i], 2)
    index.insert(record, record.length, key)
  }
  const cursor = new IndexCursor(pages, indexRoot)
  let seen = 0
  for (let ok = cursor.first(); ok; ok = cursor.next()) {
    table.insert(seen * 7, new Uint8Array(30), 30)
    seen++
  }
  t.is(seen, 300)
})

test('index cursor: clearing the tree ends the walk', (t) => {
  const pages = new StrictPages(512, 0, Math.random)
  const root = createTree(pages, 'index')
  const tree = new IndexTree(pages, root)
  for (let i = 0; i < 100; i++) {
    const record = encodeRecord([i], 'utf8')
    tree.append(record, record.length)
  }
  const cursor = new IndexCursor(pages, root)
  t.true(cursor.first())
  t.is(tree.clear(), 100)
  t.false(cursor.next())
  t.false(cursor.first())
})

test('cursors: a rollback under a walk goes on by rowid in a table and is reported in an index', (t) => {
  const pager = Pager.openMemory({ pageSize: 512 })
  pager.beginWrite()
  const tableRoot = createTree(pager, 'table')
  const indexRoot = createTree(pager, 'index')
  const table = new TableTree(pager, tableRoot)
  const index = new IndexTree(pager, indexRoot)
  const add = (i: number): void => {
    const record = encodeRecord([i], 'utf8')
    table.insert(i, record, record.length)
    index.append(record, record.length)
  }
  for (let i = 0; i < 10; i++) add(i)
  const savepoint = pager.savepoint()
  for (let i = 10; i < 1000; i++) add(i)
  const tableCursor = new TableCursor(pager, tableRoot)
  const indexCursor = new IndexCursor(pager, indexRoot)
  t.true(tableCursor.seek(5))
  t.true(indexCursor.first())
  t.true(indexCursor.next())
  pager.rollbackTo(savepoint)
  t.true(tableCursor.next())
  t.is(tableCursor.rowid, 6)
  t.throws(() => indexCursor.next(), {
    code: 'SQLITE_ABORT_ROLLBACK',
    message: 'abort due to ROLLBACK',
  })
  t.false(indexCursor.next())
  t.true(indexCursor.first())
  t.is(table.count(), 10)
  t.is(table.lastRowid(), 9)
  // The tree's memory of its last leaf must not outlive the rollback.
  add(10)
  t.is(table.count(), 11)
  tableCursor.close()
  indexCursor.close()
})

test('cursors: closing lets go of all pages, and a closed cursor can be positioned again', (t) => {
  const pages = new StrictPages(512, 0, Math.random)
  const root = createTree(pages, 'table')
  const tree = new TableTree(pages, root)
  for (let i = 0; i < 500; i++) tree.insertNew(i, payloadOf(i), payloadOf(i).length)
  const cursor = new TableCursor(pages, root)
  t.true(cursor.seek(250))
  let held = 0
  for (let pgno = 1; pgno <= pages.pageCount; pgno++) if (cursor.holds(pages.get(pgno))) held++
  // 500 rows lie on some 25 leaves below one root.
  t.is(held, 2)
  cursor.close()
  held = 0
  for (let pgno = 1; pgno <= pages.pageCount; pgno++) if (cursor.holds(pages.get(pgno))) held++
  t.is(held, 0)
  t.false(cursor.next())
  t.true(cursor.seek(251))
  t.is(readPayload(cursor), 'row 251')
})

test('cursors: a cursor that stands on no row stays there', (t) => {
  const pages = new StrictPages(512, 0, Math.random)
  const root = createTree(pages, 'table')
  const tree = new TableTree(pages, root)
  const cursor = new TableCursor(pages, root)
  t.false(cursor.first())
  t.false(cursor.last())
  t.false(cursor.seekAtLeast(0))
  t.false(cursor.seekAtMost(0))
  t.false(cursor.next())
  t.false(cursor.previous())
  tree.insertNew(1, payloadOf(1), 5)
  t.false(cursor.next())
  t.true(cursor.first())
  t.false(cursor.next())
  t.false(cursor.next())
  t.false(cursor.seek(2))
  t.false(cursor.next())
})
