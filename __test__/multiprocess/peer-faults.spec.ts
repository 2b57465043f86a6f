/**
 * Known faults of peers (docs/tshm-format.md): what happens between processes of Turso alone, shown with the real package,
 * and that ours stays safe beside them. A test that begins with 'peer' states the fault; should a later version of the package
 * mend it, that test fails and the page has to change. Numbers are those of TSHM v1 §7.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { execFile } from 'node:child_process'
import { existsSync, rmSync, statSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Database } from '../../packages/engine/src/index.ts'
import { poke, tshm } from '../coordination/native-session.ts'
import {
  multiprocess,
  openPair,
  openRemote,
  pause,
  refused,
  Remote,
  turso,
} from '../support/remote.ts'
import { hasSqliteShell, sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { readTshm } from '../support/tshm-file.ts'
import { fill, newPath, openTursos, table } from './tursos.ts'

// ── 7.1 ──────────────────────────────────────────────────────────────────────────────────────────

/** What a transaction sees before and after another process has overwritten everything. */
async function readAcross(reader: Remote, writer: Remote): Promise<[unknown, unknown]> {
  await fill(writer, 2000, 1)
  await writer.all('PRAGMA wal_checkpoint(PASSIVE)')
  await reader.exec('PRAGMA cache_size = 10; BEGIN')
  const look = async (): Promise<unknown> => {
    try {
      return await reader.all('SELECT count(*), min(round), max(round) FROM t')
    } catch (error) {
      return (error as Error).message
    }
  }
  const before = await look()
  await fill(writer, 50, 2)
  await writer.exec('PRAGMA busy_timeout = 50')
  await writer.all('PRAGMA wal_checkpoint(TRUNCATE)')
  return [before, await look()]
}

test.serial(
  'peer fault 7.1: a transaction of a peer that needs no frame of the log is disturbed by its peers',
  async (t) => {
    const [writer, reader] = await openTursos(t, newPath(), table)
    const [before, after] = await readAcross(reader, writer)
    t.notDeepEqual(after, before)
  },
)

test.serial('7.1: the same transaction of ours is not', async (t) => {
  const [writer, reader] = await openPair(t, newPath(), table, turso, undefined)
  const [before, after] = await readAcross(reader, writer)
  t.deepEqual(before, [[2000, 1, 1]])
  t.deepEqual(after, before)
})

// ── 7.2 ──────────────────────────────────────────────────────────────────────────────────────────

test.serial(
  'peer fault 7.2: a peer that opened the empty file wipes what another has committed since',
  async (t) => {
    const path = newPath()
    const one = await openRemote(t, path, turso)
    const other = await openRemote(t, path, turso)
    await one.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    t.regex((await refused(other.all('SELECT a FROM t'))).message, /no such table/)
    await other.exec('CREATE TABLE u(b)')
    const fresh = await openRemote(t, path, turso)
    t.deepEqual(await fresh.all('SELECT name FROM sqlite_schema'), [['u']])
  },
)

test.serial(
  '7.2: ours never leaves a file empty, and does not write beside a peer that opened it empty',
  async (t) => {
    const path = newPath()
    const peer = await openRemote(t, path, turso)
    t.is(statSync(path).size, 0)
    const ours = new Remote()
    t.teardown(() => void ours.kill())
    const { code } = await refused(ours.open(path))
    t.is(code, 'SQLITE_BUSY')
    t.is(statSync(path).size, 0)
    await peer.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    await ours.open(path)
    await ours.exec('INSERT INTO t VALUES (2)')
    t.is(await peer.one('SELECT sum(a) FROM t'), 3)

    const another = newPath()
    const creator = await openRemote(t, another)
    t.true(statSync(another).size > 0)
    const joined = [await openRemote(t, another, turso), await openRemote(t, another, turso)]
    await creator.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    for (const [i, one] of joined.entries())
      await one.exec(`CREATE TABLE u${i}(b); INSERT INTO t VALUES (2)`)
    t.is(await creator.one('SELECT sum(a) FROM t'), 5)
  },
)

// ── 7.3 ──────────────────────────────────────────────────────────────────────────────────────────

