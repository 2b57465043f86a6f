/**
 * How a statement that changes rows begins and ends: its savepoint, its counters, and how it fails. What belongs to the program of a
 * trigger ends with the statement that has started it, and has only counters.
 */
import { endFailed, failureOf } from '../../runtime/index.ts'
import type { Generation } from '../source/generation.ts'
import type { ReturnedRows } from './returning.ts'

interface ScopeParts {
  readonly returned: ReturnedRows | null
  /** The variable that counts changed rows; null: none are counted. */
  readonly changes: string | null
  /** The variable that holds how the statement ends if it fails now. */
  readonly failure: string
  /** The variable that says that something has been changed; null: there is a savepoint. */
  readonly touched: string | null
}

export function emitScope(
  generation: Generation,
  { returned, changes, failure, touched }: ScopeParts,
  body: () => void,
): void {
  const { emitter, triggers } = generation
  const count = (): void => {
    emitter.line(`ctx.changes = ${changes ?? 0}`)
    if (changes !== null) emitter.line(`ctx.totalChanges += ${changes}`)
  }
  if (generation.isInProgram) {
    body()
    count()
    return
  }
  returned?.begin()
  if (touched === null) emitter.line('ctx.beginStatement()')
  const lines = emitter.detached(() =>
    emitter.nested('try', () => {
      body()
      for (const sequence of triggers?.sequences ?? []) emitter.line(`${sequence}.end()`)
    }),
  )
  emitter.attach(lines)
  for (const sequence of triggers?.sequences ?? []) emitter.atStart(`${sequence}.start()`)
  const end = emitter.use('endFailed', endFailed)
  const how =
    triggers === null ? failure : `${emitter.use('failureOf', failureOf)}(error, ${failure})`
  emitter.nested('catch (error)', () => {
    emitter.line(`${end}(ctx, ${how}, ${touched ?? `'savepoint'`}, ${changes ?? 0})`)
    emitter.line('throw error')
  })
  if (touched === null) emitter.line('ctx.endStatement()')
  if (returned === null) count()
  else returned.deliver(count)
}
