/** `chorusdb status`: what it prints of a database, as text and as JSON, and how it fails. */
import test from 'ava'
import { spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Database, type DatabaseStatus } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { runShell, shellCommand } from './run-shell.ts'

const multiprocess = { experimental: ['multiprocess_wal'] }
const newPath = (): string => join(temporaryFolder(), 'a.db')

/** A database that this process shares, with a reader held back and a checkpoint that met it. */
function busyDatabase(path: string): { db: Database; close: () => void } {
  const db = new Database(path, { ...multiprocess, timeout: 0 })
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  const reader = new Database(path, multiprocess)
  reader.exec('BEGIN; SELECT count(*) FROM t')
  db.exec('INSERT INTO t VALUES (2)')
  db.pragma('wal_checkpoint(FULL)')
  const close = (): void => {
    reader.close()
    db.close()
  }
  return { db, close }
}

test('status: a shared database as a table', (t) => {
  const path = newPath()
  const { close } = busyDatabase(path)
  const { status, out, errors } = runShell(['status', path])
  t.is(errors, '')
  t.is(status, 0)
  const lines = out.split('\n')
  t.regex(lines[0]!, /^path +\S*a\.db$/)
  t.regex(out, /^mode +multi-process \(shared by processes\)$/m)
  t.regex(out, /^database +2 pages of 4096 bytes$/m)
  t.regex(out, /^log +16512 bytes, 4 frames, 3 of them in the database file, restarted 0 times$/m)
  t.regex(out, /^index +4 of 262144 entries in 1 block$/m)
  const checkpoint = new RegExp(
    `^checkpoint +FULL \\(busy\\) by process ${process.pid}, \\S+ s ago: 3 of 4 frames copied; ` +
      `held up by a reader in slot \\d+, which pinned frame 3, process ${process.pid}$`,
    'm',
  )
  t.regex(out, checkpoint)
  t.regex(out, /^process +engine +age +holds +transaction +statement$/m)
  t.regex(out, new RegExp(`^${process.pid} +chorusdb 0\\.1\\.0 +\\S+ s +reader \\d+`, 'm'))
  t.regex(out, /^slot +reader +pins frame +frames behind$/m)
  t.regex(out, new RegExp(`^\\d+ +${process.pid} +3 +1$`, 'm'))
  close()
})

test('status: the same as JSON', (t) => {
  const path = newPath()
  const { db, close } = busyDatabase(path)
  const { status, out } = runShell(['status', '--json', path])
  t.is(status, 0)
  const found = JSON.parse(out) as DatabaseStatus
  const { wal, index, readers, lastCheckpoint } = db.status()
  t.like(found, { path, mode: 'multi-process', openHere: false })
  t.deepEqual({ ...found }.wal, wal)
  t.deepEqual(found.index, index)
  t.deepEqual(found.readers, readers)
  t.deepEqual(found.lastCheckpoint, lastCheckpoint)
  close()
})

test('status: a database that nobody has open, left as it is', (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec('CREATE TABLE t(a)')
  db.close()
  const { status, out } = runShell(['status', path])
  t.is(status, 0)
  t.regex(out, /^mode +closed \(not open anywhere\)$/m)
  t.notRegex(out, /^process/m)
  t.deepEqual(readdirSync(dirname(path)), ['a.db'])
})

test('status: mistakes end with a sentence and 1', (t) => {
  const path = newPath()
  const missing = runShell(['status', path])
  t.deepEqual(missing, { status: 1, out: '', errors: 'Error: unable to open database file\n' })
  writeFileSync(path, 'x'.repeat(500))
  const other = runShell(['status', path])
  t.deepEqual(other, { status: 1, out: '', errors: 'Error: file is not a database\n' })
  for (const args of [[], ['a', 'b'], ['--odd', path]]) {
    const { status, out, errors } = runShell(['status', ...args])
    t.is(status, 1)
    t.is(out, '')
    t.regex(errors, /^Error: .*\nUsage: chorusdb status/)
  }
  t.regex(runShell(['status', '--help']).out, /^Usage: chorusdb status/)
})

test('status: a statement cannot move the cursor', (t) => {
  const path = newPath()
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)')
  const rows = db.prepare("SELECT a, '\u001b[31m' AS\n  red FROM t").iterate()
  rows.next()
  const deadline = performance.now() + 10_000
  while (db.status().processes[0]?.statement === null && performance.now() < deadline) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
  }
  const { out } = runShell(['status', path])
  t.regex(out, /: SELECT a, ' \[31m' AS red FROM t$/m)
  t.false(out.includes('\u001b'))
  rows.return?.()
  db.close()
})

test('status: --watch goes on until it is interrupted', async (t) => {
  t.timeout(30_000)
  const path = newPath()
  const db = new Database(path, multiprocess)
  const [command, args] = shellCommand(['status', '--json', '--watch', path])
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject).on('close', () => resolve())
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
      if (text.split('\n').length > 2) child.kill('SIGINT')
    })
  })
  const lines = text.split('\n').slice(0, 2)
  const [first, second] = lines.map((line) => JSON.parse(line) as DatabaseStatus)
  t.is(first!.processes.length, 1)
  t.true(second!.at - first!.at >= 900)
  db.close()
})