/** The authority as a peer's repair leaves it that read the snapshot before the last commits and installed it after. */
function rollBack(path: string, to: Buffer): void {
  const sequence = readTshm(path).sequence
  const words = [56, 64, 72, 80, 88, 96, 104].map(
    (offset) => [offset, to.readBigUInt64LE(offset)] as const,
  )
  const tail = [
    112,
    (BigInt(tshm(path).readUInt32LE(116)) << 32n) | BigInt(to.readUInt32LE(112)),
  ] as const
  poke(path, ...words, tail, [48, sequence + 2n])
}

for (const how of ['reads', 'writes', 'checkpoints'] as const) {
  test.serial(
    `7.3: commits that a joining peer has rolled back are there again when ours next ${how}`,
    async (t) => {
      const path = newPath()
      const [ours, peer] = await openPair(t, path, 'CREATE TABLE t(a)', undefined, turso)
      await ours.exec('INSERT INTO t VALUES (1)')
      const old = tshm(path)
      for (let i = 2; i <= 4; i++) await [ours, peer][i % 2]!.exec(`INSERT INTO t VALUES (${i})`)
      t.is(await ours.one('SELECT sum(a) FROM t'), 10)
      const { maxFrame } = readTshm(path)
      rollBack(path, old)
      t.true(readTshm(path).maxFrame < maxFrame)
      if (how === 'reads') t.is(await ours.one('SELECT sum(a) FROM t'), 10)
      if (how === 'writes') await ours.exec('INSERT INTO t VALUES (0)')
      if (how === 'checkpoints') await ours.all('PRAGMA wal_checkpoint(FULL)')
      t.true(readTshm(path).maxFrame >= maxFrame)
      for (const side of [peer, ours]) t.is(await side.one('SELECT sum(a) FROM t'), 10)
      await peer.exec('INSERT INTO t VALUES (5)')
      for (const side of [peer, ours]) {
        t.is(await side.one('SELECT sum(a) FROM t'), 15)
        t.is(await side.one('PRAGMA integrity_check'), 'ok')
      }
    },
  )
}

test.serial(
  '7.3: a transaction of ours whose commits were rolled back under it is refused, not answered wrongly',
  async (t) => {
    const path = newPath()
    const [ours, peer] = await openPair(t, path, table, undefined, turso)
    const old = tshm(path)
    await fill(peer, 300, 1)
    await ours.exec('PRAGMA cache_size = 10; BEGIN')
    t.is(await ours.one('SELECT count(*) FROM t WHERE id < 10'), 9)
    rollBack(path, old)
    const { code } = await refused(ours.all('SELECT sum(length(filler)) FROM t'))
    t.is(code, 'SQLITE_BUSY_SNAPSHOT')
    await ours.exec('ROLLBACK')
    t.is(await ours.one('SELECT sum(length(filler)) FROM t'), 270_000)
  },
)

// ── 7.5 ──────────────────────────────────────────────────────────────────────────────────────────

test.serial(
  'peer fault 7.5: an odd sequence number hangs every peer, also one that opens alone, until ours comes',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const [one] = await openTursos(t, path, 'CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    poke(path, [48, readTshm(path).sequence + 1n])
    let answered = false
    const reading = one.one('SELECT sum(a) FROM t').finally(() => (answered = true))
    await pause(1500)
    t.false(answered)
    const ours = await openRemote(t, path)
    t.is(await ours.one('SELECT sum(a) FROM t'), 1)
    t.is(await reading, 1)
    await one.exec('INSERT INTO t VALUES (2)')
    t.is(await ours.one('SELECT sum(a) FROM t'), 3)
  },
)

// ── 7.6 ──────────────────────────────────────────────────────────────────────────────────────────

/** A transaction that outgrows the cache, and an end in the middle of it. */
async function spillAndDie(t: ExecutionContext, path: string): Promise<void> {
  const spiller = await openRemote(t, path, turso)
  await spiller.call(({ db }) => {
    db.exec('PRAGMA cache_size = 10; BEGIN')
    const insert = db.prepare('INSERT INTO t(filler) VALUES (?)')
    for (let i = 0; i < 700; i++) insert.run('y'.repeat(3000))
  })
  await spiller.kill()
}

