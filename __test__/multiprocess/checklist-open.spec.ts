/**
 * TSHM v1 §8, statements 8 to 16: who may open a database in which mode, with which words others are refused, and
 * what is locked meanwhile; ours and the peer that uses the same files, in every combination.
 */
import test from 'ava'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Peer, openHere, refusal } from '../coordination/native-session.ts'
import { engine } from '../support/built.ts'
import { turso, Worker } from '../support/processes.ts'
import { endSessions, Session, shared } from '../support/session.ts'
import type { Engine } from '../support/session.ts'
import { bytesOf, damage, locksOn, readSidecar, showsLocks } from '../support/sidecar.ts'
import { sqliteIntegrity } from '../support/sqlite-file.ts'
import { temporaryFolder } from '../support/temporary.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')
test.afterEach.always(endSessions)

/** Processes that open and close one database after the other. */
const kept = {
  ours: [new Session('ours', true), new Session('ours', true), new Session('ours', true)],
  theirs: [new Session('theirs', true), new Session('theirs', true)],
} as const
test.after.always(() => Promise.all([...kept.ours, ...kept.theirs].map((one) => one.stop())))

const pairs: readonly (readonly [Engine, Engine])[] = [
  ['ours', 'ours'],
  ['ours', 'theirs'],
  ['theirs', 'ours'],
]

const openedShared = (path: string): string =>
  `Failed opening database '${path}'. ` +
  'Database is already open with experimental multiprocess WAL in another process'
const openedAlone = (path: string): string =>
  `Failed opening database '${path}'. ` +
  'Database is already open without experimental multiprocess WAL in another process'
const lockedFile = (path: string): string =>
  `Failed locking file '${path}'. File is locked by another process`

/** A database with one row, that nobody has open. */
async function madeBy(session: Session): Promise<string> {
  const path = newPath()
  await session.open(path)
  await session.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  await session.close()
  return path
}

const withLocks = showsLocks ? test.serial : test.serial.skip

withLocks(
  'checklist 8: a second process opens, both hold byte 0 shared, nothing on .db or -wal',
  async (t) => {
    t.timeout(60_000)
    for (const [first, second] of pairs) {
      const path = newPath()
      const [one, two] = [kept[first][0], kept[second][1]]
      await one.open(path)
      // The peer leaves a new file empty, and nobody can join that.
      await one.exec('CREATE TABLE t(a)')
      await two.open(path)
      const lifetime = locksOn(`${path}-tshm`).filter(({ start }) => start === 0)
      t.deepEqual(
        lifetime.map(({ kind, end }) => [kind, end]),
        [
          ['shared', 0],
          ['shared', 0],
        ],
        `${first} and ${second}`,
      )
      t.deepEqual(locksOn(path), [])
      t.deepEqual(locksOn(`${path}-wal`), [])
      // Also with one that only reads.
      const three = second === 'ours' ? kept.ours[2] : kept.theirs[0]
      await three.open(path, { ...shared, readonly: true })
      t.is(locksOn(`${path}-tshm`).filter(({ start }) => start === 0).length, 3)
      t.deepEqual(locksOn(path), [])
      t.deepEqual(locksOn(`${path}-wal`), [])
      for (const session of [three, two, one]) await session.close()
    }
  },
)

test.serial(
  'checklist 9: opening for one process is refused while others share, and possible after',
  async (t) => {
    t.timeout(60_000)
    for (const [first, second] of pairs) {
      const one = kept[first][0]
      const path = await madeBy(one)
      await one.open(path)
      const two = kept[second][1]
      for (const readonly of [false, true]) {
        const answer = (await two.refusal(path, { readonly })) ?? ''
        const what = `${first}, then ${second}${readonly ? ' for reading' : ''}: ${answer}`
        if (second === 'ours') t.is(answer, openedShared(path), what)
        else t.true(answer.endsWith(`: ${openedShared(path)}`), what)
      }
      await one.close()
      for (const readonly of [false, true]) {
        await two.open(path, { experimental: [], readonly })
        t.deepEqual(await two.all('SELECT a FROM t'), [[1]])
        await two.close()
      }
    }
  },
)

