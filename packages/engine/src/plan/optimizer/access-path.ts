/**
 * The ways to reach the rows of one scan, given the conditions whose keys are known: the whole table, a
 * rowid or some of them, each index with as many leading columns as the conditions fix, or a hash table
 * made for the purpose. Each way says what it costs, which conditions it makes good, and in which order its
 * rows arrive. Which one is best is for the join planner to say: it knows what the order is worth.
 */
import type { Environment } from '../../runtime/index.ts'
import { entryColumns, entryTail, primaryIndex, sameName } from '../../schema/index.ts'
import type { Index, IndexColumn, Table } from '../../schema/index.ts'
import type { BoundExpression, ComparisonRule } from '../expression.ts'
import { cannotFail } from '../cannot-fail.ts'
import { joined } from '../conditions.ts'
import type { Access, AccessArm, IndexAccess, RangeBound, ScanNode } from '../node.ts'
import { noOrder, oneRow, reversed, type OrderColumn, type RowOrder } from '../row-order.ts'
import {
  buildCost,
  entrySeekCost,
  filterShare,
  lookupCost,
  prefixRows,
  probeRows,
  rangeShare,
  seekCost,
  tableRows,
} from './estimate.ts'
import { relativeEntrySize } from './row-size.ts'
import { keyCount, rowsAmong, rowsWithin, type Range } from './samples.ts'
import { isCopyable } from './sources.ts'
import type { Conjunct, Term } from './terms.ts'

export interface AccessPath {
  readonly access: Access
  /** Once in a statement. */
  readonly setup: number
  /** Each time the scan starts. */
  readonly cost: number
  /** Rows delivered each time, before other conditions. */
  readonly rows: number
  /** Conjuncts that need no test any more. */
  readonly consumed: ReadonlySet<Conjunct>
  readonly order: RowOrder
}

/** What a scan may use. */
export interface ScanContext {
  readonly scan: ScanNode
  /** Terms on this scan whose keys are known here. */
  readonly terms: readonly Term[]
  /** Columns that anybody reads; null: unknown, take it that all are. */
  readonly needed: ReadonlySet<number> | null
  /** The index is not partial, or has all rows that pass the scan's conditions. */
  readonly holdsAllRows: (index: Index) => boolean
  /** Every collation of the index is known here: who made the file may have had others. */
  readonly isComparable: (index: Index) => boolean
  /** For a hash table; null: none can be built here. */
  readonly hash: HashChoice | null
  /** Conditions that are ORs. */
  readonly choices: readonly Choice[]
  /** How many different values a key has, where it is one that is unique; null: nobody knows. */
  readonly distinctKeys: (key: BoundExpression) => number | null
  /** Knows collations. */
  readonly environment: Environment
}

/** An OR whose sides may be looked up one by one. */
export interface Choice {
  readonly conjunct: Conjunct
  readonly arms: readonly ChoiceArm[]
}

/** One side: its own conditions, what they say of the scan, and what may be used where they hold. */
export interface ChoiceArm {
  readonly conjuncts: readonly Conjunct[]
  readonly terms: readonly Term[]
  readonly holdsAllRows: (index: Index) => boolean
}

/** Equalities that could key a hash table over the scan. */
export interface HashChoice {
  readonly conjuncts: readonly Conjunct[]
  readonly buildKeys: readonly BoundExpression[]
  readonly probeKeys: readonly BoundExpression[]
  readonly rules: readonly ComparisonRule[]
  /** Conditions on the scan alone: rows that fail them are left out of the table. */
  readonly filters: readonly Conjunct[]
  /** Some build key is unique. */
  readonly unique: boolean
}

const nothing: ReadonlySet<Conjunct> = new Set()

/** All paths, the whole table first, backwards paths included where an order makes them different. */
export function accessPaths(context: ScanContext): readonly AccessPath[] {
  const { table } = context.scan
  const hint = context.scan.hint
  const paths: AccessPath[] = []
  if (typeof hint === 'string') {
    const index = table.indexes.find((i) => sameName(i.name, hint))
    if (index !== undefined) addIndexPaths(paths, context, index, true)
    return paths
  }
  addFullScan(paths, context)
  if (!table.withoutRowid) addRowidPaths(paths, context)
  // The newest first, as in SQLite: among equals the first is taken.
  for (let i = table.indexes.length - 1; i >= 0; i--) {
    const index = table.indexes[i]!
    // NOT INDEXED leaves the rowid, and the primary key of a table that has none.
    if (hint === false && index !== primaryIndex(table)) continue
    addIndexPaths(paths, context, index, false)
  }
  for (const choice of context.choices) addChoicePath(paths, context, choice)
  addHashPath(paths, context)
  return paths
}