test.serial(
  'peer fault 7.6: after a spilling writer was killed, the next peer that writes aborts; ours goes on',
  async (t) => {
    const path = newPath()
    const [one, other] = await openTursos(t, path, table)
    await one.exec("INSERT INTO t VALUES (1, 0, 'kept')")
    const ours = await openRemote(t, path)
    await spillAndDie(t, path)
    await t.throwsAsync(one.exec("INSERT INTO t VALUES (2, 0, 'its last')"))
    const { code, signal } = await one.ended
    t.true(signal !== null || code !== 0)
    // Its commit was whole in the log, so it counts, as in SQLite's recovery.
    await ours.exec("INSERT INTO t VALUES (3, 0, 'ours')")
    t.is(await ours.one('SELECT sum(id) FROM t'), 6)
    await other.exec("INSERT INTO t VALUES (4, 0, 'the other')")
    for (const side of [ours, other]) {
      t.is(await side.one('SELECT sum(id) FROM t'), 10)
      t.is(await side.one('PRAGMA integrity_check'), 'ok')
    }
  },
)

// ── 7.7 ──────────────────────────────────────────────────────────────────────────────────────────

/** Erases the registrations of a process, as a peer does that gives a slot back after it was taken by another. */
function eraseSlots(path: string, pid: number): void {
  const bytes = tshm(path)
  let free = bytes.readBigUInt64LE(192)
  const words: [number, bigint][] = []
  for (const { slot } of readTshm(path).pins.filter((pin) => pin.pid === pid)) {
    free |= 1n << BigInt(slot)
    words.push([200 + 8 * slot, 2n ** 64n - 1n], [712 + 8 * slot, 0n])
  }
  poke(path, ...words, [192, free])
}

test.serial(
  '7.7: a transaction of ours whose registration was erased is refused to its end, and the next one is registered',
  async (t) => {
    const path = newPath()
    const [ours, peer] = await openPair(t, path, table, undefined, turso)
    await fill(peer, 300, 1)
    await ours.exec('PRAGMA cache_size = 10; BEGIN')
    t.is(await ours.one('SELECT count(*) FROM t WHERE id < 10'), 9)
    eraseSlots(path, ours.pid)
    t.deepEqual(readTshm(path).pins, [])
    const sql = 'SELECT sum(length(filler)) FROM t'
    for (let i = 0; i < 2; i++) {
      t.is((await refused(ours.all(sql))).code, 'SQLITE_BUSY_SNAPSHOT')
    }
    t.is(readTshm(path).pins.length, 1, 'what is left of it is protected again')
    await ours.exec('ROLLBACK; BEGIN')
    t.is(await ours.one(sql), 270_000)
    await fill(peer, 10, 2)
    await peer.exec('PRAGMA busy_timeout = 50')
    t.is((await peer.all('PRAGMA wal_checkpoint(TRUNCATE)'))[0]![0], 1)
    t.is(await ours.one(sql), 270_000)
    await ours.exec('COMMIT')
    t.is(await ours.one(sql), 9000)
  },
)

// ── 7.8 ──────────────────────────────────────────────────────────────────────────────────────────

/** Restarts the log as a peer does that has not seen our slot. Everything is in the database file. */
function restartUnseen(path: string): void {
  const bytes = tshm(path)
  const word = (offset: number): bigint => BigInt(bytes.readUInt32LE(offset))
  poke(
    path,
    [40, 0n],
    [56, 0n],
    [64, 0n],
    [88, (word(88) + 1n) | ((word(92) + 1n) << 32n)],
    [96, word(96) | ((word(100) + 1n) << 32n)],
    [104, 77n | (word(108) << 32n)],
    [48, bytes.readBigUInt64LE(48) + 2n],
  )
}

test.serial(
  '7.8: a read of ours whose log a peer restarts under it begins anew, or is refused inside a transaction',
  async (t) => {
    const path = newPath()
    const db = new Database(path, { experimental: [...multiprocess.experimental] })
    t.teardown(() => db.close())
    const writer = await openRemote(t, path)
    await writer.exec(table)
    await fill(writer, 300, 1)
    db.exec('PRAGMA cache_size = 10')
    const restart = async (): Promise<void> => {
      await writer.all('PRAGMA wal_checkpoint(FULL)')
      restartUnseen(path)
    }
    const rows = db.prepare('SELECT id FROM t').pluck()
    const sum = db.prepare('SELECT sum(length(filler)) FROM t').pluck()
    db.exec('BEGIN')
    t.is(db.prepare('SELECT count(*) FROM t WHERE id < 5').pluck().get(), 4)
    await restart()
    const lost = t.throws(() => sum.get()) as Error & { code: string }
    t.is(lost.code, 'SQLITE_BUSY_SNAPSHOT')
    t.is(lost.message, 'database is locked')
    t.regex(String(lost.cause), /^another process has overwritten the state/)
    db.exec('ROLLBACK')
    t.is(sum.get(), 270_000)

    const iterator = rows.iterate()
    t.is(iterator.next().value, 1)
    await restart()
    t.throws(() => [...iterator], { code: 'SQLITE_BUSY_SNAPSHOT' }, 'rows were delivered')
    t.is(rows.all().length, 300)
  },
)

