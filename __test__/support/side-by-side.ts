/** A script that runs here and in SQLite: each line must have the same answer, be it rows, an error or none. */
import type { ExecutionContext } from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { shown } from '../codegen/bare-engine.ts'
import { show } from './oracle.ts'
import type { Oracle } from './oracle.ts'

const asks = /^(SELECT|PRAGMA|VALUES|WITH)\b/

/** What our engine answers to a line. */
export function answerHere(database: Database, sql: string): string {
  try {
    if (!asks.test(sql)) {
      database.exec(sql)
      return 'ok'
    }
    const rows = database.prepare(sql).raw().safeIntegers().all() as unknown[][]
    return rows.map((row) => row.map(shown).join(' | ')).join('\n')
  } catch (error) {
    if (!(error instanceof SqliteError)) throw error
    return `error ${error.message}`
  }
}

export async function answerThere(oracle: Oracle, sql: string): Promise<string> {
  try {
    if (!asks.test(sql)) {
      await oracle.exec(sql)
      return 'ok'
    }
    return (await oracle.query(sql)).map((row) => row.map(show).join(' | ')).join('\n')
  } catch (error) {
    return `error ${(error as Error).message}`
  }
}

/** Runs a script on a new database in memory. */
export async function runSideBySide(
  t: ExecutionContext,
  oracle: Oracle | null,
  script: readonly string[],
): Promise<void> {
  if (oracle === null) return void t.pass()
  const database = new Database(':memory:')
  await oracle.reset('SELECT 1')
  for (const [at, sql] of script.entries()) {
    const expected = await answerThere(oracle, sql)
    t.is(answerHere(database, sql), expected, script.slice(0, at + 1).join('; '))
  }
  database.close()
}
