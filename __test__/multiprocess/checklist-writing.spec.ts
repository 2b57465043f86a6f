/**
 * Writing among several processes: statements 34 to 43 of the conformance checklist of TSHM v1 (§8). The peer is a live
 * process of Turso; who is killed is killed with SIGKILL.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import {
  eventually,
  openPair,
  openRemote,
  pairs,
  pause,
  refused,
  Remote,
  turso,
} from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { readTshm } from '../support/tshm-file.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')

/** What either side says of a lock that it does not get. */
const isLocked = (message: string): boolean => /database is locked|busy/i.test(message)

for (const [title, first, second] of pairs) {
  test.serial(
    `checklist 34: while one side writes, the other is busy and reads on (${title})`,
    async (t) => {
      const path = newPath()
      const schema = 'CREATE TABLE t(a); INSERT INTO t VALUES (0)'
      const [writer, other] = await openPair(t, path, schema, first, second, { timeout: 100 })
      for (const begin of ['BEGIN IMMEDIATE', 'BEGIN; INSERT INTO t VALUES (1)']) {
        await writer.exec(begin)
        if (first === turso) t.is(readTshm(path).writerPid, writer.pid)
        for (const sql of ['INSERT INTO t VALUES (2)', 'BEGIN IMMEDIATE']) {
          const { message } = await refused(other.exec(sql))
          t.true(isLocked(message), message)
        }
        t.is(await other.one('SELECT count(*) FROM t'), 1, 'reading needs no lock')
        await other.exec('BEGIN')
        t.is(await other.one('SELECT count(*) FROM t'), 1)
        const { message } = await refused(other.exec('INSERT INTO t VALUES (2)'))
        t.true(isLocked(message), message)
        t.is(await other.one('SELECT count(*) FROM t'), 1, 'the transaction goes on reading')
        await other.exec('ROLLBACK')
        await writer.exec('ROLLBACK')
      }
      await other.exec('INSERT INTO t VALUES (3)')
      t.is(await writer.one('SELECT sum(a) FROM t'), 3)
    },
  )

  test.serial(
    `checklist 35: a transaction that has read an old state cannot write, and reads it until it ends (${title})`,
    async (t) => {
      const path = newPath()
      const schema = 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
      const [reader, other] = await openPair(t, path, schema, first, second)
      await reader.exec('BEGIN')
      t.is(await reader.one('SELECT count(*) FROM t'), 1)
      await other.exec('INSERT INTO t VALUES (2)')
      const began = performance.now()
      const { code, message } = await refused(reader.exec('INSERT INTO t VALUES (3)'))
      t.true(performance.now() - began < 5000, 'no waiting can help, so there is none')
      if (first === undefined) t.is(code, 'SQLITE_BUSY_SNAPSHOT')
      else t.regex(message, /snapshot is stale/)
      t.is(await reader.one('SELECT count(*) FROM t'), 1)
      await other.exec('INSERT INTO t VALUES (4)')
      t.is(await reader.one('SELECT count(*) FROM t'), 1)
      await reader.exec('ROLLBACK')
      t.is(await reader.one('SELECT count(*) FROM t'), 3)
      await reader.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (5); COMMIT')
      t.is(await other.one('SELECT sum(a) FROM t'), 12)
    },
  )
}

test.serial(
  'checklist 35: what a peer has copied back meanwhile does not hinder a transaction of ours that reads',
  async (t) => {
    const path = newPath()
    const schema = 'CREATE TABLE t(a); INSERT INTO t VALUES (1)'
    const [ours, peer] = await openPair(t, path, schema, undefined, turso)
    await ours.exec('BEGIN')
    t.is(await ours.one('SELECT count(*) FROM t'), 1)
    await peer.all('PRAGMA wal_checkpoint(PASSIVE)')
    t.true(readTshm(path).backfilledFrames > 0)
    await ours.exec('INSERT INTO t VALUES (2); COMMIT')
    t.is(await peer.one('SELECT count(*) FROM t'), 2)
  },
)

