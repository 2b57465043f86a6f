/**
 * Read-only opens: with a coordination file they join it; without one they read what is there, and what they read is one
 * state whatever others do meanwhile. Files and folders that must not be written to.
 */
import test from 'ava'
import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { copyFile } from '../support/copy-file.ts'
import { canBecomeNobody, canMount, runAsNobody, runWithMounts } from '../support/elsewhere.ts'
import { endSessions, Session, shared } from '../support/session.ts'
import { bytesOf } from '../support/sidecar.ts'
import { temporaryFolder } from '../support/temporary.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')
const reading = { ...shared, readonly: true }
test.afterEach.always(endSessions)

/** A database with one row that nobody has open, and nothing beside it. */
async function made(path = newPath()): Promise<string> {
  const session = new Session()
  await session.open(path, {})
  await session.exec('CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 0)')
  await session.close()
  await session.stop()
  return path
}

test.serial('readonly: a reader without -tshm follows those who come to write', async (t) => {
  t.timeout(60_000)
  const path = await made()
  const reader = new Session()
  await reader.open(path, reading)
  t.deepEqual(await reader.all('SELECT a FROM t'), [[1]])
  const count = 'SELECT count(*), max(a) FROM t'
  for (const engine of ['ours', 'theirs'] as const) {
    const writer = new Session(engine)
    await writer.open(path)
    for (let round = 0; round < 3; round++) {
      await writer.exec('INSERT INTO t SELECT max(a) + 1, 0 FROM t')
      t.deepEqual(await reader.all(count), await writer.all(count), engine)
      if (round === 1) await writer.all('PRAGMA wal_checkpoint(TRUNCATE)')
      t.deepEqual(await reader.all(count), await writer.all(count), engine)
    }
    await writer.exec('CREATE TABLE u(c)')
    t.deepEqual(await reader.all('SELECT count(*) FROM u'), [[0]])
    await writer.exec('DROP TABLE u')
    await writer.close()
    await writer.stop()
  }
  // One process alone deletes the log when it leaves.
  const owner = new Session()
  for (let round = 0; round < 3; round++) {
    await owner.open(path, {})
    await owner.exec('INSERT INTO t SELECT max(a) + 1, 0 FROM t')
    t.deepEqual(await reader.all(count), await owner.all(count), 'owner')
    const rows = await owner.all(count)
    await owner.close()
    t.deepEqual(await reader.all(count), rows, 'after the owner')
  }
  const write = await reader.ask({ run: 'INSERT INTO t VALUES (9, 9)' })
  t.is(write.code, 'SQLITE_READONLY')
  await Promise.all([reader, owner].map((session) => session.stop()))
})

test.serial(
  'readonly: a reader without -tshm sees one state or fails, never a mixture',
  async (t) => {
    t.timeout(60_000)
    const path = await made()
    const reader = new Session()
    await reader.open(path, reading)
    const writer = new Session()
    await writer.open(path)
    const values = Array.from({ length: 300 }, (_, i) => `(${i}, zeroblob(1000))`).join()
    await writer.exec(`DELETE FROM t; INSERT INTO t VALUES ${values}`)
    await writer.all('PRAGMA wal_checkpoint(TRUNCATE)')
    await reader.exec('BEGIN')
    const begun = await reader.all('SELECT a FROM t WHERE rowid = (SELECT min(rowid) FROM t)')
    t.is(begun.length, 1)
    await writer.exec('UPDATE t SET a = a + 1000')
    // Frames in the log disturb nobody.
    const sum = await reader.all('SELECT sum(a) FROM t')
    t.deepEqual(sum, [[44_850]])
    await reader.exec('COMMIT')
    await reader.exec('BEGIN')
    await reader.all('SELECT min(a) FROM t WHERE rowid < 3')
    await writer.exec('UPDATE t SET a = a + 1000')
    await writer.all('PRAGMA wal_checkpoint(TRUNCATE)')
    await writer.exec('UPDATE t SET a = a + 1000')
    await reader.exec('ROLLBACK')
    await reader.exec('BEGIN')
    t.deepEqual(await reader.all('SELECT min(a) FROM t WHERE rowid < 3'), [[3000]])
    await writer.exec(
      'DELETE FROM t WHERE rowid > 100; INSERT INTO t SELECT a, zeroblob(5000) FROM t',
    )
    await writer.all('PRAGMA wal_checkpoint(TRUNCATE)')
    const disturbed = await reader.ask({ all: 'SELECT sum(a), sum(length(b)) FROM t' })
    t.is(disturbed.code, 'SQLITE_BUSY_SNAPSHOT')
    await reader.exec('ROLLBACK')
    t.deepEqual(
      await reader.all('SELECT count(*) FROM t'),
      await writer.all('SELECT count(*) FROM t'),
    )
    await Promise.all([reader, writer].map((session) => session.stop()))
  },
)

