/**
 * A process that is stopped (SIGSTOP, Ctrl-Z, a container that is paused) keeps its locks, and nobody may take them from it. Wherever it was
 * stopped, others wait no longer than their busy timeout and are told the truth; where it only waited itself, they do not notice.
 *
 * First each lock by itself, held by a process that was told to take it and is then stopped. Then processes that are at work, stopped at random
 * moments, until each of the states that last only for microseconds has been met.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { join } from 'node:path'
import { Database, type SqliteError } from '../../packages/engine/src/index.ts'
import { Peer, poke, tshm } from '../coordination/native-session.ts'
import { createRandom } from '../support/random.ts'
import { eventually, multiprocess, openRemote, pause, type Remote } from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'

const timeout = 300
/** What a machine with two busy cores may add. */
const slack = 700
const isClassic = process.env['CHORUSDB_LOCKS'] === 'classic'
const unknownOutcome = /^disk I\/O error \(whether this commit counts is not known: another process/

const sequence = 48
const turnstileTaken = 2104
const appendHolder = 2152
const syncHolder = 2160

function newDatabase(): string {
  const path = join(temporaryFolder(), 'a.db')
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, who, n)')
  db.exec('CREATE INDEX t_who ON t(who, n)')
  db.close()
  return path
}

interface Attempt {
  readonly code: string
  readonly ms: number
}

/** What becomes of a call, and how long it takes. */
function attempt(call: () => unknown): Attempt {
  const begin = performance.now()
  let code = 'SQLITE_OK'
  try {
    call()
  } catch (error) {
    code = (error as SqliteError).code
  }
  return { code, ms: performance.now() - begin }
}

/** A process stopped with the locks that the calls take; or, where that is asked for, as soon as it `isThere`. */
async function stoppedPeer(
  t: ExecutionContext,
  path: string,
  calls: readonly (readonly unknown[])[],
  isThere?: () => boolean,
): Promise<Peer> {
  const peer = new Peer()
  t.teardown(() => peer.kill())
  await peer.open({ path })
  const answers = calls.map(([method, ...args]) => peer.call(method as string, ...args))
  if (isThere === undefined) await Promise.all(answers)
  else t.true(await eventually(isThere))
  process.kill(peer.pid, 'SIGSTOP')
  await pause(20)
  return peer
}

interface Held {
  readonly title: string
  readonly calls: readonly (readonly unknown[])[]
  /** What others are answered: of a write, and of a checkpoint of the whole log. */
  readonly write: string
  readonly checkpoint: 'busy' | 'done'
}

const held: readonly Held[] = [
  { title: 'nothing', calls: [['isPinIntact']], write: 'SQLITE_OK', checkpoint: 'done' },
  { title: 'a reader slot', calls: [['beginRead']], write: 'SQLITE_OK', checkpoint: 'busy' },
  {
    title: "the writer's lock, reserved",
    calls: [['reserveWriter', 1000, false]],
    write: 'SQLITE_BUSY',
    checkpoint: 'busy',
  },
  {
    title: "the writer's lock in a transaction",
    calls: [['beginRead'], ['beginWrite']],
    write: 'SQLITE_BUSY',
    checkpoint: 'busy',
  },
  {
    title: "the checkpointer's lock",
    calls: [['beginCheckpoint', 0]],
    write: 'SQLITE_OK',
    checkpoint: 'busy',
  },
  {
    title: 'both locks, for a checkpoint',
    calls: [['beginCheckpoint', 3]],
    write: 'SQLITE_BUSY',
    checkpoint: 'busy',
  },
]

