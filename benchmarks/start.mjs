/**
 * `npm run bench:start [-- --json FILE]`: processes that import an engine, open a new file, ask 21 small statements, and end; this engine, better-sqlite3
 * and node:sqlite in turn, beside a Node that does nothing, in Node 24 and 22, which set-up brings (`NODES`: others, paths with colons between them).
 * Processor time is that of the whole process, its threads and its end included, as its shell counts it; the least of `RUNS` (15) processes counts, for what
 * others do on the machine only adds to it. First each statement alone, as it is first met by its process, then the processes.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp, setUpNodes } from '../scripts/setup.mjs'
import { readOptions } from './options.mjs'
import { peerNode } from './peers.mjs'
import { startGoals, startTable } from './reports.mjs'
import { describeRun, presentLoad, showRun, writeResults } from './results.mjs'
import { statements } from './start-statements.mjs'
import { showTable } from './table.mjs'

const { json } = readOptions({ json: { type: 'string' } })
setUp({ peers: true })
const runs = Number(process.env.RUNS ?? 15)
const script = join(import.meta.dirname, 'run-start.mjs')
const kinds = [
  'none',
  'chorusdb+import',
  'better-sqlite3+import',
  'chorusdb',
  'better-sqlite3',
  'node:sqlite',
]
const startEngines = ['chorusdb', 'better-sqlite3', 'node:sqlite']
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-start-'))

/** What one process has used: processor time and time in ms, memory in MiB, its statements' times in µs; null: it failed. */
function run(node, kind, place) {
  const path = join(folder, `${place}.db`)
  const shell = spawnSync(
    'bash',
    ['-c', 'TIMEFORMAT="%U %S %R"; time "$@"', 'bash', node, script, kind, path],
    { encoding: 'utf8', env: { ...process.env, NODE_NO_WARNINGS: '1' } },
  )
  for (const end of ['', '-wal', '-shm', '-tshm']) rmSync(path + end, { force: true })
  if (shell.status !== 0) return null
  const [user, system, real] = shell.stderr.trim().split('\n').at(-1).split(' ').map(Number)
  const { maxRSS, times } = JSON.parse(shell.stdout)
  return { cpu: (user + system) * 1e3, wall: real * 1e3, memory: maxRSS / 1024, times }
}

function measure(node) {
  const results = new Map(kinds.map((kind) => [kind, []]))
  for (let i = 0; i <= runs; i++) {
    for (const kind of kinds) {
      const result = run(node, kind, `${i}`)
      // The first round warms the machine's caches, and this engine's own.
      if (result !== null && i > 0) results.get(kind).push(result)
    }
  }
  return results
}

const least = (results, of) => Math.min(...results.map(of))

/** Shows what the processes of a Node took, and answers it. */
function showNode(node) {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim().slice(1)
  const load = presentLoad()
  const results = measure(node)
  const present = kinds.filter((kind) => results.get(kind).length > 0)
  const processes = present.map((kind) => {
    const all = results.get(kind)
    return {
      name: kind.replace('+', ', '),
      cpu: least(all, ({ cpu }) => cpu),
      wall: least(all, ({ wall }) => wall),
      memory: least(all, ({ memory }) => memory),
    }
  })
  const asking = present.filter((kind) => kind !== 'none' && !kind.includes('+'))
  const timeOf = (kind, i) => least(results.get(kind), ({ times }) => times[i])
  const rows = statements.map(([sql], i) => {
    const times = asking.map((kind) => timeOf(kind, i))
    return [sql.length > 60 ? `${sql.slice(0, 59)}…` : sql, ...times]
  })
  const sums = asking.map((_, k) => rows.reduce((sum, row) => sum + row[k + 1], 0))
  rows.push(['all', ...sums])
  console.log(
    `\nNode ${version}: each statement's only run, from its text to its last row, µs, least of ${runs}`,
  )
  showTable(
    ['statement', ...asking, 'ratio to best'],
    rows.map(([sql, ours, ...others]) => [
      sql,
      ...[ours, ...others].map((time) => time.toFixed(0)),
      others.length === 0 ? 'n/a' : `${(ours / Math.min(...others)).toFixed(1)}×`,
    ]),
  )
  return { node: version, load, processes }
}

const found = process.env.NODES?.split(':') ?? setUpNodes()
const nodes = found.length > 0 ? found : [peerNode()]
try {
  const measured = [...new Set(nodes)].map(showNode)
  const run = describeRun('start', nodes[0], startEngines)
  const results = { ...run, runs, nodes: measured }
  console.log(`\nprocesses, least of ${runs}, processor time in ms; ${showRun(results)}`)
  console.log(`${startTable(results)}\n\n${startGoals(results)}`)
  if (json !== undefined) writeResults(json, results)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
