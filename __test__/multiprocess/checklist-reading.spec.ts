/**
 * Reading among several processes: statements 24 to 33 of the conformance checklist of TSHM v1 (§8). Where the
 * checklist asks for a peer, it is a live process of Turso, as the one that reads and as the one that writes.
 */
import test from 'ava'
import { join } from 'node:path'
import {
  eventually,
  openPair,
  openRemote,
  pairs,
  refused,
  Remote,
  turso,
} from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { readTshm } from '../support/tshm-file.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')

/** Rows 1 to `count` of `t`, each with 0 and a text of `size` characters. */
function fill(remote: Remote, count: number, size: number): Promise<void> {
  return remote.call(
    ({ db }, count, size) => {
      db.exec('BEGIN')
      const insert = db.prepare('INSERT INTO t VALUES (?, 0, ?)')
      for (let id = 1; id <= count; id++) insert.run(id, 'x'.repeat(size))
      db.exec('COMMIT')
    },
    count,
    size,
  )
}

for (const [title, first, second] of pairs) {
  test.serial(
    `checklist 24: a commit of either side is seen by the next transaction of the other (${title})`,
    async (t) => {
      const path = newPath()
      const [one, other] = await openPair(t, path, 'CREATE TABLE t(a, b)', first, second)
      const sides = [one, other] as const
      const modes = ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']
      for (let i = 1; i <= 48; i++) {
        const [writer, reader] = i % 2 === 0 ? sides : [other, one]
        await writer.run('INSERT INTO t VALUES (?, ?)', i, 'x'.repeat(i * 40))
        const [row] = await reader.all('SELECT count(*), max(a), sum(length(b)) FROM t')
        t.deepEqual(row, [i, i, 20 * i * (i + 1)])
        if (i % 6 === 0) await sides[(i / 6) % 2]!.all(`PRAGMA wal_checkpoint(${modes[i % 4]})`)
      }
      await one.exec('BEGIN; UPDATE t SET b = NULL')
      t.is(await other.one('SELECT count(b) FROM t'), 48, 'not before it commits')
      await one.exec('COMMIT')
      t.is(await other.one('SELECT count(b) FROM t'), 0)
      t.is(await other.one('PRAGMA integrity_check'), 'ok')
    },
  )
}

const starts = {
  'frames in the log': '',
  'everything in the database file': 'PRAGMA wal_checkpoint(PASSIVE)',
  'no log': 'PRAGMA wal_checkpoint(TRUNCATE)',
}

for (const [start, checkpoint] of Object.entries(starts)) {
  for (const engine of [turso, undefined]) {
    const who = engine === turso ? 'a peer' : 'one of ours'
    test.serial(
      `checklist 25: a transaction of ours sees one state while ${who} commits, checkpoints and truncates (${start})`,
      async (t) => {
        const path = newPath()
        const schema = 'CREATE TABLE t(id INTEGER PRIMARY KEY, round, filler)'
        const [writer, reader] = await openPair(t, path, schema, engine, undefined)
        await fill(writer, 400, 200)
        // So small a cache has to read pages from the files again.
        await reader.exec('PRAGMA cache_size = 10')
        if (checkpoint !== '') {
          const [row] = await writer.all(checkpoint)
          t.is(row![0], 0)
        }
        const look = (): Promise<unknown[][]> =>
          reader.all('SELECT count(*), sum(round), max(id), sum(length(filler)) FROM t')
        await reader.exec('BEGIN')
        const state = await look()
        t.deepEqual(state, [[400, 0, 400, 80_000]])
        for (let round = 1; round <= 3; round++) {
          await writer.exec(`UPDATE t SET round = ${round}, filler = filler || 'y'`)
          t.deepEqual(await look(), state, `after commit ${round}`)
          for (const mode of ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']) {
            await writer.exec(`DELETE FROM t WHERE id = ${round * 7}`)
            await writer.exec(`INSERT INTO t VALUES (${round * 7}, ${round}, '${mode}')`)
            await setShortTimeout(writer)
            await writer.all(`PRAGMA wal_checkpoint(${mode})`)
            t.deepEqual(await look(), state, `after ${mode} ${round}`)
          }
        }
        t.is((await reader.all('PRAGMA integrity_check'))[0]![0], 'ok', 'of the old state')
        await reader.exec('COMMIT')
        t.is(await reader.one('SELECT sum(round) FROM t'), 1200)
        const [row] = await writer.all('PRAGMA wal_checkpoint(TRUNCATE)')
        t.is(row![0], 0)
      },
    )
  }
}

async function setShortTimeout(remote: Remote): Promise<void> {
  await remote.exec('PRAGMA busy_timeout = 50')
}

