/**
 * The constructor that stands in for better-sqlite3, where it differs from that of `chorusdb`: files of several processes without being asked,
 * and the defaults that its users know.
 */
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import BetterSqlite3 from '../../packages/engine/src/better-sqlite3.ts'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { temporaryFolder } from '../support/temporary.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const door = join(root, 'dist/better-sqlite3.cjs')
const newPath = (): string => join(temporaryFolder(), 'a.db')
const one = (db: Database, sql: string): unknown => db.prepare(sql).pluck().get()

/** Runs a program that knows `Database` in a process of its own, to its end. */
function elsewhere(code: string, env: object = {}, entry = door): string {
  const program = `const Database = require(${JSON.stringify(entry)})
    const tried = (open) => { try { return open() } catch (error) { return error.code + ': ' + error.message } }
    ${code}`
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', program], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  return stdout.trim() || stderr
}

test('door: several processes have a file open, and nobody has asked for it', async (t) => {
  const path = newPath()
  const db = new BetterSqlite3(path)
  db.exec('CREATE TABLE t(who, n)')
  const program = `const Database = require(${JSON.stringify(door)})
    const insert = new Database(${JSON.stringify(path)}).prepare('INSERT INTO t VALUES (?, ?)')
    for (let n = 0; n < 100; n++) insert.run(process.pid, n)`
  const children = [1, 2].map(
    () =>
      new Promise((resolve) => {
        spawn(process.execPath, ['-e', program]).on('exit', resolve)
      }),
  )
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)')
  for (let n = 0; n < 100; n++) {
    insert.run(0, n)
    await new Promise((resolve) => setImmediate(resolve))
  }
  t.deepEqual(await Promise.all(children), [0, 0])
  t.is(one(db, 'SELECT count(*) FROM t'), 300)
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  t.is(db.status().mode, 'multi-process')
  db.close()
})

test('door: a file for one process, where that is asked for', (t) => {
  const path = newPath()
  const db = new BetterSqlite3(path, { experimental: [] })
  t.is(db.status().mode, 'single-process')
  t.regex(
    elsewhere(`console.log(tried(() => new Database(${JSON.stringify(path)}, { timeout: 0 })))`),
    /^SQLITE_BUSY/,
  )
  db.close()
})

test('door: beside a database in memory files are shared as well', (t) => {
  const path = newPath()
  const db = new BetterSqlite3(':memory:')
  db.exec(`ATTACH '${path}' AS a; CREATE TABLE a.t(n)`)
  t.is(
    elsewhere(`const db = new Database(${JSON.stringify(path)}); db.exec('INSERT INTO t VALUES (5)')
      console.log(db.prepare('SELECT n FROM t').pluck().get())`),
    '5',
  )
  t.is(one(db, 'SELECT n FROM a.t'), 5)
  db.close()
})

test('door: links are followed', (t) => {
  const folder = temporaryFolder()
  const path = join(folder, 'a.db')
  const db = new BetterSqlite3(path)
  db.exec('CREATE TABLE t(n); INSERT INTO t VALUES (5)')
  symlinkSync(path, join(folder, 'link.db'))
  mkdirSync(join(folder, 'real'))
  symlinkSync(join(folder, 'real'), join(folder, 'way'))
  const linked = new BetterSqlite3(join(folder, 'link.db'))
  t.is(one(linked, 'SELECT n FROM t'), 5)
  linked.close()
  new BetterSqlite3(join(folder, 'way', 'b.db')).exec('CREATE TABLE t(n)').close()
  t.true(existsSync(join(folder, 'real', 'b.db')))
  db.close()
  // Processes that know a file by two names do not find each other, so it is for one of them.
  linkSync(path, join(folder, 'hard.db'))
  const hard = new BetterSqlite3(join(folder, 'hard.db'))
  t.is(one(hard, 'SELECT n FROM t'), 5)
  t.is(hard.status().mode, 'single-process')
  hard.close()
})

