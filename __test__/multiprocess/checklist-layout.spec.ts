/**
 * TSHM v1 §8, statements 1 to 7: the bytes of the coordination file, against a model spelled out in
 * `support/sidecar.ts` and against a live process of the peer that uses the same file.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadNative } from '../../packages/engine/src/coordination/native.ts'
import { commitPages, openHere } from '../coordination/native-session.ts'
import { endSessions, Session } from '../support/session.ts'
import type { Engine } from '../support/session.ts'
import {
  baseSize,
  blockEntries,
  bytesOf,
  damage,
  entriesOf,
  hashOf,
  initialBase,
  modelHash,
  noFrame,
  readSidecar,
  word32,
} from '../support/sidecar.ts'
import type { Sidecar } from '../support/sidecar.ts'
import { temporaryFolder } from '../support/temporary.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')
test.afterEach.always(endSessions)

const both: readonly Engine[] = ['ours', 'theirs']

/** Entries are dense, and every hash slot of every block in use is what the model says. */
function checkIndex(t: ExecutionContext, sidecar: Sidecar): void {
  const entries = entriesOf(sidecar)
  t.true(
    entries.every(({ frame }, slot) => frame === slot + 1),
    'entries are dense',
  )
  for (let block = 0; block * blockEntries < entries.length; block++) {
    const pages = entries.slice(block * blockEntries, (block + 1) * blockEntries)
    const expected = modelHash(pages.map(({ page }) => page))
    t.true(
      hashOf(sidecar, block).every((value, slot) => value === expected[slot]),
      `the hash of block ${block}`,
    )
  }
}

test.serial('checklist 1: a new -tshm is 86016 bytes, with the initial image', async (t) => {
  for (const maker of both) {
    const path = newPath()
    const session = new Session(maker)
    await session.open(path)
    t.is(bytesOf(path).length, 86_016, maker)
    await session.close()
    const { bytes, sequence } = readSidecar(path)
    t.is(sequence % 2n, 0n)
    // Only the snapshot has been written since: its number, and what an open states.
    const expected = Buffer.concat([initialBase(), Buffer.alloc(86_016 - baseSize)])
    bytes.fill(0, 48, 116)
    // What processes of ours tell each other stands where the format has nothing. (§2.3: padding)
    if (maker === 'ours') bytes.fill(0, 2048, baseSize)
    t.true(bytes.equals(expected), maker)
    await session.stop()
  }
})

test.serial('checklist 1: an image made by a third party is accepted by both', async (t) => {
  for (const [first, second] of [both, [...both].reverse()] as [Engine, Engine][]) {
    const path = newPath()
    writeFileSync(`${path}-tshm`, Buffer.concat([initialBase(), Buffer.alloc(81_920)]))
    const one = new Session(first)
    await one.open(path)
    await one.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const two = new Session(second)
    await two.open(path)
    await two.exec('INSERT INTO t VALUES (2)')
    t.deepEqual(await one.all('SELECT count(*), sum(a) FROM t'), [[2, 3]])
    t.is(readSidecar(path).bytes.length, 86_016)
    await one.stop()
    await two.stop()
  }
})

test.serial('checklist 2: every field is read as the peer published it', async (t) => {
  const path = newPath()
  const peer = new Session('theirs')
  const maker = new Session()
  await maker.open(path)
  await peer.open(path)
  await maker.stop()
  const here = openHere({ path })
  const compare = (what: string): Sidecar => {
    const file = readSidecar(path)
    here.coordinator.readSnapshot()
    t.deepEqual(
      [...here.snapshot.subarray(0, 13)],
      [
        file.maxFrame,
        file.backfilledFrames,
        file.transactionCount,
        file.visibilityGeneration,
        file.checkpointSeq,
        file.checkpointEpoch,
        file.pageSize,
        ...file.salts,
        ...file.checksums,
        file.indexLength,
        file.overflowed,
      ],
      what,
    )
    return file
  }
  await peer.exec('CREATE TABLE t(a)')
  const created = compare('after a commit')
  t.is(created.visibilityGeneration, 1)
  await peer.exec('INSERT INTO t VALUES (1)')
  t.is(compare('after another').maxFrame, created.maxFrame + 1)

  await peer.exec('BEGIN')
  await peer.all('SELECT a FROM t')
  const reading = compare('while it reads')
  const slot = reading.readerFrames.indexOf(BigInt(reading.maxFrame))
  t.true(slot >= 0)
  t.is(Number(reading.readerOwners[slot]! >> 32n), peer.pid)
  t.is((reading.freeMap >> BigInt(slot)) & 1n, 0n)
  t.deepEqual([...here.coordinator.liveReaders()], [reading.maxFrame])
  await peer.exec('COMMIT')
  t.is(readSidecar(path).readerFrames[slot], noFrame)
  t.deepEqual([...here.coordinator.liveReaders()], [])

  await peer.exec('BEGIN IMMEDIATE')
  t.is(Number(readSidecar(path).writerOwner >> 32n), peer.pid)
  here.coordinator.beginRead()
  t.is(here.coordinator.beginWrite(), 1, 'the peer writes')
  here.coordinator.endRead()
  await peer.exec('ROLLBACK')
  t.is(readSidecar(path).writerOwner, 0n)

  await peer.all('PRAGMA wal_checkpoint(PASSIVE)')
  const copied = compare('after a checkpoint')
  t.is(copied.backfilledFrames, copied.maxFrame)
  t.is(copied.proofVersion, 1)
  t.is(here.snapshot[13], 1, 'its proof holds')
  t.true(here.coordinator.dbHeaderMatchesProof(bytesOf(path, '').subarray(0, 100)))
  await peer.exec('INSERT INTO t VALUES (2)')
  const restarted = compare('after a restart of the log')
  t.deepEqual([restarted.maxFrame, restarted.checkpointSeq], [1, copied.checkpointSeq + 1])
  here.coordinator.close()
  await peer.stop()
})

