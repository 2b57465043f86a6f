/**
 * Scenarios with several databases, to be run on any engine: lines of SQL, each with what came of it. A line may begin
 * with the number of the connection that runs it (`2> …`; without one it is the first), and may be a command of its own:
 *
 * | line | |
 * |---|---|
 * | `keep q: SELECT …` | prepares a statement |
 * | `rows q` | all its rows |
 * | `columns q` | its columns: name, database, table, column |
 * | `next q` | the next row of its iterator |
 * | `end q` | ends the iterator |
 *
 * Files are named relative to an empty folder. Messages are compared up to a parenthesis: what stands in it is ours.
 */
export interface Connection {
  /** Rows; null: the statement returns none. */
  run(sql: string): unknown[][] | null
  prepare(sql: string): Kept
  close(): void
}

export interface Kept {
  all(): unknown[][]
  iterate(): Iterator<unknown[]>
  columns(): (string | null)[][]
}

/** A failure, with SQLite's extended result code. */
export interface Failure {
  readonly code: number
  readonly message: string
}

export type Open = (path: string, readonly: boolean) => Connection

export interface Scenario {
  /** Files of the connections, opened in order; `ro:` before the name opens it for reading. They are made by `before`. */
  readonly connections?: readonly string[]
  /** Run on the first connection, closed again, before the others are opened. */
  readonly before?: readonly string[]
  readonly lines: readonly string[]
}

/** What came of each line, as text. */
export function runScenario(
  scenario: Scenario,
  folder: string,
  open: Open,
  failureOf: (error: unknown) => Failure,
): string[] {
  const [first = 'main.db', ...others] = scenario.connections ?? []
  if (scenario.before !== undefined) {
    const connection = open(first.replace('ro:', ''), false)
    for (const sql of scenario.before) connection.run(sql)
    connection.close()
  }
  const connections = [first, ...others].map((name) =>
    open(name.replace('ro:', ''), name.startsWith('ro:')),
  )
  const kept = new Map<string, Kept>()
  const iterators = new Map<string, Iterator<unknown[]>>()
  const step = (line: string): unknown => {
    const [, number = '1', text = ''] = /^(?:(\d)> )?(.*)$/s.exec(line)!
    const [, command, name = '', rest = ''] =
      /^(keep|rows|columns|next|end) (\w+)(?:: (.*))?$/s.exec(text) ?? []
    switch (command) {
      case 'keep':
        kept.set(name, connections[Number(number) - 1]!.prepare(rest))
        return 'kept'
      case 'rows':
        return kept.get(name)!.all()
      case 'columns':
        return kept.get(name)!.columns()
      case 'next': {
        const iterator = iterators.get(name) ?? kept.get(name)!.iterate()
        iterators.set(name, iterator)
        return iterator.next().value ?? null
      }
      case 'end':
        iterators.get(name)?.return?.()
        iterators.delete(name)
        return 'ended'
      default:
        return connections[Number(number) - 1]!.run(text)
    }
  }
  const outcomes = scenario.lines.map((line) => {
    try {
      return `${line} => ${show(step(line)).replaceAll(folder, '~')}`
    } catch (error) {
      const { code, message } = failureOf(error)
      return `${line} => error ${code} ${message.replace(/ \(.*/s, '').replaceAll(folder, '~')}`
    }
  })
  for (const connection of connections) connection.close()
  return outcomes
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Uint8Array ? `x'${Buffer.from(item).toString('hex')}'` : item,
  )
}

const wal = 'PRAGMA journal_mode = WAL'
/** Two files with a log, each with a table of its own and one of the same name. */
const twoFiles = [
  wal,
  'CREATE TABLE t(a, b)',
  "INSERT INTO t VALUES (1, 'main one'), (2, 'main two')",
  'CREATE TABLE only_main(x)',
  "ATTACH 'aux.db' AS aux",
  'PRAGMA aux.journal_mode = WAL',
  'CREATE TABLE aux.t(a, c)',
  "INSERT INTO aux.t VALUES (1, 'aux one'), (3, 'aux three')",
  'CREATE TABLE aux.u(id INTEGER PRIMARY KEY, v TEXT COLLATE NOCASE UNIQUE)',
  "INSERT INTO aux.u VALUES (1, 'one'), (2, 'two')",
]
const attach = "ATTACH 'aux.db' AS aux"

