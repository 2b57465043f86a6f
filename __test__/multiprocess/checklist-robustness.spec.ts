/**
 * What must not break the cluster: statements 54 to 56 of the conformance checklist of TSHM v1 (§8). A publication cut short, files
 * taken away, processes killed and started anew under load, with live processes of Turso among them.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { poke, tshm } from '../coordination/native-session.ts'
import { copyFile } from '../support/copy-file.ts'
import {
  multiprocess,
  openPair,
  openRemote,
  pause,
  refused,
  Remote,
  turso,
} from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'
import { readTshm } from '../support/tshm-file.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')

/** As a process leaves it that died in a publication: the number is odd, and some fields are not what they were. */
function cutShort(path: string, tears: boolean): void {
  const { sequence, maxFrame, transactionCount } = readTshm(path)
  const odd: [number, bigint] = [48, sequence + 1n]
  if (!tears) poke(path, odd)
  else {
    const checksums = tshm(path).readUInt32LE(112)
    poke(
      path,
      odd,
      [56, BigInt(maxFrame + 3)],
      [72, BigInt(transactionCount + 1)],
      [108, (BigInt(checksums) << 32n) | 0xdeadbeefn],
    )
  }
}

const states: Record<string, string> = {
  'frames in the log': '',
  'a part copied back': 'PRAGMA wal_checkpoint(PASSIVE); INSERT INTO t VALUES (4)',
  'all copied back': 'INSERT INTO t VALUES (4); PRAGMA wal_checkpoint(FULL)',
  'a new generation without frames': 'INSERT INTO t VALUES (4); PRAGMA wal_checkpoint(RESTART)',
  'an empty log': 'INSERT INTO t VALUES (4); PRAGMA wal_checkpoint(TRUNCATE)',
}
const schema = 'CREATE TABLE t(a); INSERT INTO t VALUES (1), (2), (3)'

for (const [state, sql] of Object.entries(states)) {
  test.serial(
    `checklist 54: a live process repairs an odd sequence number within a second (${state})`,
    async (t) => {
      const path = newPath()
      const [one, other] = await openPair(t, path, schema, undefined, undefined)
      if (sql !== '') await one.exec(sql)
      const rows = await one.all('SELECT a FROM t ORDER BY a')
      // Once found by a reader, once by a writer; once whole, once torn.
      for (const [round, finder] of [one, other, one, other].entries()) {
        cutShort(path, round >= 2)
        const began = performance.now()
        if (round % 2 === 0) t.deepEqual(await finder.all('SELECT a FROM t ORDER BY a'), rows)
        else {
          await finder.run('INSERT INTO t VALUES (?)', 10 + round)
          rows.push([10 + round])
        }
        // A second by the statement; more where the machine is busy.
        t.true(performance.now() - began < 5000)
        t.is(readTshm(path).sequence % 2n, 0n)
        for (const side of [one, other])
          t.deepEqual(await side.all('SELECT a FROM t ORDER BY a'), rows)
      }
      for (const side of [one, other]) t.is(await side.one('PRAGMA integrity_check'), 'ok')
    },
  )
}

test.serial(
  'checklist 54: a peer that hangs on an odd sequence number goes on when ours has repaired it',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const [ours, peer] = await openPair(t, path, schema, undefined, turso)
    t.is(await peer.one('SELECT count(*) FROM t'), 3)
    cutShort(path, true)
    const hanging = peer.one('SELECT count(*) FROM t')
    await pause(300)
    t.is(readTshm(path).sequence % 2n, 1n, 'the peer only waits')
    await ours.exec('INSERT INTO t VALUES (4)')
    t.true([3, 4].includes((await hanging) as number))
    await peer.exec('INSERT INTO t VALUES (5)')
    for (const side of [ours, peer]) t.is(await side.one('SELECT sum(a) FROM t'), 15)
  },
)

test.serial(
  'checklist 54: a commit that finds the number odd completes it and itself',
  async (t) => {
    const path = newPath()
    const [writer, reader] = await openPair(t, path, schema, undefined, undefined)
    await writer.exec('PRAGMA cache_size = 10; BEGIN IMMEDIATE')
    const filler = `INSERT INTO t VALUES ${Array(100).fill("(printf('%.3000c', 'x'))").join()}`
    await writer.exec(filler)
    await reader.exec('BEGIN')
    t.is(await reader.one('SELECT count(*) FROM t'), 3)
    cutShort(path, false)
    await writer.exec('COMMIT')
    t.is(readTshm(path).sequence % 2n, 0n)
    t.is(await reader.one('SELECT count(*) FROM t'), 3, 'the reader keeps its state')
    await reader.exec('COMMIT')
    for (const side of [writer, reader]) {
      t.is(await side.one('SELECT count(*) FROM t'), 103)
      t.is(await side.one('PRAGMA integrity_check'), 'ok')
    }
    await reader.exec('INSERT INTO t VALUES (4)')
    t.is(await writer.one('SELECT count(*) FROM t'), 104)
  },
)

