/** Whether two bound expressions, or two aggregates, are the same by structure. (`sqlite3ExprCompare`) */
import { Real } from '../record/index.ts'
import type { Value } from '../record/index.ts'
import type { AggregateCall, BoundExpression, ComparisonRule, SortKey } from './expression.ts'
import { isConstant, lookAt } from './literal.ts'

export function sameExpression(left: BoundExpression, right: BoundExpression): boolean {
  return same(left, right, false)
}

/** As `sameExpression`, but two calls of random() are alike too: the same code computes both. */
export function sameShape(left: BoundExpression, right: BoundExpression): boolean {
  return same(left, right, true)
}

function same(left: BoundExpression, right: BoundExpression, byShape: boolean): boolean {
  if (left === right) return true
  switch (left.kind) {
    case 'literal':
    case 'parameter':
      return sameConstant(left, right)
    case 'column':
      return right.kind === 'column' && left.source === right.source && left.column === right.column
    case 'negate':
    case 'bit-not':
    case 'not':
      return right.kind === left.kind && same(left.operand, right.operand, byShape)
    case 'arithmetic':
      return (
        right.kind === 'arithmetic' &&
        left.operator === right.operator &&
        same(left.left, right.left, byShape) &&
        same(left.right, right.right, byShape)
      )
    case 'compare':
      return (
        right.kind === 'compare' &&
        left.operator === right.operator &&
        sameRule(left.rule, right.rule) &&
        same(left.left, right.left, byShape) &&
        same(left.right, right.right, byShape)
      )
    case 'and':
    case 'or':
      return right.kind === left.kind && sameList(left.operands, right.operands, byShape)
    case 'is-null':
      return (
        right.kind === 'is-null' &&
        left.negated === right.negated &&
        same(left.operand, right.operand, byShape)
      )
    case 'is-truth':
      return (
        right.kind === 'is-truth' &&
        left.negated === right.negated &&
        left.truth === right.truth &&
        same(left.operand, right.operand, byShape)
      )
    case 'between':
      return (
        right.kind === 'between' &&
        left.negated === right.negated &&
        sameRule(left.lowRule, right.lowRule) &&
        sameRule(left.highRule, right.highRule) &&
        same(left.operand, right.operand, byShape) &&
        same(left.low, right.low, byShape) &&
        same(left.high, right.high, byShape)
      )
    case 'in-list':
      return (
        right.kind === 'in-list' &&
        left.negated === right.negated &&
        sameRule(left.rule, right.rule) &&
        same(left.operand, right.operand, byShape) &&
        sameList(left.items, right.items, byShape)
      )
    case 'case':
      return (
        right.kind === 'case' &&
        left.branches.length === right.branches.length &&
        left.branches.every(
          (branch, i) =>
            same(branch.when, right.branches[i]!.when, byShape) &&
            same(branch.then, right.branches[i]!.then, byShape),
        ) &&
        sameOptional(left.otherwise, right.otherwise, byShape)
      )
    case 'cast':
      return (
        right.kind === 'cast' &&
        left.affinity === right.affinity &&
        same(left.operand, right.operand, byShape)
      )
    case 'function':
      return (
        right.kind === 'function' &&
        left.function === right.function &&
        (byShape || left.function.deterministic) &&
        left.collation === right.collation &&
        sameList(left.args, right.args, byShape)
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

function sameConstant(left: BoundExpression, right: BoundExpression): boolean {
  if (left.kind === 'parameter' && right.kind === 'parameter' && left.index === right.index) {
    return true
  }
  if (!isConstant(right)) return false
  const one = lookAt(left)
  const other = lookAt(right)
  return one !== undefined && other !== undefined && sameValue(one, other)
}

function sameList(
  left: readonly BoundExpression[],
  right: readonly BoundExpression[],
  byShape: boolean,
): boolean {
  return left.length === right.length && left.every((item, i) => same(item, right[i]!, byShape))
}

function sameOptional(
  left: BoundExpression | null,
  right: BoundExpression | null,
  byShape: boolean,
): boolean {
  if (left === null || right === null) return left === right
  return same(left, right, byShape)
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
    sameList(left.args, right.args, false) &&
    sameOptional(left.filter, right.filter, false) &&
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
