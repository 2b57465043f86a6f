/** Loads the engine, says so, and when told creates a database that others create too: `engine path`. */
import { createInterface } from 'node:readline'

const [engine, path] = process.argv.slice(2)
const { Database } = await import(engine)
const answer = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)

answer('ready')
for await (const _line of createInterface({ input: process.stdin })) {
  try {
    const db = new Database(path, { experimental: ['multiprocess_wal'], timeout: 30_000 })
    db.exec('CREATE TABLE IF NOT EXISTS t(a)')
    db.prepare('INSERT INTO t VALUES (?)').run(process.pid)
    answer('done')
  } catch (error) {
    answer(`${error.code} ${error.message}`)
  }
}
