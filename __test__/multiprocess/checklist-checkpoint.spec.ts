/**
 * Checkpoints and restarts of the log next to a live peer: statements 44 to 51 of the checklist of the shared
 * format. The peer is a real process of `@tursodatabase/database`; what is published is read from the bytes of the
 * coordination file.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadNative } from '../../packages/engine/src/coordination/native.ts'
import { Database } from '../../packages/engine/src/index.ts'
import { tshm } from '../coordination/native-session.ts'
import { turso, Worker } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'

type Ours = InstanceType<typeof Database>

const multiprocess = { experimental: ['multiprocess_wal'], timeout: 5000 }

interface Answer {
  readonly ok?: unknown
  readonly code?: string
  readonly message?: string
}

async function ask(worker: Worker, message: unknown): Promise<Answer> {
  worker.tell(message)
  return (await worker.next(60_000)) as Answer
}

/** Asks what must succeed. */
async function tell(worker: Worker, message: unknown): Promise<unknown> {
  const answer = await ask(worker, message)
  if (answer.code === undefined && answer.message === undefined) return answer.ok
  throw new Error(`${JSON.stringify(message)}: ${answer.code}: ${answer.message}`)
}

const workers: Worker[] = []

test.afterEach.always(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.kill()))
})

/** Another process with the database open: the peer, or one of ours. */
async function openThere(path: string, engine?: string): Promise<Worker> {
  const worker = new Worker('session', [], ...(engine === undefined ? [] : [engine]))
  workers.push(worker)
  await tell(worker, { open: path, options: multiprocess })
  return worker
}

function openHere(t: ExecutionContext): { db: Ours; path: string } {
  t.timeout(120_000)
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path, multiprocess)
  db.exec('PRAGMA wal_autocheckpoint=0; CREATE TABLE t(id INTEGER PRIMARY KEY, v)')
  return { db, path }
}

/** The published snapshot and the backfill proof. */
function published(path: string) {
  const bytes = tshm(path)
  const u64 = (offset: number): number => Number(bytes.readBigUInt64LE(offset))
  const u32 = (offset: number): number => bytes.readUInt32LE(offset)
  return {
    bytes,
    indexLength: u32(40),
    maxFrame: u64(56),
    backfilledFrames: u64(64),
    checkpointSeq: u32(88),
    checkpointEpoch: u32(92),
    pageSize: u32(96),
    salt1: u32(100),
    salt2: u32(104),
    proofVersion: u32(116),
  }
}

/** The proof is whole, and speaks of the present snapshot and the database file as it is on the disk. */
function isProofValid(path: string): boolean {
  const bytes = tshm(path)
  const header = readFileSync(path).subarray(0, 100)
  const payload = Buffer.alloc(52)
  payload.writeUInt32LE(bytes.readUInt32LE(116), 0)
  bytes.copy(payload, 4, 120, 168)
  const same = (proof: number, field: number, size: number): boolean =>
    bytes.subarray(proof, proof + size).equals(bytes.subarray(field, field + size))
  const { crc32c } = loadNative()
  return (
    bytes.readUInt32LE(116) === 1 &&
    bytes.readUInt32LE(168) === crc32c(payload) &&
    bytes.readUInt32LE(164) === crc32c(header) &&
    bytes.readUInt32LE(160) === header.readUInt32BE(28) &&
    same(120, 64, 8) &&
    same(128, 56, 8) &&
    same(136, 88, 4) &&
    same(140, 96, 4) &&
    same(144, 100, 8) &&
    same(152, 108, 8)
  )
}

interface CheckpointRow {
  readonly busy: number
  readonly log: number
  readonly checkpointed: number
}

function checkpoint(db: Ours, mode: string): CheckpointRow {
  return db.prepare(`PRAGMA wal_checkpoint(${mode})`).get() as CheckpointRow
}

/** A checkpoint of the peer, again while a guard of ours or something else keeps it from working. */
async function checkpointThere(peer: Worker, mode: string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const rows = (await tell(peer, { all: `PRAGMA wal_checkpoint(${mode})` })) as number[][]
    if (rows[0]![0] === 0) return
    await sleep(100)
  }
  throw new Error(`the peer's checkpoint is busy for ever`)
}

async function eventually(condition: () => boolean): Promise<boolean> {
  for (let i = 0; i < 100; i++) {
    if (condition()) return true
    await sleep(50)
  }
  return condition()
}

