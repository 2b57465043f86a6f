/**
 * What the connection reads by itself, and at length, as a statement: in slices, between which it is in progress as an open iterator is, and other statements
 * may read.
 */
import type { DatabaseUses } from '../../plan/index.ts'
import { unsliced, type Slice, type Work } from '../../runtime/index.ts'
import { abortedByRollback } from '../connection/failures.ts'
import type { Session } from '../connection/session.ts'

/** Steps of `Work`, each taken in whatever it needs around it. */
export interface Steps<Result> {
  next(): IteratorResult<Slice, Result>
  /** It is given up. */
  end(): void
}

export function* readingInSlices<Result>(
  connection: Session,
  uses: DatabaseUses,
  slice: Slice,
  begin: () => Steps<Result>,
): Work<Result> {
  connection.beginStatement(false, uses, null)
  connection.lockWait.isOutside = false
  let steps: Steps<Result> | null = null
  let isOver = false
  let result: Result
  try {
    if (slice !== unsliced) slice.begin()
    steps = begin()
    for (;;) {
      const step = steps.next()
      if (step.done === true) {
        result = step.value
        break
      }
      const { rollbacks } = connection
      connection.admits = 'reads'
      yield slice
      connection.admits = 'all'
      if (connection.rollbacks !== rollbacks) throw abortedByRollback()
      slice.begin()
    }
    isOver = true
  } catch (error) {
    isOver = true
    connection.trouble.struck = connection
    const failure = connection.failStatement(error, false)
    steps?.end()
    throw failure
  } finally {
    if (!isOver) {
      connection.admits = 'all'
      steps?.end()
      connection.endStatement(false)
    }
  }
  connection.endStatement(false)
  return result
}
