/**
 * A process of `single.mjs` or `growth.mjs`:
 *
 *   data NAME PATH               makes the data of that name
 *   make WORKLOAD PATH           makes there what a cold round of the workload finds
 *   cold WORKLOAD PATH ENGINE    one round, and nothing else: a line of JSON. Preparing its statements counts
 *   warm FOLDER ENGINE           does what its parent asks for: `{ prepare }`, a workload's name, which includes a first round; `{ measure }`, a round or
 *                                more of that, as many as fill these ms; `{ memory }`. On the files `ENGINE-DATA.db` in the folder, which are there
 */
import { join } from 'node:path'
import { stopwatch } from './clock.mjs'
import { makeDataset } from './datasets.mjs'
import { peakMemory } from './peak-memory.mjs'
import { open } from './peers.mjs'
import { findWorkload } from './sections.mjs'

const [task, ...args] = process.argv.slice(2)
const say = (result) => process.stdout.write(`${JSON.stringify(result)}\n`)

async function connect(engine, path) {
  const db = await open(engine, path)
  db.exec('PRAGMA cache_size = -65536')
  db.exec('PRAGMA synchronous = NORMAL')
  return db
}

/** The operations of a round, and its ms. */
function time(round) {
  const passed = stopwatch()
  const result = round()
  const ms = passed()
  return typeof result === 'number' ? { operations: result, ms } : result
}

/** Operations per second in one go of about `roundMs`. */
function measure(round, roundMs) {
  let operations = 0
  let counted = 0
  const deadline = performance.now() + roundMs
  const passed = stopwatch()
  do {
    const result = round()
    operations += result.operations ?? result
    counted += result.ms ?? 0
  } while (performance.now() < deadline)
  // Rounds that say how long they took have done something else, too.
  return (operations / (counted || passed())) * 1000
}

async function make(name, path) {
  const db = await connect('chorusdb', path)
  for (const sql of findWorkload(name).setUp) db.exec(sql)
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
}

async function cold(name, path, engine) {
  const db = await connect(engine, path)
  let preparing = 0
  const prepare = (sql) => {
    const passed = stopwatch()
    const statement = db.prepare(sql)
    preparing += passed()
    return statement
  }
  const round = findWorkload(name).begin({ ...db, prepare })
  const before = preparing
  const { operations, ms } = time(round)
  say({ rate: (operations / (ms + before)) * 1000 })
  db.close()
}

/** What a round that failed has begun is not there for the next. */
function rollBack(db) {
  try {
    db?.exec('ROLLBACK')
  } catch {
    // No transaction was open.
  }
}

function warm(folder, engine) {
  let db
  let data
  let round
  async function answer({ prepare, measure: roundMs }) {
    if (prepare === undefined) {
      if (roundMs === undefined) return { memory: peakMemory() }
      return { rate: measure(round, roundMs) }
    }
    const workload = findWorkload(prepare)
    if (workload.data !== data) {
      db?.close()
      db = undefined
      db = await connect(engine, join(folder, `${engine.replace(':', '-')}-${workload.data}.db`))
      data = workload.data
    }
    round = workload.prepare(db)
    const start = performance.now()
    round()
    return { ms: performance.now() - start }
  }
  process.on('message', (question) => {
    answer(question).then(
      (reply) => process.send(reply),
      (error) => {
        rollBack(db)
        process.send({ error: error.message })
      },
    )
  })
  process.on('disconnect', () => process.exit(0))
}

if (task === 'warm') warm(...args)
else {
  if (task === 'data') say({ missing: await makeDataset(...args) })
  if (task === 'make') await make(...args)
  if (task === 'cold') await cold(...args)
  process.exit(0)
}