function frameOffset(frame: number): number {
  return 32 + (frame - 1) * (24 + 4096)
}

/** After everybody has left: SQLite finds the file sound and says what is in it. */
function askSqlite(path: string, sql: string): string {
  return execFileSync('sqlite3', [path, sql], { encoding: 'utf8' }).trim()
}

const values = (db: Ours): unknown[] => db.prepare('SELECT v FROM t ORDER BY id').pluck().all()

test.serial(
  'checklist 44: PASSIVE publishes the backfill and a valid proof, which a commit of the peer takes away and one of ours renews',
  async (t) => {
    const { db, path } = openHere(t)
    db.exec('INSERT INTO t(v) VALUES (1)')
    const peer = await openThere(path, turso)
    const reader = new Database(path, multiprocess)
    reader.exec('BEGIN')
    t.deepEqual(values(reader), [1])
    const pinned = published(path).maxFrame
    db.exec('INSERT INTO t(v) VALUES (2)')
    t.like(checkpoint(db, 'PASSIVE'), { busy: 0, log: pinned + 1, checkpointed: pinned })
    t.like(published(path), { maxFrame: pinned + 1, backfilledFrames: pinned, proofVersion: 1 })
    t.true(isProofValid(path))
    await tell(peer, { run: 'INSERT INTO t(v) VALUES (3)' })
    t.like(published(path), { maxFrame: pinned + 2, backfilledFrames: pinned, proofVersion: 0 })
    db.exec('INSERT INTO t(v) VALUES (4)')
    t.like(published(path), { maxFrame: pinned + 3, backfilledFrames: pinned, proofVersion: 1 })
    t.true(isProofValid(path))
    // Who joins by such a proof changes nothing.
    const sequence = published(path).bytes.readBigUInt64LE(48)
    const second = await openThere(path, turso)
    t.deepEqual(await tell(second, { all: 'SELECT v FROM t ORDER BY id' }), [[1], [2], [3], [4]])
    t.is(published(path).bytes.readBigUInt64LE(48), sequence)
    reader.close()
    await Promise.all([peer.stop(), second.stop()])
    db.close()
  },
)

test.serial(
  'checklist 45: a restart by ours begins a generation in which the peer reads and writes',
  async (t) => {
    const { db, path } = openHere(t)
    db.exec('INSERT INTO t(v) VALUES (1)')
    const peer = await openThere(path, turso)
    await tell(peer, { run: 'INSERT INTO t(v) VALUES (2)' })
    const before = published(path)
    t.is(checkpoint(db, 'RESTART').busy, 0)
    const after = published(path)
    t.is(after.checkpointSeq, before.checkpointSeq + 1)
    t.is(after.salt1, (before.salt1 + 1) >>> 0)
    t.not(after.salt2, before.salt2)
    t.true(after.checkpointEpoch > before.checkpointEpoch)
    t.like(after, { maxFrame: 0, backfilledFrames: 0, indexLength: 0, proofVersion: 0 })
    t.deepEqual(await tell(peer, { all: 'SELECT v FROM t ORDER BY id' }), [[1], [2]])
    await tell(peer, { run: 'INSERT INTO t(v) VALUES (3)' })
    t.like(published(path), { maxFrame: 1, checkpointSeq: after.checkpointSeq })
    t.deepEqual(values(db), [1, 2, 3])
    // The same again, now with the first frame of the generation from ours.
    t.is(checkpoint(db, 'RESTART').busy, 0)
    db.exec('INSERT INTO t(v) VALUES (4)')
    t.deepEqual(await tell(peer, { all: 'SELECT v FROM t ORDER BY id' }), [[1], [2], [3], [4]])
    await peer.stop()
    db.close()
    t.is(askSqlite(path, 'SELECT count(*) FROM t; PRAGMA integrity_check'), '4\nok')
  },
)

