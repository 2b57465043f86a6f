/** One process of a multi-process workload. Started by `multi.mjs`; prints one line of JSON. */
import { open } from './peers.mjs'

const [engine, path, role, startAt, duration, warmUp] = process.argv.slice(2)
const db = await open(engine, path, { multiprocess: true })
const random = (n) => Math.floor(Math.random() * n)

const roles = {
  writer(level) {
    db.exec(`PRAGMA synchronous = ${level}`)
    const insert = db.prepare('INSERT INTO log(who, note) VALUES (?, ?)')
    return () => insert.run(process.pid, 'a row of some length')
  },
  counter() {
    const read = db.prepare('SELECT n FROM counter WHERE id = ?')
    const write = db.prepare('UPDATE counter SET n = ? WHERE id = ?')
    db.exec('PRAGMA synchronous = NORMAL')
    return () => {
      const id = 1 + random(10)
      db.exec('BEGIN IMMEDIATE')
      write.run(read.get(id).n + 1, id)
      db.exec('COMMIT')
    }
  },
  reader() {
    const read = db.prepare('SELECT n FROM counter WHERE id = ?')
    return () => read.get(1 + random(10))
  },
}

const [kind, level] = role.split('-')
const operation = roles[kind](level)
while (Date.now() < Number(startAt)) await new Promise((resolve) => setTimeout(resolve, 1))
// Nothing is counted while it warms up, but waits count from the first operation on.
const begin = performance.now() + Number(warmUp)
const end = begin + Number(duration)
let count = 0
let total = 0
let errors = 0
let worstMs = 0
let lastError
for (let before = performance.now(); before < end;) {
  try {
    operation()
    total++
    if (before >= begin) count++
  } catch (error) {
    errors++
    lastError = error.message
    try {
      db.exec('ROLLBACK')
    } catch {
      // No transaction was open.
    }
  }
  const after = performance.now()
  worstMs = Math.max(worstMs, after - before)
  before = after
}
db.close()
process.stdout.write(`${JSON.stringify({ role, count, total, errors, worstMs, lastError })}\n`)
process.exit(0)
