/**
 * `npm run bench:memory [-- parts of cases' names] [--size 1] [--json FILE]`: what a process has in memory at most (`VmHWM`), this engine, better-sqlite3, node:sqlite and
 * Turso beside each other, each case in a fresh process of each: the Node that runs it included, of which the first line tells how much that is. Behind it
 * the seconds that the case took. At size 1 the largest file has 3 GB, in the folder for temporary files; `--size 0.1` makes all files a tenth as large. The caches of the first cases are as each engine has them by itself, those of results and changes have 16 MiB.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, createReadStream, mkdtempSync, rmSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setUp } from '../scripts/setup.mjs'
import { cases, makeFiles } from './memory-cases.mjs'
import { isMeant, participants, readOptions } from './options.mjs'
import { peerNode } from './peers.mjs'
import { memoryTable } from './reports.mjs'
import { describeRun, showRun, writeResults } from './results.mjs'

const { patterns, size, json } = readOptions({
  size: { type: 'string', default: '1' },
  json: { type: 'string' },
})
if (!(Number(size) > 0)) {
  console.error(`--size wants a number above 0, not '${size}'`)
  process.exit(1)
}
setUp({ peers: true })
const node = peerNode()
const engines = participants()
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-memory-'))
const script = join(import.meta.dirname, 'run-memory.mjs')
const patienceMs = 600_000

function ask(engine, { name, file, isRead = false }) {
  const original = join(folder, `${file}.db`)
  const path = isRead ? original : join(folder, 'used.db')
  for (const made of readdirSync(folder)) if (made.startsWith('used.db')) rmSync(join(folder, made))
  if (!isRead) copyFileSync(original, path)
  const child = spawnSync(node, ['--no-warnings', script, engine, path, name], {
    encoding: 'utf8',
    timeout: patienceMs,
  })
  if (child.status === 0) return JSON.parse(child.stdout)
  const reason = child.stderr.split('\n').find((line) => /Error|panic/.test(line))
  console.log(`left out of "${name}": ${engine}: ${reason ?? child.signal ?? 'it failed'}`)
  return undefined
}

/** So that nobody is the first to wait for the disk. */
async function bringIntoCache(path) {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) void chunk
}

const wanted = cases.filter(({ name }) => isMeant(name, patterns))
const run = { ...describeRun('memory', node, engines), size: Number(size) }
console.log(`peak memory of a process in MiB, size ${size}; ${showRun(run)}`)
try {
  await makeFiles(folder, Number(size), new Set(wanted.map(({ file }) => file)))
  const measured = []
  for (const one of wanted) {
    const outcomes = {}
    await bringIntoCache(join(folder, `${one.file}.db`))
    for (const engine of engines) {
      const outcome = ask(engine, one)
      if (outcome !== undefined) outcomes[engine] = outcome
    }
    measured.push({ name: one.name, outcomes })
    console.log(`${one.name}: measured`)
  }
  const results = { ...run, cases: measured }
  console.log(`\n${memoryTable(results)}`)
  if (json !== undefined) writeResults(json, results)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