for (const { title, calls, write, checkpoint } of held) {
  test.serial(
    `stopped: with ${title}, a process costs others their busy timeout at most`,
    async (t) => {
      const path = newDatabase()
      const db = new Database(path, { ...multiprocess, timeout })
      t.teardown(() => db.close())
      db.exec('INSERT INTO t VALUES (1, 0, 0)')
      await stoppedPeer(t, path, calls)
      const count = db.prepare('SELECT count(*) FROM t').pluck()
      const read = attempt(() => count.get())
      t.is(read.code, 'SQLITE_OK')
      t.true(read.ms < slack, `a read took ${read.ms} ms`)
      for (const sql of [
        'INSERT INTO t(who, n) VALUES (1, 1)',
        'BEGIN IMMEDIATE; INSERT INTO t(who, n) VALUES (1, 2); COMMIT',
        'BEGIN; INSERT INTO t(who, n) VALUES (1, 3); COMMIT',
      ]) {
        const { code, ms } = attempt(() => db.exec(sql))
        if (db.inTransaction) db.exec('ROLLBACK')
        t.is(code, write, sql)
        t.true(ms < slack + (write === 'SQLITE_OK' ? 0 : timeout), `${sql} took ${ms} ms`)
      }
      // Who has read already must not wait for a transaction; a checkpoint he may wait for.
      db.exec('BEGIN')
      count.get()
      const later = attempt(() => db.exec('INSERT INTO t(who, n) VALUES (2, 1)'))
      db.exec('ROLLBACK')
      t.is(later.code, write)
      t.true(later.ms < timeout + slack)
      const begin = performance.now()
      const [row] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
      t.is(row!.busy, checkpoint === 'busy' ? 1 : 0)
      t.true(performance.now() - begin < timeout + slack)
      const opened = attempt(() => new Database(path, { ...multiprocess, timeout }).close())
      t.is(opened.code, 'SQLITE_OK')
      t.true(opened.ms < timeout + slack, `opening took ${opened.ms} ms`)
    },
  )
}

test.serial(
  'stopped: within a publication, a process costs others their busy timeout',
  async (t) => {
    const path = newDatabase()
    const db = new Database(path, { ...multiprocess, timeout })
    t.teardown(() => db.close())
    const count = db.prepare('SELECT count(*) FROM t')
    const peer = await stoppedPeer(t, path, [['beginCheckpoint', 3]])
    const number = tshm(path).readBigUInt64LE(sequence)
    poke(path, [sequence, number + 1n])
    for (const call of [() => count.get(), () => db.exec('INSERT INTO t(who, n) VALUES (1, 1)')]) {
      const { code, ms } = attempt(call)
      t.is(code, 'SQLITE_PROTOCOL')
      t.true(ms < timeout + slack, `${ms} ms`)
    }
    // It goes on.
    db.pragma('busy_timeout = 10000')
    setTimeout(() => process.kill(peer.pid, 'SIGCONT'), 0)
    poke(path, [sequence, number + 2n])
    t.is(attempt(() => count.get()).code, 'SQLITE_OK')
    await peer.call('endCheckpoint')
    t.is(attempt(() => db.exec('INSERT INTO t(who, n) VALUES (1, 1)')).code, 'SQLITE_OK')
    // Killed there, it costs nobody more than the time after which it counts as dead.
    const other = await stoppedPeer(t, path, [['beginCheckpoint', 3]])
    poke(path, [sequence, tshm(path).readBigUInt64LE(sequence) + 1n])
    await other.kill()
    const repaired = attempt(() => count.get())
    t.is(repaired.code, 'SQLITE_OK')
    t.true(repaired.ms < 100 + slack, `${repaired.ms} ms`)
  },
)

