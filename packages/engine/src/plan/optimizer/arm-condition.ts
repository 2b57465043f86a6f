/**
 * A condition on a compound, as SQLite tests it inside an arm: there a comparison goes by the affinity of the arm's own
 * column, which may be another than the compound's. `SELECT r UNION ALL SELECT 9` has a column of REAL affinity, but
 * in its second arm `x = '9'` compares 9 with '9'. SQLite tests both. (`pushDownWhereTerms`, `substExpr`)
 */
import type { Affinity } from '../../record/index.ts'
import type { Side } from '../binder/binder.ts'
import { comparisonRule, listRule } from '../binder/comparison.ts'
import type { BoundExpression, ComparisonRule, SourceId } from '../expression.ts'
import { planRewriter } from '../walk/rewrite.ts'

type Affinities = readonly (Affinity | null)[]

/**
 * The condition on the compound's columns, which are those of `source`, with the rules of an arm; the same object where
 * the arm makes no difference.
 */
export function armCondition(
  condition: BoundExpression,
  source: SourceId,
  whole: Affinities,
  arm: Affinities,
): BoundExpression {
  const side = (e: BoundExpression, columns: Affinities): Side => ({
    affinity: affinityIn(e, source, columns),
    collation: null,
    isExplicit: false,
  })
  const changed = (
    rule: ComparisonRule,
    left: BoundExpression,
    right: BoundExpression,
  ): ComparisonRule =>
    other(
      rule,
      comparisonRule(side(left, whole), side(right, whole)),
      comparisonRule(side(left, arm), side(right, arm)),
    )
  const rewrite = (e: BoundExpression): BoundExpression => {
    switch (e.kind) {
      case 'compare': {
        const rule = changed(e.rule, e.left, e.right)
        return rule === e.rule ? e : { ...e, rule }
      }
      case 'between': {
        const lowRule = changed(e.lowRule, e.operand, e.low)
        const highRule = changed(e.highRule, e.operand, e.high)
        return lowRule === e.lowRule && highRule === e.highRule ? e : { ...e, lowRule, highRule }
      }
      case 'in-list': {
        const ofWhole = listRule(side(e.operand, whole))
        const rule = other(e.rule, ofWhole, listRule(side(e.operand, arm)))
        return rule === e.rule ? e : { ...e, rule }
      }
      default:
        return e
    }
  }
  return planRewriter({ expression: rewrite }).expression(condition)
}

/** A rule that is not what the affinities come to has another reason, such as a unary plus, and stays. */
function other(rule: ComparisonRule, whole: ComparisonRule, arm: ComparisonRule): ComparisonRule {
  if (!sameConversions(rule, whole) || sameConversions(rule, arm)) return rule
  return { ...arm, collation: rule.collation }
}

function sameConversions(a: ComparisonRule, b: ComparisonRule): boolean {
  return a.leftAffinity === b.leftAffinity && a.rightAffinity === b.rightAffinity
}

function affinityIn(e: BoundExpression, source: SourceId, columns: Affinities): Affinity | null {
  if (e.kind === 'cast') return e.affinity
  return e.kind === 'column' && e.source === source ? columns[e.column]! : null
}
