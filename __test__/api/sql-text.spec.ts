/** SQL ends at a NUL, and what is no character in it is U+FFFD: as better-sqlite3 and node:sqlite hand it to SQLite. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { DatabaseSync } from '../../packages/engine/src/node-sqlite.ts'

const told: string[] = []
const db = new Database(':memory:', { verbose: (text) => void told.push(String(text)) })

test.serial('a text ends at a NUL', (t) => {
  for (const [sql, shown] of [
    ['SELECT 1\0SELECT 2', 'SELECT 1'],
    ['SELECT 1;\0garbage', 'SELECT 1;'],
    ['SELECT 1 \0', 'SELECT 1 '],
  ] as const) {
    told.length = 0
    const statement = db.prepare(sql)
    t.deepEqual(statement.all(), [{ 1: 1 }])
    t.is(statement.source, sql)
    db.exec(sql)
    t.is(told[0], shown)
    t.is(told.length, 2)
    t.is(new DatabaseSync(':memory:').prepare(sql).sourceSQL, shown)
  }
  t.throws(() => db.prepare('\0SELECT 1'), { instanceOf: RangeError })
  t.throws(() => db.prepare("SELECT 'a\0b'"), { message: `unrecognized token: "'a"` })
  db.exec('CREATE TABLE a(x); CREATE TABLE b(x)\0; CREATE TABLE c(x)')
  const names = db.prepare('SELECT name FROM sqlite_schema').pluck().all()
  t.deepEqual(names, ['a', 'b'])
})

test.serial('halves of characters are U+FFFD', (t) => {
  told.length = 0
  const sql = "SELECT '\ud800x' AS \"\udc00n\", '😀' AS s -- \ud800"
  const statement = db.prepare(sql)
  t.deepEqual(statement.all(), [{ '\ufffdn': '\ufffdx', s: '😀' }])
  t.deepEqual(told, [sql.toWellFormed()])
  db.exec('CREATE TABLE "t\ud800"(a); INSERT INTO "t\ufffd" VALUES (1)')
  t.deepEqual(db.prepare('SELECT a FROM "t\udfff"').all(), [{ a: 1 }])
})
