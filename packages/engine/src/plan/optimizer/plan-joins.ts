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
import { rowCount } from '../constant-rows.ts'
import { isSameTable, readsTable } from '../reads-table.ts'
import type { BoundExpression, SortKey, SourceId, Subquery } from '../expression.ts'
import type {
  AggregateNode,
  DerivedNode,
  DistinctNode,
  LimitNode,
  PlanNode,
  ProjectNode,
  SortNode,
} from '../node.ts'
import { impliedBounds, impliedEqualities } from './equalities.ts'
import { sortCost } from './estimate.ts'
import { ItemPaths } from './item-paths.ts'
import type { LeafEstimate } from './item-paths.ts'
import { BlockBuilder } from './block-builder.ts'
import { limitCount, topOf } from './limits.ts'
import { collectBlock, itemsOf, startsBlock } from './join-block.ts'
import type { Block, Item } from './join-block.ts'
import { orderJoins } from './join-order.ts'
import type { FixedColumns } from './join-order.ts'
import { neededByExpression, neededColumns } from './needed-columns.ts'
import type { NeededColumns } from './needed-columns.ts'
import { addVisibleSources, freeSources } from './sources.ts'
import { termsOf } from './terms.ts'
import type { Conjunct } from './terms.ts'
import { mapNode, mapOperands } from './tree.ts'
import type { WantedKey, WantedOrder } from './wanted-order.ts'

interface Planned {
  readonly node: PlanNode
  readonly rows: number
  readonly cost: number
  /** What was wanted is delivered. */
  readonly ordered: boolean
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
  changing: Table | null,
): BoundExpression {
  return new JoinPlanner(catalog, neededByExpression(expression), changing).expression(expression)
}

class JoinPlanner {
  readonly #catalog: Catalog
  readonly #needed: NeededColumns
  readonly #changing: Table | null
  /** A subquery that is named twice stays one. */
  readonly #subqueries = new Map<Subquery, Subquery>()

