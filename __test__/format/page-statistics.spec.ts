/** `dbstat` on a file that SQLite looks at, too: pages of tables, indexes and WITHOUT ROWID tables, overflow pages, sums. */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { runWithSqlite } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const questions = [
  'SELECT * FROM dbstat',
  'SELECT * FROM dbstat ORDER BY name, path',
  "SELECT *, schema, aggregate FROM dbstat('main', 1)",
  'SELECT rowid, name FROM dbstat WHERE aggregate = 1 ORDER BY name DESC',
  "SELECT name, pagetype, count(*), sum(unused) FROM dbstat WHERE name LIKE 't%' GROUP BY 1, 2 ORDER BY 1, 2",
  "SELECT path, pgoffset FROM dbstat WHERE name = 'big'",
  "SELECT * FROM dbstat('nosuch')",
  "SELECT * FROM dbstat('main', 2)",
  'SELECT m.type, sum(d.pgsize) FROM sqlite_schema m JOIN dbstat d USING (name) GROUP BY 1',
]

test('page statistics: dbstat says what SQLite says', (t) => {
  const file = join(temporaryFolder(), 'a.db')
  const database = new Database(file, { pageSize: 1024 })
  database.exec(`
    CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c);
    CREATE INDEX tb ON t(b);
    CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
    CREATE TABLE big(x);
    CREATE TABLE empty(a UNIQUE);
    INSERT INTO t SELECT value, printf('%08x', value * 7919 % 65521), value FROM generate_series(1, 600);
    INSERT INTO w SELECT hex(value * 7919 % 65521), zeroblob(value * 37 % 1900) FROM generate_series(1, 60);
    INSERT INTO big SELECT zeroblob(value * 1234) FROM generate_series(1, 6);
    DELETE FROM t WHERE a % 7 = 3;
  `)
  const ours = questions.map((sql) => database.prepare(sql).raw().all())
  t.deepEqual(database.prepare("SELECT count(*) FROM dbstat('main', 1)").pluck().get(), 7)
  t.throws(() => database.exec('CREATE VIEW v AS SELECT * FROM dbstat; SELECT * FROM v'), {
    message: 'unsafe use of virtual table "dbstat"',
  })
  database.exec('DROP VIEW v')
  database.exec('CREATE VIRTUAL TABLE temp.s USING dbstat(main)')
  t.is(database.prepare('SELECT count(*) FROM s').pluck().get(), (ours[0] as unknown[]).length)
  t.throws(() => database.exec('CREATE VIRTUAL TABLE temp.s2 USING dbstat(nosuch)'), {
    message: 'no such database: nosuch',
  })
  database.close()
  const script = `
    const db = new DatabaseSync(process.argv[1])
    const answers = JSON.parse(process.argv[2]).map((sql) => {
      const statement = db.prepare(sql)
      statement.setReturnArrays(true)
      return statement.all()
    })
    process.stdout.write(JSON.stringify(answers))`
  const theirs = runWithSqlite(script, [file, JSON.stringify(questions)])
  if (theirs === null) t.log('skipped: no SQLite here')
  else questions.forEach((sql, i) => t.deepEqual(ours[i], (theirs as unknown[])[i], sql))
})
