/**
 * Plans: names are resolved, the plan is built and then improved. What leaves this layer needs no
 * knowledge of SQL's rules any more, only of its operators.
 */
export type * from './node.ts'
export type * from './statement.ts'
export { optimize, optimizePasses, runPass } from './optimizer/optimizer.ts'
export type { OptimizerPass } from './optimizer/optimizer.ts'
export { isConstantInsert, isConstantRows, rowCount } from './constant-rows.ts'
export { cannotFail } from './cannot-fail.ts'
export { hasSubquery } from './optimizer/sources.ts'
export { isConstant, valueOfLiteral, type Constant } from './literal.ts'
export { liftedMarks } from './lifted-marks.ts'
export { planText } from './plan-text.ts'
export { explainQueryPlan } from './explain.ts'
export type { ExplainRow } from './explain.ts'
export { bindStatement, bindWithUses } from './binder/statement.ts'
export type { BindOptions, BoundWithUses } from './binder/statement.ts'
export { sameShape } from './same-expression.ts'
export { mapOperands } from './walk/map.ts'
export { visitStatement } from './walk/statement.ts'
export { ignoreQuery, visitorOf, visitOperands } from './walk/visit.ts'
