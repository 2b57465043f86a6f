/** Test runners: Vitest in threads and in processes, Jest with CommonJS and with ES modules. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { step } from '../steps.mjs'
import { packageFolder } from './bundles.mjs'

function vitestConfig(isInline) {
  return `export default { test: {
    include: ['vitest.test.mjs'],
    ${isInline ? "server: { deps: { inline: ['better-sqlite3', 'chorusdb'] } }," : ''}
  } }\n`
}

const jestConfig = (test) =>
  JSON.stringify({
    testMatch: [`**/${test}`],
    moduleFileExtensions: ['js', 'mjs', 'cjs'],
    transform: {},
    testEnvironment: 'node',
  })

export async function tryRunners({ app, sandbox, nodes }) {
  writeFileSync(join(app, 'vitest.config.mjs'), vitestConfig(false))
  writeFileSync(join(app, 'vitest-inline.config.mjs'), vitestConfig(true))
  for (const test of ['jest-module.test.mjs', 'jest-common.test.cjs']) {
    writeFileSync(join(app, `${test}.json`), jestConfig(test))
  }
  const checks = readFileSync(join(app, 'checks.mjs'), 'utf8')
  writeFileSync(
    join(app, 'checks.cjs'),
    checks.replace('export async function', 'exports.checkFaces = async function'),
  )
  const vitest = join(packageFolder('vitest'), 'vitest.mjs')
  const jest = join(packageFolder('jest'), 'bin', 'jest.js')
  for (const [version, node] of nodes) {
    const run = (args) => sandbox.runs(node, args, { cwd: app, env: { CI: 'true' } })
    for (const pool of ['threads', 'forks']) {
      await step(`Vitest, ${pool}: Node ${version}`, () => run([vitest, 'run', `--pool=${pool}`]))
    }
    await step(`Vitest, packages inlined: Node ${version}`, () =>
      run([vitest, 'run', '--config', 'vitest-inline.config.mjs']),
    )
    await step(`Jest, CommonJS: Node ${version}`, () =>
      run([jest, '--config', 'jest-common.test.cjs.json']),
    )
    await step(`Jest, ES modules: Node ${version}`, () =>
      run(['--experimental-vm-modules', jest, '--config', 'jest-module.test.mjs.json']),
    )
  }
}
