/**
 * Random scenarios: statements that succeed and fail over three databases, in and out of transactions and nested
 * savepoints, with looks at all of it in between. Whoever compares two engines sets `SEED` for both.
 */
import { createRandom, type Random } from '../support/random.ts'
import type { Scenario } from './attach-scenario.ts'

const databases = ['main', 'aux', 'temp'] as const

function line(random: Random): string {
  const name = (): string => `${random.pick(databases)}.${random.pick(['t', 't', 'x'])}`
  const savepoint = (): string => random.pick(['one', 'two'])
  const value = (): number => random.below(12)
  const list: (() => string)[] = [
    () => random.pick(['BEGIN', 'BEGIN IMMEDIATE']),
    () => random.pick(['COMMIT', 'ROLLBACK']),
    () => `SAVEPOINT ${savepoint()}`,
    () => `SAVEPOINT ${savepoint()}`,
    () => `ROLLBACK TO ${savepoint()}`,
    () => `RELEASE ${savepoint()}`,
    () => `INSERT INTO ${name()} VALUES (${value()}, ${value()})`,
    () => `INSERT INTO ${name()} SELECT b, a + 1 FROM ${name()}`,
    () => `INSERT OR ${random.pick(['IGNORE', 'FAIL', 'REPLACE', 'ROLLBACK'])} INTO ${name()}
      SELECT a + 1, b FROM ${name()} ORDER BY a`,
    () => `UPDATE ${name()} SET a = a + 1 WHERE b > ${value()}`,
    () => `UPDATE t SET b = (SELECT max(a) FROM ${name()}) WHERE a = ${value()}`,
    () => `DELETE FROM ${name()} WHERE a % 3 = ${random.below(3)}`,
    () => `CREATE TABLE ${random.pick(databases)}.x(a INTEGER PRIMARY KEY, b UNIQUE)`,
    () => `DROP TABLE ${random.pick(['', 'main.', 'aux.', 'temp.'])}x`,
    () => `CREATE INDEX ${random.pick(databases)}.i ON t(b)`,
    () => 'DROP INDEX i',
    () => `SELECT * FROM ${random.pick(['t', 'x'])} ORDER BY a, b`,
    () => `SELECT (SELECT sum(a * 100 + b) FROM main.t), (SELECT sum(a * 100 + b) FROM aux.t),
      (SELECT sum(a * 100 + b) FROM temp.t)`,
    () => `SELECT m.a, x.b FROM main.t AS m JOIN aux.t AS x ON m.a = x.a ORDER BY 1`,
    () => 'PRAGMA integrity_check',
  ]
  return random.pick(list)().replace(/\s+/g, ' ')
}

/** Each by its name. */
export function randomScenarios(count: number, length: number): Record<string, Scenario> {
  const scenarios: Record<string, Scenario> = {}
  for (let round = 1; round <= count; round++) {
    const random = createRandom(round)
    scenarios[`random statements, round ${round}`] = {
      before: ['PRAGMA journal_mode = WAL', 'CREATE TABLE t(a INTEGER PRIMARY KEY, b UNIQUE)'],
      lines: [
        "ATTACH 'aux.db' AS aux",
        'PRAGMA aux.journal_mode = WAL',
        'CREATE TABLE aux.t(a INTEGER PRIMARY KEY, b UNIQUE)',
        'CREATE TABLE temp.t(a INTEGER PRIMARY KEY, b UNIQUE)',
        'INSERT INTO main.t VALUES (1, 5), (2, 6), (7, 1)',
        'INSERT INTO aux.t VALUES (1, 4), (3, 9)',
        ...Array.from({ length }, () => line(random)),
        'COMMIT',
        'SELECT * FROM main.t ORDER BY a',
        'SELECT * FROM aux.t ORDER BY a',
        'SELECT * FROM temp.t ORDER BY a',
        'PRAGMA integrity_check',
      ],
    }
  }
  return scenarios
}