test.serial(
  'checklist 25: a registered transaction of a peer sees one state while ours commits, checkpoints and truncates',
  async (t) => {
    const path = newPath()
    const schema = 'CREATE TABLE t(id INTEGER PRIMARY KEY, round, filler)'
    const [writer, reader] = await openPair(t, path, schema, undefined, turso)
    await fill(writer, 400, 200)
    await setShortTimeout(writer)
    await reader.exec('PRAGMA cache_size = 10')
    await reader.exec('BEGIN')
    const look = (): Promise<unknown[][]> =>
      reader.all('SELECT count(*), sum(round), max(id), sum(length(filler)) FROM t')
    const state = await look()
    t.deepEqual(state, [[400, 0, 400, 80_000]])
    for (const mode of ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']) {
      await writer.exec(`UPDATE t SET round = round + 1, filler = '${mode}'`)
      await writer.all(`PRAGMA wal_checkpoint(${mode})`)
      t.deepEqual(await look(), state, mode)
    }
    await reader.exec('COMMIT')
    t.deepEqual(await look(), [[400, 1600, 400, 3200]])
  },
)

for (const engine of [undefined, turso]) {
  const who = engine === turso ? 'a peer' : 'ours'
  test.serial(
    `checklist 26: connections of one process with one snapshot share a slot (${who})`,
    async (t) => {
      const path = newPath()
      const [writer, reader] = await openPair(t, path, 'CREATE TABLE t(a)', undefined, engine)
      await reader.call(({ Database, kept }, path) => {
        const options = { experimental: ['multiprocess_wal'] }
        kept['all'] = [1, 2, 3].map(() => new Database(path, options))
      }, path)
      const begin = (which: number): Promise<void> =>
        reader.call(({ kept }, which) => {
          const db = kept['all'][which]
          db.exec('BEGIN')
          db.prepare('SELECT count(*) FROM t').all()
        }, which)
      const end = (which: number): Promise<void> =>
        reader.call(({ kept }, which) => void kept['all'][which].exec('COMMIT'), which)
      const pins = (): number[] =>
        readTshm(path)
          .pins.filter(({ pid }) => pid === reader.pid)
          .map(({ frame }) => frame)
      const { maxFrame } = readTshm(path)
      await begin(0)
      await begin(1)
      t.deepEqual(pins(), [maxFrame], 'two connections, one slot')
      await writer.exec('INSERT INTO t VALUES (1)')
      await begin(2)
      const later = readTshm(path).maxFrame
      t.deepEqual(pins().sort(), [maxFrame, later].sort(), 'another snapshot, another slot')
      await end(0)
      t.deepEqual(pins().sort(), [maxFrame, later].sort(), 'one reader is left in the first')
      await end(1)
      t.deepEqual(pins(), [later])
      await end(2)
      t.deepEqual(pins(), [])
    },
  )
}

for (const [title, reading, checkpointing] of pairs) {
  const number = checkpointing === turso ? 27 : 28
  test.serial(
    `checklist ${number}: a checkpoint stops at the snapshot that another process reads (reader and checkpointer: ${title})`,
    async (t) => {
      const path = newPath()
      const [reader, other] = await openPair(
        t,
        path,
        'CREATE TABLE t(a); INSERT INTO t VALUES (1)',
        reading,
        checkpointing,
      )
      await reader.exec('BEGIN')
      t.is(await reader.one('SELECT count(*) FROM t'), 1)
      const pinned = readTshm(path).maxFrame
      await other.exec('INSERT INTO t VALUES (2)')
      const { maxFrame, checkpointSeq } = readTshm(path)
      t.true(maxFrame > pinned)
      await setShortTimeout(other)
      t.deepEqual(await other.all('PRAGMA wal_checkpoint(PASSIVE)'), [[0, maxFrame, pinned]])
      t.is(readTshm(path).backfilledFrames, pinned)
      for (const mode of ['FULL', 'RESTART', 'TRUNCATE']) {
        const [row] = await other.all(`PRAGMA wal_checkpoint(${mode})`)
        t.is(row![0], 1, `${mode} is busy`)
        const now = readTshm(path)
        t.deepEqual(
          [now.maxFrame, now.backfilledFrames, now.checkpointSeq],
          [maxFrame, pinned, checkpointSeq],
        )
      }
      t.is(await reader.one('SELECT count(*) FROM t'), 1)
      await reader.exec('COMMIT')
      const [row] = await other.all('PRAGMA wal_checkpoint(TRUNCATE)')
      t.is(row![0], 0)
      t.is(await reader.one('SELECT count(*) FROM t'), 2)
    },
  )

  test.serial(
    `checklist 29: the slot of a killed reader is reclaimed by the next checkpoint (reader and checkpointer: ${title})`,
    async (t) => {
      const path = newPath()
      const [reader, other] = await openPair(
        t,
        path,
        'CREATE TABLE t(a); INSERT INTO t VALUES (1)',
        reading,
        checkpointing,
      )
      await reader.exec('BEGIN')
      await reader.all('SELECT count(*) FROM t')
      await other.exec('INSERT INTO t VALUES (2)')
      await reader.kill()
      const { pins, checkpointSeq } = readTshm(path)
      t.deepEqual(
        pins.map(({ pid }) => pid),
        [reader.pid],
        'what it published stays',
      )
      for (const mode of ['FULL', 'RESTART', 'TRUNCATE']) {
        const [row] = await other.all(`PRAGMA wal_checkpoint(${mode})`)
        t.is(row![0], 0, mode)
      }
      const now = readTshm(path)
      t.deepEqual(
        now.pins.filter(({ frame }) => frame > 0),
        [],
      )
      t.true(now.checkpointSeq > checkpointSeq)
      t.is(await other.one('SELECT count(*) FROM t'), 2)
    },
  )
}

