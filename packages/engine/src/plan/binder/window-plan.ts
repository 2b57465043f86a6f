/**
 * The plan of a query's windows. Each is a projection of what is read of the rows, a sort by PARTITION BY and ORDER BY, and the node with the
 * functions; the first window that the query names stands on top, and its order is the order of the answer. Windows with the same order
 * beside each other are one node. (`sqlite3WindowRewrite`, which nests queries)
 */
import type { BoundColumn, BoundExpression, SortKey, SourceId } from '../expression.ts'
import { isConstant } from '../literal.ts'
import type { PlanNode, ProjectNode, WindowCall, WindowFrame, WindowNode } from '../node.ts'
import { sameShape } from '../same-expression.ts'
import type { QueryWindow } from '../scope.ts'
import type { Binder } from './binder.ts'
import { resultColumn } from './projected-column.ts'
import { rewriterAbove } from './rewrite-above.ts'
import { sameOrder } from './window-call.ts'

/** The windows with all their expressions mapped. */
export function mapWindows(
  windows: readonly QueryWindow[],
  map: (e: BoundExpression) => BoundExpression,
): readonly QueryWindow[] {
  return windows.map((window) => ({
    ...window,
    partitionBy: window.partitionBy.map((key) => ({ ...key, expression: map(key.expression) })),
    orderBy: window.orderBy.map((key) => ({ ...key, expression: map(key.expression) })),
    calls: window.calls.map((call) => ({
      ...call,
      args: call.args.map(map),
      filter: call.filter === null ? null : map(call.filter),
    })),
  }))
}

/**
 * @param local the sources of `input`
 * @param columns what is read of the windows, and of `local`
 */
export function windowed(
  b: Binder,
  input: PlanNode,
  local: readonly SourceId[],
  windows: readonly QueryWindow[],
  columns: readonly BoundExpression[],
): { readonly plan: PlanNode; readonly columns: BoundExpression[] } {
  let plan = input
  let sources = local
  let above: readonly QueryWindow[] = windows
  let results = [...columns]
  while (above.length > 0) {
    const first = firstOfLast(above)
    const group = above.slice(first)
    const stage = new Stage(b, sources, group)
    const map = stage.rewrite
    results = results.map(map)
    above = mapWindows(above.slice(0, first), map)
    plan = stage.node(plan)
    sources = [stage.source]
  }
  return { plan, columns: results }
}

/** Where the windows begin that have the order of the last one. */
function firstOfLast(windows: readonly QueryWindow[]): number {
  let first = windows.length - 1
  while (first > 0 && sameOrder(windows[first - 1]!, windows[first]!)) first--
  return first
}

/** Some windows of one order: what is above them reads the row only through them. */
class Stage {
  /** That of the first window. */
  readonly source: SourceId
  readonly #binder: Binder
  readonly #local: ReadonlySet<SourceId>
  readonly #windows: readonly QueryWindow[]
  readonly #callCount: number
  /** Where the calls of each window begin. */
  readonly #places: ReadonlyMap<SourceId, number>
  readonly #kept: BoundColumn[] = []
  /** The expression over the window. */
  readonly rewrite: (expression: BoundExpression) => BoundExpression

  constructor(b: Binder, local: readonly SourceId[], windows: readonly QueryWindow[]) {
    this.#binder = b
    this.#local = new Set(local)
    this.#windows = windows
    this.source = windows[0]!.source
    const places = new Map<SourceId, number>()
    let count = 0
    for (const { source, calls } of windows) {
      places.set(source, count)
      count += calls.length
    }
    this.#places = places
    this.#callCount = count
    this.rewrite = rewriterAbove(
      (part) => (part.kind === 'column' ? this.#column(part) : null),
      (source) => this.#local.has(source) || places.has(source),
    )
  }

  #column(column: BoundColumn): BoundColumn {
    const place = this.#places.get(column.source)
    if (place !== undefined) {
      return place === 0
        ? column
        : { ...column, source: this.source, column: place + column.column }
    }
    if (!this.#local.has(column.source)) return column
    let index = this.#kept.findIndex((known) => sameShape(known, column))
    if (index < 0) index = this.#kept.push(column) - 1
    return { ...column, source: this.source, column: this.#callCount + index }
  }

  /** The windows over `input`, once everything above them has been rewritten. */
  node(input: PlanNode): WindowNode {
    const b = this.#binder
    const source = b.newSource()
    const columns: BoundExpression[] = []
    const projected = (expression: BoundExpression): BoundExpression => {
      if (isConstant(expression)) return expression
      let column = columns.findIndex(
        (known) => known === expression || sameColumn(known, expression),
      )
      if (column < 0) column = columns.push(expression) - 1
      return resultColumn(source, column, expression)
    }
    const kept = this.#kept.map(projected)
    const order = this.#windows[0]!
    const partitionBy = order.partitionBy.map((key) => ({
      ...key,
      expression: projected(key.expression),
    }))
    const orderBy = order.orderBy.map((key) => ({ ...key, expression: projected(key.expression) }))
    const frames: WindowFrame[] = []
    const calls: WindowCall[] = []
    for (const window of this.#windows) {
      const frame = frames.push(window.frame) - 1
      for (const call of window.calls) {
        const args = call.args.map(projected)
        const filter = call.filter === null ? null : projected(call.filter)
        calls.push({ ...call, args, filter, frame })
      }
    }
    const project: ProjectNode = { kind: 'project', source, input, columns }
    const keys: SortKey[] = [...partitionBy.map(partitionKey), ...orderBy]
    const rows: PlanNode =
      keys.length === 0 ? project : { kind: 'sort', input: project, keys, top: null }
    return {
      kind: 'window',
      source: this.source,
      input: rows,
      partitionBy,
      orderBy,
      frames,
      calls,
      kept,
    }
  }
}

function sameColumn(left: BoundExpression, right: BoundExpression): boolean {
  return left.kind === 'column' && right.kind === 'column' && sameShape(left, right)
}

function partitionKey({ expression, collation }: WindowNode['partitionBy'][number]): SortKey {
  return { expression, collation, descending: false, nulls: 'first' }
}
