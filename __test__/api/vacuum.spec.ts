/**
 * VACUUM and VACUUM INTO: what stays, what goes, what is refused, and who reads on meanwhile. SQLite finds every file whole, and has the rows of
 * `sqlite_schema` in the same order.
 */
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { temporaryFolder } from '../support/temporary.ts'

const fill = `
  PRAGMA user_version = 7; PRAGMA application_id = 9;
  CREATE TABLE t (a, b);
  CREATE TABLE z (id INTEGER PRIMARY KEY AUTOINCREMENT, q);
  INSERT INTO z VALUES (5, 1);
  CREATE TABLE y (c PRIMARY KEY, d UNIQUE) WITHOUT ROWID;
  CREATE INDEX i ON t (a, b DESC);
  CREATE VIEW v AS SELECT 1;
  WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 600)
    INSERT INTO t SELECT x, printf('%.*c', x % 90, 'y') FROM n;
  INSERT INTO y SELECT a, b || a FROM t;
  INSERT INTO t VALUES (1, zeroblob(100000));
  CREATE TABLE w (x);
  DELETE FROM t WHERE a % 3 = 0;
  DELETE FROM y WHERE c % 5;
  ALTER TABLE t ADD COLUMN e DEFAULT 'later';
  CREATE TABLE gone (x); INSERT INTO gone SELECT b FROM t; DROP TABLE gone;`

const rowsOf = (database: Database): unknown[][] =>
  database.prepare('SELECT rowid, * FROM t NOT INDEXED').raw().all() as unknown[][]

const contents = (database: Database): string =>
  JSON.stringify([
    rowsOf(database),
    database.prepare('SELECT * FROM y').raw().all(),
    database.prepare('SELECT * FROM z').raw().all(),
    database.pragma('user_version'),
    database.pragma('application_id'),
    database.pragma('encoding'),
  ])

const order = 'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid'

for (const encoding of ['UTF-8', 'UTF-16le']) {
  for (const experimental of [[], ['multiprocess_wal']]) {
    const mode = experimental.length === 0 ? 'one process' : 'several processes'
    // With a small one the copy lies in files.
    const cache = encoding === 'UTF-8' ? 'a cache of ten pages' : 'a large cache'
    test(`vacuum: ${encoding}, ${mode}, ${cache}: everything stays but free space`, async (t) => {
      const path = join(temporaryFolder(), 'a.db')
      const options = { experimental, pageSize: 1024 }
      const database = new Database(path, options)
      database.exec(`PRAGMA encoding = '${encoding}'; ${fill}`)
      const other = new Database(path, { experimental })
      if (encoding === 'UTF-8') {
        database.exec('PRAGMA cache_size = 10')
        other.exec('PRAGMA cache_size = 10')
      }
      const before = contents(database)
      const version = database.pragma('schema_version', { simple: true }) as number
      const pages = database.pragma('page_count', { simple: true }) as number
      const reading = other.prepare('SELECT a FROM t NOT INDEXED').pluck().iterate()
      const count = [reading.next().value]

      database.exec('VACUUM')
      count.push(...reading)
      t.deepEqual(
        count,
        rowsOf(database).map((row) => row[1]),
      )
      t.is(contents(database), before)
      t.is(contents(other), before)
      t.is(database.pragma('schema_version', { simple: true }), version + 1)
      t.true((database.pragma('page_count', { simple: true }) as number) < pages * 0.8)
      t.is(database.pragma('freelist_count', { simple: true }), 0)
      other.exec(
        'INSERT INTO w VALUES (1); INSERT INTO t (a) VALUES (-1); DELETE FROM t WHERE a = -1',
      )

      const into = join(temporaryFolder(), 'b.db')
      other.prepare('VACUUM INTO ?').run(into)
      const copy = new Database(into)
      t.is(contents(copy), before)
      copy.close()
      database.close()
      other.close()
      const oracle = openOracle()
      if (oracle === null) return
      t.teardown(() => oracle.close())
      await oracle.reset(`PRAGMA encoding = '${encoding}'`)
      for (const file of [path, into]) {
        await oracle.exec(`ATTACH '${file}' AS f`)
        t.deepEqual(await oracle.query('PRAGMA f.integrity_check'), [['ok']])
        const ours = await oracle.query(order.replace('FROM ', 'FROM f.'))
        await oracle.exec('VACUUM f')
        t.deepEqual(await oracle.query(order.replace('FROM ', 'FROM f.')), ours)
        await oracle.exec('DETACH f')
      }
    })
  }
}

