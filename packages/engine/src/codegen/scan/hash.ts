/**
 * Hash access: rows of a table or of a subquery are collected once, under a key, and found by it. For equi-joins
 * that no index serves.
 */
import type {
  Access,
  ComparisonRule,
  ScanNode,
  BoundExpression,
  SourceId,
} from '../../plan/index.ts'
import { convertedValue } from '../expression/converted-value.ts'
import { keyText } from '../expression/keys.ts'
import type { Generation } from '../source/generation.ts'
import { mayBe, notNullText, nullKind } from '../source/kinds.ts'
import { eachRowOf, spilling } from '../source/parts.ts'
import { CollectedRows } from '../source/sources.ts'
import { HashRows, joinKeys, rowComparison, Sorter } from '../../runtime/index.ts'
import type { RowKey } from '../../runtime/index.ts'

type HashAccess = Extract<Access, { kind: 'hash' }>

export interface HashLookup {
  /** Sources whose columns the rows hold. */
  readonly sources: readonly SourceId[]
  readonly buildKeys: readonly BoundExpression[]
  readonly probeKeys: readonly BoundExpression[]
  /** The side that is built is the left one. */
  readonly rules: readonly ComparisonRule[]
  /** Columns of which SQLite would make an index of its own, the keys among them; null: it would make none. */
  readonly indexed: readonly number[] | null
  /** Emits the production of the rows to collect. */
  readonly build: (collect: () => void) => void
}

export function produceHashScan(
  generation: Generation,
  node: ScanNode,
  access: HashAccess,
  consume: () => void,
): void {
  const scan: ScanNode = { ...node, access: { kind: 'full', reverse: false } }
  const { buildKeys, probeKeys, rules, filter } = access
  const build = (collect: () => void): void => {
    generation.produce(scan, () => {
      if (filter !== null) generation.guard(filter)
      collect()
    })
  }
  const { source, table } = node
  const indexed = table.withoutRowid ? null : usedColumns(generation, source, table.rowidAlias)
  const lookup = { sources: [source], buildKeys, probeKeys, rules, indexed, build }
  produceHash(generation, lookup, consume)
}

/** Columns of a source that the statement names, but for the rowid. */
export function usedColumns(
  generation: Generation,
  source: SourceId,
  rowidAlias: number = -1,
): readonly number[] {
  const used = generation.used.get(source) ?? []
  return [...used]
    .filter((column) => column >= 0 && column !== rowidAlias)
    .toSorted((a, b) => a - b)
}

/** For each collected row whose keys equal the probe's: `consume`. */
export function produceHash(generation: Generation, lookup: HashLookup, consume: () => void): void {
  const { emitter } = generation
  const rows = new CollectedRows(generation)
  const probe = keyOfExpressions(generation, lookup.probeKeys, lookup.rules, 'rightAffinity')
  const table = emitter.fresh('hash')
  const bucket = emitter.fresh('bucket')
  const loop = emitter.detached(() => {
    emitter.line(`const ${bucket} = ${table}.get(${probe})`)
    emitter.guard(`${bucket} !== undefined`)
    eachRowOf(generation, bucket, (row) => {
      for (const [id, source] of rows.bind(lookup.sources, row)) generation.sources.set(id, source)
      consume()
    })
  })
  const saved = new Map(lookup.sources.map((id) => [id, generation.source(id)]))
  const frame = emitter.functionOnce('build', () => {
    const map = emitter.state('map')
    const hashRows = `new ${emitter.use('HashRows', HashRows)}(${generation.spill()})`
    emitter.line(`${map} = ${spilling(generation, hashRows)}`)
    const collect = (literal: () => string): void => {
      const key = keyOfExpressions(generation, lookup.buildKeys, lookup.rules, 'leftAffinity')
      emitter.line(`${map}.add(${key}, ${literal()})`)
    }
    const order = generation.isIndexOrder ? indexOrder(rows, lookup) : []
    if (order.length === 0) {
      emitter.once(() => lookup.build(() => collect(() => rows.literal())))
    } else collectInOrder(generation, lookup, rows, order, collect)
    emitter.line(`return ${emitter.work(`${map}.done`, `${map}.collecting`)}`)
  })
  for (const [id, source] of saved) generation.sources.set(id, source)
  const call = emitter.callText(frame)
  if (frame.parameters.size === 0) {
    emitter.atStart(`let ${table}`)
    emitter.line(`if (${table} === undefined) ${table} = ${call}`)
  } else emitter.line(`const ${table} = ${call}`)
  emitter.attach(loop)
}

/** Rows of one key come in the order of the other columns. (`constructAutomaticIndex`) */
function indexOrder(rows: CollectedRows, lookup: HashLookup): readonly RowKey[] {
  const { sources, buildKeys, indexed } = lookup
  const isKey = (column: number): boolean =>
    buildKeys.some((key) => key.kind === 'column' && key.column === column)
  return (indexed ?? [])
    .filter((column) => !isKey(column))
    .map((column) => ({
      place: rows.place(sources[0]!, column),
      descending: false,
      nullsFirst: true,
      collation: 'BINARY',
    }))
}

/** Sorts the rows before they are put under their keys. */
function collectInOrder(
  generation: Generation,
  lookup: HashLookup,
  rows: CollectedRows,
  order: readonly RowKey[],
  collect: (literal: () => string) => void,
): void {
  const { emitter, encoding, collations } = generation
  const list = emitter.state('sorted')
  const compare = emitter.slot(rowComparison(order, encoding, collations))
  const how = `${emitter.slot(order)}, ${compare}, '${encoding}'`
  const sorter = `new ${emitter.use('Sorter', Sorter)}(${generation.spill()}, ${how})`
  emitter.line(`${list} = ${spilling(generation, sorter)}`)
  const again = emitter.detached(() => {
    const first = emitter.work(`${list}.sorted`, `${list}.sorting`)
    eachRowOf(generation, first, (row) => {
      for (const [id, source] of rows.bind(lookup.sources, row)) generation.sources.set(id, source)
      emitter.once(() => collect(() => row))
    })
  })
  emitter.once(() => lookup.build(() => emitter.line(`${list}.add(${rows.literal()})`)))
  emitter.attach(again)
}

/** One key for some expressions, in a variable; rows with a NULL among them equal nothing and are left. */
export function keyOfExpressions(
  generation: Generation,
  expressions: readonly BoundExpression[],
  rules: readonly ComparisonRule[],
  side: 'leftAffinity' | 'rightAffinity',
): string {
  const { emitter } = generation
  const keys = expressions.map((expression, i) => {
    const rule = rules[i]!
    const code = emitter.name(convertedValue(generation, expression, rule[side]))
    if (mayBe(code, nullKind)) emitter.guard(notNullText(code))
    return keyText(generation, code, rule.collation)
  })
  const text =
    keys.length === 1 ? keys[0]! : `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
  return emitter.name({ text, kinds: 0, simple: /^\w+$/.test(text) }).text
}