test.serial(
  'checklist 46: after a restart by the peer ours writes the header anew, and frames from 1',
  async (t) => {
    const { db, path } = openHere(t)
    for (let i = 1; i <= 5; i++) db.exec(`INSERT INTO t(v) VALUES (${i})`)
    const peer = await openThere(path, turso)
    const before = published(path)
    await checkpointThere(peer, 'RESTART')
    const after = published(path)
    t.is(after.checkpointSeq, before.checkpointSeq + 1)
    t.is(after.maxFrame, 0)
    db.exec('INSERT INTO t(v) VALUES (6)')
    t.like(published(path), { maxFrame: 1, checkpointSeq: after.checkpointSeq })
    const wal = readFileSync(`${path}-wal`)
    t.is(wal.readUInt32BE(12), after.checkpointSeq)
    t.is(wal.readUInt32BE(16), after.salt1)
    t.is(wal.readUInt32BE(20), after.salt2)
    t.is(wal.readUInt32BE(32 + 8), after.salt1, 'frame 1 is of this generation')
    t.true(await eventually(() => statSync(`${path}-wal`).size === frameOffset(2)))
    t.deepEqual(await tell(peer, { all: 'SELECT count(*) FROM t' }), [[6]])
    await peer.stop()
    db.close()
  },
)

test.serial(
  'checklist 47: cycles of truncation and writes from alternating processes keep all rows, also over a restart of all',
  async (t) => {
    const { db, path } = openHere(t)
    let peer = await openThere(path, turso)
    const expected: number[] = []
    let next = 1
    const insertHere = (): void => {
      expected.push(next)
      db.exec(`INSERT INTO t(v) VALUES (${next++})`)
    }
    const insertThere = async (): Promise<void> => {
      expected.push(next)
      await tell(peer, { run: 'INSERT INTO t(v) VALUES (?)', params: [next++] })
    }
    for (let round = 0; round < 3; round++) {
      insertHere()
      await insertThere()
      t.deepEqual(checkpoint(db, 'TRUNCATE'), { busy: 0, log: 0, checkpointed: 0 })
      t.is(statSync(`${path}-wal`).size, 0)
      await insertThere()
      insertHere()
      await checkpointThere(peer, 'TRUNCATE')
      insertHere()
      await insertThere()
      t.deepEqual(values(db), expected)
    }
    // A generation that ours creates and the peer fills, both killed before anybody copies it back.
    const other = await openThere(path)
    await tell(other, { all: 'PRAGMA wal_checkpoint(TRUNCATE)' })
    await insertThere()
    db.close()
    await Promise.all([other.kill(), peer.kill()])
    const again = new Database(path, multiprocess)
    t.deepEqual(values(again), expected)
    again.close()
    peer = await openThere(path, turso)
    t.deepEqual(
      await tell(peer, { all: 'SELECT v FROM t ORDER BY id' }),
      expected.map((v) => [v]),
    )
    await peer.stop()
    t.is(askSqlite(path, 'SELECT count(*) FROM t; PRAGMA integrity_check'), `${next - 1}\nok`)
  },
)

test.serial(
  'checklist 48: a writer of ours appends while any slot is live, and restarts the log when none is',
  async (t) => {
    const { db, path } = openHere(t)
    db.exec('INSERT INTO t(v) VALUES (1)')
    const peer = await openThere(path, turso)
    await tell(peer, { exec: 'BEGIN' })
    t.deepEqual(await tell(peer, { all: 'SELECT count(*) FROM t' }), [[1]])
    const { checkpointed, log } = checkpoint(db, 'PASSIVE')
    t.is(checkpointed, log, 'everything is copied back')
    const before = published(path)
    db.exec('INSERT INTO t(v) VALUES (2)')
    t.like(published(path), {
      checkpointSeq: before.checkpointSeq,
      maxFrame: before.maxFrame + 1,
    })
    t.deepEqual(await tell(peer, { all: 'SELECT count(*) FROM t' }), [[1]])
    await tell(peer, { exec: 'COMMIT' })
    t.is(checkpoint(db, 'PASSIVE').checkpointed, before.maxFrame + 1)
    db.exec('INSERT INTO t(v) VALUES (3)')
    t.like(published(path), { checkpointSeq: before.checkpointSeq + 1, maxFrame: 1 })
    await peer.stop()
    db.close()
  },
)

/**
 * Delays the first locks of a process, as a busy host may: between what its checkpoint has read of the snapshot
 * and the lock that it takes for it. Needs `strace`, and the right to use it on a child.
 */
