/**
 * What comes of each row of the table in *Moving from better-sqlite3*, in a process of its own for each of the three constructors:
 *
 *   node moving-probes.js better-sqlite3 | alias | chorusdb
 *
 * It prints the answers by the first column of the row, as JSON.
 */
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Database as Opened, DatabaseOptions } from '../../packages/engine/src/index.ts'

type Open = new (name?: string | Buffer | number, options?: object) => Opened
type Probe = () => unknown

const root = fileURLToPath(new URL('../../', import.meta.url))
const doors: Readonly<Record<string, string>> = {
  'better-sqlite3': join(root, 'node_modules/better-sqlite3'),
  alias: join(root, 'dist/better-sqlite3.cjs'),
  chorusdb: join(root, 'dist/index.cjs'),
}
const door = doors[process.argv[2]!]!
const Database = createRequire(import.meta.url)(door) as Open

const folders: string[] = []
process.on('exit', () => folders.forEach((path) => rmSync(path, { recursive: true, force: true })))

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'chorusdb-moving-'))
  folders.push(path)
  return path
}
const file = (): string => join(folder(), 'a.db')

/** Opens, asks, closes. */
function using<T>(name: string | Buffer, ask: (db: Opened) => T, options?: DatabaseOptions): T {
  const db = new Database(name, options)
  try {
    return ask(db)
  } finally {
    db.close()
  }
}

/** The answer, or what is thrown, shortened to its kind. */
function told(ask: () => unknown): unknown {
  try {
    return ask()
  } catch (error) {
    return failure(error)
  }
}

function failure(error: unknown): string {
  const { code, name } = error as { code?: string; name: string }
  return code ?? name
}

const one = (db: Opened, sql: string, ...values: unknown[]): unknown =>
  db
    .prepare(sql)
    .pluck()
    .get(...values)

/** What another process is told that opens the file by the same door. */
function elsewhere(path: string): string {
  const program = `const Database = require(${JSON.stringify(door)})
    try { new Database(${JSON.stringify(path)}, { timeout: 0 }).exec('CREATE TABLE IF NOT EXISTS o(x)'); console.log('opens it') }
    catch (error) { console.log(error.code) }`
  return spawnSync(process.execPath, ['-e', program], { encoding: 'utf8' }).stdout.trim()
}

const beside = (path: string): string[] =>
  readdirSync(join(path, '..'))
    .map((name) => `${name.slice('a.db'.length)}${size(join(path, '..', name))}`)
    .filter((name) => name !== '' && !name.startsWith(' '))
    .toSorted()

const size = (path: string): string => (statSync(path).size === 0 ? ' (empty)' : '')

/** A database with enough pages for a backup to take several steps. */
function filled(path: string): Opened {
  const db = new Database(path)
  db.exec(`CREATE TABLE t(x);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
    INSERT INTO t SELECT hex(zeroblob(1000)) FROM n`)
  return db
}

