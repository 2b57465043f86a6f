/**
 * INSERT, UPDATE and DELETE of a view: its rows are collected, then the INSTEAD OF triggers fire for one after the other. No row of the view is
 * changed, so none is counted. (`sqlite3_changes`)
 */
import type { BoundViewChange } from '../../plan/index.ts'
import { realOfInteger } from '../../runtime/index.ts'
import type { Shape } from '../query/delivery.ts'
import type { Generation, RowValues } from '../source/generation.ts'
import { anyValue } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { eachRowOf, newRowList, spilling } from '../source/parts.ts'
import { VariablesSource } from '../source/sources.ts'
import { pinned } from './row/image.ts'
import { returnedRows } from './returning.ts'
import { emitScope } from './statement-scope.ts'

export function emitViewChange(
  generation: Generation,
  statement: BoundViewChange,
  shape: Shape,
): void {
  const { emitter } = generation
  const { event, inputSource, row, returning, triggers } = statement
  const returned = returnedRows(generation, returning, false, shape)
  const failure = emitter.fresh('failure')
  if (!generation.isInProgram) emitter.atStart(`let ${failure} = 'ABORT'`)
  emitScope(generation, { returned, changes: null, failure, touched: null, isWhole: false }, () => {
    const rows = collect(generation, statement)
    eachRowOf(generation, `${rows}.first()`, (name) => {
      const columns = Array.from({ length: statement.inputCount }, (_, i): Code => ({
        text: `${name}[${i}]`,
        kinds: anyValue,
        simple: true,
      }))
      generation.sources.set(inputSource, new VariablesSource(generation, columns))
      const rowOf = (values: BoundViewChange['old']): RowValues | null =>
        values && {
          columns: values.map((value) => pinned(emitter, generation.plainValue(value))),
          // All that INSERT and UPDATE may say of it is lost.
          rowid: null,
        }
      const old = rowOf(statement.old)
      const now = rowOf(statement.new)
      const changed = (event === 'DELETE' ? old : now)!
      const shown = changed.columns.map((code, i): Code => {
        if (statement.on.reals[i] !== true) return code
        const real = emitter.use('realOfInteger', realOfInteger)
        return { text: `${real}(${code.text})`, kinds: anyValue, simple: true }
      })
      generation.sources.set(row, new VariablesSource(generation, shown))
      const fire = (places: readonly number[]): void => generation.triggers!.fire(places, old, now)
      fire(triggers.before)
      returned?.add()
    })
  })
}

/** Runs the input to its end before the first trigger fires; answers the variable of the list. */
function collect(
  generation: Generation,
  { input, inputSource, inputCount }: BoundViewChange,
): string {
  const { emitter } = generation
  const rows = emitter.runState('rows')
  emitter.line(`${rows} = ${spilling(generation, newRowList(generation))}`)
  emitter.once(() =>
    generation.produce(input, () => {
      const values = Array.from(
        { length: inputCount },
        (_, i) => generation.toValue(generation.column(inputSource, i)).text,
      )
      emitter.line(`${rows}.add([${values.join(', ')}])`)
    }),
  )
  return rows
}
