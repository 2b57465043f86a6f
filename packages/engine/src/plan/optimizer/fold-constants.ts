/**
 * Constant folding: an operator or a deterministic function whose operands are all literals becomes a literal,
 * computed by the very functions that run-time code calls. What would fail stays as it is and fails when, and if,
 * it is evaluated.
 */
import {
  add,
  bitAnd,
  bitNot,
  bitOr,
  cast,
  concat,
  divide,
  equal,
  greaterOrEqual,
  greaterThan,
  isInEveryEncoding,
  isNotSame,
  isSame,
  isWide,
  lessOrEqual,
  lessThan,
  multiply,
  negate,
  not,
  notEqual,
  remainder,
  shiftLeft,
  shiftRight,
  subtract,
  truth,
} from '../../runtime/index.ts'
import { applyComparisonAffinity, collationByName } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { cannotFail } from '../cannot-fail.ts'
import type { BoundComparison, BoundExpression } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import { planRewriter } from '../walk/rewrite.ts'

/** Texts and BLOBs longer than this are not made at compile time. */
const maxFoldedLength = 1000

export function foldConstants(plan: PlanNode): PlanNode {
  return planRewriter({ expression: fold }).node(plan)
}

export function foldExpression(expression: BoundExpression): BoundExpression {
  return planRewriter({ expression: fold }).expression(expression)
}

/** The expression as it was before its constants were folded. */
export function unfolded(expression: BoundExpression): BoundExpression {
  return planRewriter({ expression: unfold }).expression(expression)
}

function unfold(expression: BoundExpression): BoundExpression {
  if (expression.kind !== 'literal' || expression.written === undefined) return expression
  return unfolded(expression.written)
}

type Literal = Extract<BoundExpression, { readonly kind: 'literal' }>

function isLiteral(expression: BoundExpression): expression is Literal {
  return expression.kind === 'literal'
}

/** One step, its operands already folded. */
function fold(expression: BoundExpression): BoundExpression {
  switch (expression.kind) {
    case 'negate':
      return isOperand(expression.operand)
        ? attempt(expression, () => negate(literalOf(expression.operand)))
        : expression
    case 'bit-not':
      return isOperand(expression.operand)
        ? attempt(expression, () => bitNot(literalOf(expression.operand)))
        : expression
    case 'not':
      return isSimple(expression.operand)
        ? attempt(expression, () => not(literalOf(expression.operand)))
        : expression
    case 'arithmetic': {
      const { left, right, operator } = expression
      const isKnown = operator === '||' ? isSimple : isOperand
      if (!isKnown(left) || !isKnown(right)) return expression
      return attempt(expression, () => operators[operator](left.value, right.value))
    }
    case 'compare':
      return foldComparison(expression)
    case 'is-null': {
      if (!isLiteral(expression.operand)) return expression
      return folded((expression.operand.value === null) !== expression.negated ? 1 : 0, expression)
    }
    case 'is-truth': {
      if (!isSimple(expression.operand)) return expression
      const isSameTruth = truth(expression.operand.value) === expression.truth
      return folded(isSameTruth !== expression.negated ? 1 : 0, expression)
    }
    case 'and':
    case 'or':
      return foldLogic(expression)
    case 'case':
      return foldCase(expression)
    case 'cast': {
      const { operand, affinity } = expression
      if (affinity === 'blob' || !isSimple(operand)) return expression
      if (affinity === 'numeric' && !isOperand(operand)) return expression
      return attempt(expression, () => cast(operand.value, affinity))
    }
    case 'in-list':
      return expression.items.length === 0 && isLiteral(expression.operand)
        ? folded(expression.negated ? 1 : 0, expression)
        : expression
    case 'function': {
      const { function: f, args } = expression
      if (!f.deterministic || f.isUsers || f.needsContext || f.needsCollation || f.form !== null) {
        return expression
      }
      // What is marked as JSON is no value of SQL.
      if (f.marksJson) return expression
      const values: Value[] = []
      for (const arg of args) {
        if (!isSimple(arg)) return expression
        values.push(arg.value)
      }
      const invoke = f.invoke as (...values: Value[]) => Value
      const attempted = attempt(expression, () => invoke(...values))
      const { value } = attempted.kind === 'literal' ? attempted : { value: null }
      const isKnown = !f.writesBytes || typeof value !== 'string' || isInEveryEncoding(value)
      return isKnown ? attempted : expression
    }
    default:
      return expression
  }
}

const operators: Record<
  Extract<BoundExpression, { readonly kind: 'arithmetic' }>['operator'],
  (a: Value, b: Value) => Value
> = {
  '+': add,
  '-': subtract,
  '*': multiply,
  '/': divide,
  '%': remainder,
  '&': bitAnd,
  '|': bitOr,
  '<<': shiftLeft,
  '>>': shiftRight,
  '||': concat,
}