/** Each side of an OR by the way that is best for it, if each has one. (The SQLite Query Optimizer Overview §3 OR Optimizations) */
function addChoicePath(
  paths: AccessPath[],
  context: ScanContext,
  { conjunct, arms }: Choice,
): void {
  const ways: AccessArm[] = []
  let cost = 1
  let found = 0
  let isWhole = true
  for (const arm of arms) {
    const { terms, holdsAllRows } = arm
    const paths = accessPaths({
      ...context,
      terms: [...terms, ...context.terms],
      needed: null,
      holdsAllRows,
      hash: null,
      choices: [],
    })
    let best: AccessPath | null = null
    for (const way of paths) {
      if (!isOrdinary(way) || (best !== null && way.cost >= best.cost)) continue
      best = way
    }
    if (best === null) return
    const { consumed } = best
    const rest = arm.conjuncts.filter((c) => !consumed.has(c))
    const tested = rest.filter((c) => isCopyable(c.expression) && cannotFail(c.expression))
    isWhole &&= tested.length === rest.length
    const filter = tested.map((c) => c.expression)
    ways.push({
      access: best.access,
      filter: filter.length === 0 ? null : joined('and', filter),
    })
    cost += best.cost + (best.access.kind === 'index' ? 0 : best.rows) + best.rows
    found += best.rows
  }
  paths.push({
    access: { kind: 'any', arms: ways },
    setup: 0,
    cost,
    rows: Math.min(found, tableRows(context.scan.table)),
    consumed: isWhole ? new Set([conjunct]) : nothing,
    order: noOrder,
  })
}

/** It looks something up, forwards. */
function isOrdinary({ access }: AccessPath): boolean {
  switch (access.kind) {
    case 'rowid':
    case 'rowid-in':
      return true
    case 'rowid-range':
      return !access.reverse
    case 'index':
      if (access.reverse) return false
      return access.equal.length > 0 || access.in !== null || !!access.low || !!access.high
    default:
      return false
  }
}

/** The rowids come one after the other. */
function rowidOrder({ source }: ScanNode): RowOrder {
  const rowid = {
    source,
    column: -1,
    descending: false,
    nulls: 'none',
    collation: 'BINARY',
  } as const
  return { columns: [rowid], isTotal: true, settled: [] }
}

function addFullScan(paths: AccessPath[], context: ScanContext): void {
  const { scan } = context
  const { table } = scan
  const rows = tableRows(table)
  const primary = primaryIndex(table)
  const forward = primary === null ? rowidOrder(scan) : orderAfter(scan, primary, 0)
  for (const reverse of [false, true]) {
    paths.push({
      access: { kind: 'full', reverse },
      setup: 0,
      cost: rows,
      rows,
      consumed: nothing,
      order: reverse ? reversed(forward) : forward,
    })
  }
}

function addRowidPaths(paths: AccessPath[], context: ScanContext): void {
  const rows = tableRows(context.scan.table)
  const terms = context.terms.filter((term) => term.column === -1)
  if (terms.length === 0) return
  const equal = terms.find((term) => term.operator === '=' || term.operator === 'IS')
  if (equal !== undefined) {
    paths.push({
      access: { kind: 'rowid', key: equal.key },
      setup: 0,
      cost: seekCost(rows),
      rows: 1,
      consumed: new Set([equal.conjunct]),
      order: oneRow,
    })
  }
  const among = terms.find((term) => term.operator === 'IN')
  if (among?.keys) {
    const count = keyCount(among)
    paths.push({
      access: { kind: 'rowid-in', keys: among.keys },
      setup: 0,
      cost: count * seekCost(rows),
      rows: count,
      consumed: new Set([among.conjunct]),
      order: rowidOrder(context.scan),
    })
  }
  const { low, high, used } = rangeOf(terms, context.scan.table)
  if (low === null && high === null) return
  const kept = rows * rangeShare(low !== null, high !== null)
  const forward = rowidOrder(context.scan)
  for (const reverse of [false, true]) {
    paths.push({
      access: { kind: 'rowid-range', low, high, reverse },
      setup: 0,
      cost: seekCost(rows) + kept,
      rows: kept,
      consumed: used,
      order: reverse ? reversed(forward) : forward,
    })
  }
}