  constructor(catalog: Catalog, needed: NeededColumns, changing: Table | null = null) {
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
        return this.#planAggregate(node, wanted, inLoop)
      case 'compound': {
        const left = this.#plan(node.left, null, inLoop)
        const right = this.#plan(node.right, null, inLoop)
        return {
          node: { ...node, left: left.node, right: right.node },
          rows: left.rows + right.rows,
          cost: left.cost + right.cost,
          ordered: false,
        }
      }
      default:
        return node satisfies never
    }
  }

  /** Equal rows come side by side when all columns arrive in order. */
  #planDistinct(node: DistinctNode, wanted: WantedOrder | null, inLoop: boolean): Planned {
    const own = wanted ?? distinctKeys(node)
    const input = this.#plan(node.input, own, inLoop)
    return {
      node: { ...node, input: input.node, ordered: wanted === null && input.ordered },
      rows: Math.max(1, input.rows / 2),
      cost: input.cost + input.rows,
      ordered: wanted !== null && input.ordered,
    }
  }

  #planProject(node: ProjectNode, wanted: WantedOrder | null, inLoop: boolean): Planned {
    const below = wanted === null ? null : throughColumns(wanted, node.source, node.columns)
    const input = this.#plan(node.input, below, inLoop)
    const columns = node.columns.map(this.expression)
    return { ...input, node: { ...node, input: input.node, columns } }
  }

  #planSort(node: SortNode, limit: LimitNode | null, inLoop: boolean): Planned {
    const keys = wantedKeys(node.keys)
    const count = limit === null ? null : limitCount(limit)
    const wanted: WantedOrder | null = keys && {
      keys,
      penalty: (rows) => sortCost(rows, count),
      limit: count,
    }
    const input = this.#plan(node.input, wanted, inLoop)
    if (input.ordered && keys !== null) return { ...input, ordered: false }
    const sorted: SortNode = {
      ...node,
      input: input.node,
      keys: node.keys.map((key) => ({ ...key, expression: this.expression(key.expression) })),
      top: limit === null ? node.top : topOf(limit),
    }
    return {
      ...input,
      node: sorted,
      cost: input.cost + sortCost(input.rows, count),
      ordered: false,
    }
  }

  #planLimit(node: LimitNode, inLoop: boolean): Planned {
    const input =
      node.input.kind === 'sort'
        ? this.#planSort(node.input, node, inLoop)
        : this.#plan(node.input, null, inLoop)
    const count = limitCount(node)
    return {
      node: {
        ...node,
        input: input.node,
        limit: this.expression(node.limit),
        offset: node.offset && this.expression(node.offset),
      },
      rows: count === null ? input.rows : Math.min(count, input.rows),
      cost: input.cost,
      ordered: false,
    }
  }

  #planAggregate(node: AggregateNode, wanted: WantedOrder | null, inLoop: boolean): Planned {
    const keys = groupKeys(node)
    const extreme = extremeOrder(node)
    const input = this.#plan(node.input, extreme ?? keys, inLoop)
    const delivers = wanted !== null && groupsInOrder(node, wanted)
    const strategy = strategyOf(node, input, extreme !== null)
    const aggregated = mapNode(
      { ...node, strategy, sorted: node.sorted || delivers },
      () => input.node,
      this.expression,
    )
    const rows = node.groupBy.length === 0 ? 1 : Math.max(1, input.rows / 10)
    return {
      node: aggregated,
      rows,
      cost: input.cost + input.rows,
      ordered: delivers,
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
    if (block.items.length > 1) conjuncts.push(...impliedEqualities(conjuncts))
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
        ),
    )
    const order = orderJoins(items, wanted, fixedColumns(items), inLoop ? loopRuns : 1)
    const builder = new BlockBuilder(block, items, conjuncts, leaves, this, inLoop)
    const node = builder.build(order.steps)
    const only = leaves.length === 1 ? leaves[0] : null
    return {
      node,
      rows: order.rows,
      cost: order.cost,
      ordered: order.ordered || (only?.ordered ?? false),
    }
  }

  /**
   * Whether what has been read of an item may serve a later run of the block. In a join it may, whatever changes meanwhile, and so may
   * a subquery that is looked up in by equality: SQLite makes its automatic indexes once, too.
   */
  #isKept({ scan, derived }: Item, block: Block, inLoop: boolean): boolean {
    const changing = this.#changing
    if (changing === null || !inLoop || block.items.length > 1) return true
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
      const below = isAlone && wanted !== null ? throughDerived(wanted, item.derived) : null
      const input = this.#plan(item.derived.input, below, inLoop || !isAlone)
      return { ...input, node: { ...item.derived, input: input.node } }
    }
    if (item.type === 'left') return this.#planBlock(node, item.own, null, true)
    if (node.kind === 'values') {
      const mapped = mapNode(node, (n) => n, this.expression)
      const rows = rowCount(node.rows)
      return { node: mapped, rows, cost: rows, ordered: false }
    }
    if (node.kind === 'single-row') return { node, rows: 1, cost: 0, ordered: false }
    return this.#plan(node, null, inLoop || !isAlone)
  }
}

/** How often a block inside a loop is taken to run. */
const loopRuns = 100

const noColumns: ReadonlySet<number> = new Set()

function estimateOf(leaf: Planned | null): LeafEstimate | null {
  return leaf === null ? null : { rows: leaf.rows, cost: leaf.cost }
}

/** Which columns equalities with earlier items, or with constants, hold to one value. */
function fixedColumns(items: readonly ItemPaths[]): FixedColumns {
  return (place, placed) => {
    const item = items[place]!
    let fixed: { column: number; collation: string }[] | null = null
    const find = (): { column: number; collation: string }[] => {
      const found: { column: number; collation: string }[] = []
      for (const c of item.testable(placed)) {
        for (const term of termsOf(c)) {
          if (term.source !== item.item.scan?.source) continue
          if (term.operator === '=' || term.operator === 'IS') {
            found.push({ column: term.column, collation: term.collation })
          }
        }
      }
      return found
    }
    return (column, collation) => {
      fixed ??= find()
      return fixed.some((f) => f.column === column && (f.collation === collation || column === -1))
    }
  }
}

// ── orders ──

