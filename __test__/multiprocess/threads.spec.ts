/**
 * Worker threads of one process, each with connections of its own, in both modes: they coordinate like processes, and
 * a thread that is terminated, wherever it was, leaves no lock and no reader slot behind. The registry that knows them
 * belongs to the process, not to a thread.
 */
import test from 'ava'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Database } from '../../packages/engine/src/index.ts'
import { tshm } from '../coordination/native-session.ts'
import { hasSqliteShell, sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { counts, Thread } from '../support/threads.ts'

const modes = [
  { mode: 'one process', options: { timeout: 5000 } },
  { mode: 'several processes', options: { timeout: 5000, experimental: ['multiprocess_wal'] } },
]
const newPath = (): string => join(temporaryFolder(), 'a.db')
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const table = 'CREATE TABLE t(id INTEGER PRIMARY KEY, who INTEGER, n INTEGER, filler TEXT)'

/** Nobody holds anything that a newcomer would meet. */
function assertFree(t: { deepEqual: Function; is: Function }, db: Database, path: string): void {
  const began = performance.now()
  db.exec('INSERT INTO t(who, n) VALUES (-1, 0)')
  t.deepEqual(db.pragma('wal_checkpoint(TRUNCATE)'), [{ busy: 0, log: 0, checkpointed: 0 }])
  t.is(performance.now() - began < 4000, true, 'nobody is waited for')
  if (!existsSync(`${path}-tshm`)) return
  const words = tshm(path)
  t.is(words.readBigUInt64LE(176), 0n, 'no writer')
  t.is(words.readBigUInt64LE(184), 0n, 'no checkpointer')
  // One slot may be kept for the next reader of this process, and one guards a restart for a second.
  let pinned = 0
  for (let slot = 0; slot < 64; slot++) {
    const frame = words.readBigUInt64LE(200 + 8 * slot)
    if (frame !== 0n && frame !== 2n ** 64n - 1n) pinned++
  }
  t.is(pinned, 0, 'no reader')
}

function assertSound(t: { is: Function }, db: Database, path: string): void {
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  db.close()
  if (hasSqliteShell()) t.is(sqliteShell(path, 'PRAGMA integrity_check'), 'ok')
}

for (const { mode, options } of modes) {
  test.serial(`threads: ${mode}: increments of three threads are all there`, async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const db = new Database(path, options)
    db.exec('CREATE TABLE c(n); INSERT INTO c VALUES (0)')
    const threads = Array.from({ length: 2 }, () => new Thread())
    await Promise.all(threads.map((thread) => thread.ask({ open: path, options })))
    const each = 100
    const add = 'BEGIN IMMEDIATE; UPDATE c SET n = n + 1; COMMIT'
    const done = threads.map(async (thread) => {
      for (let i = 0; i < each; i++) t.deepEqual(await thread.ask({ exec: add }), { ok: null })
    })
    for (let i = 0; i < each; i++) {
      db.exec(add)
      await sleep(0)
    }
    await Promise.all(done)
    t.is(db.prepare('SELECT n FROM c').pluck().get(), 3 * each)
    for (const thread of threads) await thread.terminate()
    db.close()
  })

  test.serial(`threads: ${mode}: terminated inside a transaction it holds nothing`, async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const db = new Database(path, options)
    db.exec(table)
    const holding = [
      'BEGIN IMMEDIATE; INSERT INTO t(who, n) VALUES (1, 1)',
      `PRAGMA cache_size = 10; BEGIN IMMEDIATE;
       INSERT INTO t(who, n, filler) VALUES (1, 1, printf('%200000c', 'x'))`,
      'BEGIN; SELECT count(*) FROM t',
      'SAVEPOINT a; INSERT INTO t(who, n) VALUES (1, 1); SAVEPOINT b',
    ]
    for (const sql of holding) {
      const thread = new Thread()
      t.deepEqual(await thread.ask({ open: path, options }), { ok: null })
      t.deepEqual(await thread.ask({ exec: sql }), { ok: null })
      await thread.terminate()
      assertFree(t, db, path)
    }
    t.is(db.prepare('SELECT count(*) FROM t WHERE who = 1').pluck().get(), 0)
    assertSound(t, db, path)
  })

  test.serial(
    `threads: ${mode}: terminated at any moment it loses and blocks nothing`,
    async (t) => {
      t.timeout(120_000)
      const path = newPath()
      const db = new Database(path, options)
      db.exec(table)
      const acknowledged: [who: number, n: number][] = []
      for (let round = 1; round <= 3; round++) {
        const threads = [new Thread(), new Thread(), new Thread()]
        for (const thread of threads)
          t.deepEqual(await thread.ask({ open: path, options }), { ok: null })
        await threads[0]!.start({ loop: 'commit', id: round }, 1)
        await threads[1]!.start({ loop: 'checkpoint' }, 2)
        await threads[2]!.start({ loop: 'read' }, 3)
        await sleep(Math.random() * 60)
        // All at one moment, in the order in which they come.
        await Promise.all(threads.map((thread) => thread.terminate()))
        acknowledged.push([round, Atomics.load(counts, 1)])
        assertFree(t, db, path)
      }
      const rows = db.prepare('SELECT n, count(*) FROM t WHERE who = ? GROUP BY n ORDER BY n').raw()
      for (const [who, last] of acknowledged) {
        const found = rows.all(who) as [number, number][]
        // The first count is set by the beginning, so 1 may mean none.
        t.true(
          found.length >= (last === 1 ? 0 : last) && found.length <= last + 1,
          `${found.length} of ${last}`,
        )
        t.true(found.every(([n, count], i) => n === i + 1 && count === 2))
      }
      assertSound(t, db, path)
    },
  )

  test.serial(
    `threads: ${mode}: terminated while it opens or closes, others open as before`,
    async (t) => {
      t.timeout(60_000)
      const path = newPath()
      new Database(path, options).exec(table).close()
      for (let round = 0; round < 2; round++) {
        const threads = [new Thread(), new Thread()]
        await threads[0]!.start({ loop: 'open', path, options }, 4)
        await threads[1]!.start({ loop: 'open', path, options }, 5)
        await sleep(Math.random() * 40)
        await Promise.all(threads.map((thread) => thread.terminate()))
        const db = new Database(path, options)
        assertFree(t, db, path)
        db.close()
      }
      assertSound(t, new Database(path, options), path)
    },
  )

  test.serial(
    `threads: ${mode}: terminated while it waits for its turn, it is not waited for`,
    async (t) => {
      t.timeout(60_000)
      const path = newPath()
      const db = new Database(path, options)
      db.exec(table)
      const thread = new Thread()
      await thread.ask({ open: path, options: { ...options, timeout: 700 } })
      db.exec('BEGIN IMMEDIATE')
      const waiting = thread.start({ exec: 'INSERT INTO t(who, n) VALUES (1, 1)' }, 6)
      await waiting
      await thread.terminate()
      db.exec('COMMIT')
      assertFree(t, db, path)
      assertSound(t, db, path)
    },
  )

  test.serial(
    `threads: ${mode}: connections of all threads share the files and the mapping`,
    async (t) => {
      if (process.platform !== 'linux') return t.pass()
      const path = newPath()
      const db = new Database(path, options)
      db.exec(table)
      const open = (): string[] =>
        readdirSync('/proc/self/fd').flatMap((name) => {
          try {
            const target = readlinkSync(`/proc/self/fd/${name}`)
            return target.startsWith(path) ? [target] : []
          } catch {
            return []
          }
        })
      const mapped = (): string[] =>
        readFileSync('/proc/self/maps', 'utf8')
          .split('\n')
          .filter((line) => line.includes(path))
      const before = [open().sort(), mapped().length]
      const threads = [new Thread(), new Thread()]
      for (const thread of threads) {
        await thread.ask({ open: path, options })
        await thread.ask({ all: 'SELECT count(*) FROM t' })
      }
      const here = new Database(path, options)
      t.deepEqual([open().sort(), mapped().length], before)
      t.is(new Set(open()).size, open().length)
      here.close()
      for (const thread of threads) await thread.terminate()
      t.deepEqual([open().sort(), mapped().length], before)
      db.close()
      t.deepEqual([open(), mapped()], [[], []])
      return undefined
    },
  )
}

