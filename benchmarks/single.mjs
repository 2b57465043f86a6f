/**
 * `npm run bench:single [-- parts of workloads' or sections' names] [--json FILE] [--warm | --cold] [--processor]`: one connection, 300,000 rows: this engine,
 * better-sqlite3, node:sqlite and Turso on the same work, as rates and as the ratio to the best of the others.
 *
 * *Warm* is the best of three goes of 0.4 s, in turn, in processes that stay; *cold* is one round in a process that has done nothing before, preparing
 * the statement included, the best of three such processes in turn. (Turso, and what takes longer than 2.5 s, is measured once.) It ends with the geometric
 * means of the ratios. FILE keeps what it has of workloads that are not measured now. With
 * `--processor` the time counts that the engine's thread had a processor (for a machine that others use). All of it takes about a quarter of an hour. `ROWS`, `SCALE` (of TPC-H), `ROUND_MS`, `ROUNDS` and `ENGINES` make it smaller.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { Contest } from './contest.mjs'
import { participants, readOptions, setting } from './options.mjs'
import { peerNode } from './peers.mjs'
import { singleMeans, singleMemory, singleTable } from './reports.mjs'
import { describeRun, presentLoad, readResults, showRun, writeResults } from './results.mjs'
import { sectionsWith, withEarlier } from './sections.mjs'

const { patterns, json, processor, ...only } = readOptions({
  json: { type: 'string' },
  warm: { type: 'boolean', default: false },
  cold: { type: 'boolean', default: false },
  processor: { type: 'boolean', default: false },
})
setUp({ peers: true })
if (processor) process.env.CLOCK = 'processor'
const node = peerNode()
const engines = participants()
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-bench-'))
const rounds = setting('ROUNDS', 3)
const contest = new Contest({ node, engines, folder, rounds, roundMs: setting('ROUND_MS', 400) })
const temperatures = only.warm === only.cold ? ['warm', 'cold'] : only.warm ? ['warm'] : ['cold']
const run = { ...describeRun('single', node, engines), temperatures }

async function measure(workload) {
  const { name, unit, goal, isWarmOnly = false } = workload
  const result = { name, unit, goal, processor, warm: {}, cold: {}, load: {} }
  if (temperatures.includes('warm')) {
    result.load.warm = presentLoad()
    const { rates, errors } = await contest.warm(workload)
    result.warm = rates
    for (const [engine, error] of Object.entries(errors))
      console.log(`left out of "${name}": ${engine}: ${error}`)
  }
  if (temperatures.includes('cold') && !isWarmOnly) {
    result.load.cold = presentLoad()
    result.cold = contest.cold(workload)
  }
  return result
}

const second = processor ? 'second of processor time' : 'second'
console.log(`one process, operations (rows) per ${second}; ${showRun(run)}`)
const measured = []
try {
  for (const { id, title, workloads } of sectionsWith(patterns)) {
    const section = { id, title, workloads: [] }
    for (const workload of workloads) section.workloads.push(await measure(workload))
    measured.push(section)
    console.log(`\n${title}\n`)
    console.log(singleTable(section, run))
  }
  const memory = temperatures.includes('warm') ? await contest.memory() : {}
  const results = { ...run, sections: measured, memory }
  if (temperatures.includes('warm')) console.log(`\n${singleMemory(results)}`)
  console.log(`\n${singleMeans(results)}`)
  if (json !== undefined) writeResults(json, withEarlier(results, readResults(json)))
} finally {
  contest.end()
  rmSync(folder, { recursive: true, force: true })
}
