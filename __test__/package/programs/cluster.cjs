'use strict'
/* Workers of `cluster` answer requests from one file, as the servers of an application do. */
const assert = require('node:assert/strict')
const cluster = require('node:cluster')
const { once } = require('node:events')
const { createServer } = require('node:http')
const Database = require('better-sqlite3')

const path = 'Cluster für alle.db'
const requests = 60

async function main() {
  new Database(path).exec('CREATE TABLE hit(worker, n)').close()
  const workers = [1, 2, 3].map(() => cluster.fork())
  const [[{ port }]] = await Promise.all(workers.map((worker) => once(worker, 'listening')))
  const answers = await Promise.all(
    Array.from({ length: requests }, (_, n) =>
      fetch(`http://127.0.0.1:${port}/${n}`).then((response) => response.json()),
    ),
  )
  assert.equal(
    answers.every(({ changes }) => changes === 1),
    true,
  )
  for (const worker of workers) worker.disconnect()
  const ends = await Promise.all(workers.map((worker) => once(worker, 'exit')))
  assert.deepEqual(
    ends.map(([code]) => code),
    [0, 0, 0],
  )
  const db = new Database(path)
  assert.equal(db.prepare('SELECT count(DISTINCT n) FROM hit').pluck().get(), requests)
  assert.equal(db.pragma('integrity_check', { simple: true }), 'ok')
  db.close()
  console.log('ok')
}

function serve() {
  const insert = new Database(path).prepare('INSERT INTO hit VALUES (?, ?)')
  createServer((request, response) => {
    response.setHeader('connection', 'close')
    response.end(JSON.stringify(insert.run(process.pid, request.url)))
  }).listen(0, '127.0.0.1')
}

if (cluster.isPrimary) main()
else serve()
