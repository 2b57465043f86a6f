/**
 * UPDATE with a conflict: which rows get the value, and at which row the statement fails, depends on the order in which
 * they are changed, and on which comes first, a conflict or an error of the condition. It is the order of the scan or that of
 * the rowids, as in SQLite.
 */
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { openOracle, show } from '../support/oracle.ts'
import { createRandom } from '../support/random.ts'
import { shown } from './bare-engine.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const tables = [
  'CREATE TABLE t(id INTEGER PRIMARY KEY, k, d, u UNIQUE, v UNIQUE ON CONFLICT REPLACE)',
  'CREATE TABLE t(id INTEGER PRIMARY KEY, k, d, u UNIQUE ON CONFLICT IGNORE, v)',
  'CREATE TABLE t(id INTEGER PRIMARY KEY, k, d COLLATE NOCASE, u UNIQUE ON CONFLICT FAIL, v)',
]
const indexes = [
  [],
  ['CREATE INDEX tk ON t(k)', 'CREATE INDEX td ON t(d DESC)'],
  ['CREATE INDEX tk ON t(k, u)', 'CREATE INDEX td ON t(d DESC, k)'],
  ['CREATE INDEX tk ON t(k) WHERE v > 0', 'CREATE INDEX td ON t(d, v DESC)'],
]
const actions = ['', ' OR IGNORE', ' OR FAIL', ' OR REPLACE', ' OR ABORT', ' OR ROLLBACK']
const changes = [
  'u = 9',
  'u = u + 1',
  'u = 3 - u',
  'u = 9, k = k + 1',
  'id = id + 1',
  'u = 9, v = 9',
  'v = u',
]
const conditions = [
  '1',
  'k > 0',
  'k = 2',
  'k IN (3, 1, 2)',
  'd > 0',
  'd BETWEEN 1 AND 4',
  'd IN (1, 4, 2)',
  'k = 1 OR d = 2',
  'u > 0',
  'id > 1',
  'id IN (4, 2, 1)',
  'k > (SELECT 0)',
  'k > 0 AND EXISTS (SELECT 1 FROM t AS o WHERE o.u = t.u + 1)',
  'k IN (SELECT k FROM t)',
  'abs(CASE id WHEN 4 THEN -9223372036854775807 - 1 ELSE id END) > 0',
  'abs(CASE k WHEN 3 THEN -9223372036854775807 - 1 ELSE k END) > 0 AND k > 0',
  'd > 0 AND abs(CASE d WHEN 4 THEN -9223372036854775807 - 1 ELSE d END) > 0',
  'k > (SELECT 0) AND abs(CASE id WHEN 5 THEN -9223372036854775807 - 1 ELSE id END) > 0',
]
const rows =
  'INSERT INTO t VALUES (1, 4, 1, 1, 4), (2, 3, 3, 2, 3), (3, 1, 2, 3, 2), (4, 2, 4, 4, 1), (5, 2, 2, 5, 5)'

function runHere(database: Database, sql: string): string {
  try {
    database.exec(sql)
    return 'ok'
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return error.message
  }
}

for (const [place, table] of tables.entries()) {
  test.serial(`update: rows are changed in the order of SQLite, table ${place + 1}`, async (t) => {
    if (oracle === null) return void t.pass()
    const random = createRandom(place)
    const database = new Database(':memory:')
    await oracle.reset('SELECT 1')
    const here = (sql: string): string[] =>
      (database.prepare(sql).raw().safeIntegers().all() as unknown[][]).map((row) =>
        row.map(shown).join(' | '),
      )
    for (const some of indexes) {
      const setup = [table, ...some, rows].join('; ')
      for (const condition of conditions) {
        for (let round = 0; round < 3; round++) {
          const action = random.pick(actions)
          const change = random.pick(changes)
          const sql = `UPDATE${action} t SET ${change} WHERE ${condition}`
          const where = `SEED=${random.seed}: ${setup}; ${sql}`
          database.exec(setup)
          await oracle.exec(setup)
          const there = await oracle.exec(sql).then(
            () => 'ok',
            (error: Error) => error.message,
          )
          t.is(runHere(database, sql), there, where)
          const all = 'SELECT *, changes() FROM t ORDER BY id'
          const expected = (await oracle.query(all)).map((row) => row.map(show).join(' | '))
          t.deepEqual(here(all), expected, where)
          database.exec('DROP TABLE t')
          await oracle.exec('DROP TABLE t')
        }
      }
    }
    database.close()
  })
}
