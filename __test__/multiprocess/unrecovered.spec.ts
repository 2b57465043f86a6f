/**
 * A log full of commits beside a coordination file that says nothing of them: a peer has opened the database alone and is still reading
 * the log. Who joins meanwhile shows no database without its log, and writes nothing over it.
 *
 * The moment is staged: a process that has the database open stands for the peer, the log of one that was killed is put in the place of
 * its own, and the coordination file says what the peer found there. At the end it is tried with a live one.
 */
import test from 'ava'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { poke } from '../coordination/native-session.ts'
import { copyFile } from '../support/copy-file.ts'
import { endSessions, Session, shared } from '../support/session.ts'
import { bytesOf, damage, readSidecar } from '../support/sidecar.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** Stands for the peer; joins it; joins them. Each test closes what it opened there. */
const [peer, joiner, late] = [1, 2, 3].map(() => new Session('ours', true)) as [
  Session,
  Session,
  Session,
]
const everybody = [peer, joiner, late]
test.afterEach.always(async () => {
  await Promise.all(everybody.map((session) => session.ask({ close: true })))
  await endSessions()
})
test.after.always(() => Promise.all(everybody.map((session) => session.stop())))

const count = 'SELECT count(*), total(a) FROM t'
const first = [[1, 1]]
const all = [[41, 861]]

/** A database with one row, and the log of a process that was killed after it had added 40. */
async function material(filler = 0): Promise<Material> {
  if (!made.has(filler)) made.set(filler, make(filler))
  const [source, path] = [await made.get(filler)!, join(temporaryFolder(), 'a.db')]
  copyFile(source.path, path)
  return { path, log: source.log }
}

interface Material {
  readonly path: string
  readonly log: string
}

const made = new Map<number, Promise<Material>>()

async function make(filler: number): Promise<Material> {
  const path = join(temporaryFolder(), 'a.db')
  const log = join(temporaryFolder(), 'b.db')
  const author = new Session()
  await author.open(path, {})
  await author.exec('CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 0)')
  await author.close()
  copyFile(path, log)
  await author.open(log, {})
  await author.exec('PRAGMA wal_autocheckpoint = 0')
  for (let a = 2; a <= 41; a++) await author.run('INSERT INTO t VALUES (?, zeroblob(?))', a, filler)
  await author.kill()
  return { path, log: `${log}-wal` }
}

type Words = readonly (readonly [number, bigint])[]

/** A snapshot of eleven fields as 64-bit words at 56 to 112. */
function snapshotWords(maxFrame: number, header: Buffer | null, checksums: Buffer): Words {
  const fields = Buffer.alloc(64)
  fields.writeBigUInt64LE(BigInt(maxFrame), 0)
  if (header !== null) {
    fields.writeUInt32LE(header.readUInt32BE(12), 32)
    // Page size and salts, then the checksums.
    for (let i = 0; i < 3; i++)
      fields.writeUInt32LE(header.readUInt32BE([8, 16, 20][i]!), 40 + 4 * i)
    for (let i = 0; i < 2; i++) fields.writeUInt32LE(checksums.readUInt32BE(4 * i), 52 + 4 * i)
  }
  return Array.from({ length: 8 }, (_, i) => [56 + 8 * i, fields.readBigUInt64LE(8 * i)] as const)
}

/** What the coordination file says while the log is read. */
const authorities: Record<string, (log: Buffer) => Words> = {
  'a new coordination file': () => [...snapshotWords(0, null, Buffer.alloc(0)), [40, 0n]],
  'that of an earlier cluster': () => [],
  'that of the generation, when it was empty': (log) => snapshotWords(0, log, log.subarray(24, 32)),
  'that of the generation, some commits ago': (log) => {
    const frame = 32 + 9 * (24 + log.readUInt32BE(8))
    return snapshotWords(10, log, log.subarray(frame + 16, frame + 24))
  },
}

/** Opens as the peer does that is reading the log which the others find. */
async function stage(authority: string): Promise<{ path: string; log: Buffer }> {
  const { path, log: from } = await material()
  const log = bytesOf(from, '')
  await peer.open(path, { ...shared, timeout: 200 })
  damage(`${path}-wal`, 0, [0, log])
  poke(path, [48, readSidecar(path).sequence + 2n], ...authorities[authority]!(log))
  return { path, log }
}