test.serial('checklist 3: hash tables equal the model, with repeated and colliding pages', (t) => {
  const path = newPath()
  const session = openHere({ path })
  commitPages(session, [1, 2, 2, 1])
  checkIndex(t, readSidecar(path))
  // Pages that are 8192 apart meet in one bucket; those of the last bucket run over the end of the table.
  const colliding = Array.from({ length: 300 }, (_, i) => 1 + 8192 * (i % 60))
  const last = Array.from({ length: 8192 }, (_, i) => i + 1).find((p) => (p * 383) % 8192 === 8191)!
  commitPages(session, [...colliding, ...colliding.map((page) => page - 1 + last)])
  checkIndex(t, readSidecar(path))
  commitPages(
    session,
    Array.from({ length: 6000 }, (_, i) => 1 + ((i * 7919) % 5000)),
  )
  const sidecar = readSidecar(path)
  t.deepEqual([sidecar.indexLength, sidecar.blocks], [6604, 2])
  checkIndex(t, sidecar)
  session.coordinator.close()
})

test.serial('checklist 4: entry 4097 grows the file to 167936 bytes and two blocks', async (t) => {
  t.timeout(60_000)
  for (const writer of both) {
    const path = newPath()
    const [one, other] = [new Session(writer), new Session(writer === 'ours' ? 'theirs' : 'ours')]
    await (writer === 'ours' ? one : other).open(path)
    await (writer === 'ours' ? other : one).open(path)
    await one.exec('CREATE TABLE t(a INTEGER PRIMARY KEY, b)')
    // A reader keeps the log from being restarted; pages of one row each make one frame each.
    await other.exec('BEGIN')
    await other.all('SELECT count(*) FROM t')
    const values = Array.from({ length: 500 }, () => '(zeroblob(3900))').join()
    const grow = (): Promise<void> => one.exec(`INSERT INTO t(b) VALUES ${values}`)
    while (readSidecar(path).indexLength <= 3500) await grow()
    const before = readSidecar(path)
    t.deepEqual([before.bytes.length, before.blocks], [86_016, 1], writer)
    while (readSidecar(path).indexLength <= 4096) await grow()
    const after = readSidecar(path)
    t.deepEqual([after.bytes.length, after.blocks], [167_936, 2], writer)
    checkIndex(t, after)
    await other.exec('COMMIT')
    const counted = await one.all('SELECT count(*), sum(length(b)), max(a) FROM t')
    t.deepEqual(await other.all('SELECT count(*), sum(length(b)), max(a) FROM t'), counted)
    await other.exec("UPDATE t SET b = 'x' WHERE a = 3")
    t.deepEqual(await one.all('SELECT b FROM t WHERE a IN (3, 4) ORDER BY length(b)'), [
      ['x'],
      (await other.all('SELECT b FROM t WHERE a = 4'))[0]!,
    ])
    await one.stop()
    await other.stop()
  }
})

test.serial(
  'checklist 5: at 262144 entries the flag is set, and nothing is written beyond',
  (t) => {
    const path = newPath()
    const session = openHere({ path })
    const pages = Array.from({ length: 131_000 }, (_, i) => i + 1)
    commitPages(session, pages)
    commitPages(session, pages)
    t.is(readSidecar(path).overflowed, 0)
    commitPages(session, [1, 2, 3, ...pages])
    const sidecar = readSidecar(path)
    t.deepEqual([sidecar.indexLength, sidecar.blocks, sidecar.overflowed], [262_144, 64, 1])
    t.is(sidecar.bytes.length, 5_246_976)
    checkIndex(t, sidecar)
    commitPages(session, [9])
    t.is(statSync(`${path}-tshm`).size, 5_246_976)
    session.coordinator.close()
  },
)

test.serial('checklist 6: checksums of a proof match the published vectors', (t) => {
  const { crc32c } = loadNative()
  t.is(crc32c(Buffer.from('123456789')), 0xe3069283)
  const proof = Buffer.alloc(52)
  proof.writeUInt32LE(1, 0)
  proof.writeBigUInt64LE(2n, 4)
  proof.writeBigUInt64LE(7285n, 12)
  const words = [0, 4096, 834_218_492, 1_307_630_196, 3_529_956_820, 4_164_083_238]
  ;[...words, 2, 3_230_952_452].forEach((value, i) => proof.writeUInt32LE(value, 20 + 4 * i))
  t.is(crc32c(proof), 1_060_779_373)
})