export const scenarios: Readonly<Record<string, Scenario>> = {
  'what may be attached and detached': {
    before: [wal],
    lines: [
      'PRAGMA database_list',
      attach,
      attach,
      "ATTACH 'x.db' AS main",
      "ATTACH 'x.db' AS temp",
      "ATTACH 'x.db' AS TeMp",
      "ATTACH 'x.db' AS AUX",
      "ATTACH '/no/such/folder/x.db' AS q",
      "ATTACH '/' AS q",
      "ATTACH DATABASE 'file:x.db?mode=rwc' AS uri",
      "ATTACH 'file:not-there.db?mode=ro' AS q",
      "ATTACH 'file:not-there.db?mode=rw' AS q",
      'ATTACH foo AS bar',
      'ATTACH foo.x AS bar2',
      'ATTACH "foo2" AS "bar 2"',
      'ATTACH 1+1 AS 5',
      "ATTACH 'fi' || 'le.db' AS upper('joined')",
      "ATTACH (SELECT 1.0) AS x'6d79'",
      'ATTACH true AS false',
      'ATTACH NULL AS NULL',
      'PRAGMA database_list',
      'DETACH 5',
      'DETACH NULL',
      'DETACH DATABASE BAR',
      'DETACH bar',
      'DETACH nosuch',
      'DETACH main',
      'DETACH temp',
      'DETACH "bar 2"',
      "DETACH 'JOINED'",
      'PRAGMA database_list',
      'CREATE TEMP TABLE x(a)',
      'DETACH temp',
      "ATTACH '' AS one",
      "ATTACH ':memory:' AS two",
      'CREATE TABLE one.t(a)',
      'CREATE TABLE two.t(a)',
      'PRAGMA database_list',
      'SELECT count(*) FROM one.t, two.t',
    ],
  },
  'ten databases and no more': {
    lines: [
      'CREATE TEMP TABLE x(a)',
      ...Array.from({ length: 11 }, (_, i) => `ATTACH ':memory:' AS m${i}`),
      'CREATE TABLE m9.t(a)',
      'INSERT INTO t VALUES (5)',
      'SELECT * FROM m9.t',
      'DETACH m3',
      "ATTACH ':memory:' AS again",
      'PRAGMA database_list',
    ],
  },
  'attaching inside a transaction': {
    before: twoFiles,
    lines: [
      'BEGIN',
      attach,
      'SELECT * FROM aux.t',
      'DETACH aux',
      'COMMIT',
      'DETACH aux',
      'BEGIN',
      attach,
      'DETACH aux',
      attach,
      'INSERT INTO aux.t VALUES (9, 9)',
      'DETACH aux',
      'ROLLBACK',
      'SELECT count(*) FROM aux.t',
      'SAVEPOINT s',
      'DETACH aux',
      'RELEASE s',
      attach,
      'SELECT count(*) FROM aux.t',
    ],
  },
  'names and where they are found': {
    before: twoFiles,
    lines: [
      attach,
      'SELECT * FROM t',
      'SELECT * FROM main.t',
      'SELECT * FROM aux.t',
      'SELECT * FROM AUX.T',
      'SELECT * FROM u',
      'SELECT * FROM only_main',
      'SELECT * FROM aux.only_main',
      'SELECT * FROM main.u',
      'SELECT * FROM nosuch.t',
      'SELECT t.a, aux.t.c FROM t LEFT JOIN aux.t ON main.t.a = aux.t.a',
      'SELECT a FROM t, aux.t',
      'SELECT main.t.a, aux.t.a FROM t, aux.t',
      'SELECT b, c FROM t JOIN aux.t USING (a)',
      'SELECT * FROM t NATURAL JOIN aux.t',
      'SELECT main.u.id FROM aux.u',
      'SELECT aux.u.id FROM u',
      'SELECT aux.u.rowid FROM u',
      'SELECT nosuch.u.id FROM u',
      'SELECT aux.z.id FROM u AS z',
      'SELECT z.id FROM aux.u AS z',
      'SELECT (SELECT v FROM u WHERE id = t.a) FROM t',
      'SELECT a FROM t WHERE a IN (SELECT a FROM aux.t)',
      'SELECT a FROM t WHERE a IN aux.t',
      'SELECT id FROM u WHERE id IN (SELECT a FROM t) ORDER BY id DESC',
      'SELECT a FROM t UNION SELECT a FROM aux.t ORDER BY 1',
      'SELECT a FROM t INTERSECT SELECT a FROM aux.t',
      'WITH t AS (SELECT 7 AS a) SELECT * FROM t',
      'WITH t AS (SELECT 7 AS a) SELECT * FROM aux.t',
      'SELECT name, type FROM sqlite_schema ORDER BY name',
      'SELECT name, type FROM aux.sqlite_schema ORDER BY name',
      'SELECT name, sql FROM aux.sqlite_master WHERE rootpage > 2 AND sql IS NOT NULL',
      "SELECT aux.sqlite_schema.name FROM aux.sqlite_schema WHERE type = 'index'",
      'SELECT count(*) FROM main.sqlite_schema, aux.sqlite_schema',
      "SELECT v FROM u INDEXED BY sqlite_autoindex_u_1 WHERE v = 'ONE'",
      'SELECT max(id), count(*), min(v) FROM u',
      'SELECT count(*) FROM aux.t',
      'keep q: SELECT t.a, u.v AS w, aux.u.id + 1 FROM t, u',
      'columns q',
      'rows q',
    ],
  },
  'rows written in both': {
    before: twoFiles,
    lines: [
      attach,
      "INSERT INTO u(v) VALUES ('three')",
      'SELECT last_insert_rowid(), changes()',
      "INSERT INTO aux.u(v) VALUES ('THREE')",
      "INSERT INTO aux.u VALUES (1, 'x')",
      'INSERT INTO u VALUES (1, 2, 3)',
      'INSERT INTO aux.u VALUES (1, 2, 3)',
      'INSERT INTO nosuch.u VALUES (1)',
      'INSERT INTO aux.nosuch VALUES (1)',
      "INSERT OR REPLACE INTO u VALUES (3, 'one')",
      'SELECT * FROM u ORDER BY id',
      'INSERT INTO t SELECT * FROM aux.t',
      'INSERT INTO aux.t SELECT * FROM main.t',
      'INSERT INTO t SELECT * FROM t',
      'SELECT count(*) FROM main.t',
      'SELECT count(*) FROM aux.t',
      'UPDATE t SET b = (SELECT c FROM aux.t WHERE aux.t.a = main.t.a) WHERE a = 1',
      "UPDATE aux.t SET c = 'new' WHERE a = 3",
      'SELECT changes(), total_changes()',
      'UPDATE aux.t SET a = 5 WHERE c IN (SELECT b FROM main.t)',
      'SELECT DISTINCT * FROM main.t ORDER BY a, b',
      'SELECT DISTINCT * FROM aux.t ORDER BY a, c',
      'DELETE FROM t WHERE a NOT IN (SELECT a FROM aux.t)',
      'SELECT count(*) FROM main.t',
      'DELETE FROM aux.t',
      'SELECT count(*) FROM main.t',
      'SELECT count(*) FROM aux.t',
      'UPDATE OR FAIL u SET id = id + 1',
      'UPDATE OR IGNORE u SET id = id + 1',
      'SELECT * FROM aux.u',
      'DELETE FROM nosuch.t',
      'UPDATE aux.sqlite_schema SET name = 1',
      'DELETE FROM aux.sqlite_master',
    ],
  },
  'tables, indexes and views of an attached database': {
    before: twoFiles,
    lines: [
      attach,
      'CREATE TABLE aux.k AS SELECT a AS x, b AS y FROM t',
      'SELECT * FROM k',
      'CREATE TABLE IF NOT EXISTS aux.k(a)',
      'CREATE TABLE aux.k(a)',
      'CREATE TABLE k(a)',
      'SELECT * FROM k',
      'DROP TABLE k',
      'SELECT * FROM k',
      'CREATE TABLE nosuch.k(a)',
      'CREATE TABLE aux.sqlite_k(a)',
      'CREATE TABLE aux.p(id INTEGER PRIMARY KEY AUTOINCREMENT, a UNIQUE, CHECK (a > 0))',
      'INSERT INTO p(a) VALUES (1), (2)',
      'INSERT INTO p(a) VALUES (2)',
      'INSERT INTO p(a) VALUES (0)',
      'SELECT * FROM aux.sqlite_sequence',
      'SELECT * FROM main.sqlite_sequence',
      'CREATE INDEX i ON u(v)',
      'CREATE INDEX aux.i ON u(v)',
      'CREATE INDEX aux.i ON u(v)',
      'CREATE INDEX IF NOT EXISTS aux.i ON u(id)',
      'CREATE INDEX main.i ON t(a)',
      'CREATE UNIQUE INDEX aux.j ON p(a + 1) WHERE a > 0',
      'CREATE INDEX nosuch.i ON t(a)',
      'CREATE INDEX aux.i2 ON only_main(x)',
      'CREATE INDEX aux.k ON t(a)',
      'PRAGMA index_list(u)',
      'PRAGMA index_info(i)',
      'PRAGMA aux.index_info(i)',
      'REINDEX',
      'REINDEX aux.i',
      'REINDEX u',
      'REINDEX aux',
      'REINDEX nosuch.i',
      'REINDEX nosuch',
      'REINDEX NOCASE',
      'PRAGMA integrity_check',
      'DROP INDEX i',
      'DROP INDEX i',
      'DROP INDEX i',
      'DROP INDEX nosuch.i',
      'DROP INDEX IF EXISTS nosuch.i',
      'DROP INDEX sqlite_autoindex_u_1',
      'DROP TABLE aux.p',
      'SELECT * FROM aux.sqlite_sequence',
      'DROP TABLE nosuch.t',
      'DROP TABLE IF EXISTS nosuch.t',
      'DROP TABLE main.u',
      'DROP TABLE aux.sqlite_schema',
      'DROP TABLE t',
      'SELECT * FROM t',
      'DROP TABLE t',
      'SELECT * FROM t',
      'SELECT name, sql FROM aux.sqlite_schema ORDER BY name',
    ],
  },
  'views stay in their database': {
    before: twoFiles,
    lines: [
      attach,
      'CREATE VIEW v AS SELECT * FROM u',
      'SELECT * FROM v',
      'CREATE VIEW aux.v AS SELECT id, v FROM u',
      'SELECT * FROM aux.v',
      'SELECT aux.v.id FROM aux.v',
      'CREATE VIEW aux.w AS SELECT * FROM t',
      'SELECT * FROM w',
      'CREATE VIEW bad AS SELECT * FROM aux.u',
      'CREATE VIEW aux.bad AS SELECT * FROM main.t',
      'CREATE VIEW aux.bad AS SELECT * FROM u WHERE id IN (SELECT a FROM main.t)',
      'CREATE VIEW aux.good AS SELECT * FROM aux.u JOIN t ON a = id',
      'SELECT * FROM good',
      'CREATE VIEW nosuch.v AS SELECT 1',
      "SELECT sql FROM aux.sqlite_schema WHERE type = 'view'",
      'INSERT INTO aux.v VALUES (1)',
      'DROP TABLE w',
      'DROP VIEW u',
      'DROP VIEW w',
      'SELECT * FROM w',
      'DROP VIEW main.v',
      'DROP VIEW v',
      'DROP VIEW v',
      'DETACH aux',
      "ATTACH 'aux.db' AS other",
      'SELECT * FROM other.t',
    ],
  },
  'one transaction over several files': {
    before: twoFiles,
    lines: [
      attach,
      'BEGIN',
      'INSERT INTO main.t VALUES (10, 10)',
      'INSERT INTO aux.t VALUES (10, 10)',
      'ROLLBACK',
      'SELECT (SELECT count(*) FROM main.t), (SELECT count(*) FROM aux.t)',
      'BEGIN IMMEDIATE',
      'INSERT INTO main.t VALUES (10, 10)',
      'INSERT INTO aux.t VALUES (10, 10)',
      'COMMIT',
      'SELECT (SELECT count(*) FROM main.t), (SELECT count(*) FROM aux.t)',
      'SAVEPOINT outer',
      'INSERT INTO main.t VALUES (11, 11)',
      'SAVEPOINT inner',
      'INSERT INTO aux.t VALUES (11, 11)',
      'INSERT INTO main.t VALUES (12, 12)',
      'ROLLBACK TO inner',
      'SELECT (SELECT count(*) FROM main.t), (SELECT count(*) FROM aux.t)',
      'INSERT INTO aux.t VALUES (13, 13)',
      'RELEASE inner',
      'ROLLBACK TO outer',
      'SELECT (SELECT count(*) FROM main.t), (SELECT count(*) FROM aux.t)',
      'INSERT INTO aux.t VALUES (14, 14)',
      'RELEASE outer',
      'SELECT (SELECT count(*) FROM main.t), (SELECT count(*) FROM aux.t)',
      'BEGIN',
      'SAVEPOINT s',
      'CREATE TABLE aux.fresh(a)',
      'CREATE TABLE fresh2(a)',
      'INSERT INTO fresh VALUES (1)',
      'ROLLBACK TO s',
      'SELECT * FROM fresh',
      'SELECT * FROM fresh2',
      'CREATE TABLE aux.fresh(b, c)',
      'INSERT INTO fresh VALUES (1, 2)',
      'SELECT * FROM fresh',
      'COMMIT',
      'SELECT * FROM fresh',
      'BEGIN',
      'DROP TABLE fresh',
      'INSERT OR ROLLBACK INTO u VALUES (1, 1)',
      'SELECT * FROM fresh',
      'COMMIT',
      'BEGIN',
      'INSERT INTO main.t VALUES (20, 20)',
      'INSERT OR FAIL INTO u SELECT a, a FROM main.t ORDER BY a DESC',
      'COMMIT',
      'SELECT * FROM u',
      'INSERT INTO u SELECT a + 100, a FROM aux.t UNION ALL SELECT 1, 1',
      'SELECT count(*) FROM u',
      'PRAGMA integrity_check',
    ],
  },
  'two connections and their locks': {
    connections: ['main.db', 'aux.db'],
    before: twoFiles,
    lines: [
      attach,
      '2> BEGIN IMMEDIATE',
      '2> INSERT INTO t VALUES (30, 30)',
      'INSERT INTO aux.t VALUES (31, 31)',
      'BEGIN IMMEDIATE',
      'INSERT INTO main.t VALUES (31, 31)',
      'SELECT count(*) FROM aux.t',
      'BEGIN',
      'INSERT INTO main.t VALUES (32, 32)',
      'INSERT INTO aux.t VALUES (32, 32)',
      'REINDEX',
      '2> COMMIT',
      'INSERT INTO aux.t VALUES (32, 32)',
      'COMMIT',
      'SELECT (SELECT count(*) FROM main.t), (SELECT count(*) FROM aux.t)',
      'BEGIN',
      'SELECT count(*) FROM main.t',
      '2> INSERT INTO t VALUES (33, 33)',
      'SELECT count(*) FROM aux.t',
      '2> INSERT INTO t VALUES (34, 34)',
      'SELECT count(*) FROM aux.t',
      'INSERT INTO aux.t VALUES (35, 35)',
      'INSERT INTO main.t VALUES (35, 35)',
      'COMMIT',
      'SELECT (SELECT count(*) FROM main.t), (SELECT count(*) FROM aux.t)',
      '2> SELECT count(*) FROM t',
      'BEGIN IMMEDIATE',
      '2> INSERT INTO t VALUES (36, 36)',
      'ROLLBACK',
      '2> INSERT INTO t VALUES (36, 36)',
    ],
  },
  'schemas that change under prepared statements': {
    connections: ['main.db', 'aux.db'],
    before: twoFiles,
    lines: [
      attach,
      'keep q: SELECT * FROM aux.t WHERE a = 1',
      'keep u: SELECT * FROM u',
      'rows q',
      'rows u',
      '2> CREATE INDEX ta ON t(a)',
      'rows q',
      '2> DROP TABLE u',
      'rows u',
      '2> CREATE TABLE u(z)',
      '2> INSERT INTO u VALUES (1)',
      'rows u',
      'columns u',
      'CREATE TABLE main.u(in_main)',
      'rows u',
      'CREATE TEMP TABLE u(in_temp)',
      'rows u',
      'DROP TABLE u',
      'DROP TABLE u',
      'rows u',
      'DETACH aux',
      'rows q',
      'rows u',
      "ATTACH ':memory:' AS aux",
      'rows q',
      'CREATE TABLE aux.t(a, other)',
      'INSERT INTO aux.t VALUES (1, 2)',
      'rows q',
      'SELECT * FROM aux.t',
    ],
  },
  'an iterator keeps its database': {
    before: twoFiles,
    lines: [
      attach,
      'keep q: SELECT a FROM aux.t',
      'next q',
      "ATTACH ':memory:' AS third",
      'DETACH aux',
      'DETACH third',
      'next q',
      'end q',
      'DETACH aux',
    ],
  },
  'PRAGMA of one database, or of all': {
    before: twoFiles,
    lines: [
      attach,
      'PRAGMA aux.user_version = 5',
      'PRAGMA aux.user_version',
      'PRAGMA user_version',
      'PRAGMA aux.application_id = 7',
      'PRAGMA main.application_id',
      'PRAGMA aux.application_id',
      'PRAGMA nosuch.user_version',
      'PRAGMA nosuch.nothing',
      'PRAGMA aux.nothing',
      'PRAGMA aux.journal_mode',
      'PRAGMA synchronous = 1',
      'PRAGMA aux.synchronous',
      'PRAGMA aux.synchronous = OFF',
      'PRAGMA synchronous',
      'PRAGMA aux.synchronous',
      'PRAGMA aux.page_size',
      'PRAGMA aux.page_count',
      'PRAGMA aux.freelist_count',
      'PRAGMA aux.schema_version',
      'PRAGMA schema_version',
      'PRAGMA aux.encoding',
      'PRAGMA aux.cache_size = 77',
      'PRAGMA aux.cache_size',
      'PRAGMA table_info(t)',
      'PRAGMA aux.table_info(t)',
      'PRAGMA table_info(u)',
      'PRAGMA main.table_info(u)',
      'PRAGMA temp.table_info(u)',
      'PRAGMA index_list(u)',
      'PRAGMA main.index_list(u)',
      'PRAGMA index_xinfo(sqlite_autoindex_u_1)',
      'PRAGMA table_list(t)',
      'PRAGMA integrity_check',
      'PRAGMA aux.integrity_check',
      'PRAGMA quick_check(u)',
      'PRAGMA aux.wal_checkpoint(TRUNCATE)',
      'PRAGMA main.wal_checkpoint(TRUNCATE)',
      'INSERT INTO aux.t VALUES (1, 1)',
      'PRAGMA wal_checkpoint(TRUNCATE)',
      'PRAGMA aux.wal_checkpoint',
      'BEGIN',
      'INSERT INTO aux.t VALUES (1, 1)',
      'PRAGMA aux.wal_checkpoint',
      'PRAGMA aux.user_version = 6',
      'ROLLBACK',
      'PRAGMA aux.user_version',
      'DETACH aux',
      'PRAGMA aux.user_version',
    ],
  },
  'for reading only': {
    connections: ['ro:main.db'],
    before: twoFiles,
    lines: [
      attach,
      'SELECT count(*) FROM aux.t',
      'INSERT INTO aux.t VALUES (1, 1)',
      'CREATE TABLE aux.x(a)',
      "ATTACH 'not-there.db' AS n",
      "ATTACH ':memory:' AS m",
      'CREATE TABLE m.x(a)',
      'INSERT INTO m.x SELECT a FROM aux.t',
      'SELECT * FROM m.x',
      'CREATE TEMP TABLE y AS SELECT * FROM main.t',
      'SELECT * FROM y',
    ],
  },
  'one of them for reading only': {
    before: twoFiles,
    lines: [
      "ATTACH 'file:aux.db?mode=ro' AS aux",
      'INSERT INTO aux.t VALUES (1, 1)',
      'CREATE TABLE aux.x(a)',
      'BEGIN IMMEDIATE',
      'INSERT INTO main.t SELECT a, c FROM aux.t',
      'COMMIT',
      'SELECT count(*) FROM main.t',
    ],
  },
  'temporary objects': {
    before: twoFiles,
    lines: [
      'CREATE TEMP TABLE t(b)',
      'INSERT INTO t VALUES (2)',
      'SELECT * FROM t',
      'SELECT * FROM main.t',
      'SELECT * FROM temp.t',
      'PRAGMA database_list',
      'SELECT name, sql FROM sqlite_temp_schema',
      'SELECT name, sql FROM temp.sqlite_master',
      'SELECT sqlite_temp_master.name FROM sqlite_temp_schema',
      'SELECT temp.sqlite_schema.name FROM temp.sqlite_schema',
      "SELECT name FROM sqlite_master WHERE name LIKE 't%'",
      attach,
      'CREATE TEMP VIEW v AS SELECT main.t.a, aux.t.c FROM main.t JOIN aux.t USING (a)',
      'SELECT * FROM v',
      'CREATE TEMPORARY VIEW temp.v2 AS SELECT * FROM t',
      'CREATE TEMP VIEW aux.v3 AS SELECT 1',
      'CREATE TEMP TABLE main.q(a)',
      'CREATE TEMP TABLE temp.q(a PRIMARY KEY, b)',
      'CREATE TABLE temp.q(a)',
      'CREATE INDEX i ON t(b)',
      'CREATE INDEX main.i ON t(a)',
      'PRAGMA index_list(t)',
      'DROP TABLE t',
      'SELECT * FROM t',
      'SELECT * FROM v2',
      'CREATE TEMP VIEW v4 AS SELECT * FROM nosuch',
      'SELECT * FROM v4',
      'UPDATE sqlite_temp_schema SET name = 1',
      'CREATE TABLE sqlite_temp_schema(a)',
      'CREATE TEMP TABLE k AS SELECT a, c FROM aux.t',
      'SELECT temp.k.a FROM k',
      'INSERT INTO aux.t SELECT * FROM k',
      'BEGIN',
      'CREATE TEMP TABLE r(a)',
      'SAVEPOINT s',
      'INSERT INTO r VALUES (1)',
      'INSERT INTO aux.t VALUES (6, 6)',
      'ROLLBACK TO s',
      'SELECT count(*) FROM r',
      'SELECT count(*) FROM aux.t',
      'ROLLBACK',
      'SELECT count(*) FROM r',
      'CREATE TEMP TABLE auto(id INTEGER PRIMARY KEY AUTOINCREMENT, a)',
      'INSERT INTO auto(a) VALUES (5), (6)',
      'SELECT * FROM temp.sqlite_sequence',
      'SELECT * FROM sqlite_sequence',
      'DROP VIEW v',
      'DROP TABLE temp.auto',
      'PRAGMA temp.integrity_check',
      'DETACH temp',
    ],
  },
  'a temporary schema that is still empty': {
    lines: [
      'SELECT * FROM sqlite_temp_schema',
      'PRAGMA database_list',
      'PRAGMA temp.table_info(x)',
      'DROP TABLE temp.x',
      'CREATE TABLE temp.x(a)',
      'INSERT INTO temp.x VALUES (1)',
      'SELECT * FROM x',
    ],
  },
  'files that cannot be attached': {
    before: [wal, 'CREATE VIEW v AS SELECT name FROM main.sqlite_schema'],
    lines: [
      "ATTACH 'broken.db' AS broken",
      "ATTACH 'utf16le.db' AS wide",
      "ATTACH 'main.db' AS again",
      'PRAGMA database_list',
      'SELECT * FROM v',
    ],
  },
}
