/**
 * Recursive common tables: a loop over a queue. Each row that comes out of it is handed to the consumer, and then the step runs, which
 * sees that row alone and adds rows to the queue.
 */
import type { PlanNode, RecursiveNode, SourceId } from '../../plan/index.ts'
import { KeySet, OrderedQueue, RowQueue, joinKeys, rowComparison } from '../../runtime/index.ts'
import { keyText } from '../expression/keys.ts'
import type { Generation } from '../source/generation.ts'
import { spilling } from '../source/parts.ts'
import { AliasSource, CollectedRows, RealSource } from '../source/sources.ts'

export function produceRecursive(
  generation: Generation,
  node: RecursiveNode,
  consume: () => void,
): void {
  const { emitter } = generation
  const queue = emitter.state('queue')
  emitter.comment('recursive')
  emitter.line(`${queue} = ${spilling(generation, newQueue(generation, node))}`)
  const seen = node.distinct ? emitter.state('seen') : null
  if (seen !== null) {
    const set = `new ${emitter.use('KeySet', KeySet)}(${generation.spill()})`
    emitter.line(`${seen} = ${spilling(generation, set)}`)
  }
  addRows(generation, node, node.setup, node.setupSource, queue, seen)
  const row = emitter.fresh('row')
  const next = `${queue}.next()`
  emitter.loop(`for (let ${row} = ${next}; ${row} !== null; ${row} = ${next})`, () => {
    emitter.once(() => {
      bindRow(generation, node, node.source, row)
      consume()
    })
    bindRow(generation, node, node.current, row)
    addRows(generation, node, node.step, node.stepSource, queue, seen)
  })
}

function newQueue(generation: Generation, { order }: RecursiveNode): string {
  const { emitter, encoding, collations } = generation
  const spill = generation.spill()
  if (order === null) return `new ${emitter.use('RowQueue', RowQueue)}(${spill})`
  const keys = order.map(({ expression, descending, nulls, collation }) => ({
    place: expression.kind === 'column' ? expression.column : -1,
    descending,
    nullsFirst: nulls === 'first',
    collation,
  }))
  const compare = emitter.slot(rowComparison(keys, encoding, collations))
  return `new ${emitter.use('OrderedQueue', OrderedQueue)}(${spill}, ${compare})`
}

/** Binds a source to a row of the queue. */
function bindRow(generation: Generation, node: RecursiveNode, source: SourceId, row: string): void {
  const collected = new CollectedRows(generation)
  for (let i = 0; i < node.columnCount; i++) collected.place(source, i)
  for (const [id, columns] of collected.bind([source], row)) {
    const read = node.reals === null ? columns : new RealSource(generation, columns, node.reals)
    generation.sources.set(id, read)
  }
}

/** Puts the rows of a query into the queue; of rows that are not to be there twice the first. */
function addRows(
  generation: Generation,
  node: RecursiveNode,
  input: PlanNode,
  source: SourceId,
  queue: string,
  seen: string | null,
): void {
  const { emitter } = generation
  emitter.once(() => {
    generation.produce(input, () => {
      const columns = new AliasSource(generation, source, true)
      const values = Array.from({ length: node.columnCount }, (_, i) => columns.column(i))
      if (seen !== null) {
        const keys = values.map((value, i) => keyText(generation, value, node.collations[i]!))
        const key =
          keys.length === 1
            ? keys[0]!
            : `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
        emitter.guard(`${seen}.add(${key})`)
      }
      emitter.line(`${queue}.add([${values.map(({ text }) => text).join(', ')}])`)
    })
  })
}
