/**
 * The bytes of `<db>-tshm` as a stranger reads them: offsets and numbers are spelled out here, from TSHM v1 §2 and
 * its appendix C, and not taken from the code that writes them.
 */
import test from 'ava'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadNative } from '../../packages/engine/src/coordination/native.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { commit, commitPages, openHere, tshm } from './native-session.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')

const hashSlot = (file: Buffer, block: number, slot: number): number =>
  file.readUInt16LE(4096 + 81_920 * block + 65_536 + 2 * slot)

test('layout: a new file is the initial image', (t) => {
  const path = newPath()
  const { coordinator } = openHere({ path })
  const file = tshm(path)
  t.is(file.length, 86_016)
  t.is(file.toString('latin1', 0, 8), 'TSHMWAL\0')
  const words = Array.from({ length: 10 }, (_, i) => file.readUInt32LE(8 + 4 * i))
  t.deepEqual(words, [1, 64, 1, 4096, 8192, 64, 1, 262_144, 0, 0])
  t.true(file.subarray(56, 192).every((byte) => byte === 0))
  t.true(file.subarray(192, 712).every((byte) => byte === 0xff))
  t.true(file.subarray(712).every((byte) => byte === 0))
  coordinator.close()
})

test('layout: commits publish frames, hash values and counters at their offsets', (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1, 2)
  const sequence = tshm(path).readBigUInt64LE(48)
  commit(session, 2)
  const file = tshm(path)
  t.is(file.readBigUInt64LE(48), sequence + 2n)
  t.is(file.readBigUInt64LE(56), 3n, 'max_frame')
  t.is(file.readBigUInt64LE(72), 2n, 'transaction_count')
  t.is(file.readBigUInt64LE(80), 2n, 'visibility_generation')
  const words = [96, 100, 104, 108, 112].map((offset) => file.readUInt32LE(offset))
  t.deepEqual(words, [4096, 11, 22, 2, 1])
  t.is(file.readUInt32LE(40), 3, 'frame_index_len')
  const entries = Array.from({ length: 6 }, (_, i) => Number(file.readBigUInt64LE(4096 + 8 * i)))
  t.deepEqual(entries, [1, 1, 2, 2, 2, 3])
  t.deepEqual(
    [383, 766, 767].map((slot) => hashSlot(file, 0, slot)),
    [1, 2, 3],
  )
  session.coordinator.close()
})

test('layout: a reader is in its slot, and afterwards nowhere', (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1, 2)
  session.coordinator.beginRead()
  const during = tshm(path)
  t.is(during.readBigUInt64LE(200), 2n)
  t.is(during.readUInt32LE(716), process.pid)
  t.is(during.readUInt32LE(192) & 1, 0)
  session.coordinator.endRead()
  t.is(tshm(path).readBigUInt64LE(200), 2n ** 64n - 1n)
  session.coordinator.close()
  const after = tshm(path)
  t.is(after.readBigUInt64LE(192), 2n ** 64n - 1n)
  t.is(after.readBigUInt64LE(712), 0n)
  t.is(after.readBigUInt64LE(176), 0n)
})

test('layout: entry 4097 grows the file by one block', (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, ...Array.from({ length: 4096 }, (_, i) => i + 1))
  t.is(tshm(path).length, 86_016)
  commit(session, 1, 8193)
  const file = tshm(path)
  t.is(file.length, 167_936)
  t.is(file.readUInt32LE(32), 2)
  t.deepEqual([hashSlot(file, 1, 383), hashSlot(file, 1, 384)], [1, 2])
  session.coordinator.beginRead()
  t.deepEqual(
    [1, 4096, 8193, 5000].map((pgno) => session.coordinator.findFrame(pgno)),
    [4097, 4096, 4098, 0],
  )
  session.coordinator.endRead()
  session.coordinator.close()
})

test('layout: the index stops at 262144 entries and says so; the map goes on', (t) => {
  const path = newPath()
  const session = openHere({ path })
  const pages = Array.from({ length: 131_000 }, (_, i) => i + 1)
  for (let round = 0; round < 3; round++) commitPages(session, pages)
  const file = tshm(path)
  t.is(file.length, 5_246_976)
  t.deepEqual([file.readUInt32LE(40), file.readUInt32LE(44)], [262_144, 1])
  t.is(session.snapshot[12], 1)
  const { coordinator } = session
  coordinator.beginRead()
  t.is(coordinator.findFrame(7), 262_007)
  coordinator.endRead()
  // The next generation starts with a clean flag.
  coordinator.beginCheckpoint(3)
  coordinator.publishBackfill(393_000, Buffer.alloc(100))
  t.true(coordinator.restartWal())
  coordinator.endCheckpoint()
  commit(session, 1)
  t.deepEqual([tshm(path).readUInt32LE(40), tshm(path).readUInt32LE(44)], [1, 0])
  coordinator.close()
})

test('layout: a checkpoint leaves a proof that a commit clears', (t) => {
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1, 2, 3)
  const header = Buffer.alloc(100)
  header.write('SQLite format 3\0', 'latin1')
  header.writeUInt32BE(3, 28)
  const { coordinator, snapshot } = session
  t.true(coordinator.beginCheckpoint(0))
  coordinator.publishBackfill(2, header)
  coordinator.endCheckpoint()
  const file = tshm(path)
  t.is(file.readUInt32LE(116), 1)
  t.is(file.readUInt32LE(160), 3, 'db_size_pages')
  t.is(file.readUInt32LE(164), loadNative().crc32c(header))
  const payload = Buffer.alloc(52)
  payload.writeUInt32LE(1, 0)
  file.copy(payload, 4, 120, 168)
  t.is(file.readUInt32LE(168), loadNative().crc32c(payload))
  t.deepEqual([snapshot[1], snapshot[5], snapshot[13]], [2, 1, 1])
  t.true(coordinator.dbHeaderMatchesProof(header))
  header[24] = 1
  t.false(coordinator.dbHeaderMatchesProof(header))
  commit(session, 4)
  t.is(tshm(path).readUInt32LE(116), 0)
  coordinator.close()
})

test('layout: an invalid file is made anew by whoever is alone', (t) => {
  const path = newPath()
  writeFileSync(path, '')
  for (const damage of [Buffer.alloc(10), Buffer.alloc(86_016, 7), Buffer.alloc(90_000)]) {
    writeFileSync(`${path}-tshm`, damage)
    openHere({ path }).coordinator.close()
    t.is(tshm(path).length, 86_016)
    t.is(tshm(path).readUInt32LE(8), 1)
  }
})
