/**
 * Joins and access: chooses in which order the sources of each block run and how each is reached, puts
 * every condition where it can be tested first, drops sorts that the loops make needless, and says how to
 * aggregate.
 *
 * The pass walks a plan from the top, for what is wanted above (an order, the first row only) decides what
 * is best below. Conditions that name nothing in the block are tested once, before its first loop starts.
 */
import type { Catalog } from '../../runtime/index.ts'
import type { Table } from '../../schema/index.ts'
import { conjunctsOf, filtered, joined } from '../conditions.ts'
import { rowCount } from '../constant-rows.ts'
import { isSameTable, readsTable } from '../reads-table.ts'
import type { BoundExpression, SourceId, Subquery } from '../expression.ts'
import type {
  AggregateNode,
  DistinctNode,
  LimitNode,
  OuterJoinNode,
  PlanNode,
  ProjectNode,
  SortNode,
  WindowNode,
} from '../node.ts'
import { impliedBounds, impliedEqualities } from './equalities.ts'
import { sortCost } from './estimate.ts'
import { ItemPaths } from './item-paths.ts'
import type { LeafEstimate } from './item-paths.ts'
import { BlockBuilder } from './block-builder.ts'
import { withDetermined } from './determined-keys.ts'
import { limitEstimate, topOf } from './limits.ts'
import { inOrder } from './lose-marks.ts'
import { collectBlock, itemsOf, startsBlock } from './join-block.ts'
import type { Block, Item } from './join-block.ts'
import { withoutCountHint } from './simple-count.ts'
import { noSolution, orderJoins } from './join-order.ts'
import type { FixedColumns } from './join-order.ts'
import { hashedConditions, inWrittenOrder } from './outer-join.ts'
import { withReversedScans } from './reverse-scans.ts'
import { neededByExpression, neededColumns } from './needed-columns.ts'
import type { NeededColumns } from './needed-columns.ts'
import { addVisibleSources, freeSources, sourcesOf } from './sources.ts'
import { termsOf } from './terms.ts'
import type { Conjunct } from './terms.ts'
import { mapNode, mapOperands } from '../walk/map.ts'
import {
  compoundOrder,
  delivers,
  derivedOrder,
  gathers,
  groupedOrder,
  noOrder,
  oneRow,
  orderColumns,
  projectedOrder,
  windowOrder,
} from '../row-order.ts'
import type { OrderColumn, RowOrder, SettledColumn } from '../row-order.ts'
import {
  distinctOrder,
  extremeOrder,
  groupingOrder,
  throughColumns,
  throughDerived,
} from './wanted-order.ts'
import type { WantedOrder } from './wanted-order.ts'

/** The table whose rows change between two evaluations of an expression; any: triggers may change all of them; null: none do. */
export type Changing = Table | 'any' | null

interface Planned {
  readonly node: PlanNode
  readonly rows: number
  readonly cost: number
  readonly order: RowOrder
}

export function planJoins(plan: PlanNode, catalog: Catalog): PlanNode {
  const needed = new Map(neededColumns(plan))
  // What the plan delivers under a table's own source is a row to be changed: all of it is needed.
  const delivered = new Set<SourceId>()
  addVisibleSources(plan, delivered)
  for (const source of delivered) needed.set(source, null)
  return new JoinPlanner(catalog, needed).top(plan)
}

/**
 * Expressions that stand in no plan: only their subqueries have something to plan. Rows of the table that is changing are not kept
 * from one evaluation to the next.
 */
export function planSubqueries(
  expression: BoundExpression,
  catalog: Catalog,
  changing: Changing,
): BoundExpression {
  return new JoinPlanner(catalog, neededByExpression(expression), changing).expression(expression)
}

class JoinPlanner {
  readonly #catalog: Catalog
  readonly #needed: NeededColumns
  readonly #changing: Changing
  /** A subquery that is named twice stays one. */
  readonly #subqueries = new Map<Subquery, Subquery>()

  constructor(catalog: Catalog, needed: NeededColumns, changing: Changing = null) {
    this.#catalog = catalog
    this.#needed = needed
    this.#changing = changing
  }

