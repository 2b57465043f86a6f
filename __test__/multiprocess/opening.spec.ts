/**
 * Opening, whatever is found: coordination files of the dead, of other databases, cut short beforehand or in use;
 * file systems that will not do; a database in rollback-journal format.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { whyNotShared } from '../../packages/engine/src/coordination/index.ts'
import { copyFile } from '../support/copy-file.ts'
import { canMount, runWithMounts } from '../support/elsewhere.ts'
import { endSessions, Session, shared } from '../support/session.ts'
import { bytesOf, damage, readSidecar } from '../support/sidecar.ts'
import { hasSqliteShell, sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')
test.afterEach.always(endSessions)

/** A process that opens and closes one database after the other. */
const checker = new Session('ours', true)
test.after.always(() => checker.stop())

const dead = new Map<number, Promise<string>>()

/** A database with rows 1 to `count`, as a process leaves it that was killed. */
async function leftByTheDead(count: number): Promise<string> {
  if (!dead.has(count)) dead.set(count, dieWith(count))
  const [from, path] = [await dead.get(count)!, newPath()]
  for (const suffix of ['', '-wal', '-tshm']) copyFile(from + suffix, path + suffix)
  return path
}

async function dieWith(count: number): Promise<string> {
  const path = newPath()
  const session = new Session()
  await session.open(path)
  await session.exec('CREATE TABLE t(a)')
  for (let i = 1; i <= count; i++) await session.run('INSERT INTO t VALUES (?)', i)
  await session.kill()
  return path
}

async function checkRows(t: ExecutionContext, path: string, rows: number): Promise<void> {
  await checker.open(path)
  t.deepEqual(await checker.all('SELECT count(*), total(a) FROM t'), [
    [rows, (rows * (rows + 1)) / 2],
  ])
  await checker.run('INSERT INTO t VALUES (?)', rows + 1)
  await checker.close()
  if (hasSqliteShell()) t.is(sqliteShell(path, 'PRAGMA integrity_check'), 'ok')
}

test.serial('opening: a -tshm left by a dead process holds nobody up', async (t) => {
  const path = newPath()
  const session = new Session()
  await session.open(path)
  await session.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  await session.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (2)')
  await session.kill()
  const left = readSidecar(path)
  t.not(left.writerOwner, 0n)
  t.true(left.readerOwners.some((owner) => owner !== 0n))
  await checkRows(t, path, 1)
})

test.serial(
  'opening: an old -tshm beside an empty log, or beside none, is brought up to date',
  async (t) => {
    for (const change of ['empty', 'none']) {
      const path = await leftByTheDead(3)
      const old = bytesOf(path)
      await checker.open(path)
      await checker.close()
      t.is(bytesOf(path, '-wal').length, 0)
      writeFileSync(`${path}-tshm`, old)
      t.true(readSidecar(path).maxFrame > 0)
      if (change === 'none') renameSync(`${path}-wal`, `${path}-old`)
      await checkRows(t, path, 3)
    }
  },
)

test.serial('opening: a -tshm from another database is not believed', async (t) => {
  const other = await leftByTheDead(40)
  const path = await leftByTheDead(3)
  copyFile(`${other}-tshm`, `${path}-tshm`)
  await checkRows(t, path, 3)
  // The other way round: it knows of fewer frames than the log has.
  const longer = await leftByTheDead(40)
  const shorter = await leftByTheDead(2)
  copyFile(`${shorter}-tshm`, `${longer}-tshm`)
  await checkRows(t, longer, 40)
})

test.serial('opening: a -tshm that was cut is made anew', async (t) => {
  for (const size of [0, 1, 4095, 4096, 86_015]) {
    const path = await leftByTheDead(3)
    damage(`${path}-tshm`, size)
    await checkRows(t, path, 3)
    t.is(bytesOf(path).length, 86_016, `cut to ${size}`)
  }
})

