/**
 * A LEFT JOIN whose right side nobody reads goes away where it cannot multiply rows: the right side has one row at most for each row of the
 * left one, or the rows are to be DISTINCT. (The SQLite Query Optimizer Overview, "Omit OUTER JOIN Optimization"; `whereOmitNoopJoin`)
 */
import type { BoundExpression, SourceId, Subquery } from '../expression.ts'
import type { PlanNode, ScanNode } from '../node.ts'
import { conjunctsOf } from '../conditions.ts'
import { mapNode, mapOperands } from '../walk/map.ts'
import { visitorOf } from '../walk/visit.ts'
import { addVisibleSources } from './sources.ts'
import { conjunct, termsOf } from './terms.ts'

export function dropJoins(plan: PlanNode): PlanNode {
  let hasLeft = false
  visitorOf({
    node: (node) => {
      if (node.kind === 'join' && node.type === 'left') hasLeft = true
    },
  }).node(plan)
  return hasLeft ? new Dropper(plan).node(plan) : plan
}

class Dropper {
  /** How often each source is named. */
  readonly #named = new Map<SourceId, number>()
  readonly #subqueries = new Map<Subquery, Subquery>()

  constructor(plan: PlanNode) {
    this.#count((counter) => counter.node(plan), 1)
    // What the plan delivers under a source of its own is read by the statement.
    const delivered = new Set<SourceId>()
    addVisibleSources(plan, delivered)
    for (const source of delivered) this.#add(source, 1)
  }

  readonly node = (node: PlanNode): PlanNode => this.#node(node, false)

  /** @param isDistinct nobody can tell how often a row is there */
  #node(node: PlanNode, isDistinct: boolean): PlanNode {
    switch (node.kind) {
      case 'distinct':
        return this.#map(node, true)
      case 'project':
      case 'filter':
        return this.#map(node, isDistinct)
      case 'join': {
        if (node.type === 'left') {
          const goes = this.#goes(node.right, node.on, isDistinct)
          if (goes) return this.#node(node.left, isDistinct)
        }
        return this.#map(node, isDistinct)
      }
      default:
        return this.#map(node, false)
    }
  }

  #map(node: PlanNode, isDistinct: boolean): PlanNode {
    const input = (inner: PlanNode): PlanNode => this.#node(inner, isDistinct)
    return mapNode(node, input, this.#expression, this.#subquery)
  }

  readonly #expression = (expression: BoundExpression): BoundExpression =>
    mapOperands(expression, this.#expression, this.#subquery)

  readonly #subquery = (query: Subquery): Subquery => {
    let result = this.#subqueries.get(query)
    if (result === undefined) {
      const plan = this.node(query.plan)
      result = plan === query.plan ? query : { ...query, plan }
      this.#subqueries.set(query, result)
    }
    return result
  }

  /** Whether the join with `right` goes away; it names nothing any more then. */
  #goes(right: PlanNode, on: BoundExpression | null, isDistinct: boolean): boolean {
    const conditions = on === null ? [] : [...conjunctsOf(on)]
    let leaf = right
    while (leaf.kind === 'filter') {
      conditions.push(...conjunctsOf(leaf.condition))
      leaf = leaf.input
    }
    if (leaf.kind !== 'scan' || leaf.table.virtual !== undefined) return false
    const { source } = leaf
    this.#name(conditions, -1)
    const isUnused = (this.#named.get(source) ?? 0) === 0
    if (isUnused && (isDistinct || isOneRow(leaf, conditions))) return true
    this.#name(conditions, 1)
    return false
  }

  #name(conditions: readonly BoundExpression[], by: number): void {
    for (const condition of conditions) this.#count((counter) => counter.expression(condition), by)
  }

  #count(visit: (counter: ReturnType<typeof visitorOf>) => void, by: number): void {
    visit(
      visitorOf({
        expression: (e) => {
          if (e.kind === 'column') this.#add(e.source, by)
        },
      }),
    )
  }

  #add(source: SourceId, by: number): void {
    this.#named.set(source, (this.#named.get(source) ?? 0) + by)
  }
}

/** Equalities name a row of the table: by its rowid, or by all columns of a unique index. */
function isOneRow({ source, table }: ScanNode, conditions: readonly BoundExpression[]): boolean {
  const fixed = conditions
    .flatMap((condition) => termsOf(conjunct(condition)))
    .filter((term) => term.source === source && term.operator === '=')
  if (fixed.some(({ column }) => column === -1)) return true
  return table.indexes.some(
    ({ unique, where, columns }) =>
      unique &&
      where === null &&
      columns.every(({ column, collation }) =>
        fixed.some((term) => term.column === column && term.collation === collation),
      ),
  )
}
