/**
 * TSHM v1 §8, statements 17 to 23: what an opener does with the state that it finds. Alone, it ends with the rows of
 * the log and nothing that cannot be proved; in company, it changes nothing.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyFile } from '../support/copy-file.ts'
import { endSessions, Session } from '../support/session.ts'
import type { Engine } from '../support/session.ts'
import {
  bytesOf,
  damage,
  entriesOf,
  hashOf,
  modelHash,
  readSidecar,
  word32,
} from '../support/sidecar.ts'
import type { Sidecar } from '../support/sidecar.ts'
import { sqliteIntegrity } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')
test.afterEach.always(endSessions)

/** Processes that open and close one database after the other. */
const [checker, peer] = [new Session('ours', true), new Session('theirs', true)]
test.after.always(() => Promise.all([checker.stop(), peer.stop()]))

const engines: readonly Engine[] = ['ours', 'theirs']

/** The snapshot without its number. */
function snapshotOf(sidecar: Sidecar): Buffer {
  return sidecar.bytes.subarray(56, 116)
}

async function counted(session: Session): Promise<unknown> {
  return (await session.all('SELECT count(*) FROM t'))[0]![0]
}

/** Eleven rows and an index on them, in the log. */
async function fill(session: Session): Promise<void> {
  await session.exec('CREATE TABLE t(a); CREATE INDEX i ON t(a); INSERT INTO t VALUES (0)')
  for (let i = 1; i <= 10; i++) await session.run('INSERT INTO t VALUES (?)', i)
}

async function checkRows(t: ExecutionContext, path: string, rows: number): Promise<void> {
  await checker.open(path)
  t.is(await counted(checker), rows)
  t.deepEqual(await checker.all('SELECT count(*) FROM t WHERE a >= 0'), [[rows]])
  await checker.exec('INSERT INTO t VALUES (1000)')
  t.is(await counted(checker), rows + 1)
  await checker.close()
  const integrity = sqliteIntegrity(path)
  if (integrity !== null) t.is(integrity, 'ok')
}

// Ours reads the log at every opening alone, because it does not trust what it has not checked. The checklist's
// "without a scan" is about the outcome: the authority is the same as before.
test.serial('checklist 17: a clean end of all leaves an authority that stands', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const maker = new Session()
  await maker.open(path)
  await fill(maker)
  await peer.open(path)
  await maker.close()
  // The peer leaves the log as it is.
  await peer.run('INSERT INTO t VALUES (11)')
  await peer.close()
  const left = readSidecar(path)
  t.true(left.maxFrame > 0)
  t.is(left.backfilledFrames, 0)
  const log = readFileSync(`${path}-wal`)
  for (const session of [maker, peer, checker]) {
    await session.open(path)
    const found = readSidecar(path)
    t.true(snapshotOf(found).equals(snapshotOf(left)), session.engine)
    t.deepEqual(entriesOf(found), entriesOf(left))
    t.true(readFileSync(`${path}-wal`).equals(log))
    t.is(await counted(session), 12)
    if (session === maker) await maker.kill()
    else await session.close()
  }
  t.is(readSidecar(path).maxFrame, 0, 'the last of ours has copied all back')
  await checkRows(t, path, 12)
})

let copied: Promise<string> | null = null

/** A database with a checkpoint of part of its log, as a killed process leaves it. */
async function partlyCopied(): Promise<string> {
  copied ??= copyPartly()
  const [from, path] = [await copied, newPath()]
  for (const suffix of ['', '-wal', '-tshm']) copyFile(from + suffix, path + suffix)
  return path
}

async function copyPartly(): Promise<string> {
  const path = newPath()
  const [writer, reader] = [new Session(), new Session()]
  await writer.open(path)
  await fill(writer)
  await reader.open(path)
  await reader.exec('BEGIN')
  await counted(reader)
  await writer.run('INSERT INTO t VALUES (11)')
  await writer.all('PRAGMA wal_checkpoint(PASSIVE)')
  await writer.kill()
  await reader.kill()
  return path
}

for (const [what, after] of [
  ['without a proof', (path) => damage(`${path}-tshm`, [116, word32(0)])],
  ['with a proof that is damaged', (path) => damage(`${path}-tshm`, [168, word32(7)])],
  [
    'with another header in the database file',
    (path) => damage(path, [68, Buffer.from([0, 0, 0, 7])]),
  ],
  ['with a proof that was not published', (path) => damage(`${path}-tshm`, [64, Buffer.alloc(8)])],
] as [string, (path: string) => void][]) {
  test.serial(`checklist 18: a partial checkpoint ${what} counts as none`, async (t) => {
    t.timeout(60_000)
    const path = await partlyCopied()
    const left = readSidecar(path)
    t.true(left.backfilledFrames > 0 && left.backfilledFrames < left.maxFrame)
    t.is(left.proofVersion, 1)
    after(path)
    await checker.open(path)
    const opened = readSidecar(path)
    t.deepEqual([opened.backfilledFrames, opened.proofVersion], [0, 0])
    t.is(opened.maxFrame, left.maxFrame)
    t.is(await counted(checker), 12)
    await checker.close()
    await checkRows(t, path, 12)
  })
}