/** The first lower and the first upper bound among terms on one column. */
function rangeOf(terms: readonly Term[], { strict }: Table): Range {
  let low: RangeBound | null = null
  let high: RangeBound | null = null
  const used = new Set<Conjunct>()
  const bounds: Term[] = []
  for (const term of terms) {
    const { operator, key } = term
    if ((operator === '>' || operator === '>=') && low === null) {
      low = { key, inclusive: operator === '>=' }
    } else if ((operator === '<' || operator === '<=') && high === null) {
      high = { key, inclusive: operator === '<=' }
      if (term.textOnly && !strict) high = { ...high, thenBlobs: true }
    } else continue
    bounds.push(term)
    if (!term.inexact) used.add(term.conjunct)
  }
  return { low, high, used, bounds }
}

/** Column of the table that an index column holds, as expressions name it: the rowid alias is -1. */
function tableColumn(table: Table, index: Index, place: number): number {
  return nameOf(table, index.columns[place]!.column)
}

function nameOf(table: Table, column: number): number {
  return column >= 0 && column === table.rowidAlias ? -1 : column
}

function addIndexPaths(
  paths: AccessPath[],
  context: ScanContext,
  index: Index,
  forced: boolean,
): void {
  if (!context.isComparable(index) || !context.holdsAllRows(index)) return
  const { table } = context.scan
  const rows = index.where === null ? tableRows(table) : Math.max(1, tableRows(table) / 2)
  const places = entryPlaces(table, index)
  // An entry of the primary key of a table without rowids is the row.
  const covering =
    index === primaryIndex(table) || (context.needed !== null && covers(places, context.needed))

  const usable = (place: number): readonly Term[] => {
    const indexColumn = index.columns[place]
    if (indexColumn === undefined) {
      // Behind its columns an entry has the rowid, in order.
      const isRowidPlace = place === index.columns.length && !table.withoutRowid
      return isRowidPlace ? context.terms.filter((term) => isRowidRange(term)) : []
    }
    if (indexColumn.column === -2) return []
    const column = tableColumn(table, index, place)
    return context.terms.filter(
      (term) =>
        term.column === column &&
        (term.collation === indexColumn.collation || isRowid(term) || isNullTest(term)),
    )
  }
  const size = covering && index !== primaryIndex(table) ? relativeEntrySize(table, index) : null
  const scan: IndexScan = { context, index, rows, covering, places, usable, forced, size }
  addPathsFrom(paths, scan, 0, 1)
  for (let skipped = 1; skipped < index.columns.length; skipped++) {
    const runs = skippedRuns(index, skipped, rows)
    if (runs === null || usable(skipped - 1).length > 0) break
    addPathsFrom(paths, scan, skipped, runs)
  }
}

/**
 * How many values the first columns of an index have; null: nobody knows, or so many that running through them is no use: fewer
 * than 18 rows share each. (`whereLoopAddBtreeIndex`)
 */
function skippedRuns({ statistics }: Index, skipped: number, rows: number): number | null {
  const each = statistics?.[skipped]
  return each === undefined || each < 18 ? null : Math.max(1, rows / each)
}

/** One index of a scan. */
interface IndexScan {
  readonly context: ScanContext
  readonly index: Index
  readonly rows: number
  readonly covering: boolean
  readonly places: ReadonlyMap<number, number>
  /** Terms on the column at a place. */
  readonly usable: (place: number) => readonly Term[]
  readonly forced: boolean
  /** How long its entries are beside the rows, where it has all that is needed; null: no shorter. */
  readonly size: number | null
}

type EqualPart = IndexAccess['equal'][number]

/** Equalities on the columns of an index from one on. */
interface Prefix {
  readonly parts: readonly EqualPart[]
  readonly terms: readonly Term[]
  /** Some of them may be NULL. */
  readonly nullable: boolean
}

