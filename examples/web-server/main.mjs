/**
 * A web server of several processes over one database file. Node's `cluster` gives each request to one of them; what one has written the next
 * one reads. There is no server of the database, and nothing between the processes but the file.
 */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Database } from 'chorusdb'

const workerCount = 3
const requestCount = 60

const folder = mkdtempSync(join(tmpdir(), 'web-server-'))
const path = join(folder, 'visits.db')

// The schema is made before anybody listens.
const db = new Database(path, { experimental: ['multiprocess_wal'] })
db.exec('CREATE TABLE visit(id INTEGER PRIMARY KEY, page TEXT NOT NULL, pid INTEGER NOT NULL)')

cluster.setupPrimary({
  exec: join(import.meta.dirname, 'worker.mjs'),
  args: [path],
})
const workers = Array.from({ length: workerCount }, () => cluster.fork())
const [[{ port }]] = await Promise.all(workers.map(async (w) => await once(w, 'listening')))

/** One request, on a connection of its own, so that any process may get it. */
function request(page) {
  return new Promise((resolve, reject) => {
    const asked = get({ port, path: page, agent: new Agent({ keepAlive: false }) }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (piece) => (text += piece))
      response.on('end', () => resolve(JSON.parse(text)))
    })
    asked.on('error', reject)
  })
}

const answers = []
for (let i = 0; i < requestCount; i += 6) {
  const pages = Array.from({ length: 6 }, (_, n) => `/page/${(i + n) % 4}`)
  answers.push(...(await Promise.all(pages.map(request))))
}

for (const worker of workers) worker.disconnect()
await Promise.all(workers.map((worker) => once(worker, 'exit')))

/** @type {import('chorusdb').Statement<[], { visits: number, processes: number }>} */
const counts = db.prepare('SELECT count(*) AS visits, count(DISTINCT pid) AS processes FROM visit')
const { visits, processes } = counts.get() ?? { visits: 0, processes: 0 }
const largest = Math.max(...answers.map((answer) => answer.visits))
console.log(`${visits} visits were written by ${processes} processes`)
console.log(`the last answer knew of all ${largest}`)
db.close()
rmSync(folder, { recursive: true })
if (visits !== requestCount || largest !== requestCount) process.exit(1)