/** Opens `count` more connections in a process, each in a read transaction on a snapshot of its own. */
function takeSlots(reader: Remote, path: string, count: number): Promise<void> {
  return reader.call(
    ({ Database, db, kept }, path, count) => {
      kept['all'] ??= []
      for (let i = 0; i < count; i++) {
        db.exec('INSERT INTO t VALUES (1)')
        const one = new Database(path, { experimental: ['multiprocess_wal'] })
        one.exec('BEGIN')
        one.prepare('SELECT count(*) FROM t').all()
        kept['all'].push(one)
      }
    },
    path,
    count,
  )
}

test.serial(
  'checklist 30: with all 64 slots read in, a further read is busy; once they are free every checkpoint succeeds',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const readers = await openRemote(t, path, undefined, { timeout: 200 })
    await readers.exec('CREATE TABLE t(a)')
    await takeSlots(readers, path, 64)
    t.is(readTshm(path).pins.length, 64)
    const locked = { code: 'SQLITE_BUSY', message: 'database is locked' }
    t.is(await readers.one('SELECT count(*) FROM t'), 64, 'a snapshot that is pinned costs no slot')
    await readers.exec('INSERT INTO t VALUES (1)')
    t.deepEqual(await refused(readers.all('SELECT count(*) FROM t')), locked)
    t.deepEqual(await refused(readers.exec('INSERT INTO t VALUES (1)')), locked)
    const other = new Remote()
    t.teardown(() => void other.kill())
    t.deepEqual(await refused(other.open(path, { timeout: 200 })), locked)
    await readers.call(({ kept }) => void kept['all'][17].exec('COMMIT'))
    t.is(await readers.one('SELECT count(*) FROM t'), 65, 'one free slot is enough')
    await other.open(path)
    t.is(await other.one('SELECT count(*) FROM t'), 65)
    await readers.call(({ kept }) => {
      for (const db of kept['all']) db.close()
    })
    const peer = await openRemote(t, path, turso)
    for (const side of [readers, other, peer]) {
      for (const mode of ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']) {
        await side.exec('INSERT INTO t VALUES (2)')
        // For a second after a restart of the log ours keeps the checkpoints of peers back (§4.17).
        const isDone = async (): Promise<boolean> =>
          (await side.all(`PRAGMA wal_checkpoint(${mode})`))[0]![0] === 0
        t.true(await eventually(isDone), mode)
      }
    }
  },
)

for (const [title, engine] of [
  ['ours', undefined],
  ['a peer', turso],
] as const) {
  test.serial(
    `checklist 31: when the dead have marked all slots as theirs, the next read succeeds at once (${title})`,
    async (t) => {
      const path = newPath()
      const readers = await openRemote(t, path)
      await readers.exec('CREATE TABLE t(a)')
      const survivor = await openRemote(t, path, engine)
      // Where slots are scarce, a process of ours keeps none for its next read.
      await takeSlots(readers, path, 60)
      t.is(await survivor.one('SELECT count(*) FROM t'), 60)
      await takeSlots(readers, path, 4)
      t.is(readTshm(path).pins.length, 64)
      await readers.kill()
      t.is(readTshm(path).pins.length, 64)
      const began = performance.now()
      t.is(await survivor.one('SELECT count(*) FROM t'), 64)
      t.true(performance.now() - began < 3000)
      await survivor.exec('INSERT INTO t VALUES (1)')
      const isDone = async (): Promise<boolean> =>
        (await survivor.all('PRAGMA wal_checkpoint(TRUNCATE)'))[0]![0] === 0
      t.true(await eventually(isDone))
      t.true(await eventually(() => readTshm(path).pins.length === 0))
    },
  )
}

