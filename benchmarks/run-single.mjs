/**
 * One engine, all single-process workloads: a line of JSON for each. Started by `single.mjs`; with `cold` as the last argument: one round of the
 * workload of that name, and nothing else. What a round needs that is not measured `make` does before, in a process of its own.
 */
import { open } from './peers.mjs'
import { workloads } from './workloads.mjs'
import { loads } from './workloads-loads.mjs'
import { setWorkloads } from './workloads-sets.mjs'

const [engine, path, pattern = '', temperature = 'warm'] = process.argv.slice(2)
const roundMs = 700
const say = (result) => process.stdout.write(`${JSON.stringify(result)}\n`)

/** Operations per second in one go of about `roundMs`. */
function measure(round) {
  let operations = 0
  let elapsed = 0
  const deadline = performance.now() + roundMs
  do {
    const start = performance.now()
    const result = round()
    elapsed += result.ms ?? performance.now() - start
    operations += result.operations ?? result
  } while (performance.now() < deadline)
  return (operations / elapsed) * 1000
}

const db = await open(engine, path)
db.exec('PRAGMA cache_size = -65536')
const all = [...workloads, ...loads, ...setWorkloads]
if (temperature === 'make') {
  for (const sql of all.find(({ name }) => name === pattern).setUp) db.exec(sql)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  process.exit(0)
}
if (temperature === 'cold') {
  const workload = all.find(({ name }) => name === pattern)
  const round = workload.again?.(db) ?? workload.prepare(db)
  const start = performance.now()
  const result = round()
  const ms = result.ms ?? performance.now() - start
  say({ name: pattern, rate: ((result.operations ?? result) / ms) * 1000 })
  db.close()
  process.exit(0)
}
for (const workload of all) {
  if (!workload.name.includes(pattern)) continue
  try {
    const round = workload.prepare(db)
    round()
    const rates = [measure(round), measure(round), measure(round)]
    say({ name: workload.name, rate: Math.max(...rates) })
  } catch (error) {
    say({ name: workload.name, error: error.message })
  }
}
db.close()
say({ name: 'peak memory', rss: process.resourceUsage().maxRSS * 1024 })
process.exit(0)
