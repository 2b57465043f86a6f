/**
 * The optimizer: a list of passes, each from plan to plan, run once and in order. The binder's tree is
 * right and plain; after each pass it is still right. What a pass does is one sentence in its file.
 */
import type { Catalog } from '../../runtime/index.ts'
import { isConstantInsert } from '../constant-rows.ts'
import type { BoundExpression, Subquery } from '../expression.ts'
import type { BoundStatement } from '../statement.ts'
import type { PlanNode } from '../node.ts'
import { firesAny } from '../fires.ts'
import { mapOperands, type ExpressionMap } from '../walk/map.ts'
import { mapStatement, visitStatement } from '../walk/statement.ts'
import { visitorOf } from '../walk/visit.ts'
import { flattenDerived, flattenInExpression } from './flatten-derived.ts'
import { foldConstants, foldExpression } from './fold-constants.ts'
import { dropJoins } from './drop-joins.ts'
import { hashLookups } from './hash-lookups.ts'
import { indexExpressions } from './index-expressions.ts'
import { measureTables } from './measure-tables.ts'
import { planJoins, planSubqueries, type Changing } from './plan-joins.ts'
import { pushPredicates } from './push-predicates.ts'
import { shareCommon, shareInExpression, shareInReturned } from './share-common.ts'
import { simplifyConditions } from './simplify-conditions.ts'
import { strengthenJoins } from './strengthen-joins.ts'

/** One pass: it gets every plan of a statement, subqueries still inside, and every expression outside plans. */
export interface OptimizerPass {
  readonly name: string
  readonly plan: (plan: PlanNode, catalog: Catalog) => PlanNode
  /**
   * For expressions that stand in no plan, the new values of an UPDATE, INSERT or UPSERT; null: only the plans of their subqueries
   * concern it. `changing` is the table whose rows change between one evaluation and the next.
   */
  readonly expression: ExpressionPass | null
  /** For what is returned of rows that have been changed, where that is not treated as `expression` treats other expressions. */
  readonly returned?: ExpressionPass
  /** It leaves a statement alone in which there is none of these kinds of nodes, and no pass before it makes one. */
  readonly needs?: readonly PlanNode['kind'][]
}

type ExpressionPass = (
  expression: BoundExpression,
  catalog: Catalog,
  changing: Changing,
) => BoundExpression

const joins: readonly PlanNode['kind'][] = ['join', 'outer-join']

const foldingPass: OptimizerPass = {
  name: 'fold constants',
  plan: foldConstants,
  expression: foldExpression,
}

/** All passes, in order. */
export const optimizePasses: readonly OptimizerPass[] = [
  foldingPass,
  { name: 'simplify conditions', plan: simplifyConditions, expression: null },
  {
    name: 'share common tables',
    plan: shareCommon,
    expression: shareInExpression,
    returned: shareInReturned,
    needs: ['derived'],
  },
  {
    name: 'flatten derived tables',
    plan: flattenDerived,
    expression: flattenInExpression,
    needs: ['derived'],
  },
  { name: 'strengthen joins', plan: strengthenJoins, expression: null, needs: joins },
  { name: 'push predicates', plan: pushPredicates, expression: null },
  { name: 'drop joins', plan: dropJoins, expression: null, needs: joins },
  { name: 'index expressions', plan: indexExpressions, expression: null },
  { name: 'measure tables', plan: measureTables, expression: null, needs: joins },
  { name: 'plan joins', plan: planJoins, expression: planSubqueries },
  { name: 'hash look-ups', plan: hashLookups, expression: null, needs: joins },
]

/** The statement with the best plan that the passes find. */
export function optimize(statement: BoundStatement, catalog: Catalog): BoundStatement {
  // What fills an index reads the table, whatever other indexes it has.
  if (statement.kind === 'create-index' || statement.kind === 'reindex') return statement
  const passes = isConstantInsert(statement) ? [foldingPass] : optimizePasses
  let current: BoundStatement = statement
  let kinds: ReadonlySet<PlanNode['kind']> | null = null
  for (const pass of passes) {
    const { needs } = pass
    if (needs !== undefined) {
      kinds ??= kindsOf(current)
      if (!needs.some((kind) => kinds!.has(kind))) continue
    }
    current = runPass(pass, current, catalog)
  }
  return current
}

/** The kinds of nodes in all plans of a statement, those of its subqueries and triggers too. */
function kindsOf(statement: BoundStatement): ReadonlySet<PlanNode['kind']> {
  const kinds = new Set<PlanNode['kind']>()
  const { node, expression } = visitorOf({ node: ({ kind }) => kinds.add(kind) })
  visitStatement(statement, node, expression)
  return kinds
}

/** One pass alone, for those who want to see the plan after each. */
export function runPass(
  pass: OptimizerPass,
  statement: BoundStatement,
  catalog: Catalog,
): BoundStatement {
  const mapped = runOnStatement(pass, statement, catalog)
  if (!('programs' in mapped) || mapped.programs.length === 0) return mapped
  const { plan, expression } = pass
  const onExpression: ExpressionMap =
    expression === null
      ? inSubqueries((node) => plan(node, catalog))
      : (e) => expression(e, catalog, null)
  const programs = mapped.programs.map((program) => ({
    ...program,
    when: program.when === null ? null : onExpression(program.when),
    steps: program.steps.map((step) => runOnStatement(pass, step, catalog)),
  }))
  return { ...mapped, programs }
}

function runOnStatement(
  pass: OptimizerPass,
  statement: BoundStatement,
  catalog: Catalog,
): BoundStatement {
  const plan = (node: PlanNode): PlanNode => pass.plan(node, catalog)
  const { expression } = pass
  const returned = pass.returned ?? expression
  const changes =
    statement.kind === 'update' || (statement.kind === 'insert' && statement.upserts.length > 0)
  const isTable = 'target' in statement && 'returning' in statement
  const fires = 'triggers' in statement && firesAny(statement)
  const changing = fires ? 'any' : changes ? statement.target.table : null
  const changed = fires ? 'any' : isTable ? statement.target.table : null
  return mapStatement(
    statement,
    plan,
    expression === null ? inSubqueries(plan) : (e) => expression(e, catalog, changing),
    returned === null ? inSubqueries(plan) : (e) => returned(e, catalog, changed),
  )
}

/** Runs a pass on the plans of an expression's subqueries. */
function inSubqueries(
  plan: (plan: PlanNode) => PlanNode,
): (expression: BoundExpression) => BoundExpression {
  const done = new Map<Subquery, Subquery>()
  const subquery = (query: Subquery): Subquery => {
    let result = done.get(query)
    if (result === undefined) {
      result = { ...query, plan: plan(query.plan) }
      done.set(query, result)
    }
    return result
  }
  const map = (expression: BoundExpression): BoundExpression =>
    mapOperands(expression, map, subquery)
  return map
}
