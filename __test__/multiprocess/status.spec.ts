/**
 * `db.status()` and `status(path)`: what they say of a database that is shared, owned, dead or closed, and that looking
 * changes nothing on the disk or in the kernel's locks.
 */
import test from 'ava'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Database, status } from '../../packages/engine/src/index.ts'
import { engine } from '../support/built.ts'
import { turso } from '../support/processes.ts'
import { temporaryFolder } from '../support/temporary.ts'
import {
  ask,
  endless,
  eventually,
  long,
  looksWithoutTrace,
  makeRows,
  multiprocess,
  newPath,
  newWorker,
  processOf,
  start,
  statusElsewhere,
  traces,
  workers,
  writeElsewhere,
} from './status-support.ts'

/** The names of processes come from `/proc`, where a lock does not give them. */
const onLinux = process.platform === 'linux' ? test.serial : test.serial.skip

test.afterEach.always(() => {
  for (const { child } of workers.splice(0)) child.kill('SIGKILL')
})

test.serial(
  'status: a shared database names its processes, from inside and from outside',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const db = new Database(path, multiprocess)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const other = await start(path, { ...multiprocess, readonly: true })
    const inside = db.status()
    const outside = statusElsewhere(path)
    for (const found of [inside, outside]) {
      t.is(found.mode, 'multi-process')
      t.is(found.processes.length, 2)
      t.deepEqual(found.multiprocessSupport, { supported: true, reason: null })
      t.deepEqual(found.wal.frames, 3)
      t.is(found.wal.backfilledFrames, 0)
      t.is(found.database.pageSize, 4096)
      t.is(found.database.pageCount, 2)
      t.deepEqual(found.index, { blocks: 1, entries: 3, capacity: 262_144, overflowed: false })
      t.is(found.problem, null)
      t.deepEqual(found.readers, [])
      t.is(found.lastCheckpoint, null)
      const own = processOf(found, null)!
      t.like(own, { engine: 'chorusdb', version: '0.1.0', readonly: false, connections: 1 })
      t.true(own.ageMs! >= 0 && own.ageMs! < 60_000)
      t.like(processOf(found, other), {
        engine: 'chorusdb',
        readonly: true,
        roles: [],
        self: false,
      })
      t.deepEqual(found.deadProcesses, [])
    }
    t.true(inside.openHere && processOf(inside, null)!.self)
    t.false(outside.openHere || processOf(outside, null)!.self)
    const second = new Database(path, multiprocess)
    t.is(processOf(db.status(), null)!.connections, 2)
    second.close()
    t.is(processOf(db.status(), null)!.connections, 1)
    await other.stop()
    t.is(db.status().processes.length, 1)
    db.close()
    t.throws(() => db.status(), { message: 'The database connection is not open' })
  },
)

test.serial('status: looking leaves files, times and locks as they are', async (t) => {
  const path = newPath()
  const other = await start(path)
  await ask(other, { exec: 'CREATE TABLE t(a); INSERT INTO t VALUES (1)' })
  t.is(looksWithoutTrace(t, path).processes.length, 1)
  await ask(other, { exec: 'BEGIN' })
  await ask(other, { all: 'SELECT a FROM t' })
  // What it does is in its entry before we compare.
  t.truthy(await eventually(() => processOf(status(path), other)?.transaction))
  t.is(looksWithoutTrace(t, path).readers.length, 1)
  await other.kill()
  t.is(looksWithoutTrace(t, path).mode, 'closed')
})

test.serial('status: a long statement of another process is shown, and goes', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const db = new Database(path, multiprocess)
  makeRows(db)
  const other = await start(path)
  t.is(processOf(db.status(), other)?.statement, null)
  const began = Date.now()
  other.tell({ exec: `SELECT 1; ${long}; SELECT 2` })
  const shown = await eventually(() => processOf(db.status(), other)?.statement)
  t.is(shown?.text, long)
  t.true(shown!.since >= began - 1000 && shown!.since <= Date.now())
  t.is(processOf(statusElsewhere(path), other)?.pid, other.child.pid)
  await other.next(60_000)
  t.true((await eventually(() => processOf(db.status(), other)?.statement === null)) === true)
  await other.stop()
  db.close()
})

