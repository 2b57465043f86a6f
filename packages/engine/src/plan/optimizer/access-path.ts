/**
 * The ways to reach the rows of one scan, given the conditions whose keys are known: the whole table, a
 * rowid or some of them, each index with as many leading columns as the conditions fix, or a hash table
 * made for the purpose. Each way says what it costs, which conditions it makes good, and in which order its
 * rows arrive. Which one is best is for the join planner to say: it knows what the order is worth.
 */
import { entryColumns, entryTail, primaryIndex, sameName } from '../../schema/index.ts'
import type { Index, IndexColumn, Table } from '../../schema/index.ts'
import type { BoundExpression, ComparisonRule } from '../expression.ts'
import type { Access, IndexAccess, RangeBound, ScanNode } from '../node.ts'
import { noOrder, oneRow, reversed, type OrderColumn, type RowOrder } from '../row-order.ts'
import {
  buildCost,
  filterShare,
  inQueryRows,
  lookupCost,
  prefixRows,
  probeRows,
  rangeShare,
  seekCost,
  tableRows,
} from './estimate.ts'
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
  addHashPath(paths, context)
  return paths
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
  const { low, high, used } = rangeOf(terms)
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

function keyCount(term: Term): number {
  return term.keys?.kind === 'list' ? term.keys.items.length : inQueryRows
}

/** The first lower and the first upper bound among terms on one column. */
function rangeOf(terms: readonly Term[]): {
  low: RangeBound | null
  high: RangeBound | null
  used: ReadonlySet<Conjunct>
} {
  let low: RangeBound | null = null
  let high: RangeBound | null = null
  const used = new Set<Conjunct>()
  for (const term of terms) {
    const { operator, key } = term
    if ((operator === '>' || operator === '>=') && low === null) {
      low = { key, inclusive: operator === '>=' }
    } else if ((operator === '<' || operator === '<=') && high === null) {
      high = { key, inclusive: operator === '<=' }
    } else continue
    if (!term.inexact) used.add(term.conjunct)
  }
  return { low, high, used }
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
    if (indexColumn === undefined || indexColumn.column === -2) return []
    const column = tableColumn(table, index, place)
    return context.terms.filter(
      (term) =>
        term.column === column &&
        (!term.textOnly || table.strict) &&
        (term.collation === indexColumn.collation || isRowid(term) || isNullTest(term)),
    )
  }

  const equal: { key: BoundExpression; nullSafe: boolean }[] = []
  const consumed = new Set<Conjunct>()
  let nullable = false
  for (;;) {
    const term = usable(equal.length).find((t) => t.operator === '=' || t.operator === 'IS')
    if (term === undefined) break
    equal.push({ key: term.key, nullSafe: term.operator === 'IS' })
    if (term.operator === 'IS') nullable = true
    consumed.add(term.conjunct)
  }
  const place = equal.length
  let matching = prefixRows(index, place, rows)
  // NULLs are not kept apart by a UNIQUE index.
  if (nullable && matching === 1) matching = 2
  const isUnique = index.unique && place >= index.columns.length && !nullable
  const among = usable(place).find((t) => t.operator === 'IN')
  const range = rangeOf(usable(place))
  const push = (
    parts: Pick<IndexAccess, 'in' | 'low' | 'high'>,
    used: ReadonlySet<Conjunct>,
    found: number,
    starts: number,
    order: RowOrder,
  ): void => {
    const perRow = covering ? 1 : 1 + lookupCost
    const isNarrower = indexWidth(table, index) < tableWidth(table)
    const whole = equal.length === 0 && parts.in === null && !parts.low && !parts.high
    if (whole && !forced && !covering && order.columns.length === 0) return
    for (const reverse of parts.in === null && !isUnique ? [false, true] : [false]) {
      paths.push({
        access: { kind: 'index', index, equal, ...parts, reverse, covering, places },
        setup: 0,
        // Reading all of an index beats reading all of the table where entries are shorter than rows.
        cost:
          (whole ? 0 : starts * seekCost(rows)) +
          found * (whole && covering && isNarrower ? 0.9 : perRow),
        rows: found,
        consumed: used,
        order: reverse ? reversed(order) : order,
      })
    }
  }
  if (among?.keys && !isUnique) {
    // The range, if any, is on the column after IN; an equality there is a range of one value.
    const next = rangeAfterIn(usable(place + 1))
    const runs = keyCount(among)
    const used = new Set([...consumed, among.conjunct, ...next.used])
    const each = prefixRows(index, place + 1, rows) * next.share
    push(
      { in: among.keys, low: next.low, high: next.high },
      used,
      Math.max(1, runs * each),
      runs,
      noOrder,
    )
  }
  const order = isUnique ? oneRow : orderAfter(context.scan, index, place)
  const share = rangeShare(range.low !== null, range.high !== null)
  if (share < 1) {
    const used = new Set([...consumed, ...range.used])
    push(
      { in: null, low: range.low, high: range.high },
      used,
      Math.max(1, matching * share),
      1,
      order,
    )
  } else {
    push({ in: null, low: null, high: null }, consumed, matching, 1, order)
  }
}

/** The size of a column as SQLite guesses it, in units of four bytes. (`sqlite3AffinityType`) */
function columnWidth(table: Table, column: number): number {
  const definition = table.columns[column]
  if (definition === undefined) return 1
  const { affinity, type } = definition
  if (type === '' || (affinity !== 'text' && affinity !== 'blob')) return 1
  const upper = type.toUpperCase()
  const size = upper.includes('CHAR') ? Number(/\d+/.exec(upper)?.[0] ?? 0) : 16
  return Math.min(255, Math.floor(size / 4) + 1)
}

function tableWidth(table: Table): number {
  let width = table.rowidAlias < 0 ? 1 : 0
  for (let column = 0; column < table.columns.length; column++) width += columnWidth(table, column)
  return width
}

function indexWidth(table: Table, index: Index): number {
  if (index === primaryIndex(table)) return tableWidth(table)
  let width = 1
  for (const { column } of index.columns) width += columnWidth(table, column)
  return width
}

function rangeAfterIn(terms: readonly Term[]): {
  low: RangeBound | null
  high: RangeBound | null
  used: ReadonlySet<Conjunct>
  share: number
} {
  const equal = terms.find((term) => term.operator === '=')
  if (equal !== undefined) {
    const bound = { key: equal.key, inclusive: true }
    return { low: bound, high: bound, used: new Set([equal.conjunct]), share: 0.9 }
  }
  const range = rangeOf(terms)
  return { ...range, share: rangeShare(range.low !== null, range.high !== null) }
}

/** Numbers have no collation: a numeric column is in the same order under all of them, and so are its keys. */
function isRowid(term: Term): boolean {
  return term.column === -1
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
  const isServed = paths.some((path) => hash.conjuncts.some((c) => path.consumed.has(c)))
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
