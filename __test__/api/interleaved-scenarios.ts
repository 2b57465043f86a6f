/**
 * Transactions of several connections of one database, interleaved step by step: when each begins, what it sees, and who is told that it
 * must wait or begin anew. No step waits, so that the outcome of every one is certain. (Schemas change only where SQLite does not
 * answer by a schema that it remembers from before another connection changed it.)
 */
import { createRandom, type Random } from '../support/random.ts'
import type { Scenario } from './attach-scenario.ts'

const before = [
  'PRAGMA journal_mode = WAL',
  'CREATE TABLE t(a INTEGER PRIMARY KEY, b)',
  'CREATE INDEX i ON t(b)',
  'CREATE VIEW v AS SELECT a FROM t',
  'INSERT INTO t VALUES (1, 10), (2, 20), (3, 30)',
]

const named: Record<string, Scenario> = {
  'what is prepared inside BEGIN pins nothing': {
    before,
    connections: ['main.db', 'main.db'],
    lines: [
      '1> BEGIN',
      '1> SELECT 1',
      '1> keep one: SELECT sum(b) FROM t',
      '1> SELECT nothing FROM t',
      '1> PRAGMA foreign_key_list(t)',
      '1> PRAGMA table_info(nothing)',
      '1> PRAGMA page_size',
      '2> INSERT INTO t VALUES (4, 40)',
      'rows one',
      '2> INSERT INTO t VALUES (5, 50)',
      'rows one',
      '1> INSERT INTO t VALUES (6, 60)',
      '1> ROLLBACK',
      '1> BEGIN',
      '1> SELECT abs(-1), changes()',
      '2> INSERT INTO t VALUES (7, 70)',
      '1> INSERT INTO t VALUES (8, 80)',
      '1> COMMIT',
      'rows one',
    ],
  },
  ...Object.fromEntries(
    [
      'SELECT 1',
      'PRAGMA table_info(t)',
      'PRAGMA index_list(t)',
      'PRAGMA index_info(i)',
      'PRAGMA encoding',
      'PRAGMA user_version',
      'PRAGMA integrity_check',
      'PRAGMA page_count',
      'SELECT * FROM t WHERE 0',
      'SELECT 1 WHERE 0',
      'SAVEPOINT s',
      'DROP TABLE IF EXISTS nothing',
      'CREATE TABLE IF NOT EXISTS t(x)',
      'PRAGMA busy_timeout',
      'SELECT name FROM sqlite_schema',
      'SELECT (SELECT max(a) FROM t) IS NULL',
    ].map((sql): [string, Scenario] => [
      `what pins: ${sql}`,
      {
        before,
        connections: ['main.db', 'main.db'],
        lines: [
          '1> BEGIN',
          `1> keep it: SELECT * FROM (SELECT 1) WHERE 0`,
          `1> SELECT count(*) FROM (SELECT 1)`,
          `1> ${sql}`,
          '2> INSERT INTO t VALUES (9, 90)',
          '1> UPDATE t SET b = 1 WHERE a = 1',
          '1> SELECT sum(b) FROM t',
        ],
      },
    ]),
  ),
  ...Object.fromEntries(
    [
      ['COMMIT'],
      ['ROLLBACK'],
      ['CREATE TABLE u(x)', 'ROLLBACK'],
      ['INSERT INTO t VALUES (8, 80)', 'ROLLBACK'],
      ['INSERT INTO t VALUES (8, 80)', 'COMMIT', 'BEGIN', 'DELETE FROM t WHERE a = 3', 'COMMIT'],
      ['SAVEPOINT s', 'INSERT INTO t VALUES (8, 80)', 'ROLLBACK TO s', 'RELEASE s', 'COMMIT'],
      ['SAVEPOINT s', 'CREATE TABLE u(x)', 'ROLLBACK TO s', 'COMMIT'],
      ['DROP TABLE t'],
      ['DROP INDEX i'],
      ['DROP VIEW v', 'COMMIT'],
      ['CREATE TABLE u(x)', 'DROP TABLE u', 'COMMIT'],
      ['DELETE FROM t'],
      ['INSERT OR ROLLBACK INTO t VALUES (1, 1)'],
    ].map((lines): [string, Scenario] => [
      `beside an open iterator: ${lines.join('; ')}`,
      {
        before,
        lines: [
          'BEGIN',
          'keep all: SELECT a, b FROM t ORDER BY a',
          'next all',
          ...lines,
          'next all',
          // After an error node:sqlite begins anew.
          ...(lines.includes('CREATE TABLE u(x)') ? [] : ['next all', 'next all']),
          'end all',
          'ROLLBACK',
          'SELECT * FROM t',
          'BEGIN',
          'INSERT INTO t VALUES (9, 90)',
          'COMMIT',
        ],
      },
    ]),
  ),
  'an iterator outside a transaction': {
    before,
    lines: [
      'keep all: SELECT a, b FROM t ORDER BY a',
      'next all',
      'BEGIN',
      'INSERT INTO t VALUES (8, 80)',
      'next all',
      'COMMIT',
      'next all',
      'DROP TABLE t',
      'DROP INDEX i',
      'BEGIN IMMEDIATE',
      'next all',
      'ROLLBACK',
      'next all',
      'end all',
      'DROP TABLE t',
    ],
  },
  'a first write that was refused is tried again': {
    before,
    connections: ['main.db', 'main.db'],
    lines: [
      '1> BEGIN IMMEDIATE',
      '1> INSERT INTO t VALUES (4, 40)',
      '2> BEGIN',
      '2> INSERT INTO t VALUES (5, 50)',
      '2> CREATE TABLE u(x)',
      '2> UPDATE t SET b = 0 WHERE a = 1',
      '1> COMMIT',
      '2> INSERT INTO t VALUES (5, 50)',
      '2> CREATE TABLE u(x)',
      '2> COMMIT',
      '1> SELECT * FROM t ORDER BY a',
      '2> BEGIN',
      '2> SELECT count(*) FROM t',
      '1> INSERT INTO t VALUES (6, 60)',
      '2> INSERT INTO t VALUES (7, 70)',
      '2> INSERT INTO t VALUES (7, 70)',
      '2> ROLLBACK',
      '2> INSERT INTO t VALUES (7, 70)',
    ],
  },
  'what IF EXISTS leaves undone takes no lock': {
    before,
    connections: ['main.db', 'main.db', 'ro:main.db'],
    lines: [
      '1> BEGIN IMMEDIATE',
      '1> INSERT INTO t VALUES (4, 40)',
      ...['2> ', '3> '].flatMap((who) => [
        `${who}CREATE TABLE IF NOT EXISTS t(x)`,
        `${who}CREATE TABLE IF NOT EXISTS t AS SELECT 1`,
        `${who}CREATE INDEX IF NOT EXISTS i ON t(b)`,
        `${who}CREATE VIEW IF NOT EXISTS v AS SELECT 1`,
        `${who}DROP TABLE IF EXISTS nothing`,
        `${who}DROP INDEX IF EXISTS nothing`,
        `${who}DROP VIEW IF EXISTS nothing`,
        `${who}CREATE TABLE IF NOT EXISTS n(x)`,
        `${who}DROP VIEW IF EXISTS v`,
      ]),
      '1> COMMIT',
      '2> keep make: CREATE TABLE IF NOT EXISTS n(x)',
      'rows make',
      'rows make',
      '1> DROP TABLE n',
      'rows make',
      '1> SELECT * FROM n',
      '2> BEGIN',
      '2> CREATE TABLE IF NOT EXISTS n(x)',
      '1> INSERT INTO t VALUES (5, 50)',
      '2> INSERT INTO t VALUES (6, 60)',
      '2> ROLLBACK',
      '3> CREATE TABLE IF NOT EXISTS m(x)',
    ],
  },
  'attached databases join when they are touched': {
    before,
    connections: ['main.db', 'main.db'],
    lines: [
      "1> ATTACH 'side.db' AS side",
      "2> ATTACH 'side.db' AS side",
      '1> PRAGMA side.journal_mode = WAL',
      '1> CREATE TABLE side.s(x)',
      '1> BEGIN',
      '1> SELECT 1',
      '1> keep both: SELECT (SELECT sum(b) FROM t), (SELECT count(*) FROM side.s)',
      '2> INSERT INTO side.s VALUES (1)',
      '2> INSERT INTO t VALUES (4, 40)',
      '1> SELECT count(*) FROM side.s',
      '2> INSERT INTO side.s VALUES (2)',
      '2> INSERT INTO t VALUES (5, 50)',
      'rows both',
      '1> INSERT INTO t VALUES (6, 60)',
      '1> INSERT INTO side.s VALUES (6)',
      '1> CREATE TABLE IF NOT EXISTS side.s(x)',
      '1> ROLLBACK',
      '2> BEGIN',
      '2> INSERT INTO side.s VALUES (7)',
      '1> BEGIN',
      '1> INSERT INTO side.s VALUES (8)',
      '1> INSERT INTO t VALUES (8, 80)',
      '2> COMMIT',
      '1> INSERT INTO side.s VALUES (8)',
      '1> COMMIT',
      'rows both',
    ],
  },
}

