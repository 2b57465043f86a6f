/** One of the processes that answer requests. */
import { createServer } from 'node:http'
import { Database } from 'chorusdb'

const [path] = process.argv.slice(2)
const db = new Database(path, { experimental: ['multiprocess_wal'] })
const add = db.prepare('INSERT INTO visit(page, pid) VALUES (?, ?)')
const count = db.prepare('SELECT count(*) FROM visit').pluck()
const ofPage = db.prepare('SELECT count(*) FROM visit WHERE page = ?').pluck()

/** A visit is noted and counted in one transaction: the numbers fit together, whatever the others do. */
const visit = db.transaction((page) => {
  add.run(page, BigInt(process.pid))
  return { page, ofPage: ofPage.get(page), visits: count.get(), pid: process.pid }
})

const server = createServer((request, response) => {
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify(visit.immediate(request.url)))
})
server.listen(0)

// `cluster` has closed the server by then; the database goes with the process, too.
process.on('disconnect', () => {
  db.close()
  process.exit()
})
