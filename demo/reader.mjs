/** A reading process: looks at everything in one transaction and checks that it is whole, again and again. */
import { openSync, writeSync } from 'node:fs'
import { Database } from '../dist/chorusdb.js'
import { accountCount, partsPerEvent, startBalance } from './work.mjs'

const [path, , , statePath] = process.argv.slice(2)
const state = openSync(statePath, 'r+')
const db = new Database(path, { experimental: ['multiprocess_wal'], timeout: 60_000 })

const sum = db.prepare('SELECT sum(balance) FROM demo_account').pluck()
const newest = db.prepare('SELECT writer, max(seq), count(*) FROM demo_event GROUP BY writer').raw()
const parts = db.prepare('SELECT count(*) FROM demo_event WHERE writer = ? AND seq = ?').pluck()

let reads = 0
let stopping = false
process.stdin.on('end', () => {
  stopping = true
})
process.stdin.resume()

const lastSeen = new Map()

const look = db.transaction(() => {
  const total = sum.get()
  if (total !== accountCount * startBalance) throw new Error(`the accounts' sum is ${total}`)
  for (const [writer, seq, count] of newest.all()) {
    if (count !== seq * partsPerEvent) {
      throw new Error(`writer ${writer}: ${count} rows for ${seq} transactions`)
    }
    if (parts.get(writer, seq) !== partsPerEvent) {
      throw new Error(`writer ${writer}: transaction ${seq} in part`)
    }
    if (seq < (lastSeen.get(writer) ?? 0)) throw new Error(`writer ${writer} went back in time`)
    lastSeen.set(writer, seq)
  }
  if (sum.get() !== total) throw new Error('the sum changed within a transaction')
})

let error
try {
  while (!stopping) {
    for (const until = performance.now() + 20; performance.now() < until;) {
      look()
      reads++
    }
    writeSync(state, `reading ${reads}          `, 0)
    await new Promise((resolve) => setImmediate(resolve))
  }
} catch (caught) {
  error = caught.stack
}
db.close()
console.log(JSON.stringify({ reads, error }))
process.exit(error === undefined ? 0 : 1)