test.serial(
  'checklist 10: opening for several processes is refused while one owns the file',
  async (t) => {
    t.timeout(60_000)
    for (const [first, second] of pairs) {
      const one = kept[first][0]
      const path = await madeBy(one)
      await one.open(path, {})
      const two = kept[second][1]
      // The peer lets readers in next to an owner (§7.17); ours do not.
      for (const readonly of second === 'ours' ? [false, true] : [false]) {
        const answer = (await two.refusal(path, { ...shared, readonly })) ?? ''
        const what = `${first}, then ${second}${readonly ? ' for reading' : ''}: ${answer}`
        if (second === 'ours') t.is(answer, openedAlone(path), what)
        else t.true(answer.endsWith(`: ${openedAlone(path)}`), what)
      }
      const owner = (await two.refusal(path, {})) ?? ''
      if (second === 'ours') t.is(owner, lockedFile(path), 'two owners')
      else t.true(owner.endsWith(`: ${lockedFile(path)}`), owner)
      await one.close()
      await two.open(path)
      t.deepEqual(await two.all('SELECT a FROM t'), [[1]])
      await two.close()
    }
  },
)

test.serial(
  'checklist 11: memory is refused; a relative path that is not there is looked for by its folder',
  async (t) => {
    const [ours, theirs] = [kept.ours[0], kept.theirs[0]]
    for (const path of [':memory:', ':memory:x']) {
      const words = `experimental multiprocess WAL is not supported for in-memory database path '${path}'`
      t.is(await ours.refusal(path), words)
      t.true((await theirs.refusal(path))?.endsWith(words))
    }
    t.is(
      refusal(() => openHere({ path: 'file::memory:?cache=shared' })).message,
      "experimental multiprocess WAL is not supported for in-memory database path 'file::memory:?cache=shared'",
    )
    const path = newPath()
    const script = `
      const { Database } = await import(process.argv[1])
      process.chdir(process.argv[2])
      const db = new Database('a.db', { experimental: ['multiprocess_wal'] })
      db.exec('CREATE TABLE t(a)')
      db.close()`
    execFileSync(process.execPath, ['--input-type=module', '-e', script, engine, dirname(path)])
    t.true(readdirSync(dirname(path)).includes(basename(path)))
    t.regex((await ours.refusal(join(path, 'no', 'a.db'))) ?? '', /directory does not exist/)
    t.is(
      refusal(() => openHere({ path: join(dirname(path), 'no', 'a.db') })).code,
      'SQLITE_CANTOPEN',
    )
  },
)

test.serial('checklist 12: an MVCC database and journal_mode=mvcc are refused', async (t) => {
  const session = new Session()
  const path = await madeBy(session)
  damage(path, [18, Buffer.from([255, 255])])
  const before = bytesOf(path, '')
  t.is(
    await session.refusal(path),
    `cannot open MVCC database '${path}' with experimental multiprocess WAL: ` +
      'MVCC does not support multiprocess access',
  )
  t.true(bytesOf(path, '').equals(before), 'it is as it was')
  t.regex((await session.refusal(path, { ...shared, readonly: true })) ?? '', /^cannot open MVCC/)
  const theirs = new Session('theirs')
  t.regex((await theirs.refusal(path)) ?? '', /MVCC does not support multiprocess access$/)
  damage(path, [18, Buffer.from([2, 2])])
  await session.open(path)
  const mvcc = await session.ask({ all: 'PRAGMA journal_mode=mvcc' })
  t.is(
    mvcc.message,
    'journal_mode=mvcc is not supported with experimental multiprocess WAL: ' +
      'MVCC does not support multiprocess access',
  )
  t.deepEqual(await session.all('PRAGMA journal_mode'), [['wal']])
  t.deepEqual(await session.all('SELECT a FROM t'), [[1]])
  await Promise.all([session, theirs].map((one) => one.stop()))
})

test.serial(
  'checklist 13: a reader without -tshm makes none; with one it joins and registers',
  async (t) => {
    t.timeout(60_000)
    const writer = new Session()
    const path = await madeBy(writer)
    execFileSync('rm', [`${path}-tshm`])
    const reader = new Session()
    await reader.open(path, { ...shared, readonly: true })
    t.deepEqual(await reader.all('SELECT a FROM t'), [[1]])
    t.deepEqual(
      readdirSync(dirname(path)).filter((name) => name.endsWith('shm')),
      [],
    )
    await reader.close()
    for (const engine of ['ours', 'theirs'] as const) {
      const owner = new Session(engine)
      await owner.open(path)
      await owner.exec('INSERT INTO t VALUES (2)')
      await reader.open(path, { ...shared, readonly: true })
      await reader.exec('BEGIN')
      const before = await reader.all('SELECT count(*) FROM t')
      const { readerFrames, readerOwners, maxFrame } = readSidecar(path)
      const slot = readerOwners.findIndex(
        (record, i) => Number(record >> 32n) === reader.pid && readerFrames[i] === BigInt(maxFrame),
      )
      t.true(slot >= 0, engine)
      if (showsLocks) t.true(locksOn(`${path}-tshm`).some(({ start }) => start === 3 + slot))
      await owner.exec('INSERT INTO t VALUES (3)')
      t.deepEqual(await reader.all('SELECT count(*) FROM t'), before)
      await reader.exec('COMMIT')
      t.is((await reader.all('SELECT count(*) FROM t'))[0]![0], (before[0]![0] as number) + 1)
      const write = await reader.ask({ exec: 'INSERT INTO t VALUES (4)' })
      t.is(write.code, 'SQLITE_READONLY')
      await reader.close()
      await owner.stop()
    }
    // A -tshm that is none is refused to readers, who may not repair it.
    damage(`${path}-tshm`, 100)
    t.regex(
      (await reader.refusal(path, { ...shared, readonly: true })) ?? '',
      /got 100, minimum 4096$/,
    )
    t.is(bytesOf(path).length, 100)
    await Promise.all([writer, reader].map((session) => session.stop()))
  },
)

