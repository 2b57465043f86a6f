/** Takes jobs, and does them, until it is told to end. */
import { setTimeout as pause } from 'node:timers/promises'
import { openQueue } from './queue.mjs'

const [path, mood] = process.argv.slice(2)
const queue = openQueue(path)
let goesOn = true
process.once('message', () => (goesOn = false))

while (goesOn) {
  const job = queue.take()
  if (job === undefined) {
    await pause(10)
    continue
  }
  process.send?.(job.id)
  // No transaction is open while it works: the others go on.
  await pause(mood === 'stuck' ? 60_000 : 2)
  queue.finish(job, `${job.data} by ${process.pid}`)
}
queue.close()
process.disconnect()