test.serial('7.8: in autocommit nobody notices', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const reader = await openRemote(t, path)
  const writer = await openRemote(t, path)
  await writer.exec(table)
  await fill(writer, 300, 1)
  await writer.all('PRAGMA wal_checkpoint(FULL)')
  // Between the start of the statement and its first page.
  const steps = new URL('workers/steps.mjs', import.meta.url).href
  const counted = new Remote()
  t.teardown(() => void counted.kill())
  await counted.call(async ({ kept }, steps) => void (kept['steps'] = await import(steps)), steps)
  await counted.open(path)
  for (const how of ['all', 'get', 'iterate', 'run'] as const) {
    await fill(writer, 300, 1)
    await writer.all('PRAGMA wal_checkpoint(FULL)')
    const before = readTshm(path)
    const found = await counted.call(
      async ({ db, kept }, how, path) => {
        const { execFileSync } = await import('node:child_process')
        const statement = db.prepare('SELECT id, length(filler) FROM t').raw()
        kept['steps'].onceAfter('beginRead', () => execFileSync(path.program, path.args))
        if (how === 'all') return statement.all().length
        if (how === 'get') return (statement.get() as number[])[1]
        if (how === 'iterate') return [...statement.iterate()].length
        return statement.run().changes
      },
      how,
      restarter(path),
    )
    t.is(found, { all: 300, get: 900, iterate: 300, run: 0 }[how])
    t.is(readTshm(path).checkpointSeq, before.checkpointSeq + 1)
    t.is(await reader.one('SELECT count(*) FROM t'), 300)
  }
})

/** A program that restarts the log from outside, for a process that stands still. */
function restarter(path: string): { program: string; args: string[] } {
  const script = `
    const fs = require('node:fs')
    const file = fs.openSync(process.argv[1], 'r+')
    const bytes = Buffer.alloc(192)
    fs.readSync(file, bytes, 0, 192, 0)
    bytes.writeBigUInt64LE(0n, 40)
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(48) + 2n, 48)
    bytes.fill(0, 56, 72)
    for (const at of [88, 92, 100]) bytes.writeUInt32LE(bytes.readUInt32LE(at) + 1, at)
    bytes.writeUInt32LE(77, 104)
    fs.writeSync(file, bytes, 40, 72, 40)`
  return { program: process.execPath, args: ['-e', script, `${path}-tshm`] }
}

// ── 7.10 ─────────────────────────────────────────────────────────────────────────────────────────

test('peer fault 7.10: a peer that found no slot can never again restart the log; ours can', async (t) => {
  t.timeout(90_000)
  const path = newPath()
  const [ours, peer] = await openPair(t, path, 'CREATE TABLE t(a)', undefined, turso)
  await ours.call(({ Database, db, kept }, path) => {
    kept['all'] = Array.from({ length: 64 }, () => {
      db.exec('INSERT INTO t VALUES (1)')
      const one = new Database(path, { experimental: ['multiprocess_wal'] })
      one.exec('BEGIN')
      one.prepare('SELECT count(*) FROM t').all()
      return one
    })
    db.exec('INSERT INTO t VALUES (1)')
  }, path)
  await peer.exec('PRAGMA busy_timeout = 0')
  t.regex((await refused(peer.all('SELECT count(*) FROM t'))).message, /database is locked|busy/i)
  await ours.call(({ kept }) => {
    for (const db of kept['all']) db.close()
  })
  t.is(await peer.one('SELECT count(*) FROM t'), 65)
  await pause(1100)
  t.is((await peer.all('PRAGMA wal_checkpoint(TRUNCATE)'))[0]![0], 1)
  t.is((await ours.all('PRAGMA wal_checkpoint(TRUNCATE)'))[0]![0], 0)
})