/** Sort keys as wanted keys; null: one is no plain column. */
function wantedKeys(keys: readonly SortKey[]): readonly WantedKey[] | null {
  const wanted: WantedKey[] = []
  for (const { expression, descending, nulls, collation } of keys) {
    if (expression.kind !== 'column') return null
    const { source, column } = expression
    wanted.push({ source, column, descending, nulls, collation })
  }
  return wanted
}

/** The wanted order in terms of what a node computes its columns from. */
function throughColumns(
  wanted: WantedOrder,
  source: SourceId,
  columns: readonly BoundExpression[],
): WantedOrder | null {
  const keys: WantedKey[] = []
  for (const key of wanted.keys) {
    if (key.source !== source) return null
    const column = columns[key.column]
    if (column === undefined) return null
    // A constant is in every order.
    if (column.kind === 'literal' || column.kind === 'parameter') continue
    if (column.kind !== 'column') return null
    keys.push({ ...key, source: column.source, column: column.column })
  }
  return { ...wanted, keys }
}

function throughDerived(wanted: WantedOrder, node: DerivedNode): WantedOrder | null {
  if (wanted.keys.some((key) => key.source !== node.source)) return null
  return { ...wanted, keys: wanted.keys.map((key) => ({ ...key, source: node.inputSource })) }
}

function distinctKeys(node: DistinctNode): WantedOrder {
  const keys: WantedKey[] = []
  for (let column = 0; column < node.columnCount; column++) {
    const collation = node.collations[column]!
    keys.push({ source: node.source, column, descending: false, nulls: 'first', collation })
  }
  return { keys, penalty: (rows) => rows * 1.5, limit: null }
}

function groupKeys(node: AggregateNode): WantedOrder | null {
  if (node.groupBy.length === 0) return null
  const keys: WantedKey[] = []
  for (const { expression, collation } of node.groupBy) {
    if (expression.kind !== 'column') return null
    const { source, column } = expression
    keys.push({ source, column, descending: false, nulls: 'first', collation })
  }
  return { keys, penalty: (rows) => rows * 1.5, limit: null }
}

/** min(x) or max(x) alone: the order of x makes the first row the answer. */
function extremeOrder(node: AggregateNode): WantedOrder | null {
  const call = node.aggregates[0]
  if (node.groupBy.length > 0 || node.aggregates.length !== 1 || node.bare.length > 0) return null
  if (call?.function.extreme == null || call.args.length !== 1 || call.filter !== null) return null
  const argument = call.args[0]!
  if (argument.kind !== 'column') return null
  const descending = call.function.extreme === 'max'
  const { source, column } = argument
  const nulls = descending ? 'last' : 'first'
  return {
    keys: [{ source, column, descending, nulls, collation: call.collation }],
    penalty: () => 0,
    limit: 1,
  }
}

function strategyOf(
  node: AggregateNode,
  input: Planned,
  isExtreme: boolean,
): AggregateNode['strategy'] {
  if (node.groupBy.length > 0) return input.ordered ? 'ordered' : 'hash'
  if (isExtreme && input.ordered) return 'extreme'
  const call = node.aggregates[0]
  const countsRows =
    node.aggregates.length === 1 &&
    node.bare.length === 0 &&
    call?.function.name === 'count' &&
    call.args.length === 0 &&
    call.filter === null
  if (countsRows && isWholeScan(input.node)) return 'count'
  return 'single'
}

/** Every row of a table, or every entry of an index. */
function isWholeScan(node: PlanNode): boolean {
  if (node.kind !== 'scan') return false
  const { access } = node
  if (access.kind === 'full') return true
  return (
    access.kind === 'index' &&
    access.equal.length === 0 &&
    access.in === null &&
    access.low === null &&
    access.high === null
  )
}

/** The groups come out in the order of their keys: is that the order that is wanted? */
function groupsInOrder(node: AggregateNode, wanted: WantedOrder): boolean {
  if (node.groupBy.length === 0) return true
  return wanted.keys.every(
    (key, i) =>
      key.source === node.source &&
      (i >= node.groupBy.length ||
        (key.column === i &&
          !key.descending &&
          key.nulls === 'first' &&
          key.collation === node.groupBy[i]!.collation)),
  )
}