function equalFrom(usable: IndexScan['usable'], first: number): Prefix {
  const parts: EqualPart[] = []
  const terms: Term[] = []
  let nullable = false
  for (;;) {
    const found = usable(first + parts.length)
    const term = found.find((t) => t.operator === '=' || t.operator === 'IS')
    if (term === undefined) break
    parts.push({ key: term.key, nullSafe: term.operator === 'IS' })
    if (term.operator === 'IS') nullable = true
    terms.push(term)
  }
  return { parts, terms, nullable }
}

/** Where keys come from a unique column, all rows there are belong to so many of them. */
function rowsPerKey({ distinctKeys }: ScanContext, terms: readonly Term[], rows: number): number {
  let least = Infinity
  for (const { key } of terms) {
    const count = distinctKeys(key)
    if (count !== null) least = Math.min(least, Math.max(fewestPerKey, rows / count))
  }
  return least
}

/** Most keys may find nothing. */
const fewestPerKey = 0.05

type Parts = Pick<IndexAccess, 'equal' | 'in' | 'afterIn' | 'low' | 'high'>

/** The paths that begin behind `skipped` columns, which have `skipRuns` values together. */
function addPathsFrom(
  paths: AccessPath[],
  scan: IndexScan,
  skipped: number,
  skipRuns: number,
): void {
  const { context, index, rows, covering, places, usable, forced, size } = scan
  const { table } = context.scan
  const seek = table.rowEstimate === null ? seekCost(rows) : entrySeekCost(rows)
  const push = (
    parts: Parts,
    used: ReadonlySet<Conjunct>,
    found: number,
    starts: number,
    order: RowOrder,
  ): void => {
    const perRow = covering ? 1 : 1 + lookupCost
    const whole = parts.equal.length === 0 && parts.in === null && !parts.low && !parts.high
    if (whole && skipped > 0) return
    if (whole && !forced && !covering && order.columns.length === 0) return
    // Each value of the skipped columns is looked for, and then the entries that it has.
    const seeks = skipped === 0 ? starts : skipRuns * (1 + starts)
    const kept = skipped === 0 ? found : Math.min(rows, found * skipRuns)
    for (const reverse of order === oneRow ? [false] : [false, true]) {
      paths.push({
        access: { kind: 'index', index, skipped, ...parts, reverse, covering, places },
        setup: 0,
        cost: whole ? kept * wholeCost(size, perRow) : seeks * seek + kept * perRow,
        rows: kept,
        consumed: used,
        order: reverse ? reversed(order) : order,
      })
    }
  }
  const prefix = equalFrom(usable, skipped)
  const place = skipped + prefix.parts.length
  // Equalities in front of the order say nothing of it; behind columns that are run through they are a part of it.
  const firstOrdered = skipped === 0 ? place : 0
  const known = { index, rows, skipped, environment: context.environment }
  const isUnique = (nullable: boolean, columns: number): boolean =>
    index.unique && skipped === 0 && columns >= index.columns.length && !nullable
  const matchingOf = (columns: number, nullable: boolean): number => {
    const matching = prefixRows(index, columns, rows)
    // NULLs are not kept apart by a UNIQUE index.
    return nullable && matching === 1 ? 2 : matching
  }
  const consumed = new Set(prefix.terms.map((term) => term.conjunct))
  const isOne = isUnique(prefix.nullable, place)
  const among = usable(place).find((t) => t.operator === 'IN')
  if (among?.keys && !isOne) {
    const after = equalFrom(usable, place + 1)
    const last = place + 1 + after.parts.length
    const range = rangeOf(usable(last), table)
    const share = rangeShare(range.low !== null, range.high !== null)
    const runs = keyCount(among)
    const nullable = prefix.nullable || after.nullable
    const each = isUnique(nullable, last) ? 1 : matchingOf(last, nullable) * share
    const sampled =
      after.parts.length > 0 || share < 1 ? null : rowsAmong(known, prefix.terms, among)
    push(
      {
        equal: prefix.parts,
        in: among.keys,
        afterIn: after.parts,
        low: range.low,
        high: range.high,
      },
      new Set([
        ...consumed,
        among.conjunct,
        ...after.terms.map((term) => term.conjunct),
        ...range.used,
      ]),
      Math.max(1, sampled ?? runs * each),
      runs,
      orderAfter(context.scan, index, firstOrdered),
    )
  }
  const range = rangeOf(usable(place), table)
  const order = isOne ? oneRow : orderAfter(context.scan, index, firstOrdered)
  const share = rangeShare(range.low !== null, range.high !== null)
  const matching = matchingOf(place, prefix.nullable)
  const estimate = rowsWithin(known, prefix.terms, range) ?? Math.max(1, matching * share)
  const perKey = rowsPerKey(context, prefix.terms, rows) * share
  // Of a table that is measured it is not known how many rows share a value, but how many there are for a key.
  const isMeasured = table.rowEstimate !== null && index.statistics === null
  const found = isOne ? 1 : isMeasured && perKey < Infinity ? perKey : Math.min(estimate, perKey)
  push(
    { equal: prefix.parts, in: null, afterIn: [], low: range.low, high: range.high },
    new Set([...consumed, ...range.used]),
    found,
    1,
    order,
  )
}

