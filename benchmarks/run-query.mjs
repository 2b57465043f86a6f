/** One engine and one question in a fresh process: a line of JSON with rows, their checksum, and ms of the first run and of later ones. Started by `queries.mjs`. */
import { createHash } from 'node:crypto'
import { queries } from './business-queries.mjs'
import { open } from './peers.mjs'
import { tpchQueries } from './tpch-queries.mjs'

const [engine, path, name] = process.argv.slice(2)
const { sql } = [...queries, ...tpchQueries].find((one) => one.name === name)

const db = await open(engine, path)
// The schema is read, and the engine has answered something, before the question comes.
db.prepare('SELECT count(*) FROM sqlite_schema').get()
const time = (run) => {
  const start = performance.now()
  const result = run()
  return [performance.now() - start, result]
}
const [cold, rows] = time(() => db.prepare(sql).all())
const statement = db.prepare(sql)
const warm = []
for (const end = performance.now() + 700; performance.now() < end || warm.length < 5;) {
  warm.push(time(() => statement.all())[0])
}
warm.sort((a, b) => a - b)
db.close()
const lines = rows.map((row) => JSON.stringify(Object.values(row)))
const checksum = createHash('sha1').update(lines.join('\n')).digest('hex')
const answer = { rows: rows.length, checksum, cold, warm: warm[Math.floor(warm.length / 2)] }
process.stdout.write(`${JSON.stringify(answer)}\n`)
