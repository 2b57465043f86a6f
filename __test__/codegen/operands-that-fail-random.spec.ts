/**
 * Random expressions whose operands may fail, at every place where a statement has one: rows and errors are SQLite's. The same statements each time
 * unless `SEED` says otherwise. (Where the two choose different access paths, other rows are asked: that shows in a few of ten thousand statements.)
 */
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { setup, statement } from '../support/failing-operands.ts'
import { openOracle, show } from '../support/oracle.ts'
import { createRandom } from '../support/random.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'

const count = 1000
const oracle = openOracle()
test.after.always(() => oracle?.close())

test('operands that fail: random statements come to what SQLite says', async (t) => {
  if (oracle === null) return void t.pass()
  t.timeout(120_000)
  const seed = Number(process.env['SEED'] ?? 7)
  t.log(`SEED=${seed}`)
  const random = createRandom(0, seed)
  await oracle.reset(setup)
  const database = new Database(':memory:')
  database.exec(setup)
  for (let i = 0; i < count; i++) {
    const parts = statement(random)
    const there = await outcome(parts, (sql) => oracle.exec(sql), rowsThere)
    const here = await outcome(parts, (sql) => void database.exec(sql), rowsHere)
    t.is(here, there, parts.join('; '))
  }
  database.close()

  async function rowsThere(sql: string): Promise<string> {
    return shown(await oracle!.query(sql))
  }

  function rowsHere(sql: string): string {
    const rows = database.prepare(sql).raw().safeIntegers().all()
    return shown(rows as Value[][])
  }
})

/** Numbers by their value alone, rows in any order. */
function shown(rows: readonly (readonly Value[])[]): string {
  const text = (value: Value): string => show(value).replace(/^(integer|real) /, '')
  return rows
    .map((row) => row.map(text).join(', '))
    .toSorted()
    .join(' | ')
}

/** What the statements come to, and the table after them; what they write is taken back. */
async function outcome(
  parts: readonly string[],
  exec: (sql: string) => void | Promise<void>,
  rows: (sql: string) => string | Promise<string>,
): Promise<string> {
  if (parts[0]!.startsWith('SELECT')) return attempt(async () => rows(parts[0]!))
  await exec('BEGIN')
  const result = await attempt(async () => {
    for (const sql of parts) await exec(sql)
    return rows('SELECT * FROM t')
  })
  await exec('ROLLBACK')
  return result
}

async function attempt(run: () => Promise<string>): Promise<string> {
  try {
    return await run()
  } catch (error) {
    return (error as Error).message
  }
}
