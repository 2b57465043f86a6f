/**
 * Sessions that are given to our shell and to sqlite3, and must come out alike. Each runs in a folder of its own, on files that are named as
 * they lie there.
 */

export interface Scenario {
  readonly name: string
  readonly args: readonly string[]
  /** What standard input holds. */
  readonly input?: string | Buffer
  /** Files that are there before. */
  readonly files?: Readonly<Record<string, string | Buffer>>
  /** Files that are looked at afterwards. */
  readonly results?: readonly string[]
}

const memory = [':memory:']

/** Every kind of value, in every mode. */
const values = `CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB);
INSERT INTO t VALUES (1, 'x', 1.5, x'6162'), (2, NULL, 1.0, NULL), (3, 'it''s "q", ok', 1e300, x''),
  (10, 'semi;colon', -0.5, 'z'), (11, '', 100000.5, NULL), (-12, 'tab	bed', 9e999, 'e'), (13, -9e999, 1e-7, x'00ff'),
  (14, 'back\\slash', 123456789012345678, x'ff0041'), (15, char(1,7,8,12,27,127), 0.1, 5), (16, 'é日本', 1e15, x'c3a9'),
  (17, 'a' || char(0) || 'b', 1e16, x'410042'), (18, 'e' || char(0x301) || '👍', 3.0e-5, 1.25), (19, 'trail ', 0.0001, -7);
`
const odd = `CREATE TABLE "odd name"("a b", c, "select");
INSERT INTO "odd name" VALUES (1, 'x y', 2), (NULL, 'two
lines', 3), ('é', 2.5, 'cr' || char(13,10) || 'lf'), ('<b>&"''', '|,;', char(13));
`
const queries = `SELECT * FROM t;
SELECT a, b FROM t WHERE 0;
SELECT 1 AS one, 'a b' AS "x y", NULL AS "it's";
SELECT * FROM "odd name";
SELECT count(*), max(a), NULL FROM t;
SELECT 1 AS a, 2 AS a, 3 AS "";
`

const modes = [
  'ascii',
  'box',
  'column',
  'csv',
  'html',
  'json',
  'line',
  'list',
  'markdown',
  'quote',
  'table',
  'tabs',
]

function inEveryMode(): Scenario[] {
  return modes.flatMap((mode): Scenario[] => [
    {
      name: `-${mode}, and .mode ${mode}`,
      args: [`-${mode}`, ...memory],
      input: `${values}${odd}${queries}.mode ${mode}\n${queries}.headers on\n${queries}.show\n`,
    },
    {
      name: `-${mode} of arguments, with headers and a NULL`,
      args: [
        `-${mode}`,
        '-header',
        '-nullvalue',
        '<null>',
        ...memory,
        values + odd,
        queries,
        "SELECT 1 AS a, 'two' AS b, NULL AS c, 2.5 AS d, x'41' AS e",
      ],
    },
  ])
}

const modeOptions = [
  'insert',
  'insert "odd name"',
  'insert select',
  'tcl',
  'qbox',
  'box --wrap 5',
  'box --wrap 5 --wordwrap on',
  'table --wrap 4 --ww',
  'markdown --wrap 6',
  'column --wrap 3 --wordwrap off',
  'box --quote',
  'table --quote --noquote',
  'box --wrap 0',
  'box --wrap -10',
  'count',
  'off',
  'box extra more',
  'box --nothing x',
  'nothing',
  'l',
  'col',
  'm',
  't',
  'i',
  'tab',
  '""',
]

/** A few options a session: what one leaves behind the next one finds. */
function withOptions(): Scenario[] {
  const long = `SELECT 'the quick brown fox jumps over', 'a-b-c-d-e-f-g', 'x\ny' FROM t LIMIT 2;\n`
  return [0, 1, 2, 3].map((part) => ({
    name: `.mode with options, ${part + 1}`,
    args: memory,
    input: `${values}${odd}${modeOptions
      .filter((_, i) => i % 4 === part)
      .map(
        (option) => `.mode ${option}\n.mode\n.headers on\n${queries}.headers off\n${long}.mode\n`,
      )
      .join('')}`,
  }))
}

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

function inMemory(): Scenario[] {
  return Object.entries(scripts).map(([name, input]) => ({ name, args: memory, input }))
}

const csv = `id,name,note
1,plain,x
2,"quoted, with comma","said ""hi"""
3,"two
lines",
4,short
5,a,b,too,many
"6",é,"trailing space "
7,unclosed,"open
`

