/**
 * `npm run bench:queries [-- part of a question's name]`: thirty questions to public databases; `npm run bench:tpch`: ten of TPC-H's, on `SCALE` (0.02) of its
 * data, which is made first. Here and in node:sqlite: each is asked in fresh processes in alternation, `ROUNDS` (3) times: the first run with its
 * compilation, and the median of later ones; of the rounds the best counts. Answers must be the same.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root, setUp } from '../scripts/setup.mjs'
import { queries } from './business-queries.mjs'
import { open, peerNode } from './peers.mjs'
import { geometricMean, showTable } from './table.mjs'
import { makeTpch } from './tpch-data.mjs'
import { tpchQueries } from './tpch-queries.mjs'

setUp({ peers: true })
const args = process.argv.slice(2)
const isTpch = args[0] === '--tpch'
const pattern = args[isTpch ? 1 : 0] ?? ''
const rounds = Number(process.env.ROUNDS ?? 3)
const peers = ['chorusdb', 'node:sqlite']
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-queries-'))
const data = isTpch
  ? folder
  : join(process.env.CORPUS_DIR ?? join(root, '../shared/corpus'), 'data')
if (!existsSync(data)) throw new Error(`no ${data}: set CORPUS_DIR to the corpora`)
if (isTpch) {
  const db = await open('chorusdb', join(folder, 'tpch.db'))
  makeTpch(db, Number(process.env.SCALE ?? 0.02))
  db.close()
}

function ask(engine, { file, name }) {
  const path = join(folder, `${engine.replace(':', '-')}-${file}`)
  if (!existsSync(path)) copyFileSync(join(data, file), path)
  const script = join(import.meta.dirname, 'run-query.mjs')
  const child = spawnSync(peerNode(), ['--no-warnings', script, engine, path, name], {
    encoding: 'utf8',
  })
  if (child.status !== 0) return { error: child.stderr.match(/^\w*Error.*$/m)?.[0] ?? child.stderr }
  return JSON.parse(child.stdout)
}

/** The best of the rounds of one engine. */
function best(answers) {
  const least = (field) => Math.min(...answers.map((answer) => answer[field]))
  return { ...answers[0], cold: least('cold'), warm: least('warm') }
}

const table = []
const ratios = { warm: [], cold: [] }
let isGood = true
try {
  for (const query of isTpch ? tpchQueries : queries) {
    if (!query.name.includes(pattern)) continue
    const answers = peers.map(() => [])
    for (let round = 0; round < rounds; round++) {
      for (const [i, engine] of peers.entries()) answers[i].push(ask(engine, query))
    }
    const failed = answers.flat().find(({ error }) => error !== undefined)
    if (failed !== undefined) {
      isGood = false
      table.push([query.name, '', failed.error.slice(0, 60), '', '', '', ''])
      continue
    }
    const [ours, theirs] = answers.map(best)
    const isSame = ours.rows === theirs.rows && ours.checksum === theirs.checksum
    isGood &&= isSame
    const ms = (value) => value.toFixed(2)
    const ratio = (field) => {
      ratios[field].push(theirs[field] / ours[field])
      return `${(theirs[field] / ours[field]).toFixed(2)}×`
    }
    const line = [query.name, ours.rows, isSame ? 'the same' : 'DIFFERENT', ms(ours.warm)]
    table.push([...line, ratio('warm'), ms(ours.cold), ratio('cold')])
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
showTable(['question', 'rows', 'answer', 'ms', 'to SQLite', 'first ms', 'to SQLite'], table)
const mean = (field) => `${geometricMean(ratios[field]).toFixed(2)}×`
console.log(`geometric mean of the ratios: ${mean('warm')}, of first runs ${mean('cold')}`)
if (!isGood) process.exitCode = 1
