/**
 * The rows that an UPDATE or a DELETE concerns. First their rowids are collected, then one row after another is changed by rowid,
 * so that no change can lead the scan to a row that it has changed already, or away from one that it should find.
 * A statement that names its row by rowid does both at once. Rows are changed in the order of their rowids, or in that of
 * the scan where SQLite changes each row as soon as it has found it: the order decides which of two rows gets a
 * value that only one can have.
 */
import { RowidList, keptError } from '../../runtime/index.ts'
import { anyInteger } from '../source/kinds.ts'
import { pinned } from './write-row.ts'
import type { WriteEmitter } from './write-row.ts'
import { cannotFail } from '../../plan/index.ts'
import { VariablesSource } from '../source/sources.ts'
import type { PlanNode, WriteTarget } from '../../plan/index.ts'
import type { Code } from '../source/kinds.ts'
import type { Generation } from '../source/generation.ts'
import { spilling } from '../source/parts.ts'

export function forEachRow(
  write: WriteEmitter,
  input: PlanNode,
  isOne: boolean,
  isOnePass: boolean,
  change: (rowid: Code) => void,
): void {
  const { generation } = write
  const { emitter } = generation
  const { oldRow } = write.target
  const rowidOf = (): Code => emitter.name(generation.column(oldRow, -1), 'rowid')
  if (isOne) {
    emitter.once(() => generation.produce(input, () => change(rowidOf())))
    return
  }
  const rowids = emitter.runState('rowids')
  const list = `new ${emitter.use('RowidList', RowidList)}(${generation.spill()}, ${!isOnePass})`
  emitter.line(`${rowids} = ${spilling(generation, list)}`)
  const collect = (): void =>
    emitter.once(() =>
      generation.produce(input, () => emitter.line(`${rowids}.add(${rowidOf().text})`)),
    )
  // Where each row is changed when it is found, those that come before an error of the condition may have their own.
  const later = isOnePass && mayFail(input) ? emitter.fresh('later') : null
  if (later === null) collect()
  else {
    emitter.line(`let ${later} = null`)
    emitter.nested('try', collect)
    const keep = emitter.use('keptError', keptError)
    emitter.nested('catch (error)', () => emitter.line(`${later} = ${keep}(error)`))
  }
  const name = emitter.fresh('rowid')
  const all = emitter.work(`${rowids}.all`, `${rowids}.collecting`)
  emitter.loop(`for (const ${name} of ${all})`, () => {
    const rowid: Code = { text: name, kinds: anyInteger, simple: true }
    // DELETE from a table without indexes need not look at the row.
    if (!write.readsOldRow) change(rowid)
    else write.withOldRow(name, () => change(rowid))
  })
  if (later !== null) emitter.line(`if (${later} !== null) throw ${later}`)
}

/** The condition may fail at some row. */
function mayFail(input: PlanNode): boolean {
  return input.kind === 'filter' && (!cannotFail(input.condition) || mayFail(input.input))
}

/** The old row in variables: the cursor may move when the table changes. */
export function bindOldRow(
  generation: Generation,
  target: WriteTarget,
  rowid: Code,
): readonly Code[] {
  const { table, oldRow } = target
  const columns = table.columns.map((_, i) =>
    i === table.rowidAlias ? rowid : pinned(generation.emitter, generation.column(oldRow, i)),
  )
  const all = new Map<number, Code>(columns.entries())
  all.set(-1, rowid)
  generation.sources.set(oldRow, new VariablesSource(generation, all))
  return columns
}
