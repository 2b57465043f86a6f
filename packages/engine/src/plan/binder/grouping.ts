/**
 * Turns the expressions of an aggregate query into expressions over its aggregation. They were bound over the rows
 * of FROM, with the answers of aggregates as columns of the aggregation already; what is left of the rows is
 * replaced, from the top down: an expression that GROUP BY has is a key, any other column is a bare one.
 * (SELECT §2.5 Bare columns in an aggregate query)
 */
import type { AggregateCall, BoundColumn, BoundExpression, SourceId } from '../expression.ts'
import type { AggregateNode, GroupKey, PlanNode } from '../node.ts'
import { sameShape } from '../same-expression.ts'
import type { Grouping } from '../scope.ts'
import { rewriterAbove } from './rewrite-above.ts'

export class GroupRewriter {
  readonly #grouping: Grouping
  readonly #keys: readonly GroupKey[]
  /** The sources of FROM. */
  readonly #local: ReadonlySet<SourceId>
  readonly #bare: BoundExpression[] = []
  /** The expression over the aggregation. */
  readonly rewrite: (expression: BoundExpression) => BoundExpression

  constructor(grouping: Grouping, keys: readonly GroupKey[], local: ReadonlySet<SourceId>) {
    this.#grouping = grouping
    this.#keys = keys
    this.#local = local
    this.rewrite = rewriterAbove(
      (part) => this.#replaced(part),
      (source) => local.has(source),
    )
  }

  #replaced(expression: BoundExpression): BoundExpression | null {
    const keys = this.#keys
    for (let i = 0; i < keys.length; i++) {
      if (!sameShape(keys[i]!.expression, expression)) continue
      return this.#varies(keys[i]!)
        ? this.#bareColumn(expression as BoundColumn)
        : this.#key(i, expression)
    }
    if (expression.kind !== 'column') return null
    return this.#local.has(expression.source) ? this.#bareColumn(expression) : expression
  }

  /**
   * Texts of one group may differ by what the collation overlooks. The group shows the first one, but where min() or
   * max() decides, that of its row, like any other column.
   */
  #varies(key: GroupKey): boolean {
    return (
      key.collation !== 'BINARY' &&
      key.expression.kind === 'column' &&
      bareFrom(this.#grouping.calls) >= 0
    )
  }

  #key(index: number, expression: BoundExpression): BoundColumn {
    const isColumn = expression.kind === 'column'
    return {
      kind: 'column',
      source: this.#grouping.source,
      column: index,
      name: isColumn ? expression.name : `key${index + 1}`,
      affinity: isColumn || expression.kind === 'cast' ? expression.affinity : 'blob',
      collation: isColumn ? expression.collation : 'BINARY',
    }
  }

  #bareColumn(column: BoundColumn): BoundColumn {
    const { source, keyCount, calls } = this.#grouping
    let index = this.#bare.findIndex((known) => sameShape(known, column))
    if (index < 0) index = this.#bare.push(column) - 1
    return { ...column, source, column: keyCount + calls.length + index }
  }

  /** The aggregation itself, once everything above it has been rewritten. */
  node(input: PlanNode): AggregateNode {
    const { source, calls } = this.#grouping
    const isGrouped = this.#keys.length > 0
    return {
      kind: 'aggregate',
      source,
      input,
      groupBy: this.#keys,
      aggregates: [...calls],
      bare: [...this.#bare],
      bareFrom: bareFrom(calls),
      strategy: isGrouped ? 'hash' : 'single',
      sorted: isGrouped,
    }
  }
}

/** The last min() or max() decides, where there are several; one with a FILTER only when there is no other. */
function bareFrom(calls: readonly AggregateCall[]): number {
  const isExtreme = (call: AggregateCall): boolean => call.function.extreme !== null
  const plain = calls.findLastIndex((call) => isExtreme(call) && call.filter === null)
  return plain >= 0 ? plain : calls.findLastIndex(isExtreme)
}
