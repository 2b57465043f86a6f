/**
 * Rows that are older than a column: SQLite adds it with a default, and the rows, which have no value for it, have
 * that. The files are SQLite's; both engines must read the same values out of them.
 */
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { shown } from '../codegen/bare-engine.ts'
import { openOracle, show } from '../support/oracle.ts'
import { temporaryFolder } from '../support/temporary.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const types = ['', 'TEXT', 'INT', 'REAL', 'NUMERIC']
const defaults = [
  'CAST(5 AS TEXT)',
  "-'5'",
  "- '5x'",
  "-'abc'",
  "-''",
  "-' 5 '",
  '-(-5)',
  '- -5',
  "+'5'",
  "-+'5'",
  "-x'35'",
  '-TRUE',
  '+FALSE',
  'NULL',
  '-NULL',
  '-(-9223372036854775808)',
  '-9223372036854775808',
  '-9223372036854775808.0',
  '9223372036854775808',
  "- '9223372036854775808'",
  "-'1e400'",
  '1e300',
  '-0.0',
  '5.0',
  '0x10',
  "'5'",
  "x'4142'",
  '((5))',
  "CAST('7.5' AS INT)",
  'CAST(CAST(5.5 AS TEXT) AS BLOB)',
  "CAST(x'3132' AS TEXT)",
  "CAST('1e3' AS NUMERIC)",
  'CAST(NULL AS TEXT)',
  "-CAST('5' AS TEXT)",
  'CAST(-(-5) AS REAL)',
  "CAST('abc' AS REAL)",
  'CAST(123 AS BLOB)',
  "CAST('5' AS VARCHAR(10))",
  "CAST('5.0' AS DECIMAL(10,2))",
]

for (const encoding of ['UTF-8', 'UTF-16le', 'UTF-16be']) {
  test.serial(`missing columns: every constant default, in ${encoding}`, async (t) => {
    if (oracle === null) return void t.pass()
    const path = join(temporaryFolder(), 'old-rows.db')
    await oracle.reset(`PRAGMA encoding = '${encoding}'; ATTACH '${path}' AS f; BEGIN`)
    const columns = types.flatMap((type) => defaults.map((value) => `${type} DEFAULT (${value})`))
    for (const [i, column] of columns.entries()) {
      await oracle.exec(`CREATE TABLE f.t${i}(a); INSERT INTO f.t${i} VALUES (1)`)
      await oracle.exec(`ALTER TABLE f.t${i} ADD COLUMN b ${column}`)
    }
    await oracle.exec('COMMIT')
    const expected = []
    for (const i of columns.keys()) expected.push(await oracle.query(`SELECT a, b FROM f.t${i}`))
    await oracle.exec('DETACH f')
    const database = new Database(path)
    for (const [i, column] of columns.entries()) {
      const rows = database.prepare(`SELECT a, b FROM t${i}`).raw().safeIntegers().all()
      const here = (rows as unknown[][]).map((row) => row.map(shown))
      t.deepEqual(
        here,
        expected[i]!.map((row) => row.map(show)),
        column,
      )
    }
    database.close()
  })
}
