/**
 * Opens and closes a database many times: `engine path rounds options`. Prints how often each refusal came, by message.
 * Each round reads something, so that a database that opened is one that works.
 */
const [engine, path, rounds, options] = process.argv.slice(2)
const { Database } = await import(engine)
const refusals = {}
let opened = 0

for (let round = 0; round < Number(rounds); round++) {
  try {
    const db = new Database(path, JSON.parse(options))
    try {
      db.prepare('SELECT count(*) FROM t').all()
    } finally {
      db.close()
    }
    opened++
  } catch (error) {
    refusals[error.message] = (refusals[error.message] ?? 0) + 1
  }
}
process.stdout.write(`${JSON.stringify({ opened, refusals })}\n`)
