/**
 * The dead, and who only looks dead. The kernel's locks decide who is alive; owner records only inform. So a process
 * that is killed with a lock blocks nobody, whatever its record says; and who holds a lock is respected, also when
 * his process id is another's by now, or means nothing here because he lives in another container.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/temporary.ts'
import { commit, openHere, Peer, poke, tshm } from '../coordination/native-session.ts'
import type { Session } from '../coordination/native-session.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')
const passive = 0
const truncate = 3
const noFrame = 2n ** 64n - 1n
const writerOwner = 176
const checkpointOwner = 184
const frameOf = (slot: number): number => 200 + 8 * slot
const ownerOf = (slot: number): number => 712 + 8 * slot
const record = (pid: number): bigint => (BigInt(pid) << 32n) | 77n

/** A process that has been and gone. */
function deadPid(): number {
  return spawnSync('true').pid
}

/** The frame up to which this session could copy now. */
function limitOf({ coordinator }: Session, mode: number = truncate): number | null {
  if (!coordinator.beginCheckpoint(mode)) return null
  const limit = coordinator.checkpointLimit()
  coordinator.endCheckpoint()
  return limit
}

/** Asks until the answer is that, for two seconds. */
async function becomes(t: ExecutionContext, ask: () => unknown, expected: unknown): Promise<void> {
  const end = performance.now() + 2000
  while (ask() !== expected && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  t.is(ask(), expected)
}

function canWrite({ coordinator }: Session): boolean {
  coordinator.beginRead()
  const start = coordinator.beginWrite()
  coordinator.endWrite()
  coordinator.endRead()
  return start === 0 || start === 3
}

/** The slot in which somebody reads at the frame. */
function slotAt(path: string, frame: number): number {
  const file = tshm(path)
  for (let slot = 0; slot < 64; slot++) {
    if (file.readBigUInt64LE(frameOf(slot)) === BigInt(frame)) return slot
  }
  throw new Error(`nobody reads at ${frame}`)
}

test.serial('stale owners: killed with every lock, a process blocks nobody', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const session = openHere({ path })
  commit(session, 1, 2)
  for (const calls of [
    [['beginRead']],
    [['beginRead'], ['beginWrite']],
    [['reserveWriter', 1000, false]],
    [['beginCheckpoint', passive]],
    [['beginCheckpoint', truncate]],
  ]) {
    const peer = new Peer()
    await peer.open({ path })
    for (const [method, ...args] of calls) await peer.call(method as string, ...args)
    const held = calls.at(-1)!
    if (held[0] !== 'beginRead' && held[1] !== passive) t.false(canWrite(session))
    if (held[0] === 'beginCheckpoint') t.is(limitOf(session), null)
    await peer.kill()
    t.true(canWrite(session), `after ${held.join(' ')}`)
    await becomes(t, () => limitOf(session), 2)
    t.deepEqual([...session.coordinator.liveReaders()], [])
  }
  session.coordinator.close()
})

test.serial(
  'stale owners: a record with the number of a living process delays nobody',
  async (t) => {
    const path = newPath()
    const session = openHere({ path })
    commit(session, 1, 2, 3)
    const other = new Peer()
    await other.open({ path })
    // The dead had numbers that others have now: another process with the database, this one, the first of all.
    const numbers = [other.pid, process.pid, 1]
    const words: [number, bigint][] = [
      [writerOwner, record(other.pid)],
      [checkpointOwner, record(process.pid)],
    ]
    for (const [i, pid] of numbers.entries()) {
      words.push([ownerOf(60 + i), record(pid)], [frameOf(60 + i), 1n])
    }
    poke(path, ...words, [192, tshm(path).readBigUInt64LE(192) & ~(7n << 60n)])
    t.true(canWrite(session))
    await becomes(t, () => limitOf(session), 3)
    // And once nothing has stirred for a while the slots are free again.
    await becomes(t, () => limitOf(session) && tshm(path).readBigUInt64LE(192) >> 60n, 15n)
    const file = tshm(path)
    for (let slot = 60; slot < 63; slot++) {
      t.is(file.readBigUInt64LE(frameOf(slot)), noFrame)
      t.is(file.readBigUInt64LE(ownerOf(slot)), 0n)
    }
    await other.end()
    session.coordinator.close()
  },
)