test.serial(
  'checklist 36: two peers and one of ours that increment counters lose no increment',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const creator = await openRemote(t, path)
    await creator.exec(`
    CREATE TABLE counter(id INTEGER PRIMARY KEY, n);
    INSERT INTO counter VALUES (1, 0), (2, 0), (3, 0), (4, 0);
    CREATE TABLE log(who, n); CREATE INDEX log_n ON log(n)`)
    const sides = [creator, await openRemote(t, path, turso), await openRemote(t, path, turso)]
    for (const [who, side] of sides.entries()) {
      side.startLoop(({ db }, who, round) => {
        // Both ways to increment: read and write in one transaction, and in one statement.
        if (round % 2 === 0) {
          db.exec('BEGIN IMMEDIATE')
          const id = 1 + (round % 4)
          const n = db.prepare(`SELECT n FROM counter WHERE id = ${id}`).raw().get() as number[]
          db.exec(`UPDATE counter SET n = ${n[0]! + 1} WHERE id = ${id}`)
          db.exec(`INSERT INTO log VALUES (${who}, ${round})`)
          db.exec('COMMIT')
        } else {
          db.exec(`UPDATE counter SET n = n + 1 WHERE id = ${1 + (round % 4)}`)
        }
        if (round % 40 === 39) {
          const modes = ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']
          db.prepare(`PRAGMA wal_checkpoint(${modes[who % 4]})`).all()
        }
      }, who)
    }
    await pause(3000)
    const looped = await Promise.all(sides.map((side) => side.stopLoop()))
    let increments = 0
    for (const { rounds, errors } of looped) {
      t.deepEqual(errors, {})
      t.true(rounds > 0)
      increments += rounds
    }
    for (const side of sides) {
      t.is(await side.one('SELECT sum(n) FROM counter'), increments)
      t.is(await side.one('PRAGMA integrity_check'), 'ok')
    }
  },
)

for (const [title, engine] of [
  ['ours', undefined],
  ['a peer', turso],
] as const) {
  test.serial(
    `checklist 37: a publication raises the sequence by 2, a commit the visibility by 1 (${title})`,
    async (t) => {
      const path = newPath()
      const [writer, other] = await openPair(t, path, 'CREATE TABLE t(a)', engine, undefined)
      await other.all('SELECT * FROM t')
      let before = readTshm(path)
      for (let i = 1; i <= 5; i++) {
        await writer.run('INSERT INTO t VALUES (?)', i)
        const now = readTshm(path)
        t.is(now.sequence, before.sequence + 2n)
        t.is(now.visibilityGeneration, before.visibilityGeneration + 1)
        t.is(now.transactionCount, before.transactionCount + 1)
        t.is(now.indexLength, now.maxFrame)
        before = now
      }
      await writer.exec('BEGIN; INSERT INTO t VALUES (6); ROLLBACK; BEGIN IMMEDIATE; COMMIT')
      t.is(
        readTshm(path).sequence,
        before.sequence,
        'nothing is published where nothing is committed',
      )
      await other.all('SELECT * FROM t')
      t.is(readTshm(path).sequence, before.sequence)
    },
  )
}

const frameSize = 4096 + 24

test.serial(
  'checklist 38: a rollback of spilled frames leaves index, hash and log as they were',
  async (t) => {
    const path = newPath()
    const writer = await openRemote(t, path)
    const peer = await openRemote(t, path, turso)
    await writer.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, filler); PRAGMA cache_size = 10')
    await writer.exec("INSERT INTO t VALUES (1, 'kept')")
    const walSize = (): number => statSync(`${path}-wal`).size
    t.true(await eventually(() => walSize() === 32 + readTshm(path).maxFrame * frameSize))
    const before = readTshm(path)
    const fill = `INSERT INTO t(filler) VALUES ${Array(200).fill("(printf('%.3000c', 'x'))").join(', ')}`
    const spills = [
      [`BEGIN; ${fill}`, 'ROLLBACK'],
      [`BEGIN; SAVEPOINT s; ${fill}; ROLLBACK TO s`, 'ROLLBACK'],
      [`BEGIN; SAVEPOINT s; ${fill}; ROLLBACK TO s; RELEASE s`, 'ROLLBACK'],
    ] as const
    for (const [work, end] of spills) {
      await writer.exec(work)
      t.true(walSize() > 32 + (before.maxFrame + 50) * frameSize, 'it has spilled')
      t.is(readTshm(path).indexLength, before.indexLength, 'privately')
      t.is(await peer.one('SELECT count(*) FROM t'), 1)
      await writer.exec(end)
      t.true(await eventually(() => walSize() === 32 + before.maxFrame * frameSize))
      const after = readTshm(path)
      t.deepEqual(after.entries, before.entries)
      t.true(after.hash.equals(before.hash))
      t.is(after.sequence, before.sequence)
    }
    // The savepoint's work is gone, the transaction's stays.
    await writer.exec(
      `BEGIN; INSERT INTO t VALUES (2, 'kept'); SAVEPOINT s; ${fill}; ROLLBACK TO s; COMMIT`,
    )
    await peer.exec("INSERT INTO t VALUES (3, 'theirs')")
    for (const side of [writer, peer]) {
      t.is(await side.one('SELECT count(*) FROM t'), 3)
      t.is(await side.one('PRAGMA integrity_check'), 'ok')
    }
    const { indexLength, maxFrame } = readTshm(path)
    t.is(indexLength, maxFrame)
  },
)