test.serial(
  'readonly: under a busy writer a reader without -tshm never reads a mixture',
  async (t) => {
    t.timeout(60_000)
    const path = await made()
    const reader = new Database(path, { ...reading, timeout: 1000 })
    const writer = new Session()
    await writer.open(path)
    const rows = Array.from({ length: 400 }, () => '(0, zeroblob(900))').join()
    await writer.exec(`DELETE FROM t; INSERT INTO t VALUES ${rows}`)
    // What half of the rows lose the other half wins; the log is restarted all the time.
    const move = `BEGIN; UPDATE t SET a = a - 1 WHERE rowid % 2; UPDATE t SET a = a + 1 WHERE NOT rowid % 2; COMMIT;`
    const modes = ['PASSIVE', 'TRUNCATE', 'RESTART', 'FULL']
    const work = modes.map((mode) => `${move} ${move} PRAGMA wal_checkpoint(${mode});`).join('\n')
    const sum = reader.prepare('SELECT sum(a), max(a), count(*) FROM t').raw()
    const states = new Set<number>()
    const refusals = new Set<string>()
    for (const end = Date.now() + 4000; Date.now() < end;) {
      const writing = writer.exec(work)
      await new Promise((resolve) => setImmediate(resolve))
      for (let i = 0; i < 50; i++) {
        try {
          const [total, highest, count] = sum.get() as [number, number, number]
          t.deepEqual([total, count], [0, 400])
          states.add(highest)
        } catch (error) {
          refusals.add((error as { code: string }).code)
        }
      }
      await writing
    }
    t.true(states.size > 1, `${states.size} states`)
    for (const code of refusals) t.regex(code, /^SQLITE_BUSY/)
    t.log(`${states.size} states, refusals: ${[...refusals].join() || 'none'}`)
    reader.close()
    await writer.stop()
  },
)

test.serial(
  'readonly: a reader that opened before there was a log reads it when it comes',
  async (t) => {
    t.timeout(60_000)
    const path = await made()
    // A coordination file from before, and no log: one process alone has removed it.
    const first = new Session()
    await first.open(path)
    await first.close()
    rmSync(`${path}-wal`)
    const reader = new Session()
    await reader.open(path, reading)
    t.deepEqual(await reader.all('SELECT count(*) FROM t'), [[1]])
    t.deepEqual(
      readdirSync(dirname(path)).filter((name) => name.endsWith('-wal')),
      [],
    )
    await first.open(path)
    for (let rows = 2; rows < 6; rows++) {
      await first.exec('INSERT INTO t VALUES (5, 5)')
      t.deepEqual(await reader.all('SELECT count(*) FROM t'), [[rows]])
      if (rows === 3) await first.all('PRAGMA wal_checkpoint(TRUNCATE)')
    }
    await Promise.all([first, reader].map((session) => session.stop()))
  },
)

for (const options of [{}, shared]) {
  const mode = options === shared ? 'several processes' : 'one process'
  test.serial(
    `readonly: within ${mode} a reader opened first reads what a writer logs`,
    async (t) => {
      const path = await made()
      const reader = new Database(path, { ...options, readonly: true })
      const count = reader.prepare('SELECT count(*) FROM t').pluck()
      t.is(count.get(), 1)
      const writer = new Database(path, options)
      writer.exec('INSERT INTO t VALUES (2, 2)')
      t.is(count.get(), 2)
      writer.exec('CREATE INDEX i ON t(a)')
      t.deepEqual(reader.prepare('SELECT a FROM t WHERE a = 2').all(), [{ a: 2 }])
      reader.close()
      t.is(writer.prepare('SELECT count(*) FROM t').pluck().get(), 2)
      writer.close()
    },
  )
}

// ── What must not be written to ─────────────────────────────────────────────────────────────────────

const withMounts = canMount ? test.serial : test.serial.skip

