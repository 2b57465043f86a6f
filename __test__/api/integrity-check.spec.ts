/**
 * `integrity_check` and `quick_check` of files that hold what is unusual: text that is not well formed under an index,
 * collations that nobody knows, rows that fail a CHECK. SQLite looks at the same files.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle } from '../support/oracle.ts'
import { answerHere, answerThere } from '../support/side-by-side.ts'
import { temporaryFolder } from '../support/temporary.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

/** SQLite makes a file; bytes of it are replaced; then both check it, as a whole and by table. */
async function compare(
  t: ExecutionContext,
  sql: string,
  replaces: readonly (readonly [string, string])[] = [],
): Promise<void> {
  if (oracle === null) return void t.pass()
  const path = join(temporaryFolder(), 'checked.db')
  await oracle.reset(`${sql}; VACUUM INTO '${path}'`)
  let bytes = readFileSync(path, 'latin1')
  for (const [from, to] of replaces) bytes = bytes.replaceAll(from, to)
  writeFileSync(path, bytes, 'latin1')
  const questions = ['integrity_check', 'quick_check'].flatMap((check) =>
    ['', '(t)', '(u)', '(none)', '(2)', '(0)'].map((argument) => `PRAGMA ${check}${argument}`),
  )
  await oracle.reset(`${/^PRAGMA encoding = '.*';/.exec(sql)?.[0] ?? ''} ATTACH '${path}' AS f`)
  const expected: string[] = []
  for (const question of questions) expected.push(await answerThere(oracle, question))
  await oracle.exec('DETACH f')
  const database = new Database(path)
  t.deepEqual(
    questions.map((question) => answerHere(database, question)),
    expected,
  )
  database.close()
}

const rows = `INSERT INTO t VALUES (CAST(x'ff61fe' AS TEXT), 1), (CAST(x'fe61ff' AS TEXT), 2),
  ('ok', 3), (CAST(x'eda080' AS TEXT), 4), (x'ff', 5), (7, 6), (7.5, 7), (NULL, 8), (NULL, 8)`

for (const encoding of ['UTF-8', 'UTF-16le']) {
  test.serial(`integrity check: indexed text that is not well formed, in ${encoding}`, (t) =>
    compare(
      t,
      `PRAGMA encoding = '${encoding}';
        CREATE TABLE t(a, b); CREATE TABLE u(a TEXT COLLATE NOCASE UNIQUE);
        CREATE INDEX ta ON t(a); CREATE UNIQUE INDEX tu ON t(a, b); CREATE INDEX td ON t(a DESC, b);
        CREATE INDEX te ON t(a || 'x'); CREATE INDEX tn ON t(a COLLATE NOCASE) WHERE b > 1;
        ${rows}; INSERT INTO u SELECT a FROM t`,
    ),
  )
}

// Where the columns are that a record holds differs from where they are declared.
for (const [place, columns] of [
  'g AS (b) VIRTUAL, id INTEGER PRIMARY KEY, b UNIQUE',
  'g AS (b) VIRTUAL, h AS (b) STORED, b UNIQUE, id INTEGER PRIMARY KEY',
  'id INTEGER PRIMARY KEY, g AS (b) VIRTUAL UNIQUE, b, h AS (g) STORED',
  'g AS (1) VIRTUAL, id INT PRIMARY KEY, b UNIQUE, h AS (b) VIRTUAL',
].entries()) {
  test.serial(`integrity check: generated columns among others ${place}`, (t) =>
    compare(
      t,
      `CREATE TABLE t(${columns}); CREATE INDEX ti ON t(g, b); INSERT INTO t(id, b) VALUES (1, 5), (2, 'x'), (3, NULL), (4, 1e300);
        CREATE TABLE u(${columns.replace('INTEGER', 'INT')}, CHECK (b > 1)) WITHOUT ROWID; INSERT INTO u(id, b) SELECT id, b FROM t WHERE b > 1`,
    ),
  )
}

const unknown: readonly (readonly [string, string])[] = [['NOCASE', 'NOSUCH']]
const withUnknown: Readonly<Record<string, string>> = {
  'an index': 'CREATE TABLE t(a, b); CREATE INDEX ta ON t(a COLLATE NOCASE)',
  'a column': 'CREATE TABLE t(a COLLATE NOCASE, b)',
  'a UNIQUE column': 'CREATE TABLE t(a COLLATE NOCASE UNIQUE, b)',
  'a CHECK': 'CREATE TABLE t(a, b, CHECK (a COLLATE NOCASE = a))',
  'the WHERE of an index':
    "CREATE TABLE t(a, b); CREATE INDEX ta ON t(b) WHERE a COLLATE NOCASE > 'a'",
}
for (const [place, sql] of Object.entries(withUnknown)) {
  test.serial(`integrity check: an unknown collation in ${place}`, (t) => {
    const data =
      "INSERT INTO t VALUES ('x', 1), ('y', 2); CREATE TABLE u(a NOT NULL); INSERT INTO u VALUES (1)"
    return compare(t, `${sql}; ${data}`, unknown)
  })
}

test.serial('integrity check: rows that fail a CHECK', (t) =>
  compare(
    t,
    `CREATE TABLE t(a, b, CHECK (a < 100)); CREATE TABLE u(a);
      INSERT INTO t VALUES (1, 1), (77, 2), (78, 3), (NULL, 4)`,
    [['a < 100', 'a < 10 ']],
  ),
)

test.serial(
  'integrity: a rowid that is not the last column of its table, beside virtual ones',
  async (t) => {
    await compare(
      t,
      `CREATE TABLE t(g AS (1), a INTEGER PRIMARY KEY, b, h AS (b)); CREATE INDEX tg ON t(g, b); CREATE INDEX th ON t(h, a, b);
     INSERT INTO t VALUES (5, 10), (6, 'x');
     CREATE TABLE u(g AS (b), b, a INTEGER PRIMARY KEY, h AS (a)); CREATE INDEX ug ON u(g, b, h); INSERT INTO u VALUES (10, 5)`,
    )
  },
)

test.serial(
  'integrity: of rows that a partial index does not have no key is computed',
  async (t) => {
    await compare(
      t,
      `CREATE TABLE t(a, b); CREATE UNIQUE INDEX te ON t(abs(b)) WHERE a > 5; CREATE INDEX tg ON t(a) WHERE a > 5 AND abs(b) > 3;
     CREATE INDEX tj ON t(json(b)) WHERE typeof(b) = 'text';
     INSERT INTO t VALUES (1, -9223372036854775807 - 1), (7, 3), (8, 5), (9, '[1]'); CREATE TABLE u(a)`,
    )
  },
)

test.serial(
  'integrity check: a freelist is read to its end where the cache holds few pages',
  (t) => {
    const database = new Database(join(temporaryFolder(), 'listed.db'), { pageSize: 512 })
    database.exec(`PRAGMA auto_vacuum = incremental; PRAGMA secure_delete = ON; PRAGMA cache_size = 10;
    CREATE TABLE t(a INTEGER PRIMARY KEY, b, c TEXT); CREATE INDEX tc ON t(c, b DESC);
    WITH RECURSIVE n(i) AS (SELECT 740 UNION ALL SELECT i + 1 FROM n WHERE i < 1139)
      INSERT INTO t(b, c) SELECT i, hex(zeroblob(49)) FROM n;
    DELETE FROM t WHERE b % 7 = 1`)
    t.is(answerHere(database, 'PRAGMA integrity_check'), 'text "ok"')
    database.close()
  },
)
