/**
 * All platforms, from one Linux machine:
 *
 *   npm run cross -- [--target NAME …] [--smoke]
 *
 * builds the addon for each (`scripts/cross/targets.mjs`) into `prebuilds/`, looks whether each binary is what it should be, and then
 * runs the smoke test (`scripts/smoke.mjs`) on those that can be run here. `--smoke` takes the binaries that are there
 * and builds nothing. What is missing for it is named, with ways to get it.
 */
import { statSync } from 'node:fs'
import { relative } from 'node:path'
import { parseArgs } from 'node:util'
import { buildTarget, checkPrebuild, prebuildPath } from './cross/build.mjs'
import { findRunner } from './cross/runner.mjs'
import { targets } from './cross/targets.mjs'
import { missingPieces } from './cross/toolchain.mjs'
import { root, setUpDependencies, setUpJavaScript } from './setup.mjs'
import { runSmoke } from './smoke.mjs'

function fail(...sentences) {
  for (const sentence of sentences) console.error(`cross: ${sentence}`)
  process.exit(1)
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        target: { type: 'string', multiple: true },
        smoke: { type: 'boolean', default: false },
      },
    })
    return values
  } catch (error) {
    return fail(error.message)
  }
}

const names = targets.map(({ name }) => name).join(', ')
const { target: wanted, smoke: smokeOnly } = options()
const chosen = wanted ? targets.filter(({ name }) => wanted.includes(name)) : targets
for (const name of wanted ?? []) {
  if (!chosen.some((target) => target.name === name))
    fail(`no target '${name}'; there are ${names}`)
}

function build() {
  const missing = missingPieces(chosen.map(({ triple }) => triple))
  if (missing.length > 0) fail(...missing.map((piece) => `missing: ${piece}`))
  const rows = []
  let failures = 0
  for (const target of chosen) {
    console.log(`cross: ${target.name}`)
    const start = performance.now()
    const problem = buildTarget(target)
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    if (problem === null) {
      const path = prebuildPath(target)
      rows.push([target.name, String(statSync(path).size), seconds, relative(root, path)])
    } else {
      failures++
      rows.push([target.name, '-', seconds, problem])
    }
  }
  const header = ['target', 'bytes', 'seconds', 'binary']
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i].length)))
  for (const row of [header, ...rows]) {
    console.log(
      row
        .map((cell, i) => cell.padEnd(widths[i]))
        .join('  ')
        .trimEnd(),
    )
  }
  if (failures > 0) fail(`${failures} of ${chosen.length} targets were not built`)
}

/** Where several processes can be tried. What was asked for by name must be, and of `--smoke` alone something. */
async function smoke() {
  setUpDependencies()
  setUpJavaScript()
  let tried = 0
  for (const target of chosen) {
    const { node, obstacle } = findRunner(target)
    if (obstacle !== null) {
      if (smokeOnly && wanted) fail(`${target.name}: ${obstacle}`)
      console.log(`smoke: ${target.name}: not run: ${obstacle}`)
      continue
    }
    const unfit = checkPrebuild(target)
    if (unfit !== null) {
      fail(`prebuilds/${target.prebuild} ${unfit}: 'npm run cross -- --target ${target.name}'`)
    }
    const problems = await runSmoke({
      name: target.name,
      node,
      addon: prebuildPath(target),
      prebuild: target.prebuild,
    })
    if (problems.length > 0) fail(...problems.map((problem) => `${target.name}: ${problem}`))
    tried++
  }
  if (smokeOnly && tried === 0) fail('none of these can be run on this machine')
}

try {
  if (!smokeOnly) build()
  await smoke()
} catch (error) {
  // Of a file that cannot be written, for example.
  fail(error.message)
}
