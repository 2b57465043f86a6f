/**
 * Commits of ours that a joining peer has undone, and that peers have written over since (TSHM v1 §7.3): with as many frames, with fewer,
 * with more. What a process of ours knew of them, in its map of the log, its page cache, its schema, its open transactions, must not
 * survive, although the log looks no shorter than before.
 *
 * The repair of a joining peer happens within a millisecond, so it is staged: the coordination file is put back to what it was before
 * the commits. The commits over them are real ones, of a live process of Turso.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { poke, tshm } from '../coordination/native-session.ts'
import { openRemote, refused, turso } from '../support/remote.ts'
import type { Remote } from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { readTshm } from '../support/tshm-file.ts'

const schema = [1, 2, 3]
  .map((i) => `CREATE TABLE t${i}(id INTEGER PRIMARY KEY, v); INSERT INTO t${i} VALUES (1, 0);`)
  .join('')

/** Values of the three tables. */
const values = async (remote: Remote): Promise<unknown> =>
  (await remote.all('SELECT t1.v, t2.v, t3.v FROM t1, t2, t3'))[0]

/**
 * Snapshot and frame index as they were, with a new sequence number: what the repair of a peer leaves that read them before the last
 * commits and installs them after. Another process does it, since with classic locks this one must not close the file.
 */
function putBack(path: string, old: Buffer): void {
  const file = join(temporaryFolder(), 'old')
  writeFileSync(file, old)
  const script = `
    const fs = require('node:fs')
    const [, target, source] = process.argv
    const old = fs.readFileSync(source)
    const file = fs.openSync(target, 'r+')
    const now = Buffer.alloc(8)
    fs.readSync(file, now, 0, 8, 48)
    old.writeBigUInt64LE(now.readBigUInt64LE(0) + 2n, 48)
    old.writeBigUInt64LE(0n, 64)
    for (const [from, to] of [[40, 48], [56, 116], [4096, 86016], [48, 56]])
      fs.writeSync(file, old, from, to - from, from)`
  execFileSync(process.execPath, ['-e', script, `${path}-tshm`, file])
}

interface Cast {
  readonly path: string
  /** Ours: the author of the commits that are undone. */
  readonly author: Remote
  /** Ours: has read them. */
  readonly witness: Remote
  readonly peer: Remote
  readonly old: Buffer
}

async function begin(t: ExecutionContext): Promise<Cast> {
  const path = join(temporaryFolder(), 'a.db')
  const author = await openRemote(t, path)
  await author.exec(schema)
  const witness = await openRemote(t, path)
  const peer = await openRemote(t, path, turso)
  for (const remote of [author, witness, peer]) t.deepEqual(await values(remote), [0, 0, 0])
  return { path, author, witness, peer, old: tshm(path) }
}

/** Two commits of one frame each, known to both of ours; then they are undone, and the peer commits `count` times. */
async function undo(t: ExecutionContext, cast: Cast, count: number): Promise<void> {
  const { path, author, witness, peer, old } = cast
  await author.exec('UPDATE t1 SET v = 1')
  await author.exec('UPDATE t2 SET v = 1')
  t.deepEqual(await values(witness), [1, 1, 0])
  const { maxFrame } = readTshm(path)
  putBack(path, old)
  for (let i = 1; i <= count; i++) await peer.exec('UPDATE t3 SET v = v + 1')
  t.is(readTshm(path).maxFrame, maxFrame - 2 + count)
  t.deepEqual(await values(peer), [0, 0, count])
}

