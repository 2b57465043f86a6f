/**
 * Recursive common tables: a loop over a queue. Each row that comes out of it is handed to the consumer, and then the step runs, which
 * sees that row alone and adds rows to the queue.
 *
 * Where a run of the setup and of the step each delivers one row at most (counters, series, ways up a tree) there is never more than one
 * row in the queue: it is kept in variables.
 */
import { deliversAtMostOneRow } from '../../plan/index.ts'
import type { PlanNode, RecursiveNode, SourceId } from '../../plan/index.ts'
import { KeySet, OrderedQueue, RowQueue, joinKeys, rowComparison } from '../../runtime/index.ts'
import { keyText } from '../expression/keys.ts'
import type { Generation, Source } from '../source/generation.ts'
import { anyValue } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { spilling } from '../source/parts.ts'
import { AliasSource, CollectedRows, RealSource, VariablesSource } from '../source/sources.ts'

export function produceRecursive(
  generation: Generation,
  node: RecursiveNode,
  consume: () => void,
): void {
  const isSingle = deliversAtMostOneRow(node.setup) && deliversAtMostOneRow(node.step)
  if (isSingle) produceChain(generation, node, consume)
  else produceQueue(generation, node, consume)
}

/** One row after the other, each in the variables of the one before it. */
function produceChain(generation: Generation, node: RecursiveNode, consume: () => void): void {
  const { emitter } = generation
  emitter.comment('recursive, row by row')
  const more = emitter.state('more')
  const next = Array.from({ length: node.columnCount }, () => emitter.state('next'))
  emitter.line(`${more} = false`)
  const isNew = newRows(generation, node)
  const take = (input: PlanNode, source: SourceId): void =>
    addRows(generation, node, input, source, isNew, (values) => {
      values.forEach((value, i) => emitter.line(`${next[i]!} = ${value}`))
      emitter.line(`${more} = true`)
    })
  take(node.setup, node.setupSource)
  emitter.loop(`while (${more})`, () => {
    emitter.line(`${more} = false`)
    const row = next.map((text) => emitter.name({ text, kinds: anyValue, simple: false }))
    const bind = (source: SourceId): void => {
      generation.sources.set(source, read(generation, node, new VariablesSource(generation, row)))
    }
    emitter.once(() => {
      bind(node.source)
      consume()
    })
    bind(node.current)
    take(node.step, node.stepSource)
  })
}

function produceQueue(generation: Generation, node: RecursiveNode, consume: () => void): void {
  const { emitter } = generation
  const queue = emitter.state('queue')
  emitter.comment('recursive')
  emitter.line(`${queue} = ${spilling(generation, newQueue(generation, node))}`)
  const isNew = newRows(generation, node)
  const add = (values: readonly string[]): void =>
    emitter.line(`${queue}.add([${values.join(', ')}])`)
  addRows(generation, node, node.setup, node.setupSource, isNew, add)
  const row = emitter.fresh('row')
  const next = `${queue}.next()`
  emitter.loop(`for (let ${row} = ${next}; ${row} !== null; ${row} = ${next})`, () => {
    emitter.once(() => {
      bindRow(generation, node, node.source, row)
      consume()
    })
    bindRow(generation, node, node.current, row)
    addRows(generation, node, node.step, node.stepSource, isNew, add)
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
  for (const [id, columns] of collected.bind([source], row))
    generation.sources.set(id, read(generation, node, columns))
}

/** The columns of a row as they are read: some are REALs whatever they were. */
function read(generation: Generation, { reals }: RecursiveNode, columns: Source): Source {
  return reals === null ? columns : new RealSource(generation, columns, reals)
}

/** Of rows that are not to be there twice: the condition that one has not been there. null: all count. */
function newRows(
  generation: Generation,
  node: RecursiveNode,
): ((values: readonly Code[]) => string) | null {
  if (!node.distinct) return null
  const { emitter } = generation
  const seen = emitter.state('seen')
  const set = `new ${emitter.use('KeySet', KeySet)}(${generation.spill()})`
  emitter.line(`${seen} = ${spilling(generation, set)}`)
  return (values) => {
    const keys = values.map((value, i) => keyText(generation, value, node.collations[i]!))
    const key =
      keys.length === 1 ? keys[0]! : `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
    return `${seen}.add(${key})`
  }
}

/** Hands the rows of a query to `add`. */
function addRows(
  generation: Generation,
  node: RecursiveNode,
  input: PlanNode,
  source: SourceId,
  isNew: ((values: readonly Code[]) => string) | null,
  add: (values: readonly string[]) => void,
): void {
  const { emitter } = generation
  emitter.once(() => {
    generation.produce(input, () => {
      const columns = new AliasSource(generation, source, true)
      const values = Array.from({ length: node.columnCount }, (_, i) => columns.column(i))
      if (isNew !== null) emitter.guard(isNew(values))
      add(values.map(({ text }) => text))
    })
  })
}
