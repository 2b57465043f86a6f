/** What the connection does itself, with the transaction, the locks and the failures of a statement. */
import type { StatementLabel } from '../../coordination/index.ts'
import type { DatabaseUses } from '../../plan/index.ts'
import type { Session } from '../connection/session.ts'

/** @param label as what others see it while it runs */
export function asStatement<Result>(
  connection: Session,
  writes: boolean,
  uses: DatabaseUses,
  label: StatementLabel | null,
  body: () => Result,
): Result {
  connection.beginStatement(writes, uses, label)
  connection.lockWait.isOutside = false
  let result: Result
  try {
    result = body()
  } catch (error) {
    connection.trouble.struck = connection
    throw connection.failStatement(error, writes)
  }
  connection.endStatement(writes)
  return result
}
