/**
 * Who commits for `bench:watch`, in a process of its own: `engine path commits pauseMs`. Each row that it inserts says which one it is; a line of JSON says when each had been
 * committed, on the clock that processes have in common (`process.hrtime`).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { open } from './peers.mjs'

const [engine, path, commits, pauseMs] = process.argv.slice(2)
const db = await open(engine, path, { multiprocess: true })
const insert = db.prepare('INSERT INTO told(id) VALUES (?)')
const committedAt = []
for (let id = 1; id <= Number(commits); id++) {
  // Not in step with anything.
  // oxlint-disable-next-line no-await-in-loop -- one after the other
  await sleep(Number(pauseMs) * (0.5 + Math.random()))
  insert.run(id)
  committedAt.push(Number(process.hrtime.bigint()) / 1e6)
}
process.stdout.write(JSON.stringify(committedAt))
db.close()
