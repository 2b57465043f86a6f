/**
 * `npm run bench:plans [-- --seed N] [--databases N] [--questions N]`: random databases with random indexes, with statistics and without, and
 * random joins, here and in node:sqlite. Shows questions that take three times as long here, and more than 5 ms: their plans are worse. Answers must be
 * the same.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setUp } from '../scripts/setup.mjs'
import { peerNode } from './peers.mjs'

setUp({ peers: true })
const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    databases: { type: 'string', default: '20' },
    questions: { type: 'string', default: '40' },
  },
})
const script = join(import.meta.dirname, 'run-plans.mjs')
const ratios = []
let isGood = true
for (let i = 0; i < Number(values.databases); i++) {
  const seed = Number(values.seed) + i
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-plans-'))
  const child = spawnSync(
    peerNode(),
    ['--no-warnings', script, folder, String(seed), values.questions],
    { encoding: 'utf8', timeout: 180_000, maxBuffer: 1e9 },
  )
  rmSync(folder, { recursive: true, force: true })
  let sql = ''
  let isOpen = false
  for (const text of child.stdout.split('\n')) {
    if (text === '') continue
    const line = JSON.parse(text)
    isOpen = line.sql !== undefined
    if (isOpen) {
      sql = line.sql
      continue
    }
    ratios.push(line.ours / line.theirs)
    if (line.plans === undefined) continue
    isGood = false
    const what = line.isSame ? '' : '  DIFFERENT ANSWERS'
    console.log(
      `\nseed ${seed}${line.isAnalyzed ? ', analyzed' : ''}: ${line.ours.toFixed(1)} ms to ${line.theirs.toFixed(1)} ms${what}`,
    )
    console.log(`  ${sql}`)
    console.log(`  ${line.setup.join(';\n  ')}`)
    console.log(`  here:   ${line.plans.ours.join(' | ')}`)
    console.log(`  SQLite: ${line.plans.theirs.join(' | ')}`)
  }
  if (child.status !== 0) {
    isGood = false
    console.log(
      `\nseed ${seed}: ${child.error?.code ?? child.stderr.trim().split('\n').slice(-6).join('\n')}${isOpen ? `\n  ${sql}` : ''}`,
    )
  }
}
ratios.sort((a, b) => a - b)
const at = (share) => ratios[Math.floor(ratios.length * share)]?.toFixed(2)
console.log(
  `\n${ratios.length} questions; ours / SQLite's: median ${at(0.5)}, 90 % ${at(0.9)}, 99 % ${at(0.99)}`,
)
if (!isGood) process.exitCode = 1