// ── 7.13 ─────────────────────────────────────────────────────────────────────────────────────────

const withShell = hasSqliteShell() ? test : test.skip

withShell('peer fault 7.13: SQLite reads beside peers, and takes their log away', async (t) => {
  const path = newPath()
  const [one] = await openTursos(t, path, 'CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  t.is(sqliteShell(path, 'SELECT sum(a) FROM t'), '1')
  t.false(existsSync(`${path}-wal`))
  await one.exec('INSERT INTO t VALUES (2)')
  await one.kill()
  t.is(sqliteShell(path, 'SELECT sum(a) FROM t'), '1', 'an acknowledged commit is gone')
})

withShell('7.13: with ours among them SQLite is kept out', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const schema = 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
  const [ours, peer] = await openPair(t, path, schema, undefined, turso)
  const reading = promisify(execFile)('sqlite3', ['-batch', path, 'SELECT sum(a) FROM t'])
  await t.throwsAsync(reading, { message: /locking protocol|database is locked/ })
  t.true(existsSync(`${path}-wal`))
  await peer.exec('INSERT INTO t VALUES (2)')
  t.is(await ours.one('SELECT sum(a) FROM t'), 3)
})

withShell(
  '7.13: ours refuses to commit into a log that SQLite has taken away, and finds everything after a new start',
  async (t) => {
    const path = newPath()
    const [one, other] = await openTursos(t, path, 'CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const ours = await openRemote(t, path)
    await one.stop()
    // Where no lock stops it: with locking_mode=EXCLUSIVE.
    t.is(sqliteShell(path, 'PRAGMA locking_mode = EXCLUSIVE; SELECT sum(a) FROM t'), 'exclusive\n1')
    if (existsSync(`${path}-wal`)) rmSync(`${path}-wal`)
    const { code, message } = await refused(ours.exec('INSERT INTO t VALUES (2)'))
    t.is(code, 'SQLITE_IOERR')
    t.regex(message, /-wal/)
    await ours.close()
    const joining = await refused(ours.open(path))
    t.is(joining.code, 'SQLITE_IOERR')
    t.regex(joining.message, /is not the log that other processes have open/)
    await other.stop()
    await ours.open(path)
    await ours.exec('INSERT INTO t VALUES (2)')
    t.is(await ours.one('SELECT sum(a) FROM t'), 3)
  },
)

// ── 7.17 to 7.23 ─────────────────────────────────────────────────────────────────────────────────

test.serial(
  'peer fault 7.17: a peer that only reads is let in beside an owner of another process; ours is not',
  async (t) => {
    const path = newPath()
    const owner = new Remote(turso)
    t.teardown(() => void owner.kill())
    await owner.call(({ Database }, path) => {
      new Database(path, {}).exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    }, path)
    const peer = new Remote(turso)
    t.teardown(() => void peer.kill())
    await t.notThrowsAsync(peer.open(path, { readonly: true }))
    const ours = new Remote()
    t.teardown(() => void ours.kill())
    t.regex(
      (await refused(ours.open(path, { readonly: true }))).message,
      /already open without experimental multiprocess WAL in another process/,
    )
  },
)

test.serial(
  'peer fault 7.19: peers on two coordination files lose commits of each other; ours refuses',
  async (t) => {
    const path = newPath()
    const [one] = await openTursos(t, path, 'CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const ours = await openRemote(t, path)
    rmSync(`${path}-tshm`)
    const split = await openRemote(t, path, turso)
    await one.exec('INSERT INTO t VALUES (2)')
    await split.exec('INSERT INTO t VALUES (4)')
    t.is((await refused(ours.exec('INSERT INTO t VALUES (8)'))).code, 'SQLITE_PROTOCOL')
    const later = await openRemote(t, path, turso)
    t.not(await later.one('SELECT sum(a) FROM t'), 7)
  },
)

test.serial(
  'peer fault 7.20: peers that call a file by two names do not see each other; ours refuses the second',
  async (t) => {
    const path = newPath()
    const link = join(temporaryFolder(), 'link.db')
    symlinkSync(path, link)
    const [one] = await openTursos(t, path, 'CREATE TABLE t(a)')
    const other = await openRemote(t, link, turso)
    await one.exec('INSERT INTO t VALUES (1)')
    t.true(existsSync(`${link}-tshm`))
    t.not(await other.one('SELECT count(*) FROM sqlite_schema'), 1)
    const ours = new Remote()
    t.teardown(() => void ours.kill())
    const { code, message } = await refused(ours.open(link))
    t.is(code, 'SQLITE_CANTOPEN')
    t.regex(message, /link/)
  },
)

test.serial(
  'peer fault 7.21: a file that a dying writer has grown is refused by peers, and put right by ours',
  async (t) => {
    const path = newPath()
    const schema = 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
    const [ours, peer] = await openPair(t, path, schema, undefined, turso)
    // The writer died while it held its lock, so it is still named.
    truncateSync(`${path}-tshm`, statSync(`${path}-tshm`).size + 81_920)
    poke(path, [176, (0x7ffffff0n << 32n) | 1n])
    const joining = new Remote(turso)
    t.teardown(() => void joining.kill())
    t.regex((await refused(joining.open(path))).message, /unexpected size/)
    const another = await openRemote(t, path)
    t.is(await another.one('SELECT sum(a) FROM t'), 1, 'ours joins')
    await ours.exec('INSERT INTO t VALUES (2)')
    await joining.open(path)
    for (const side of [peer, joining, another]) t.is(await side.one('SELECT sum(a) FROM t'), 3)
  },
)

test.serial(
  '7.23: a process that is stopped holds others up for their timeout, and no longer than it is stopped',
  async (t) => {
    const path = newPath()
    const schema = 'CREATE TABLE t(a)'
    const [ours, peer] = await openPair(t, path, schema, undefined, turso, { timeout: 300 })
    await peer.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)')
    process.kill(peer.pid, 'SIGSTOP')
    t.deepEqual(await refused(ours.exec('INSERT INTO t VALUES (2)')), {
      code: 'SQLITE_BUSY',
      message: 'database is locked',
    })
    t.is(await ours.one('SELECT count(*) FROM t'), 0)
    t.is(readTshm(path).writerPid, peer.pid, 'whom to blame can be read')
    process.kill(peer.pid, 'SIGCONT')
    await peer.exec('COMMIT')
    await ours.exec('INSERT INTO t VALUES (2)')
    t.is(await peer.one('SELECT sum(a) FROM t'), 3)
  },
)

test.serial(
  'peer fault 5.2: a peer does not find a new column of a table that it knows; ours does',
  async (t) => {
    const [ours, peer] = await openPair(t, newPath(), 'CREATE TABLE t(a)', undefined, turso)
    const other = await openRemote(t, await pathOf(peer), turso)
    await other.all('SELECT a FROM t')
    await ours.all('SELECT a FROM t')
    await peer.exec('ALTER TABLE t ADD COLUMN b')
    t.regex((await refused(other.all('SELECT b FROM t'))).message, /no such column/)
    t.deepEqual(await ours.all('SELECT b FROM t'), [])
  },
)

async function pathOf(remote: Remote): Promise<string> {
  const [row] = await remote.all('PRAGMA database_list')
  return row![2] as string
}

// ── 7.11 ─────────────────────────────────────────────────────────────────────────────────────────

test('peer fault 7.11: a peer cannot read a log that has outgrown the index until ours has truncated it', async (t) => {
  t.timeout(120_000)
  const path = newPath()
  const ours = await openRemote(t, path, undefined, { pageSize: 512 })
  const peer = await openRemote(t, path, turso)
  await ours.exec(`PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; ${table}`)
  await ours.call(({ db }) => {
    db.exec('BEGIN')
    const insert = db.prepare("INSERT INTO t VALUES (?, 0, printf('%.400c', 'x'))")
    for (let id = 1; id <= 45_000; id++) insert.run(id)
    db.exec('COMMIT')
    for (let round = 1; round <= 6; round++) db.exec(`UPDATE t SET round = ${round}`)
  })
  t.true(readTshm(path).isOverflowed)
  await peer.exec('PRAGMA busy_timeout = 0')
  t.regex((await refused(peer.all('SELECT sum(round) FROM t'))).message, /database is locked|busy/i)
  t.is(await ours.one('SELECT sum(round) FROM t'), 270_000)
  t.is((await ours.all('PRAGMA wal_checkpoint(TRUNCATE)'))[0]![0], 0)
  t.is(await peer.one('SELECT sum(round) FROM t'), 270_000)
})
