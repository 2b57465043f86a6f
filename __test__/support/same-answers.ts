/** Statements answered by us and by SQLite: rows in their order, storage classes and all, and the sentences of errors. */
import type { ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { openOracle, show } from './oracle.ts'

/** A value as `show` writes what SQLite answers. */
function shown(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'bigint') return `integer ${value}`
  if (typeof value === 'number') return `real ${value === 0 ? 0 : value}`
  if (typeof value === 'string') return `text ${JSON.stringify(value)}`
  return `blob ${Buffer.from(value as Uint8Array).toString('hex')}`
}

/** What each statement answers, one after the other, on an empty database of ours. */
export function ourAnswers(statements: readonly string[]): string[] {
  const database = new Database(':memory:')
  const answers = statements.map((sql) => {
    try {
      const statement = database.prepare(sql)
      if (!statement.reader) {
        statement.run()
        return ''
      }
      const rows = statement.raw().safeIntegers().all() as unknown[][]
      return rows.map((row) => row.map(shown).join(' | ')).join('\n')
    } catch (error) {
      return `error ${(error as Error).message}`
    }
  })
  database.close()
  return answers
}

/** Runs `setup`, then compares the answers to `statements`. Passes where there is no SQLite. */
export async function sameAnswers(
  t: ExecutionContext,
  setup: readonly string[],
  statements: readonly string[],
): Promise<void> {
  const oracle = openOracle()
  if (oracle === null) {
    t.log('skipped: no SQLite here')
    t.pass()
    return
  }
  t.teardown(() => oracle.close())
  const ours = ourAnswers([...setup, ...statements]).slice(setup.length)
  await oracle.reset(setup.join(';\n'))
  for (const [i, sql] of statements.entries()) {
    const theirs: string = await oracle.query(sql).then(
      (rows) => rows.map((row) => row.map(show).join(' | ')).join('\n'),
      (error: Error) => `error ${error.message}`,
    )
    t.is(ours[i], theirs, sql)
  }
}
