/** The demonstration: processes, display and the proof at the end. */
import { spawn, spawnSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Database } from '../dist/chorusdb.js'
import { makeMusicStore } from './music-store.mjs'
import { accountCount, createTables, partsPerEvent, startBalance } from './work.mjs'

const worker = (name) => fileURLToPath(new URL(`${name}.mjs`, import.meta.url))
const number = new Intl.NumberFormat('en')

/** Runs the whole demonstration; the answer is the exit status. */
export async function runDemo(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { seconds: { type: 'string', default: '10' }, keep: { type: 'boolean' } },
  })
  const seconds = Number(values.seconds)
  if (!(seconds > 0)) throw new RangeError('--seconds wants a positive number')
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-demo-'))
  const path = join(folder, positionals[0] ? basename(positionals[0]) : 'music-store.db')
  try {
    prepare(path, positionals[0])
    const processes = await load(path, folder, seconds)
    return verify(path, processes) ? 0 : 1
  } finally {
    if (values.keep) console.log(`kept: ${path}`)
    else rmSync(folder, { recursive: true, force: true })
  }
}

function prepare(path, given) {
  if (given !== undefined) {
    if (!existsSync(given)) throw new Error(`${given}: no such file`)
    copyFileSync(given, path)
    for (const suffix of ['-wal', '-journal']) {
      // Whoever has it open may cut its log meanwhile.
      if (existsSync(given + suffix)) writeFileSync(path + suffix, readFileSync(given + suffix))
    }
    console.log(`working on a copy of ${given}`)
  } else {
    const start = performance.now()
    const rows = makeMusicStore(path)
    const elapsed = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`made a music store of ${number.format(rows)} rows in ${elapsed} s`)
  }
  const db = new Database(path, { experimental: ['multiprocess_wal'] })
  createTables(db)
  db.close()
}

class Worker {
  constructor(role, id, path, folder) {
    this.role = role
    this.id = id
    this.name = `${role} ${id}`
    this.ackPath = join(folder, `${role}-${id}.ack`)
    this.statePath = join(folder, `${role}-${id}.state`)
    this.killed = false
    this.report = null
    writeFileSync(this.ackPath, '')
    writeFileSync(this.statePath, 'starting')
    this.stateDescriptor = openSync(this.statePath, 'r')
    const child = spawn(
      process.execPath,
      [worker(role), path, String(id), this.ackPath, this.statePath],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    )
    this.child = child
    this.output = ''
    child.stdout.setEncoding('utf8')
    child.stdout.on('data', (text) => {
      this.output += text
    })
    this.ended = new Promise((resolve) => {
      child.on('close', (code, signal) => {
        this.code = code
        this.signal = signal
        const last = this.output.trim().split('\n').at(-1)
        if (last) this.report = JSON.parse(last)
        resolve()
      })
    })
  }

  /** Asks it to finish its transaction and report. */
  stop() {
    this.child.stdin.end()
  }

  kill() {
    this.killed = true
    this.child.kill('SIGKILL')
  }

  /** `working`, `waiting` … and how often it has done its job. */
  state() {
    const buffer = Buffer.alloc(64)
    const size = readSync(this.stateDescriptor, buffer, 0, 64, 0)
    const [state, count] = buffer.toString('latin1', 0, size).trim().split(/\s+/)
    return { state, count: Number(count ?? 0) }
  }
}

async function load(path, folder, seconds) {
  const start = (role, id) => new Worker(role, id, path, folder)
  const processes = [start('writer', 1), start('writer', 2), start('reader', 1), start('reader', 2)]
  const began = performance.now()
  let victim = null
  const display = new Display(processes, path, seconds)
  while (performance.now() - began < seconds * 1000) {
    await new Promise((resolve) => setTimeout(resolve, 250))
    display.show((performance.now() - began) / 1000)
    if (victim === null && performance.now() - began > seconds * 500) {
      victim = processes[0]
      victim.kill()
      processes.push(start('writer', 3))
      display.note(`killed ${victim.name} with SIGKILL; started writer 3`)
    }
  }
  for (const process of processes) if (!process.killed) process.stop()
  await Promise.all(processes.map((process) => process.ended))
  display.end((performance.now() - began) / 1000)
  return processes
}