  top(plan: PlanNode): PlanNode {
    return this.#plan(plan, null, false).node
  }

  /** Plans of subqueries inside expressions, each on its own. */
  readonly expression = (expression: BoundExpression): BoundExpression =>
    mapOperands(expression, this.expression, this.subquery)

  readonly subquery = (query: Subquery): Subquery => {
    let planned = this.#subqueries.get(query)
    if (planned === undefined) {
      const plan = this.#plan(query.plan, null, freeSources(query.plan).size > 0).node
      planned = { ...query, plan, outerSources: [...freeSources(plan)] }
      this.#subqueries.set(query, planned)
    }
    return planned
  }

  #plan(node: PlanNode, wanted: WantedOrder | null, inLoop: boolean): Planned {
    switch (node.kind) {
      case 'scan':
      case 'join':
      case 'derived':
      case 'values':
      case 'single-row':
        return this.#planBlock(node, [], wanted, inLoop)
      case 'outer-join':
        return this.#planOuterJoin(node, inLoop)
      case 'filter': {
        if (startsBlock(node)) return this.#planBlock(node, [], wanted, inLoop)
        const input = this.#plan(node.input, wanted, inLoop)
        const condition = this.expression(node.condition)
        return {
          ...input,
          node: { ...node, input: input.node, condition },
          rows: input.rows * 0.5,
        }
      }
      case 'project':
        return this.#planProject(node, wanted, inLoop)
      case 'sort':
        return this.#planSort(node, null, inLoop)
      case 'limit':
        return this.#planLimit(node, inLoop)
      case 'distinct':
        return this.#planDistinct(node, wanted, inLoop)
      case 'aggregate':
        return this.#planAggregate(node, inLoop)
      case 'compound': {
        const left = this.#plan(node.left, null, inLoop)
        const right = this.#plan(node.right, null, inLoop)
        return {
          node: { ...node, left: left.node, right: right.node },
          rows: left.rows + right.rows,
          cost: left.cost + right.cost,
          order: compoundOrder(node),
        }
      }
      case 'recursive': {
        const setup = this.#plan(node.setup, null, inLoop)
        const step = this.#plan(node.step, null, true)
        return {
          node: { ...node, setup: setup.node, step: step.node },
          rows: setup.rows + recursionRows,
          cost: setup.cost + recursionRows * step.cost,
          order: noOrder,
        }
      }
      case 'window':
        return this.#planWindow(node, inLoop)
      default:
        return node satisfies never
    }
  }

  /** What is above may not choose the order of its rows: the answers depend on it. */
  #planWindow(node: WindowNode, inLoop: boolean): Planned {
    const input = this.#plan(node.input, null, inLoop)
    const planned = mapNode(node, () => input.node, this.expression, this.subquery)
    return {
      node: planned,
      rows: input.rows,
      cost: input.cost + input.rows,
      order: windowOrder(input.order, node),
    }
  }

  #planDistinct(node: DistinctNode, wanted: WantedOrder | null, inLoop: boolean): Planned {
    const sideBySide = distinctOrder(node)
    const input = this.#plan(node.input, wanted ?? sideBySide, inLoop)
    const ordered = gathers(input.order, sideBySide.keys)
    return {
      node: { ...node, input: input.node, ordered },
      rows: Math.max(1, input.rows / 2),
      cost: input.cost + input.rows,
      order: input.order,
    }
  }

  #planProject(written: ProjectNode, wanted: WantedOrder | null, inLoop: boolean): Planned {
    const node = withoutCountHint(written)
    const below = wanted === null ? null : throughColumns(wanted, node.source, node.columns)
    const input = this.#plan(node.input, below, inLoop)
    const columns = node.columns.map(this.expression)
    const order = projectedOrder(input.order, node)
    return { ...input, node: { ...node, input: input.node, columns }, order }
  }

  #planSort(node: SortNode, limit: LimitNode | null, inLoop: boolean): Planned {
    const keys = orderColumns(node.keys)
    const count = limit === null ? null : limitEstimate(limit)
    const wanted: WantedOrder | null = keys && {
      keys: eachOnce(keys),
      penalty: (rows) => sortCost(rows, count),
      limit: count,
    }
    const input = this.#plan(node.input, wanted, inLoop)
    const isDelivered = keys !== null && delivers(input.order, keys)
    const rows = inOrder(node, input.node, isDelivered)
    if (isDelivered) return { ...input, node: rows }
    const sorted: SortNode = {
      ...node,
      input: rows,
      keys: node.keys.map((key) => ({ ...key, expression: this.expression(key.expression) })),
      top: limit === null ? node.top : topOf(limit),
    }
    const presorted = keys === null ? 0 : deliveredCount(input.order, keys)
    return {
      ...input,
      node: presorted === 0 ? sorted : { ...sorted, presorted },
      cost: input.cost + sortCost(input.rows, count),
      order: { columns: keys ?? [], isTotal: false, settled: [] },
    }
  }

  #planLimit(node: LimitNode, inLoop: boolean): Planned {
    const input =
      node.input.kind === 'sort'
        ? this.#planSort(node.input, node, inLoop)
        : this.#plan(node.input, null, inLoop)
    const count = limitEstimate(node)
    return {
      node: {
        ...node,
        input: input.node,
        limit: this.expression(node.limit),
        offset: node.offset && this.expression(node.offset),
      },
      rows: count === null ? input.rows : Math.min(count, input.rows),
      cost: input.cost,
      order: input.order,
    }
  }

  #planAggregate(node: AggregateNode, inLoop: boolean): Planned {
    const grouping = groupingOrder(node)
    const extreme = extremeOrder(node)
    const input = this.#plan(node.input, extreme ?? grouping, inLoop)
    const isExtreme = extreme !== null && delivers(input.order, extreme.keys)
    const isGrouped = grouping !== null && delivers(input.order, grouping.keys)
    const strategy = strategyOf(node, input.node, isGrouped, isExtreme)
    const isLeast = isExtreme && !extreme.keys[0]!.descending
    const rows = isLeast ? behindNulls(input.node, extreme.keys[0]!) : input.node
    const groupBy = withDetermined(node, rows)
    const planned = { ...node, strategy, groupBy }
    const aggregated = mapNode(planned, () => rows, this.expression, this.subquery)
    const isOrdered = node.groupBy.length === 0 || node.sorted || isGrouped
    return {
      node: aggregated,
      rows: node.groupBy.length === 0 ? 1 : Math.max(1, input.rows / 10),
      cost: input.cost + input.rows,
      order: isOrdered ? groupedOrder(node, strategy === 'hash') : noOrder,
    }
  }

  #planOuterJoin(written: OuterJoinNode, inLoop: boolean): Planned {
    // The left side is there before the right one is: what its table-valued functions want of that is a condition on both.
    const later = new Set<SourceId>()
    addVisibleSources(written.right, later)
    const { left: kept, lifted } = withoutLater(written.left, later)
    const node = kept === written.left ? written : { ...written, left: kept }
    if ([...freeSources(kept)].some((source) => later.has(source))) throw noSolution()
    const planned = this.#planSides(node, inLoop)
    if (lifted.length === 0) return planned
    const condition = this.expression(joined('and', lifted))
    return { ...planned, node: { kind: 'filter', input: planned.node, condition } }
  }

  #planSides(node: OuterJoinNode, inLoop: boolean): Planned {
    const left = this.#plan(inWrittenOrder(node.left), null, inLoop)
    const right = this.#plan(node.right, null, inLoop)
    const { on, hash } = hashedConditions(node)
    const planned = mapNode(
      { ...node, left: left.node, right: right.node, on, hash },
      (input) => input,
      this.expression,
      this.subquery,
    )
    const pairs = hash === null ? left.rows * right.rows * 0.25 : left.rows
    const tried = hash === null ? left.rows * right.rows : left.rows * 2
    return {
      node: planned,
      rows: pairs + right.rows,
      cost: left.cost + right.cost + tried + right.rows * 2,
      order: noOrder,
    }
  }

  // ── blocks ──

  #planBlock(
    root: PlanNode,
    extra: readonly Conjunct[],
    wanted: WantedOrder | null,
    inLoop: boolean,
  ): Planned {
    const block = collectBlock(root, extra)
    const conjuncts = [...block.conjuncts]
    conjuncts.push(...impliedBounds(conjuncts))
    conjuncts.push(...impliedEqualities(conjuncts))
    const placedConjuncts = conjuncts.map((c) => ({
      conjunct: c,
      needs: itemsOf(block, c.sources),
    }))
    const leaves: (Planned | null)[] = block.items.map((item) =>
      item.scan === null ? this.#planLeaf(item, block, wanted, inLoop) : null,
    )
    const items = block.items.map(
      (item) =>
        new ItemPaths(
          this.#catalog,
          block,
          item,
          placedConjuncts,
          item.scan === null ? null : this.#neededOf(item.scan.source),
          estimateOf(leaves[item.place] ?? null),
          this.#isKept(item, block, inLoop),
          wanted !== null && wanted.keys.every((key) => key.source === item.scan?.source)
            ? wanted.keys
            : [],
        ),
    )
    const order = orderJoins(items, wanted, fixedColumns(items), inLoop ? loopRuns : 1)
    const builder = new BlockBuilder(block, items, conjuncts, leaves, this, inLoop)
    const node = builder.build(order.steps)
    const planned = { node, rows: order.rows, cost: order.cost, order: order.order }
    const { reversesUnordered } = this.#catalog.environment.settings
    if (wanted !== null || !reversesUnordered || order.order === oneRow) return planned
    return { ...planned, node: withReversedScans(node), order: noOrder }
  }

  /**
   * Whether what has been read of an item may serve a later run of the block. In a join it may, whatever changes meanwhile, and so may
   * a subquery that is looked up in by equality: SQLite makes its automatic indexes once, too.
   */
  #isKept({ scan, derived }: Item, block: Block, inLoop: boolean): boolean {
    const changing = this.#changing
    if (changing === null || !inLoop || block.items.length > 1) return true
    if (changing === 'any') return false
    if (scan !== null) return !isSameTable(scan.table, changing)
    return derived === null || !readsTable(derived.input, changing)
  }

  /** null: all columns. */
  #neededOf(source: SourceId): ReadonlySet<number> | null {
    const columns = this.#needed.get(source)
    return columns === undefined ? noColumns : columns
  }

  /** A source that is not a scan: planned by itself. */
  #planLeaf(item: Item, block: Block, wanted: WantedOrder | null, inLoop: boolean): Planned {
    const { node } = item
    const isAlone = block.items.length === 1
    if (item.derived !== null) {
      const { shared } = item.derived
      // Rows that are shared come as they come for whoever asks first.
      const below =
        isAlone && wanted !== null && !shared ? throughDerived(wanted, item.derived) : null
      // What stands alone is run once and kept, in a loop too.
      const isOnce = this.#isKept(item, block, inLoop) && freeSources(item.derived.input).size === 0
      const input = this.#plan(item.derived.input, below, !isOnce && (inLoop || !isAlone))
      if (shared) return { ...input, node: { ...item.derived, input: input.node }, order: noOrder }
      const order = derivedOrder(input.order, item.derived)
      return { ...input, node: { ...item.derived, input: input.node }, order }
    }
    if (item.type === 'left') return this.#planBlock(node, item.own, null, true)
    if (node.kind === 'values') {
      const mapped = mapNode(node, (n) => n, this.expression, this.subquery)
      const rows = rowCount(node.rows)
      return { node: mapped, rows, cost: rows, order: rows === 1 ? oneRow : noOrder }
    }
    if (node.kind === 'single-row') return { node, rows: 1, cost: 0, order: oneRow }
    return this.#plan(node, null, inLoop || !isAlone)
  }
}

