/**
 * The format, with SQLite as the judge: files that these b-trees write must pass `integrity_check` of the `sqlite3`
 * shell and hold the same rows there, be packed as well as SQLite packs them, and files that SQLite wrote must be read
 * and changed. Without a `sqlite3` on the PATH these tests only say so.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { decodeRecord, encodeRecord, SearchKey } from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import {
  checkDatabase,
  createTree,
  IndexCursor,
  IndexTree,
  TableCursor,
  TableTree,
} from '../../packages/engine/src/storage/index.ts'
import type { TreeRoot } from '../../packages/engine/src/storage/index.ts'
import { createRandom } from '../support/random.ts'
import { hasSqliteShell, sqliteShell } from '../support/sqlite-shell.ts'
import { StrictPages } from '../support/strict-pages.ts'

function inFolder(t: ExecutionContext, body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-btree-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  body(folder)
}

function withShell(t: ExecutionContext, body: (folder: string) => void): void {
  if (!hasSqliteShell()) {
    t.log('skipped: there is no sqlite3 on the PATH')
    t.pass()
  } else inFolder(t, body)
}

/** Adds a row to `sqlite_schema`. */
function declare(pages: StrictPages, rowid: number, row: readonly Value[]): void {
  const record = encodeRecord(row, 'utf8')
  new TableTree(pages, 1).insertNew(rowid, record, record.length)
}

interface SchemaRow extends TreeRoot {
  readonly sql: string
}

function readSchema(pages: StrictPages): SchemaRow[] {
  const rows: SchemaRow[] = [{ root: 1, kind: 'table', name: 'sqlite_schema', sql: '' }]
  const cursor = new TableCursor(pages, 1)
  for (let ok = cursor.first(); ok; ok = cursor.next()) {
    cursor.loadPayload()
    const row = decodeRecord(cursor.data, cursor.payloadOffset, cursor.payloadSize, 'utf8')
    const [type, name, , root, sql] = row as [string, string, string, number, string]
    const isIndexTree = type === 'index' || /WITHOUT ROWID/i.test(sql ?? '')
    if (root) rows.push({ root, kind: isIndexTree ? 'index' : 'table', name, sql: sql ?? '' })
  }
  cursor.close()
  return rows
}

function countByCursor(pages: StrictPages, row: TreeRoot): number {
  const cursor =
    row.kind === 'table' ? new TableCursor(pages, row.root) : new IndexCursor(pages, row.root)
  let count = 0
  for (let ok = cursor.first(); ok; ok = cursor.next()) {
    cursor.loadPayload()
    decodeRecord(cursor.data, cursor.payloadOffset, cursor.payloadSize, 'utf8')
    count++
  }
  cursor.close()
  return count
}

for (const [pageSize, reserved] of [
  [512, 0],
  [512, 32],
  [1024, 0],
  [4096, 12],
  [65536, 0],
  [65536, 40],
] as const) {
  test(`b-tree files: SQLite accepts ${pageSize}-byte pages with ${reserved} reserved bytes`, (t) =>
    withShell(t, (folder) => {
      const random = createRandom(pageSize + reserved)
      t.log(`SEED=${random.seed}`)
      const pages = new StrictPages(pageSize, reserved, random.next)
      const table = createTree(pages, 'table')
      const index = createTree(pages, 'index')
      const without = createTree(pages, 'index')
      declare(pages, 1, ['table', 't', 't', table, 'CREATE TABLE t(a, b)'])
      declare(pages, 2, ['index', 'ta', 't', index, 'CREATE INDEX ta ON t(a DESC)'])
      declare(pages, 3, [
        'table',
        'w',
        'w',
        without,
        'CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID',
      ])
      const tableTree = new TableTree(pages, table)
      const indexTree = new IndexTree(pages, index)
      const withoutTree = new IndexTree(pages, without)
      const indexKey = new SearchKey([{ collation: 'BINARY', descending: true }], 'utf8')
      const withoutKey = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
      const rows = new Map<number, string>()
      for (let i = 0; i < 1500; i++) {
        const rowid = random.below(600) - 100
        const old = rows.get(rowid)
        if (old !== undefined) {
          indexKey.set([old, rowid], 2)
          t.true(indexTree.delete(indexKey))
        }
        if (random.next() < 0.3) {
          t.is(tableTree.delete(rowid), rows.delete(rowid))
          withoutKey.set([`k${rowid}`], 1)
          t.is(withoutTree.delete(withoutKey), old !== undefined)
          continue
        }
        const size = random.below(random.next() < 0.1 ? 3 * pageSize : 60)
        const text = random.pick(['p', 'q', 'r']).repeat(size) + i
        rows.set(rowid, text)
        const row = encodeRecord([text, rowid], 'utf8')
        tableTree.insert(rowid, row, row.length)
        indexKey.set([text, rowid], 2)
        indexTree.insert(row, row.length, indexKey)
        const pair = encodeRecord([`k${rowid}`, text], 'utf8')
        withoutKey.set([`k${rowid}`], 1)
        withoutTree.insert(pair, pair.length, withoutKey)
      }
      t.deepEqual(checkDatabase(pages, readSchema(pages)), [])
      const file = join(folder, 'ours.db')
      writeFileSync(file, pages.toFile())
      t.is(sqliteShell(file, 'PRAGMA integrity_check'), 'ok')
      const sorted = [...rows].sort((a, b) => a[0] - b[0])
      // Compared by `===`: the difference of two long texts would be no help.
      const theirRows = sqliteShell(file, 'SELECT rowid, a FROM t ORDER BY rowid')
      t.true(theirRows === sorted.map(([rowid, text]) => `${rowid}|${text}`).join('\n'))
      const pairs = sorted.map(([rowid, text]) => [`k${rowid}`, text] as const)
      pairs.sort((a, b) => (a[0] < b[0] ? -1 : 1))
      const theirPairs = sqliteShell(file, 'SELECT k, v FROM w')
      t.true(theirPairs === pairs.map((pair) => pair.join('|')).join('\n'))
    }))
}

