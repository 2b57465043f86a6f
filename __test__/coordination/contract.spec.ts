/**
 * What storage relies on, asked of every implementation of `Coordination`: the one in TypeScript, and the Rust core
 * for one process and for several. Without the addon only the first is tested, and the test says so.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  openShared,
  readStart,
  Region,
  snapshotField,
  snapshotFieldCount,
  writeStart,
} from '../../packages/engine/src/coordination/index.ts'
import type { Coordination } from '../../packages/engine/src/coordination/index.ts'
import { isNativeAvailable } from '../../packages/engine/src/coordination/native.ts'
import { composeFirstPage } from '../../packages/engine/src/storage/pager/database-header.ts'
import { temporaryFolder } from '../crash/sqlite-shell.ts'

type Connect = () => Coordination

const F = snapshotField

/** The log's state in these tests: generation 7 with the given salts. */
function installed(): Float64Array {
  const fields = new Float64Array(snapshotFieldCount)
  fields[F.checkpointSeq] = 7
  fields[F.pageSize] = 4096
  fields[F.salt1] = 11
  fields[F.salt2] = 22
  return fields
}

const kinds: [string, (t: ExecutionContext) => Connect][] = [
  [
    'in-process',
    () => {
      const region = new Region()
      return () => region.connect()
    },
  ],
]
for (const multiprocess of [false, true]) {
  if (!isNativeAvailable()) continue
  kinds.push([
    multiprocess ? 'shared, multi-process' : 'shared, one process',
    (t) => {
      const path = join(temporaryFolder(t), 'x.db')
      const first = Buffer.alloc(4096)
      composeFirstPage(first, true)
      writeFileSync(path, first)
      return () =>
        openShared({ path, multiprocess, readonly: false, create: true, timeoutMs: 1000 })
    },
  ])
}

test('coordination: the Rust core is tested too', (t) => {
  if (!isNativeAvailable())
    t.log('the addon is not built: only the TypeScript implementation is tested')
  t.pass()
})

/** Two connections, the log installed with frames of pages 1, 2, 1. */
function openTwo(
  t: ExecutionContext,
  makeConnect: (t: ExecutionContext) => Connect,
): Coordination[] {
  const connect = makeConnect(t)
  const one = connect()
  t.true(one.isFirst)
  const fields = installed()
  fields[F.maxFrame] = 3
  one.install(fields, Uint32Array.of(1, 2, 1))
  one.finishOpen()
  const two = connect()
  t.false(two.isFirst)
  t.teardown(() => {
    one.close()
    two.close()
  })
  return [one, two]
}

function commit(coordination: Coordination, pgnos: number[]): void {
  if (coordination.beginRead() === readStart.busy) throw new Error('busy')
  const start = coordination.beginWrite()
  if (start !== writeStart.ok && start !== writeStart.leftover) throw new Error(`start ${start}`)
  coordination.publishCommit(Uint32Array.from(pgnos), 100 + pgnos[0]!, 200)
  coordination.endWrite()
  coordination.endRead()
}