/** A status line that is rewritten on a terminal, and printed once a second elsewhere. */
class Display {
  constructor(processes, path, seconds) {
    this.processes = processes
    this.path = path
    this.seconds = seconds
    this.last = { time: 0, commits: 0, reads: 0 }
    this.printed = 0
  }

  totals() {
    let commits = 0
    let reads = 0
    const waiting = []
    for (const process of this.processes) {
      const { state, count } = process.state()
      if (process.role === 'writer') commits += count
      else reads += count
      if (state === 'waiting' && !process.killed) waiting.push(process.name)
    }
    return { commits, reads, waiting }
  }

  show(time) {
    const { commits, reads, waiting } = this.totals()
    if (!process.stdout.isTTY && time - this.printed < 1) return
    this.printed = time
    const span = time - this.last.time
    const rate = (now, before) => number.format(Math.round((now - before) / span)).padStart(7)
    const wal = existsSync(`${this.path}-wal`) ? statSync(`${this.path}-wal`).size : 0
    const line =
      `${time.toFixed(1).padStart(5)} s  ${rate(commits, this.last.commits)} commits/s ` +
      `${rate(reads, this.last.reads)} reads/s  WAL ${(wal / 1e6).toFixed(1)} MB  ` +
      `waiting: ${waiting.length === 0 ? 'nobody' : waiting.join(', ')}`
    this.last = { time, commits, reads }
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`)
    else console.log(line)
  }

  note(text) {
    console.log(process.stdout.isTTY ? `\r\x1b[K${text}` : text)
  }

  end(time) {
    const { commits, reads } = this.totals()
    this.note(
      `${number.format(commits)} commits and ${number.format(reads)} whole reads in ${time.toFixed(1)} s ` +
        `(${number.format(Math.round(commits / time))} and ${number.format(Math.round(reads / time))} a second)`,
    )
  }
}

/** Prints a line for each check; the answer is whether all hold. */
function verify(path, processes) {
  let sound = true
  const check = (holds, text) => {
    console.log(`${holds ? 'ok  ' : 'FAIL'} ${text}`)
    if (!holds) sound = false
  }
  for (const process of processes) {
    if (process.killed) check(process.signal === 'SIGKILL', `${process.name} was killed`)
    else check(process.code === 0, `${process.name} ended by itself${describe(process)}`)
  }
  const db = new Database(path, { experimental: ['multiprocess_wal'] })
  const find = db.prepare('SELECT count(*) FROM demo_event WHERE writer = ? AND seq = ?').pluck()
  let acknowledged = 0
  let missing = 0
  for (const writer of processes.filter(({ role }) => role === 'writer')) {
    const lines = readFileSync(writer.ackPath, 'latin1').split('\n')
    for (const line of lines.slice(0, -1)) {
      acknowledged++
      if (find.get(writer.id, Number(line)) !== partsPerEvent) missing++
    }
  }
  check(
    acknowledged > 0 && missing === 0,
    `${number.format(acknowledged)} acknowledged commits, ${missing} of them missing`,
  )
  const torn = db
    .prepare(
      'SELECT count(*) FROM (SELECT writer, seq FROM demo_event GROUP BY writer, seq HAVING count(*) <> ?)',
    )
    .pluck()
    .get(partsPerEvent)
  check(torn === 0, `${torn} transactions in part`)
  const total = db.prepare('SELECT sum(balance) FROM demo_account').pluck().get()
  check(total === accountCount * startBalance, `the accounts' sum is ${number.format(total)}`)
  const answer = db.pragma('integrity_check', { simple: true })
  check(answer === 'ok', `integrity_check: ${answer}`)
  db.close()
  checkWithSqlite(path, check)
  return sound
}

function describe({ report, code }) {
  if (report?.error) return `: ${report.error}`
  if (code !== 0) return `: exit status ${code}`
  if (report?.worstMs === undefined) return ''
  return ` (longest wait for a commit ${report.worstMs.toFixed(0)} ms)`
}

function checkWithSqlite(path, check) {
  const result = spawnSync('sqlite3', [path, 'PRAGMA integrity_check'], { encoding: 'utf8' })
  if (result.error) {
    console.log('     no sqlite3 program here: its integrity_check was left out')
    return
  }
  const answer = (result.stdout + result.stderr).trim()
  check(answer === 'ok', `integrity_check of SQLite: ${answer}`)
}
