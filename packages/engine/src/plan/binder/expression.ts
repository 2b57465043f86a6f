/**
 * Expressions: names are resolved, conversions become explicit, SQL's shorthands become what they stand for.
 * Nothing is computed here, constants included: the optimizer folds them.
 */
import { sqlError } from '../../base/error.ts'
import { affinityOfType, Real, realValue } from '../../record/index.ts'
import type {
  Between,
  Binary,
  Case,
  Expression,
  IsNull,
  MayBeMarked,
  Unary,
} from '../../sql/index.ts'
import type { BoundComparison, BoundExpression } from '../expression.ts'
import { joined } from '../conditions.ts'
import { isConstant, lookAt } from '../literal.ts'
import { isInConditions, isNeverNull, type Scope } from '../scope.ts'
import type { Binder } from './binder.ts'
import { bindColumnName, bindTrueFalse, isColumn } from './column-name.ts'
import { comparisonRule, sideOf } from './comparison.ts'
import { bindArrow, bindCurrent, bindFunctionCall, bindLike } from './function-call.ts'
import { bindIn } from './in.ts'
import { bindWhole } from './last-mistake.ts'
import { unfitRow } from './mistakes.ts'
import { withoutCollate } from './order-by.ts'
import { bindRaise, checkAllowed } from './prohibited.ts'
import { bindRow, compareRows, isRow, rowMisused } from './row-value.ts'
import { bindExists, bindScalarSubquery } from './subquery.ts'

/** The expression as a scalar. */
export function bindExpression(b: Binder, e: Expression, scope: Scope): BoundExpression {
  return b.mistakes.isInside
    ? bindPart(b, e, scope)
    : bindWhole(b, e, scope, () => bindPart(b, e, scope))
}

function bindPart(b: Binder, e: Expression, scope: Scope): BoundExpression {
  switch (e.kind) {
    case 'column':
      return bindColumnName(b, e, scope)
    case 'parameter':
      checkAllowed('parameters', scope)
      return { kind: 'parameter', index: e.index }
    case 'integer':
    case 'text':
      return lifted(e) ?? { kind: 'literal', value: e.value }
    case 'real':
      return lifted(e) ?? { kind: 'literal', value: realValue(e.value) }
    case 'blob':
      return { kind: 'literal', value: e.value }
    case 'null':
      return { kind: 'literal', value: null }
    case 'boolean':
      return bindTrueFalse(b, e, scope)
    case 'current':
      return bindCurrent(b, e.what, scope)
    case 'unary':
      return bindUnary(b, e, scope)
    case 'binary':
      return bindBinary(b, e, scope)
    case 'collate':
      b.hasCollate = true
      return b.expression(b, e.operand, scope)
    case 'is-null':
      return bindIsNull(b, e, scope)
    case 'between':
      return bindBetween(b, e, scope)
    case 'like':
      return bindLike(b, e, scope)
    case 'in':
      return bindIn(b, e, scope)
    case 'exists':
      return { kind: 'exists', query: bindExists(b, e.select, scope) }
    case 'subquery':
      return bindScalarSubquery(b, e, scope)
    case 'case':
      return bindCase(b, e, scope)
    case 'cast': {
      const affinity = e.type === '' ? 'numeric' : affinityOfType(e.type)
      return { kind: 'cast', operand: b.expression(b, e.operand, scope), affinity }
    }
    case 'function':
      return bindFunctionCall(b, e, scope)
    case 'row':
      for (const item of e.items) b.expression(b, item, scope)
      return unfitRow(b.mistakes, e, rowMisused())
    case 'raise':
      return bindRaise(b, e, scope)
    default:
      return e satisfies never
  }
}

/** A literal that may be another one in the next text; null: it is this one. */
function lifted({ mark }: MayBeMarked): BoundExpression | null {
  if (mark === undefined || mark.isPinned) return null
  return { kind: 'parameter', index: mark.place + 1, mark }
}

const smallestInteger = -9223372036854775808n

function bindUnary(b: Binder, e: Unary, scope: Scope): BoundExpression {
  switch (e.operator) {
    case '+': {
      const operand = b.expression(b, e.operand, scope)
      if (hasAffinity(operand)) return b.withoutAffinity(operand)
      b.notePlus(operand)
      return operand
    }
    case '-':
      if (isSmallestInteger(b, e.operand)) return { kind: 'literal', value: smallestInteger }
      refuseSmallestHex(b, e.operand)
      // Subtracted from 0, as other operands are, it would lose its sign. (`codeReal`)
      if (e.operand.kind === 'real' && e.operand.value === 0) {
        return { kind: 'literal', value: new Real(-0) }
      }
      return { kind: 'negate', operand: b.expression(b, e.operand, scope) }
    case '~':
      return { kind: 'bit-not', operand: b.expression(b, e.operand, scope) }
    case 'NOT':
      return { kind: 'not', operand: b.expression(b, e.operand, scope) }
    default:
      return e.operator satisfies never
  }
}