test.serial('status: fast statements in a row are not taken for a long one', async (t) => {
  const path = newPath()
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(a INTEGER PRIMARY KEY); INSERT INTO t VALUES (1)')
  const get = db.prepare('SELECT a FROM t WHERE a = ?')
  for (const end = performance.now() + 700; performance.now() < end;) {
    for (let i = 0; i < 500; i++) get.get(1)
    const { statement, transaction } = processOf(db.status(), null)!
    t.is(statement, null)
    t.is(transaction, null)
  }
  db.close()
  await Promise.resolve()
})

test.serial('status: a transaction held open shows with its kind and age', async (t) => {
  const path = newPath()
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  const other = await start(path)
  await ask(other, { exec: 'BEGIN' })
  await ask(other, { all: 'SELECT a FROM t' })
  const read = await eventually(() => processOf(db.status(), other)?.transaction)
  t.is(read?.kind, 'read')
  t.is(processOf(db.status(), other)?.statement, null)
  t.like(processOf(db.status(), other), { roles: ['reader'] })
  db.exec('INSERT INTO t VALUES (2)')
  t.like(db.status().readers, [{ pid: other.child.pid, frame: 3, framesBehind: 1, guard: false }])
  await ask(other, { exec: 'ROLLBACK; BEGIN IMMEDIATE' })
  const write = await eventually(() => {
    const found = processOf(db.status(), other)?.transaction
    return found?.kind === 'write' && found
  })
  t.true(write !== null && write.since > read!.since)
  t.deepEqual(processOf(db.status(), other)?.roles, ['writer', 'reader'])
  await ask(other, { exec: 'ROLLBACK' })
  t.true((await eventually(() => processOf(db.status(), other)?.transaction === null)) === true)
  t.deepEqual(processOf(db.status(), other)?.roles, [])
  await other.stop()
  db.close()
})

test.serial('status: an open iterator is a statement that runs', async (t) => {
  const path = newPath()
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)')
  const rows = db.prepare('SELECT a FROM t WHERE a > 0').iterate()
  rows.next()
  const shown = await eventually(() => processOf(status(path), null)?.statement)
  t.is(shown?.text, 'SELECT a FROM t WHERE a > 0')
  t.deepEqual(db.prepare('SELECT 2 AS two').get(), { two: 2 })
  t.is(processOf(status(path), null)?.statement?.text, shown?.text)
  rows.return?.()
  t.true((await eventually(() => processOf(status(path), null)?.statement === null)) === true)
  db.close()
})

test.serial('status: statements that fail end too', async (t) => {
  const path = newPath()
  const db = new Database(path, { ...multiprocess, timeout: 300 })
  db.exec('CREATE TABLE t(a UNIQUE); INSERT INTO t VALUES (1)')
  const other = await start(path)
  await ask(other, { exec: 'BEGIN IMMEDIATE' })
  t.throws(() => db.exec('INSERT INTO t VALUES (3)'), { message: 'database is locked' })
  await ask(other, { exec: 'ROLLBACK' })
  t.throws(() => db.exec('INSERT INTO t VALUES (1)'), { message: /UNIQUE/ })
  await new Promise((resolve) => setTimeout(resolve, 500))
  t.like(processOf(status(path), null), { statement: null, transaction: null })
  await other.stop()
  db.close()
})

onLinux(
  'status: a process of a peer is named, with the read transaction that it holds',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const db = new Database(path, multiprocess)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const peer = newWorker(turso)
    await ask(peer, { open: path, options: { ...multiprocess, timeout: 1000 } })
    t.like(processOf(db.status(), peer), {
      engine: 'peer',
      version: null,
      roles: [],
      statement: null,
    })
    await ask(peer, { exec: 'BEGIN' })
    await ask(peer, { all: 'SELECT a FROM t' })
    db.exec('INSERT INTO t VALUES (2)')
    for (const found of [db.status(), statusElsewhere(path)]) {
      t.is(found.otherHolders, 0)
      t.is(found.processes.length, 2)
      t.like(processOf(found, peer), { engine: 'peer', roles: ['reader'], stopped: false })
      t.like(found.readers, [{ engine: 'peer', pid: peer.child.pid, frame: 3, framesBehind: 1 }])
    }
    peer.child.kill('SIGSTOP')
    t.truthy(await eventually(() => processOf(db.status(), peer)?.stopped))
    peer.child.kill('SIGCONT')
    await ask(peer, { exec: 'ROLLBACK' })
    await ask(peer, { exec: 'BEGIN IMMEDIATE; INSERT INTO t VALUES (3)' })
    t.true(processOf(db.status(), peer)?.roles.includes('writer'))
    await peer.stop()
    t.is(db.status().processes.length, 1)
    db.close()
  },
)

