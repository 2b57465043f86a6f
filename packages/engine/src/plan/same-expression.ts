/** Whether two bound expressions, or two aggregates, are the same by structure. (`sqlite3ExprCompare`) */
import { Real } from '../record/index.ts'
import type { Value } from '../record/index.ts'
import type { AggregateCall, BoundExpression, ComparisonRule, SortKey } from './expression.ts'

export function sameExpression(left: BoundExpression, right: BoundExpression): boolean {
  if (left === right) return true
  switch (left.kind) {
    case 'literal':
      return right.kind === 'literal' && sameValue(left.value, right.value)
    case 'parameter':
      return right.kind === 'parameter' && left.index === right.index
    case 'column':
      return right.kind === 'column' && left.source === right.source && left.column === right.column
    case 'negate':
    case 'bit-not':
    case 'not':
      return right.kind === left.kind && sameExpression(left.operand, right.operand)
    case 'arithmetic':
      return (
        right.kind === 'arithmetic' &&
        left.operator === right.operator &&
        sameExpression(left.left, right.left) &&
        sameExpression(left.right, right.right)
      )
    case 'compare':
      return (
        right.kind === 'compare' &&
        left.operator === right.operator &&
        sameRule(left.rule, right.rule) &&
        sameExpression(left.left, right.left) &&
        sameExpression(left.right, right.right)
      )
    case 'and':
    case 'or':
      return right.kind === left.kind && sameList(left.operands, right.operands)
    case 'is-null':
      return (
        right.kind === 'is-null' &&
        left.negated === right.negated &&
        sameExpression(left.operand, right.operand)
      )
    case 'is-truth':
      return (
        right.kind === 'is-truth' &&
        left.negated === right.negated &&
        left.truth === right.truth &&
        sameExpression(left.operand, right.operand)
      )
    case 'between':
      return (
        right.kind === 'between' &&
        left.negated === right.negated &&
        sameRule(left.lowRule, right.lowRule) &&
        sameRule(left.highRule, right.highRule) &&
        sameExpression(left.operand, right.operand) &&
        sameExpression(left.low, right.low) &&
        sameExpression(left.high, right.high)
      )
    case 'in-list':
      return (
        right.kind === 'in-list' &&
        left.negated === right.negated &&
        sameRule(left.rule, right.rule) &&
        sameExpression(left.operand, right.operand) &&
        sameList(left.items, right.items)
      )
    case 'case':
      return (
        right.kind === 'case' &&
        left.branches.length === right.branches.length &&
        left.branches.every(
          (branch, i) =>
            sameExpression(branch.when, right.branches[i]!.when) &&
            sameExpression(branch.then, right.branches[i]!.then),
        ) &&
        sameOptional(left.otherwise, right.otherwise)
      )
    case 'cast':
      return (
        right.kind === 'cast' &&
        left.affinity === right.affinity &&
        sameExpression(left.operand, right.operand)
      )
    case 'function':
      return (
        right.kind === 'function' &&
        left.function === right.function &&
        left.function.deterministic &&
        left.collation === right.collation &&
        sameList(left.args, right.args)
      )
    // Two subqueries are never the same, even when they are written alike; nor are two named values.
    case 'in-query':
    case 'exists':
    case 'scalar-query':
    case 'let':
    case 'local':
      return false
    default:
      return left satisfies never
  }
}

function sameList(left: readonly BoundExpression[], right: readonly BoundExpression[]): boolean {
  return left.length === right.length && left.every((item, i) => sameExpression(item, right[i]!))
}

function sameOptional(left: BoundExpression | null, right: BoundExpression | null): boolean {
  if (left === null || right === null) return left === right
  return sameExpression(left, right)
}

function sameRule(left: ComparisonRule, right: ComparisonRule): boolean {
  return (
    left === right ||
    (left.leftAffinity === right.leftAffinity &&
      left.rightAffinity === right.rightAffinity &&
      left.collation === right.collation)
  )
}

function sameValue(left: Value, right: Value): boolean {
  if (left instanceof Real) return right instanceof Real && Object.is(left.value, right.value)
  if (left instanceof Uint8Array) {
    return right instanceof Uint8Array && Buffer.compare(left, right) === 0
  }
  return left === right
}

export function sameAggregate(left: AggregateCall, right: AggregateCall): boolean {
  return (
    left.function === right.function &&
    left.distinct === right.distinct &&
    left.collation === right.collation &&
    sameList(left.args, right.args) &&
    sameOptional(left.filter, right.filter) &&
    left.orderBy.length === right.orderBy.length &&
    left.orderBy.every((key, i) => sameKey(key, right.orderBy[i]!))
  )
}

function sameKey(left: SortKey, right: SortKey): boolean {
  return (
    left.descending === right.descending &&
    left.nulls === right.nulls &&
    left.collation === right.collation &&
    sameExpression(left.expression, right.expression)
  )
}