for (const [length, count] of [
  ['as long', 2],
  ['shorter', 1],
  ['longer', 5],
] as const) {
  test.serial(`undone commits: ours see what was written over them, ${length}`, async (t) => {
    const cast = await begin(t)
    await undo(t, cast, count)
    const { author, witness, peer, path } = cast
    for (const ours of [author, witness]) {
      t.deepEqual(await values(ours), [0, 0, count])
      t.is(await ours.one('PRAGMA integrity_check'), 'ok')
    }
    await author.exec('UPDATE t1 SET v = 10')
    await witness.exec('UPDATE t2 SET v = 20')
    await peer.exec('UPDATE t3 SET v = 30')
    await author.all('PRAGMA wal_checkpoint(TRUNCATE)')
    const late = await openRemote(t, path)
    for (const remote of [author, witness, peer, late]) {
      t.deepEqual(await values(remote), [10, 20, 30])
      t.is(await remote.one('PRAGMA integrity_check'), 'ok')
    }
  })

  test.serial(
    `undone commits: ours write upon what was written over them, ${length}`,
    async (t) => {
      const cast = await begin(t)
      await undo(t, cast, count)
      const { author, witness, peer, path } = cast
      await author.exec('UPDATE t1 SET v = v + 10')
      await witness.exec(
        'BEGIN IMMEDIATE; UPDATE t2 SET v = v + 20; UPDATE t3 SET v = v + 20; COMMIT',
      )
      const late = await openRemote(t, path)
      for (const remote of [author, witness, peer, late]) {
        t.deepEqual(await values(remote), [10, 20, count + 20])
        t.is(await remote.one('PRAGMA integrity_check'), 'ok')
      }
    },
  )

  test.serial(`undone commits: ours copy back what was written over them, ${length}`, async (t) => {
    const cast = await begin(t)
    await undo(t, cast, count)
    const { witness, peer, path } = cast
    t.deepEqual((await witness.all('PRAGMA wal_checkpoint(PASSIVE)'))[0]?.[0], 0)
    t.is(readTshm(path).backfilledFrames, readTshm(path).maxFrame)
    await peer.exec('UPDATE t1 SET v = 1')
    const late = await openRemote(t, path)
    for (const remote of [witness, peer, late]) {
      t.deepEqual(await values(remote), [1, 0, count])
      t.is(await remote.one('PRAGMA integrity_check'), 'ok')
    }
  })

  test.serial(
    `undone commits: a transaction of ours that saw them is refused, ${length}`,
    async (t) => {
      const cast = await begin(t)
      const { author, witness, peer, path, old } = cast
      await author.exec('UPDATE t1 SET v = 1')
      await author.exec('UPDATE t2 SET v = 1')
      await witness.exec('BEGIN')
      t.is(await witness.one('SELECT v FROM t1'), 1)
      putBack(path, old)
      for (let i = 1; i <= count; i++) await peer.exec('UPDATE t3 SET v = v + 1')
      const { code } = await refused(witness.one('SELECT v FROM t2'))
      t.is(code, 'SQLITE_BUSY_SNAPSHOT')
      await witness.exec('ROLLBACK')
      t.deepEqual(await values(witness), [0, 0, count])
    },
  )
}

test.serial('undone commits: a transaction that began before them goes on', async (t) => {
  const cast = await begin(t)
  await cast.witness.exec('BEGIN')
  t.is(await cast.witness.one('SELECT v FROM t1'), 0)
  await cast.author.exec('UPDATE t2 SET v = 1')
  putBack(cast.path, cast.old)
  await cast.peer.exec('UPDATE t3 SET v = 1')
  t.deepEqual(await values(cast.witness), [0, 0, 0])
  await cast.witness.exec('COMMIT')
  t.deepEqual(await values(cast.witness), [0, 0, 1])
})

test.serial('undone commits: a schema of the same number in their place is found', async (t) => {
  const { path, author, witness, peer, old } = await begin(t)
  await author.exec('CREATE TABLE u(a)')
  t.is(await witness.one('SELECT count(*) FROM u'), 0)
  putBack(path, old)
  await peer.exec('CREATE TABLE w(a, b)')
  await peer.exec('INSERT INTO w(a, b) VALUES (1, 2)')
  for (const ours of [author, witness]) {
    t.deepEqual(await ours.all('SELECT a, b FROM w'), [[1, 2]])
    t.regex((await refused(ours.all('SELECT a FROM u'))).message, /no such table: u/)
    t.is(await ours.one('PRAGMA integrity_check'), 'ok')
  }
})

test.serial(
  'undone commits: after a restart of the log nothing of them is left in a cache',
  async (t) => {
    const cast = await begin(t)
    await undo(t, cast, 2)
    const { author, witness, peer } = cast
    // As many commits as were undone, so that no count tells; and whoever restarts the log has never heard of them.
    t.is((await peer.all('PRAGMA wal_checkpoint(TRUNCATE)'))[0]?.[0], 0)
    for (const ours of [author, witness]) t.deepEqual(await values(ours), [0, 0, 2])
  },
)

test.serial(
  'undone commits: where a repair has only undone a checkpoint, a part of it done again disturbs no reader',
  async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const author = await openRemote(t, path)
    await author.exec(`${schema} PRAGMA wal_autocheckpoint = 0`)
    const reader = await openRemote(t, path)
    for (let i = 1; i <= 30; i++) await author.exec(`UPDATE t1 SET v = ${i}`)
    // A reader keeps the log from being restarted.
    const keeper = await openRemote(t, path)
    await keeper.exec('BEGIN')
    t.is(await keeper.one('SELECT v FROM t2'), 0)
    await author.all('PRAGMA wal_checkpoint(PASSIVE)')
    const { maxFrame, backfilledFrames } = readTshm(path)
    t.is(backfilledFrames, maxFrame)
    await author.exec('UPDATE t2 SET v = 1')
    await reader.exec('BEGIN')
    t.is(await reader.one('SELECT v FROM t2'), 1)
    // What a peer installs that joins without a valid proof.
    poke(path, [64, 0n], [48, readTshm(path).sequence + 2n])
    await author.exec('PRAGMA wal_autocheckpoint = 5; UPDATE t3 SET v = 1')
    const copied = readTshm(path).backfilledFrames
    t.true(copied > 0 && copied < maxFrame, `${copied}`)
    t.is(await reader.one('SELECT v FROM t1'), 30)
    for (const one of [reader, keeper]) await one.exec('COMMIT')
    for (const ours of [author, reader]) t.deepEqual(await values(ours), [30, 1, 1])
  },
)
