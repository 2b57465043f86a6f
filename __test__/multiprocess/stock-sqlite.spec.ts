/**
 * Stock SQLite next to us, in both orders: it is kept out while ours have a database open, ours are refused while it
 * is in, and after the last of ours has closed it opens the file as if nothing had been. Asked of the `sqlite3`
 * program, of node:sqlite and of better-sqlite3, each in processes of its own. In WAL mode SQLite tries for ten
 * seconds before it gives up, so these tests wait for it side by side.
 *
 * What cannot be stopped is here, too: `locking_mode=EXCLUSIVE` gets in, and ours must say so before anything is
 * acknowledged that would be lost.
 */
import test from 'ava'
import { spawnSync } from 'node:child_process'
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Database } from '../../packages/engine/src/index.ts'
import { Worker, turso } from '../support/processes.ts'
import { SqliteSession, sqliteKinds } from '../support/sqlite-session.ts'
import type { SqliteKind } from '../support/sqlite-session.ts'
import { sqliteShell } from '../support/sqlite-shell.ts'
import { temporaryFolder } from '../support/temporary.ts'

const several = { experimental: ['multiprocess_wal'], timeout: 500 }
const newPath = (): string => join(temporaryFolder(), 'a.db')
const kinds = sqliteKinds()
const testSqlite = kinds.includes('sqlite3') ? test : test.skip
if (kinds.length < 3)
  test.todo(`only ${kinds.join(', ') || 'no SQLite'} here: the others are skipped`)

interface Failure {
  readonly code: string
  readonly message: string
}

