/**
 * Window functions that look at the rows around: all rows are collected in order, and each partition is gone through as a whole.
 *
 *     while (rows.next()) {                       // a partition of n rows
 *       for (let i = 0; i < n; i++) {
 *         if (i === peersEnd) …                   // the next group of peers, which ORDER BY does not tell apart
 *         …                                       // each frame moves on, and what enters or leaves it steps the aggregates
 *         consume
 *       }
 *     }
 */
import { visibleSources } from '../../plan/index.ts'
import type { SourceId, WindowNode } from '../../plan/index.ts'
import { Sorter, WindowRows, rowComparison } from '../../runtime/index.ts'
import type { RowKey } from '../../runtime/index.ts'
import { compareText } from '../expression/comparison.ts'
import type { Generation } from '../source/generation.ts'
import { anyValue } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { newRowList, spilling } from '../source/parts.ts'
import { CollectedRows } from '../source/sources.ts'
import { emitFrames } from './window-frame.ts'
import { placeCode } from './window-place.ts'
import type { Partition } from './window-names.ts'

export function producePartitions(
  generation: Generation,
  node: WindowNode,
  consume: (answers: readonly Code[]) => void,
): void {
  const { emitter } = generation
  emitter.comment('window functions, partition by partition')
  const sort = node.input.kind === 'sort' ? node.input : null
  const input = sort === null ? node.input : sort.input
  const sources = visibleSources(input)
  const collected = new CollectedRows(generation)
  const keys: RowKey[] = (sort?.keys ?? []).map((key) => ({
    place: collected.add(key.expression),
    descending: key.descending,
    nullsFirst: key.nulls === 'first',
    collation: key.collation,
  }))
  const list = emitter.state('list')
  const rows = emitter.state('partition')
  const same = emitSamePartition(generation, node, collected)
  const loop = emitter.detached(() => {
    const first =
      sort === null ? `${list}.first()` : emitter.work(`${list}.sorted`, `${list}.sorting`)
    emitter.line(`${rows}.begin(${first})`)
    emitter.loop(`while (${emitter.work(`${rows}.next`, `${rows}.advancing`)})`, () => {
      emitPartition(newPartition(generation, node, rows, collected, sources), sources, consume)
    })
  })
  const collection = sort === null ? newRowList(generation) : newSorter(generation, keys)
  emitter.line(`${list} = ${spilling(generation, collection)}`)
  const created = `new ${emitter.use('WindowRows', WindowRows)}(${generation.spill()}, ${same})`
  emitter.line(`${rows} = ${spilling(generation, created)}`)
  emitter.once(() => {
    generation.produce(input, () => emitter.line(`${list}.add(${collected.literal()})`))
  })
  emitter.attach(loop)

  function emitPartition(
    partition: Partition,
    bound: readonly SourceId[],
    use: (answers: readonly Code[]) => void,
  ): void {
    const { count, place, row, peersStart, peersEnd, group } = partition
    emitter.line(`const ${count} = ${rows}.count`)
    emitter.line(`let ${peersStart} = 0, ${peersEnd} = 0, ${group} = 0`)
    const advance = emitFrames(partition)
    const places = node.calls.map((call) => placeCode(partition, call))
    for (const code of places) code?.begin()
    emitter.loop(`for (let ${place} = 0; ${place} < ${count}; ${place}++)`, () => {
      emitter.line(`const ${row} = ${rows}.at(${place})`)
      for (const [id, source] of collected.bind(bound, row)) generation.sources.set(id, source)
      if (needsPeers(node)) emitPeers(partition)
      const answers = advance()
      use(node.calls.map((call, i) => answers.get(call) ?? places[i]!.answer()))
    })
  }
}

function newPartition(
  generation: Generation,
  node: WindowNode,
  rows: string,
  collected: CollectedRows,
  sources: readonly SourceId[],
): Partition {
  const { emitter } = generation
  const codeOf = (row: string, place: number): Code => ({
    text: `${row}[${place}]`,
    kinds: anyValue,
    simple: true,
  })
  const orders = node.orderBy.map(({ expression, collation }) => ({
    place: collected.add(expression),
    collation,
  }))
  return {
    generation,
    node,
    rows,
    count: emitter.fresh('n'),
    place: emitter.fresh('i'),
    row: emitter.fresh('row'),
    peersStart: emitter.fresh('peersStart'),
    peersEnd: emitter.fresh('peersEnd'),
    group: emitter.fresh('group'),
    withRow: (row, body) => generation.withSources(collected.bind(sources, row), body),
    read: (row, expression) => `${row}[${collected.add(expression)}]`,
    arePeers: (a, b) =>
      orders
        .map(({ place, collation }) =>
          sameText(generation, codeOf(a, place), codeOf(b, place), collation),
        )
        .join(' && '),
  }
}

/** Whether two simple values are the same to a collation, NULLs too. */
function sameText(generation: Generation, a: Code, b: Code, collation: string): string {
  return `(${a.text} === ${b.text} || ${compareText(generation, 'IS', a, b, collation, false)})`
}

/** The function that tells whether two rows are of one partition. */
function emitSamePartition(
  generation: Generation,
  { partitionBy }: WindowNode,
  collected: CollectedRows,
): string {
  if (partitionBy.length === 0) return 'null'
  const { emitter } = generation
  const rows = [emitter.fresh('a'), emitter.fresh('a')] as const
  const body = (): void => {
    for (const name of rows) {
      const code: Code = { text: name, kinds: anyValue, simple: true }
      emitter.frame.parameters.set(name, { key: name, name, argument: () => name, code })
    }
    const tests = partitionBy.map(({ expression, collation }) => {
      const place = collected.add(expression)
      const [a, b] = rows.map((row): Code => ({
        text: `${row}[${place}]`,
        kinds: anyValue,
        simple: true,
      }))
      return sameText(generation, a!, b!, collation)
    })
    emitter.line(`return ${tests.join(' && ')}`)
  }
  return emitter.function('same', 'return', body).name
}

function newSorter(generation: Generation, keys: readonly RowKey[]): string {
  const { emitter, encoding, collations } = generation
  const order = emitter.slot(rowComparison(keys, encoding, collations))
  const how = `${emitter.slot(keys)}, ${order}, '${encoding}'`
  return `new ${emitter.use('Sorter', Sorter)}(${generation.spill()}, ${how})`
}

/** Whether some answer depends on which rows are peers. */
function needsPeers({ calls, frames }: WindowNode): boolean {
  return calls.some(({ function: f, frame: number }) => {
    if (f.kind === 'window' && !f.function.isFramed) return f.function.countsPeers
    const { unit, exclude } = frames[number]!
    return unit !== 'rows' || exclude === 'group' || exclude === 'ties'
  })
}

/** Where the next group of peers begins, finds its end. */
function emitPeers(partition: Partition): void {
  const { generation, node, rows, count, place, row, peersStart, peersEnd, group } = partition
  const { emitter } = generation
  emitter.nested(`if (${place} === ${peersEnd})`, () => {
    emitter.line(`${peersStart} = ${place}`)
    emitter.line(`${group}++`)
    if (node.orderBy.length === 0) {
      emitter.line(`${peersEnd} = ${count}`)
      return
    }
    emitter.line(`${peersEnd}++`)
    emitter.loop(`while (${peersEnd} < ${count})`, () => {
      const other = emitter.fresh('row')
      emitter.line(`const ${other} = ${rows}.at(${peersEnd})`)
      emitter.line(`if (!(${partition.arePeers(row, other)})) break`)
      emitter.line(`${peersEnd}++`)
    })
  })
}
