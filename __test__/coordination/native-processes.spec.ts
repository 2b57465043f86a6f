/**
 * Real processes in the native core: who may open, who may write, what remains of the dead. Each test has a
 * database of its own; the peers are processes that do one call at a time, and are killed where it hurts.
 */
import test from 'ava'
import { execFile } from 'node:child_process'
import {
  existsSync,
  openSync,
  readdirSync,
  readlinkSync,
  closeSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasSqliteShell, sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { commit, openHere, Peer, poke, refusal, tshm } from './native-session.ts'
import type { Refusal } from './native-session.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')

async function refused(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call
  } catch (error) {
    const { code, message } = error as Refusal
    return { code, message }
  }
  throw new Error('it was not refused')
}

test('modes: one process and several exclude each other, both ways round, with the known words', async (t) => {
  const path = newPath()
  const peer = new Peer()
  await peer.open({ path })
  for (const readonly of [false, true]) {
    t.deepEqual(
      refusal(() => openHere({ path, multiprocess: false, readonly })),
      {
        code: 'SQLITE_BUSY',
        message:
          `Failed opening database '${path}'. ` +
          'Database is already open with experimental multiprocess WAL in another process',
      },
    )
  }
  await peer.call('close')
  const owner = openHere({ path, multiprocess: false })
  for (const readonly of [false, true]) {
    t.deepEqual(await refused(peer.open({ path, readonly })), {
      code: 'SQLITE_BUSY',
      message:
        `Failed opening database '${path}'. ` +
        'Database is already open without experimental multiprocess WAL in another process',
    })
  }
  t.deepEqual(await refused(peer.open({ path, multiprocess: false })), {
    code: 'SQLITE_BUSY',
    message: `Failed locking file '${path}'. File is locked by another process`,
  })
  t.is(refusal(() => openHere({ path })).code, 'SQLITE_BUSY', 'also within a process')
  owner.coordinator.close()
  await peer.open({ path, multiprocess: false })
  await peer.end()
})

test('modes: memory, missing files and links are refused', (t) => {
  const path = newPath()
  t.is(refusal(() => openHere({ path: ':memory:' })).code, 'SQLITE_MISUSE')
  t.deepEqual(
    refusal(() => openHere({ path, create: false })),
    {
      code: 'SQLITE_CANTOPEN',
      message: 'unable to open database file',
    },
  )
  t.false(existsSync(path))
})

test('opening: the second waits for the first, and joins', async (t) => {
  const path = newPath()
  const first = new Peer()
  const second = new Peer()
  await first.call('open', {
    path,
    multiprocess: true,
    readonly: false,
    create: true,
    timeoutMs: 0,
  })
  const joining = second.open({ path, timeoutMs: 5000 })
  await first.call(
    'install',
    { f64: [3, 0, 1, 1, 0, 0, 4096, 1, 2, 3, 4, 0, 0, 0, 0, 0] },
    { u32: [1, 2, 1] },
  )
  await first.call('finishOpen')
  t.false((await joining).isFirst)
  await second.call('beginRead')
  t.is(await second.call('findFrame', 1), 3)
  await first.end()
  await second.end()
})

test('opening: an opener that dies leaves the next one alone', async (t) => {
  const path = newPath()
  const first = new Peer()
  await first.call('open', {
    path,
    multiprocess: true,
    readonly: false,
    create: true,
    timeoutMs: 0,
  })
  await first.kill()
  const second = new Peer()
  t.true((await second.open({ path })).isFirst)
  await second.end()
})

test('opening: joining changes nothing in the file', async (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1, 2, 3)
  session.coordinator.beginRead()
  const before = tshm(path)
  const peer = new Peer()
  t.false((await peer.open({ path })).isFirst)
  t.deepEqual(tshm(path), before)
  await peer.end()
  t.deepEqual(tshm(path), before)
  session.coordinator.endRead()
  session.coordinator.close()
})

test('opening: a reader without a coordination file reads alone, and makes none', async (t) => {
  const path = newPath()
  writeFileSync(path, Buffer.alloc(4096))
  const peer = new Peer()
  t.deepEqual(await peer.open({ path, readonly: true }), {
    isFirst: true,
    coordinated: false,
    walFd: -1,
  })
  t.false(existsSync(`${path}-tshm`))
  t.false(existsSync(`${path}-wal`))
  await peer.end()
})