test.serial(
  'checklist 54: a transaction goes on reading its state while another connection of its process repairs',
  (t) => {
    const path = newPath()
    const open = (): Database => {
      const db = new Database(path, { experimental: [...multiprocess.experimental] })
      t.teardown(() => db.close())
      return db
    }
    const [reader, finder] = [open(), open()]
    reader.exec(`${schema}; CREATE TABLE u(b); INSERT INTO u VALUES ('in the log')`)
    finder.exec('BEGIN; SELECT * FROM t; COMMIT; PRAGMA cache_size = 10')
    const rows = finder.prepare('SELECT b FROM u').pluck()
    finder.exec('BEGIN')
    t.is(finder.prepare('SELECT sum(a) FROM t').pluck().get(), 6)
    cutShort(path, true)
    t.is(reader.prepare('SELECT count(*) FROM t').pluck().get(), 3)
    t.is(rows.get(), 'in the log', 'a page that had not been read before')
    finder.exec('COMMIT')
    reader.exec('INSERT INTO u VALUES (2)')
    t.is(finder.prepare('SELECT count(*) FROM u').pluck().get(), 2)
  },
)

for (const tears of [false, true]) {
  test.serial(
    `checklist 54: whoever opens alone repairs an odd sequence number${tears ? ' and torn fields' : ''}`,
    async (t) => {
      const path = newPath()
      const [one, other] = await openPair(t, path, schema, undefined, undefined)
      await other.stop()
      await one.kill()
      cutShort(path, tears)
      const opener = await openRemote(t, path)
      t.is(await opener.one('SELECT sum(a) FROM t'), 6)
      t.is(readTshm(path).sequence % 2n, 0n)
      const peer = await openRemote(t, path, turso)
      await peer.exec('INSERT INTO t VALUES (4)')
      t.is(await opener.one('SELECT sum(a) FROM t'), 10)
    },
  )
}

for (const suffix of ['-wal', '-tshm']) {
  for (const what of ['deleted', 'replaced by a copy']) {
    test.serial(
      `checklist 55: a ${suffix} that is ${what} is noticed before the next commit`,
      async (t) => {
        const path = newPath()
        const [one, other] = await openPair(t, path, schema, undefined, undefined)
        await one.exec('BEGIN')
        t.is(await one.one('SELECT count(*) FROM t'), 3)
        if (what === 'deleted') rmSync(path + suffix)
        else {
          copyFile(path + suffix, `${path}.copy`)
          renameSync(`${path}.copy`, path + suffix)
        }
        const code = suffix === '-wal' ? 'SQLITE_IOERR' : 'SQLITE_PROTOCOL'
        const isNoticed = async (remote: Remote, sql: string): Promise<void> => {
          const answer = await refused(remote.exec(sql))
          t.true(answer.code.startsWith(code), `${answer.code}: ${answer.message}`)
          t.true(answer.message.includes(path + suffix), answer.message)
        }
        await isNoticed(one, 'INSERT INTO t VALUES (4)')
        await one.exec('ROLLBACK')
        for (const side of [one, other]) {
          await isNoticed(side, 'INSERT INTO t VALUES (4)')
          await isNoticed(side, 'BEGIN IMMEDIATE')
          await isNoticed(side, 'CREATE TABLE u(a)')
        }
        t.is(await other.one('SELECT count(*) FROM t'), 3, 'reading goes on in what is still open')
        await one.stop()
        await other.stop()
      },
    )
  }
}

test.serial(
  'checklist 55: a process that opens on a new -tshm does not share the database with those on the old one',
  async (t) => {
    const path = newPath()
    const [old] = await openPair(t, path, schema, undefined, undefined)
    rmSync(`${path}-tshm`)
    const fresh = await openRemote(t, path)
    await fresh.exec('INSERT INTO t VALUES (4)')
    t.is((await refused(old.exec('INSERT INTO t VALUES (5)'))).code, 'SQLITE_PROTOCOL')
    await fresh.exec('INSERT INTO t VALUES (6)')
    t.is(await fresh.one('SELECT sum(a) FROM t'), 16)
    await old.close()
    await old.open(path)
    await old.exec('INSERT INTO t VALUES (7)')
    for (const side of [old, fresh]) {
      t.is(await side.one('SELECT sum(a) FROM t'), 23)
      t.is(await side.one('PRAGMA integrity_check'), 'ok')
    }
  },
)

interface Committer {
  readonly id: number
  readonly engine: string | undefined
  readonly remote: Remote
  readonly acknowledgements: string
}