test.serial('checklist 18: an append after a partial checkpoint leaves all rows', async (t) => {
  t.timeout(60_000)
  const path = await partlyCopied()
  const theirs = new Session('theirs')
  await theirs.open(path)
  await theirs.all('PRAGMA wal_checkpoint(PASSIVE)')
  await theirs.run('INSERT INTO t VALUES (12)')
  t.is(readSidecar(path).proofVersion, 0, 'a commit of the peer clears the proof')
  await theirs.kill()
  await checker.open(path)
  t.is(readSidecar(path).backfilledFrames, 0)
  t.is(await counted(checker), 13)
  await checker.close()
  await checkRows(t, path, 13)
})

test.serial('checklist 18: a restart of the log leaves all rows', async (t) => {
  t.timeout(60_000)
  for (const engine of engines) {
    const path = newPath()
    const session = new Session(engine)
    await session.open(path)
    await fill(session)
    await session.all('PRAGMA wal_checkpoint(RESTART)')
    const restarted = readSidecar(path)
    t.is(restarted.maxFrame, 0)
    t.true(restarted.checkpointSeq > 0)
    await session.kill()
    await checker.open(path)
    const opened = readSidecar(path)
    t.deepEqual([opened.backfilledFrames, opened.proofVersion], [0, 0], engine)
    t.is(await counted(checker), 11, engine)
    await checker.close()
    await checkRows(t, path, 11)
  }
})

test.serial('checklist 19: an authority older than the log gives way to it', async (t) => {
  t.timeout(60_000)
  for (const engine of engines) {
    const path = newPath()
    const session = new Session(engine)
    await session.open(path)
    await fill(session)
    const old = bytesOf(path)
    await session.run('INSERT INTO t VALUES (11)')
    await session.run('INSERT INTO t VALUES (12)')
    const { maxFrame } = readSidecar(path)
    await session.kill()
    writeFileSync(`${path}-tshm`, old)
    t.true(readSidecar(path).maxFrame < maxFrame)
    await checker.open(path)
    const opened = readSidecar(path)
    t.is(opened.maxFrame, maxFrame, engine)
    t.is(opened.indexLength, maxFrame)
    t.is(await counted(checker), 13)
    await checker.close()
    await checkRows(t, path, 13)
  }
})

test.serial(
  'checklist 20: a join beside a reading peer changes neither snapshot, index nor its slot',
  async (t) => {
    t.timeout(60_000)
    for (const engine of engines) {
      const reader = new Session(engine)
      for (const copied of [false, true]) {
        const path = newPath()
        await checker.open(path)
        await fill(checker)
        await reader.open(path)
        await checker.close()
        await reader.exec('BEGIN')
        t.is(await counted(reader), 11)
        if (copied) {
          await checker.open(path)
          await checker.run('INSERT INTO t VALUES (11)')
          await checker.all('PRAGMA wal_checkpoint(PASSIVE)')
          await checker.close()
        }
        const before = readSidecar(path)
        await checker.open(path)
        const after = readSidecar(path)
        t.true(after.bytes.subarray(0, 192).equals(before.bytes.subarray(0, 192)), engine)
        t.true(after.bytes.subarray(4096).equals(before.bytes.subarray(4096)), engine)
        const slot = before.readerOwners.findIndex((owner) => Number(owner >> 32n) === reader.pid)
        t.true(slot >= 0)
        t.is(after.readerOwners[slot], before.readerOwners[slot])
        t.is(after.readerFrames[slot], before.readerFrames[slot])
        t.is(await counted(checker), copied ? 12 : 11)
        t.is(await counted(reader), 11)
        await reader.exec('COMMIT')
        await checker.close()
        await reader.close()
      }
      await reader.stop()
    }
  },
)

test.serial('checklist 21: an overflowed index is rebuilt by whoever opens alone', async (t) => {
  for (const engine of engines) {
    const path = newPath()
    const session = new Session(engine)
    await session.open(path)
    await fill(session)
    const { maxFrame } = readSidecar(path)
    await session.kill()
    damage(`${path}-tshm`, [40, word32(2)], [44, word32(1)])
    await checker.open(path)
    const opened = readSidecar(path)
    t.deepEqual([opened.overflowed, opened.indexLength], [0, maxFrame], engine)
    const pages = entriesOf(opened).map(({ page }) => page)
    t.deepEqual(hashOf(opened, 0), modelHash(pages))
    t.is(await counted(checker), 11)
    await checker.close()
  }
})