function line(random: Random, connectionCount: number): string {
  const key = (): number => random.below(9)
  const list: (() => string)[] = [
    () => 'BEGIN',
    () => 'BEGIN',
    () => random.pick(['BEGIN IMMEDIATE', 'BEGIN EXCLUSIVE', 'SAVEPOINT s']),
    () => 'COMMIT',
    () => random.pick(['COMMIT', 'ROLLBACK']),
    () => random.pick(['RELEASE s', 'ROLLBACK TO s', 'SAVEPOINT s']),
    () => random.pick(['SELECT 1', 'SELECT nothing FROM t', 'SELECT x', 'PRAGMA table_info(t)']),
    () => 'SELECT count(*), sum(a), sum(b) FROM t',
    () => 'SELECT count(*), sum(a), sum(b) FROM t',
    () => `SELECT b FROM t WHERE a = ${key()}`,
    () => `INSERT INTO t VALUES (${key()}, ${random.below(100)})`,
    () => `INSERT OR REPLACE INTO t VALUES (${key()}, ${random.below(100)})`,
    () => `INSERT OR ROLLBACK INTO t VALUES (${key()}, ${random.below(100)})`,
    () => `UPDATE t SET b = b + 1 WHERE a < ${key()}`,
    () => `DELETE FROM t WHERE a = ${key()}`,
    () => random.pick(['CREATE TABLE IF NOT EXISTS t(x)', 'DROP TABLE IF EXISTS nothing']),
    () => `PRAGMA user_version${random.pick(['', ` = ${key()}`])}`,
  ]
  return `${1 + random.below(connectionCount)}> ${random.pick(list)()}`
}

export function interleavedScenarios(): Record<string, Scenario> {
  const scenarios = { ...named }
  for (let round = 1; round <= 30; round++) {
    const random = createRandom(round)
    const count = 2 + random.below(2)
    scenarios[`random steps of ${count} connections, round ${round}`] = {
      before,
      connections: Array.from({ length: count }, () => 'main.db'),
      lines: Array.from({ length: 90 }, () => line(random, count)),
    }
  }
  return scenarios
}