test('several processes: asked for by the environment, and by a name', (t) => {
  const entry = join(root, 'dist/index.cjs')
  const mode = (name: string, env: object, options = '{}'): string =>
    elsewhere(
      `const db = tried(() => new Database(${JSON.stringify(name)}, ${options}))
       console.log(typeof db === 'string' ? db : db.status().mode)`,
      env,
      entry,
    )
  const asked = { CHORUSDB_EXPERIMENTAL: 'multiprocess_wal' }
  t.is(mode(newPath(), {}), 'single-process')
  t.is(mode(newPath(), asked), 'multi-process')
  t.is(mode(newPath(), { CHORUSDB_EXPERIMENTAL: ' multiprocess_wal ,' }), 'multi-process')
  t.is(mode(':memory:', asked), 'memory')
  t.is(mode(newPath(), asked, '{ experimental: [] }'), 'single-process')
  t.is(mode(`${newPath()}?experimental=multiprocess_wal`, {}), 'multi-process')
  t.is(
    mode(newPath(), { CHORUSDB_EXPERIMENTAL: 'odd' }),
    "undefined: unknown experimental feature 'odd': known is 'multiprocess_wal'",
  )
  const path = newPath()
  t.is(
    elsewhere(
      `const { Builder, status } = Database
       Builder.newLocal(${JSON.stringify(path)}).build().then((database) => {
         console.log(status(${JSON.stringify(path)}).mode); database.close() })`,
      asked,
      entry,
    ),
    'multi-process',
  )
})

test('door: the defaults that users of better-sqlite3 know', (t) => {
  const path = newPath()
  const db = new BetterSqlite3(path)
  const ask = (pragma: string): unknown => db.pragma(pragma, { simple: true })
  t.is(ask('cache_size'), -16_000)
  t.is(ask('foreign_keys'), 1)
  t.is(ask('busy_timeout'), 5000)
  // FULL, as there without WAL; NORMAL where WAL was asked for.
  t.is(ask('synchronous'), 2)
  t.is(ask('journal_mode = WAL'), 'wal')
  t.is(ask('synchronous'), 1)
  db.pragma('synchronous = FULL')
  db.pragma('journal_mode = WAL')
  t.is(ask('synchronous'), 2, 'what was set stays')
  db.close()
  const own = new Database(path)
  own.pragma('journal_mode = WAL')
  t.is(own.pragma('synchronous', { simple: true }), 2)
  own.close()
})

test('door: the schema is not written, but in unsafe mode', (t) => {
  const db = new BetterSqlite3()
  db.exec('CREATE TABLE t(a)')
  const write = (): unknown => db.exec("UPDATE sqlite_schema SET sql = sql WHERE name = 't'")
  db.pragma('writable_schema = ON')
  t.is(db.pragma('writable_schema', { simple: true }), 0)
  t.throws(write, { message: 'table sqlite_master may not be modified' })
  t.is(db.pragma('journal_mode = OFF', { simple: true }), 'memory')
  db.unsafeMode().pragma('writable_schema = ON')
  t.is(write(), db)
  t.is(db.pragma('journal_mode = OFF', { simple: true }), 'off')
})

test('door: a file that is no database is told when it is read', (t) => {
  const path = newPath()
  writeFileSync(path, 'This is no database, and long enough to be sure of it.'.repeat(40))
  const notOne = {
    instanceOf: SqliteError,
    code: 'SQLITE_NOTADB',
    message: 'file is not a database',
  }
  t.throws(() => new Database(path), notOne)
  const db = new BetterSqlite3(path)
  t.deepEqual([db.open, db.inTransaction, db.readonly, db.memory], [true, false, false, false])
  t.throws(() => db.prepare('SELECT * FROM t'), notOne)
  t.throws(() => db.exec('CREATE TABLE t(a)'), notOne)
  t.throws(() => db.pragma('user_version'), notOne)
  t.throws(() => db.transaction(() => 1), notOne)
  t.false(db.close().open)
  t.throws(() => db.prepare('SELECT 1'), { message: 'The database connection is not open' })
  const later = new BetterSqlite3(path)
  writeFileSync(path, '')
  t.is(later.exec('CREATE TABLE t(a)'), later)
  t.is(later.close().open, false)
})