for (const [title, second] of [
  ['a peer', turso],
  ['ours', undefined],
] as const) {
  test.serial(
    `checklist 38: after a rollback of spilled frames by ${title}, the next writer of ours finds a clean index`,
    async (t) => {
      const path = newPath()
      const schema =
        "CREATE TABLE t(id INTEGER PRIMARY KEY, filler); INSERT INTO t VALUES (1, 'kept')"
      const [ours, spiller] = await openPair(t, path, schema, undefined, second)
      await spiller.exec('PRAGMA cache_size = 10')
      for (let round = 0; round < 3; round++) {
        await spiller.call(({ db }) => {
          db.exec('BEGIN')
          const insert = db.prepare('INSERT INTO t(filler) VALUES (?)')
          for (let i = 0; i < 500; i++) insert.run('y'.repeat(3000))
        })
        await spiller.exec('ROLLBACK')
        await ours.run('INSERT INTO t(filler) VALUES (?)', round)
        const { indexLength, maxFrame } = readTshm(path)
        t.is(indexLength, maxFrame)
        const isExact = (): boolean => statSync(`${path}-wal`).size === 32 + maxFrame * frameSize
        t.true(await eventually(isExact), 'what stood behind the end is cut off')
        t.is(await spiller.one('SELECT count(*) FROM t'), round + 2)
      }
      t.is(await ours.one('PRAGMA integrity_check'), 'ok')
    },
  )
}

/** A process of ours whose steps are counted (`workers/steps.mjs`). */
async function openCounted(t: ExecutionContext, path: string): Promise<Remote> {
  const remote = new Remote()
  t.teardown(() => void remote.kill())
  const steps = new URL('workers/steps.mjs', import.meta.url).href
  await remote.call(async ({ kept }, steps) => void (kept['steps'] = await import(steps)), steps)
  await remote.open(path)
  return remote
}

/** More than fits into one call of the core: the commit is of many steps. */
const countedRows = 40

/** Runs one transaction and tells its steps, or dies before step `at`. */
function commitCounted(remote: Remote, at: number): Promise<string[]> {
  return remote.call(
    ({ db, kept }, at, rows) => {
      const insert = db.prepare('INSERT INTO t(who, filler) VALUES (?, ?)')
      kept['steps'].arm(at)
      db.exec('BEGIN IMMEDIATE')
      for (let i = 0; i < rows; i++) insert.run('victim', 'x'.repeat(1500))
      db.exec('COMMIT')
      return kept['steps'].disarm()
    },
    at,
    countedRows,
  )
}

/** Steps that change nothing that others see: dying before them is dying before the next. */
const reads = [
  'readFrame',
  'findFrame',
  'isPinIntact',
  'missingFrames',
  'changedSince',
  'readSnapshot',
]

