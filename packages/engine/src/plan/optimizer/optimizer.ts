/**
 * The optimizer: a list of passes, each from plan to plan, run once and in order. The binder's tree is
 * right and plain; after each pass it is still right. What a pass does is one sentence in its file.
 */
import type { Schema } from '../../schema/index.ts'
import type { BoundExpression } from '../expression.ts'
import type { BoundStatement, PlanNode } from '../plan-node.ts'
import { flattenDerived, flattenInExpression } from './flatten-derived.ts'
import { foldConstants, foldExpression } from './fold-constants.ts'
import { planJoins, planSubqueries } from './plan-joins.ts'
import { pushPredicates } from './push-predicates.ts'
import { simplifyConditions } from './simplify-conditions.ts'
import { strengthenJoins } from './strengthen-joins.ts'
import { mapStatement } from './tree.ts'

/** One pass: it gets every plan of a statement, subqueries still inside, and every expression outside plans. */
export interface OptimizerPass {
  readonly name: string
  readonly plan: (plan: PlanNode, schema: Schema) => PlanNode
  /** For expressions that stand in no plan: the new values of an UPDATE or INSERT. */
  readonly expression: (expression: BoundExpression, schema: Schema) => BoundExpression
}

const unchanged = (expression: BoundExpression): BoundExpression => expression

/** All passes, in order. */
export const optimizePasses: readonly OptimizerPass[] = [
  { name: 'fold constants', plan: foldConstants, expression: foldExpression },
  { name: 'simplify conditions', plan: simplifyConditions, expression: unchanged },
  { name: 'flatten derived tables', plan: flattenDerived, expression: flattenInExpression },
  { name: 'strengthen joins', plan: strengthenJoins, expression: unchanged },
  { name: 'push predicates', plan: pushPredicates, expression: unchanged },
  { name: 'plan joins', plan: planJoins, expression: planSubqueries },
]

/** The statement with the best plan that the passes find. */
export function optimize(statement: BoundStatement, schema: Schema): BoundStatement {
  return optimizePasses.reduce((current, pass) => runPass(pass, current, schema), statement)
}

/** One pass alone, for those who want to see the plan after each. */
export function runPass(
  pass: OptimizerPass,
  statement: BoundStatement,
  schema: Schema,
): BoundStatement {
  return mapStatement(
    statement,
    (plan) => pass.plan(plan, schema),
    (expression) => pass.expression(expression, schema),
  )
}