/** A literal whose meaning is known: BLOBs become text by the database's encoding, which is not known here. */
function isSimple(expression: BoundExpression): expression is Literal {
  return isLiteral(expression) && !(expression.value instanceof Uint8Array)
}

/** A literal that is the same number in every encoding: UTF-16 reads text with wide characters in a way of its own. */
function isOperand(expression: BoundExpression): expression is Literal {
  return isSimple(expression) && !(typeof expression.value === 'string' && isWide(expression.value))
}

function literalOf(expression: BoundExpression): Value {
  return expression.kind === 'literal' ? expression.value : null
}

function folded(value: Value, written: BoundExpression): BoundExpression {
  return { kind: 'literal', value, written }
}

/** The value as a literal, unless it fails or is long. */
function attempt(expression: BoundExpression, compute: () => Value): BoundExpression {
  let value: Value
  try {
    value = compute()
  } catch {
    return expression
  }
  const isLong =
    (typeof value === 'string' || value instanceof Uint8Array) && value.length > maxFoldedLength
  return isLong ? expression : { kind: 'literal', value, written: expression }
}

const comparisons = {
  '=': equal,
  '<>': notEqual,
  '<': lessThan,
  '<=': lessOrEqual,
  '>': greaterThan,
  '>=': greaterOrEqual,
  IS: isSame,
  'IS NOT': isNotSame,
} as const

function foldComparison(expression: BoundComparison): BoundExpression {
  const { left, right, rule, operator } = expression
  if (!isLiteral(left) || !isLiteral(right)) return expression
  const collation = collationByName(rule.collation)
  if (collation === null) return expression
  // The order of texts may be another in another encoding, unless they are ASCII.
  const isOrder =
    operator !== '=' && operator !== '<>' && operator !== 'IS' && operator !== 'IS NOT'
  if (isOrder && !(isAscii(left.value) && isAscii(right.value))) return expression
  return attempt(expression, () =>
    comparisons[operator](
      applyComparisonAffinity(left.value, rule.leftAffinity),
      applyComparisonAffinity(right.value, rule.rightAffinity),
      collation,
    ),
  )
}

function isAscii(value: Value): boolean {
  return typeof value !== 'string' || /^[\0-\x7f]*$/.test(value)
}

/**
 * A false operand decides an AND, a true one an OR, unless others that are evaluated all the same may fail; operands that decide
 * nothing are dropped.
 */
function foldLogic(
  expression: Extract<BoundExpression, { readonly kind: 'and' | 'or' }>,
): BoundExpression {
  const deciding = expression.kind === 'or'
  const kept: BoundExpression[] = []
  for (const operand of expression.operands) {
    if (!isSimple(operand)) {
      kept.push(operand)
      continue
    }
    const operandTruth = truth(operand.value)
    if (operandTruth === deciding) {
      const evaluated = expression.isRow === true ? kept : expression.operands
      if (evaluated.every(cannotFail)) return folded(deciding ? 1 : 0, expression)
      kept.push(operand)
    } else if (operandTruth === null) kept.push(operand)
  }
  if (kept.length === expression.operands.length) return expression
  if (kept.length === 0) return folded(deciding ? 0 : 1, expression)
  // One operand alone would answer itself, not its truth: the neutral literal keeps it a condition. It also keeps an AND that may
  // fail from falling apart into terms of WHERE.
  if (kept.length === 1) {
    const only = kept[0]!
    if (isTruthValued(only) && (only.kind !== 'and' || cannotFail(only))) return only
    return { ...expression, operands: [only, { kind: 'literal', value: deciding ? 0 : 1 }] }
  }
  return { ...expression, operands: kept }
}

/** Answers 1, 0 or NULL and nothing else. */
function isTruthValued(expression: BoundExpression): boolean {
  switch (expression.kind) {
    case 'compare':
    case 'and':
    case 'or':
    case 'not':
    case 'is-null':
    case 'is-truth':
    case 'between':
    case 'in-list':
    case 'in-query':
    case 'exists':
      return true
    case 'literal':
      return expression.value === null
    default:
      return false
  }
}

function foldedTo(part: BoundExpression, written: BoundExpression): BoundExpression {
  return part.kind === 'literal' ? { ...part, written } : part
}

/** Branches that never or always hold are decided; the rest stays. */
function foldCase(
  expression: Extract<BoundExpression, { readonly kind: 'case' }>,
): BoundExpression {
  const branches: { readonly when: BoundExpression; readonly then: BoundExpression }[] = []
  for (const branch of expression.branches) {
    if (!isSimple(branch.when)) {
      branches.push(branch)
      continue
    }
    if (truth(branch.when.value) !== true) continue
    if (branches.length === 0) return foldedTo(branch.then, expression)
    return { kind: 'case', branches, otherwise: branch.then }
  }
  if (branches.length === expression.branches.length) return expression
  if (branches.length === 0) {
    return foldedTo(expression.otherwise ?? { kind: 'literal', value: null }, expression)
  }
  return { ...expression, branches }
}
