/** One engine, one question in a fresh process: a line of JSON with its checksum, time and peak memory. Started by `spill.mjs`. */
import { peakMemory } from './peak-memory.mjs'
import { open } from './peers.mjs'
import { questions } from './spill-questions.mjs'

const [engine, path, name] = process.argv.slice(2)
const { sql, before = [], inAnyOrder = false } = questions.find((one) => one.name === name)

function hashOf(value) {
  if (typeof value === 'number') return Math.imul(value | 0, 0x9e3779b1) ^ Math.floor(value)
  const text = String(value)
  let hash = text.length
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}

const db = await open(engine, path)
db.exec('PRAGMA cache_size = -16384')
const start = performance.now()
db.exec('BEGIN')
for (const one of before) db.exec(one)
let rows = 0
let checksum = 0
for (const row of db.prepare(sql).iterate()) {
  let hash = 0
  for (const key in row) hash = (Math.imul(hash, 31) + hashOf(row[key])) | 0
  // The order of the rows counts too.
  checksum = (inAnyOrder ? checksum + hash : Math.imul(checksum, 31) + hash) | 0
  rows++
}
const ms = Math.round(performance.now() - start)
db.exec('ROLLBACK')
db.close()
const rss = peakMemory()
process.stdout.write(`${JSON.stringify({ rows, checksum, ms, rss })}\n`)