for (const size of [0, 4096]) {
  test.serial(
    `opening: a -tshm cut to ${size} while in use ends no process, and no commit`,
    async (t) => {
      t.timeout(60_000)
      const path = newPath()
      const [one, two] = [new Session(), new Session()]
      await one.open(path)
      await one.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)')
      await two.open(path)
      await two.exec('BEGIN')
      await two.all('SELECT count(*) FROM t')
      damage(`${path}-tshm`, size)
      for (const session of [one, two]) {
        for (let i = 0; i < 2; i++) {
          const answer = await session.ask({ run: 'INSERT INTO t VALUES (9)' })
          t.is(answer.code, 'SQLITE_PROTOCOL')
          t.is(
            answer.message,
            `locking protocol ('${path}-tshm' was cut short while the database was open; ` +
              'close it and open it again)',
          )
        }
        // Reads either fail or are right.
        const read = await session.ask({ all: 'SELECT count(*) FROM t' })
        t.true(
          read.ok === undefined ? read.code === 'SQLITE_PROTOCOL' : `${read.ok}` === '2',
          JSON.stringify(read),
        )
      }
      // Nobody joins what the others cannot believe.
      const joiner = new Session()
      if (size === 0)
        t.regex((await joiner.refusal(path)) ?? '', /smaller than the coordination header/)
      else t.regex((await joiner.refusal(path)) ?? '', /unexpected size/)
      await one.ask({ close: true })
      await two.ask({ close: true })
      await joiner.open(path)
      t.deepEqual(await joiner.all('SELECT count(*), total(a) FROM t'), [[2, 3]])
      await one.open(path)
      await one.run('INSERT INTO t VALUES (3)')
      t.deepEqual(await joiner.all('SELECT count(*) FROM t'), [[3]])
      await Promise.all([one, two, joiner].map((session) => session.stop()))
      await checkRows(t, path, 3)
    },
  )
}

test.serial('opening: a -tshm cut and filled up again while in use is noticed', async (t) => {
  const path = newPath()
  const session = new Session()
  await session.open(path)
  await session.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  damage(`${path}-tshm`, 0, 86_016)
  for (const sql of ['INSERT INTO t VALUES (9)', 'SELECT a FROM t', 'DELETE FROM t']) {
    t.is((await session.ask({ all: sql })).code, 'SQLITE_PROTOCOL', sql)
  }
  await session.stop()
  await checkRows(t, path, 1)
})

test.serial(
  'opening: an empty file that a peer has open is not joined before it is filled',
  async (t) => {
    const path = newPath()
    const [theirs, ours] = [new Session('theirs'), new Session()]
    await theirs.open(path)
    t.is(bytesOf(path, '').length, 0)
    const answer = await ours.ask({ open: path, options: { ...shared, timeout: 100 } })
    t.is(answer.code, 'SQLITE_BUSY')
    t.regex(
      answer.message ?? '',
      /another process has opened the empty file and not yet written to it/,
    )
    t.is(bytesOf(path, '').length, 0)
    const opening = ours.open(path)
    await theirs.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    await opening
    await ours.run('INSERT INTO t VALUES (2)')
    t.deepEqual(await theirs.all('SELECT a FROM t'), [[1], [2]])
    await Promise.all([theirs, ours].map((session) => session.stop()))
  },
)

// ── File systems ────────────────────────────────────────────────────────────────────────────────────

const withMounts = canMount ? test.serial : test.serial.skip

withMounts('file systems: FUSE and virtiofs are refused, with the reason', (t) => {
  const folder = temporaryFolder()
  // Nobody answers for this mount, and nobody is asked: another user may not look into it, only at its kind.
  const mount = `exec 3<>/dev/fuse
    mount -i -t fuse -o fd=3,rootmode=40000,user_id=1,group_id=1 none '${folder}'`
  const answer = runWithMounts(
    mount,
    join(folder, 'a.db'),
    `say(tryTo(() => openShared({ path, multiprocess: true, readonly: false, create: true, timeoutMs: 0 })))`,
  )
  t.deepEqual(answer, [
    'SQLITE_MISUSE',
    `experimental multiprocess WAL is not supported on the filesystem backing '${join(folder, 'a.db')}' ` +
      '(FUSE or virtiofs: the program or host behind it may not share locks and memory with this kernel)',
  ])
})

withMounts('file systems: an unknown one is tried out, and used if it stands the trial', (t) => {
  const folder = temporaryFolder()
  const answer = runWithMounts(
    `mount -t ramfs none '${folder}'`,
    join(folder, 'a.db'),
    `const db = new Database(path, shared)
     db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (7)')
     const files = fs.readdirSync(${JSON.stringify(folder)}).sort()
     say([files, db.prepare('SELECT a FROM t').all()])
     db.close()`,
  )
  t.deepEqual(answer, [['a.db', 'a.db-shm', 'a.db-tproc', 'a.db-tshm', 'a.db-wal'], [{ a: 7 }]])
})

withMounts('file systems: an unknown one that fails the trial is refused, with the reason', (t) => {
  const folder = temporaryFolder()
  const path = join(folder, 'a.db')
  // Files there cannot be written to, nor mapped but in pages of megabytes.
  const answer = runWithMounts(
    `mount -t hugetlbfs none '${folder}'`,
    path,
    `say([tryTo(() => new Database(path, shared)), fs.readdirSync(${JSON.stringify(folder)})])`,
  ) as [[string, string], string[]]
  const [[code, message], files] = answer
  t.is(code, 'SQLITE_MISUSE')
  const words = `experimental multiprocess WAL is not supported on the filesystem backing '${path}' (it fails a trial: `
  t.true(message.startsWith(words), message)
  t.deepEqual(files, [])
})