const importCommands = [
  '.import --csv in.csv t',
  '.import --csv -v in.csv t',
  '.import --csv -v -v in.csv t',
  '.import --csv --skip 1 in.csv t',
  '.import --csv --skip 100 in.csv t',
  '.import --csv --schema temp in.csv t',
  '.mode csv\n.import in.csv t',
  '.mode tabs\n.import in.csv t',
  'CREATE TABLE t(a INTEGER PRIMARY KEY, b, c);\n.import --csv --skip 1 in.csv t',
  'CREATE TABLE t(a INTEGER PRIMARY KEY, b, c UNIQUE);\n.import --csv in.csv t',
  'CREATE TABLE t(a, b);\n.import --csv in.csv t',
  'CREATE TABLE t(a, b, c, d, e, f);\n.import --csv in.csv t',
  'CREATE VIEW t AS SELECT 1;\n.import --csv in.csv t',
  '.separator , \\n\n.import in.csv t',
  '.separator ",,"\n.import in.csv t',
  '.separator "" \\n\n.import in.csv t',
  '.separator , ""\n.import in.csv t',
  '.separator , "ab"\n.import in.csv t',
  '.import in.csv t',
  '.import --csv "|cat in.csv" t',
  '.import --csv "|false" t',
  'BEGIN;\n.import --csv in.csv t\nROLLBACK;\nCREATE TABLE t(x);',
  '.import --csv in.csv "odd name"\nSELECT * FROM "odd name";\n.import --csv in.csv t',
  '.import --csv nothing.csv t',
  '.import --csv empty.csv t',
]

/** A few imports a session, each into a table that is not there yet. */
function importGroups(): Scenario[] {
  return [0, 1, 2, 3].map((part) => ({
    name: `.import, ${part + 1}`,
    args: memory,
    input: importCommands
      .filter((_, i) => i % 4 === part)
      .map(
        (command) =>
          `.mode list\n.print ${command.split('\n')[0]}\n${command}\n.mode quote\nSELECT * FROM t;\n.schema\nDROP VIEW t;\nDROP TABLE t;\n`,
      )
      .join(''),
    files: { 'in.csv': csv, 'empty.csv': '' },
  }))
}

/** Files that are read. */
const imports: readonly Scenario[] = [
  ...importGroups(),
  {
    name: 'import of ASCII',
    args: memory,
    input:
      '.import --ascii in.txt t\n.mode ascii\n.import in.txt u\n.mode quote\nSELECT * FROM t;\nSELECT * FROM u;\n.schema\n',
    files: { 'in.txt': 'a\x1fb\x1e1\x1f"two"\x1e3\x1ffour\x1e' },
  },
  {
    name: 'import with a mark, carriage returns and names that come twice',
    args: memory,
    input: '.import --csv in.csv t\n.mode json\nSELECT * FROM t;\n.schema\n',
    files: { 'in.csv': '\ufeffa,A,a_2,,b,b,"c d",e\r\n1,2,3,4,5,6,"7"\r\n\r\n"8"\r\n' },
  },
  {
    name: 'import with many columns of one name',
    args: memory,
    input: '.import --csv in.csv t\n.schema\n',
    files: { 'in.csv': `${Array.from({ length: 12 }, () => 'x').join(',')}\n` },
  },
  {
    name: 'import of quotes in odd places',
    args: memory,
    input: '.import --csv in.csv t\n.mode quote\nSELECT * FROM t;\n',
    files: { 'in.csv': 'a,b\n"x"y,z\nq"r,"s"\n"t" ,u\n"v"\r\n"w""",""\n' },
  },
  {
    name: 'import of bytes that are no UTF-8',
    args: memory,
    input: '.import --csv in.csv t\nSELECT hex(a), hex(b) FROM t;\n',
    files: { 'in.csv': Buffer.from('a,b\n\xff\xfe,\xe9\nc,d\0e\n', 'latin1') },
  },
  {
    name: '.read',
    args: memory,
    input: '.read script.sql\nSELECT b;\n.read "|echo SELECT 9"\n.read script.sql\n',
    files: {
      'script.sql':
        'CREATE TABLE IF NOT EXISTS t(a);\nINSERT INTO t VALUES (1),\n(2);\nSELECT x;\n.read inner.sql\nSELECT count(*) FROM t;\n.quit\nSELECT 5;\n',
      'inner.sql': "SELECT 'inner'\n",
    },
  },
  {
    name: '.read of itself',
    args: memory,
    input: '.read script.sql\n',
    files: { 'script.sql': '.print x\n.read script.sql\n' },
  },
  {
    name: '.read with .bail',
    args: ['-bail', ...memory],
    input: '.read script.sql\nSELECT 3;\n',
    files: { 'script.sql': 'SELECT 1;\nSELECT x;\nSELECT 2;\n' },
  },
]