test('writing: one process at a time, and a stale snapshot is told apart from a busy lock', async (t) => {
  const path = newPath()
  const { coordinator } = openHere({ path })
  const peer = new Peer()
  await peer.open({ path })
  await peer.call('beginRead')
  coordinator.beginRead()
  t.is(coordinator.beginWrite(), 0)
  t.is(await peer.call('beginWrite'), 1)
  coordinator.publishHeader(4096, 1, 2, 3, 4)
  coordinator.publishCommit(Uint32Array.of(1), 1, 2)
  t.is(await peer.call('beginWrite'), 1)
  coordinator.endWrite()
  t.is(await peer.call('beginWrite'), 2)
  await peer.call('endRead')
  t.is(await peer.call('beginRead'), 1)
  t.is(await peer.call('beginWrite'), 0)
  coordinator.endRead()
  await peer.end()
  coordinator.close()
})

test('writing: a killed writer blocks nobody, and its index tail is trimmed', async (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1, 2)
  const hash = tshm(path).subarray(4096 + 65_536, 86_016)
  const peer = new Peer()
  await peer.open({ path })
  await peer.call('beginRead')
  await peer.call('beginWrite')
  await peer.kill()
  t.not(tshm(path).readUInt32LE(176 + 4), 0, 'the dead one is still named')
  // Entries that were never published, with their hash values, as a spilling writer leaves them.
  const hashValues = [4096 + 65_536 + 2 * 764, (3n << 48n) | (2n << 32n)] as const
  poke(path, [4096 + 32, 2n], [4096 + 40, 3n], [40, 3n], hashValues)
  commit(session, 9)
  const file = tshm(path)
  t.is(file.readUInt32LE(40), 3)
  t.is(file.readBigUInt64LE(4096 + 32), 9n)
  const after = file.subarray(4096 + 65_536, 86_016)
  const expected = Buffer.from(hash)
  expected.writeUInt16LE(3, 2 * ((9 * 383) % 8192))
  t.deepEqual(after, expected)
  session.coordinator.close()
})

test('writing: waiting processes are let in by one that writes all the time', async (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1)
  const peer = new Peer()
  await peer.open({ path })
  let isGranted = false
  const waiting = peer.call('reserveWriter', 5000, false).then((granted) => {
    isGranted = granted === true
  })
  const start = performance.now()
  let stoodBack = false
  while (!isGranted && performance.now() - start < 3000) {
    session.coordinator.beginRead()
    if (session.coordinator.beginWrite() === 1) stoodBack = true
    else session.coordinator.endWrite()
    session.coordinator.endRead()
    // Lets the answer of the peer in.
    await new Promise((resolve) => setImmediate(resolve))
  }
  await waiting
  t.true(isGranted)
  t.true(stoodBack)
  await peer.call('beginRead')
  t.not(await peer.call('beginWrite'), 1, 'what was reserved is there')
  await peer.kill()
  commit(session, 2)
  session.coordinator.close()
})

test('writing: a reservation runs out of time, and can be given back', async (t) => {
  const path = newPath()
  const { coordinator } = openHere({ path })
  const peer = new Peer()
  await peer.open({ path })
  t.true(coordinator.reserveWriter(0, false))
  t.false(await peer.call('reserveWriter', 20, false))
  coordinator.endWrite()
  t.true(await peer.call('reserveWriter', 20, false))
  await peer.end()
  coordinator.close()
})

test('reading: a checkpoint of one process stops at the reader of another, also where all is copied back', async (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1, 2)
  const { coordinator } = session
  const peer = new Peer()
  await peer.open({ path })
  const checkpoint = (frames: number): void => {
    t.true(coordinator.beginCheckpoint(0))
    coordinator.publishBackfill(frames, Buffer.alloc(100))
    coordinator.endCheckpoint()
  }
  checkpoint(2)
  await peer.call('beginRead')
  t.is(await peer.call('findFrame', 1), 0, 'the database file has it')
  // Neither may the log restart...
  coordinator.beginRead()
  coordinator.beginWrite()
  t.false(coordinator.tryRestart())
  coordinator.publishCommit(Uint32Array.of(1), 7, 8)
  coordinator.endWrite()
  coordinator.endRead()
  // ...nor a frame be copied that the reader must not see.
  t.true(coordinator.beginCheckpoint(3))
  t.is(coordinator.checkpointLimit(), 2)
  t.deepEqual([...coordinator.liveReaders()], [2])
  coordinator.endCheckpoint()
  t.true(await peer.call('isPinIntact'))
  await peer.call('endRead')
  t.true(coordinator.beginCheckpoint(3))
  t.is(coordinator.checkpointLimit(), 3)
  coordinator.publishBackfill(3, Buffer.alloc(100))
  t.true(coordinator.restartWal())
  coordinator.endCheckpoint()
  await peer.end()
  coordinator.close()
})

test('reading: the slot of a killed reader delays nobody', async (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1, 2)
  const peer = new Peer()
  await peer.open({ path })
  await peer.call('beginRead')
  await peer.kill()
  t.is(tshm(path).readBigUInt64LE(200) === 2n || tshm(path).readBigUInt64LE(208) === 2n, true)
  commit(session, 3)
  const { coordinator } = session
  t.true(coordinator.beginCheckpoint(2))
  t.is(coordinator.checkpointLimit(), 3)
  coordinator.endCheckpoint()
  t.deepEqual([...coordinator.liveReaders()], [])
  coordinator.close()
})

