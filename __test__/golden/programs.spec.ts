/**
 * Emitted programs, to be read: each `program-*.txt` holds statements over one schema, each with the plan that the optimizer
 * chose and the JavaScript that runs it (of a query, what `all` runs).
 */
import test from 'ava'
import { compileStatement } from '../../packages/engine/src/codegen/index.ts'
import { explainQueryPlan, optimize } from '../../packages/engine/src/plan/index.ts'
import type { BareEngine } from '../codegen/bare-engine.ts'
import { compare, goldens } from './golden.ts'

function program(engine: BareEngine, sql: string): string {
  const { context } = engine.connection
  const statement = optimize(engine.bind(sql), context.catalog)
  const plan = explainQueryPlan(statement).map(({ detail }) => `-- ${detail}\n`)
  const compiled = compileStatement(statement, context, { parameterCount: 9 })
  return `${plan.join('')}\n${compiled.sourceText()}`
}

for (const name of goldens('program-')) {
  test(`golden: ${name} is what is emitted`, (t) => compare(t, name, program))
}