for (const [title, prepare] of [
  ['', ''],
  [' that restarts the log', 'PRAGMA wal_checkpoint(FULL)'],
] as const) {
  test.serial(
    `checklist 39: a process of ours that dies at any step of a commit${title} makes no peer abort, and loses nothing`,
    async (t) => {
      t.timeout(120_000)
      const path = newPath()
      const ours = await openRemote(t, path)
      await ours.exec(
        'CREATE TABLE t(id INTEGER PRIMARY KEY, who, filler); CREATE INDEX t_who ON t(who)',
      )
      const peer = await openRemote(t, path, turso)
      const model = await openCounted(t, path)
      if (prepare !== '') await ours.exec(prepare)
      const { checkpointSeq } = readTshm(path)
      const steps = await commitCounted(model, -1)
      await model.stop()
      t.is(readTshm(path).checkpointSeq - checkpointSeq, prepare === '' ? 0 : 1)
      t.true(steps.includes('beginTransaction') && steps.includes('write'), steps.join(' '))
      let whole = countedRows
      let own = 0
      for (const [at, step] of steps.entries()) {
        if (reads.includes(step)) continue
        const victim = await openCounted(t, path)
        if (prepare !== '') await ours.exec(prepare)
        // A quick machine takes fewer steps now and then: then it has come to its end.
        const taken = await commitCounted(victim, at).catch(() => null)
        if (taken !== null) {
          t.true(taken.length <= at, `${taken.length} steps, and none of them the last`)
          await victim.stop()
        } else {
          const { signal } = await victim.ended
          t.is(signal, 'SIGKILL', `before ${step}`)
        }
        // Who comes first finds what the dead one left: once ours, once the peer.
        const next = at % 2 === 0 ? [ours, peer] : [peer, ours]
        for (const side of [...next, ...next]) {
          await side.exec(`INSERT INTO t(who) VALUES ('survivor')`)
          own++
        }
        const count = (await ours.one(`SELECT count(*) FROM t WHERE who = 'victim'`)) as number
        const isWhole = count === whole || count === whole + countedRows
        t.true(isWhole, `${count} rows after dying before ${step}`)
        whole = count
        for (const side of next) {
          const sql = `SELECT count(*) FROM t WHERE who = `
          t.is(await side.one(`${sql}'victim'`), whole, `before ${step}`)
          t.is(await side.one(`${sql}'survivor'`), own, `before ${step}`)
        }
      }
      t.is(await peer.one('PRAGMA integrity_check'), 'ok')
      t.is(await ours.one('PRAGMA integrity_check'), 'ok')
    },
  )
}

test.serial(
  'checklist 39: processes of ours killed at random moments make no peer abort, but in the window that TSHM v1 leaves',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const ours = await openRemote(t, path)
    await ours.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, filler); CREATE TABLE p(n)')
    let peer = await openRemote(t, path, turso)
    let windows = 0
    for (let round = 1; round <= 6; round++) {
      const victim = await openRemote(t, path)
      victim.startLoop(({ db }, round) => {
        db.exec(`INSERT INTO t(filler) VALUES (printf('%.*c', ${(round % 7) * 900}, 'x'))`)
      })
      await pause(5 + Math.random() * 60)
      await victim.kill()
      const began = performance.now()
      try {
        await peer.run('INSERT INTO p VALUES (?)', round)
      } catch (error) {
        // Killed between an entry of the index and the snapshot that covers it: the peer's commit is in the log, and then it aborts. (TSHM v1 §8, 39)
        if (!/frame ids must increase monotonically/.test(String(error))) throw error
        windows++
        peer = await openRemote(t, path, turso)
      }
      t.true(performance.now() - began < 5000)
    }
    t.true(windows < 2)
    // Nobody was told of a commit in the window.
    const count = (await ours.one('SELECT count(*) FROM p')) as number
    t.true(count === 6 || count === 6 - windows, String(count))
    for (const side of [ours, peer]) t.is(await side.one('PRAGMA integrity_check'), 'ok')
  },
)

test.serial(
  'checklist 40: after a spilling peer was killed, ours writes, and then a peer does',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const schema =
      "CREATE TABLE t(id INTEGER PRIMARY KEY, filler); INSERT INTO t VALUES (1, 'kept')"
    const [ours, other] = await openPair(t, path, schema, undefined, turso)
    for (let round = 0; round < 4; round++) {
      const spiller = await openRemote(t, path, turso)
      await spiller.call(({ db }) => {
        db.exec('PRAGMA cache_size = 10; BEGIN')
        const insert = db.prepare('INSERT INTO t(filler) VALUES (?)')
        for (let i = 0; i < 700; i++) insert.run('y'.repeat(3000))
      })
      const left = readTshm(path)
      t.true(left.indexLength > left.maxFrame, 'there is a tail of the index')
      await spiller.kill()
      await ours.exec("INSERT INTO t(filler) VALUES ('ours')")
      const { indexLength, maxFrame } = readTshm(path)
      t.is(indexLength, maxFrame)
      await other.exec("INSERT INTO t(filler) VALUES ('theirs')")
      for (const side of [ours, other]) {
        t.is(await side.one('SELECT count(*) FROM t'), 3 + 2 * round)
        t.is(await side.one('PRAGMA integrity_check'), 'ok')
      }
    }
  },
)

