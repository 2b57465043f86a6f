/**
 * Produce and consume: `produceRows` emits what makes the rows of a plan node, with the consumer's code in the middle.
 *
 * The consumer's code is emitted once. Where it is needed at two places (the two ways out of a LEFT JOIN, the arms of a
 * compound, several rows of VALUES) it becomes an inner function, whose parameters are the columns that it reads.
 *
 * A node that emits anything after its input's rows must put the input into `once`: inside, `skip` leaves no
 * more than the row.
 */
import { visibleSources } from '../../plan/index.ts'
import type {
  DerivedNode,
  DistinctNode,
  JoinNode,
  LimitNode,
  PlanNode,
  SourceId,
} from '../../plan/index.ts'
import { produceAggregate } from './aggregate.ts'
import { produceCompound } from './compound.ts'
import { used } from '../../base/first-use.ts'
import type { Frame } from '../emit/block.ts'
import { keyText } from '../expression/keys.ts'
import type { Generation, Source } from '../source/generation.ts'
import { produceHash, usedColumns } from '../scan/hash.ts'
import { produceScan } from '../scan/scan.ts'
import { produceOuterJoin } from './outer-join.ts'
import { produceRecursive } from './recursive.ts'
import { produceSort } from './sort.ts'
import { eachRowOf, newRowList, spilling } from '../source/parts.ts'
import { AliasSource, CollectedRows, ExpressionsSource, NullSource } from '../source/sources.ts'
import { produceValues } from './values.ts'
import { produceWindow } from './window.ts'
import { KeySet, joinKeys, limitCount, offsetCount } from '../../runtime/index.ts'

export function produceRows(generation: Generation, node: PlanNode, consume: () => void): void {
  used.add(node.kind)
  switch (node.kind) {
    case 'single-row':
      consume()
      return
    case 'scan':
      produceScan(generation, node, consume)
      return
    case 'filter':
      generation.produce(node.input, () => {
        generation.guard(node.condition)
        consume()
      })
      return
    case 'project':
      generation.produce(node.input, () => {
        generation.sources.set(node.source, new ExpressionsSource(generation, node.columns))
        consume()
      })
      return
    case 'join':
      produceJoin(generation, node, consume)
      return
    case 'outer-join':
      produceOuterJoin(generation, node, consume)
      return
    case 'aggregate':
      produceAggregate(generation, node, consume)
      return
    case 'distinct':
      produceDistinct(generation, node, consume)
      return
    case 'sort':
      produceSort(generation, node, consume)
      return
    case 'limit':
      produceLimit(generation, node, consume)
      return
    case 'compound':
      produceCompound(generation, node, consume)
      return
    case 'recursive':
      produceRecursive(generation, node, consume)
      return
    case 'window':
      produceWindow(generation, node, consume)
      return
    case 'values':
      produceValues(generation, node, consume)
      return
    case 'derived':
      produceDerived(generation, node, consume)
      return
    default:
      node satisfies never
  }
}

function produceJoin(generation: Generation, node: JoinNode, consume: () => void): void {
  if (node.type === 'left') {
    produceLeftJoin(generation, node, consume)
    return
  }
  generation.produce(node.left, () => {
    generation.produce(node.right, () => {
      if (node.on !== null) generation.guard(node.on)
      consume()
    })
  })
}

function produceLeftJoin(generation: Generation, node: JoinNode, consume: () => void): void {
  const { emitter } = generation
  const rightSources = visibleSources(node.right)
  const leftSources = visibleSources(node.left)
  generation.produce(node.left, () => {
    emitter.comment('left join')
    // The row is read here, and not in both ways out of the join.
    for (const id of leftSources) generation.prepare(id, [...(generation.used.get(id) ?? [])])
    const matched = emitter.state('matched')
    emitter.line(`${matched} = false`)
    const { frame } = emitter
    let row: Frame | null = null
    emitter.once(() => {
      generation.produce(node.right, () => {
        if (node.on !== null) generation.guard(node.on)
        emitter.line(`${matched} = true`)
        row = emitter.function(
          'row',
          'return 0',
          consumer(generation, consume),
          new Set(rightSources),
          frame,
        )
        emitter.callConsumer(row)
      })
    })
    emitter.nested(`if (!${matched})`, () => {
      const nulls = new NullSource(emitter.frame)
      generation.withSources(
        new Map(rightSources.map((id): [SourceId, Source] => [id, nulls])),
        () => emitter.callConsumer(row!),
      )
    })
  })
}

/** The body of a function that consumes a row: answers 0 to go on. */
function consumer(generation: Generation, consume: () => void): () => void {
  return () => {
    consume()
    generation.emitter.line('return 0')
  }
}

