/** Whether two bound expressions, or two aggregates, are the same by structure. (`sqlite3ExprCompare`) */
import { Real } from '../record/index.ts'
import type { Value } from '../record/index.ts'
import type { AggregateCall, BoundExpression, ComparisonRule, SortKey } from './expression.ts'
import { isConstant, lookAt } from './literal.ts'

export function sameExpression(left: BoundExpression, right: BoundExpression): boolean {
  return same(left, right, exactly())
}

/** As `sameExpression`, but two calls of random() are alike too: the same code computes both. */
export function sameShape(left: BoundExpression, right: BoundExpression): boolean {
  return same(left, right, { byShape: true, names: new Map() })
}

interface How {
  readonly byShape: boolean
  /** Values that are named on the left, and what they are called on the right. */
  readonly names: Map<number, number>
}

const exactly = (): How => ({ byShape: false, names: new Map() })

function same(left: BoundExpression, right: BoundExpression, how: How): boolean {
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
      return right.kind === left.kind && same(left.operand, right.operand, how)
    case 'arithmetic':
      return (
        right.kind === 'arithmetic' &&
        left.operator === right.operator &&
        same(left.left, right.left, how) &&
        same(left.right, right.right, how)
      )
    case 'compare':
      return (
        right.kind === 'compare' &&
        left.operator === right.operator &&
        sameRule(left.rule, right.rule) &&
        same(left.left, right.left, how) &&
        same(left.right, right.right, how)
      )
    case 'and':
    case 'or':
      return right.kind === left.kind && sameList(left.operands, right.operands, how)
    case 'is-null':
      return (
        right.kind === 'is-null' &&
        left.negated === right.negated &&
        same(left.operand, right.operand, how)
      )
    case 'is-truth':
      return (
        right.kind === 'is-truth' &&
        left.negated === right.negated &&
        left.truth === right.truth &&
        same(left.operand, right.operand, how)
      )
    case 'between':
      return (
        right.kind === 'between' &&
        left.negated === right.negated &&
        sameRule(left.lowRule, right.lowRule) &&
        sameRule(left.highRule, right.highRule) &&
        same(left.operand, right.operand, how) &&
        same(left.low, right.low, how) &&
        same(left.high, right.high, how)
      )
    case 'in-list':
      return (
        right.kind === 'in-list' &&
        left.negated === right.negated &&
        sameRule(left.rule, right.rule) &&
        same(left.operand, right.operand, how) &&
        sameList(left.items, right.items, how)
      )
    case 'case':
      return (
        right.kind === 'case' &&
        left.branches.length === right.branches.length &&
        left.branches.every(
          (branch, i) =>
            same(branch.when, right.branches[i]!.when, how) &&
            same(branch.then, right.branches[i]!.then, how),
        ) &&
        sameOptional(left.otherwise, right.otherwise, how)
      )
    case 'cast':
      return (
        right.kind === 'cast' &&
        left.affinity === right.affinity &&
        same(left.operand, right.operand, how)
      )
    case 'function':
      return (
        right.kind === 'function' &&
        left.function === right.function &&
        (how.byShape || left.function.deterministic) &&
        left.collation === right.collation &&
        sameList(left.args, right.args, how)
      )
    case 'let':
      if (right.kind !== 'let' || !same(left.value, right.value, how)) return false
      how.names.set(left.id, right.id)
      return same(left.body, right.body, how)
    case 'local':
      return right.kind === 'local' && how.names.get(left.id) === right.id
    // Two subqueries are never the same, even when they are written alike.
    case 'in-query':
    case 'exists':
    case 'scalar-query':
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
  how: How,
): boolean {
  return left.length === right.length && left.every((item, i) => same(item, right[i]!, how))
}

function sameOptional(
  left: BoundExpression | null,
  right: BoundExpression | null,
  how: How,
): boolean {
  if (left === null || right === null) return left === right
  return same(left, right, how)
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
    sameList(left.args, right.args, exactly()) &&
    sameOptional(left.filter, right.filter, exactly()) &&
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