test.serial('checklist 14: 900 concurrent opens are never refused', async (t) => {
  t.timeout(120_000)
  const maker = new Session()
  const path = await madeBy(maker)
  const options = JSON.stringify({ ...shared, timeout: 10_000 })
  // A process of the peer opens at the same time: it locks the whole file for a moment. (§7.15)
  const theirs = new Worker('opener', [path, '300', options], turso)
  const ours = Array.from({ length: 3 }, () => new Worker('opener', [path, '300', options]))
  for (const worker of ours) t.deepEqual(await worker.next(90_000), { opened: 300, refusals: {} })
  await theirs.next(90_000)
  await Promise.all([...ours, theirs].map((worker) => worker.stop()))
  await maker.stop()
})

test.serial('checklist 15: while ours opens, the peer waits, and then joins', async (t) => {
  const maker = new Session()
  const path = await madeBy(maker)
  const opening = new Peer()
  await opening.call('open', {
    path,
    multiprocess: true,
    readonly: false,
    create: true,
    timeoutMs: 0,
  })
  const theirs = new Session('theirs')
  let isOpen = false
  const joining = theirs.open(path).then(() => {
    isOpen = true
  })
  await new Promise((resolve) => setTimeout(resolve, 1500))
  t.false(isOpen)
  const { sequence } = readSidecar(path)
  await opening.call('finishOpen')
  await joining
  t.is(readSidecar(path).sequence, sequence, 'it changed nothing')
  t.deepEqual(await theirs.all('SELECT a FROM t'), [[1]])
  await opening.end()
  await theirs.stop()
  await maker.stop()
})

test.serial('checklist 16: processes that create one database at once lose nothing', async (t) => {
  t.timeout(120_000)
  for (const engines of [
    ['ours', 'ours', 'ours', 'ours'],
    ['ours', 'theirs'],
    ['theirs', 'ours'],
    ['ours', 'theirs'],
  ] as Engine[][]) {
    const path = newPath()
    const sessions = engines.map((engine) => new Session(engine))
    await Promise.all(sessions.map((session) => session.all('SELECT 1').catch(() => null)))
    await Promise.all(
      sessions.map(async (session, i) => {
        await session.open(path, { ...shared, timeout: 10_000 })
        await session.exec('CREATE TABLE IF NOT EXISTS t(a, b)')
        for (let n = 0; n < 20; n++) await session.run('INSERT INTO t VALUES (?, ?)', i, n)
      }),
    )
    const expected = [[engines.length * 20, engines.length]]
    for (const session of sessions) {
      const counted = await session.all('SELECT count(*), count(DISTINCT a) FROM t')
      t.deepEqual(counted, expected, engines.join(' and '))
    }
    await Promise.all(sessions.map((session) => session.stop()))
    const integrity = sqliteIntegrity(path)
    if (integrity !== null) t.is(integrity, 'ok')
  }
})

test.serial('checklist 16: twenty processes open one new file at the same moment', async (t) => {
  t.timeout(120_000)
  const path = newPath()
  const peers = Array.from({ length: 20 }, () => new Worker('creator', [path]))
  await Promise.all(peers.map((peer) => peer.next(60_000)))
  for (const peer of peers) peer.tell('go')
  const answers = await Promise.all(peers.map((peer) => peer.next(60_000)))
  t.deepEqual(
    answers,
    Array.from({ length: 20 }, () => 'done'),
  )
  await Promise.all(peers.map((peer) => peer.stop()))
  const reader = new Session()
  await reader.open(path)
  t.deepEqual(await reader.all('SELECT count(*), count(DISTINCT a) FROM t'), [[20, 20]])
  await reader.stop()
  t.true(existsSync(`${path}-tshm`))
})