test.serial(
  'stale owners: the living are respected under the number of a dead process',
  async (t) => {
    const path = newPath()
    const session = openHere({ path })
    commit(session, 1, 2)
    const reader = new Peer()
    const writer = new Peer()
    await reader.open({ path })
    await writer.open({ path })
    await reader.call('beginRead')
    const slot = slotAt(path, 2)
    commit(session, 3)
    await writer.call('beginRead')
    await writer.call('beginWrite')
    const dead = record(deadPid())
    poke(path, [ownerOf(slot), dead], [writerOwner, dead])
    t.false(canWrite(session))
    for (let i = 0; i < 10; i++) {
      t.is(limitOf(session, passive), 2)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    t.is(tshm(path).readBigUInt64LE(frameOf(slot)), 2n)
    await writer.end()
    await reader.end()
    session.coordinator.close()
  },
)

/** How to run a process in another name space of process ids; null: not permitted here. */
function namespacePrefix(): string[] | null {
  for (const rights of [[], ['--user', '--map-root-user']]) {
    const prefix = ['unshare', ...rights, '--pid', '--fork', '--mount-proc', '--kill-child']
    if (spawnSync(prefix[0]!, [...prefix.slice(1), 'true']).status === 0) return prefix
  }
  return null
}

test.serial(
  'stale owners: a process of another container is respected, and so are ours there',
  async (t) => {
    t.timeout(60_000)
    const prefix = namespacePrefix()
    if (prefix === null) {
      t.log('no other name space of process ids to be had here: not tested')
      t.pass()
      return
    }
    const path = newPath()
    const session = openHere({ path })
    commit(session, 1, 2)
    const contained = new Peer({}, prefix)
    t.false((await contained.open({ path })).isFirst)
    await contained.call('beginRead')
    const pidThere = tshm(path).readUInt32LE(ownerOf(slotAt(path, 2)) + 4)
    t.true(pidThere < 10, `its number there is ${pidThere}`)
    commit(session, 3)
    for (let i = 0; i < 10; i++) {
      t.is(limitOf(session, passive), 2, 'its reader counts here')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await contained.call('endRead')
    // Our number means nothing there.
    const { coordinator } = session
    coordinator.beginRead()
    const there = async (): Promise<unknown> => {
      await contained.call('beginCheckpoint', passive)
      const limit = await contained.call('checkpointLimit')
      await contained.call('endCheckpoint')
      return limit
    }
    await contained.commit(4)
    for (let i = 0; i < 10; i++) {
      t.is(await there(), 3, 'our reader counts there')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    await contained.call('beginRead')
    t.is(coordinator.beginWrite(), 2, 'our snapshot is old')
    coordinator.endRead()
    coordinator.beginRead()
    t.is(coordinator.beginWrite(), 0)
    t.is(await contained.call('beginWrite'), 1, 'our writer counts there')
    coordinator.endWrite()
    coordinator.endRead()
    t.is(await contained.call('beginWrite'), 0)
    await contained.kill()
    await becomes(t, () => canWrite(session), true)
    await becomes(t, () => limitOf(session), 4)
    coordinator.close()
  },
)

const onLinux = process.platform === 'linux' ? test.serial : test.serial.skip

onLinux('stale owners: the kind of lock is the one that was asked for', async (t) => {
  for (const kind of ['', 'classic']) {
    const path = newPath()
    const peer = new Peer({ CHORUSDB_LOCKS: kind })
    await peer.open({ path })
    const inode = String(spawnSync('stat', ['-c', '%i', `${path}-tshm`]).stdout).trim()
    const locks = readFileSync('/proc/locks', 'latin1').split('\n')
    const ours = locks.filter((line) => line.includes(`:${inode} `))
    t.true(ours.length > 0)
    t.true(
      ours.every((line) => line.includes(kind === 'classic' ? ' POSIX ' : ' OFDLCK ')),
      ours[0],
    )
    await peer.end()
  }
})
