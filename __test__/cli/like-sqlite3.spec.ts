/**
 * The same script to our shell and to sqlite3: both must print the same bytes. sqlite3 changed its formats with 3.52
 * (and its REALs then, too), so other versions than those before are not compared with.
 */
import test from 'ava'
import { runShell, runSqlite, sqliteVersion } from './run-shell.ts'

const version = sqliteVersion()
const isComparable = version >= 3_040_000 && version < 3_052_000

const data = `
  CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c REAL, d BLOB);
  INSERT INTO t VALUES (1, 'x', 1.5, x'6162'), (2, NULL, 1.0, NULL), (3, 'it''s "q", ok', 1e300, x''),
    (10, 'semi;colon', -0.5, 'z'), (11, '', 100000.5, NULL), (-12, 'tab	bed', 9e999, 'e');
  CREATE TABLE "odd name"("a b", c);
  INSERT INTO "odd name" VALUES (1, 'x y'), (NULL, 'two
lines'), ('é', 2.5);
`
const queries = `
  SELECT * FROM t;
  SELECT a, b FROM t WHERE 0;
  SELECT 1 AS one, 'a b' AS "x y";
  SELECT * FROM "odd name";
  SELECT count(*), max(a), NULL FROM t;
`

/** Infinite numbers and control characters in JSON are written differently by each version. */
const jsonQueries = `
  SELECT a, b, d FROM t WHERE a < 11;
  SELECT c FROM t WHERE a IN (1, 2, 10);
  SELECT * FROM "odd name";
  SELECT 1 AS "quoted ""name""" WHERE 0;
`

function compare(name: string, args: readonly string[], input: string): void {
  test(`shell: ${name}`, (t) => {
    if (!isComparable) {
      t.log(`sqlite3 is ${version === 0 ? 'not here' : version}: not compared`)
      t.pass()
      return
    }
    const theirs = runSqlite(['-batch', ...args], input)
    const ours = runShell(args, input)
    t.is(ours.out, theirs.out)
    t.is(ours.errors, theirs.errors)
  })
}

for (const mode of ['list', 'csv', 'line', 'column', 'tabs', 'box'] as const) {
  compare(`-${mode}`, [`-${mode}`, ':memory:'], data + queries)
  compare(
    `-${mode} with headers, .mode ${mode}, and without headers`,
    [`-${mode}`, '-header', '-nullvalue', 'NULL', ':memory:'],
    `${data}${queries}.mode ${mode}\n${queries}.headers off\n${queries}`,
  )
  compare(`.mode ${mode}`, [':memory:'], `${data}.mode ${mode}\n${queries}`)
}
compare('-json', ['-json', ':memory:'], data + jsonQueries)

compare(
  'separators belong to modes',
  [':memory:'],
  `.separator ";" "\\n\\n"
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
SELECT 1, 2;
.separator ","
SELECT 1, 2;
.nullvalue 'no value'
SELECT NULL;
`,
)

compare(
  'what belongs to a statement',
  [':memory:'],
  `SELECT 1; SELECT 2; -- a comment; with a semicolon
/* a comment; */ SELECT
  'a;b'
;
;;
# no statement

SELECT "x;
y" FROM (SELECT 1 AS "x;
y");
SELECT 3`,
)

compare(
  'dot commands',
  [':memory:'],
  `CREATE TABLE alpha(x, y);
CREATE TABLE beta(z UNIQUE);
CREATE INDEX alpha_x ON alpha(x);
INSERT INTO alpha VALUES (1, 'it''s'), (NULL, x'00ff'), (1.5, -3);
.tables
.tables al%
.indexes alpha
.schema
.schema beta
.print some "quoted  text" and 'more'
.dump
.changes on
SELECT 1;
INSERT INTO alpha VALUES (2, 2), (3, 3);
.changes off
.echo on
SELECT 2;
.print x
.mode
`,
)

compare(
  'many tables',
  [':memory:'],
  `${Array.from({ length: 30 }, (_, i) => `CREATE TABLE table_${i * 37}(x);`).join('\n')}\n.tables\n`,
)

compare(
  'several databases',
  [':memory:'],
  `CREATE TABLE alpha(x);
INSERT INTO alpha VALUES (1);
ATTACH ':memory:' AS aux;
CREATE TABLE aux.alpha(y);
CREATE UNIQUE INDEX aux.alpha_y ON alpha(y);
CREATE TEMP TABLE alpha(z);
INSERT INTO temp.alpha VALUES (2);
.tables
.tables al%
.indexes
.schema
.schema alpha
`,
)

compare(
  'errors in a script',
  [':memory:'],
  `SELECT 1;
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
.nothing
.mode
SELECT 4;
SELECT`,
)

compare(
  'errors in an argument',
  ['-list', ':memory:', 'SELECT 1; SELEC 2; SELECT 3', 'SELECT 4'],
  '',
)
compare('a missing column in an argument', [':memory:', "SELECT missing, 'x'"], '')
compare('an open text in an argument', [':memory:', "SELECT 'abc"], '')
compare(
  'a constraint in an argument',
  [':memory:', 'CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1); INSERT INTO t VALUES (1)'],
  '',
)
compare('bail', ['-bail', ':memory:'], 'SELECT 1;\nSELECT x;\nSELECT 2;\n')
compare('.bail', [':memory:'], '.bail on\nSELECT 1;\nSELECT x;\nSELECT 2;\n')
compare('.quit', [':memory:'], 'SELECT 1;\n.quit\nSELECT 2;\n')
compare('.read of nothing', [':memory:'], '.read /no/such/file\nSELECT 1;\n')