test.serial(
  'status: the last checkpoint says how far it got, and what kept it from more',
  async (t) => {
    const path = newPath()
    const db = new Database(path, { ...multiprocess, timeout: 200 })
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    const other = await start(path, { ...multiprocess, timeout: 200 })
    await ask(other, { exec: 'BEGIN' })
    await ask(other, { all: 'SELECT a FROM t' })
    db.exec('INSERT INTO t VALUES (2)')
    const frames = { logFrames: 4, checkpointedFrames: 3 }
    const reader = { kind: 'reader', pid: other.child.pid, frame: 3 }
    db.pragma('wal_checkpoint(PASSIVE)')
    const passive = db.status().lastCheckpoint!
    t.like(passive, { mode: 'PASSIVE', busy: false, pid: process.pid, ...frames })
    t.like(passive.limitedBy, reader)
    t.true(Math.abs(Date.now() - passive.at) < 30_000)
    db.pragma('wal_checkpoint(FULL)')
    const full = statusElsewhere(path).lastCheckpoint!
    t.like(full, { mode: 'FULL', busy: true, ...frames })
    t.like(full.limitedBy, reader)
    await ask(other, { exec: 'ROLLBACK; BEGIN IMMEDIATE' })
    db.pragma('wal_checkpoint(RESTART)')
    const refused = db.status().lastCheckpoint!
    t.like(refused, { mode: 'RESTART', busy: true, logFrames: 4, checkpointedFrames: 4 })
    t.like(refused.limitedBy, { kind: 'writer', pid: other.child.pid, slot: null, frame: null })
    await ask(other, { exec: 'ROLLBACK' })
    await ask(other, { all: 'PRAGMA wal_checkpoint(TRUNCATE)' })
    const found = db.status()
    t.like(found.lastCheckpoint, { mode: 'TRUNCATE', busy: false, pid: other.child.pid })
    t.is(found.lastCheckpoint!.limitedBy, null)
    t.like(found.wal, { frames: 0, backfilledFrames: 0 })
    await other.stop()
    db.close()
  },
)

test.serial('status: after a kill the dead are listed apart, and the log is counted', async (t) => {
  const path = newPath()
  const other = await start(path)
  await ask(other, { exec: 'CREATE TABLE t(a); INSERT INTO t VALUES (1); BEGIN IMMEDIATE' })
  t.truthy(await eventually(() => processOf(status(path), other)?.transaction))
  await other.kill()
  const found = status(path)
  t.like(found, { mode: 'closed', processes: [], readers: [], otherHolders: 0, openHere: false })
  t.like(found.deadProcesses, [{ pid: other.child.pid, transaction: { kind: 'write' } }])
  t.is(found.wal.frames, 3)
  t.is(found.wal.backfilledFrames, 0)
  t.is(found.database.pageCount, 2)
  const db = new Database(path, multiprocess)
  t.like(db.status(), { mode: 'multi-process', deadProcesses: [] })
  db.close()
  t.false(existsSync(`${path}-tproc`))
})

test.serial(
  'status: one that dies beside the living is listed until its place is taken',
  async (t) => {
    const path = newPath()
    const db = new Database(path, multiprocess)
    const victim = await start(path)
    await victim.kill()
    t.is(db.status().processes.length, 1)
    t.like(db.status().deadProcesses, [{ pid: victim.child.pid }])
    const next = await start(path)
    t.deepEqual(db.status().deadProcesses, [])
    t.is(db.status().processes.length, 2)
    await next.stop()
    db.close()
  },
)