test('door: names that look like URIs are files, unless SQLITE_USE_URI says otherwise', (t) => {
  const folder = temporaryFolder()
  const code = `process.chdir(${JSON.stringify(folder)})
    new Database('file:a.db').exec('CREATE TABLE t(a)').close()
    console.log(require('node:fs').readdirSync('.').filter((name) => /db$/.test(name)).join())`
  t.is(elsewhere(code), 'file:a.db')
  t.is(elsewhere(code, { SQLITE_USE_URI: '1' }), 'a.db,file:a.db')
})

test('door: node:sqlite’s spelling of an option is refused, as there', (t) => {
  t.throws(() => new BetterSqlite3(':memory:', { readOnly: false }), {
    instanceOf: TypeError,
    message: 'Misspelled option "readOnly" should be "readonly"',
  })
  t.false(new Database(':memory:', { readOnly: false }).readonly)
})

test('door: what the package is: a CommonJS module that is the constructor', async (t) => {
  const folder = temporaryFolder()
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  cpSync(join(root, 'packages/better-sqlite3'), join(modules, 'better-sqlite3'), {
    recursive: true,
  })
  symlinkSync(root, join(modules, 'chorusdb'))
  const required: unknown = createRequire(join(folder, 'x.js'))('better-sqlite3')
  writeFileSync(
    join(folder, 'x.mjs'),
    `import Database, { SqliteError } from 'better-sqlite3'
     import { createRequire } from 'node:module'
     const required = createRequire(import.meta.url)('better-sqlite3')
     const own = createRequire(import.meta.url)('chorusdb')
     export const answer = [required === Database, Database.name, Object.getOwnPropertyNames(Database).join(), SqliteError === Database.SqliteError,
       own.SqliteError === SqliteError, new Database(':memory:').prepare('SELECT 5').pluck().get()]`,
  )
  const run = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `const { answer } = await import(${JSON.stringify(join(folder, 'x.mjs'))}); console.log(JSON.stringify(answer))`,
    ],
    { encoding: 'utf8' },
  )
  t.is(
    run.stdout,
    '[true,"Database","length,name,prototype,SqliteError",true,true,5]\n',
    run.stderr,
  )
  t.is(typeof required, 'function')
})

test('door: drivers that look for other members find none', (t) => {
  const db = new BetterSqlite3()
  for (const member of ['connect', 'createSession', 'batch', 'fileControl']) {
    t.false(member in db)
    t.false(member in new Database(':memory:'))
  }
})

test('door: soundex, as where SQLite is built with it, and in every database', (t) => {
  const words = [
    'Robert',
    'Tymczak',
    'Pfister',
    'Honeyman',
    '',
    '1x',
    'éa',
    'aé',
    'o-o',
    'Ashcraft',
  ]
  const sounds = words.map((word) => `soundex('${word}')`).join(" || ' ' || ")
  const expected = 'R163 T522 P236 H555 ?000 X000 A000 A200 O000 A226'
  t.is(one(new BetterSqlite3(), `SELECT ${sounds}`), expected)
  t.is(one(new BetterSqlite3(), 'SELECT soundex(NULL)'), '?000')
  t.is(one(new Database(':memory:'), `SELECT ${sounds}`), expected)
})

test('door: parameters have no names of Tcl', (t) => {
  const db = new BetterSqlite3()
  t.throws(() => db.prepare('SELECT $a::x'), { message: 'unrecognized token: ":"' })
  t.throws(() => db.exec('SELECT $a(x)'), { message: 'near "(": syntax error' })
  t.is(new Database(':memory:').prepare('SELECT $a::x').pluck().get({ 'a::x': 5n }), 5)
})