test('reading: the slot that a killed process kept for its next reader is free after a checkpoint', async (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1, 2)
  const free = (): bigint => tshm(path).readBigUInt64LE(192)
  const before = free()
  const peer = new Peer()
  await peer.open({ path })
  await peer.call('beginRead')
  await peer.call('endRead')
  t.not(free(), before, 'it is kept while its process lives')
  await peer.kill()
  const { coordinator } = session
  t.true(coordinator.beginCheckpoint(0))
  t.is(coordinator.checkpointLimit(), 2)
  coordinator.endCheckpoint()
  t.is(free(), before)
  coordinator.close()
})

test('reading: slots that only the dead have marked are taken again', (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1)
  session.coordinator.close()
  const other = openHere({ path })
  // All bits cleared by processes that do not exist.
  const words: [number, bigint][] = [[192, 0n]]
  for (let slot = 0; slot < 64; slot++) {
    words.push([712 + 8 * slot, (0x7ffffff0n << 32n) | 1n], [200 + 8 * slot, 1n])
  }
  poke(path, ...words)
  t.not(other.coordinator.beginRead(), 2)
  other.coordinator.endRead()
  other.coordinator.close()
})

test('reading: when the living have all slots, one more is busy, and may read later', (t) => {
  const path = newPath()
  const writer = openHere({ path })
  const readers = []
  for (let i = 0; i < 64; i++) {
    commit(writer, 1)
    const reader = openHere({ path })
    t.is(reader.coordinator.beginRead(), 1, `reader ${i}`)
    readers.push(reader)
  }
  const { coordinator } = writer
  t.is(coordinator.beginRead(), 0, 'those with one snapshot share a slot')
  t.is(coordinator.beginWrite() & 1, 0)
  coordinator.publishCommit(Uint32Array.of(2), 1, 1)
  coordinator.endWrite()
  coordinator.endRead()
  t.is(coordinator.beginRead(), 2)
  readers[5]!.coordinator.endRead()
  t.is(coordinator.beginRead(), 0)
  coordinator.endRead()
  for (const reader of readers) reader.coordinator.close()
  t.true(coordinator.beginCheckpoint(3))
  t.is(coordinator.checkpointLimit(), 65)
  coordinator.endCheckpoint()
  coordinator.close()
})

test('repair: a publication cut short is completed by whoever finds it', async (t) => {
  const path = newPath()
  const session = openHere({ path })
  const peer = new Peer()
  await peer.open({ path })
  commit(session, 1, 2)
  const sequence = tshm(path).readBigUInt64LE(48)
  poke(path, [48, sequence + 1n])
  const start = performance.now()
  // The log is the judge; here it is empty.
  t.is(await peer.call('beginRead'), 1)
  t.true(performance.now() - start < 5000)
  const snapshot = (await peer.call('snapshot')) as number[]
  t.is(snapshot[0], 0)
  t.is(tshm(path).readBigUInt64LE(48), sequence + 2n)
  await peer.end()
  session.coordinator.close()
})

test('repair: files that were taken away are noticed before the next commit', (t) => {
  for (const suffix of ['-wal', '-tshm']) {
    for (const replace of [false, true]) {
      const path = newPath()
      const { coordinator } = openHere({ path })
      coordinator.beginRead()
      renameSync(path + suffix, `${path}.gone`)
      if (replace) writeFileSync(path + suffix, '')
      const answer = refusal(() => coordinator.beginWrite())
      t.is(answer.code, suffix === '-wal' ? 'SQLITE_IOERR' : 'SQLITE_PROTOCOL')
      t.true(answer.message.includes(path + suffix), answer.message)
      coordinator.endRead()
      coordinator.close()
    }
  }
})

test('repair: a longer log is reported to the writer', (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1)
  const { coordinator } = session
  writeFileSync(`${path}-wal`, Buffer.alloc(32 + 4120))
  coordinator.beginRead()
  t.is(coordinator.beginWrite(), 0)
  coordinator.endWrite()
  writeFileSync(`${path}-wal`, Buffer.alloc(32 + 4120 + 1))
  t.is(coordinator.beginWrite(), 3)
  coordinator.rollForward(Uint32Array.of(5), 1, 9, 9)
  coordinator.endWrite()
  coordinator.endRead()
  t.is(coordinator.beginRead(), 1)
  t.is(coordinator.findFrame(5), 2)
  coordinator.endRead()
  coordinator.close()
})

