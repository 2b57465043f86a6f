/**
 * The rows that an UPDATE or a DELETE concerns. First their identities are collected, then one row after another is changed,
 * so that no change can lead the scan to a row that it has changed already, or away from one that it should find.
 * A statement that names its row by rowid or primary key does both at once, with triggers too: they come when it has been found. Rows are changed in the order of their rowids or keys, or
 * in that of the scan where SQLite changes each row as soon as it has found it: the order decides which of two rows gets a
 * value that only one can have.
 */
import { KeyList, RowidList, keptError } from '../../runtime/index.ts'
import { cannotFail } from '../../plan/index.ts'
import type { PlanNode, WriteTarget } from '../../plan/index.ts'
import type { Generation } from '../source/generation.ts'
import { eachRowOf, spilling } from '../source/parts.ts'
import { keyIdentity, partsOf, rowidIdentity } from './row/identity.ts'
import type { RowIdentity } from './row/identity.ts'
import { currentIdentity, withOldRow } from './row/old-row.ts'
import type { WriteEmitter } from './row/write-emitter.ts'

/** How the rows are visited. */
export interface Visit {
  /** `changesOneRow`: found and changed at once. */
  readonly isOne: boolean
  /** In the order of the scan. */
  readonly isOnePass: boolean
  /** The rows need not be looked at when they are changed. */
  readonly isBlind?: boolean
  /** Emits what may be done about all of them at once; answers the condition that it has not been. */
  readonly together?: ((list: string) => string) | undefined
}

export function forEachRow(
  write: WriteEmitter,
  input: PlanNode,
  { isOne, isOnePass, isBlind = false, together }: Visit,
  change: (identity: RowIdentity) => void,
): void {
  const { generation, target } = write
  const { emitter } = generation
  if (isOne) {
    emitter.once(() => generation.produce(input, () => change(currentIdentity(generation, target))))
    return
  }
  const list = emitter.runState('found')
  emitter.line(`${list} = ${spilling(generation, newList(generation, target, isOnePass))}`)
  const collect = (): void => collectRows(generation, target, input, list)
  // Where each row is changed when it is found, those that come before an error of the condition may have their own.
  const later = isOnePass && mayFail(input) ? emitter.fresh('later') : null
  if (later === null) collect()
  else {
    emitter.line(`let ${later} = null`)
    emitter.nested('try', collect)
    const keep = emitter.use('keptError', keptError)
    emitter.nested('catch (error)', () => emitter.line(`${later} = ${keep}(error)`))
  }
  changeCollected(write, list, { isBlind, together }, change)
  if (later !== null) emitter.line(`if (${later} !== null) throw ${later}`)
}

/** Emits that the identities of the rows that `input` finds go into a list. */
export function collectRows(
  generation: Generation,
  target: WriteTarget,
  input: PlanNode,
  list: string,
): void {
  const { emitter } = generation
  emitter.once(() =>
    generation.produce(input, () => {
      const parts = partsOf(currentIdentity(generation, target)).map((part) => part.text)
      const item = target.primary === null ? parts[0]! : `[${parts.join(', ')}]`
      emitter.line(`${list}.add(${item})`)
    }),
  )
}

/** Emits the change of rows whose identities have been collected: all at once, or one after the other. */
export function changeCollected(
  { generation, target }: WriteEmitter,
  list: string,
  { isBlind, together }: Pick<Visit, 'isBlind' | 'together'>,
  change: (identity: RowIdentity) => void,
): void {
  const { emitter } = generation
  const eachAlone = (): void =>
    eachFound(generation, target, list, (identity) => {
      if (isBlind === true) change(identity)
      else withOldRow(generation, target, identity, () => change(identity))
    })
  if (together === undefined) eachAlone()
  else emitter.nested(`if (${together(list)})`, eachAlone)
}

export function newList(generation: Generation, target: WriteTarget, isOnePass: boolean): string {
  const { emitter, encoding } = generation
  const spill = generation.spill()
  if (target.primary === null) {
    return `new ${emitter.use('RowidList', RowidList)}(${spill}, ${!isOnePass})`
  }
  const columns = isOnePass ? 'null' : emitter.slot(target.primary.index.columns)
  const use = emitter.use('KeyList', KeyList)
  return `new ${use}(${spill}, ${columns}, '${encoding}', ctx.collations)`
}

/** A loop over the rows that have been collected. */
function eachFound(
  generation: Generation,
  target: WriteTarget,
  list: string,
  body: (identity: RowIdentity) => void,
): void {
  const { emitter } = generation
  if (target.primary !== null) {
    const first = emitter.work(`${list}.first`, `${list}.collecting`)
    eachRowOf(generation, first, (key) => body(keyIdentity(target, key)))
    return
  }
  const name = emitter.fresh('rowid')
  const all = emitter.work(`${list}.all`, `${list}.collecting`)
  emitter.loop(`for (const ${name} of ${all})`, () => body(rowidIdentity(name)))
}

/** The condition may fail at some row. */
export function mayFail(input: PlanNode): boolean {
  return input.kind === 'filter' && (!cannotFail(input.condition) || mayFail(input.input))
}
