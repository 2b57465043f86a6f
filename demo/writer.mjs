/** A writing process: transfers until its standard input closes. Acknowledges each commit after it returned. */
import { openSync, writeSync } from 'node:fs'
import { Database } from '../dist/chorusdb.js'
import { accountCount, partsPerEvent } from './work.mjs'

const [path, id, ackPath, statePath] = process.argv.slice(2)
const writer = Number(id)
const acknowledgements = openSync(ackPath, 'a')
const state = openSync(statePath, 'r+')
const db = new Database(path, { experimental: ['multiprocess_wal'], timeout: 60_000 })

const take = db.prepare('UPDATE demo_account SET balance = balance - ? WHERE id = ?')
const give = db.prepare('UPDATE demo_account SET balance = balance + ? WHERE id = ?')
const note = db.prepare('INSERT INTO demo_event(writer, seq, part, note) VALUES (?, ?, ?, ?)')
const random = (n) => 1 + Math.floor(Math.random() * n)

let seq = 0
let worstMs = 0
let stopping = false
process.stdin.on('end', () => {
  stopping = true
})
process.stdin.resume()

const show = (word) => writeSync(state, `${word} ${seq}          `, 0)

function transfer() {
  const start = performance.now()
  show('waiting')
  db.exec('BEGIN IMMEDIATE')
  show('working')
  const amount = random(10)
  take.run(amount, random(accountCount))
  give.run(amount, random(accountCount))
  for (let part = 1; part <= partsPerEvent; part++) {
    note.run(writer, seq + 1, part, `part ${part} of a transfer of ${amount}`)
  }
  db.exec('COMMIT')
  seq++
  writeSync(acknowledgements, `${seq}\n`)
  worstMs = Math.max(worstMs, performance.now() - start)
}

let error
try {
  while (!stopping) {
    for (const until = performance.now() + 20; performance.now() < until;) transfer()
    await new Promise((resolve) => setImmediate(resolve))
  }
} catch (caught) {
  error = caught.stack
}
show('done')
db.close()
console.log(JSON.stringify({ commits: seq, worstMs, error }))
process.exit(error === undefined ? 0 : 1)
