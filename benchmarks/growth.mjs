/**
 * `npm run bench:growth [-- parts of workloads' or sections' names] [--sizes 30000,300000,3000000] [--json FILE] [--processor]`: the warm workloads of `bench:single` on tables of
 * several sizes: our rate, and its ratio to the best of better-sqlite3 and node:sqlite. The last column is the ratio at the last size by that at the first:
 * what stays above 1× does not get worse with more rows. All of it takes about half an hour.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { Contest } from './contest.mjs'
import { participants, readOptions, setting } from './options.mjs'
import { peerNode } from './peers.mjs'
import { growthMeans, growthTable } from './reports.mjs'
import { describeRun, showRun, writeResults } from './results.mjs'
import { sectionsWith } from './sections.mjs'
import { ratioOf } from './table.mjs'

const { patterns, sizes, json, processor } = readOptions({
  json: { type: 'string' },
  processor: { type: 'boolean', default: false },
  sizes: { type: 'string', default: '30000,300000,3000000' },
})
const counts = sizes.split(',').map(Number)
if (!counts.every((count) => Number.isSafeInteger(count) && count > 0)) {
  console.error(`--sizes wants numbers of rows with commas between them, not '${sizes}'`)
  process.exit(1)
}
setUp({ peers: true })
const node = peerNode()
const engines = participants(['chorusdb', 'better-sqlite3', 'node:sqlite'])
const workloads = sectionsWith(patterns)
  .flatMap(({ workloads }) => workloads)
  .filter(({ data }) => data === 'shop')

/** For each workload what it does on tables of `count` rows. */
async function measure(count) {
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-growth-'))
  const contest = new Contest({
    node,
    engines,
    folder,
    rounds: setting('ROUNDS', 2),
    roundMs: setting('ROUND_MS', 300),
    env: { ...process.env, ROWS: String(count), ...(processor && { CLOCK: 'processor' }) },
  })
  const results = []
  try {
    for (const workload of workloads) {
      const { rates } = await contest.warm(workload)
      results.push({ rate: rates.chorusdb, ratio: ratioOf(engines.map((engine) => rates[engine])) })
    }
    return results
  } finally {
    contest.end()
    rmSync(folder, { recursive: true, force: true })
  }
}

const run = describeRun('growth', node, engines)
console.log(`warm, by the number of rows; ${showRun(run)}`)
const columns = []
for (const count of counts) {
  columns.push(await measure(count))
  console.log(`${count.toLocaleString('en')} rows: measured`)
}
const results = {
  ...run,
  processor,
  sizes: counts,
  workloads: workloads.map(({ name, unit }, i) => ({
    name,
    unit,
    results: columns.map((column) => column[i]),
  })),
}
console.log(`\n${growthTable(results)}\n\n${growthMeans(results)}`)
if (json !== undefined) writeResults(json, results)
