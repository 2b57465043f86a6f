/**
 * The rows that an UPDATE … FROM concerns, with their new values: all are collected before the first is changed, in the order of their rowids or
 * primary keys. Of several that mean the same row the last one found counts, as in SQLite, whose table of them has one entry for each row.
 */
import type { JoinedRows, PlanNode } from '../../plan/index.ts'
import { Sorter, rowComparison } from '../../runtime/index.ts'
import type { RowKey } from '../../runtime/index.ts'
import { anyInteger } from '../source/kinds.ts'
import { eachRowOf, spilling } from '../source/parts.ts'
import { CollectedRows, VariablesSource } from '../source/sources.ts'
import { keyIdentity, rowidIdentity } from './row/identity.ts'
import type { RowIdentity } from './row/identity.ts'
import { withOldRow } from './row/old-row.ts'
import type { WriteEmitter } from './row/write-emitter.ts'

export function forEachJoinedRow(
  write: WriteEmitter,
  input: PlanNode,
  { source, count, columnCount }: JoinedRows,
  change: (identity: RowIdentity) => void,
): void {
  const { generation, target } = write
  const { emitter, encoding, collations } = generation
  const rows = new CollectedRows(generation)
  for (let column = 0; column < columnCount; column++) rows.place(source, column)
  const identity = identityKeys(write)
  const latest = {
    place: rows.place(count, 0),
    descending: true,
    nullsFirst: false,
    collation: 'BINARY',
  }
  const keys = [...identity, latest]
  const order = emitter.slot(rowComparison(keys, encoding, collations))
  const how = `${emitter.slot(keys)}, ${order}, '${encoding}'`
  const list = emitter.runState('found')
  const sorter = `new ${emitter.use('Sorter', Sorter)}(${generation.spill()}, ${how})`
  emitter.line(`${list} = ${spilling(generation, sorter)}`)
  const counter = emitter.state('count')
  emitter.line(`${counter} = 0`)
  generation.isIndexOrder = true
  emitter.once(() =>
    generation.produce(input, () => {
      const next = { text: `${counter}++`, kinds: anyInteger, simple: true }
      generation.sources.set(count, new VariablesSource(generation, [next]))
      emitter.line(`${list}.add(${rows.literal()})`)
    }),
  )
  generation.isIndexOrder = false
  const last = emitter.state('last')
  emitter.line(`${last} = undefined`)
  const first = emitter.work(`${list}.sorted`, `${list}.sorting`)
  eachRowOf(generation, first, (row) => {
    const differs = emitter.slot(rowComparison(identity, encoding, collations))
    emitter.guard(`${row}[0] !== null`)
    emitter.guard(`${last} === undefined || ${differs}(${last}, ${row}) !== 0`)
    emitter.line(`${last} = ${row}`)
    for (const [id, binding] of rows.bind([source], row)) generation.sources.set(id, binding)
    const found = target.primary === null ? rowidIdentity(`${row}[0]`) : keyIdentity(target, row)
    withOldRow(generation, target, found, () => change(found))
  })
}

/** The order of the table's own tree. */
function identityKeys({ target: { primary } }: WriteEmitter): readonly RowKey[] {
  if (primary === null) {
    return [{ place: 0, descending: false, nullsFirst: true, collation: 'BINARY' }]
  }
  return primary.index.columns.map(({ collation, descending }, place) => ({
    place,
    descending,
    nullsFirst: !descending,
    collation,
  }))
}