test.serial(
  'file systems: where processes can share, the platform says nothing against it',
  (t) => {
    t.is(whyNotShared(), null)
  },
)

// ── Rollback-journal format ─────────────────────────────────────────────────────────────────────────

const withShell = hasSqliteShell() ? test.serial : test.serial.skip

withShell(
  'formats: a rollback-journal database is in WAL format as soon as it is shared',
  async (t) => {
    const path = newPath()
    sqliteShell(path, 'CREATE TABLE t(a); INSERT INTO t VALUES (1);')
    const before = bytesOf(path, '')
    t.deepEqual([...before.subarray(18, 20)], [1, 1])
    const reader = new Session()
    await reader.open(path, { experimental: ['multiprocess_wal'], readonly: true })
    t.true(bytesOf(path, '').equals(before), 'a reader changes nothing')
    await reader.close()
    const session = new Session()
    await session.open(path)
    const after = bytesOf(path, '')
    t.deepEqual([...after.subarray(18, 20)], [2, 2])
    t.is(after.readUInt32BE(24), before.readUInt32BE(24) + 1, 'change counter')
    t.is(after.readUInt32BE(92), after.readUInt32BE(24), 'version-valid-for')
    t.true(after.subarray(100).equals(before.subarray(100)))
    t.deepEqual(await session.all('SELECT a FROM t'), [[1]])
    await session.close()
    t.is(
      sqliteShell(path, 'PRAGMA journal_mode; SELECT a FROM t; PRAGMA integrity_check'),
      'wal\n1\nok',
    )
    await Promise.all([session, reader].map((one) => one.stop()))
  },
)

withShell('formats: who joins a reader changes the format in its place', async (t) => {
  const path = newPath()
  const first = new Session()
  await first.open(path)
  await first.close()
  rmSync(path)
  rmSync(`${path}-wal`)
  sqliteShell(path, 'CREATE TABLE t(a); INSERT INTO t VALUES (1);')
  const reader = new Session()
  await reader.open(path, { experimental: ['multiprocess_wal'], readonly: true })
  t.deepEqual(await reader.all('SELECT a FROM t'), [[1]])
  t.deepEqual([...bytesOf(path, '').subarray(18, 20)], [1, 1])
  await first.open(path)
  t.deepEqual([...bytesOf(path, '').subarray(18, 20)], [2, 2])
  await first.exec('INSERT INTO t VALUES (2)')
  t.deepEqual(await reader.all('SELECT a FROM t'), [[1], [2]])
  await Promise.all([first, reader].map((session) => session.stop()))
})

withShell(
  'formats: SQLite that had a rollback-journal database open is kept out once it is shared',
  async (t) => {
    t.timeout(120_000)
    const path = newPath()
    sqliteShell(path, 'CREATE TABLE t(a); INSERT INTO t VALUES (1);')
    const shell = spawn('sqlite3', ['-batch', path])
    let output = ''
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const said = async (text: string): Promise<void> => {
      const deadline = Date.now() + 60_000
      while (!output.includes(text)) {
        if (Date.now() > deadline) throw new Error(`sqlite3 said ${JSON.stringify(output)}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    const ended = new Promise((resolve) => shell.once('close', resolve))
    // It keeps what it has read in its cache, and no lock.
    shell.stdin.write("SELECT 'rows ' || count(*) FROM t;\n")
    await said('rows 1')
    const session = new Session()
    // Inside a transaction of SQLite there is no way in.
    shell.stdin.write("BEGIN IMMEDIATE; SELECT 'begun';\n")
    await said('begun')
    t.is(await session.refusal(path), 'database is locked')
    shell.stdin.write("COMMIT; SELECT 'ended';\n")
    await said('ended')
    await session.open(path)
    await session.run('INSERT INTO t VALUES (2)')
    shell.stdin.write("INSERT INTO t VALUES (100);\nSELECT 'done';\n")
    await said('done')
    t.regex(output, /locking protocol|database is locked/)
    t.deepEqual(await session.all('SELECT a FROM t'), [[1], [2]])
    await session.close()
    shell.stdin.end()
    await ended
    t.is(sqliteShell(path, 'SELECT count(*), sum(a) FROM t; PRAGMA integrity_check'), '2|3\nok')
    await session.stop()
  },
)

test.serial('formats: nothing else in the folder is touched', async (t) => {
  const path = newPath()
  mkdirSync(join(dirname(path), 'other'))
  const session = new Session()
  await session.open(path)
  await session.exec('CREATE TABLE t(a)')
  await session.close()
  t.deepEqual(readdirSync(dirname(path)).sort(), ['a.db', 'a.db-tshm', 'a.db-wal', 'other'])
  t.false(existsSync(`${path}-shm`))
  await session.stop()
})