test.serial('status: a database of one process, from inside and from outside', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const db = new Database(path)
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  db.pragma('wal_checkpoint(PASSIVE)')
  const inside = db.status()
  t.like(inside, { mode: 'single-process', openHere: true, index: null, problem: null })
  t.is(inside.processes.length, 1)
  t.like(inside.processes[0], { pid: process.pid, self: true, engine: 'chorusdb', connections: 1 })
  t.is(inside.lastCheckpoint?.mode, 'PASSIVE')
  t.is(inside.lastCheckpoint?.checkpointedFrames, inside.wal.frames)
  t.is(inside.wal.backfilledFrames, inside.wal.frames)
  const before = traces(path)
  const outside = statusElsewhere(path)
  t.deepEqual(traces(path), before)
  t.like(outside, { mode: 'single-process', openHere: false, lastCheckpoint: null })
  t.is(outside.wal.frames, inside.wal.frames)
  t.is(outside.wal.backfilledFrames, null)
  t.is(outside.database.pageCount, 2)
  if (process.platform === 'linux') t.is(outside.processes[0]?.pid, process.pid)
  // Our lock is still there.
  const other = newWorker()
  const refused = (await ask(other, { open: path })) as { message?: string }
  t.regex(refused.message!, /File is locked by another process/)
  await other.stop()
  db.close()
  t.deepEqual(readdirSync(dirname(path)), ['a.db'])
})