withMounts(
  'readonly: on a read-only file system readers work, with and without what stands beside',
  async (t) => {
    t.timeout(60_000)
    const path = await made()
    const folder = dirname(path)
    // Frames in a log that nobody has copied back.
    const session = new Session()
    await session.open(path)
    await session.exec('INSERT INTO t VALUES (2, 0)')
    await session.kill()
    for (const removed of ['', '-tshm']) {
      if (removed !== '') rmSync(path + removed)
      const answer = runWithMounts(
        `mount --bind '${folder}' '${folder}'; mount -o remount,ro,bind '${folder}'`,
        path,
        `const answers = [shared, {}].map((mode) => [true, false].map((readonly) => tryTo(() => {
         const db = new Database(path, { ...mode, readonly })
         const rows = db.prepare('SELECT a FROM t').pluck().all()
         const write = tryTo(() => db.exec('DELETE FROM t'))
         db.close()
         return [rows, db.readonly, write]
       })))
       say(answers)`,
      )
      const expected = [[1, 2], true, ['SQLITE_READONLY', 'attempt to write a readonly database']]
      t.deepEqual(answer, [
        [expected, expected],
        [expected, expected],
      ])
    }
  },
)

const asNobody = canBecomeNobody ? test.serial : test.serial.skip

asNobody('readonly: a folder without write permission is read', async (t) => {
  t.timeout(60_000)
  const path = await made()
  const session = new Session()
  await session.open(path)
  await session.exec('INSERT INTO t VALUES (2, 0)')
  chmodSync(dirname(path), 0o755)
  const script = `
    const answers = [shared, {}].map((mode) => tryTo(() => {
      const db = new Database(path, { ...mode, readonly: true })
      const rows = db.prepare('SELECT a FROM t').pluck().all()
      const write = tryTo(() => db.exec('DELETE FROM t'))
      db.close()
      return [rows, write]
    }))
    say(answers)`
  const refused = ['SQLITE_READONLY', 'attempt to write a readonly database']
  // Soon after the last commit its author puts the length of the log in order.
  await new Promise((resolve) => setTimeout(resolve, 400))
  const before = bytesOf(path)
  // While others share it, a reader who may not register follows them all the same; one process alone is refused.
  const [sharing, alone] = runAsNobody(path, script) as [unknown, [string, string]]
  t.deepEqual(sharing, [[1, 2], refused])
  t.is(alone[0], 'SQLITE_BUSY')
  t.true(bytesOf(path).equals(before))
  await session.close()
  t.deepEqual(runAsNobody(path, script), [
    [[1, 2], refused],
    [[1, 2], refused],
  ])
  rmSync(`${path}-tshm`)
  rmSync(`${path}-wal`)
  t.deepEqual(runAsNobody(path, script), [
    [[1, 2], refused],
    [[1, 2], refused],
  ])
  t.deepEqual(readdirSync(dirname(path)), ['a.db'])
  await session.stop()
})

asNobody(
  'readonly: a file without write permission is opened for reading, as in SQLite',
  async (t) => {
    t.timeout(60_000)
    const path = await made()
    chmodSync(dirname(path), 0o777)
    chmodSync(path, 0o644)
    const answer = runAsNobody(
      path,
      `say([shared, {}].map((mode) => tryTo(() => {
      const db = new Database(path, mode)
      const rows = db.prepare('SELECT a FROM t').pluck().all()
      const writes = ['DELETE FROM t', 'CREATE TABLE u(c)'].map((sql) => tryTo(() => db.exec(sql)))
      db.close()
      return [rows, db.readonly, writes]
    })))`,
    )
    const refused = ['SQLITE_READONLY', 'attempt to write a readonly database']
    const expected = [[1], true, [refused, refused]]
    t.deepEqual(answer, [expected, expected])
    // It makes no file either.
    t.deepEqual(readdirSync(dirname(path)), ['a.db'])
    // A folder in which nothing can be made is told when somebody wants to write in it.
    const copy = join(dirname(path), 'closed', 'b.db')
    mkdirSync(dirname(copy))
    copyFile(path, copy)
    chmodSync(copy, 0o666)
    const denied = runAsNobody(copy, `say(tryTo(() => new Database(path, shared)))`)
    t.deepEqual(denied, [
      'SQLITE_CANTOPEN',
      'unable to open database file (Permission denied (os error 13))',
    ])
  },
)