/** The left side of an outer join without its conditions on what is later. */
function withoutLater(
  left: PlanNode,
  later: ReadonlySet<SourceId>,
): { readonly left: PlanNode; readonly lifted: readonly BoundExpression[] } {
  const lifted: BoundExpression[] = []
  const strip = (node: PlanNode): PlanNode => {
    if (node.kind === 'join') {
      const [first, second] = [strip(node.left), strip(node.right)]
      return first === node.left && second === node.right
        ? node
        : { ...node, left: first, right: second }
    }
    if (node.kind !== 'filter') return node
    const input = strip(node.input)
    const terms = conjunctsOf(node.condition)
    const isLater = (e: BoundExpression): boolean =>
      [...sourcesOf(e)].some((source) => later.has(source))
    const own = terms.filter((e) => !isLater(e))
    lifted.push(...terms.filter(isLater))
    return own.length === terms.length && input === node.input ? node : filtered(input, own)
  }
  return { left: strip(left), lifted }
}

/** The rows in their order without those where the first column is NULL, where an index can begin behind them. */
function behindNulls(node: PlanNode, first: OrderColumn): PlanNode {
  const { source, column } = first
  if (node.kind === 'filter') {
    const input = behindNulls(node.input, first)
    return input === node.input ? node : { ...node, input }
  }
  if (node.kind !== 'scan' || node.source !== source || node.access.kind !== 'index') return node
  const { access } = node
  const { index, equal, low, high, skipped } = access
  const isBehind = access.in !== null || low !== null || high !== null || skipped > 0
  if (isBehind || index.columns[equal.length]?.column !== column) return node
  const bound = { key: nothing, inclusive: false, notNull: true } as const
  return { ...node, access: { ...access, low: bound } }
}

