/**
 * `npm run bench:features [-- part of a family or name]`: one feature of the language at a time, over 300,000 rows, here, in
 * better-sqlite3 and in node:sqlite. Warm: all engines in one process in turn, `ROUNDS` (5) times, the best counts. Cold: the first run in a fresh process, from
 * text to answer, the best of `COLD` (2; 0: not at all).
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { families, makeData } from './feature-statements.mjs'
import { open, peerNode } from './peers.mjs'
import { showTable } from './table.mjs'

setUp({ peers: true })
const engines = ['chorusdb', 'better-sqlite3', 'node:sqlite']
const pattern = process.argv[2] ?? ''
const rounds = Number(process.env.ROUNDS ?? 5)
const coldRounds = Number(process.env.COLD ?? 2)
const folder = process.env.BENCH_FOLDER ?? mkdtempSync(join(tmpdir(), 'chorusdb-features-'))
const script = join(import.meta.dirname, 'run-feature.mjs')
const pathOf = (engine) => join(folder, `${engine.replace(':', '-')}.db`)

function run(args) {
  const child = spawnSync(peerNode(), ['--no-warnings', script, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 26,
  })
  return child.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** Ours against the best of the others. */
function ratioOf([ours, ...others]) {
  const theirs = others.filter((ms) => typeof ms === 'number')
  return typeof ours === 'number' ? Math.min(...theirs) / ours : NaN
}

try {
  const original = join(folder, 'original.db')
  const db = await open('chorusdb', original)
  makeData(db)
  db.close()
  for (const engine of engines) copyFileSync(original, pathOf(engine))
  const paths = engines.map(pathOf)
  const warm = new Map(run(['warm', pattern, String(rounds), ...paths]).map((r) => [r.key, r]))
  const table = []
  for (const [family, statements] of Object.entries(families))
    for (const [name] of statements) {
      const key = `${family}: ${name}`
      const { ms, error } = warm.get(key) ?? {}
      if (ms === undefined && error === undefined) continue
      if (error !== undefined) {
        table.push([key, error.slice(0, 40), '', '', '', ''])
        continue
      }
      const cold = engines.map((engine, i) => {
        const times = Array.from(
          { length: coldRounds },
          () => run(['cold', key, engine, paths[i]])[0]?.ms,
        )
        return coldRounds === 0 ? undefined : Math.min(...times)
      })
      const show = (x) => (Number.isFinite(x) ? `${x.toFixed(2)}×` : '')
      table.push([
        key,
        ...ms.map((x) => (x === null ? 'n/a' : x.toFixed(1))),
        show(ratioOf(ms)),
        show(ratioOf(cold)),
      ])
    }
  showTable(['feature', ...engines, 'warm', 'cold'], table)
} finally {
  if (process.env.BENCH_FOLDER === undefined) rmSync(folder, { recursive: true, force: true })
}
