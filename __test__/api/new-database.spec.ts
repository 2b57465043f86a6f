/**
 * What may be chosen of a database before it has a first page, or a first table: page size and text encoding. SQLite must find every
 * such file sound and read the same in it.
 */
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { hasSqliteShell, sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'

const modes = { single: {}, several: { experimental: ['multiprocess_wal'] } } as const
type Mode = keyof typeof modes
const encodings = ['UTF-8', 'UTF-16le', 'UTF-16be'] as const

function newPath(): string {
  return join(temporaryFolder(), 'new.db')
}

function pluck(db: Database, sql: string): unknown {
  return db.prepare(sql).pluck().get()
}

/** Tables with an index of each collation, rows that overflow, deletions, and several checkpoints. */
function work(db: Database): void {
  db.exec(`PRAGMA synchronous = OFF; CREATE TABLE t(id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b TEXT COLLATE RTRIM, c);
    CREATE INDEX ta ON t(a); CREATE INDEX tb ON t(b); CREATE INDEX tc ON t(c, a DESC);
    CREATE INDEX te ON t(lower(b) || 'é')`)
  const insert = db.prepare('INSERT INTO t(a, b, c) VALUES(?, ?, ?)')
  for (let i = 0; i < 120; i++) {
    insert.run(
      `äE𝒳B${i % 37}`,
      `${'x'.repeat(i % 50)}${' '.repeat(i % 3)}`,
      i % 2 ? `ünï${i}` : BigInt(i),
    )
  }
  insert.run('long'.repeat(20_000), 'y'.repeat(5000), Buffer.alloc(3000, 1))
  db.exec("DELETE FROM t WHERE id % 5 = 1; UPDATE t SET c = 'ﬀ' || id WHERE id % 7 = 1")
}

const dump = "SELECT id, a, b, c FROM t WHERE typeof(c) <> 'blob' ORDER BY c, a DESC, id"

for (const mode of Object.keys(modes) as Mode[]) {
  for (const encoding of encodings) {
    for (const pageSize of [512, 1024, 8192, 65_536]) {
      test(`new database: page size ${pageSize} and ${encoding} hold from the first page on, ${mode}`, (t) => {
        const path = newPath()
        const db = new Database(path, { ...modes[mode], ...(mode === 'several' && { pageSize }) })
        db.exec(`PRAGMA wal_autocheckpoint = 50; PRAGMA page_size = ${pageSize}`)
        db.exec(`PRAGMA encoding = '${encoding}'`)
        t.is(pluck(db, 'PRAGMA page_size'), pageSize)
        t.is(pluck(db, 'PRAGMA encoding'), encoding)
        work(db)
        const rows = db.prepare(dump).raw().all() as unknown[][]
        t.is(pluck(db, 'PRAGMA integrity_check'), 'ok')
        db.close()

        const again = new Database(path, modes[mode])
        t.is(pluck(again, 'PRAGMA page_size'), pageSize)
        t.is(pluck(again, 'PRAGMA encoding'), encoding)
        t.deepEqual(again.prepare(dump).raw().all(), rows)
        again.close()
        if (!hasSqliteShell()) return t.log('sqlite3 is not on the PATH: not compared')
        const facts = 'PRAGMA page_size; PRAGMA encoding; PRAGMA integrity_check;'
        t.is(sqliteShell(path, facts), `${pageSize}\n${encoding}\nok`)
        t.is(sqliteShell(path, dump), rows.map((row) => row.join('|')).join('\n'))
      })
    }
  }
}

test('new database: of several processes the page size is that of the option, for the first page is written at the opening', (t) => {
  const path = newPath()
  const db = new Database(path, { ...modes.several, pageSize: 1024 })
  db.exec('PRAGMA page_size = 8192; CREATE TABLE t(x)')
  t.is(pluck(db, 'PRAGMA page_size'), 1024)
  db.close()
})

for (const [first, second] of [
  [512, 65_536],
  [65_536, 512],
] as const) {
  test(`new database: of two connections that choose ${first} and ${second}, who writes first decides`, (t) => {
    const path = newPath()
    const one = new Database(path)
    const two = new Database(path)
    one.exec(`PRAGMA page_size = ${first}; PRAGMA encoding = 'UTF-16be'`)
    two.exec(`PRAGMA page_size = ${second}; PRAGMA encoding = 'UTF-16le'`)
    const insert = 'INSERT INTO t(a) VALUES(?)'
    work(two)
    t.is(pluck(one, 'SELECT count(*) FROM t'), 96)
    one.prepare(insert).run('from one')
    two.prepare(insert).run('from two')
    for (const db of [one, two]) {
      t.is(pluck(db, 'PRAGMA page_size'), second)
      t.is(pluck(db, 'PRAGMA encoding'), 'UTF-16le')
      t.is(pluck(db, 'SELECT count(*) FROM t'), 98)
    }
    one.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    t.is(statSync(path).size % second, 0)
    t.is(pluck(two, 'PRAGMA integrity_check'), 'ok')
    one.close()
    two.close()
    if (hasSqliteShell()) t.is(sqliteShell(path, 'PRAGMA integrity_check'), 'ok')
  })
}

test('new database: of several processes too, who makes the first table decides on the encoding', (t) => {
  const path = newPath()
  const one = new Database(path, modes.several)
  const two = new Database(path, modes.several)
  one.exec("PRAGMA encoding = 'UTF-16be'")
  two.exec("PRAGMA encoding = 'UTF-16le'")
  const text = one.prepare("SELECT hex(CAST('a' AS BLOB))").pluck()
  t.is(text.get(), '0061')
  work(two)
  t.is(pluck(one, 'SELECT count(*) FROM t'), 96)
  t.is(text.get(), '6100')
  t.is(pluck(one, 'PRAGMA encoding'), 'UTF-16le')
  t.is(pluck(one, 'PRAGMA integrity_check'), 'ok')
  one.close()
  two.close()
})

test('new database: a page size that was chosen and written by a transaction that is rolled back stays', (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec('PRAGMA page_size = 512; PRAGMA page_size = 1024; BEGIN; CREATE TABLE t(x)')
  db.exec('PRAGMA page_size = 8192; ROLLBACK; PRAGMA page_size = 8192')
  t.is(pluck(db, 'PRAGMA page_size'), 1024)
  work(db)
  t.is(pluck(db, 'PRAGMA page_size'), 1024)
  db.close()
  if (hasSqliteShell())
    t.is(sqliteShell(path, 'PRAGMA page_size; PRAGMA integrity_check'), '1024\nok')
})

test('new database: an encoding that a transaction used which is rolled back stays', (t) => {
  const db = new Database(newPath())
  db.exec("PRAGMA encoding = 'UTF-16be'; BEGIN; CREATE TABLE t(x); ROLLBACK")
  db.exec("PRAGMA encoding = 'UTF-16le'")
  t.is(pluck(db, 'PRAGMA encoding'), 'UTF-16be')
  db.close()
})

test('new database: page size and encoding can be chosen inside a transaction that has not read', (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec("BEGIN; PRAGMA page_size = 1024; PRAGMA encoding = 'UTF-16be'; CREATE TABLE t(x); COMMIT")
  t.is(pluck(db, 'PRAGMA page_size'), 1024)
  t.is(pluck(db, 'PRAGMA encoding'), 'UTF-16be')
  db.close()
})

test('new database: a value other than a table does not yet decide on the encoding', (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec('PRAGMA user_version = 3')
  db.close()
  const again = new Database(path)
  again.exec("PRAGMA encoding = 'utf16le'; CREATE TABLE t(x); INSERT INTO t VALUES('ä')")
  t.is(pluck(again, 'PRAGMA encoding'), 'UTF-16le')
  again.close()
  if (hasSqliteShell()) t.is(sqliteShell(path, 'SELECT x FROM t; PRAGMA integrity_check'), 'ä\nok')
})

test('new database: what holds something keeps page size and encoding, silently', (t) => {
  const db = new Database(newPath())
  db.exec("CREATE TABLE t(x); PRAGMA page_size = 512; PRAGMA encoding = 'UTF-16'")
  db.exec("PRAGMA encoding = 'bogus'")
  t.is(pluck(db, 'PRAGMA page_size'), 4096)
  t.is(pluck(db, 'PRAGMA encoding'), 'UTF-8')
  db.close()
  t.throws(() => new Database(':memory:').exec("PRAGMA encoding = 'bogus'"), {
    message: 'unsupported encoding: bogus',
    code: 'SQLITE_ERROR',
  })
})

for (const encoding of encodings) {
  test(`new database: attached, temporary and in memory it has the encoding of main, ${encoding}`, (t) => {
    const folder = temporaryFolder()
    for (const path of [':memory:', join(folder, 'main.db')]) {
      const db = new Database(path)
      const side = join(folder, `side of ${path.length}.db`)
      db.exec(`ATTACH '${side}' AS side; ATTACH ':memory:' AS m`)
      db.exec(`PRAGMA side.page_size = 512; PRAGMA m.page_size = 8192; PRAGMA page_size = 1024`)
      db.exec(`PRAGMA encoding = '${encoding}'`)
      for (const name of ['side', 'm', 'main', 'temp']) {
        db.exec(`CREATE TABLE ${name}.t(x TEXT); CREATE INDEX ${name}.i ON t(x)`)
        db.exec(`INSERT INTO ${name}.t VALUES('ä€'), ('𝒳'), (x'41004100')`)
        t.is(pluck(db, `PRAGMA ${name}.integrity_check`), 'ok')
        const blob = `SELECT hex(CAST(x AS BLOB)) FROM ${name}.t WHERE x = '𝒳'`
        const expected = { 'UTF-8': 'F09D92B3', 'UTF-16le': '35D8B3DC', 'UTF-16be': 'D835DCB3' }
        t.is(pluck(db, blob), expected[encoding])
      }
      t.is(pluck(db, 'SELECT count(*) FROM t JOIN side.t USING (x) JOIN m.t USING (x)'), 3)
      t.is(pluck(db, 'PRAGMA side.page_size'), 512)
      t.is(pluck(db, 'PRAGMA m.page_size'), 8192)
      t.is(pluck(db, 'PRAGMA page_size'), 1024)
      db.close()
      const facts = `512\n${encoding}\nok`
      const ask = 'PRAGMA page_size; PRAGMA encoding; PRAGMA integrity_check'
      if (hasSqliteShell()) t.is(sqliteShell(side, ask), facts)
    }
  })
}

test('new database: beside a database of one encoding none of another can be attached', (t) => {
  const folder = temporaryFolder()
  const file = (encoding: string): string => join(folder, `${encoding}.db`)
  for (const encoding of encodings) {
    const db = new Database(file(encoding))
    db.exec(`PRAGMA encoding = '${encoding}'; CREATE TABLE t(x)`)
    db.close()
  }
  const refusal = {
    message: 'attached databases must use the same text encoding as main database',
    code: 'SQLITE_ERROR',
  }
  for (const main of encodings) {
    for (const side of encodings) {
      const db = new Database(file(main))
      const attach = (): unknown => db.exec(`ATTACH '${file(side)}' AS side`)
      if (main === side) t.notThrows(attach)
      else t.throws(attach, refusal)
      db.close()
    }
  }
  const empty = new Database(join(folder, 'empty.db'))
  t.throws(() => empty.exec(`ATTACH '${file('UTF-16le')}' AS side`), refusal)
  empty.exec(`PRAGMA encoding = 'UTF-16le'; ATTACH '${file('UTF-16le')}' AS side`)
  empty.exec("PRAGMA encoding = 'UTF-8'; CREATE TABLE t(x)")
  t.is(pluck(empty, 'PRAGMA encoding'), 'UTF-16le')
  empty.close()
})

test('new database: main may turn out to have another encoding than what is attached', (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec("CREATE TEMP TABLE kept(x); INSERT INTO kept VALUES('k')")
  const other = new Database(path)
  other.exec("PRAGMA encoding = 'UTF-16le'; CREATE TABLE t(x); INSERT INTO t VALUES('v')")
  other.close()
  t.throws(() => pluck(db, 'SELECT x FROM t'), {
    message: 'attached databases must use the same text encoding as main database',
  })
  t.true(existsSync(path))
  db.close()
})
