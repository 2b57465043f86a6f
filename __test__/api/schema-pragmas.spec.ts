/** What the schema says of itself after each of many definitions: its rows, and the PRAGMAs that describe tables, views and indexes. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { answerHere, answerThere } from '../support/side-by-side.ts'

const definitions = String.raw`
CREATE TABLE a1(x)
create   table "a 2" ( x INTEGER PRIMARY KEY , y text NOT NULL DEFAULT 'q' , z REAL CHECK(z>0) )
CREATE TABLE a3(x INT PRIMARY KEY, y UNIQUE, z, UNIQUE(y,z), UNIQUE(x))
CREATE TABLE a4(x, y, PRIMARY KEY(y DESC, x COLLATE NOCASE)) WITHOUT ROWID
CREATE TABLE a6(x VARCHAR(10) COLLATE RTRIM NOT NULL ON CONFLICT REPLACE DEFAULT (1+2), y DEFAULT -5, z DEFAULT CURRENT_TIMESTAMP, v DEFAULT x'00', u DEFAULT NULL, t DEFAULT TRUE)
CREATE TABLE a7(x INT, y INT GENERATED ALWAYS AS (x+1) STORED, z INT AS (x*2), w TEXT AS (x||'a') VIRTUAL NOT NULL) STRICT
CREATE TABLE a8(x REFERENCES a1, y REFERENCES a3(x) ON DELETE CASCADE, FOREIGN KEY(x,y) REFERENCES a3(y,z) DEFERRABLE INITIALLY DEFERRED)
CREATE TABLE a9 AS SELECT 1 AS one, 'x' AS two, x, x+1, count(*) FROM a1
CREATE TEMP TABLE t1(x, y)
CREATE TABLE temp.t3(x PRIMARY KEY)
CREATE TABLE main . m1 (x /* c */, y --d
CREATE TABLE [b c]("d e" INT, [f] TEXT, 'h' ANY)
CREATE INDEX i1 ON a1(x)
create unique index if not exists  "i 2" on "a 2" (y COLLATE NOCASE DESC, z)
CREATE INDEX i3 ON a6(x) WHERE y > 5
CREATE INDEX i4 ON a6(x||'a', lower(y), z DESC)
CREATE UNIQUE INDEX i6 ON a4(x COLLATE BINARY)
CREATE INDEX i7 ON a7(z, y)
CREATE INDEX i8 ON "a 2"(x)
CREATE INDEX temp.i9 ON t1(x)
CREATE VIEW v1 AS SELECT * FROM a1
create view if not exists v2(p,q) as select x, y+1 from a3
CREATE TEMP VIEW v3 AS SELECT x, rowid FROM a1
CREATE VIEW v5 AS SELECT * FROM nosuch
DROP VIEW v5
CREATE VIEW v6 AS SELECT CAST(x AS INT) c, x COLLATE NOCASE, +x, 5, max(x), (SELECT y FROM a3) FROM a1
CREATE VIEW v7 AS SELECT * FROM a3 JOIN a4 USING(x)
CREATE TRIGGER tr1 AFTER INSERT ON a1 BEGIN SELECT 1; END
create trigger if not exists tr2 before update of x on a1 for each row when new.x > 1 begin update a3 set y = 1; end
CREATE TEMP TRIGGER tr3 AFTER DELETE ON a1 BEGIN SELECT 1; END
CREATE TABLE c1(a,b,c,d, CONSTRAINT pk PRIMARY KEY(a,b) ON CONFLICT IGNORE, CONSTRAINT u UNIQUE(c) ON CONFLICT REPLACE, CONSTRAINT k CHECK(d))
CREATE TABLE c4(a INTEGER PRIMARY KEY DESC, b)
CREATE TABLE c5(a INT UNIQUE UNIQUE, b UNIQUE PRIMARY KEY, c)
CREATE TABLE c6(a, b, c, UNIQUE(a,b), UNIQUE(b,a), UNIQUE(a COLLATE NOCASE, b), PRIMARY KEY(a,b)) WITHOUT ROWID
CREATE TABLE c8(a TEXT, b ANY, c INT, PRIMARY KEY(a), UNIQUE(c,a)) WITHOUT ROWID, STRICT
CREATE TABLE d1(long varying character varying(70,2), double precision double precision, [x] unsigned big int, n numeric(10, -5), nothing)
ALTER TABLE a1 ADD COLUMN n1 INT DEFAULT 5
ALTER TABLE a1 RENAME COLUMN x TO xx
ALTER TABLE a3 RENAME TO a33
ALTER TABLE a6 DROP COLUMN u
DROP INDEX i3
DROP VIEW v2
DROP TRIGGER tr2
ALTER TABLE "b c" RENAME TO "new""name"
ALTER TABLE "new""name" ADD "x y" TEXT COLLATE NOCASE NOT NULL DEFAULT 'z'
VACUUM
CREATE TABLE e2(a CONSTRAINT nn NOT NULL CONSTRAINT u UNIQUE CONSTRAINT d DEFAULT 5 CONSTRAINT c COLLATE NOCASE CONSTRAINT r REFERENCES a1)
CREATE VIEW v10(a) AS VALUES(1),(2)
CREATE VIEW v11 AS WITH c(z) AS (SELECT xx FROM a1) SELECT * FROM c`
  .trim()
  .replace('--d', '-- d\n)')
  .split(/\n(?!\))/)

test('schema pragmas: after each definition, and about each object', async (t) => {
  const oracle = openOracle()
  if (oracle === null) return void t.pass()
  t.teardown(() => oracle.close())
  await oracle.reset('')
  const database = new Database(':memory:')
  const same = async (sql: string, where: string): Promise<void> => {
    t.is(answerHere(database, sql), await answerThere(oracle, sql), `${where}: ${sql}`)
  }
  for (const definition of definitions) {
    await same(definition, 'definition')
    await same('SELECT type, name, tbl_name, rootpage, sql FROM sqlite_schema', definition)
    await same('SELECT type, name, tbl_name, sql FROM sqlite_temp_schema', definition)
    await same('PRAGMA table_list', definition)
  }
  const stored = await oracle.query(
    'SELECT name FROM sqlite_schema UNION SELECT name FROM sqlite_temp_schema',
  )
  const others = ['sqlite_master', 'sqlite_schema', 'sqlite_temp_schema', 'nosuch', 'json_each']
  for (const name of [...stored.flat(), ...others, 'sqlite_autoindex_c6_4']) {
    const quoted = `'${String(name).replaceAll("'", "''")}'`
    for (const pragma of ['table_xinfo', 'index_list', 'index_xinfo', 'table_list'])
      for (const place of ['', 'temp.'])
        await same(`PRAGMA ${place}${pragma}(${quoted})`, 'at the end')
    await same(`SELECT * FROM pragma_table_info(${quoted})`, 'at the end')
    await same(`SELECT * FROM pragma_index_info(${quoted})`, 'at the end')
  }
  await same('PRAGMA collation_list', 'at the end')
  const rows =
    "SELECT * FROM pragma_function_list WHERE builtin AND NOT (name GLOB $) AND name <> 'soundex' ORDER BY 1, 5"
  await same(rows.replace('$', "'fts*'"), 'at the end')
  database.close()
})

test('subtype: of JSON that a function hands over', async (t) => {
  const oracle = openOracle()
  if (oracle === null) return void t.pass()
  t.teardown(() => oracle.close())
  const database = new Database(':memory:')
  for (const value of [
    "json('[1]')",
    "'[1]'",
    "jsonb('[1]')",
    "'[[1]]' -> 0",
    "'[1]' ->> 0",
    'json_array()',
    'json_quote(5)',
    'NULL',
    "x'00'",
  ]) {
    const sql = `SELECT subtype(${value})`
    t.is(answerHere(database, sql), await answerThere(oracle, sql), sql)
  }
  database.close()
})
