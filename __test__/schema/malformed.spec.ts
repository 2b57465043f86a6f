/**
 * Rows of `sqlite_schema` that make no sense, or little: what each means for the file is SQLite's to say, as are the
 * words in which it is refused.
 */
import test from 'ava'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { hasSqliteShell, sqliteShell } from '../support/sqlite-shell.ts'
import { runWithSqlite } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const schema = `
  CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT UNIQUE, c);
  CREATE INDEX i ON t(c);
  CREATE VIEW v AS SELECT a FROM t;
  CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END;
  CREATE TABLE ok(x);
  CREATE TABLE w(k TEXT PRIMARY KEY, z) WITHOUT ROWID;
  CREATE INDEX wi ON w(z);
  INSERT INTO t VALUES (1, 'x', 2), (2, 'y', 3);
  INSERT INTO ok VALUES (5);`

/** What is done to the schema of each file. */
const damages: readonly (readonly string[])[] = [
  ["update sqlite_schema set rootpage=2.5 where name='t'"],
  ["update sqlite_schema set rootpage='2' where name='t'"],
  ["update sqlite_schema set rootpage=cast('2' as text) where name='t'"],
  ["update sqlite_schema set rootpage=x'32' where name='t'"],
  ["update sqlite_schema set rootpage='abc' where name='t'"],
  ["update sqlite_schema set rootpage=-1 where name='t'"],
  ["update sqlite_schema set rootpage=99999 where name='t'"],
  ["update sqlite_schema set rootpage=4294967298 where name='t'"],
  ["update sqlite_schema set rootpage=null where name='t'"],
  ["update sqlite_schema set rootpage=0 where name='t'"],
  ["update sqlite_schema set rootpage=1 where name='t'"],
  ["update sqlite_schema set rootpage=2.0 where name='t'"],
  ["update sqlite_schema set rootpage=2.5 where name='v'"],
  ["update sqlite_schema set rootpage=3 where name='v'"],
  ["update sqlite_schema set rootpage=999 where name='v'"],
  ["update sqlite_schema set rootpage=null where name='v'"],
  ["update sqlite_schema set rootpage='x' where name='tr'"],
  ["update sqlite_schema set rootpage=0 where name='i'"],
  ["update sqlite_schema set rootpage=1 where name='i'"],
  [
    "update sqlite_schema set rootpage=(select rootpage from sqlite_schema where name='sqlite_autoindex_t_1') where name='i'",
  ],
  [
    "update sqlite_schema set rootpage=(select rootpage from sqlite_schema where name='t') where name='i'",
  ],
  [
    "update sqlite_schema set rootpage=(select rootpage from sqlite_schema where name='t') where name='ok'",
  ],
  [
    "update sqlite_schema set rootpage=(select rootpage from sqlite_schema where name='i') where name='sqlite_autoindex_t_1'",
  ],
  ["update sqlite_schema set rootpage=0 where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set rootpage=1 where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set rootpage=77 where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set rootpage=2.5 where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set rootpage=null where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set name='zork' where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set sql='' where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set sql=1 where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set type='table' where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set type=null where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set tbl_name='ok' where name='sqlite_autoindex_t_1'"],
  ["delete from sqlite_schema where name='sqlite_autoindex_t_1'"],
  ["update sqlite_schema set type=null where name='t'"],
  ["update sqlite_schema set type=7 where name='t'"],
  ["update sqlite_schema set type=x'7461626c65' where name='t'"],
  ["update sqlite_schema set type='TABLE' where name='t'"],
  ["update sqlite_schema set type='index' where name='t'"],
  ["update sqlite_schema set type='table' where name='i'"],
  ["update sqlite_schema set type='table' where name='v'"],
  ["update sqlite_schema set type='view' where name='t'"],
  ["update sqlite_schema set name=null where name='t'"],
  ["update sqlite_schema set name=5 where name='t'"],
  ["update sqlite_schema set name='zz' where name='t'"],
  ["update sqlite_schema set name='T' where name='t'"],
  ["update sqlite_schema set name='zz' where name='i'"],
  ["update sqlite_schema set name=null where name='i'"],
  ["update sqlite_schema set tbl_name=null where name='t'"],
  ["update sqlite_schema set tbl_name='zz' where name='t'"],
  ["update sqlite_schema set tbl_name='ok' where name='i'"],
  ["update sqlite_schema set tbl_name=null where name='i'"],
  ["update sqlite_schema set tbl_name='ok' where name='v'"],
  ["update sqlite_schema set tbl_name='ok' where name='tr'"],
  ["update sqlite_schema set sql=null where name='t'"],
  ["update sqlite_schema set sql='' where name='t'"],
  ["update sqlite_schema set sql=5 where name='t'"],
  ["update sqlite_schema set sql=cast(sql as blob) where name='t'"],
  ["update sqlite_schema set sql='select 1' where name='t'"],
  ["update sqlite_schema set sql='create garbage' where name='t'"],
  ["update sqlite_schema set sql='CREATE' where name='t'"],
  ["update sqlite_schema set sql='cr' where name='t'"],
  [
    "update sqlite_schema set sql='create table t(a integer primary key, b text unique, c); drop table ok' where name='t'",
  ],
  [
    "update sqlite_schema set sql='/* x */ create table t(a integer primary key, b text unique, c)' where name='t'",
  ],
  [
    "update sqlite_schema set sql=' create table t(a integer primary key, b text unique, c)' where name='t'",
  ],
  ["update sqlite_schema set sql='drop table ok' where name='t'"],
  ["update sqlite_schema set sql='create view t as select 1' where name='t'"],
  [
    "update sqlite_schema set sql='create temp table t(a integer primary key, b text unique, c)' where name='t'",
  ],
  [
    "update sqlite_schema set sql='create table main.t(a integer primary key, b text unique, c)' where name='t'",
  ],
  [
    "update sqlite_schema set sql='create table if not exists t(a integer primary key, b text unique, c)' where name='t'",
  ],
  ["update sqlite_schema set sql='create table t as select 1' where name='t'"],
  ["update sqlite_schema set sql='create view v as select ?' where name='v'"],
  ["update sqlite_schema set sql='create table ok(x,x)' where name='ok'"],
  ["insert into sqlite_schema select * from sqlite_schema where name='t'"],
  ["insert into sqlite_schema select * from sqlite_schema where name='i'"],
  ["insert into sqlite_schema select * from sqlite_schema where name='v'"],
  ["insert into sqlite_schema select * from sqlite_schema where name='tr'"],
  ["delete from sqlite_schema where name='t'"],
  [
    "delete from sqlite_schema where name='ok'",
    "insert into sqlite_schema values('index','oi','ok',2,'create index oi on ok(x)')",
  ],
  [
    "insert into sqlite_schema values('trigger','ot','nono',0,'create trigger ot after insert on nono begin select 1; end')",
  ],
  ["update sqlite_schema set rowid=-5 where name='i'"],
  ["update sqlite_schema set rowid=-5 where name='tr'"],
  ["update sqlite_schema set sql='create index i on t(nono)' where name='i'"],
  ["update sqlite_schema set rootpage=2.5 where name='w'"],
  ["update sqlite_schema set sql='create table ok(x foo) strict' where name='ok'"],
  ["insert into sqlite_schema values('table','sqlite_x','sqlite_x',2,'create table sqlite_x(a)')"],
  ["insert into sqlite_schema values('view','ok','ok',0,'create view ok as select 1')"],
  ["insert into sqlite_schema values('index','ok','t',2,'create index ok on t(c)')"],
  ["insert into sqlite_schema values('table','i','i',2,'create table i(c)')"],
  [
    "insert into sqlite_schema values('table','vt','vt',0,'create virtual table vt using nomodule(a)')",
  ],
  ["insert into sqlite_schema values('foo','vt','vt',0,null)"],
  ['insert into sqlite_schema values(null,null,null,null,null)'],
  ["insert into sqlite_schema values('foo',null,'vt',0,null)"],
  ["insert into sqlite_schema values('foo','zz','vt',0,'x')"],
  ["insert into sqlite_schema values('table','a'||char(0)||'b','a',2,'create table a(x)')"],
]

