/** Comments, spaces and quotes inside CREATE: the texts of `sqlite_schema`, of defaults and of CHECK are SQLite's. */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { sameAnswers } from '../support/same-answers.ts'

const definitions = [
  'create /*a*/ table /*b*/ t1 /*c*/ (a /*d*/ int /*e*/ , b -- f\n text) /*g*/ ;',
  'create table if /*x*/ not exists main /*y*/ . /*z*/ t2(a) -- end',
  'create table t3(a check(/*c1*/ a > 1 /*c2*/), b check (a /*m*/ > b)) ;;',
  `create table t4(a default /*x*/ 5 /*y*/, b default (/*l*/ 1 + /*m*/ 2 /*r*/), c default - /*n*/ 5, d default +5,
    e default "x", f default 'it''s', g default (((3))), h default ( (1) + (2) ), j default true, k default null,
    l default x'41', m default -9223372036854775808)`,
  'create temp table t5(a) /* tail */',
  'CREATE TABLE t6(a,b,constraint c1 check (a<b /* why */), check(  (a)  and  (b)  )  )',
  'create table "t 7" ( a int primary key )  /*x*/ strict /* y */ ; -- z',
  'create unique /*u*/ index if not exists main.i2 on t1(a) -- x',
  'create index i1 /*a*/ on /*b*/ t1 /*c*/ (a /*d*/ , b /*e*/ desc) /*f*/ where /*g*/ a > 1 /*h*/ ; -- i',
  'create view v1 /*a*/ as /*b*/ select /*c*/ 1 /*d*/ ; /*e*/',
  'create temp view v2 as select 1 -- x\n',
  'create view if not exists main.v3(a,b) as select 1, /* ; */ 2 /* last */',
  'create table t9 as select 1 as a /* k */, 2 as "b""c" -- end',
  'create table t10(a, b, /* trailing comment */ c) /* after',
  'create table t11(a check (a /* ) */ > 1), b default (/* ( */ 1) )',
  `create table [t12](a check ("a" > 1), b check ('x' < b), c check ([a] > 1), d check (\`a\`>1))`,
  '\n\n  create\n\ttable\n\tt13\n(\n a\n)\n\n;\n\n',
  'create table t14(a check (-- c\n a > 0 -- d\n))',
  'create table t15(a default(1), b check(a>1)check(b>1)unique, c default -  1.50, d default(\n  5\n))',
  "create table t16(a text collate nocase default 'x'check(a<>''))",
  'create table é(ü check (ü > 1 /* ö */), "😀" default \'😀\' /*é*/)',
  'create table t18(a default /* 1 */ ( /* 2 */ 5 /* 3 */ ) /* 4 */ not null)',
  'create table t20(a constraint /*n*/ nm /*m*/ check /*k*/ (a < 5))',
]

const questions = [
  'SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY rowid',
  'SELECT type, name, sql FROM sqlite_temp_schema ORDER BY rowid',
  ...['t3', 't4', 't11', 't15', 't16', 't18', 'é'].map((name) => `PRAGMA table_info("${name}")`),
  'INSERT INTO t3 VALUES (0, 0)',
  'INSERT INTO t6 VALUES (2, 1)',
  'INSERT INTO t6 VALUES (0, 1)',
  'INSERT INTO t11(a) VALUES (0)',
  'INSERT INTO t12(a, b, c, d) VALUES (0, 0, 0, 0)',
  'INSERT INTO t14 VALUES (0)',
  'INSERT INTO é VALUES (0, 1)',
  'INSERT INTO t15(b) VALUES (0)',
  'INSERT INTO t20 VALUES (7)',
  'INSERT INTO t4(a) VALUES (1)',
  'SELECT * FROM t4',
]

test('definition text: comments in CREATE, CHECK and DEFAULT are kept as SQLite keeps them', async (t) => {
  const setup = definitions.map((sql) => sql.replace(/(; -- [iz]|\/\* after| -- (end|x))$/, '$1\n'))
  await sameAnswers(t, [], [...setup, ...questions])
})

test('definition text: offsets hold in a script of several statements', (t) => {
  const database = new Database(':memory:')
  database.exec(
    'SELECT 1; /* é */ CREATE TABLE t(a CHECK (a /* 1 */ > 0)); CREATE INDEX i ON t(a /* 2 */);',
  )
  t.deepEqual(database.prepare('SELECT sql FROM sqlite_schema').pluck().all(), [
    'CREATE TABLE t(a CHECK (a /* 1 */ > 0))',
    'CREATE INDEX i ON t(a /* 2 */)',
  ])
  t.throws(() => database.exec('INSERT INTO t VALUES (0)'), {
    message: 'CHECK constraint failed: a /* 1 */ > 0',
  })
  database.close()
})
