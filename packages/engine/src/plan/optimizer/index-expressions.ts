/**
 * Expressions that an index holds become columns of its table: virtual ones, which the index has stored. From then on they are looked up,
 * ordered and grouped by, and read from the index, as any column is; where the index does not serve they are computed from the row.
 * (Indexes On Expressions)
 *
 * On the optional side of an outer join only what is tested of that side's own rows is replaced: of the row that stands for none a
 * column is NULL, and an expression need not be.
 */
import type { Catalog } from '../../runtime/index.ts'
import type { Column, Index, Table } from '../../schema/index.ts'
import { cannotFail } from '../cannot-fail.ts'
import type { BoundColumn, BoundExpression, SourceId, Subquery } from '../expression.ts'
import type { PlanNode, ScanNode } from '../node.ts'
import { sameExpression } from '../same-expression.ts'
import { mapNode, mapOperands } from '../walk/map.ts'
import { rewritePlan } from '../walk/rewrite.ts'
import { visitorOf } from '../walk/visit.ts'
import { unfolded } from './fold-constants.ts'
import { boundOfIndex } from './bound-of-index.ts'
import { addVisibleSources } from './sources.ts'

/** An expression of an index over a scan, and the column that takes its place. */
interface IndexedExpression {
  readonly value: BoundExpression
  readonly column: BoundColumn
}

/** A scan of a table with such indexes. */
interface Indexed {
  readonly table: Table
  readonly expressions: readonly IndexedExpression[]
}

export function indexExpressions(plan: PlanNode, catalog: Catalog): PlanNode {
  const scans = indexedScans(plan, catalog)
  if (scans.size === 0) return plan
  const replacer = new Replacer(plan, scans)
  const replaced = replacer.node(plan)
  if (replacer.used.size === 0) return plan
  return rewritePlan(replaced, {
    node: (node) => {
      if (node.kind !== 'scan' || !replacer.used.has(node.source)) return node
      const { table, expressions } = scans.get(node.source)!
      const virtual = new Map(node.virtual)
      for (const { column, value } of expressions) virtual.set(column.column, value)
      return { ...node, table, virtual }
    },
  })
}

/** The expression as it stands without such columns: what other parts of the schema are compared with. */
export function spelledOut(
  expression: BoundExpression,
  { source, virtual }: ScanNode,
): BoundExpression {
  if (virtual === undefined) return expression
  const spell = (e: BoundExpression): BoundExpression => {
    if (e.kind !== 'column' || e.source !== source || e.name !== columnName) {
      return mapOperands(e, spell, (query) => query)
    }
    return virtual.get(e.column) ?? e
  }
  return spell(expression)
}

/** As EXPLAIN QUERY PLAN calls it. */
const columnName = '<expr>'

function indexedScans(plan: PlanNode, catalog: Catalog): Map<SourceId, Indexed> {
  const scans = new Map<SourceId, Indexed>()
  const visitor = visitorOf({
    node: (node) => {
      if (node.kind !== 'scan' || !hasExpressions(node.table)) return
      const indexed = expressionsOf(node, catalog)
      if (indexed !== null) scans.set(node.source, indexed)
    },
  })
  visitor.node(plan)
  return scans
}

const known = new WeakMap<Table, boolean>()

function hasExpressions(table: Table): boolean {
  let has = known.get(table)
  if (has === undefined) {
    has = table.indexes.some(({ columns }) => columns.some(({ column }) => column === -2))
    known.set(table, has)
  }
  return has
}

/** The table with a column more for each expression of its indexes. */
function expressionsOf({ source, table, hint }: ScanNode, catalog: Catalog): Indexed | null {
  if (hint === false) return null
  const expressions: IndexedExpression[] = []
  const columns: Column[] = [...table.columns]
  const indexes = table.indexes.map((index): Index => {
    if (index.columns.every(({ column }) => column !== -2)) return index
    const parts = index.columns.map((part) => {
      if (part.column !== -2) return part
      const value = boundOfIndex(catalog, table, index, part.expression!, source, 'index')
      if (value === null) return part
      const same = expressions.find((one) => sameExpression(one.value, value))
      if (same !== undefined) return { ...part, column: same.column.column }
      const column = columns.length
      const affinity = value.kind === 'cast' ? value.affinity : 'blob'
      const { collation } = part
      columns.push({
        name: columnName,
        type: 'ANY',
        affinity,
        collation,
        notNull: null,
        defaultExpression: null,
        defaultText: null,
        defaultStart: 0,
        primaryKeyPlace: 0,
        generated: { expression: part.expression!, stored: false },
      })
      const bound = {
        kind: 'column',
        source,
        column,
        name: columnName,
        affinity,
        collation,
      } as const
      const isSafe = index.where === null || cannotFail(value)
      expressions.push({ value, column: isSafe ? bound : { ...bound, mayFail: true } })
      return { ...part, column }
    })
    return { ...index, columns: parts }
  })
  return expressions.length === 0 ? null : { table: { ...table, columns, indexes }, expressions }
}

