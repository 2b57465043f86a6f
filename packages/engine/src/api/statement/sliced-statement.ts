/**
 * What the connection does by itself, and at length, as a statement: in slices, between which it is in progress as an open iterator is. Who gives it up
 * between two of them has what it has changed taken back.
 */
import type { StatementLabel } from '../../coordination/index.ts'
import type { DatabaseUses } from '../../plan/index.ts'
import { unsliced, type Slice, type Work } from '../../runtime/index.ts'
import { abortedByRollback, givenUp } from '../connection/failures.ts'
import type { Session } from '../connection/session.ts'

/** Steps of `Work`, each taken in whatever it needs around it. */
export interface Steps<Result> {
  next(): IteratorResult<Slice, Result>
  /** It is given up. */
  end(): void
}

/** What it is as a statement. */
export interface SlicedStatement {
  readonly uses: DatabaseUses
  /** As what others see it while it runs; null: they do not. */
  readonly label: StatementLabel | null
  /** What may run beside it on its connection, between two slices. */
  readonly admits: 'reads' | 'nothing'
  /**
   * How what it changes is taken back where it fails: by a savepoint, or, where it is alone in its transaction, with that. null: it changes
   * nothing.
   */
  readonly changes: 'savepoint' | 'transaction' | null
}

/** @param begin what is to be done, of which nothing is done before its first step */
export function* inSlicesAsStatement<Result>(
  connection: Session,
  { uses, label, admits, changes }: SlicedStatement,
  slice: Slice,
  begin: () => Steps<Result>,
): Work<Result> {
  const writes = changes !== null
  const { context } = connection
  connection.beginStatement(writes, uses, label)
  connection.lockWait.isOutside = false
  const { scopeDepth } = context
  let steps: Steps<Result> | null = null
  let isOver = false
  let result: Result
  /** Answers the error to throw. */
  const fail = (error: unknown): unknown => {
    connection.trouble.struck = connection
    steps?.end()
    if (context.scopeDepth > scopeDepth) context.rollbackStatement()
    return connection.failStatement(error, writes)
  }
  try {
    if (slice !== unsliced) slice.begin()
    steps = begin()
    if (writes) context.beginStatement(changes === 'transaction')
    for (;;) {
      const step = steps.next()
      if (step.done === true) {
        result = step.value
        break
      }
      const { rollbacks } = connection
      connection.admits = admits
      yield slice
      connection.admits = 'all'
      if (connection.rollbacks !== rollbacks) throw abortedByRollback()
      slice.begin()
    }
    if (writes) context.endStatement()
    isOver = true
  } catch (error) {
    isOver = true
    throw fail(error)
  } finally {
    if (!isOver) {
      connection.admits = 'all'
      if (writes) fail(givenUp())
      else {
        steps?.end()
        connection.endStatement(false)
      }
    }
  }
  connection.endStatement(writes)
  return result
}

export function readingInSlices<Result>(
  connection: Session,
  uses: DatabaseUses,
  slice: Slice,
  begin: () => Steps<Result>,
): Work<Result> {
  const statement = { uses, label: null, admits: 'reads', changes: null } as const
  return inSlicesAsStatement(connection, statement, slice, begin)
}

/** The steps of what needs something around each of them, say, another meaning of names. */
export function stepsOf<Result>(
  work: Work<Result>,
  around: <Step>(step: () => Step) => Step = (step) => step(),
): Steps<Result> {
  return {
    next: () => around(() => work.next()),
    end: () => void around(() => work.return(undefined as never)),
  }
}