test.serial('status: classic locks survive a look of their own process', async (t) => {
  t.timeout(60_000)
  const path = newPath()
  const script = `import(${JSON.stringify(engine)}).then(({ Database, status }) => {
    const db = new Database(${JSON.stringify(path)}, { experimental: ['multiprocess_wal'] })
    db.exec('CREATE TABLE t(a); BEGIN; SELECT count(*) FROM t')
    const found = [db.status(), status(${JSON.stringify(path)})]
    console.log(JSON.stringify(found.map((each) => [each.mode, each.processes.length, each.openHere])))
    setInterval(() => db.open, 1000)
  })`
  const { spawn } = await import('node:child_process')
  const child = spawn(process.execPath, ['--no-warnings', '-e', script], {
    env: { ...process.env, CHORUSDB_LOCKS: 'classic' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const line = await new Promise((resolve) => child.stdout.once('data', resolve))
    const expected = [
      ['multi-process', 1, true],
      ['multi-process', 1, true],
    ]
    t.deepEqual(JSON.parse(String(line)), expected)
    for (const env of [{}, { CHORUSDB_LOCKS: 'classic' }]) {
      const found = statusElsewhere(path, env)
      t.is(found.mode, 'multi-process')
      t.like(found.processes, [{ pid: child.pid, engine: 'chorusdb', roles: ['reader'] }])
    }
  } finally {
    child.kill('SIGKILL')
  }
})

test.serial('status: files that are not there, no database, or odd', (t) => {
  const path = newPath()
  t.like(
    t.throws(() => status(path)),
    {
      code: 'SQLITE_CANTOPEN',
      message: 'unable to open database file',
    },
  )
  t.like(
    t.throws(() => status(dirname(path))),
    { code: 'SQLITE_CANTOPEN' },
  )
  t.throws(() => status(':memory:'), { instanceOf: TypeError })
  t.throws(() => status(7 as never), { message: 'Expected first argument to be a string' })
  for (const text of ['short', 'no database at all '.repeat(100)]) {
    writeFileSync(path, text)
    const error = { code: 'SQLITE_NOTADB', message: 'file is not a database' }
    t.like(
      t.throws(() => status(path)),
      error,
    )
  }
  writeFileSync(path, '')
  t.like(status(path), { mode: 'closed', database: { bytes: 0, pageSize: 0, pageCount: 0 } })
  writeFileSync(`${path}-tshm`, 'rubbish')
  t.regex(status(path).problem!, /smaller than the coordination header/)
  t.deepEqual(readdirSync(dirname(path)).toSorted(), ['a.db', 'a.db-tshm'])
})

test.serial('status: names as `Database` takes them, and links', (t) => {
  const path = newPath()
  const db = new Database(path, multiprocess)
  const link = join(temporaryFolder(), 'link.db')
  symlinkSync(path, link)
  for (const name of [path, `file:${path}`, `${path}?experimental=multiprocess_wal`, link]) {
    t.like(status(name), { mode: 'multi-process', openHere: true })
  }
  db.close()
  t.is(status(link).mode, 'closed')
})

test.serial('status: a database in memory', (t) => {
  const db = new Database(':memory:')
  t.like(db.status(), { mode: 'memory', processes: [], database: { pageSize: 4096, pageCount: 1 } })
  t.false(db.status().multiprocessSupport.supported)
})

test.serial(
  'status: a list of processes that is damaged, cut or deleted hurts nobody',
  async (t) => {
    t.timeout(60_000)
    const path = newPath()
    const list = `${path}-tproc`
    const db = new Database(path, multiprocess)
    db.exec('CREATE TABLE t(a)')
    const insert = db.prepare('INSERT INTO t VALUES (1)')
    writeElsewhere(list, 'x'.repeat(100))
    insert.run()
    t.like(db.status(), { mode: 'multi-process' })
    writeElsewhere(list, 'x'.repeat(70_000))
    insert.run()
    const other = await start(path)
    t.deepEqual(await ask(other, { run: 'INSERT INTO t VALUES (2)' }), {
      ok: { changes: 1, lastInsertRowid: 3 },
    })
    t.truthy(processOf(db.status(), other))
    const { rmSync } = await import('node:fs')
    rmSync(list)
    insert.run()
    t.is(db.status().mode, 'multi-process')
    const third = await start(path)
    // The others notice, and enter the new file.
    await eventually(() => {
      insert.run()
      return status(path).processes.filter(({ version }) => version !== null).length === 3
    })
    t.is(statusElsewhere(path).processes.filter(({ pid }) => pid === process.pid).length, 1)
    await other.stop()
    await third.stop()
    db.close()
    t.false(existsSync(list))
  },
)

test.serial('status: a list that cannot be made is done without', async (t) => {
  const path = newPath()
  const { mkdirSync } = await import('node:fs')
  mkdirSync(`${path}-tproc`)
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(a)')
  const found = db.status()
  t.like(found, { mode: 'multi-process' })
  t.like(processOf(found, null), { self: true, version: '0.1.0', connections: 1 })
  const outside = statusElsewhere(path)
  if (process.platform === 'linux') {
    t.like(processOf(outside, null), { engine: 'chorusdb', version: null })
  }
  db.close()
})

test.serial('status: SQLite at work is named for what it is', (t) => {
  const path = newPath()
  const db = new Database(path)
  db.exec('CREATE TABLE t(a)')
  db.close()
  const holder = spawnSync('sqlite3', ['-version'])
  if (holder.error) {
    t.pass('no sqlite3 here')
    return
  }
  const script = `BEGIN IMMEDIATE;\n.shell ${process.execPath} --no-warnings ${JSON.stringify(
    join(dirname(path), 'look.mjs'),
  )}\n`
  writeFileSync(
    join(dirname(path), 'look.mjs'),
    `import { status } from ${JSON.stringify(engine)}\nconsole.log(status(${JSON.stringify(path)}).mode)\n`,
  )
  const { stdout, stderr } = spawnSync('sqlite3', [path], {
    input: script,
    encoding: 'utf8',
  })
  t.is(stdout.trim(), 'sqlite', stderr)
})

test.serial('status: the text of a statement outlives a thousand others', async (t) => {
  const path = newPath()
  const db = new Database(path, multiprocess)
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)')
  const old = db.prepare('SELECT a AS old FROM t')
  old.all()
  for (let i = 0; i < 1100; i++) db.prepare(`SELECT a AS c${i} FROM t`).all()
  const rows = old.iterate()
  rows.next()
  const shown = (): string | undefined => processOf(db.status(), null)?.statement?.text
  t.true(await eventually(() => shown() === 'SELECT a AS old FROM t'), shown())
  rows.return?.()
  db.close()
})

test.serial('status: endless work of a process is seen and ends with it', async (t) => {
  const path = newPath()
  const db = new Database(path, multiprocess)
  makeRows(db)
  const other = await start(path)
  other.tell({ all: endless })
  const shown = await eventually(() => processOf(db.status(), other)?.statement)
  await other.kill()
  t.is(shown?.text, endless)
  const [dead] = db.status().deadProcesses
  t.is(dead?.statement?.text, endless)
  db.close()
})