function produceDistinct(generation: Generation, node: DistinctNode, consume: () => void): void {
  const { emitter } = generation
  const columns = Array.from({ length: node.columnCount }, (_, i) => i)
  const keyOfRow = (): string[] =>
    columns.map((i) => {
      const source = generation.source(node.source)
      const own = source.frame === emitter.frame
      const column =
        own && source.repeatedColumn !== undefined
          ? source.repeatedColumn(i)
          : generation.column(node.source, i)
      return keyText(generation, emitter.name(column), node.collations[i]!)
    })
  if (node.ordered) {
    const last = columns.map(() => emitter.state('last'))
    for (const name of last) emitter.line(`${name} = undefined`)
    generation.produce(node.input, () => {
      const keys = keyOfRow().map((text) => emitter.name({ text, kinds: 0, simple: false }).text)
      emitter.guard(keys.map((key, i) => `${key} !== ${last[i]!}`).join(' || '))
      for (const [i, key] of keys.entries()) emitter.line(`${last[i]!} = ${key}`)
      consume()
    })
    return
  }
  const seen = emitter.state('seen')
  emitter.comment('distinct')
  const set = `new ${emitter.use('KeySet', KeySet)}(${generation.spill()})`
  emitter.line(`${seen} = ${spilling(generation, set)}`)
  generation.produce(node.input, () => {
    const keys = keyOfRow()
    const key =
      keys.length === 1 ? keys[0]! : `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
    emitter.guard(`${seen}.add(${key})`)
    consume()
  })
}

function produceLimit(generation: Generation, node: LimitNode, consume: () => void): void {
  const { emitter } = generation
  const limit = emitter.state('left')
  emitter.comment('limit')
  const read = emitter.use('limitCount', limitCount)
  emitter.line(`${limit} = ${read}(${generation.plainValue(node.limit).text})`)
  emitter.stoppable((stop) => {
    // Nobody asks where to begin if no row is wanted.
    emitter.nested(`if (${limit} === 0)`, () => emitter.stop(stop))
    const offset = node.offset === null ? null : emitter.state('offset')
    if (node.offset !== null) {
      const value = generation.plainValue(node.offset).text
      emitter.line(`${offset} = ${emitter.use('offsetCount', offsetCount)}(${value})`)
    }
    emitter.once(() => {
      generation.produce(node.input, () => {
        if (offset !== null)
          emitter.nested(`if (${offset} > 0)`, () => {
            emitter.line(`${offset}--`)
            emitter.line(emitter.skip)
          })
        emitter.once(consume)
        emitter.nested(`if (--${limit} === 0)`, () => emitter.stop(stop))
      })
    })
  })
}

function produceDerived(generation: Generation, node: DerivedNode, consume: () => void): void {
  const { emitter } = generation
  const { source, inputSource, input } = node
  if (!node.materialized && node.hash === null) {
    generation.produce(input, () => {
      generation.sources.set(source, new AliasSource(generation, inputSource, false))
      consume()
    })
    return
  }
  const ownRows = (collect: () => void): void => {
    generation.produce(input, () => {
      generation.sources.set(source, new AliasSource(generation, inputSource, false))
      collect()
    })
  }
  const sharedRows = (collect: () => void): void => {
    const rows = new CollectedRows(generation)
    for (const column of node.columnNames.keys()) rows.place(source, column)
    eachCollected(generation, node, sharedList(generation, node, rows, ownRows), rows, collect)
  }
  if (node.hash !== null) {
    emitter.comment(`search ${node.alias} by a hash table`)
    const { buildColumns, probeKeys, rules } = node.hash
    const buildKeys = buildColumns.map((column) => ({
      kind: 'column' as const,
      source,
      column,
      name: node.columnNames[column] ?? '',
      affinity: 'blob' as const,
      collation: 'BINARY',
    }))
    const build = node.shared ? sharedRows : ownRows
    const indexed = usedColumns(generation, source)
    const lookup = { sources: [source], buildKeys, probeKeys, rules, indexed, build }
    produceHash(generation, lookup, consume)
    return
  }
  emitter.comment(`scan the rows of ${node.alias}`)
  if (node.shared) {
    sharedRows(consume)
    return
  }
  const rows = new CollectedRows(generation)
  const list = emitter.fresh('list')
  const loop = emitter.detached(() => eachCollected(generation, node, list, rows, consume))
  const frame = collecting(generation, node, rows, ownRows)
  const call = emitter.callText(frame)
  if (frame.parameters.size === 0) {
    emitter.atStart(`let ${list}`)
    emitter.line(`if (${list} === undefined) ${list} = ${call}`)
  } else emitter.line(`const ${list} = ${call}`)
  emitter.attach(loop)
}

/** The loop over rows that have been collected. */
function eachCollected(
  generation: Generation,
  { source }: DerivedNode,
  list: string,
  rows: CollectedRows,
  consume: () => void,
): void {
  eachRowOf(generation, `${list}.first()`, (row) => {
    for (const [id, binding] of rows.bind([source], row)) generation.sources.set(id, binding)
    consume()
  })
}

/** The function that collects the rows: of each what `rows` has a place for. */
function collecting(
  generation: Generation,
  { source }: DerivedNode,
  rows: CollectedRows,
  build: (collect: () => void) => void,
): Frame {
  const { emitter } = generation
  const outer = generation.sources.get(source)
  const frame = emitter.functionOnce('build', () => {
    const array = emitter.state('rows')
    emitter.line(`${array} = ${spilling(generation, newRowList(generation))}`)
    emitter.once(() => {
      build(() => emitter.line(`${array}.add(${rows.literal()})`))
    })
    emitter.line(`return ${array}`)
  })
  if (outer !== undefined) generation.sources.set(source, outer)
  return frame
}

/** The variable with the rows of a shared common table: who comes first collects them. */
function sharedList(
  generation: Generation,
  node: DerivedNode,
  rows: CollectedRows,
  build: (collect: () => void) => void,
): string {
  const { emitter } = generation
  const list = generation.commonRows(node.common!)
  const call = emitter.callText(collecting(generation, node, rows, build))
  emitter.line(`if (${list} === undefined) ${list} = ${call}`)
  return list
}