/** Files that are written, and databases in files. */
const files: readonly Scenario[] = [
  {
    name: '.output and .once',
    args: memory,
    input: `.output out.txt
SELECT 1;
.show
.output
SELECT 2;
.once once.txt
SELECT 3;
SELECT 4;
.once once2.txt
.print five
SELECT 6;
.output --bom bom.txt
SELECT 7;
.output stdout
.once '|cat -n'
SELECT 'piped'; SELECT 'too';
.output "|tr a-z A-Z"
SELECT 'upper';
.print also
.output off
SELECT 8;
.output stderr
SELECT 9;
.output
.once csv.txt
.mode csv
SELECT 'a b';
SELECT 'c d';
`,
    results: ['out.txt', 'once.txt', 'once2.txt', 'bom.txt', 'csv.txt'],
  },
  {
    name: 'a database in a file',
    args: ['a.db'],
    input: `CREATE TABLE t(a);
INSERT INTO t VALUES (1), (2);
.tables
.backup b.db
.save c.db
.open b.db
SELECT count(*) FROM t;
INSERT INTO t VALUES (3);
.open a.db
SELECT count(*) FROM t;
.restore b.db
SELECT count(*) FROM t;
.restore main c.db
SELECT count(*) FROM t;
.clone d.db
.clone d.db
.open d.db
.dump
.open --new d.db
.tables
.open
.tables
.open --nothing x
.open x y
.open /no/such/folder/a.db
SELECT 'goes on';
`,
  },
  {
    name: 'readfile and writefile',
    args: memory,
    input: `SELECT writefile('w.txt', 'content'), writefile('sub/w.bin', x'00ff');
SELECT readfile('w.txt'), hex(readfile('sub/w.bin')), typeof(readfile('w.txt'));
SELECT writefile('w.txt');
`,
    results: ['w.txt', 'sub/w.bin'],
  },
  {
    name: 'no database',
    args: ['no.db'],
    input: '.tables\nSELECT * FROM t;\n.schema\n.dump\n',
    files: { 'no.db': 'x'.repeat(600) },
  },
  {
    name: 'no database, as an argument',
    args: ['no.db', 'SELECT * FROM t'],
    files: { 'no.db': 'x'.repeat(600) },
  },
  { name: 'a folder that is not there', args: ['no/such/a.db', 'SELECT 1'] },
  {
    name: 'a folder that is not there, and a script',
    args: ['no/such/a.db'],
    input: 'SELECT 1;\n',
  },
  {
    name: 'reading only',
    args: ['-readonly', 'a.db'],
    input: 'SELECT * FROM t;\nINSERT INTO t VALUES (1);\n',
    files: {},
  },
  {
    name: 'deserialize and hexdb',
    args: memory,
    input: `.open --hexdb h.txt
SELECT * FROM t;
.open --hexdb bad.txt
`,
    files: { 'bad.txt': 'nothing\n', 'h.txt': 'nothing\n' },
  },
]