for (const [title, dying, next] of pairs) {
  test.serial(
    `checklist 41: when a writer is killed in its transaction, the next one goes on at once (dead and next: ${title})`,
    async (t) => {
      const path = newPath()
      const [victim, other] = await openPair(t, path, 'CREATE TABLE t(a)', dying, next)
      await victim.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (1)')
      if (dying === turso) t.is(readTshm(path).writerPid, victim.pid)
      await victim.kill()
      const began = performance.now()
      await other.exec('INSERT INTO t VALUES (2)')
      t.true(performance.now() - began < 3000)
      t.is(await other.one('SELECT sum(a) FROM t'), 2)
      t.true(await eventually(() => readTshm(path).writerPid === 0))
    },
  )
}

test.serial(
  'checklist 42: large rows survive restarts of all processes, of either kind',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const engines = [undefined, turso, undefined, turso]
    let expected: unknown[][] = []
    for (const [round, engine] of engines.entries()) {
      const sides = [
        await openRemote(t, path, engine),
        await openRemote(t, path, engines[3 - round]),
      ]
      if (round === 0)
        await sides[0]!.exec('CREATE TABLE t(id INTEGER PRIMARY KEY, text, bytes BLOB)')
      for (const side of sides) {
        const query =
          'SELECT id, length(text), length(bytes), hex(substr(bytes, -3)) FROM t ORDER BY id'
        t.deepEqual(await side.all(query), expected, `round ${round}`)
        const rows = await side.call(({ db }, first) => {
          db.exec('BEGIN IMMEDIATE')
          const insert = db.prepare('INSERT INTO t VALUES (?, ?, ?)')
          const sizes = [0, 1, 100, 3990, 4096, 30_000, 250_000]
          const rows = sizes.map((size, i) => {
            insert.run(first + i, 'é'.repeat(size), Buffer.alloc(size, i + 1))
            const last = Buffer.alloc(Math.min(3, size), i + 1)
            return [first + i, size, size, last.toString('hex').toUpperCase()]
          })
          db.exec('COMMIT')
          return rows
        }, expected.length + 1)
        expected = [...expected, ...rows]
      }
      for (const side of sides) {
        // Some leave in an orderly way, some are killed.
        if (round % 3 === 2) await side.kill()
        else {
          if (round % 2 === 0) await side.close()
          await side.stop()
        }
      }
    }
    t.is(
      execFileSync('sqlite3', [path, 'PRAGMA integrity_check; SELECT count(*) FROM t'], {
        encoding: 'utf8',
      }),
      `ok\n${expected.length}\n`,
    )
  },
)

test.serial('checklist 43: keys drawn by several processes at once are distinct', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const ours = await openRemote(t, path)
  await ours.exec(
    'CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT, who); CREATE TABLE b(id INTEGER PRIMARY KEY, who)',
  )
  const sides = [ours, await openRemote(t, path), await openRemote(t, path, turso)]
  const draw = (remote: Remote, who: number): Promise<[number[], number[]]> =>
    remote.call(({ db }, who) => {
      const drawn: [number[], number[]] = [[], []]
      for (let i = 0; i < 120; i++) {
        for (const [which, table] of ['a', 'b'].entries()) {
          // Each draws its key in one statement, and deletes some: AUTOINCREMENT never gives one twice.
          const id = db.prepare(`INSERT INTO ${table}(who) VALUES (${who})`).run().lastInsertRowid
          drawn[which]!.push(id)
          if (which === 0 && i % 5 === 0) db.exec(`DELETE FROM a WHERE id = ${id}`)
        }
      }
      return drawn
    }, who)
  const drawn = await Promise.all(sides.map(draw))
  for (const which of [0, 1] as const) {
    const all = drawn.flatMap((one) => one[which])
    t.is(new Set(all).size, 360)
    t.is(all.length, 360)
  }
  t.is(await ours.one(`SELECT seq FROM sqlite_sequence WHERE name = 'a'`), 360)
  for (const [who, side] of sides.entries()) {
    const ids = (await side.all(`SELECT id FROM b WHERE who = ${who} ORDER BY id`)).flat()
    t.deepEqual(ids, drawn[who]![1])
  }
})
