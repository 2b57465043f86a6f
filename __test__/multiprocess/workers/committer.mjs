/**
 * Commits transactions of random sizes until its input ends, and acknowledges each in a file after COMMIT has
 * returned: `engine path id acknowledgements`. A transaction with number n writes `rows` rows (who, n, i).
 */
import { openSync, writeSync } from 'node:fs'

const [, , engine, path, id, acknowledgements] = process.argv
const { Database } = await import(engine)
const file = openSync(acknowledgements, 'a')
const db = new Database(path, { experimental: ['multiprocess_wal'], timeout: 30_000 })
db.pragma(`cache_size = ${Number(id) % 3 === 0 ? 12 : 2000}`)
const insert = db.prepare('INSERT INTO entry(who, n, i, filler) VALUES (?, ?, ?, ?)')
const forget = db.prepare('DELETE FROM scratch WHERE id % 7 = ?')
const scratch = db.prepare('INSERT INTO scratch(filler) VALUES (?)')

let stopping = false
process.stdin.on('end', () => {
  stopping = true
})
process.stdin.resume()

const random = (n) => Math.floor(Math.random() * n)

function commit(n) {
  const rows = random(4) === 0 ? 1 + random(60) : 1 + random(3)
  db.exec('BEGIN IMMEDIATE')
  for (let i = 0; i < rows; i++) insert.run(Number(id), n, i, 'x'.repeat(random(700)))
  if (random(3) === 0) scratch.run('y'.repeat(random(9000)))
  if (random(10) === 0) forget.run(random(7))
  db.exec('COMMIT')
  writeSync(file, `${n} ${rows}\n`)
  if (random(50) === 0) db.pragma(`wal_checkpoint(${['PASSIVE', 'FULL', 'TRUNCATE'][random(3)]})`)
}

process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
for (let n = 1; !stopping; n++) {
  commit(n)
  if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
}
db.close()