class Replacer {
  readonly #scans: ReadonlyMap<SourceId, Indexed>
  /** Sources whose rows may be missing where the walk is. */
  readonly #optional: Set<SourceId>
  readonly #subqueries = new Map<Subquery, Subquery>()
  /** Scans of which an expression has been replaced. */
  readonly used = new Set<SourceId>()

  constructor(plan: PlanNode, scans: ReadonlyMap<SourceId, Indexed>) {
    this.#scans = scans
    this.#optional = optionalSources(plan)
  }

  readonly node = (node: PlanNode): PlanNode => {
    if (node.kind === 'join' && node.type === 'left') {
      const left = this.node(node.left)
      return this.#within([node.right], () => {
        const right = this.node(node.right)
        const on = node.on && this.expression(node.on)
        if (left === node.left && right === node.right && on === node.on) return node
        return { ...node, left, right, on }
      })
    }
    if (node.kind === 'outer-join') {
      const { left, right } = node
      const sides = node.type === 'full' ? [left, right] : [left]
      return this.#within(sides, () => mapNode(node, this.node, this.expression, this.subquery))
    }
    return mapNode(node, this.node, this.expression, this.subquery)
  }

  readonly expression = (expression: BoundExpression): BoundExpression =>
    this.#columnFor(expression) ?? mapOperands(expression, this.expression, this.subquery)

  readonly subquery = (query: Subquery): Subquery => {
    let result = this.#subqueries.get(query)
    if (result === undefined) {
      const plan = this.node(query.plan)
      result = plan === query.plan ? query : { ...query, plan }
      this.#subqueries.set(query, result)
    }
    return result
  }

  /** Inside optional sides, and in the ON that is tested of their rows, they are there. */
  #within<T>(sides: readonly PlanNode[], body: () => T): T {
    const present: SourceId[] = []
    for (const side of sides) addPresent(side, present)
    const taken = present.filter((source) => this.#optional.delete(source))
    const result = body()
    for (const source of taken) this.#optional.add(source)
    return result
  }

  #columnFor(expression: BoundExpression): BoundColumn | null {
    switch (expression.kind) {
      case 'column':
      case 'literal':
      case 'parameter':
      case 'local':
      case 'in-query':
      case 'exists':
      case 'scalar-query':
        return null
      default:
    }
    let plain: BoundExpression | null = null
    for (const [source, { expressions }] of this.#scans) {
      if (this.#optional.has(source)) continue
      for (const { value, column } of expressions) {
        if (value.kind !== expression.kind) continue
        plain ??= unfolded(expression)
        if (!sameExpression(plain, value)) continue
        this.used.add(source)
        return column
      }
    }
    return null
  }
}

/** The sources of a side whose rows are there whenever one of the side is. */
function addPresent(node: PlanNode, to: SourceId[]): void {
  switch (node.kind) {
    case 'scan':
      to.push(node.source)
      return
    case 'filter':
      addPresent(node.input, to)
      return
    case 'join':
      addPresent(node.left, to)
      if (node.type !== 'left') addPresent(node.right, to)
      return
    case 'outer-join':
      if (node.type === 'right') addPresent(node.right, to)
      return
    default:
  }
}

/** The sources on the optional side of an outer join. */
function optionalSources(plan: PlanNode): Set<SourceId> {
  const optional = new Set<SourceId>()
  const visitor = visitorOf({
    node: (node) => {
      if (node.kind === 'join' && node.type === 'left') addVisibleSources(node.right, optional)
      if (node.kind !== 'outer-join') return
      addVisibleSources(node.left, optional)
      if (node.type === 'full') addVisibleSources(node.right, optional)
    },
  })
  visitor.node(plan)
  return optional
}