for (const authority of Object.keys(authorities)) {
  test.serial(
    `unrecovered log, ${authority}: who joins and may write makes it known`,
    async (t) => {
      const { path } = await stage(authority)
      await joiner.open(path)
      t.deepEqual(await joiner.all(count), all)
      t.true(readSidecar(path).maxFrame > 0)
      await joiner.run('INSERT INTO t VALUES (42, 0)')
      await peer.run('INSERT INTO t VALUES (43, 0)')
      await late.open(path)
      for (const session of everybody) t.deepEqual(await session.all(count), [[43, 946]])
      t.deepEqual(await late.all('PRAGMA integrity_check'), [['ok']])
    },
  )

  test.serial(`unrecovered log, ${authority}: who is there already writes after it`, async (t) => {
    const { path } = await stage(authority)
    await peer.run('INSERT INTO t VALUES (42, 0)')
    await late.open(path)
    for (const session of [peer, late]) t.deepEqual(await session.all(count), [[42, 903]])
  })
}

for (const authority of Object.keys(authorities).slice(0, 2)) {
  test.serial(`unrecovered log, ${authority}: no checkpoint cuts it`, async (t) => {
    for (const mode of ['RESTART', 'TRUNCATE']) {
      const { path, log } = await stage(authority)
      const answer = (await peer.all(`PRAGMA wal_checkpoint(${mode})`))[0]
      t.is(answer![0], 1, mode)
      t.deepEqual(bytesOf(path, '-wal'), log)
      await peer.close()
      t.deepEqual(bytesOf(path, '-wal'), log)
      await peer.open(path)
      t.deepEqual(await peer.all(count), all)
      await peer.close()
    }
  })

  test.serial(`unrecovered log, ${authority}: a reader is not shown less`, async (t) => {
    const { path } = await stage(authority)
    t.is(
      await joiner.refusal(path, { ...shared, readonly: true }),
      'database is locked (another process has opened it and not yet recovered its log)',
    )
    await late.open(path)
    await joiner.open(path, { ...shared, readonly: true })
    for (const session of [late, joiner]) t.deepEqual(await session.all(count), all)
  })
}

test.serial('unrecovered log: one that was restarted is none, and nobody waits', async (t) => {
  const { path } = await material()
  const owner = peer
  await owner.open(path)
  await owner.exec('INSERT INTO t VALUES (2, 0)')
  const before = readSidecar(path)
  for (let i = 0; i < 3; i++) await owner.all('PRAGMA wal_checkpoint(RESTART)')
  const after = readSidecar(path)
  t.is(after.checkpointSeq, before.checkpointSeq + 1)
  t.is(after.maxFrame, 0)
  await joiner.open(path)
  t.is(readSidecar(path).sequence, after.sequence)
  t.deepEqual(await joiner.all(count), [[2, 3]])
  await joiner.run('INSERT INTO t VALUES (3, 0)')
  t.deepEqual(await owner.all(count), [[3, 6]])
})

test.serial('unrecovered log: a log without a commit is none', async (t) => {
  const { path, log: from } = await material()
  const log = bytesOf(from, '')
  await peer.open(path)
  // The commit frames are not.
  for (let at = 32; at < log.length; at += 24 + log.readUInt32BE(8)) log.writeUInt32BE(0, at + 4)
  damage(`${path}-wal`, 0, [0, log])
  await joiner.open(path)
  t.deepEqual(await joiner.all(count), first)
  await joiner.run('INSERT INTO t VALUES (2, 0)')
  for (const session of [peer, joiner]) t.deepEqual(await session.all(count), [[2, 3]])
})

test.serial('unrecovered log: a live peer that reads it loses nothing to who joins', async (t) => {
  t.timeout(120_000)
  const { path: database, log } = await material(400_000)
  for (let delay = 0; delay < 60; delay += 20) {
    const path = join(temporaryFolder(), 'a.db')
    copyFile(database, path)
    copyFile(log, `${path}-wal`)
    const peer = new Session('theirs')
    t.false(existsSync(`${path}-tshm`))
    // It is there before the race begins.
    await peer.ask({})
    const opened = peer.open(path)
    while (!existsSync(`${path}-tshm`)) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setTimeout(resolve, delay))
    await joiner.open(path, { ...shared, timeout: 10_000 })
    t.deepEqual(await joiner.all(count), all)
    await joiner.run('INSERT INTO t VALUES (42, 0)')
    await opened
    for (const session of [peer, joiner]) t.deepEqual(await session.all(count), [[42, 903]])
    await joiner.close()
    await peer.kill()
  }
})