/** What stands in the schema is refused when something is to be done by it, as the parser refuses it elsewhere. (`codeInteger`) */
function refuseSmallestHex(b: Binder, operand: Expression): void {
  if (operand.kind !== 'integer' || operand.value !== smallestInteger) return
  const text = b.text.slice(operand.start, operand.end).replaceAll('_', '')
  if (/^0x/i.test(text) && !b.looksOnly) throw sqlError(`hex literal too big: -${text}`)
}

function hasAffinity(bound: BoundExpression): boolean {
  return bound.kind === 'column' || bound.kind === 'cast' || bound.kind === 'scalar-query'
}

/** 9223372036854775808 alone is a REAL; under a minus it is still the smallest INTEGER. */
function isSmallestInteger(b: Binder, e: Expression): boolean {
  if (e.kind !== 'real' || e.value !== 9223372036854775808) return false
  return b.text.slice(e.start, e.end).replaceAll('_', '') === '9223372036854775808'
}

function bindBinary(b: Binder, e: Binary, scope: Scope): BoundExpression {
  switch (e.operator) {
    case 'AND':
    case 'OR': {
      const operands: BoundExpression[] = []
      const kind = e.operator === 'AND' ? 'and' : 'or'
      collectOperands(b, e, e.operator, scope, operands)
      return (scope.isOuterOn ? null : decided(kind, operands)) ?? { kind, operands }
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
    case '=':
    case '<>':
      return bindComparison(b, e.operator, e.left, e.right, scope)
    case 'IS':
    case 'IS NOT':
      return bindIs(b, e.operator, e.left, e.right, scope)
    case '->':
    case '->>':
      return bindArrow(b, e.operator, e.left, e.right, scope)
    default: {
      const left = b.expression(b, e.left, scope)
      const right = b.expression(b, e.right, scope)
      return { kind: 'arithmetic', operator: e.operator, left, right }
    }
  }
}

/** `x IS TRUE` asks for the truth of x, where TRUE is no column. */
function bindIs(
  b: Binder,
  operator: 'IS' | 'IS NOT',
  left: Expression,
  right: Expression,
  scope: Scope,
): BoundExpression {
  const inner = withoutCollate(right)
  if (inner.kind !== 'boolean' || isColumn(b, inner, scope)) {
    try {
      return bindComparison(b, operator, left, right, scope)
    } catch (error) {
      // It might have been TRUE: SQLite looks the name up before the left side.
      if (inner.kind === 'column' && inner.table === null) b.expression(b, inner, scope)
      throw error
    }
  }
  const operand = b.expression(b, left, scope)
  return { kind: 'is-truth', operand, truth: inner.value, negated: operator === 'IS NOT' }
}

/**
 * The operands of a chain of the same operator, left to right, but a side without subqueries before one that has some
 * (`exprEvalRhsFirst`). Answers whether there are any.
 */
function collectOperands(
  b: Binder,
  e: Expression,
  operator: 'AND' | 'OR',
  scope: Scope,
  operands: BoundExpression[],
): boolean {
  if (e.kind === 'binary' && e.operator === operator) {
    const first = operands.length
    const isLeftCostly = collectOperands(b, e.left, operator, scope, operands)
    const second = operands.length
    const isRightCostly = collectOperands(b, e.right, operator, scope, operands)
    if (isLeftCostly && !isRightCostly) operands.splice(first, 0, ...operands.splice(second))
    return isLeftCostly || isRightCostly
  }
  const { subqueryCount } = b
  const bound = b.expression(b, e, scope)
  // An alias may itself have become such a chain.
  if (isChain(bound, operator === 'AND' ? 'and' : 'or')) operands.push(...bound.operands)
  else operands.push(bound)
  return b.subqueryCount > subqueryCount
}

function isChain(
  bound: BoundExpression,
  kind: 'and' | 'or',
): bound is Extract<BoundExpression, { readonly kind: 'and' | 'or' }> {
  return bound.kind === kind && bound.isRow !== true
}

/**
 * An integer that is written beside AND or OR may decide it, whatever the other operands are: then it is all that is left; null:
 * none does. (`sqlite3ExprSimplifiedAndOr`)
 */
function decided(kind: 'and' | 'or', operands: readonly BoundExpression[]): BoundExpression | null {
  const deciding = kind === 'or'
  const truths = operands.map(writtenTruth)
  const isDecided = truths.includes(deciding)
  if (!isDecided && truths.includes(null)) return null
  return { kind: 'literal', value: isDecided === deciding ? 1 : 0, written: { kind, operands } }
}

/** Of an integer that is written, or of what such integers decide; null: it is something else. */
function writtenTruth(e: BoundExpression): boolean | null {
  if (e.kind === 'literal' && e.written?.kind === 'literal') return null
  const value = lookAt(e)
  const isInteger = typeof value === 'bigint' || Number.isInteger(value)
  return isInteger ? value !== 0 : null
}

/**
 * A condition of WHERE or ON: its terms are tested in the order of writing, but comparisons of rows last, the last one first.
 * (`exprAnalyze` appends their elements.) `ofQuery`: that of a SELECT.
 */
export function bindCondition(
  b: Binder,
  e: Expression,
  scope: Scope,
  ofQuery = true,
): BoundExpression {
  const { isCondition } = scope
  scope.isCondition = ofQuery
  const terms: BoundExpression[] = []
  const rows: BoundExpression[] = []
  const collect = (part: Expression): void => {
    if (part.kind === 'binary' && part.operator === 'AND') {
      collect(part.left)
      collect(part.right)
      return
    }
    const term = b.expression(b, part, scope)
    if (term.kind === 'and' && term.isRow === true) rows.unshift(term)
    else terms.push(isNeverMet(term, scope) ? knownTruth(false) : term)
  }
  bindWhole(b, e, scope, () => collect(e))
  scope.isCondition = isCondition
  return joined('and', [...terms, ...rows])
}

/** In a condition of a query it is known from the schema whether some columns are NULL. (`resolveExprStep`) */
function bindIsNull(b: Binder, e: IsNull, scope: Scope): BoundExpression {
  const operand = b.expression(b, e.operand, scope)
  const bound: BoundExpression = { kind: 'is-null', operand, negated: e.negated }
  if (!isInConditions(scope) || !isKnown(operand, scope)) return bound
  return knownTruth(e.negated)
}

/** A constant, but none that is written (`writtenTruth`): beside AND and OR it decides like any other condition. */
function knownTruth(isTrue: boolean): BoundExpression {
  const value = isTrue ? 1 : 0
  return { kind: 'literal', value, written: { kind: 'literal', value } }
}

/** Of the conditions of other statements that is known of the terms alone. (`exprAnalyze`) */
function isNeverMet(term: BoundExpression, scope: Scope): boolean {
  return term.kind === 'is-null' && !term.negated && isKnown(term.operand, scope)
}

function isKnown(operand: BoundExpression, scope: Scope): boolean {
  let inner = operand
  while (inner.kind === 'negate') inner = inner.operand
  return inner.kind === 'column' && isNeverNull(inner, scope)
}

function bindComparison(
  b: Binder,
  operator: BoundComparison['operator'],
  left: Expression,
  right: Expression,
  scope: Scope,
): BoundExpression {
  if (isRow(left) || isRow(right)) {
    return compareRows(b, operator, bindRow(b, left, scope), bindRow(b, right, scope))
  }
  const boundLeft = b.expression(b, left, scope)
  const boundRight = b.expression(b, right, scope)
  const rule = b.known(comparisonRule(sideOf(b, left, boundLeft), sideOf(b, right, boundRight)))
  return { kind: 'compare', operator, left: boundLeft, right: boundRight, rule }
}

function bindBetween(b: Binder, e: Between, scope: Scope): BoundExpression {
  const operand = bindRow(b, e.operand, scope)
  const low = bindRow(b, e.low, scope)
  const high = bindRow(b, e.high, scope)
  const { negated } = e
  if (operand.length > 1 || low.length > 1 || high.length > 1) {
    const operands = [compareRows(b, '>=', operand, low), compareRows(b, '<=', operand, high)]
    const within: BoundExpression = { kind: 'and', operands }
    return negated ? { kind: 'not', operand: within } : within
  }
  const [x, y, z] = [operand[0]!, low[0]!, high[0]!]
  return {
    kind: 'between',
    operand: x.bound,
    low: y.bound,
    high: z.bound,
    lowRule: b.known(comparisonRule(x.side, y.side)),
    highRule: b.known(comparisonRule(x.side, z.side)),
    negated,
  }
}

function bindCase(b: Binder, e: Case, scope: Scope): BoundExpression {
  const { operand } = e
  const otherwise = (): BoundExpression | null =>
    e.otherwise === null ? null : b.expression(b, e.otherwise, scope)
  if (operand === null) {
    const branches = e.branches.map((branch) => ({
      when: b.expression(b, branch.when, scope),
      then: b.expression(b, branch.then, scope),
    }))
    return { kind: 'case', branches, otherwise: otherwise() }
  }
  if (isRow(operand)) {
    const row = bindRow(b, operand, scope)
    const branches = e.branches.map((branch) => ({
      when: compareRows(b, '=', row, bindRow(b, branch.when, scope)),
      then: b.expression(b, branch.then, scope),
    }))
    return { kind: 'case', branches, otherwise: otherwise() }
  }
  const value = b.expression(b, operand, scope)
  const side = sideOf(b, operand, value)
  const isCheap = value.kind === 'column' || isConstant(value)
  const id = isCheap ? -1 : b.newLocal()
  const left: BoundExpression = isCheap ? value : { kind: 'local', id }
  const branches = e.branches.map((branch) => {
    const right = b.expression(b, branch.when, scope)
    const rule = b.known(comparisonRule(side, sideOf(b, branch.when, right)))
    const when: BoundExpression = { kind: 'compare', operator: '=', left, right, rule }
    return { when, then: b.expression(b, branch.then, scope) }
  })
  const body: BoundExpression = { kind: 'case', branches, otherwise: otherwise() }
  return isCheap ? body : { kind: 'let', id, value, body }
}