test.serial('stopped: who only stands in the queue of writers holds up nobody', async (t) => {
  const path = newDatabase()
  const holder = new Peer()
  t.teardown(() => holder.kill())
  await holder.open({ path })
  await holder.call('reserveWriter', 0, false)
  const isQueued = (): boolean => tshm(path).readUInt32LE(turnstileTaken) === 1
  const waiter = await stoppedPeer(t, path, [['reserveWriter', 60_000, false]], isQueued)
  await holder.call('endWrite')

  const db = new Database(path, { ...multiprocess, timeout })
  t.teardown(() => db.close())
  const insert = db.prepare('INSERT INTO t(who, n) VALUES (0, ?)')
  const alone = attempt(() => insert.run(0))
  t.is(alone.code, 'SQLITE_OK')
  db.pragma('busy_timeout = 5000')
  // Two that want to write all the time get their turns, in transactions and in single statements.
  for (const joins of [false, true]) {
    const other = await openRemote(t, path)
    other.startLoop(({ db, kept }, joins) => {
      if (joins) return void db.prepare('INSERT INTO t(who, n) VALUES (1, 1)').run()
      db.exec('BEGIN IMMEDIATE; INSERT INTO t(who, n) VALUES (1, 1)')
      const until = performance.now() + 1
      while (performance.now() < until) kept['spent'] = until
      db.exec('COMMIT')
    }, joins)
    let own = 0
    const codes = new Set<string>()
    // However slow the disk is, both come to their turns.
    const end = performance.now() + 10_000
    const turns = db.prepare('SELECT count(*) FROM t WHERE who = 1').pluck()
    const before = turns.get() as number
    for (; performance.now() < end; own++) {
      if (own >= 5 && (turns.get() as number) >= before + 5) break
      codes.add(
        attempt(() => {
          if (joins) insert.run(own)
          else db.exec('BEGIN IMMEDIATE; INSERT INTO t(who, n) VALUES (0, 0); COMMIT')
        }).code,
      )
    }
    const { errors } = await other.stopLoop()
    const rounds = (turns.get() as number) - before
    await other.stop()
    t.deepEqual([...codes], ['SQLITE_OK'])
    t.deepEqual(errors, {})
    t.true(own >= 5 && rounds >= 5, `${own} and ${rounds} turns`)
  }
  process.kill(waiter.pid, 'SIGCONT')
  t.true(await eventually(() => tshm(path).readUInt32LE(turnstileTaken) === 0))
})

test.serial(
  'stopped: who waits for a writer that is stopped is told so in time, also in turn',
  async (t) => {
    const path = newDatabase()
    const peer = await stoppedPeer(t, path, [['reserveWriter', 0, false]])
    const others = await Promise.all(
      Array.from({ length: 3 }, () => openRemote(t, path, undefined, { timeout })),
    )
    const answers = await Promise.all(
      others.map((other) =>
        other.call(({ db }) => {
          const begin = performance.now()
          try {
            db.exec('INSERT INTO t(who, n) VALUES (1, 1)')
            return { code: 'SQLITE_OK', ms: 0 }
          } catch (error) {
            return { code: (error as { code: string }).code, ms: performance.now() - begin }
          }
        }),
      ),
    )
    for (const { code, ms } of answers) {
      t.is(code, 'SQLITE_BUSY')
      t.true(ms >= timeout - 5 && ms < timeout + slack, `${ms} ms`)
    }
    process.kill(peer.pid, 'SIGCONT')
    await peer.call('endWrite')
    await Promise.all(others.map((other) => other.exec('INSERT INTO t(who, n) VALUES (1, 1)')))
    t.pass()
  },
)

/** Inserts numbered rows for ever, and remembers what was acknowledged, what was not, and how long the worst took. */
function startInserting(remote: Remote, path: string, who: number, wait: number): void {
  remote.startLoop(
    ({ Database, kept }, path, who, wait) => {
      const state = (kept['state'] ??= {
        acknowledged: [],
        unknown: [],
        errors: {},
        worst: 0,
        n: 0,
      })
      const options = { experimental: ['multiprocess_wal'], timeout: wait }
      const db = (kept['db'] ??= new Database(path, options))
      const insert = (kept['insert'] ??= db.prepare('INSERT INTO t(who, n) VALUES (?, ?)'))
      const n = ++state.n
      const begin = performance.now()
      try {
        insert.run(who, n)
        state.acknowledged.push(n)
      } catch (error) {
        const { code, message } = error as SqliteError
        state.errors[message] = (state.errors[message] ?? 0) + 1
        if (code.startsWith('SQLITE_IOERR')) {
          state.unknown.push(n)
          db.close()
          kept['db'] = kept['insert'] = null
        }
      }
      state.worst = Math.max(state.worst, performance.now() - begin)
    },
    path,
    who,
    wait,
  )
}

interface Inserted {
  readonly acknowledged: number[]
  readonly unknown: number[]
  readonly errors: Record<string, number>
  readonly worst: number
}