/** A process that commits rows of random number and size, and acknowledges each in a file once it is committed. */
async function startCommitter(
  t: ExecutionContext,
  path: string,
  id: number,
  engine: string | undefined,
): Promise<Committer> {
  const remote = await openRemote(t, path, engine, { timeout: 30_000 })
  const acknowledgements = `${path}.${id}.ack`
  writeFileSync(acknowledgements, '')
  remote.startLoop(
    async ({ db, kept }, id, acknowledgements, spills, round) => {
      kept['fs'] ??= await import('node:fs')
      if (round === 0 && spills) db.exec('PRAGMA cache_size = 10')
      const random = (n: number): number => Math.floor(Math.random() * n)
      const rows = random(5) === 0 ? 40 + random(60) : 1 + random(3)
      db.exec('BEGIN IMMEDIATE')
      const insert = db.prepare('INSERT INTO entry(who, n, i, filler) VALUES (?, ?, ?, ?)')
      for (let i = 0; i < rows; i++) insert.run(id, round, i, 'x'.repeat(random(900)))
      if (random(8) === 0) db.exec(`DELETE FROM scratch WHERE id % 3 = ${random(3)}`)
      if (random(4) === 0) insertScratch()
      if (random(15) === 0) {
        db.exec('ROLLBACK')
        return
      }
      db.exec('COMMIT')
      kept['fs'].appendFileSync(acknowledgements, `${round} ${rows}\n`)
      if (random(25) === 0) {
        db.prepare(
          `PRAGMA wal_checkpoint(${['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'][random(4)]})`,
        ).all()
      }
      function insertScratch(): void {
        db.prepare('INSERT INTO scratch(filler) VALUES (?)').run('y'.repeat(random(9000)))
      }
    },
    id,
    acknowledgements,
    engine !== turso && id % 2 === 0,
  )
  return { id, engine, remote, acknowledgements }
}

/** Everything acknowledged is there, nothing in part. */
async function missing(db: Remote, { id, acknowledgements }: Committer): Promise<string[]> {
  const sql = 'SELECT n, count(*), max(i) FROM entry WHERE who = ? GROUP BY n'
  const rows = (await db.all(sql, id)) as [number, number, number][]
  const problems = rows
    .filter(([, count, last]) => count !== last + 1)
    .map(([n]) => `transaction ${n} of ${id} is there in part`)
  const found = new Map(rows.map(([n, count]) => [n, count]))
  for (const line of readFileSync(acknowledgements, 'latin1').split('\n').slice(0, -1)) {
    const [n, count] = line.split(' ').map(Number)
    if (found.get(n!) !== count) {
      problems.push(`transaction ${n} of ${id} has ${found.get(n!) ?? 0} of ${count} rows`)
    }
  }
  return problems
}

interface Cluster {
  readonly title: string
  readonly victims: readonly (string | undefined)[]
  readonly survivors: readonly (string | undefined)[]
}

const clusters: readonly Cluster[] = [
  { title: 'ours, beside a peer that lives', victims: [undefined], survivors: [undefined, turso] },
  {
    title: 'a peer, beside ours and a peer that live',
    victims: [turso],
    survivors: [undefined, turso],
  },
  { title: 'both kinds', victims: [undefined, turso], survivors: [undefined] },
]

for (const { title, victims, survivors } of clusters) {
  test.serial(
    `checklist 56: random kills and new starts under load leave nothing acknowledged missing (killed: ${title})`,
    async (t) => {
      t.timeout(120_000)
      const path = newPath()
      const db = await openRemote(t, path)
      await db.exec(`
      CREATE TABLE entry(id INTEGER PRIMARY KEY, who INTEGER, n INTEGER, i INTEGER, filler TEXT);
      CREATE INDEX entry_who ON entry(who, n);
      CREATE TABLE scratch(id INTEGER PRIMARY KEY, filler TEXT)`)
      let id = 1
      const living: Committer[] = []
      for (const engine of survivors) living.push(await startCommitter(t, path, id++, engine))
      const dead: Committer[] = []
      for (let round = 0; round < 6; round++) {
        const victim = await startCommitter(t, path, id++, victims[round % victims.length])
        await pause(20 + Math.random() * 150)
        await victim.remote.kill()
        dead.push(victim)
      }
      const standing = [db]
      for (const one of living) {
        // A peer may abort when it is the first to write after another was killed within its commit (§7.6).
        const mayAbort = one.engine === turso && victims.includes(turso)
        try {
          const { errors, rounds } = await one.remote.stopLoop()
          t.deepEqual(errors, {}, `${one.engine ?? 'ours'} after ${rounds} rounds`)
          t.true(rounds > 0)
          standing.push(one.remote)
        } catch (error) {
          if (!mayAbort) throw error
          t.log(`a peer has aborted: ${(error as Error).message}`)
        }
      }
      for (const one of [...living, ...dead]) t.deepEqual(await missing(db, one), [])
      for (const one of standing) {
        t.is(await one.one('PRAGMA integrity_check'), 'ok')
        await one.stop()
      }
      const check = execFileSync('sqlite3', [path, 'PRAGMA integrity_check'], { encoding: 'utf8' })
      t.is(check, 'ok\n')
    },
  )
}
