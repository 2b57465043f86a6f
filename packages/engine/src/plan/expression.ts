/**
 * Bound expressions: every name is resolved, every conversion is explicit, so that the emitter needs no
 * knowledge of SQL's rules of scope, affinity or collation.
 *
 * A row source (a table in FROM, a subquery, an aggregation, a projection …) has a number, unique in the
 * whole statement: its `SourceId`. A column of it is `{ kind: 'column', source, column }`. An expression
 * of a subquery that names a source of an outer query is a correlation; nothing marks it but the number.
 */
import type { Affinity, Value } from '../record/index.ts'
import type { AggregateFunction, ScalarFunction } from '../runtime/index.ts'
import type { PlanNode } from './plan-node.ts'

export type SourceId = number

export type BoundExpression =
  | { readonly kind: 'literal'; readonly value: Value }
  /** `index` from 1. */
  | { readonly kind: 'parameter'; readonly index: number }
  | BoundColumn
  | { readonly kind: 'negate' | 'bit-not' | 'not'; readonly operand: BoundExpression }
  | {
      readonly kind: 'arithmetic'
      readonly operator: '+' | '-' | '*' | '/' | '%' | '&' | '|' | '<<' | '>>' | '||'
      readonly left: BoundExpression
      readonly right: BoundExpression
    }
  | BoundComparison
  /** Three-valued, left to right; two or more operands, no nested node of the same kind. */
  | { readonly kind: 'and' | 'or'; readonly operands: readonly BoundExpression[] }
  | { readonly kind: 'is-null'; readonly operand: BoundExpression; readonly negated: boolean }
  /** `x IS TRUE` and its kin: never NULL. */
  | {
      readonly kind: 'is-truth'
      readonly operand: BoundExpression
      readonly truth: boolean
      readonly negated: boolean
    }
  /** `operand` is evaluated once. Each side is a comparison of its own. */
  | {
      readonly kind: 'between'
      readonly operand: BoundExpression
      readonly low: BoundExpression
      readonly high: BoundExpression
      readonly lowRule: ComparisonRule
      readonly highRule: ComparisonRule
      readonly negated: boolean
    }
  | {
      readonly kind: 'in-list'
      readonly operand: BoundExpression
      readonly items: readonly BoundExpression[]
      readonly rule: ComparisonRule
      readonly negated: boolean
    }
  /** One operand for each column of the subquery (`(a, b) IN (SELECT x, y …)`). */
  | {
      readonly kind: 'in-query'
      readonly operands: readonly BoundExpression[]
      readonly query: Subquery
      readonly rules: readonly ComparisonRule[]
      readonly negated: boolean
    }
  | { readonly kind: 'exists'; readonly query: Subquery }
  /** One column of the first row, or NULL. (`(a, b) = (SELECT x, y …)` names the same `query` twice.) */
  | { readonly kind: 'scalar-query'; readonly query: Subquery; readonly column: number }
  | {
      readonly kind: 'case'
      /** Searched form only: `CASE x WHEN y` is bound as comparisons with a `let`. */
      readonly branches: readonly {
        readonly when: BoundExpression
        readonly then: BoundExpression
      }[]
      readonly otherwise: BoundExpression | null
    }
  /** Evaluates `value` once and names it for `body`: `{ kind: 'local', id }`. */
  | {
      readonly kind: 'let'
      readonly id: number
      readonly value: BoundExpression
      readonly body: BoundExpression
    }
  | { readonly kind: 'local'; readonly id: number }
  | { readonly kind: 'cast'; readonly operand: BoundExpression; readonly affinity: Affinity }
  | {
      readonly kind: 'function'
      readonly function: ScalarFunction
      readonly args: readonly BoundExpression[]
      /** For functions that compare (min, max, nullif): the collation of the first argument that has one. */
      readonly collation: string
    }

export interface BoundColumn {
  readonly kind: 'column'
  readonly source: SourceId
  /** Column of the source; -1: the rowid of a table (a rowid alias is bound as -1 too). */
  readonly column: number
  /** For messages, goldens and comments. */
  readonly name: string
  readonly affinity: Affinity
  readonly collation: string
}

/** Which conversions a comparison applies to its sides first, and how it orders texts. (Datatypes In SQLite §4.2, §7.1) */
export interface ComparisonRule {
  readonly leftAffinity: Affinity | null
  readonly rightAffinity: Affinity | null
  /** BINARY, NOCASE, RTRIM. */
  readonly collation: string
}

export interface BoundComparison {
  readonly kind: 'compare'
  readonly operator: '<' | '<=' | '>' | '>=' | '=' | '<>' | 'IS' | 'IS NOT'
  readonly left: BoundExpression
  readonly right: BoundExpression
  readonly rule: ComparisonRule
}

/** A query inside an expression. Row values have been split into scalars by the binder. */
export interface Subquery {
  /** Unique in the statement. */
  readonly id: number
  readonly plan: PlanNode
  /** The row source that `plan` delivers its columns under. */
  readonly source: SourceId
  readonly columnCount: number
  /** Sources outside `plan` that it names. Empty: it is run once in a statement. */
  readonly outerSources: readonly SourceId[]
}

export interface AggregateCall {
  readonly function: AggregateFunction
  readonly args: readonly BoundExpression[]
  readonly distinct: boolean
  readonly filter: BoundExpression | null
  readonly orderBy: readonly SortKey[]
  /** For min, max and DISTINCT. */
  readonly collation: string
}

export interface SortKey {
  readonly expression: BoundExpression
  readonly descending: boolean
  readonly nulls: 'first' | 'last'
  readonly collation: string
}