async function stopInserting(remote: Remote): Promise<Inserted> {
  await remote.stopLoop()
  return remote.call(({ kept }) => {
    kept['db']?.close()
    const { state } = kept
    kept['db'] = kept['insert'] = kept['state'] = null
    return state as Inserted
  })
}

/** Stops a process again and again, until it has the lock in that word. */
async function stopHolding(
  t: ExecutionContext,
  pid: number,
  path: string,
  word: number,
): Promise<void> {
  const { below, seed } = createRandom()
  for (let tries = 0; tries < 400; tries++) {
    process.kill(pid, 'SIGSTOP')
    // What others have they give back meanwhile, unless the disk is very slow.
    const holder = tshm(path).readBigUInt64LE(word)
    let isHolder = holder !== 0n
    for (let looks = 0; isHolder && looks < 12; looks++) {
      await pause(40)
      isHolder = tshm(path).readBigUInt64LE(word) === holder
    }
    if (isHolder) return
    process.kill(pid, 'SIGCONT')
    await pause(below(5))
  }
  t.fail(`it was never met with the lock (seed ${seed})`)
}

/** Nothing acknowledged is lost, nothing is there twice, and what is there was asked for. */
function checkRows(t: ExecutionContext, path: string, who: number, inserted: Inserted): void {
  const db = new Database(path, multiprocess)
  const rows = db.prepare('SELECT n FROM t WHERE who = ? ORDER BY n').pluck().all(who) as number[]
  t.is(new Set(rows).size, rows.length)
  const [there, unknown] = [new Set(rows), new Set(inserted.unknown)]
  t.deepEqual(
    inserted.acknowledged.filter((n) => !there.has(n)),
    [],
  )
  const acknowledged = new Set(inserted.acknowledged)
  t.deepEqual(
    rows.filter((n) => !acknowledged.has(n) && !unknown.has(n)),
    [],
  )
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  db.close()
}

for (const [title, word] of [
  ['the right to append', appendHolder],
  ['the sync of others', syncHolder],
] as const) {
  for (const end of ['goes on', 'is killed'] as const) {
    test.serial(`stopped: with ${title}, and then it ${end}`, async (t) => {
      // With classic locks these are bytes, nobody shares a sync, and the tests above say the same.
      if (isClassic) {
        t.pass()
        return
      }
      t.timeout(60_000)
      const path = newDatabase()
      const wait = 1000
      const remotes = await Promise.all(
        Array.from({ length: 3 }, () => openRemote(t, path, undefined, { timeout: wait })),
      )
      const [victim, ...others] = remotes as [Remote, ...Remote[]]
      remotes.forEach((remote, i) => startInserting(remote, path, i, wait))
      await stopHolding(t, victim.pid, path, word)
      await pause(wait + 400)
      const reader = new Database(path, { ...multiprocess, timeout: wait })
      const read = attempt(() => reader.prepare('SELECT count(*) FROM t').get())
      t.is(read.code, 'SQLITE_OK')
      t.true(read.ms < slack, `a read took ${read.ms} ms`)
      reader.close()
      const inserted = await Promise.all(others.map(stopInserting))
      for (const { errors, worst, unknown } of inserted) {
        t.true(worst < 2 * wait + slack, `the worst took ${worst} ms`)
        for (const message of Object.keys(errors)) {
          t.true(message === 'database is locked' || unknownOutcome.test(message), message)
        }
        t.true(unknown.length <= 3)
      }
      t.true(inserted.some(({ errors }) => Object.keys(errors).length > 0))
      if (end === 'goes on') {
        process.kill(victim.pid, 'SIGCONT')
        const { errors } = await stopInserting(victim)
        // It finds what it was waiting for done, unless its time ran out at something else.
        delete errors['database is locked']
        t.deepEqual(errors, {})
      } else {
        const ended = victim.kill()
        process.kill(victim.pid, 'SIGCONT')
        await ended
      }
      // Everybody writes again.
      for (const other of others) await other.exec('INSERT INTO t(who, n) VALUES (9, 9)')
      inserted.forEach((one, i) => checkRows(t, path, i + 1, one))
    })
  }
}
