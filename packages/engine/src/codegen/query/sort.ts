/**
 * ORDER BY: rows are collected with their keys and what is read of them above, put in order, and run through.
 * With a LIMIT only the first rows are kept, and a row that comes too late is dropped by its key before anything
 * else of it is decoded.
 */
import { cannotFail, visibleSources } from '../../plan/index.ts'
import type { BoundExpression, PlanNode, SortNode } from '../../plan/index.ts'
import {
  ColumnSorter,
  TopRows,
  keptCount,
  lastKey,
  limitCount,
  rowComparison,
} from '../../runtime/index.ts'
import type { RowKey } from '../../runtime/index.ts'
import { integerText } from '../emit/quote.ts'
import { collationSlot } from '../expression/collation.ts'
import { compareText } from '../expression/comparison.ts'
import type { Generation } from '../source/generation.ts'
import { anyValue, realKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { eachRowOf, spilling } from '../source/parts.ts'
import { CollectedRows } from '../source/sources.ts'

export function produceSort(generation: Generation, node: SortNode, consume: () => void): void {
  if (node.top === null) produceColumns(generation, node, consume)
  else produceTop(generation, node, node.top, consume)
}

/** The keys of rows that are collected. */
function keysOf({ keys }: SortNode, rows: CollectedRows): RowKey[] {
  return keys.map((key) => ({
    place: rows.add(key.expression),
    descending: key.descending,
    nullsFirst: key.nulls === 'first',
    collation: key.collation,
  }))
}

/** All rows, in columns. */
function produceColumns(generation: Generation, node: SortNode, consume: () => void): void {
  const { emitter, encoding, collations } = generation
  const sources = visibleSources(node.input)
  const columns = emitter.fresh('columns')
  const rows = new CollectedRows(generation, (at, place) => `${columns}[${place}][${at}]`)
  const keys = keysOf(node, rows)
  const keyCount = rows.size
  emitter.comment('sort')
  const list = emitter.state('sorted')
  const part = emitter.fresh('part')
  const order = emitter.fresh('order')
  const at = emitter.fresh('at')
  const loop = emitter.detached(() => {
    const first = emitter.work(`${list}.sorted`, `${list}.sorting`)
    emitter.loop(`for (let ${part} = ${first}; ${part} !== null; ${part} = ${part}.next())`, () => {
      emitter.line(`const ${order} = ${part}.order, ${columns} = ${part}.columns`)
      emitter.loop(`for (let i = 0; i < ${order}.length; i++)`, () => {
        emitter.line(`const ${at} = ${order}[i]`)
        for (const [id, source] of rows.bind(sources, at)) generation.sources.set(id, source)
        consume()
      })
    })
  })
  const compare = emitter.slot(rowComparison(keys, encoding, collations))
  const texts = keys.map(({ collation }) => collationSlot(generation, collation)).join(', ')
  const use = emitter.use('ColumnSorter', ColumnSorter)
  const how = `${integerText(rows.size)}, ${emitter.slot(keys)}, [${texts}], ${compare}, '${encoding}'`
  emitter.line(`${list} = ${spilling(generation, `new ${use}(${generation.spill()}, ${how})`)}`)
  emitter.once(() => {
    generation.produce(node.input, () => {
      if (generation.callsUsers) rows.evaluate(keyCount)
      const members = rows.members()
      for (const [place, member] of members.entries())
        emitter.line(`${list}.columns[${place}].push(${member})`)
      emitter.line(`${list}.end()`)
    })
  })
  emitter.attach(loop)
}

/** No more rows than are wanted. */
function produceTop(
  generation: Generation,
  node: SortNode,
  top: BoundExpression,
  consume: () => void,
): void {
  const { emitter } = generation
  const sources = visibleSources(node.input)
  const rows = new CollectedRows(generation)
  const keys = keysOf(node, rows)
  emitter.comment('sort, keeping the first rows')
  const list = emitter.state('sorted')
  const loop = emitter.detached(() => {
    const first = emitter.work(`${list}.sorted`, `${list}.sorting`)
    eachRowOf(generation, first, (row) => {
      for (const [id, source] of rows.bind(sources, row)) generation.sources.set(id, source)
      consume()
    })
  })
  const spill = generation.spill()
  const order = emitter.slot(rowComparison(keys, generation.encoding, generation.collations))
  const how = `${emitter.slot(keys)}, ${order}, '${generation.encoding}'`
  const read =
    top.kind === 'case'
      ? emitter.use('keptCount', keptCount)
      : emitter.use('limitCount', limitCount)
  const count = `${read}(${generation.plainValue(top).text})`
  const kept = `new ${emitter.use('TopRows', TopRows)}(${spill}, ${count}, ${how})`
  emitter.line(`${list} = ${spilling(generation, kept)}`)
  const worst = emitter.state('worst')
  // What is not kept is not evaluated, so it does not fail either. (`pushOntoSorter`, `pDeferredRowLoad`)
  const asksAll = !decidesAlone(keys) && mayFail(node.input)
  emitter.line(`${worst} = undefined`)
  const collect = (late: ((condition: string) => void) | null): void =>
    generation.produce(node.input, () => {
      const named = node.keys.map(({ expression }, i) =>
        i === 0 || asksAll ? generation.named(expression) : null,
      )
      const enters = mayEnter(generation, keys, named[0]!, worst)
      if (late === null || enters === 'true') emitter.guard(enters)
      else late(enters)
      if (asksAll) emitter.guard(`${list}.wouldKeep(${keysText(generation, keys, named)})`)
      emitter.line(`${list}.add(${rows.literal()})`)
      const use = emitter.use('lastKey', lastKey)
      emitter.line(`${worst} = ${use}(${list}, ${keys[0]!.place})`)
    })
  if (node.presorted === undefined) emitter.once(() => collect(null))
  else {
    emitter.stoppable((stop) => {
      const late = (enters: string): void =>
        emitter.nested(`if (!(${enters}))`, () => emitter.stop(stop))
      emitter.once(() => collect(late))
    })
  }
  emitter.attach(loop)
}

/** The first key says whether a row is kept. */
function decidesAlone([first, ...more]: readonly RowKey[]): boolean {
  return more.length === 0 && first!.nullsFirst !== first!.descending
}

/** Some column of the rows may fail. */
function mayFail(node: PlanNode): boolean {
  switch (node.kind) {
    case 'project':
      return !node.columns.every(cannotFail)
    case 'filter':
    case 'distinct':
    case 'sort':
    case 'limit':
      return mayFail(node.input)
    default:
      return false
  }
}

/** A row that has its keys only. */
function keysText(
  generation: Generation,
  keys: readonly RowKey[],
  codes: readonly (Code | null)[],
): string {
  const values: string[] = []
  keys.forEach(({ place }, i) => {
    values[place] = generation.toValue(codes[i]!).text
  })
  return `[${values.join(', ')}]`
}

/** Whether a row may still be among the first ones, by its first key: it does not come after the last one kept. */
function mayEnter(
  generation: Generation,
  keys: readonly RowKey[],
  first: Code,
  worst: string,
): string {
  const key = keys[0]!
  const other: Code = { text: worst, kinds: anyValue & ~realKind, simple: true }
  // NULLs that are not least have to be told apart by the comparison of rows.
  if (key.nullsFirst === key.descending) return 'true'
  const onlyKey = keys.length === 1
  const operator = key.descending ? (onlyKey ? '>' : '>=') : onlyKey ? '<' : '<='
  const test = compareText(generation, operator, first, other, key.collation, true)
  return `${worst} === undefined || ${test}`
}