test.serial(
  'checklist 32: past the end of the index ours reads, writes and checkpoints, and a peer that joins reads too',
  async (t) => {
    t.timeout(120_000)
    const path = newPath()
    const writer = await openRemote(t, path, undefined, { pageSize: 512 })
    await writer.exec(`
    PRAGMA page_size = 512; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;
    CREATE TABLE t(id INTEGER PRIMARY KEY, round, filler)`)
    await fill(writer, 45_000, 400)
    const reader = await openRemote(t, path)
    t.is(await reader.one('PRAGMA page_size'), 512)
    for (let round = 1; round <= 6; round++) {
      await writer.exec(`UPDATE t SET round = ${round}`)
      t.is(await reader.one('SELECT sum(round) FROM t'), round * 45_000)
    }
    const full = readTshm(path)
    t.true(full.isOverflowed)
    t.is(full.indexLength, 262_144)
    t.true(full.maxFrame > 262_144)
    t.is(await writer.one('SELECT sum(round) FROM t'), 270_000)
    const joiner = await openRemote(t, path)
    t.is(await joiner.one('SELECT sum(round) FROM t'), 270_000)
    await joiner.exec('UPDATE t SET round = 7 WHERE id = 44999')
    t.is(await reader.one('SELECT round FROM t WHERE id = 44999'), 7)
    const peer = await openRemote(t, path, turso)
    t.is(await peer.one('SELECT sum(round) FROM t'), 270_001)
    const [row] = await reader.all('PRAGMA wal_checkpoint(TRUNCATE)')
    t.is(row![0], 0)
    await joiner.exec('UPDATE t SET round = 8 WHERE id = 1')
    for (const side of [writer, reader, joiner, peer]) {
      t.is(await side.one('SELECT sum(round) FROM t'), 270_003)
    }
    t.false(readTshm(path).isOverflowed)
  },
)

for (const [title, engine] of [
  ['a peer', turso],
  ['ours', undefined],
] as const) {
  test.serial(
    `checklist 33: no committed frame is missed while ${title} rolls back spilled transactions in a loop`,
    async (t) => {
      t.timeout(60_000)
      const path = newPath()
      const schema = `
      CREATE TABLE t(id INTEGER PRIMARY KEY, n, filler);
      CREATE TABLE counter(n); INSERT INTO counter VALUES (0)`
      const [writer, reader] = await openPair(t, path, schema, engine, undefined)
      await fill(writer, 300, 900)
      await reader.exec('PRAGMA cache_size = 10')
      await writer.exec('PRAGMA cache_size = 10')
      writer.startLoop(({ db }, round: number) => {
        // What is committed moves all rows on; what is rolled back would scatter them.
        db.exec(`BEGIN IMMEDIATE; UPDATE t SET n = n + 1; UPDATE counter SET n = n + 1; COMMIT`)
        db.exec(`BEGIN IMMEDIATE; UPDATE t SET n = id, filler = printf('%.9000c', 'y') || ${round}`)
        db.exec('ROLLBACK')
      })
      reader.startLoop(({ db }) => {
        const sql = 'SELECT min(t.n), max(t.n), counter.n, sum(length(filler)) FROM t, counter'
        const [[least, most, n, size]] = db.prepare(sql).raw().all() as [number[]]
        if (least !== n || most !== n || size !== 270_000) return [least, most, n, size]
        return undefined
      })
      const since = performance.now()
      let longest = 0
      let before = 0
      // Until a peer's spilled frames have been met, however busy the machine is.
      const isOver = (): boolean => {
        const ms = performance.now() - since
        return ms > 2500 && (engine !== turso || longest > 0 || ms > 30_000)
      }
      while (!isOver()) {
        const now = readTshm(path)
        // A publication, between the index and the snapshot, is over by the next look.
        const excess = now.indexLength - now.maxFrame
        longest = Math.max(longest, Math.min(excess, before))
        before = excess
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
      const read = await reader.stopLoop()
      const written = await writer.stopLoop()
      t.deepEqual(read.answers, [])
      t.deepEqual(read.errors, {})
      t.deepEqual(written.errors, {})
      t.true(read.rounds > 20 && written.rounds > 3, `${read.rounds} and ${written.rounds} rounds`)
      if (engine === turso) t.true(longest > 0, 'a peer shows its spilled frames')
      else t.true(longest <= 0, 'ours shows none')
      t.is(await reader.one('SELECT n FROM counter'), written.rounds)
      t.is(await reader.one('PRAGMA integrity_check'), 'ok')
    },
  )
}
