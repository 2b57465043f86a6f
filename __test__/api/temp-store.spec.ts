/** PRAGMA temp_store, as SQLite has it. */
import test from 'ava'
import { openOracle } from '../support/oracle.ts'
import { runSideBySide } from '../support/side-by-side.ts'

test('temp_store: values, and what becomes of temporary tables, are those of SQLite', async (t) => {
  const oracle = openOracle()
  t.teardown(() => oracle?.close())
  await runSideBySide(t, oracle, [
    'PRAGMA temp_store',
    'CREATE TEMP TABLE x(a)',
    'pragma temp_store = 0',
    'SELECT * FROM x',
    'pragma temp_store = 2',
    'PRAGMA temp_store',
    'SELECT * FROM x',
    'CREATE TEMP TABLE x(a)',
    'BEGIN',
    'pragma temp_store = 1',
    'pragma temp_store = 2',
    'COMMIT',
    "pragma temp_store = 'file'",
    'PRAGMA temp_store',
    'SELECT * FROM x',
    'pragma temp_store = 7',
    'PRAGMA temp_store',
    'BEGIN',
    'pragma temp_store = memory',
    'PRAGMA temp_store',
    'COMMIT',
    'CREATE TEMP TABLE y(b)',
    'INSERT INTO y VALUES (1)',
    'SELECT * FROM y',
    'PRAGMA temp.temp_store',
  ])
})
