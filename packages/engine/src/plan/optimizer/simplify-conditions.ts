/**
 * Conditions in the shapes that access paths know: `a = 1 OR a = 2` is `a IN (1, 2)`, `a BETWEEN x AND y` at the top of
 * a condition is a pair of comparisons, conditions that are always true go away, and an AND inside an AND is
 * drawn up.
 */
import { truth } from '../../runtime/index.ts'
import { cannotFail } from '../cannot-fail.ts'
import type { BoundExpression, ComparisonRule } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import { isCopyable } from './sources.ts'
import { conjunctsOf, filtered, joined } from '../conditions.ts'
import { isConstant } from '../literal.ts'
import { planRewriter, rewritePlan } from '../walk/rewrite.ts'

export function simplifyConditions(plan: PlanNode): PlanNode {
  return rewritePlan(plan, { node: simplifyNode, expression: orToIn })
}

/** The conjuncts that a condition comes to, in the shapes that conditions of a plan have. */
export function simplifiedConjuncts(condition: BoundExpression): readonly BoundExpression[] {
  return splitConjunct(planRewriter({ expression: orToIn }).expression(condition))
}

function simplifyNode(node: PlanNode): PlanNode {
  if (node.kind === 'filter') {
    const conditions = simplified(node.condition)
    if (conditions === null) return node
    return filtered(node.input, conditions)
  }
  if ((node.kind === 'join' || node.kind === 'outer-join') && node.on !== null) {
    const conditions = simplified(node.on)
    if (conditions === null) return node
    return { ...node, on: conditions.length === 0 ? null : joined('and', conditions) }
  }
  return node
}

/** The conjuncts in their new shape; null: nothing changes. */
function simplified(condition: BoundExpression): readonly BoundExpression[] | null {
  const conjuncts = conjunctsOf(condition)
  const result: BoundExpression[] = []
  let changed = false
  for (const conjunct of conjuncts) {
    const parts = splitConjunct(conjunct)
    if (parts.length !== 1 || parts[0] !== conjunct) changed = true
    result.push(...parts)
  }
  return changed ? result : null
}

function splitConjunct(conjunct: BoundExpression): readonly BoundExpression[] {
  if (conjunct.kind === 'and') return conjunct.operands.flatMap(splitConjunct)
  if (conjunct.kind === 'literal' && truth(conjunct.value) === true) return []
  if (conjunct.kind === 'between' && !conjunct.negated && isCopyable(conjunct.operand)) {
    const { operand, low, high, lowRule, highRule } = conjunct
    // Alone the second comparison might be tested before a first that fails.
    const staysTogether = operand.kind === 'column' && isCopyable(low) && isCopyable(high)
    if (!staysTogether && !cannotFail(conjunct)) return [conjunct]
    return [
      { kind: 'compare', operator: '>=', left: operand, right: low, rule: lowRule },
      { kind: 'compare', operator: '<=', left: operand, right: high, rule: highRule },
    ]
  }
  return [conjunct]
}

type Column = Extract<BoundExpression, { readonly kind: 'column' }>

/** One operand of an OR as "this column is one of these". */
interface Choice {
  readonly column: Column
  readonly items: readonly BoundExpression[]
  readonly rule: ComparisonRule
}

function choiceOf(operand: BoundExpression): Choice | null {
  if (operand.kind === 'compare' && operand.operator === '=') {
    const { left, right, rule } = operand
    if (left.kind === 'column') return { column: left, items: [right], rule }
    if (right.kind !== 'column') return null
    const turned = {
      ...rule,
      leftAffinity: rule.rightAffinity,
      rightAffinity: rule.leftAffinity,
    }
    return { column: right, items: [left], rule: turned }
  }
  if (operand.kind === 'in-list' && !operand.negated && operand.operand.kind === 'column') {
    return { column: operand.operand, items: operand.items, rule: operand.rule }
  }
  return null
}

/** An OR of equalities of one column under one rule. */
function orToIn(expression: BoundExpression): BoundExpression {
  if (expression.kind !== 'or') return expression
  const first = choiceOf(expression.operands[0]!)
  if (first === null) return expression
  const items: BoundExpression[] = []
  for (const operand of expression.operands) {
    const choice = choiceOf(operand)
    if (choice === null || !isSameColumn(choice.column, first.column)) return expression
    if (!isSameRule(choice.rule, first.rule)) return expression
    for (const item of choice.items) {
      if (!isConstant(item)) return expression
      items.push(item)
    }
  }
  return { kind: 'in-list', operand: first.column, items, rule: first.rule, negated: false }
}

function isSameColumn(a: Column, b: Column): boolean {
  return a.source === b.source && a.column === b.column
}

function isSameRule(a: ComparisonRule, b: ComparisonRule): boolean {
  return (
    a.leftAffinity === b.leftAffinity &&
    a.rightAffinity === b.rightAffinity &&
    a.collation === b.collation
  )
}
