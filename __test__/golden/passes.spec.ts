/**
 * What each pass of the optimizer changes, to be read: `pass-*.txt` holds statements, each with its plan before the pass and
 * after it. The passes before it have run.
 */
import test from 'ava'
import { optimizePasses, planText, runPass } from '../../packages/engine/src/plan/index.ts'
import type { BoundStatement, OptimizerPass } from '../../packages/engine/src/plan/index.ts'
import type { BareEngine } from '../codegen/bare-engine.ts'
import { compare, goldens } from './golden.ts'

function fileOf({ name }: OptimizerPass): string {
  return `pass-${name.replaceAll(' ', '-')}`
}

function beforeAndAfter(engine: BareEngine, sql: string, pass: OptimizerPass): string {
  const { catalog } = engine.connection.context
  const earlier = optimizePasses.slice(0, optimizePasses.indexOf(pass))
  const before = earlier.reduce(
    (current, other) => runPass(other, current, catalog),
    engine.bind(sql) as BoundStatement,
  )
  return `${planText(before)}\n→\n${planText(runPass(pass, before, catalog))}`
}

for (const pass of optimizePasses) {
  test(`golden: ${fileOf(pass)} is what the pass changes`, (t) =>
    compare(t, fileOf(pass), (engine, sql) => beforeAndAfter(engine, sql, pass)))
}

test('golden: every file is of a pass', (t) => {
  t.deepEqual(goldens('pass-').toSorted(), optimizePasses.map(fileOf).toSorted())
})
