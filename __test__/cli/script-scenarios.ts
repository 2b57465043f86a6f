/** Scripts on a database in memory: each is about one kind of command. */
import { memory, type Scenario } from './scenario.ts'

/** Scripts in memory, by name. */
const scripts: Readonly<Record<string, string>> = {
  'separators belong to modes': `.separator ";" "\\n\\n"
SELECT 1, 2;
.mode csv
SELECT 1, 2;
.mode list
SELECT 1, 2;
.mode tabs
SELECT 1, 2;
.mode column
SELECT 1, 2;
.mode list
SELECT 1 AS x, 2 AS y;
.headers off
.separator ,
SELECT 1, 2;
.separator a b c
SELECT 1, 2;
.separator
.separator "" ""
SELECT 1, 2;
.separator 123456789012345678901234567890
SELECT 1, 2;
.nullvalue 'no value'
SELECT NULL;
.nullvalue
.nullvalue a b
.nullvalue 123456789012345678901234567890
SELECT NULL;
`,
  'what belongs to a statement': `SELECT 1; SELECT 2; -- a comment; with a semicolon
/* a comment; */ SELECT
  'a;b'
;
;;
# no statement
 .print not a command
;
SELECT "x;
y" FROM (SELECT 1 AS "x;
y");
SELECT [a;b] FROM (SELECT 5 AS [a;b]);
SELECT 4
/
SELECT 5
go
SELECT 6 /* open
; still */ ; SELECT 7;
/* all
comment */
-- comment
SELECT 3`,
  'a statement that never ends': `SELECT 1,
 'open`,
  echo: `.echo on
SELECT 1;
.print x
-- comment

/* c */
SELECT 2; SELECT
 3;
# hash
.echo off
SELECT 4;
`,
  changes: `.changes on
CREATE TABLE t(a);
INSERT INTO t VALUES (1), (2), (3);
SELECT 1;
UPDATE t SET a = 5 WHERE a > 1;
DELETE FROM t;
SELECT x;
.changes off
SELECT 1;
.changes
.changes maybe
`,
  booleans: `.headers yes
SELECT 1 AS a;
.headers no
SELECT 1 AS a;
.headers 2
SELECT 1 AS a;
.headers 0x0
SELECT 1 AS a;
.headers what
SELECT 1 AS a;
.headers
.headers on off
.bail
.echo
.timer
.timer off
.binary on
.binary
`,
  show: `.show
.mode box --wrap 10
.width 5 -6
.nullvalue "a\\tb"
.separator "\\001" "é"
.eqp full
.stats on
.stats off
.explain off
.headers on
.show
.show x
`,
  widths: `.mode column
.width 5 -8 0
SELECT 'abcdefghij', 'right', 3;
.headers off
SELECT 'abcdefghij', 'right', 3, 'more';
.width
SELECT 1, 2;
.mode box
.width -10 2
SELECT 'abc def ghi jkl mno', 'wxyz';
.mode table
SELECT 'abc def ghi jkl mno', 'wxyz';
.width 1000 abc
.show
`,
  print: `.print
.print a b  c
.print "a b" 'c "d" \\n' "tab\\there" \\101 "\\102" \\q "q\\"q"
.print 'open
.print "open
.print a"b c'd
.print \\
.print "\\351"
`,
  'unknown commands': `.nothing
.
.  print x
.b
.ba
.x y z
.TABLES
.headersx on
`,
  abbreviations: `CREATE TABLE t(a);
.ta
.tab
.sc
.sch t
.he on
SELECT 1 AS a;
.h off
.m csv
SELECT 'a b';
.sh echo hello
.sys echo there
.n x
SELECT NULL;
.i
.ind
.indi
.se ;
SELECT 1,2;
.mode list
.p
.pri x
.q
`,
  tables: `CREATE TABLE alpha(x, y);
CREATE TABLE beta(z UNIQUE);
CREATE VIEW "gamma view" AS SELECT 1;
CREATE INDEX alpha_x ON alpha(x);
CREATE TABLE "ünïcode"(x);
CREATE TEMP TABLE temporary(x);
ATTACH ':memory:' AS aux;
CREATE TABLE aux.other(x PRIMARY KEY);
.tables
.tables al%
.tables %a
.tables _eta
.tables nothing
.tables a b
.indexes
.indexes alpha
.indexes %
.indexes a b
.indices beta
.databases
`,
  'many tables': `${Array.from({ length: 30 }, (_, i) => `CREATE TABLE table_${i * 37}(x);`).join('\n')}
.tables
.tables table_1%
CREATE TABLE a_table_with_a_name_that_is_far_too_long_to_stand_beside_another_one_on_one_line(x);
.tables
`,
  schema: `CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT DEFAULT 'x', -- a comment
  c REAL CHECK (c > 0) /* another */, UNIQUE(b, c));
create table   Lower ( x );
CREATE INDEX i ON t(b) WHERE c > 1;
CREATE UNIQUE INDEX "odd index" ON t(c);
CREATE VIEW v(x) AS SELECT a FROM t;
CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; UPDATE t SET b = ';'; END;
CREATE TABLE 'quoted'(x);
CREATE TABLE "double quoted"(x, "y z");
CREATE TEMP TABLE tt(z);
ATTACH ':memory:' AS 'odd name';
CREATE TABLE "odd name".o(x);
CREATE UNIQUE INDEX "odd name".oi ON o(x);
CREATE TABLE seq(a INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE w(k PRIMARY KEY, v) WITHOUT ROWID;
CREATE TABLE g(a, b AS (a * 2) STORED, c GENERATED ALWAYS AS (a) VIRTUAL);
CREATE TABLE s(a INT, b TEXT) STRICT;
.schema
.schema t
.schema T
.schema %uo%
.schema main.t
.schema temp.tt
.schema t*
.schema [tv]
.schema sqlite_master
.schema sqlite_schema
.schema nothing
.schema --nosys
.schema --indent
.schema --indent t
.schema --nothing
.schema a b
.fullschema
.fullschema --indent
.fullschema x
ANALYZE;
INSERT INTO t VALUES (1, 'a', 2), (2, 'b', 3);
ANALYZE;
.fullschema
`,
  'indented schema': `CREATE TABLE long_table(first_column INTEGER PRIMARY KEY, second_column TEXT NOT NULL DEFAULT 'a, (b)', third REAL, -- why
  fourth BLOB, CHECK (third > 0 AND (fourth IS NULL OR length(fourth) < 10)), FOREIGN KEY (second_column) REFERENCES other(x, "y,z"));
CREATE TABLE short(a,b);
CREATE INDEX an_index_with_a_long_name_over_here ON long_table(first_column, second_column, third, fourth);
CREATE VIEW a_view AS SELECT first_column, second_column, third FROM long_table WHERE first_column > 10 AND third < 5;
CREATE TRIGGER a_trigger AFTER UPDATE ON long_table BEGIN UPDATE long_table SET third = 1 WHERE first_column = 2; END;
CREATE TABLE   spaced  (  a   INT ,
   b    TEXT  )  ;
CREATE TABLE [in brackets, with a comma](aaaaaaaaaaaaaaaaaaaaaaaaaaaaa, bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb, [c,d], \`e(f\`);
.schema --indent
`,
  dump: `CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB);
INSERT INTO t VALUES (1, 'it''s', 1.5, x'00ff'), (2, NULL, 2.0, x''), (3, 'two
lines', 0.1, NULL), (4, 'cr' || char(13) || 'lf' || char(10) || '\\n', 1e300, 'text'), (5, '', 9e999, -9e999), (6, 'é', -0.0, 1234567890123);
CREATE TABLE "odd name"("a b", "select", c);
INSERT INTO "odd name" VALUES (1, 2, 3);
CREATE TABLE empty(x);
CREATE TABLE seq(a INTEGER PRIMARY KEY AUTOINCREMENT, b);
INSERT INTO seq(b) VALUES ('x'), ('y');
CREATE TABLE w(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO w VALUES ('b', 1), ('a', 2);
CREATE TABLE g(a, b AS (a * 2) STORED, c AS (a + 1), d);
INSERT INTO g(a, d) VALUES (1, 'x'), (2, 'y');
CREATE INDEX i ON t(b);
CREATE UNIQUE INDEX "odd index" ON "odd name"("a b");
CREATE VIEW v AS SELECT a FROM t -- ends in a comment
;
CREATE TRIGGER tr AFTER INSERT ON t BEGIN SELECT 1; END;
CREATE TABLE 'quoted'(x);
.dump
.dump t
.dump %e%
.dump t w
.dump nothing
.dump --newlines t
.dump --data-only
.dump --data-only --nosys
.dump --nosys
.dump --preserve-rowids
.dump --nothing
.dump --nosys --data-only seq
`,
  'rowids in a dump': `CREATE TABLE a(x);
INSERT INTO a(rowid, x) VALUES (5, 'five'), (2, 'two');
CREATE TABLE b(rowid, x);
INSERT INTO b VALUES (1, 2);
CREATE TABLE c(rowid, _rowid_, oid);
INSERT INTO c VALUES (1, 2, 3);
CREATE TABLE d(x INTEGER PRIMARY KEY, y);
INSERT INTO d VALUES (7, 8);
CREATE TABLE e(x INTEGER PRIMARY KEY DESC, y);
INSERT INTO e VALUES (7, 8);
CREATE TABLE f(x INTEGER, PRIMARY KEY (x)) WITHOUT ROWID;
INSERT INTO f VALUES (7);
CREATE TABLE g(x TEXT PRIMARY KEY, "y z");
INSERT INTO g VALUES ('k', 'v');
.dump --preserve-rowids
.dump
`,
  'statistics in a dump': `CREATE TABLE t(a, b);
CREATE INDEX i ON t(a);
INSERT INTO t VALUES (1, 2), (3, 4);
ANALYZE;
.dump
.dump --nosys
.dump sqlite_stat1
.dump --data-only
`,
  'a dump keeps the mode': `CREATE TABLE t(a);
INSERT INTO t VALUES ('x');
.mode box
.headers on
.echo on
.dump
SELECT * FROM t;
`,
  parameters: `.parameter init
.parameter set :a 'text'
.parameter set $b 12
.parameter set @c x'41'
.parameter set ?1 1.5
.parameter set ?2 "a word"
.parameter set :long_name_of_a_parameter NULL
.parameter set :expression 1+2
.parameter list
SELECT :a, $b, @c;
SELECT ?, ?, ?;
SELECT ?2, ?1;
SELECT :nothing, :expression, typeof(:a), typeof($b), typeof(@c);
INSERT INTO nothing VALUES (:a);
.parameter unset :a
.parameter unset :a
.parameter list
SELECT :a IS NULL;
SELECT * FROM temp.sqlite_parameters;
.parameter clear
.parameter list
SELECT :b, ?;
.parameter
.parameter nothing
.parameter set x
.par list
`,
  'errors in a script': `SELECT 1;
SELECT x;
SELECT 2;

SELEC
  3;
SELECT * FROM nowhere;
CREATE TABLE t(a UNIQUE, b NOT NULL);
INSERT INTO t VALUES (1, 1); INSERT INTO t VALUES (1, 2); SELECT 'not reached';
INSERT INTO t VALUES (2, NULL);
SELECT abs(1, 2); SELECT 'not reached';
SELECT 'this text is long enough to push the word over the edge', nothing, 'and more text after it';
SELECT a, a, nope FROM t WHERE nope = 1;
SELECT t.x FROM t;
SELECT "x" FROM t WHERE y.z;
SELECT a FROM t WHERE (SELECT b FROM t WHERE c);
SELECT 1 +;
SELECT (1;
SELECT 1 FROM t GROUP BY;
SELECT f(1);
SELECT 'é', 日本 FROM t;
SELECT abs(-9223372036854775808);
INSERT INTO t(nope) VALUES (1);
INSERT INTO t VALUES (1);
CREATE TABLE t(a);
DROP TABLE nope;
SELECT 1 1;
SELECT a.b.c.d;
SELECT $;
SELECT 0x;
SELECT 'a' 'b', count(*) FROM t t2, t t3 WHERE a = 1;
BEGIN; BEGIN;
COMMIT; COMMIT;
ROLLBACK;
SELECT 4;
SELECT`,
  'a failing command': `.read /no/such/file
.import /no/such/file t
.output /no/such/folder/file
SELECT 1;
.once /no/such/folder/file
SELECT 2;
.cd /no/such/folder
.backup /no/such/folder/file
.restore /no/such/folder/file
.lint
.lint nothing
.shell
.shell exit 3
.system false
.read
.read a b
.import
.import a
.import a b c
.import --nothing a b
.mode list x y
.timeout
.width
.prompt
.clone
.clone a b
.save
.backup
.backup a b c
.backup --nothing a
.restore
.restore a b c
.eqp
.eqp nothing
.explain nothing
.connection x
.sha3sum --nothing
.sha3sum a b
.once -z
.once a b
.output a b
.testcase
.check
`,
  bail: `.bail on
SELECT 1;
SELECT x;
SELECT 2;
`,
  'bail at a command': `.bail on
.nothing
SELECT 2;
`,
  quit: `SELECT 1;
.quit
SELECT 2;
`,
  exit: `SELECT x;
.exit
SELECT 2;
`,
  'exit with a status': `SELECT 1;
.exit 7
SELECT 2;
`,
  'explain mode': `.explain on
SELECT 1 AS a, 'two' AS b;
.explain off
SELECT 1 AS a;
.explain auto
.explain on
.mode
`,
  plans: `CREATE TABLE t(a INTEGER PRIMARY KEY, b);
CREATE INDEX i ON t(b);
EXPLAIN QUERY PLAN SELECT * FROM t WHERE b = 1;
.eqp on
SELECT * FROM t WHERE a = 1;
INSERT INTO t VALUES (1, 2);
.eqp off
SELECT * FROM t;
`,
  'several connections': `CREATE TABLE first(a);
.connection
.connection 1
.tables
CREATE TABLE second(a);
.connection
.tables
.connection 0
.tables
.connection close 0
.connection close 1
.connection
.connection 7
.connection close 9
.conn 1
.tables
`,
  hashes: `CREATE TABLE t(a, b);
INSERT INTO t VALUES (1, 'x'), (2.5, x'00'), (NULL, -1);
CREATE TABLE "Other Table"(x);
INSERT INTO "Other Table" VALUES ('é');
.sha3sum
.sha3sum --sha3-256
.sha3sum --schema
.sha3sum t
.sha3sum %t% --sha3-512
.sha3sum nothing
.mode box
.sha3sum
SELECT hex(sha3('abc')), hex(sha3(x'00', 224)), hex(sha3_query('SELECT 1; SELECT 2')), sha3(NULL);
`,
  'foreign keys without indexes': `CREATE TABLE p(a INTEGER PRIMARY KEY, b TEXT COLLATE NOCASE UNIQUE);
CREATE TABLE c1(x REFERENCES p, y TEXT REFERENCES p(b));
CREATE TABLE c2(x REFERENCES p(a), y);
CREATE INDEX c2x ON c2(x);
CREATE TABLE "odd c"("a b" REFERENCES p, c, d, FOREIGN KEY (c, d) REFERENCES p(a, b));
.lint fkey-indexes
.lint fkey -verbose
.lint f -groupbyparent
.lint fkey-indexes -nothing
`,
  dbconfig: `.dbconfig enable_fkey
.dbconfig enable_fkey on
PRAGMA foreign_keys;
.dbconfig enable_fkey off
.dbconfig nothing
.dbconfig legacy_alter_table
`,
  limits: `.limit
.limit column
.limit nothing
.limit l
.limit a b c
`,
  'shell functions': `SELECT lsmode(33188), lsmode(16877), lsmode(41471), lsmode(0);
SELECT regexp('^a.c$', 'abc'), 'abc' REGEXP 'b', 'abc' REGEXP '^b';
SELECT typeof(readfile('/no/such/file'));
SELECT 'a10' < 'a9', 'a10' < 'a9' COLLATE uint;
SELECT usleep(1000);
SELECT shell_putsnl('hello');
`,
  'double-quoted texts': `SELECT "text", "it's";
CREATE TABLE t(a DEFAULT "x", b CHECK (b <> "y"));
INSERT INTO t(b) VALUES ("z");
SELECT * FROM t WHERE b = "z";
`,
  'a test case': `.testcase one
SELECT 1;
.check 1*
.testcase two
SELECT 'abc';
.check a?c
.testcase three
SELECT 'wrong';
.check right
SELECT 3;
`,
}

export function inMemory(): Scenario[] {
  return Object.entries(scripts).map(([name, input]) => ({ name, args: memory, input }))
}
