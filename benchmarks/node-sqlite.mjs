/**
 * `npm run bench:node-sqlite [-- part of a name]`: the calls of `DatabaseSync`, here and in node:sqlite, in one process of a Node that has it. They are made in alternation, in `ROUNDS` (9)
 * rounds; the median of a round counts.
 */
import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { setUp } from '../scripts/setup.mjs'
import { peerNode } from './peers.mjs'
import { showTable } from './table.mjs'

const rows = 10_000
const rounds = Number(process.env.ROUNDS ?? 9)

/** What is called, and how often in a round. */
const calls = {
  'get, a row of 4': [20_000, ({ get, id }) => get.get(id())],
  'get, a value': [20_000, ({ one, id }) => one.get(id())],
  'get, by name': [20_000, ({ named, id }) => named.get({ id: id() })],
  'get, a tag': [20_000, ({ sql, id }) => sql.get`SELECT name FROM person WHERE id = ${id()}`],
  'prepare and get': [10_000, ({ db, id }) => db.prepare(oneText).get(id())],
  'all, 10 rows': [4000, ({ ten, id }) => ten.all(id())],
  'all, 10,000 rows': [6, ({ all }) => all.all()],
  'all, 10,000 arrays': [6, ({ arrays }) => arrays.all()],
  'iterate, 10,000 rows': [6, ({ all }) => [...all.iterate()].length],
  'all, 90 groups': [10, ({ groups }) => groups.all()],
  'run, UPDATE': [20_000, ({ update, id }) => update.run(5, id())],
  'get, UPDATE RETURNING': [10_000, ({ returning, id }) => returning.get(5, id())],
}

const oneText = 'SELECT name FROM person WHERE id = ?'

function scene({ DatabaseSync }) {
  const db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, age INT, pay REAL); BEGIN')
  const insert = db.prepare('INSERT INTO person VALUES (?, ?, ?, ?)')
  for (let i = 1; i <= rows; i++) insert.run(i, `name ${i}`, i % 90, i * 1.5)
  let last = 0
  return {
    db,
    id: () => (last = (last * 7919 + 13) % rows) + 1,
    sql: db.createTagStore(),
    get: db.prepare('SELECT * FROM person WHERE id = ?'),
    one: db.prepare(oneText),
    named: db.prepare('SELECT name FROM person WHERE id = $id'),
    ten: db.prepare('SELECT * FROM person WHERE id BETWEEN ?1 AND ?1 + 9'),
    all: db.prepare('SELECT * FROM person'),
    arrays: db.prepare('SELECT * FROM person', { returnArrays: true }),
    groups: db.prepare('SELECT age, count(*), sum(pay) FROM person GROUP BY age'),
    update: db.prepare('UPDATE person SET age = ? WHERE id = ?'),
    returning: db.prepare('UPDATE person SET age = ? WHERE id = ? RETURNING id, age'),
  }
}

function median(times) {
  return times.toSorted((a, b) => a - b)[times.length >> 1]
}

async function measure(pattern) {
  const scenes = [
    await import('../dist/node-sqlite.js'),
    createRequire(import.meta.url)('node:sqlite'),
  ].map(scene)
  const table = []
  for (const [name, [count, call]] of Object.entries(calls)) {
    if (!name.includes(pattern)) continue
    const times = scenes.map(() => [])
    for (let round = 0; round < rounds; round++) {
      for (const i of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const start = performance.now()
        for (let n = 0; n < count; n++) call(scenes[i])
        times[i].push(((performance.now() - start) * 1000) / count)
      }
    }
    const [ours, theirs] = times.map(median)
    table.push([name, ours.toFixed(2), theirs.toFixed(2), (ours / theirs).toFixed(2)])
  }
  showTable(['call', 'chorusdb, µs', 'node:sqlite, µs', 'ratio'], table)
}

if (process.argv[2] === '--measure') await measure(process.argv[3] ?? '')
else {
  setUp({ peers: true })
  const args = ['--no-warnings', fileURLToPath(import.meta.url), '--measure', process.argv[2] ?? '']
  process.exit(spawnSync(peerNode(), args, { stdio: 'inherit' }).status ?? 1)
}
