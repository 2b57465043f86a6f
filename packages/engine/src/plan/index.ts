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
export { mayRunLong } from './may-run-long.ts'
export { stepsOf } from './conflict-steps.ts'
export type { ConflictPolicy, Step } from './conflict-steps.ts'
export { changesOneRow, mayFailAfterChange } from './may-fail-later.ts'
export { hasSubquery } from './optimizer/sources.ts'
export { explainQueryPlan } from './explain.ts'
export type { ExplainRow } from './explain.ts'
export { bindStatement, bindWithUses } from './binder/statement.ts'
export type { BindOptions, BoundWithUses } from './binder/statement.ts'
export { sameShape } from './same-expression.ts'
export { mapOperands } from './optimizer/tree.ts'