function failure(run: () => unknown): Failure | null {
  try {
    run()
    return null
  } catch (error) {
    const { code, message } = error as Failure
    return { code, message }
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const filesOf = (path: string): string[] => readdirSync(dirname(path)).sort()

/** All rows of t as SQLite reads them, and that it finds the file sound. */
function sqliteSum(path: string): string {
  return sqliteShell(path, 'PRAGMA integrity_check; SELECT count(*), sum(a) FROM t;')
}

// ── Ours first ───────────────────────────────────────────────────────────────────────────────────

const attempts: [SqliteKind, string][] = [
  ['sqlite3', 'SELECT * FROM t'],
  ['sqlite3', 'INSERT INTO t VALUES (1000)'],
  ['sqlite3', 'PRAGMA wal_checkpoint(TRUNCATE)'],
  ['sqlite3', 'VACUUM'],
  ['sqlite3', 'PRAGMA journal_mode=DELETE'],
  ['sqlite3', 'BEGIN EXCLUSIVE'],
  ['node:sqlite', 'SELECT * FROM t'],
  ['node:sqlite', 'INSERT INTO t VALUES (1000)'],
  ['better-sqlite3', 'SELECT * FROM t'],
  ['better-sqlite3', 'PRAGMA wal_checkpoint(TRUNCATE)'],
]

testSqlite(
  'stock SQLite: several processes of ours go on while it fails at everything, and closes',
  async (t) => {
    t.timeout(120_000)
    const path = newPath()
    const db = new Database(path, several)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const other = new Worker('session', [])
    other.tell({ open: path, options: several })
    await other.next()
    const log = statSync(`${path}-wal`).ino
    let isOver = false
    const tried = Promise.all(
      attempts
        .filter(([kind]) => kinds.includes(kind))
        .map(async ([kind, sql]) => {
          const sqlite = new SqliteSession(kind, path)
          const { error } = await sqlite.run(sql)
          await sqlite.close()
          return [kind, sql, error] as const
        }),
    ).finally(() => {
      isOver = true
    })
    let count = 1
    while (!isOver) {
      db.exec('INSERT INTO t VALUES (1)')
      other.tell({ run: 'INSERT INTO t VALUES (1)' })
      await other.next()
      count += 2
      if (count % 10 === 1) db.pragma('wal_checkpoint')
      await sleep(100)
    }
    for (const [kind, sql, error] of await tried)
      t.regex(error ?? 'it was done', /locking protocol|database is locked/, `${kind}: ${sql}`)
    t.is(statSync(`${path}-wal`).ino, log, 'the log is still the same')
    await other.stop()
    t.is(db.prepare('SELECT sum(a) FROM t').pluck().get(), count)
    db.close()
    t.deepEqual(filesOf(path), ['a.db', 'a.db-tshm', 'a.db-wal'])
    t.is(sqliteShell(path, 'PRAGMA journal_mode'), 'wal')
    t.is(sqliteSum(path), `ok\n${count}|${count}`)
    t.deepEqual(filesOf(path), ['a.db', 'a.db-tshm'])
  },
)

testSqlite(
  'stock SQLite: it stays outside also when the process that stood guard is killed',
  async (t) => {
    t.timeout(120_000)
    const path = newPath()
    const first = new Worker('session', [])
    first.tell({ open: path, options: several })
    await first.next()
    first.tell({ exec: 'CREATE TABLE t(a); INSERT INTO t VALUES (1)' })
    await first.next()
    const db = new Database(path, several)
    await first.kill()
    // It comes before anybody has noticed.
    const sqlite = new SqliteSession('sqlite3', path)
    const { error } = await sqlite.run('SELECT * FROM t')
    t.regex(error ?? 'it was done', /locking protocol|database is locked/)
    await sqlite.close()
    db.exec('INSERT INTO t VALUES (2)')
    db.close()
    t.is(sqliteSum(path), 'ok\n2|3')
  },
)

testSqlite('stock SQLite: readers of ours alone keep it out, too', async (t) => {
  t.timeout(120_000)
  const path = newPath()
  new Database(path, several).exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)').close()
  const db = new Database(path, { ...several, readonly: true })
  const sqlite = new SqliteSession('sqlite3', path)
  const { error } = await sqlite.run('INSERT INTO t VALUES (2)')
  t.regex(error ?? 'it was done', /locking protocol|database is locked/)
  await sqlite.close()
  t.is(db.prepare('SELECT sum(a) FROM t').pluck().get(), 1)
  db.close()
  sqliteShell(path, 'INSERT INTO t VALUES (2)')
  t.is(sqliteSum(path), 'ok\n2|3')
})

testSqlite('stock SQLite: one process of ours keeps every kind of access out', async (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  for (const [kind, sql] of attempts.filter(([kind]) => kinds.includes(kind))) {
    const sqlite = new SqliteSession(kind, path)
    t.regex((await sqlite.run(sql)).error ?? 'it was done', /database is locked/, `${kind}: ${sql}`)
    await sqlite.close()
    db.exec('INSERT INTO t VALUES (0)')
  }
  const exclusive = new SqliteSession('sqlite3', path)
  await exclusive.run('PRAGMA locking_mode=EXCLUSIVE')
  t.regex((await exclusive.run('SELECT * FROM t')).error ?? 'it was done', /database is locked/)
  await exclusive.close()
  db.close()
  t.deepEqual(filesOf(path), ['a.db'])
  t.regex(sqliteSum(path), /^ok\n\d+\|1$/)
})

// ── SQLite first ─────────────────────────────────────────────────────────────────────────────────

const openings = [
  { name: 'several processes', options: { experimental: ['multiprocess_wal'], timeout: 30 } },
  {
    name: 'several processes, read-only',
    options: { experimental: ['multiprocess_wal'], timeout: 30, readonly: true },
  },
  { name: 'one process', options: { timeout: 30 } },
  { name: 'one process, read-only', options: { timeout: 30, readonly: true } },
]
const states = {
  idle: ['SELECT count(*) FROM t'],
  reading: ['BEGIN', 'SELECT count(*) FROM t'],
  writing: ['BEGIN IMMEDIATE', 'INSERT INTO t VALUES (2)'],
}

for (const kind of kinds) {
  for (const journalMode of ['WAL', 'DELETE']) {
    test(`stock SQLite: while ${kind} has a ${journalMode} database open, ours are refused`, async (t) => {
      t.timeout(60_000)
      const path = newPath()
      const sqlite = new SqliteSession(kind, path)
      await sqlite.run(`PRAGMA journal_mode=${journalMode}`)
      await sqlite.run('CREATE TABLE t(a)')
      await sqlite.run('INSERT INTO t VALUES (1)')
      for (const [state, statements] of Object.entries(states)) {
        // In rollback mode SQLite holds nothing between two transactions, so there is nothing to see.
        if (state === 'idle' && journalMode === 'DELETE') continue
        for (const sql of statements) t.is((await sqlite.run(sql)).error, null, sql)
        for (const { name, options } of openings) {
          t.deepEqual(
            failure(() => new Database(path, options).close()),
            { code: 'SQLITE_BUSY', message: 'database is locked' },
            `${name} while ${state}`,
          )
        }
        if (state !== 'idle') t.is((await sqlite.run('COMMIT')).error, null)
      }
      await sqlite.close()
      for (const { name, options } of openings) {
        const db = new Database(path, options)
        t.is(db.prepare('SELECT sum(a) FROM t').pluck().get(), 3, name)
        db.close()
      }
    })
  }
}

testSqlite(
  'stock SQLite: idle in rollback mode it is kept out from then on, and later sees our commits',
  async (t) => {
    t.timeout(120_000)
    const [one, many] = [newPath(), newPath()]
    const sessions = [one, many].map((path) => new SqliteSession('sqlite3', path))
    for (const sqlite of sessions) {
      await sqlite.run('CREATE TABLE t(a)')
      await sqlite.run('INSERT INTO t VALUES (1)')
      t.is((await sqlite.run('SELECT sum(a) FROM t')).rows, '1')
    }
    const databases = [new Database(one), new Database(many, several)]
    for (const db of databases) db.exec('INSERT INTO t VALUES (2)')
    const errors = await Promise.all(
      sessions.map((sqlite) => sqlite.run('INSERT INTO t VALUES (3)')),
    )
    t.regex(errors[0]!.error ?? 'it was done', /database is locked/)
    t.regex(errors[1]!.error ?? 'it was done', /locking protocol|database is locked/)
    for (const db of databases) {
      db.exec('INSERT INTO t VALUES (4)')
      t.is(db.prepare('SELECT sum(a) FROM t').pluck().get(), 7)
      db.close()
    }
    for (const sqlite of sessions) {
      t.is((await sqlite.run('SELECT sum(a) FROM t')).rows, '7')
      t.is((await sqlite.run('INSERT INTO t VALUES (5)')).error, null)
      await sqlite.close()
    }
    for (const path of [one, many]) t.is(sqliteSum(path), 'ok\n4|12')
  },
)

testSqlite('stock SQLite: ours and it take turns on one file, in all modes', (t) => {
  const path = newPath()
  let sum = 0
  sqliteShell(path, 'CREATE TABLE t(a INTEGER);')
  for (let round = 1; round <= 12; round++) {
    const mode = round % 4
    if (mode === 0)
      sqliteShell(path, `PRAGMA journal_mode=DELETE; INSERT INTO t VALUES (${round});`)
    else if (mode === 1)
      sqliteShell(path, `PRAGMA journal_mode=WAL; INSERT INTO t VALUES (${round});`)
    else {
      const db = new Database(path, mode === 2 ? several : {})
      t.is(db.prepare('SELECT coalesce(sum(a), 0) FROM t').pluck().get(), sum)
      db.prepare('INSERT INTO t VALUES (?)').run(round)
      db.close()
    }
    sum += round
  }
  t.is(sqliteSum(path), `ok\n12|${sum}`)
})

// ── Exclusive and immutable ──────────────────────────────────────────────────────────────────────

async function seize(path: string): Promise<SqliteSession> {
  const sqlite = new SqliteSession('sqlite3', path)
  await sqlite.run('PRAGMA locking_mode=EXCLUSIVE')
  return sqlite
}

testSqlite(
  'stock SQLite: with locking_mode=EXCLUSIVE it gets in, and ours fail before they acknowledge',
  async (t) => {
    const path = newPath()
    const db = new Database(path, several)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const sqlite = await seize(path)
    t.is((await sqlite.run('SELECT sum(a) FROM t')).rows, '1')
    t.deepEqual(
      failure(() => db.exec('INSERT INTO t VALUES (2)')),
      {
        code: 'SQLITE_BUSY',
        message: 'database is locked',
      },
    )
    t.is((await sqlite.run('INSERT INTO t VALUES (4)')).error, null)
    t.deepEqual(db.pragma('wal_checkpoint(TRUNCATE)'), [{ busy: 1, log: -1, checkpointed: -1 }])
    await sqlite.close()
    t.false(existsSync(`${path}-wal`))
    const deleted = {
      code: 'SQLITE_IOERR',
      message: `disk I/O error ('${path}-wal' was deleted or replaced while the database was open)`,
    }
    t.deepEqual(
      failure(() => db.exec('INSERT INTO t VALUES (2)')),
      deleted,
    )
    t.deepEqual(
      failure(() => db.pragma('wal_checkpoint')),
      deleted,
    )
    t.deepEqual(
      failure(() => db.close()),
      deleted,
      'the last to close says so, too',
    )
    t.is(sqliteSum(path), 'ok\n2|5')
    const again = new Database(path, several)
    again.exec('INSERT INTO t VALUES (2)')
    again.close()
    t.is(sqliteSum(path), 'ok\n3|7')
  },
)

testSqlite(
  'stock SQLite: a transaction of ours does not commit over one that came with EXCLUSIVE',
  async (t) => {
    for (const spills of [false, true]) {
      const path = newPath()
      const db = new Database(path, several)
      db.exec('CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 0)')
      if (spills) db.pragma('cache_size = 10')
      db.exec('BEGIN IMMEDIATE')
      const insert = db.prepare("INSERT INTO t VALUES (2, printf('%1000c', 'x'))")
      for (let i = 0; i < (spills ? 200 : 1); i++) insert.run()
      const sqlite = await seize(path)
      t.is((await sqlite.run('INSERT INTO t VALUES (4, 0)')).error, null)
      t.deepEqual(
        failure(() => db.exec('COMMIT')),
        {
          code: 'SQLITE_PROTOCOL',
          message:
            'locking protocol (a process of SQLite has taken the database for itself, with locking_mode=EXCLUSIVE)',
        },
      )
      failure(() => db.exec('ROLLBACK'))
      t.is((await sqlite.run('INSERT INTO t VALUES (8, 0)')).error, null)
      t.is((await sqlite.run('PRAGMA integrity_check')).rows, 'ok')
      failure(() => db.close())
      await sqlite.close()
      t.is(sqliteSum(path), 'ok\n3|13')
    }
  },
)

testSqlite(
  'stock SQLite: immutable=1 reads the file under the log, and disturbs nobody',
  async (t) => {
    const path = newPath()
    const db = new Database(path, several)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    db.pragma('wal_checkpoint(TRUNCATE)')
    db.exec('INSERT INTO t VALUES (2)')
    const sqlite = new SqliteSession('sqlite3', `file:${path}?immutable=1`)
    t.is((await sqlite.run('SELECT sum(a) FROM t')).rows, '1')
    await sqlite.close()
    db.exec('INSERT INTO t VALUES (4)')
    db.close()
    t.is(sqliteSum(path), 'ok\n3|7')
  },
)

// ── The -shm ─────────────────────────────────────────────────────────────────────────────────────

for (const multiprocess of [false, true]) {
  const mode = multiprocess ? 'several processes' : 'one process'
  testSqlite(`stock SQLite: ${mode} take over from one that crashed, -shm and all`, async (t) => {
    const path = newPath()
    const sqlite = new SqliteSession('sqlite3', path)
    await sqlite.run('PRAGMA journal_mode=WAL')
    await sqlite.run('CREATE TABLE t(a)')
    await sqlite.run('INSERT INTO t VALUES (1)')
    await sqlite.kill()
    t.true(statSync(`${path}-shm`).size > 0)
    const db = new Database(path, multiprocess ? several : {})
    t.is(db.prepare('SELECT sum(a) FROM t').pluck().get(), 1)
    db.exec('INSERT INTO t VALUES (2)')
    db.close()
    t.is(sqliteSum(path), 'ok\n2|3')
    t.false(existsSync(`${path}-shm`))
  })
}

test('stock SQLite: a -shm that is a folder is refused by name, and matters to nobody alone', (t) => {
  const path = newPath()
  mkdirSync(`${path}-shm`)
  t.deepEqual(
    failure(() => new Database(path, several)),
    {
      code: 'SQLITE_CANTOPEN',
      message: `unable to open database file ('${path}-shm': Is a directory (os error 21))`,
    },
  )
  const db = new Database(path)
  db.exec('CREATE TABLE t(a)')
  db.close()
  rmdirSync(`${path}-shm`)
  new Database(path, several).close()
})

test('stock SQLite: a -shm without the right to write is refused by name', (t) => {
  const path = newPath()
  writeFileSync(path, '')
  writeFileSync(`${path}-shm`, '', { mode: 0o444 })
  const script = fileURLToPath(new URL('../coordination/native-peer.mjs', import.meta.url))
  const isRoot = process.getuid?.() === 0
  if (isRoot) {
    chownSync(dirname(path), 65_534, 65_534)
    chownSync(path, 65_534, 65_534)
  }
  const open = { path, multiprocess: true, readonly: false, create: true, timeoutMs: 0 }
  const answer = spawnSync(process.execPath, ['--no-warnings', script], {
    input: `${JSON.stringify(['open', open])}\n`,
    encoding: 'utf8',
    ...(isRoot ? { uid: 65_534, gid: 65_534 } : {}),
  })
  if (answer.stdout === '') {
    t.log('the user without rights cannot run Node here: not tested')
    t.pass()
    return
  }
  t.deepEqual(JSON.parse(answer.stdout), {
    code: 'SQLITE_CANTOPEN',
    message: `unable to open database file ('${path}-shm': Permission denied (os error 13))`,
  })
})

testSqlite('stock SQLite: a -shm that was deleted is made anew by the next commit', async (t) => {
  t.timeout(120_000)
  const path = newPath()
  const db = new Database(path, several)
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  rmSync(`${path}-shm`)
  db.exec('INSERT INTO t VALUES (2)')
  t.true(existsSync(`${path}-shm`))
  const sqlite = new SqliteSession('sqlite3', path)
  const { error } = await sqlite.run('SELECT * FROM t')
  t.regex(error ?? 'it was done', /locking protocol|database is locked/)
  await sqlite.close()
  db.exec('INSERT INTO t VALUES (4)')
  db.close()
  t.is(sqliteSum(path), 'ok\n3|7')
})

testSqlite(
  'stock SQLite: where it got in because the -shm was deleted, ours commit no more',
  async (t) => {
    const path = newPath()
    const db = new Database(path, { ...several, timeout: 50 })
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    rmSync(`${path}-shm`)
    const sqlite = new SqliteSession('sqlite3', path)
    t.is((await sqlite.run('INSERT INTO t VALUES (4)')).error, null)
    t.deepEqual(
      failure(() => db.exec('INSERT INTO t VALUES (2)')),
      {
        code: 'SQLITE_BUSY',
        message: 'database is locked',
      },
    )
    await sqlite.close()
    const later = failure(() => db.exec('INSERT INTO t VALUES (2)'))
    failure(() => db.close())
    // Whether it could delete the log depends on who looked first; what both had acknowledged is there.
    t.is(sqliteSum(path), later === null ? 'ok\n3|7' : 'ok\n2|5')
  },
)

// ── With Turso ───────────────────────────────────────────────────────────────────────────────────

testSqlite('stock SQLite: a cluster of ours and Turso loses nothing when it comes', async (t) => {
  t.timeout(120_000)
  const path = newPath()
  const db = new Database(path, { ...several, timeout: 10_000 })
  db.exec('CREATE TABLE t(a)')
  const peer = new Worker('session', [], turso)
  peer.tell({ open: path, options: { ...several, timeout: 10_000 } })
  t.deepEqual(await peer.next(), { ok: null })
  const sqlite = new SqliteSession('sqlite3', path)
  let isOver = false
  const trying = (async () => {
    const { error } = await sqlite.run('INSERT INTO t VALUES (1000)')
    await sqlite.close()
    isOver = true
    return error
  })()
  let count = 0
  for (let after = 0; after < 5; after += isOver ? 1 : 0) {
    db.exec('INSERT INTO t VALUES (1)')
    peer.tell({ run: 'INSERT INTO t VALUES (1)' })
    const answer = (await peer.next()) as { message?: string }
    t.is(answer.message, undefined)
    count += 2
    await sleep(100)
  }
  t.regex((await trying) ?? 'it was done', /locking protocol|database is locked/)
  await sleep(1500)
  // Once it has gone, another peer can join.
  const late = new Worker('session', [], turso)
  late.tell({ open: path, options: several })
  t.deepEqual(await late.next(), { ok: null })
  late.tell({ all: 'SELECT count(*) FROM t' })
  t.deepEqual(await late.next(), { ok: [[count]] })
  await late.stop()
  await peer.stop()
  t.is(db.prepare('SELECT count(*) FROM t').pluck().get(), count)
  db.close()
  t.is(sqliteSum(path), `ok\n${count}|${count}`)
})