test.serial(
  'checklist 6: a proof that does not hold is cleared by whoever opens alone',
  async (t) => {
    t.timeout(60_000)
    for (const [what, ...changes] of [
      ['corrupt', [168, word32(1)]],
      ['impossible', [120, word32(0)]],
      ['of another version', [116, word32(2)]],
    ] as [string, ...(readonly [number, Buffer])[]][]) {
      const path = newPath()
      const session = new Session()
      await session.open(path)
      await session.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
      await session.all('PRAGMA wal_checkpoint(PASSIVE)')
      t.is(readSidecar(path).proofVersion, 1)
      await session.kill()
      damage(`${path}-tshm`, ...changes)
      const next = new Session()
      await next.open(path)
      const opened = readSidecar(path)
      t.true(
        opened.bytes.subarray(116, 172).every((byte) => byte === 0),
        what,
      )
      t.is(opened.backfilledFrames, 0)
      t.deepEqual(await next.all('SELECT a FROM t'), [[1]])
      await next.stop()
    }
  },
)

const map = 'shared WAL coordination map'
const file = 'shared WAL coordination file'
/** What is done to a valid file of one block, and what is then said of it. (§2.9) */
const damages: readonly (readonly [number | readonly [number, Buffer], string])[] = [
  [0, `${file} is smaller than the coordination header: got 0, minimum 4096`],
  [4095, `${file} is smaller than the coordination header: got 4095, minimum 4096`],
  [[0, Buffer.from('X')], `${map} magic mismatch`],
  [[8, word32(2)], `unsupported ${map} version: 2`],
  [[12, word32(128)], `${map} slot count mismatch: got 128, expected 64`],
  [[20, word32(1)], `${map} frame index block capacity mismatch: got 1, expected 4096`],
  [[24, word32(1)], `${map} frame index hash slot count mismatch: got 1, expected 8192`],
  [[28, word32(1)], `${map} frame index max blocks mismatch: got 1, expected 64`],
  [[32, word32(0)], `${map} frame index block count out of range: 0`],
  [[32, word32(65)], `${map} frame index block count out of range: 65`],
  [[36, word32(1)], `${map} frame index capacity mismatch: got 1, expected 262144`],
  [
    [40, word32(262_145)],
    `${map} frame index length exceeds capacity: len=262145, capacity=262144`,
  ],
  [
    [40, word32(4097)],
    `${map} frame index length exceeds active block capacity: len=4097, capacity=4096`,
  ],
  [[32, word32(2)], `${file} has unexpected size: got 86016, expected 167936`],
  [86_017, `${file} has unexpected size: got 86017, expected 86016`],
]

test.serial('checklist 7: an invalid file is made anew by whoever is alone', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const session = new Session()
  await session.open(path)
  await session.exec('CREATE TABLE t(a)')
  await session.close()
  let count = 0
  for (const [change, complaint] of damages) {
    // Whoever made the file has left by a clean end, and by a kill with commits in the log.
    damage(`${path}-tshm`, change)
    await session.open(path)
    t.is(readSidecar(path).bytes.length, 86_016, complaint)
    t.true(readSidecar(path).bytes.subarray(0, 40).equals(initialBase().subarray(0, 40)), complaint)
    await session.run('INSERT INTO t VALUES (?)', ++count)
    t.deepEqual(await session.all('SELECT count(*), max(a) FROM t'), [[count, count]], complaint)
    await session.close()
  }
  await session.open(path)
  await session.exec('INSERT INTO t VALUES (100)')
  await session.kill()
  damage(`${path}-tshm`, 100)
  const next = new Session()
  await next.open(path)
  t.deepEqual(await next.all('SELECT count(*), max(a) FROM t'), [[count + 1, 100]])
  await next.stop()
})

test.serial('checklist 7: an invalid file is refused by joiners, and left as it is', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const [ours, theirs, holder] = [new Session(), new Session('theirs'), new Session()]
  await holder.open(path)
  await holder.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  const valid = bytesOf(path)
  for (const [change, complaint] of damages) {
    damage(`${path}-tshm`, change)
    const damaged = bytesOf(path)
    for (const joiner of [ours, theirs]) {
      const refusal = await joiner.refusal(path)
      t.true(refusal?.endsWith(complaint), `${joiner.engine}: ${refusal}, not ${complaint}`)
    }
    t.true(bytesOf(path).equals(damaged), complaint)
    damage(`${path}-tshm`, valid.length, [0, valid])
  }
  damage(`${path}-tshm`, [16, word32(2)])
  t.regex((await ours.refusal(path)) ?? '', /reader bitmap word count mismatch: got 2, expected 1$/)
  damage(`${path}-tshm`, [0, valid])
  await ours.open(path)
  t.deepEqual(await ours.all('SELECT a FROM t'), [[1]])
  await Promise.all([ours, theirs, holder].map((session) => session.stop()))
})
