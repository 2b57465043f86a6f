/**
 * How a statement that changes rows begins and ends: its savepoint, its counters, and how it fails. What belongs to the program of a
 * trigger ends with the statement that has started it, and has only counters.
 */
import { foreignKeyFailed } from '../../base/error.ts'
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
  /** Where it fails, all of it fails, and it lets nobody else run. */
  readonly isWhole: boolean
}

/** The condition that foreign keys let no statement end: violations of immediate ones, and of all where the transaction ends with it. */
function violated(generation: Generation): string {
  const { countedViolations: counted, askedKeyViolations: asked } = generation
  const tests: string[] = []
  if (generation.refusesPostponed) tests.push(`${generation.keyViolations()}.postponed !== 0`)
  if (counted !== null) tests.push(`${counted} !== 0`)
  if (asked !== null) tests.push(`(${asked}.areLeft && ctx.endsTransaction)`)
  return tests.join(' || ')
}

function emitKeysAsked(generation: Generation): void {
  const { emitter, countedViolations: counted } = generation
  if (counted !== null) emitter.atStart(`${counted} = 0`)
  const test = violated(generation)
  if (test === '') return
  const failed = emitter.use('foreignKeyFailed', foreignKeyFailed)
  emitter.line(`if (${test}) throw ${failed}()`)
}

export function emitScope(
  generation: Generation,
  { returned, changes, failure, touched, isWhole }: ScopeParts,
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
  if (touched === null) {
    emitter.line(`ctx.beginStatement(${isWhole && !emitter.isSliced ? 'true' : ''})`)
  }
  const lines = emitter.detached(() =>
    emitter.nested('try', () => {
      body()
      for (const sequence of triggers?.sequences ?? []) emitter.line(`${sequence}.end()`)
      emitKeysAsked(generation)
    }),
  )
  emitter.attach(lines)
  for (const sequence of triggers?.sequences ?? []) emitter.atStart(`${sequence}.start()`)
  const end = emitter.use('endFailed', endFailed)
  const how =
    triggers === null ? failure : `${emitter.use('failureOf', failureOf)}(error, ${failure})`
  const endAs = (failed: string): void =>
    emitter.line(`${end}(ctx, ${failed}, ${touched ?? `'savepoint'`}, ${changes ?? 0})`)
  const test = violated(generation)
  emitter.nested('catch (error)', () => {
    if (test === '') endAs(how)
    else {
      // FAIL keeps what has been changed, but not violations.
      const failed = emitter.fresh('failed')
      emitter.line(`const ${failed} = ${how}`)
      emitter.nested(`if (${failed} === 'FAIL' && (${test}))`, () => {
        endAs(`'ABORT'`)
        emitter.line(`throw ${emitter.use('foreignKeyFailed', foreignKeyFailed)}()`)
      })
      endAs(failed)
    }
    emitter.line('throw error')
  })
  if (touched === null) emitter.line('ctx.endStatement()')
  if (returned === null) count()
  else returned.deliver(count)
}