const queries = [
  'SELECT x FROM ok',
  'SELECT a, b, c FROM t',
  "SELECT a FROM t WHERE b = 'y'",
  'SELECT a FROM t WHERE c = 3',
  'SELECT k FROM w',
]

function sentence(error: unknown): string {
  return (error as Error).message
}

test('schema: rows that make no sense mean what they mean to SQLite', (t) => {
  if (!hasSqliteShell()) {
    t.log('skipped: no sqlite3 here')
    t.pass()
    return
  }
  const folder = temporaryFolder()
  const paths = damages.map((damage, i) => {
    const path = join(folder, `${i}.db`)
    const script = `.dbconfig defensive off\nPRAGMA synchronous = OFF;\n${schema}\nPRAGMA writable_schema = ON;\n`
    sqliteShell(path, `${script}${damage.join(';\n')};`)
    return path
  })
  const expected = runWithSqlite(
    `const [paths, queries] = process.argv.slice(1).map((text) => JSON.parse(text))
    process.stdout.write(JSON.stringify(paths.map((path) => {
      const db = new DatabaseSync(path)
      const answers = queries.map((sql) => { try {
        const statement = db.prepare(sql)
        statement.setReturnArrays(true)
        return statement.all()
      } catch (error) { return error.message } })
      db.close()
      return answers
    })))`,
    [JSON.stringify(paths), JSON.stringify(queries)],
  ) as unknown[][] | null
  if (expected === null) {
    t.log('skipped: no SQLite here')
    t.pass()
    return
  }
  for (const [i, path] of paths.entries()) {
    const database = new Database(path)
    for (const [j, sql] of queries.entries()) {
      let answer: unknown
      try {
        answer = database.prepare(sql).raw().all()
      } catch (error) {
        t.is(
          (error as { code?: string }).code,
          'SQLITE_CORRUPT',
          `${damages[i]!.join('; ')}: ${sql}`,
        )
        answer = sentence(error)
      }
      t.deepEqual(answer, expected[i]![j], `${damages[i]!.join('; ')}: ${sql}`)
    }
    database.close()
  }
})