const nothing: BoundExpression = { kind: 'literal', value: null }

/** A column decides once. */
function eachOnce(keys: readonly OrderColumn[]): readonly OrderColumn[] {
  return keys.filter(
    (key, i) =>
      !keys
        .slice(0, i)
        .some(
          ({ source, column, collation }) =>
            source === key.source && column === key.column && collation === key.collation,
        ),
  )
}

/** How many first keys of a wanted order rows arrive in. */
function deliveredCount(order: RowOrder, keys: readonly OrderColumn[]): number {
  let count = 0
  while (count < keys.length && delivers(order, keys.slice(0, count + 1))) count++
  return count
}

/** How many rows a recursion is taken to make. */
const recursionRows = 100

/** How often a block inside a loop is taken to run. */
const loopRuns = 100

const noColumns: ReadonlySet<number> = new Set()

function estimateOf(leaf: Planned | null): LeafEstimate | null {
  return leaf === null ? null : { rows: leaf.rows, cost: leaf.cost, order: leaf.order }
}

/** Which columns equalities with earlier items, or with constants, hold to one value. */
function fixedColumns(items: readonly ItemPaths[]): FixedColumns {
  return (place, placed) => {
    const item = items[place]!
    const source = item.item.scan?.source
    const fixed: SettledColumn[] = []
    for (const condition of item.testable(placed)) {
      for (const { operator, source: own, column, collation } of termsOf(condition)) {
        if (own !== source || (operator !== '=' && operator !== 'IS')) continue
        fixed.push({ source: own, column, collation, after: 0 })
      }
    }
    return fixed
  }
}

function strategyOf(
  node: AggregateNode,
  input: PlanNode,
  isGrouped: boolean,
  isExtreme: boolean,
): AggregateNode['strategy'] {
  if (node.groupBy.length > 0) return isGrouped ? 'ordered' : 'hash'
  if (isExtreme) return 'extreme'
  const call = node.aggregates[0]
  const countsRows =
    node.aggregates.length === 1 &&
    node.bare.length === 0 &&
    call?.function.name === 'count' &&
    call.function.isUsers !== true &&
    call.args.length === 0 &&
    call.filter === null
  if (countsRows && isWholeScan(input)) return 'count'
  return 'single'
}

/** Every row of a table, or every entry of an index. */
function isWholeScan(node: PlanNode): boolean {
  if (node.kind !== 'scan') return false
  const { access } = node
  if (access.kind === 'full') return true
  return (
    access.kind === 'index' &&
    access.skipped === 0 &&
    access.equal.length === 0 &&
    access.in === null &&
    access.low === null &&
    access.high === null
  )
}