test('threads: the addon that only threads have loaded outlives them, with what it has to finish', (t) => {
  // A restart of the log leaves a thread of the core at work for a second after the connection has closed.
  const program = `
    const { Worker } = require('node:worker_threads')
    const body = \`
      const { createRequire } = require('node:module')
      const native = createRequire(${JSON.stringify(import.meta.url)})('node-gyp-build')(${JSON.stringify(fileURLToPath(new URL('../..', import.meta.url)))})
      const snapshot = new Float64Array(17)
      const { path } = require('node:worker_threads').workerData
      const options = { path, multiprocess: true, readonly: false, create: true, timeoutMs: 0 }
      const c = new native.Coordinator(options, snapshot)
      c.install(new Float64Array(17), new Uint32Array(0)); c.finishOpen()
      c.beginRead(); c.beginWrite(); c.publishHeader(4096, 1, 2, 3, 4); c.publishCommit(Uint32Array.of(1), 1, 1)
      c.endWrite(); c.endRead()
      c.beginCheckpoint(3); c.publishBackfill(1, new Uint8Array(100)); c.restartWal(); c.endCheckpoint()
    \`
    const worker = new Worker(body, { eval: true, workerData: { path: process.argv[1] } })
    worker.on('exit', (code) => setTimeout(() => console.log('alive', code), 2500))`
  const result = spawnSync(process.execPath, ['-e', program, newPath()], { encoding: 'utf8' })
  t.is(result.stderr, '')
  t.is(result.signal, null)
  t.is(result.stdout, 'alive 0\n')
})