/** Reading all of an index beats reading all of the table where entries are shorter than rows, and the shorter they are, the more so. */
function wholeCost(size: number | null, perRow: number): number {
  return size === null ? perRow : 0.885 + size / 1000
}

/** Numbers have no collation: a numeric column is in the same order under all of them, and so are its keys. */
function isRowid(term: Term): boolean {
  return term.column === -1
}

function isRowidRange({ column, operator }: Term): boolean {
  return column === -1 && operator !== '=' && operator !== 'IS' && operator !== 'IN'
}

/** NULLs are where they are under every collation. (`whereScanNext`) */
function isNullTest({ operator, key }: Term): boolean {
  return operator === 'IS' && key.kind === 'literal' && key.value === null
}

/** The order of entries that agree on the first `place` columns. */
function orderAfter({ source, table }: ScanNode, index: Index, place: number): RowOrder {
  const columns: OrderColumn[] = []
  const add = ({ column, collation, descending }: IndexColumn): void => {
    const name = nameOf(table, column)
    // An index holds NULLs before everything else.
    const isNullable = name !== -1 && table.columns[name]!.notNull === null
    const nulls = !isNullable ? 'none' : descending ? 'last' : 'first'
    columns.push({ source, column: name, descending, nulls, collation })
  }
  for (const column of index.columns.slice(place)) {
    if (column.column === -2) return { columns, isTotal: false, settled: [] }
    add(column)
  }
  for (const column of entryTail(table, index)) add(column)
  return { columns, isTotal: true, settled: [] }
}

const placesCache = new WeakMap<Index, ReadonlyMap<number, number>>()

/** Table column → place in the entries of the index; -1: the rowid. */
export function entryPlaces(table: Table, index: Index): ReadonlyMap<number, number> {
  const known = placesCache.get(index)
  if (known !== undefined) return known
  const places = new Map<number, number>()
  for (const [place, column] of entryColumns(table, index).entries()) {
    if (column === -2) continue
    const name = nameOf(table, column)
    // The rowid is read from the end of the entry, where it always is.
    if (name === -1 || !places.has(name)) places.set(name, place)
  }
  placesCache.set(index, places)
  return places
}

function covers(places: ReadonlyMap<number, number>, needed: ReadonlySet<number>): boolean {
  for (const column of needed) if (!places.has(column)) return false
  return true
}

function addHashPath(paths: AccessPath[], context: ScanContext): void {
  const { hash, scan } = context
  if (hash === null || hash.conjuncts.length === 0) return
  // Without statistics nobody knows how few probes there may be: an index that serves is never replaced.
  const isServed = paths.some(
    ({ access, consumed }) =>
      !(access.kind === 'index' && access.skipped > 0) &&
      hash.conjuncts.some((c) => consumed.has(c)),
  )
  if (isServed) return
  const rows = tableRows(scan.table)
  const share = hash.filters.reduce((product, f) => product * filterShare(f), 1)
  const kept = rows * share
  const found = hash.unique ? Math.min(1, kept) : Math.min(probeRows / hash.conjuncts.length, kept)
  const filter = hash.filters.map((f) => f.expression)
  paths.push({
    access: {
      kind: 'hash',
      buildKeys: hash.buildKeys,
      probeKeys: hash.probeKeys,
      rules: hash.rules,
      filter:
        filter.length === 0
          ? null
          : filter.length === 1
            ? filter[0]!
            : { kind: 'and', operands: filter },
    },
    setup: rows + kept * buildCost,
    cost: 2 + found * (1 + lookupCost),
    rows: found,
    consumed: new Set([...hash.conjuncts, ...hash.filters]),
    order: noOrder,
  })
}
