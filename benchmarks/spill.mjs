/**
 * `npm run bench:spill [-- part of a question's name]`: five million rows (`ROWS=…` for another number) and 16 MiB of cache. Each question runs
 * in a fresh process, here and in node:sqlite: same rows, same order, and less than 400 MiB.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { open, peerNode } from './peers.mjs'
import { questions } from './spill-questions.mjs'
import { showTable } from './table.mjs'

const mostMemory = 400 * 1_048_576

setUp({ peers: true })
const pattern = process.argv[2] ?? ''
const rows = Number(process.env.ROWS ?? 5_000_000)
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-spill-'))
const path = join(folder, 'rows.db')

async function makeRows() {
  const db = await open('chorusdb', path)
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, a INTEGER, b INTEGER, s TEXT)')
  const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?, ?)')
  let state = 1
  const below = (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    return Math.floor(((state >>> 0) / 4_294_967_296) * limit)
  }
  for (let i = 0; i < rows;) {
    db.exec('BEGIN')
    const end = Math.min(rows, i + 100_000)
    for (; i < end; i++) insert.run(i, below(rows), below(rows), `name ${below(rows / 2)}`)
    db.exec('COMMIT')
  }
  db.close()
}

function ask(engine, name) {
  const script = join(import.meta.dirname, 'run-spill.mjs')
  const child = spawnSync(peerNode(), ['--no-warnings', script, engine, path, name], {
    encoding: 'utf8',
  })
  if (child.status !== 0) throw new Error(`${engine}, ${name}: ${child.stderr}`)
  return JSON.parse(child.stdout)
}

const table = []
let isGood = true
try {
  await makeRows()
  for (const { name } of questions) {
    if (!name.includes(pattern)) continue
    const ours = ask('chorusdb', name)
    const theirs = ask('node:sqlite', name)
    const isSame = ours.rows === theirs.rows && ours.checksum === theirs.checksum
    isGood &&= isSame && ours.rss < mostMemory
    const memory = (rss) => `${Math.round(rss / 1_048_576)} MiB`
    const line = [name, ours.rows, isSame ? 'the same' : 'DIFFERENT', memory(ours.rss)]
    table.push([...line, ours.ms, memory(theirs.rss), theirs.ms])
    console.log(table.at(-1).join('  '))
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
console.log()
showTable(['question', 'rows', 'answer', 'memory', 'ms', 'SQLite', 'ms'], table)
if (!isGood) process.exitCode = 1