test('restart: a guard stands for a moment, ignored by us, and is gone in time', async (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1)
  const { coordinator } = session
  coordinator.beginCheckpoint(0)
  coordinator.publishBackfill(1, Buffer.alloc(100))
  coordinator.endCheckpoint()
  coordinator.beginRead()
  coordinator.beginWrite()
  t.true(coordinator.tryRestart())
  coordinator.publishHeader(4096, session.snapshot[7]!, session.snapshot[8]!, 3, 4)
  coordinator.publishCommit(Uint32Array.of(1), 1, 1)
  coordinator.endWrite()
  coordinator.endRead()
  const guards = (): number => {
    const file = tshm(path)
    let count = 0
    for (let slot = 0; slot < 64; slot++) if (file.readBigUInt64LE(200 + 8 * slot) === 0n) count++
    return count
  }
  t.is(guards(), 1)
  const peer = new Peer()
  await peer.open({ path })
  t.true(await peer.call('beginCheckpoint', 3))
  t.is(await peer.call('checkpointLimit'), 1, 'a guard of ours holds up none of ours')
  await peer.call('endCheckpoint')
  for (let waited = 0; guards() > 0 && waited < 5000; waited += 50) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  t.is(guards(), 0)
  await peer.end()
  coordinator.close()
})

test('closing: only the last process is told so, and openers wait until it is done', async (t) => {
  const path = newPath()
  const { coordinator } = openHere({ path })
  const peer = new Peer()
  await peer.open({ path })
  t.false(coordinator.beginClose())
  await peer.call('close')
  t.true(coordinator.beginClose())
  let isOpen = false
  const opening = peer.open({ path, timeoutMs: 5000 }).then(({ isFirst }) => {
    isOpen = true
    t.true(isFirst)
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.false(isOpen)
  coordinator.close()
  await opening
  await peer.end()
})

const onLinux = process.platform === 'linux' ? test : test.skip

onLinux('closing: no descriptor stays behind, whatever the garbage collector does', (t) => {
  const path = newPath()
  const ours = (): string[] =>
    readdirSync('/proc/self/fd').flatMap((name) => {
      try {
        const target = readlinkSync(`/proc/self/fd/${name}`)
        return target.startsWith(path) ? [target] : []
      } catch {
        return []
      }
    })
  const sessions = [openHere({ path }), openHere({ path }), openHere({ path, readonly: true })]
  t.is(ours().length, 5)
  for (const { coordinator } of sessions) {
    t.true(ours().length > 0)
    coordinator.close()
    t.is(refusal(() => coordinator.beginRead()).code, 'SQLITE_MISUSE')
    coordinator.close()
  }
  t.deepEqual(ours(), [])
  const single = openHere({ path, multiprocess: false, readonly: true })
  const writer = openHere({ path, multiprocess: false })
  single.coordinator.close()
  writer.coordinator.close()
  t.deepEqual(ours(), [])
})

const run = promisify(execFile)
const withShell = hasSqliteShell() ? test : test.skip

withShell(
  'SQLite: it is kept out while processes of ours share a file, and let in afterwards',
  async (t) => {
    const path = newPath()
    sqliteShell(path, 'PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1);')
    const session = openHere({ path })
    const log = openSync(`${path}-wal`, 'r')
    const reading = run('sqlite3', ['-batch', path, 'SELECT x FROM t;'], { timeout: 90_000 })
    await t.throwsAsync(reading, { message: /locking protocol|database is locked/ })
    closeSync(log)
    t.true(existsSync(`${path}-wal`), 'the log is still there')
    session.coordinator.close()
    t.is(sqliteShell(path, 'SELECT x FROM t;'), '1')
  },
)

withShell('SQLite: while it has the file open in WAL mode, ours are refused', async (t) => {
  const path = newPath()
  sqliteShell(path, 'PRAGMA journal_mode=WAL; CREATE TABLE t(x);')
  const shell = execFile('sqlite3', ['-batch', path])
  const ready = new Promise((resolve) => shell.stdout!.once('data', resolve))
  shell.stdin!.write('SELECT count(*) FROM t;\n')
  await ready
  for (const multiprocess of [true, false]) {
    t.deepEqual(
      refusal(() => openHere({ path, multiprocess })),
      {
        code: 'SQLITE_BUSY',
        message: 'database is locked',
      },
    )
  }
  const ended = new Promise((resolve) => shell.once('close', resolve))
  shell.stdin!.end()
  await ended
  openHere({ path }).coordinator.close()
  rmSync(path)
})

test('SQLite: an empty -shm of ours goes with the last process', async (t) => {
  const path = newPath()
  const { coordinator } = openHere({ path })
  const peer = new Peer()
  await peer.open({ path })
  t.true(existsSync(`${path}-shm`))
  await peer.call('close')
  t.true(existsSync(`${path}-shm`))
  coordinator.close()
  t.false(existsSync(`${path}-shm`))
  await peer.end()
})