test('vacuum: rowids that neither a column nor an index names are given anew, as SQLite does', (t) => {
  const database = new Database(join(temporaryFolder(), 'a.db'))
  const into = join(temporaryFolder(), 'b.db')
  for (const name of ['plain', 'indexed']) {
    database.exec(`CREATE TABLE ${name} (x); INSERT INTO ${name} VALUES ('a'), ('b'), ('c')`)
    database.exec(`DELETE FROM ${name} WHERE x = 'b'`)
  }
  database.exec(`CREATE INDEX i ON indexed (x); VACUUM INTO '${into}'; VACUUM`)
  const rowids = (of: Database, name: string): unknown[] =>
    of.prepare(`SELECT rowid FROM ${name} ORDER BY x`).pluck().all()
  t.deepEqual(
    [rowids(database, 'plain'), rowids(database, 'indexed')],
    [
      [1, 2],
      [1, 3],
    ],
  )
  const copy = new Database(into)
  t.deepEqual(
    [rowids(copy, 'plain'), rowids(copy, 'indexed')],
    [
      [1, 3],
      [1, 3],
    ],
  )
  copy.close()
  database.close()
})

test('vacuum: what PRAGMA auto_vacuum says is made of the database', async (t) => {
  const path = join(temporaryFolder(), 'a.db')
  new Database(path, { pageSize: 512 }).exec(fill).close()
  const oracle = openOracle()
  t.teardown(() => oracle?.close())
  for (const mode of [1, 0, 2, 1]) {
    const database = new Database(path)
    const before = contents(database)
    database.exec(`PRAGMA auto_vacuum = ${mode}; VACUUM`)
    t.is(database.pragma('auto_vacuum', { simple: true }), mode)
    t.is(contents(database), before)
    database.exec('CREATE TABLE more (x); INSERT INTO more SELECT b FROM t; DROP TABLE more')
    database.close()
    if (oracle === null) continue
    await oracle.exec(`ATTACH '${path}' AS f`)
    t.deepEqual(await oracle.query('PRAGMA f.integrity_check'), [['ok']])
    t.deepEqual(await oracle.query('PRAGMA f.auto_vacuum'), [[mode]])
    await oracle.exec('DETACH f')
  }
})

test('vacuum: a database in memory, and what a failure leaves of it', (t) => {
  const database = new Database(':memory:')
  database.exec(fill)
  const before = contents(database)
  const pages = database.pragma('page_count', { simple: true }) as number
  database.exec('VACUUM')
  t.is(contents(database), before)
  t.true((database.pragma('page_count', { simple: true }) as number) < pages)
  database.exec('BEGIN; DELETE FROM t; ROLLBACK')
  t.is(contents(database), before)
  t.deepEqual(database.pragma('integrity_check'), [{ integrity_check: 'ok' }])
  database.close()
})

test('vacuum: the sentences are SQLite’s', (t) => {
  const folder = temporaryFolder()
  const database = new Database(join(folder, 'a.db'))
  const at = (name: string): string => join(folder, name)
  const refusal = (sql: string): string => {
    try {
      database.prepare(sql).run()
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  database.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)')
  t.is(refusal('VACUUM nowhere'), 'unknown database nowhere')
  t.is(refusal(`VACUUM nowhere INTO '${at('x.db')}'`), 'unknown database nowhere')
  t.is(refusal('VACUUM temp'), '')
  t.is(refusal('VACUUM INTO NULL'), 'non-text filename')
  t.is(refusal('VACUUM INTO 5'), 'non-text filename')
  t.is(refusal("VACUUM INTO x'616263'"), 'non-text filename')
  t.is(refusal('VACUUM INTO a'), 'no such column: a')
  t.is(refusal("VACUUM INTO '/nowhere/x.db'"), 'unable to open database: /nowhere/x.db')
  t.is(refusal("VACUUM INTO ''"), '')
  t.is(refusal("VACUUM INTO ':memory:'"), '')
  t.is(refusal(`VACUUM INTO '${folder}/' || 'b.db'`), '')
  t.is(refusal(`VACUUM INTO '${at('b.db')}'`), 'output file already exists')
  t.is(refusal(`VACUUM INTO 'file:${at('c.db')}'`), '')
  t.true(existsSync(at('c.db')))
  writeFileSync(at('d.db'), '')
  t.is(refusal(`VACUUM main INTO '${at('d.db')}'`), '')
  t.true(statSync(at('d.db')).size > 0)
  for (const begin of ['BEGIN', 'SAVEPOINT s']) {
    database.exec(begin)
    t.is(refusal('VACUUM'), 'cannot VACUUM from within a transaction')
    t.is(refusal(`VACUUM INTO '${at('e.db')}'`), 'cannot VACUUM from within a transaction')
    database.exec('ROLLBACK')
  }
  database.unsafeMode()
  const reading = database.prepare('SELECT * FROM t').iterate()
  reading.next()
  t.is(refusal('VACUUM'), 'cannot VACUUM - SQL statements in progress')
  t.is(refusal(`VACUUM INTO '${at('e.db')}'`), 'cannot VACUUM - SQL statements in progress')
  t.false(existsSync(at('e.db')))
  reading.return?.()
  database.exec(`ATTACH '${at('f.db')}' AS f; CREATE TABLE f.q (r); INSERT INTO q VALUES (3)`)
  t.is(refusal('VACUUM f'), '')
  t.is(refusal(`VACUUM f INTO '${at('g.db')}'`), '')
  t.deepEqual(new Database(at('g.db')).prepare('SELECT r FROM q').pluck().all(), [3])
  database.close()
})