for (const [name, make] of kinds) {
  test(`${name}: an installed log is what everybody reads`, (t) => {
    for (const connection of openTwo(t, make)) {
      t.not(connection.beginRead(), readStart.busy)
      t.is(connection.snapshot.maxFrame, 3)
      t.is(connection.snapshot.checkpointSeq, 7)
      t.is(connection.findFrame(1), 3)
      t.is(connection.findFrame(2), 2)
      t.is(connection.findFrame(3), 0)
      t.true(connection.isPinIntact())
      connection.endRead()
      t.is(connection.beginRead(), readStart.same)
      connection.endRead()
    }
  })

  test(`${name}: a commit is seen by the next transaction, with the pages it changed`, (t) => {
    const [one, two] = openTwo(t, make) as [Coordination, Coordination]
    two.beginRead()
    commit(one, [2, 9])
    t.is(one.snapshot.maxFrame, 5)
    t.is(two.snapshot.maxFrame, 3)
    t.is(two.findFrame(2), 2)
    t.is(two.findFrame(9), 0)
    two.endRead()
    t.is(two.beginRead(), readStart.changed)
    t.is(two.findFrame(2), 4)
    t.is(two.findFrame(9), 5)
    t.deepEqual([...(two.changedSince(3) ?? [])].sort(), [2, 9])
    t.is(two.snapshot.checksum1, 102)
    two.endRead()
    // One's own commit is no news.
    t.is(one.beginRead(), readStart.same)
    one.endRead()
  })

  test(`${name}: there is one writer, and it starts from the newest state`, (t) => {
    const [one, two] = openTwo(t, make) as [Coordination, Coordination]
    one.beginRead()
    two.beginRead()
    t.not(one.beginWrite(), writeStart.busy)
    t.is(two.beginWrite(), writeStart.busy)
    one.publishCommit(Uint32Array.of(1), 5, 6)
    one.endWrite()
    one.endRead()
    t.is(two.beginWrite(), writeStart.stale)
    two.endRead()
    two.beginRead()
    t.not(two.beginWrite(), writeStart.stale)
    two.endWrite()
    two.endRead()
  })

  for (const isFirst of [false, true]) {
    const which = isFirst ? 'the first header of all' : 'the header of a new generation'
    test(`${name}: ${which}, written by one who commits nothing, leaves readers what they are`, (t) => {
      const connect = make(t)
      const one = connect()
      const fields = installed()
      if (isFirst) fields[F.pageSize] = fields[F.salt1] = fields[F.salt2] = 0
      one.install(fields, new Uint32Array(0))
      one.finishOpen()
      const two = connect()
      t.teardown(() => {
        one.close()
        two.close()
      })
      for (const connection of [one, two]) connection.beginRead()
      t.not(one.beginWrite(), writeStart.busy)
      one.publishHeader(4096, isFirst ? 33 : 11, isFirst ? 44 : 22, 5, 6)
      one.endWrite()
      one.endRead()
      const start = two.beginWrite()
      t.true(start === writeStart.ok || start === writeStart.leftover, `start ${start}`)
      const { pageSize, salt1, salt2 } = two.snapshot
      t.deepEqual([pageSize, salt1, salt2], [4096, isFirst ? 33 : 11, isFirst ? 44 : 22])
      two.publishCommit(Uint32Array.of(1), 7, 8)
      t.true(two.isPinIntact())
      t.is(two.findFrame(1), 1)
      two.endWrite()
      two.endRead()
      one.beginRead()
      t.is(one.findFrame(1), 1)
      one.endRead()
    })
  }

  test(`${name}: a checkpoint leaves out pages that have a later frame`, (t) => {
    const [one, two] = openTwo(t, make) as [Coordination, Coordination]
    two.beginRead()
    commit(one, [2, 4])
    t.true(one.beginCheckpoint(0))
    t.is(one.checkpointLimit(), 3)
    t.deepEqual([...one.latestFrames(1, 3)], [1, 3])
    t.deepEqual([...one.latestFrames(1, 5)], [1, 3, 2, 4, 4, 5])
    one.endCheckpoint()
    two.endRead()
  })

  test(`${name}: a checkpoint stops at the oldest reader`, (t) => {
    const [one, two] = openTwo(t, make) as [Coordination, Coordination]
    two.beginRead()
    commit(one, [4])
    t.true(one.beginCheckpoint(0))
    t.is(one.snapshot.maxFrame, 4)
    t.is(one.checkpointLimit(), 3)
    t.deepEqual([...one.latestFrames(1, 3)], [1, 3, 2, 2])
    const header = Buffer.alloc(100)
    header.write('SQLite format 3\0', 'latin1')
    one.publishBackfill(3, header)
    t.is(one.snapshot.backfilledFrames, 3)
    t.is(two.findFrame(1), 3)
    two.endRead()
    t.false(two.beginCheckpoint(0))
    one.endCheckpoint()
    two.beginRead()
    t.is(two.findFrame(1), 0)
    t.is(two.findFrame(4), 4)
    two.endRead()
  })

  test(`${name}: the log restarts when everything is backfilled and nobody reads`, (t) => {
    const [one, two] = openTwo(t, make) as [Coordination, Coordination]
    const header = Buffer.alloc(100)
    header.write('SQLite format 3\0', 'latin1')
    t.true(one.beginCheckpoint(2))
    t.is(one.checkpointLimit(), 3)
    one.publishBackfill(3, header)
    two.beginRead()
    t.false(one.restartWal())
    two.endRead()
    t.true(one.restartWal())
    t.is(one.snapshot.maxFrame, 0)
    t.is(one.snapshot.checkpointSeq, 8)
    t.is(one.snapshot.salt1, 12)
    t.not(one.snapshot.salt2, 22)
    one.endCheckpoint()
    t.is(two.beginRead(), readStart.changed)
    t.is(two.snapshot.checkpointSeq, 8)
    t.is(two.findFrame(1), 0)
    t.not(two.beginWrite(), writeStart.busy)
    two.publishHeader(4096, two.snapshot.salt1, two.snapshot.salt2, 1, 2)
    two.publishCommit(Uint32Array.of(6), 3, 4)
    two.endWrite()
    two.endRead()
    one.beginRead()
    t.is(one.findFrame(6), 1)
    one.endRead()
  })

  test(`${name}: a writer restarts the log before its first frame`, (t) => {
    const [one, two] = openTwo(t, make) as [Coordination, Coordination]
    const header = Buffer.alloc(100)
    header.write('SQLite format 3\0', 'latin1')
    one.beginCheckpoint(0)
    one.publishBackfill(3, header)
    one.endCheckpoint()
    one.beginRead()
    two.beginRead()
    t.not(one.beginWrite(), writeStart.busy)
    t.false(one.tryRestart())
    two.endRead()
    t.true(one.tryRestart())
    t.is(one.snapshot.maxFrame, 0)
    t.is(one.snapshot.checkpointSeq, 8)
    one.endWrite()
    one.endRead()
  })

  test(`${name}: only the last to close is told so`, (t) => {
    const [one, two] = openTwo(t, make) as [Coordination, Coordination]
    t.false(one.beginClose())
    one.close()
    t.true(two.beginClose())
    two.close()
  })
}
