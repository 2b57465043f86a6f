/**
 * `npm run bench:compile [-- part of a question's name]`: what long statements cost from text to answer, in the first run of a
 * fresh process and once more on another database: this engine, better-sqlite3 and node:sqlite in turn. Sizes double, so that
 * it shows whether the time grows with the text or faster. `RUNS` processes each (5), of which the quickest counts.
 */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { peerNode } from './peers.mjs'
import { questions } from './statements.mjs'
import { showTable } from './table.mjs'

setUp({ peers: true })
const engines = ['chorusdb', 'better-sqlite3', 'node:sqlite']
const pattern = process.argv[2] ?? ''
const runs = Number(process.env.RUNS ?? 5)
const node = peerNode()
const script = join(import.meta.dirname, 'run-compile.mjs')

/** The times of one process; null: the engine refuses the statement, or is not there. */
function run(engine, name, size) {
  const args = ['--no-warnings', script, engine, name, String(size)]
  const { status, stdout } = spawnSync(node, args, { encoding: 'utf8' })
  return status === 0 ? JSON.parse(stdout) : null
}

const least = (times, which) =>
  times.length === 0 ? undefined : Math.min(...times.map((t) => t[which]))
const show = (time) => (time === undefined ? 'n/a' : time.toFixed(time < 10 ? 1 : 0))
const times = (a, b) =>
  a === undefined || b === undefined || !isFinite(b) ? 'n/a' : `${(a / b).toFixed(1)}×`

const rows = []
for (const { name, sizes } of questions) {
  if (!name.includes(pattern)) continue
  let last
  for (const size of sizes) {
    const measured = new Map(engines.map((engine) => [engine, []]))
    for (let i = 0; i < runs; i++) {
      for (const engine of engines) {
        const result = run(engine, name, size)
        if (result !== null) measured.get(engine).push(result)
      }
    }
    const first = engines.map((engine) => least(measured.get(engine), 'first'))
    const second = engines.map((engine) => least(measured.get(engine), 'second'))
    const best = (all) => Math.min(...all.slice(1).filter((time) => time !== undefined))
    rows.push([
      name,
      String(size),
      ...first.map(show),
      times(first[0], last),
      times(first[0], best(first)),
      times(second[0], best(second)),
    ])
    last = first[0]
  }
}
const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim()
console.log(`ms, first run in a fresh process, Node ${version}, quickest of ${runs}`)
showTable(
  ['statement', 'terms', ...engines, 'twice the terms', 'first / best', 'second / best'],
  rows,
)
