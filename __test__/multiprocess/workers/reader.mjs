/**
 * Reads without a pause, in transactions of `reads` queries each, until its input ends; then prints how often.
 * Arguments: path, reads in a transaction, `several` or `one` for the mode.
 */
import { setImmediate as turn } from 'node:timers/promises'

const [engine, path, reads, mode] = process.argv.slice(2)
const { Database } = await import(engine)
const options = mode === 'several' ? { experimental: ['multiprocess_wal'] } : {}
const db = new Database(path, { ...options, timeout: 20_000 })
const count = db.prepare('SELECT count(*), sum(v) FROM t').raw()
let isOver = false
let transactions = 0
process.stdin.on('end', () => (isOver = true)).resume()
const read = db.transaction(() => {
  const first = JSON.stringify(count.get())
  for (let i = 1; i < reads; i++) {
    if (JSON.stringify(count.get()) !== first) throw new Error('a transaction saw two states')
  }
})
process.stdout.write('"ready"\n')
while (!isOver) {
  for (let i = 0; i < 50; i++, transactions++) read()
  await turn()
}
db.close()
process.stdout.write(`${JSON.stringify(transactions)}\n`)
