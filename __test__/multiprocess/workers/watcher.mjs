/** Reads until its input ends, and fails when it sees part of a transaction: `engine path`. */
const [, , engine, path] = process.argv
const { Database } = await import(engine)
const db = new Database(path, { experimental: ['multiprocess_wal'], timeout: 30_000 })
const newest = db
  .prepare('SELECT who, n, count(*), max(i) FROM entry WHERE id > ? GROUP BY who, n')
  .raw()
const last = db.prepare('SELECT coalesce(max(id), 0) FROM entry').pluck()

let stopping = false
process.stdin.on('end', () => {
  stopping = true
})
process.stdin.resume()

const look = db.transaction(() => {
  const end = last.get()
  // Ids ascend in order of commits; the oldest transaction in view may be cut by the bound.
  const groups = newest.all(end - 200).slice(1)
  for (const [who, n, count, max] of groups) {
    if (count > max + 1)
      throw new Error(`writer ${who}, transaction ${n}: ${count} rows up to ${max}`)
  }
  if (last.get() !== end) throw new Error('the end moved within a transaction')
})

process.stdout.write(`${JSON.stringify({ ready: true })}\n`)
let looks = 0
while (!stopping) {
  look()
  looks++
  if (looks % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
}
db.close()
process.stdout.write(`${JSON.stringify({ looks })}\n`)