const probes: Readonly<Record<string, Probe>> = {
  'a file': () => {
    const path = file()
    return using(path, (db) => (db.exec('CREATE TABLE t(x)'), elsewhere(path)))
  },
  'beside the file': () => {
    const path = file()
    const open = using(path, (db) => {
      db.pragma('journal_mode = WAL')
      db.exec('CREATE TABLE t(x)')
      return beside(path)
    })
    return { open, closed: beside(path) }
  },
  '`journal_mode`': () =>
    using(file(), (db) => [
      db.pragma('journal_mode', { simple: true }),
      db.pragma('journal_mode = TRUNCATE', { simple: true }),
    ]),
  '`synchronous`': () =>
    using(file(), (db) => {
      const first = db.pragma('synchronous', { simple: true })
      db.pragma('journal_mode = WAL')
      db.exec('CREATE TABLE t(x)')
      return [first, db.pragma('synchronous', { simple: true })]
    }),
  '`page_count` of a new file': () =>
    using(file(), (db) => db.pragma('page_count', { simple: true })),
  '`cache_size`': () => using(file(), (db) => db.pragma('cache_size', { simple: true })),
  '`database_list`': () =>
    using(':memory:', (db) => {
      db.pragma('integrity_check')
      return (db.pragma('database_list') as { name: string }[]).map(({ name }) => name)
    }),
  'INTEGERs beyond 2^53': () =>
    using(':memory:', (db) => told(() => one(db, 'SELECT 9007199254740993'))),
  booleans: () => using(':memory:', (db) => told(() => one(db, 'SELECT ?', true))),
  'a Date': () => using(':memory:', (db) => told(() => one(db, 'SELECT ?', new Date(0)))),
  'a DataView': () =>
    using(':memory:', (db) =>
      told(() => one(db, 'SELECT hex(?)', new DataView(new ArrayBuffer(2)))),
    ),
  '`readOnly`': () => {
    const path = file()
    using(path, (db) => db.exec('CREATE TABLE t(x)'))
    return told(() => using(path, (db) => db.readonly, { readOnly: true }))
  },
  'a file or a Buffer that is no database': () => {
    const path = file()
    writeFileSync(path, 'x'.repeat(4096))
    let opened = false
    const answer = told(() =>
      using(path, (db) => ((opened = true), one(db, 'SELECT count(*) FROM sqlite_schema'))),
    )
    return [opened ? 'opened' : 'not opened', answer]
  },
  'a folder in the place of a file, with `readonly`': () => {
    const place = folder()
    let opened = false
    const answer = told(() =>
      using(place, (db) => ((opened = true), one(db, 'SELECT 1 FROM sqlite_schema')), {
        readonly: true,
      }),
    )
    return [opened ? 'opened' : 'not opened', answer]
  },
  '`file:` names': () => {
    const place = folder()
    const before = process.cwd()
    process.chdir(place)
    told(() => using('file:b.db', (db) => db.exec('CREATE TABLE t(x)')))
    process.chdir(before)
    return existsSync(join(place, 'b.db')) ? 'b.db' : 'file:b.db'
  },
  '`PRAGMA writable_schema`': () =>
    using(':memory:', (db) => {
      db.exec('CREATE TABLE t(x)')
      db.pragma('writable_schema = ON')
      return told(
        () => db.prepare("UPDATE sqlite_schema SET name = name WHERE name = 't'").run().changes,
      )
    }),
  '`loadExtension`': () =>
    using(':memory:', (db) => {
      try {
        db.loadExtension('/nowhere.so')
      } catch (error) {
        return /not supported/.test((error as Error).message)
          ? 'not supported'
          : 'looks for the file'
      }
      return 'loaded'
    }),
  '`nativeBinding`': () => {
    const usual = join(root, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node')
    return told(() =>
      using(':memory:', (db) => db.open, { nativeBinding: usual as unknown as null }),
    )
  },
  'descriptors in the place of names': () => {
    const place = folder()
    const fds = ['a.db', 'a.db-journal'].map((name) => openSync(join(place, name), 'w+'))
    try {
      const options = { journalFd: fds[1] }
      return told(() => new Database(fds[0], options).close().open)
    } finally {
      for (const fd of fds) told(() => closeSync(fd))
    }
  },
  '`?1`, `?2` with a list of values': () =>
    using(':memory:', (db) => told(() => db.prepare('SELECT ?2, ?1').raw().get(1, 2))),
  '`serialize`, `backup` of a database that is not attached': async () => {
    const path = file()
    const target = join(folder(), 'copy.db')
    const db = new Database(path)
    const message = (error: unknown): string => (error as Error).message
    let first: unknown
    try {
      first = db.serialize({ attached: 'x' })
    } catch (error) {
      first = message(error)
    }
    const second = await db.backup(target, { attached: 'x' }).catch(message)
    db.close()
    return [first, second, existsSync(target)]
  },
  '`backup` onto a file': async () => {
    const db = filled(file())
    const target = file()
    using(target, (old) => old.exec('CREATE TABLE old(x)'))
    const { ino } = statSync(target)
    await db.backup(target)
    db.close()
    return statSync(target).ino === ino ? 'in its place' : 'takes its place'
  },
  '`backup` in a transaction that writes': async () => {
    const db = filled(file())
    const target = file()
    db.exec("BEGIN; INSERT INTO t VALUES ('new')")
    const timer = setTimeout(() => db.exec('COMMIT'), 30)
    const answer = await db.backup(target).catch(failure)
    clearTimeout(timer)
    const rows = existsSync(target)
      ? told(() => using(target, (copy) => one(copy, 'SELECT count(*) FROM t')))
      : null
    if (db.inTransaction) db.exec('COMMIT')
    db.close()
    return [typeof answer === 'string' ? answer : 'done', rows]
  },
  '`backup` beside another process that writes': async () => {
    const path = file()
    const db = filled(path)
    const other = new Database(path)
    let last = Infinity
    let isAgain = false
    await db.backup(file(), {
      progress({ remainingPages }) {
        if (remainingPages > last) isAgain = true
        if (last === Infinity || !isAgain) other.prepare('INSERT INTO t VALUES (1)').run()
        last = remainingPages
        return 20
      },
    })
    other.close()
    db.close()
    return isAgain ? 'begins again' : 'goes on'
  },
  '`serialize` of a WAL database': () =>
    using(file(), (db) => {
      db.pragma('journal_mode = WAL')
      db.exec('CREATE TABLE t(x)')
      const bytes = db.serialize()
      return told(() => using(bytes, (copy) => one(copy, 'SELECT count(*) FROM t')))
    }),
  'a column `__proto__`': () =>
    using(':memory:', (db) =>
      Object.keys(db.prepare('SELECT 1 AS a, 2 AS "__proto__"').get() as object),
    ),
  '`reader`, `readonly`, `source`, `database` of a statement': () =>
    using(':memory:', (db) => {
      const statement = db.prepare('SELECT 1') as { reader: boolean }
      return told(() => ((statement.reader = false), statement.reader))
    }),
  'LIKE and GLOB on a BLOB': () => using(':memory:', (db) => one(db, "SELECT x'61' LIKE 'a'")),
  'FTS, R-Tree, Geopoly': () =>
    using(':memory:', (db) => told(() => db.exec('CREATE VIRTUAL TABLE f USING fts5(x)').open)),
  'beyond it': () =>
    using(':memory:', (db) => {
      const statement = db.prepare('SELECT 1') as unknown as Record<string, unknown>
      const has = (on: object, name: PropertyKey): boolean =>
        typeof (on as Record<PropertyKey, unknown>)[name] === 'function'
      return [
        has(statement, 'integers'),
        ...['collation', 'status', Symbol.dispose ?? 'x'].map((name) => has(db, name)),
      ]
    }),
}

const answers: Record<string, unknown> = {}
for (const [row, probe] of Object.entries(probes)) answers[row] = await probe()
console.log(JSON.stringify(answers))