test('b-tree files: pages that SQLite wrote are read, changed, and accepted back', (t) =>
  withShell(t, (folder) => {
    const random = createRandom(21)
    t.log(`SEED=${random.seed}`)
    for (const pageSize of [512, 4096, 65536]) {
      const file = join(folder, `theirs-${pageSize}.db`)
      sqliteShell(
        file,
        `PRAGMA page_size=${pageSize};
         CREATE TABLE t(a, b);
         CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID;
         WITH RECURSIVE c(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM c WHERE i < 1500)
         INSERT INTO t(rowid, a, b) SELECT (i * 7919) % 100003, i, hex(zeroblob((i * i) % 97)) FROM c;
         INSERT INTO t(rowid, a) VALUES (9223372036854775807, 'max'), (-9223372036854775808, 'min');
         INSERT INTO t(rowid, a, b) VALUES (-1, 'long', hex(zeroblob(100000)));
         INSERT INTO w SELECT a, b FROM t;
         DELETE FROM t WHERE rowid % 3 = 0;`,
      )
      const pages = StrictPages.fromFile(readFileSync(file), random.next)
      const schema = readSchema(pages)
      t.deepEqual(checkDatabase(pages, schema), [])
      const find = (name: string): TreeRoot => schema.find((row) => row.name === name)!
      t.is(countByCursor(pages, find('t')), Number(sqliteShell(file, 'SELECT count(*) FROM t')))
      t.is(countByCursor(pages, find('w')), 1504)
      const cursor = new TableCursor(pages, find('t').root)
      const rowids: string[] = []
      for (let ok = cursor.first(); ok; ok = cursor.next()) rowids.push(String(cursor.rowid))
      t.is(rowids.join('\n'), sqliteShell(file, 'SELECT rowid FROM t'))
      t.true(cursor.seek(9223372036854775807n))
      t.true(cursor.seek(-9223372036854775808n))
      cursor.close()

      const tree = new TableTree(pages, find('t').root)
      const kept = rowids.filter((_, i) => i % 2 === 0)
      rowids.forEach((text, i) => {
        const rowid = Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
        if (i % 2 === 1) t.true(tree.delete(rowid))
        else {
          const row = encodeRecord([i, 'z'.repeat(random.below(300))], 'utf8')
          t.true(tree.insert(rowid, row, row.length))
        }
      })
      writeFileSync(file, pages.toFile())
      t.is(sqliteShell(file, 'PRAGMA integrity_check'), 'ok')
      t.is(sqliteShell(file, 'SELECT rowid FROM t'), kept.join('\n'))
    }
  }))

test('b-tree files: rows and entries take at most two percent more pages than SQLite needs', (t) =>
  withShell(t, (folder) => {
    for (const order of ['ascending', 'scattered'] as const) {
      const file = join(folder, `${order}.db`)
      const value = order === 'ascending' ? 'i' : '(i * 48271) % 65537'
      sqliteShell(
        file,
        `PRAGMA page_size=1024; CREATE TABLE t(a, b); CREATE INDEX ta ON t(a);
         WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 10000)
         INSERT INTO t(rowid, a, b) SELECT ${value}, ${value}, 'abcdefghijklmnopqrstuvwxyz' FROM c;`,
      )
      const theirs = Number(sqliteShell(file, 'PRAGMA page_count'))
      const pages = new StrictPages(1024, 0, Math.random)
      const table = new TableTree(pages, createTree(pages, 'table'))
      const index = new IndexTree(pages, createTree(pages, 'index'))
      const key = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
      for (let i = 1; i <= 10000; i++) {
        const n = order === 'ascending' ? i : (i * 48271) % 65537
        const row = encodeRecord([n, 'abcdefghijklmnopqrstuvwxyz'], 'utf8')
        table.insert(n, row, row.length)
        const entry = encodeRecord([n, n], 'utf8')
        key.set([n, n], 2)
        index.insert(entry, entry.length, key)
      }
      t.log(`${order}: ${pages.pageCount} pages, SQLite ${theirs}`)
      t.true(pages.pageCount <= theirs * 1.02)
    }
  }))

test('b-tree files: the public databases of the corpus are sound and read to the end', (t) => {
  const folder = join(process.env['CORPUS_DIR'] ?? '../shared/corpus', 'data')
  if (!existsSync(folder)) {
    t.log(`skipped: there is no ${folder}`)
    t.pass()
    return
  }
  for (const name of readdirSync(folder)) {
    const pages = StrictPages.fromFile(readFileSync(join(folder, name)))
    const schema = readSchema(pages)
    t.deepEqual(checkDatabase(pages, schema), [], name)
    for (const row of schema) {
      const expected =
        row.kind === 'table'
          ? new TableTree(pages, row.root).count()
          : new IndexTree(pages, row.root).count()
      t.is(countByCursor(pages, row), expected, `${name} ${row.name}`)
      if (row.kind === 'index' || !hasSqliteShell() || row.root === 1) continue
      const count = sqliteShell(
        `file:${join(folder, name)}?immutable=1`,
        `SELECT count(*) FROM "${row.name}"`,
      )
      t.is(String(expected), count, `${name} ${row.name}`)
    }
  }
})
