/** What a file of results says: of which machine, which versions and which day its figures are. No names of hosts, users or paths are in it. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join } from 'node:path'
import { root } from '../scripts/setup.mjs'

const versionOf = (...path) => JSON.parse(readFileSync(join(root, ...path, 'package.json'))).version

/** SQLite's version in a peer, asked in the Node that runs it. */
function sqliteVersion(node, opening) {
  const script = `const db = ${opening}; console.log(db.prepare('SELECT sqlite_version() AS v').get().v)`
  const child = spawnSync(node, ['--no-warnings', '-e', script], { cwd: root, encoding: 'utf8' })
  return child.status === 0 ? child.stdout.trim() : null
}

/** Of each engine its version; `missing` where it is not to be had in that Node. */
const describe = {
  chorusdb: () => versionOf(),
  'better-sqlite3': (node) => {
    const version = sqliteVersion(node, "require('better-sqlite3')(':memory:')")
    return version === null
      ? 'missing'
      : `${versionOf('node_modules/better-sqlite3')} (SQLite ${version})`
  },
  'node:sqlite': (node) => {
    const version = sqliteVersion(node, "new (require('node:sqlite').DatabaseSync)(':memory:')")
    return version === null ? 'missing' : `(SQLite ${version})`
  },
  turso: () => versionOf('node_modules/@tursodatabase/database'),
}

/** How many processes wanted a processor in the last minute, on average. */
export function presentLoad() {
  return Number(loadavg()[0].toFixed(1))
}

/**
 * @param {string} benchmark its name
 * @param {string} node the path of the Node that runs the engines
 * @param {string[]} engines those that take part, in the order in which they are shown
 */
export function describeRun(benchmark, node, engines) {
  return {
    benchmark,
    date: new Date().toISOString().slice(0, 10),
    machine: {
      processor: cpus()[0]?.model.trim() ?? process.arch,
      processors: availableParallelism(),
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${process.platform} ${process.arch}`,
      load: presentLoad(),
    },
    node: spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim(),
    engines: Object.fromEntries(engines.map((engine) => [engine, describe[engine](node)])),
  }
}

/** A line for the head of a table. */
export function showRun({ date, machine, node, engines }) {
  const versions = Object.entries(engines).map(([name, version]) => `${name} ${version}`)
  return `${date}, ${machine.processor}, ${machine.processors} processors with a load of ${machine.load} at the beginning, Node ${node.slice(1)}, ${versions.join(', ')}`
}

/** What an earlier run has written there, or `undefined`. */
export function readResults(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
}

export function writeResults(path, results) {
  writeFileSync(path, `${JSON.stringify(results, null, 2)}\n`)
  console.log(`written: ${path}`)
}
