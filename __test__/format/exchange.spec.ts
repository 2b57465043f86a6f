/**
 * Files go both ways: what we write SQLite finds sound and reads alike, what SQLite writes (every page size, every
 * text encoding, a log left behind) we read alike.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { runWithSqlite, sqliteIntegrity, sqliteTables } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const pageSizes = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]
const schema = `
  CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB);
  CREATE INDEX t_b ON t(b);
  CREATE UNIQUE INDEX t_cd ON t(c DESC, b COLLATE NOCASE);
  CREATE TABLE u(x TEXT PRIMARY KEY, y);
`

function show(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return `i${value}`
  if (typeof value === 'number') return `r${value}`
  if (typeof value === 'string') return `t${Buffer.from(value).toString('hex')}`
  return `b${Buffer.from(value as Uint8Array).toString('hex')}`
}

function readTable(db: Database, table: string): string[][] {
  const rows = db.prepare(`SELECT * FROM ${table}`).raw().safeIntegers().all() as unknown[][]
  return rows.map((row) => row.map(show))
}

for (const pageSize of pageSizes) {
  test(`exchange: a file of ours with pages of ${pageSize} bytes is sound for SQLite`, (t) => {
    t.timeout(120_000)
    const path = join(temporaryFolder(), 'ours.db')
    const db = new Database(path, { pageSize })
    db.exec(schema)
    const insert = db.prepare('INSERT INTO t(b, c, d) VALUES (?, ?, ?)')
    const other = db.prepare('INSERT OR REPLACE INTO u VALUES (?, ?)')
    db.transaction(() => {
      for (let i = 0; i < 600; i++) {
        insert.run(
          `text ${(i * 7919) % 1000} ${'é'.repeat(i % 40)}`,
          i / 3,
          Buffer.alloc((i * i) % 5000, i),
        )
        other.run(`key ${i % 250}`, BigInt(i) ** 6n)
      }
    })()
    db.exec('DELETE FROM t WHERE a % 3 = 1; UPDATE t SET b = b || b WHERE a % 5 = 2')
    const ours = { t: readTable(db, 't'), u: readTable(db, 'u') }
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    t.is(db.pragma('page_size', { simple: true }), pageSize)
    db.close()
    const integrity = sqliteIntegrity(path)
    if (integrity === null) {
      t.log('no node:sqlite here to compare with')
      return
    }
    t.is(integrity, 'ok')
    t.deepEqual(sqliteTables(path), ours)
  })
}

for (const [pageSize, encoding] of [
  ...pageSizes.map((size) => [size, 'UTF-8'] as const),
  [4096, 'UTF-16le'],
  [1024, 'UTF-16be'],
] as const) {
  test(`exchange: SQLite's file, ${pageSize}-byte pages, ${encoding}, reads as SQLite reads it`, (t) => {
    const path = join(temporaryFolder(), 'theirs.db')
    const made = runWithSqlite(
      `
      const [path, pageSize, encoding, schema] = process.argv.slice(1)
      const db = new DatabaseSync(path)
      db.exec('PRAGMA page_size = ' + pageSize + '; PRAGMA encoding = "' + encoding + '"; PRAGMA journal_mode = WAL; ' + schema)
      db.exec('CREATE TABLE w(k TEXT, n INTEGER, v, PRIMARY KEY (n, k)) WITHOUT ROWID')
      const insert = db.prepare('INSERT INTO t(b, c, d) VALUES (?, ?, ?)')
      const row = db.prepare('INSERT INTO w VALUES (?, ?, ?)')
      db.exec('BEGIN')
      for (let i = 0; i < 400; i++) {
        insert.run('text \\u{1F600} ' + (i * 7919) % 1000 + 'ß'.repeat(i % 30), i / 3, Buffer.alloc((i * i) % 4000, i))
        row.run('k' + i % 97, i, 'v'.repeat(i * 5 % 3000))
      }
      db.exec('COMMIT')
      db.exec('PRAGMA wal_checkpoint')
      db.exec('DELETE FROM t WHERE a % 4 = 0')
      process.stdout.write('1')
      process.kill(process.pid, 'SIGKILL')`.replace(
        "process.kill(process.pid, 'SIGKILL')",
        'db.close()',
      ),
      [path, String(pageSize), encoding, schema],
    )
    if (made === null) {
      t.log('no node:sqlite here to compare with')
      t.pass()
      return
    }
    const expected = sqliteTables(path)!
    const db = new Database(path)
    for (const table of ['t', 'u', 'w']) t.deepEqual(readTable(db, table), expected[table], table)
    t.is(db.pragma('integrity_check', { simple: true }), 'ok')
    const byIndex = db.prepare("SELECT count(*) FROM t WHERE b >= 'text'").pluck().get()
    t.is(byIndex, expected['t']!.length)
    db.close()
  })
}

test('exchange: a log that a killed SQLite left behind is recovered', (t) => {
  const path = join(temporaryFolder(), 'left.db')
  let made: unknown
  try {
    made = runWithSqlite(
      `
      const db = new DatabaseSync(process.argv[1])
      db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t(a, b)')
      for (let i = 0; i < 500; i++) db.prepare('INSERT INTO t VALUES (?, ?)').run(i, 'b'.repeat(i))
      process.stdout.write('1')
      process.reallyExit(0)`,
      [path],
    )
  } catch (error) {
    t.fail(String(error))
  }
  if (made === null) {
    t.log('no node:sqlite here to compare with')
    t.pass()
    return
  }
  for (const options of [{}, { experimental: ['multiprocess_wal'] }]) {
    const db = new Database(path, options)
    t.deepEqual(db.prepare('SELECT count(*), sum(length(b)) FROM t').raw().get(), [500, 124_750])
    db.exec("INSERT INTO t VALUES (1000, '')")
    db.exec('DELETE FROM t WHERE a = 1000')
    db.close()
  }
  t.is(sqliteIntegrity(path), 'ok')
})
