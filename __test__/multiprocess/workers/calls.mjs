/**
 * Makes many calls at once on one database of `connect()`, and stops some of them: `engine path seed calls`. It prints what was
 * acknowledged, in the order in which it was, and what was stopped; and everything that was not as it should be.
 */
const [engine, path, seedText, callsText] = process.argv.slice(2)
const { connect } = await import(engine)
const calls = Number(callsText)

let state = Number(seedText) | 0
/** From 0 up to, but not including, `limit`. (mulberry32) */
function below(limit) {
  state = (state + 0x6d2b79f5) | 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * limit)
}

const db = await connect(path, {
  experimental: ['multiprocess_wal'],
  readers: 8,
  timeout: 60_000,
  transactionWarning: 0,
})
const acknowledged = []
const stopped = []
const wrong = []
process.on('unhandledRejection', (error) => wrong.push(`unhandled: ${error}`))

/** Options of a call that may be stopped at any time, or not at all. */
function mayStop() {
  switch (below(6)) {
    case 0: {
      const controller = new AbortController()
      const reason = new Error('stopped')
      if (below(4) === 0) controller.abort(reason)
      else setTimeout(() => controller.abort(reason), below(30))
      return { signal: controller.signal }
    }
    case 1:
      return { queryTimeout: 1 + below(30) }
    default:
      return {}
  }
}

const isStop = (error) => error.message === 'stopped' || error.code === 'SQLITE_INTERRUPT'
const insert = 'INSERT INTO entry(process, call) VALUES (?, ?)'
/** Enough work for some slices. */
const slow = `INSERT INTO entry(process, call) SELECT ?, ? WHERE
  (SELECT count(*) FROM number AS a, number AS b WHERE a.n + b.n < 0) = 0`

async function write(call) {
  const options = mayStop()
  const values = [process.pid, call]
  const withOptions = Object.keys(options).length === 0 ? values : [...values, options]
  try {
    switch (below(5)) {
      case 0:
        await db.run(slow, ...withOptions)
        break
      case 1:
        await db.batch([{ sql: insert, args: values }, 'UPDATE total SET n = n + 1'], {
          mode: 'write',
          ...options,
        })
        acknowledged.push(call)
        return
      case 2:
        await db.transactionAsync(async (tx) => {
          await tx.run(insert, values)
          await new Promise((resolve) => setTimeout(resolve, below(3)))
          await tx.run('UPDATE total SET n = n + 1')
        }, options)()
        acknowledged.push(call)
        return
      default:
        await db.run(insert, ...withOptions)
    }
    acknowledged.push(call)
  } catch (error) {
    if (!isStop(error)) wrong.push(`${call}: ${error.stack}`)
    stopped.push(call)
  }
}

const own = 'SELECT count(*) AS n FROM entry WHERE process = ?'

async function read() {
  const least = acknowledged.length
  const options = mayStop()
  const params = Object.keys(options).length === 0 ? [process.pid] : [process.pid, options]
  try {
    if (below(8) > 0) {
      const { n } = await db.get(own, ...params)
      if (n < least) wrong.push(`a read saw ${n} of ${least}`)
      return
    }
    let n = 0
    for await (const _ of db.iterate('SELECT call FROM entry WHERE process = ?', ...params)) n++
    if (n < least) wrong.push(`rows: ${n} of ${least}`)
  } catch (error) {
    if (!isStop(error)) wrong.push(`read: ${error.stack}`)
  }
}

process.stdout.write('"ready"\n')
await new Promise((resolve) => process.stdin.once('data', resolve))
const running = []
/** One of two runs is interrupted as a whole, once. */
const interruptedAt = below(2 * calls)
for (let call = 0; call < calls; call++) {
  running.push(below(2) === 0 ? write(call) : read())
  if (below(20) === 0) await new Promise((resolve) => setTimeout(resolve, below(20)))
  if (call === interruptedAt) db.interrupt()
}
await Promise.all(running)
const closing = Promise.all([write(calls), db.close()])
await closing
process.stdout.write(`${JSON.stringify({ pid: process.pid, acknowledged, stopped, wrong })}\n`)
process.exit()