async function delayLocks(pid: number, ms: number): Promise<{ end: () => void } | null> {
  if (spawnSync('strace', ['-V']).error !== undefined) return null
  const inject = `inject=fcntl:delay_enter=${ms * 1000}:when=1`
  const tracer = spawn('strace', ['-f', '-p', String(pid), '-e', 'trace=fcntl', '-e', inject], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  tracer.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<void>((resolve) => tracer.once('close', () => resolve()))
  let isOver = false
  void ended.then(() => (isOver = true))
  while (!said.includes('attached') && !isOver) await sleep(10)
  if (isOver) return null
  return { end: () => void tracer.kill('SIGINT') }
}

for (const [who, engine] of [
  ['the peer', turso],
  ['ours', undefined],
] as const) {
  test.serial(
    `checklist 49: a checkpoint of ${who} that comes late, after a restart by ours and a commit, loses nothing`,
    async (t) => {
      const { db, path } = openHere(t)
      db.exec('INSERT INTO t(v) VALUES (1)')
      const late = await openThere(path, engine)
      t.deepEqual(await tell(late, { all: 'SELECT count(*) FROM t' }), [[1]])
      const { checkpointed, log } = checkpoint(db, 'PASSIVE')
      t.is(checkpointed, log)
      const before = published(path)
      const delay = await delayLocks(late.child.pid!, 500)
      if (delay === null) {
        t.log('skipped: strace is not here, or may not trace')
        await late.stop()
        db.close()
        t.pass()
        return
      }
      const answer = ask(late, { all: 'PRAGMA wal_checkpoint(TRUNCATE)' })
      await sleep(200)
      // It has seen that all is copied back. Now the log restarts, and a commit of the new generation follows.
      db.exec('INSERT INTO t(v) VALUES (2)')
      t.is(published(path).checkpointSeq, before.checkpointSeq + 1)
      t.log(JSON.stringify(await answer))
      delay.end()
      // The cache of `db` still holds what a loss would have taken: only who has none can tell.
      const fresh = new Database(path, multiprocess)
      t.deepEqual(values(fresh), [1, 2])
      fresh.close()
      t.deepEqual(await tell(late, { all: 'SELECT v FROM t ORDER BY id' }), [[1], [2]])
      db.exec('INSERT INTO t(v) VALUES (3)')
      await late.stop()
      db.close()
      t.is(askSqlite(path, 'SELECT count(*) FROM t; PRAGMA integrity_check'), '3\nok')
    },
  )
}

for (const [who, engine] of [
  ['the peer', turso],
  ['ours', undefined],
] as const) {
  test.serial(
    `checklist 50: closing next to a process of ${who} leaves the log, closing last empties it`,
    async (t) => {
      const { db, path } = openHere(t)
      db.exec('INSERT INTO t(v) VALUES (1)')
      const other = await openThere(path, engine)
      t.deepEqual(await tell(other, { all: 'SELECT count(*) FROM t' }), [[1]])
      const { checkpointSeq, maxFrame } = published(path)
      db.close()
      t.like(published(path), { checkpointSeq, maxFrame, backfilledFrames: 0 })
      t.true(await eventually(() => statSync(`${path}-wal`).size === frameOffset(maxFrame + 1)))
      const again = new Database(path, multiprocess)
      t.deepEqual(values(again), [1])
      await other.kill()
      again.close()
      t.is(statSync(`${path}-wal`).size, 0)
      t.is(askSqlite(path, 'SELECT v FROM t; PRAGMA integrity_check'), '1\nok')
    },
  )
}

test.serial(
  'checklist 51: a page that the peer has cached is not copied after a restart, though its frame has the same number',
  async (t) => {
    const { db, path } = openHere(t)
    db.exec("INSERT INTO t(v) VALUES ('a')")
    const peer = await openThere(path, turso)
    for (const v of ['b', 'c', 'd']) {
      t.is(checkpoint(db, 'RESTART').busy, 0)
      db.exec(`UPDATE t SET v = '${v}1'`)
      t.is(published(path).maxFrame, 1)
      // The peer caches the page of frame 1 ...
      t.deepEqual(await tell(peer, { all: 'SELECT v FROM t' }), [[`${v}1`]])
      t.is(checkpoint(db, 'RESTART').busy, 0)
      // ... which another frame 1 of another generation replaces.
      db.exec(`UPDATE t SET v = '${v}2'`)
      t.is(published(path).maxFrame, 1)
      await checkpointThere(peer, 'TRUNCATE')
      t.is(statSync(`${path}-wal`).size, 0)
      t.true(readFileSync(path).includes(`${v}2`))
      t.deepEqual(values(db), [`${v}2`])
    }
    await peer.stop()
    db.close()
    t.is(askSqlite(path, 'SELECT v FROM t; PRAGMA integrity_check'), 'd2\nok')
  },
)
