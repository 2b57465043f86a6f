/**
 * TSHM v1 §8, statements 17 to 23: what an opener does with the state that it finds. Alone, it ends with the rows of
 * the log and nothing that cannot be proved; in company, it changes nothing.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  const session = new Session()
  await session.open(path)
  t.is(await counted(session), rows)
  t.deepEqual(await session.all('SELECT count(*) FROM t WHERE a >= 0'), [[rows]])
  await session.exec('INSERT INTO t VALUES (1000)')
  t.is(await counted(session), rows + 1)
  await session.stop()
  const integrity = sqliteIntegrity(path)
  if (integrity !== null) t.is(integrity, 'ok')
}

// Ours reads the log at every opening alone, because it does not trust what it has not checked. The checklist's
// "without a scan" is about the outcome: the authority is the same as before.
test.serial('checklist 17: a clean end of all leaves an authority that stands', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const [maker, theirs] = [new Session(), new Session('theirs')]
  await maker.open(path)
  await fill(maker)
  await theirs.open(path)
  await maker.close()
  // The peer leaves the log as it is.
  await theirs.run('INSERT INTO t VALUES (11)')
  await theirs.close()
  const left = readSidecar(path)
  t.true(left.maxFrame > 0)
  t.is(left.backfilledFrames, 0)
  const log = readFileSync(`${path}-wal`)
  const last = new Session()
  for (const session of [maker, theirs, last]) {
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
  await Promise.all([theirs, last].map((session) => session.stop()))
  await checkRows(t, path, 12)
})

/** Leaves a database with a checkpoint of part of its log, as a killed process does. */
async function partlyCopied(): Promise<string> {
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
    const session = new Session()
    await session.open(path)
    const opened = readSidecar(path)
    t.deepEqual([opened.backfilledFrames, opened.proofVersion], [0, 0])
    t.is(opened.maxFrame, left.maxFrame)
    t.is(await counted(session), 12)
    await session.stop()
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
  const session = new Session()
  await session.open(path)
  t.is(readSidecar(path).backfilledFrames, 0)
  t.is(await counted(session), 13)
  await session.stop()
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
    const next = new Session()
    await next.open(path)
    const opened = readSidecar(path)
    t.deepEqual([opened.backfilledFrames, opened.proofVersion], [0, 0], engine)
    t.is(await counted(next), 11, engine)
    await next.stop()
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
    const next = new Session()
    await next.open(path)
    const opened = readSidecar(path)
    t.is(opened.maxFrame, maxFrame, engine)
    t.is(opened.indexLength, maxFrame)
    t.is(await counted(next), 13)
    await next.stop()
    await checkRows(t, path, 13)
  }
})

test.serial(
  'checklist 20: a join beside a reading peer changes neither snapshot, index nor its slot',
  async (t) => {
    t.timeout(60_000)
    for (const engine of engines) {
      for (const copied of [false, true]) {
        const path = newPath()
        const maker = new Session()
        await maker.open(path)
        await fill(maker)
        const reader = new Session(engine)
        await reader.open(path)
        await maker.stop()
        await reader.exec('BEGIN')
        t.is(await counted(reader), 11)
        if (copied) {
          const other = new Session()
          await other.open(path)
          await other.run('INSERT INTO t VALUES (11)')
          await other.all('PRAGMA wal_checkpoint(PASSIVE)')
          await other.kill()
        }
        const before = readSidecar(path)
        const joiner = new Session()
        await joiner.open(path)
        const after = readSidecar(path)
        t.true(after.bytes.subarray(0, 192).equals(before.bytes.subarray(0, 192)), engine)
        t.true(after.bytes.subarray(4096).equals(before.bytes.subarray(4096)), engine)
        const slot = before.readerOwners.findIndex((owner) => Number(owner >> 32n) === reader.pid)
        t.true(slot >= 0)
        t.is(after.readerOwners[slot], before.readerOwners[slot])
        t.is(after.readerFrames[slot], before.readerFrames[slot])
        t.is(await counted(joiner), copied ? 12 : 11)
        t.is(await counted(reader), 11)
        await reader.exec('COMMIT')
        await Promise.all([reader, joiner].map((session) => session.stop()))
      }
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
    const next = new Session()
    await next.open(path)
    const opened = readSidecar(path)
    t.deepEqual([opened.overflowed, opened.indexLength], [0, maxFrame], engine)
    const pages = entriesOf(opened).map(({ page }) => page)
    t.deepEqual(hashOf(opened, 0), modelHash(pages))
    t.is(await counted(next), 11)
    await next.stop()
  }
})