/** The command line. */
const options: readonly Scenario[] = [
  { name: 'errors in an argument', args: [...memory, 'SELECT 1; SELEC 2; SELECT 3', 'SELECT 4'] },
  { name: 'a missing column in an argument', args: [...memory, "SELECT missing, 'x'"] },
  { name: 'an open text in an argument', args: [...memory, "SELECT 'abc"] },
  {
    name: 'a constraint in an argument',
    args: [
      ...memory,
      'CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)',
    ],
  },
  { name: 'an error without a code', args: [...memory, 'SELECT abs(-9223372036854775808)'] },
  {
    name: 'several arguments',
    args: [...memory, 'SELECT 1', '.mode csv', "SELECT 'a b'", '.quit', 'SELECT 2'],
  },
  { name: 'a failing command among them', args: [...memory, 'SELECT 1', '.nothing', 'SELECT 2'] },
  { name: '.exit among them', args: [...memory, '.exit 5', 'SELECT 2'] },
  {
    name: 'options behind the file',
    args: [...memory, '-csv', '-header', "SELECT 1 AS a, 'b c' AS b", '--nullvalue', 'N'],
  },
  {
    name: '-cmd',
    args: ['-cmd', '.mode csv', '-cmd', 'SELECT 1', ...memory],
    input: "SELECT 'a b';\n",
  },
  {
    name: '-cmd that fails',
    args: ['-cmd', 'SELECT x', '-cmd', '.nothing', ...memory],
    input: 'SELECT 2;\n',
  },
  {
    name: '-cmd that fails with -bail',
    args: ['-bail', '-cmd', 'SELECT x', ...memory],
    input: 'SELECT 2;\n',
  },
  { name: '-bail', args: ['-bail', ...memory], input: 'SELECT 1;\nSELECT x;\nSELECT 2;\n' },
  { name: '-echo', args: ['-echo', ...memory], input: 'SELECT 1;\n.print x\n' },
  { name: '-echo of an argument', args: ['-echo', ...memory, 'SELECT 1'] },
  {
    name: '-separator and -newline',
    args: ['-separator', '--', '-newline', 'NL', ...memory],
    input: 'SELECT 1, 2;\n',
  },
  { name: '-separator with an escape', args: ['-separator', '\\t', ...memory, 'SELECT 1, 2'] },
  { name: '-noheader', args: ['-column', '-noheader', ...memory, 'SELECT 1 AS a'] },
  { name: '-column and -header', args: ['-column', '-header', ...memory, 'SELECT 1 AS a'] },
  { name: 'modes one after the other', args: ['-csv', '-list', ...memory, "SELECT 'a b', 2"] },
  {
    name: '-init',
    args: ['-init', 'rc', ...memory],
    input: 'SELECT 1 AS a;\n',
    files: { rc: '.headers on\n.mode csv\n.print loaded\n' },
  },
  { name: '-init that is not there', args: ['-init', 'rc', ...memory], input: 'SELECT 1;\n' },
  {
    name: '-init with errors',
    args: ['-init', 'rc', ...memory],
    input: 'SELECT 1;\n',
    files: { rc: 'SELECT x;\n.nothing\n' },
  },
  {
    name: '-init with errors and -bail',
    args: ['-bail', '-init', 'rc', ...memory],
    input: 'SELECT 1;\n',
    files: { rc: 'SELECT x;\n' },
  },
  { name: '-eqp', args: ['-eqp', ...memory], input: 'CREATE TABLE t(a);\nSELECT * FROM t;\n' },
  { name: '-safe', args: ['-safe', ...memory], input: 'SELECT 1;\n.shell echo x\nSELECT 2;\n' },
  {
    name: '-safe and ATTACH',
    args: ['-safe', ...memory],
    input: "SELECT 1;\nATTACH 'x.db' AS x;\nSELECT 2;\n",
  },
  {
    name: '-safe and a function',
    args: ['-safe', ...memory],
    input: "SELECT 1;\nSELECT readfile('x');\nSELECT 2;\n",
  },
  {
    name: '-safe with -nonce',
    args: ['-safe', '-nonce', 'abc', ...memory],
    input: '.nonce abc\n.shell echo x\n.shell echo y\n',
  },
  { name: 'nothing but a file', args: memory, input: '' },
  { name: 'no file', args: [], input: 'SELECT 1;\n' },
  { name: 'an empty argument', args: [...memory, ''], input: 'SELECT 1;\n' },
  { name: 'a comment as an argument', args: [...memory, '/* nothing */', ' ', ';;'] },
  {
    name: 'lines that end in carriage returns',
    args: memory,
    input: 'SELECT 1;\r\nSELECT\r\n2;\r\n.print x\r\n',
  },
  { name: 'a NUL in a script', args: memory, input: 'SELECT 1;\0SELECT 2;\nSELECT 3;\n' },
  { name: 'U+2028 in a script', args: memory, input: "SELECT 'a\u2028b\u0085c';\n" },
  {
    name: 'many rows',
    args: memory,
    input:
      'WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c WHERE x < 20000) SELECT x, x*2, hex(x) FROM c;\n',
  },
  {
    name: 'many columns',
    args: ['-box', ...memory],
    input: `SELECT ${Array.from({ length: 100 }, (_, i) => `${i} AS c${i}`).join(', ')};\n`,
  },
]

export const scenarios: readonly Scenario[] = [
  ...inEveryMode(),
  ...withOptions(),
  ...inMemory(),
  ...imports,
  ...files,
  ...options,
]