test.serial('checklist 22: a join by ours never changes the snapshot', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  // An existing database without a log: the authority that the peer has is not initialised.
  await checker.open(path, {})
  await fill(checker)
  await checker.close()
  await peer.open(path)
  const check = async (what: string): Promise<void> => {
    const before = readSidecar(path)
    await checker.open(path)
    const opened = readSidecar(path)
    t.true(opened.bytes.subarray(0, 192).equals(before.bytes.subarray(0, 192)), what)
    const here = await counted(checker)
    t.is(here, await counted(peer), what)
    t.is(readSidecar(path).sequence, before.sequence, what)
    await checker.close()
    t.is(readSidecar(path).sequence, before.sequence, `${what}, after closing`)
  }
  await check('not initialised')
  await peer.run('INSERT INTO t VALUES (11)')
  await check('after a commit')
  await peer.all('PRAGMA wal_checkpoint(PASSIVE)')
  await check('after a checkpoint')
  await peer.run('INSERT INTO t VALUES (12)')
  await check('after a commit in a new generation')
  await peer.exec('PRAGMA cache_size = 10; BEGIN')
  const values = Array.from({ length: 200 }, () => '(zeroblob(3900))').join()
  await peer.exec(`INSERT INTO t VALUES ${values}`)
  const before = readSidecar(path)
  await checker.open(path)
  t.is(readSidecar(path).sequence, before.sequence, 'while the peer spills')
  t.is(await counted(checker), 13)
  await checker.close()
  await peer.exec('ROLLBACK')
  await check('after a rollback')
  await peer.all('PRAGMA wal_checkpoint(TRUNCATE)')
  await check('after a truncation')
  // Only the first write states what was not stated.
  await checker.open(path)
  await checker.run('INSERT INTO t VALUES (13)')
  t.is(await counted(peer), 14)
  await checker.close()
  await peer.close()
  await checkRows(t, path, 14)
})

test.serial('checklist 22: the first write of ours seeds an authority without a log', async (t) => {
  const path = newPath()
  await checker.open(path, {})
  await fill(checker)
  await checker.close()
  await peer.open(path)
  damage(`${path}-tshm`, [56, Buffer.alloc(60)])
  await checker.open(path)
  t.is(readSidecar(path).pageSize, 0)
  t.is(await counted(checker), 11)
  t.is(readSidecar(path).pageSize, 0)
  await checker.run('INSERT INTO t VALUES (11)')
  t.is(readSidecar(path).pageSize, 4096)
  t.is(await counted(peer), 12)
  await checker.close()
  await peer.close()
})

test.serial(
  'checklist 23: a join of the peer right after any work of ours changes nothing',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    await checker.open(path)
    const check = async (what: string): Promise<void> => {
      const before = readSidecar(path)
      await peer.open(path)
      const after = readSidecar(path)
      t.true(after.bytes.subarray(0, 172).equals(before.bytes.subarray(0, 172)), what)
      await peer.all('SELECT count(*) FROM sqlite_schema')
      t.is(readSidecar(path).sequence, before.sequence, what)
      await peer.close()
    }
    await check('a new database')
    await fill(checker)
    await check('a commit')
    await checker.exec('BEGIN; INSERT INTO t VALUES (11); ROLLBACK')
    await check('a rollback')
    const values = Array.from({ length: 200 }, () => '(zeroblob(3900))').join()
    await checker.exec(`PRAGMA cache_size = 10; BEGIN; INSERT INTO t VALUES ${values}; ROLLBACK`)
    await check('a rollback of what was spilled')
    await checker.exec('BEGIN; INSERT INTO t VALUES (11); SAVEPOINT s')
    await checker.exec(`INSERT INTO t VALUES ${values}; ROLLBACK TO s; COMMIT`)
    await check('a rollback to a savepoint')
    await checker.exec('INSERT INTO t VALUES (12)')
    for (const mode of ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']) {
      await checker.run('INSERT INTO t VALUES (13)')
      await checker.all(`PRAGMA wal_checkpoint(${mode})`)
      await check(mode)
      await checker.run('INSERT INTO t VALUES (14)')
      await check(`a commit after ${mode}`)
    }
    await checker.exec('CREATE TABLE u(b); DROP TABLE u')
    await check('a schema change')
    await peer.open(path)
    t.is(await counted(peer), 21)
    await checker.close()
    await peer.close()
  },
)