test.serial('checklist 22: a join by ours never changes the snapshot', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const [theirs, ours] = [new Session('theirs'), new Session()]
  // An existing database without a log: the authority that the peer has is not initialised.
  await ours.open(path, {})
  await fill(ours)
  await ours.close()
  await theirs.open(path)
  const check = async (what: string): Promise<void> => {
    const before = readSidecar(path)
    await ours.open(path)
    const opened = readSidecar(path)
    t.true(opened.bytes.subarray(0, 192).equals(before.bytes.subarray(0, 192)), what)
    const here = await counted(ours)
    t.is(here, await counted(theirs), what)
    t.is(readSidecar(path).sequence, before.sequence, what)
    await ours.close()
    t.is(readSidecar(path).sequence, before.sequence, `${what}, after closing`)
  }
  await check('not initialised')
  await theirs.run('INSERT INTO t VALUES (11)')
  await check('after a commit')
  await theirs.all('PRAGMA wal_checkpoint(PASSIVE)')
  await check('after a checkpoint')
  await theirs.run('INSERT INTO t VALUES (12)')
  await check('after a commit in a new generation')
  await theirs.exec('PRAGMA cache_size = 10; BEGIN')
  const values = Array.from({ length: 200 }, () => '(zeroblob(3900))').join()
  await theirs.exec(`INSERT INTO t VALUES ${values}`)
  const before = readSidecar(path)
  await ours.open(path)
  t.is(readSidecar(path).sequence, before.sequence, 'while the peer spills')
  t.is(await counted(ours), 13)
  await ours.close()
  await theirs.exec('ROLLBACK')
  await check('after a rollback')
  await theirs.all('PRAGMA wal_checkpoint(TRUNCATE)')
  await check('after a truncation')
  // Only the first write states what was not stated.
  await ours.open(path)
  await ours.run('INSERT INTO t VALUES (13)')
  t.is(await counted(theirs), 14)
  await Promise.all([theirs, ours].map((session) => session.stop()))
  await checkRows(t, path, 14)
})

test.serial('checklist 22: the first write of ours seeds an authority without a log', async (t) => {
  const path = newPath()
  const [theirs, ours] = [new Session('theirs'), new Session()]
  await ours.open(path, {})
  await fill(ours)
  await ours.close()
  await theirs.open(path)
  damage(`${path}-tshm`, [56, Buffer.alloc(60)])
  await ours.open(path)
  t.is(readSidecar(path).pageSize, 0)
  t.is(await counted(ours), 11)
  t.is(readSidecar(path).pageSize, 0)
  await ours.run('INSERT INTO t VALUES (11)')
  t.is(readSidecar(path).pageSize, 4096)
  t.is(await counted(theirs), 12)
  await Promise.all([theirs, ours].map((session) => session.stop()))
})

test.serial(
  'checklist 23: a join of the peer right after any work of ours changes nothing',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const [ours, theirs] = [new Session(), new Session('theirs')]
    await ours.open(path)
    const check = async (what: string): Promise<void> => {
      const before = readSidecar(path)
      await theirs.open(path)
      const after = readSidecar(path)
      t.true(after.bytes.subarray(0, 172).equals(before.bytes.subarray(0, 172)), what)
      await theirs.all('SELECT count(*) FROM sqlite_schema')
      t.is(readSidecar(path).sequence, before.sequence, what)
      await theirs.close()
    }
    await check('a new database')
    await fill(ours)
    await check('a commit')
    await ours.exec('BEGIN; INSERT INTO t VALUES (11); ROLLBACK')
    await check('a rollback')
    const values = Array.from({ length: 200 }, () => '(zeroblob(3900))').join()
    await ours.exec(`PRAGMA cache_size = 10; BEGIN; INSERT INTO t VALUES ${values}; ROLLBACK`)
    await check('a rollback of what was spilled')
    await ours.exec('BEGIN; INSERT INTO t VALUES (11); SAVEPOINT s')
    await ours.exec(`INSERT INTO t VALUES ${values}; ROLLBACK TO s; COMMIT`)
    await check('a rollback to a savepoint')
    await ours.exec('INSERT INTO t VALUES (12)')
    for (const mode of ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']) {
      await ours.run('INSERT INTO t VALUES (13)')
      await ours.all(`PRAGMA wal_checkpoint(${mode})`)
      await check(mode)
      await ours.run('INSERT INTO t VALUES (14)')
      await check(`a commit after ${mode}`)
    }
    await ours.exec('CREATE TABLE u(b); DROP TABLE u')
    await check('a schema change')
    await theirs.open(path)
    t.is(await counted(theirs), 21)
    await Promise.all([ours, theirs].map((session) => session.stop()))
  },
)
