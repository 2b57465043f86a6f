/**
 * Calls of better-sqlite3's interface, to be made on any constructor that claims to have it. Each step is recorded
 * as its own text and what came of it: a value, written so that a bigint is not a number and a Buffer not an
 * array, or the class, code and message of an error.
 *
 * A scenario sees nothing but the constructor, so the same file runs here and in the process that holds
 * better-sqlite3.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../support/temporary.ts'

// The interface is the thing under test, so nothing is assumed of it.
// eslint-disable-next-line typescript/no-explicit-any
type Loose = any

/** One step: its text, and what came of it. */
export type Step = readonly [call: string, outcome: string]

interface Scene {
  readonly Database: Loose
  /** A new memory database. */
  readonly db: Loose
  /** An empty folder. */
  readonly folder: string
  /** Makes a call and records it. */
  readonly step: (call: () => unknown) => void
}

/** A value as text. */
export function show(value: unknown, depth = 0): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  if (typeof value === 'function') return 'function'
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Error) return showError(value)
  if (Buffer.isBuffer(value)) return `Buffer(${value.toString('hex')})`
  if (ArrayBuffer.isView(value)) return value.constructor.name
  if (depth > 4) return '…'
  if (Array.isArray(value)) return `[${value.map((item) => show(item, depth + 1)).join(', ')}]`
  const name = value.constructor?.name
  if (name !== undefined && name !== 'Object') return name.replace(/Class$/, '')
  const members = Object.entries(value).map(([key, item]) => `${key}: ${show(item, depth + 1)}`)
  return `{ ${members.join(', ')} }`
}

function showError(error: Error): string {
  const { code } = error as Error & { code?: string }
  return `${error.name}${code === undefined ? '' : ` ${code}`}: ${error.message}`
}

/** What came of a call. */
export function outcomeOf(call: () => unknown): string {
  try {
    return show(call())
  } catch (error) {
    return `throws ${error instanceof Error ? showError(error) : show(error)}`
  }
}

const people = `
  CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INT, pay REAL, photo BLOB);
  INSERT INTO person VALUES (1, 'Ada', 36, 10.5, x'0102'), (2, 'Bob', NULL, 2.0, NULL), (3, 'Cy', 9, 0, x'');
  CREATE TABLE pet(id INTEGER PRIMARY KEY, owner INT, name VARCHAR(20) UNIQUE);
  INSERT INTO pet VALUES (1, 1, 'Rex'), (2, 1, 'Tom'), (3, 3, 'Kit');
`

/** Every scenario, by name. */
export const scenarios: Readonly<Record<string, (scene: Scene) => void>> = {
  'the constructor': ({ Database, step }) => {
    step(() => Database(':memory:').open)
    step(() => new Database().name)
    step(() => new Database().memory)
    step(() => new Database('  ').name)
    step(() => new Database(':memory:').name)
    step(() => new Database(null).memory)
    step(() => new Database(':memory:', null).open)
    step(() => new Database(5n))
    step(() => new Database({}))
    step(() => new Database(true))
    step(() => new Database(':memory:', 5))
    step(() => new Database(':memory:', 'x'))
    step(() => new Database(':memory:', { memory: true }))
    step(() => new Database(':memory:', { readonly: true }))
    step(() => new Database('', { readonly: true }))
    step(() => new Database(':memory:', { readonly: 1 }))
    step(() => new Database(':memory:', { fileMustExist: 'yes' }))
    step(() => new Database(':memory:', { fileMustExist: true }).open)
    step(() => new Database(':memory:', { timeout: -1 }))
    step(() => new Database(':memory:', { timeout: 1.5 }))
    step(() => new Database(':memory:', { timeout: '5' }))
    step(() => new Database(':memory:', { timeout: 0x80000000 }))
    step(() => new Database(':memory:', { timeout: 0 }).pragma('busy_timeout', { simple: true }))
    step(() => new Database(':memory:').pragma('busy_timeout', { simple: true }))
    step(() => new Database(':memory:', { verbose: 5 }))
    step(() => new Database(':memory:', { verbose: null }).open)
    step(() => new Database('/no-such-folder/at-all/x.db'))
    step(() => new Database('/no-such-folder/at-all/x.db', { fileMustExist: true }))
    step(() => new Database('/', {}))
    step(() => typeof Database.SqliteError)
    step(() => Database.prototype.constructor === Database)
    step(() => new Database() instanceof Database)
    step(() => Database() instanceof Database)
    step(() => Database.name.replace('Class', ''))
  },

  'the properties of a database': ({ db, step }) => {
    step(() => [db.open, db.inTransaction, db.readonly, db.memory, db.name])
    step(() => db.exec('BEGIN') === db)
    step(() => db.inTransaction)
    step(() => db.exec('ROLLBACK').inTransaction)
    step(() => db.defaultSafeIntegers() === db)
    step(() => db.defaultSafeIntegers(false) === db)
    step(() => db.defaultSafeIntegers(1))
    step(() => db.unsafeMode() === db)
    step(() => db.unsafeMode(false) === db)
    step(() => db.unsafeMode('x'))
    step(() => db.close() === db)
    step(() => [db.open, db.inTransaction, db.readonly, db.memory, db.name])
    step(() => db.close() === db)
    step(() => db.prepare('SELECT 1'))
    step(() => db.prepare(1))
    step(() => db.exec('SELECT 1'))
    step(() => db.exec())
    step(() => db.pragma('user_version'))
    step(() => db.pragma())
    step(() => db.unsafeMode())
    step(() => db.defaultSafeIntegers() === db)
    step(() => db.transaction(() => 1))
    step(() => db.transaction(1))
  },

  'the properties of a statement': ({ db, step }) => {
    db.exec(people)
    const properties = (sql: string): unknown => {
      const statement = db.prepare(sql)
      return [
        statement.reader,
        statement.readonly,
        statement.busy,
        statement.source,
        statement.database === db,
      ]
    }
    step(() => properties('SELECT 1'))
    step(() => properties(' SELECT * FROM person -- all'))
    step(() => properties("INSERT INTO pet VALUES (9, 1, 'x')"))
    step(() => properties('UPDATE pet SET name = name'))
    step(() => properties('DELETE FROM pet WHERE 0'))
    step(() => properties('CREATE TABLE other(a)'))
    step(() => properties('BEGIN'))
    step(() => properties('BEGIN IMMEDIATE'))
    step(() => properties('COMMIT'))
    step(() => properties('ROLLBACK'))
    step(() => properties('SAVEPOINT s'))
    step(() => properties('RELEASE s'))
    step(() => properties('ROLLBACK TO s'))
    step(() => properties('PRAGMA user_version'))
    step(() => properties('PRAGMA user_version = 5'))
    step(() => properties('PRAGMA table_info(pet)'))
    step(() => properties('PRAGMA journal_mode'))
    step(() => properties('PRAGMA busy_timeout = 5'))
    step(() => properties('EXPLAIN QUERY PLAN SELECT 1'))
    step(() => properties('VALUES (1), (2)'))
    step(() => properties('WITH x AS (SELECT 1) SELECT * FROM x'))
    step(() => db.prepare('SELECT 1;').source)
    step(() => String(db.prepare(' SELECT  1 ; ')))
    step(() => db.prepare('SELECT 1').raw().source)
  },

  preparing: ({ db, step }) => {
    step(() => db.prepare())
    step(() => db.prepare(null))
    step(() => db.prepare(Buffer.from('SELECT 1')))
    step(() => db.prepare(''))
    step(() => db.prepare('  ;  '))
    step(() => db.prepare('-- nothing'))
    step(() => db.prepare('/* nothing */'))
    step(() => db.prepare('SELECT 1; SELECT 2'))
    step(() => db.prepare('SELECT 1; garbage'))
    step(() => db.prepare('SELECT 1;;; ; -- more\n /* and more */ ').get())
    step(() => db.prepare(';SELECT 1').get())
    step(() => db.prepare('SELECT 1; /* a */ SELECT 2 /* b */'))
    step(() => db.prepare('SELECT 1; /* a */ SELECT 2'))
    step(() => db.prepare('SELECT 1; -- a\nSELECT 2'))
    step(() => db.prepare('SELECT 1; /* a **/ /*').get())
    step(() => db.prepare('SELEC 1'))
    step(() => db.prepare('SELECT'))
    step(() => db.prepare('SELECT * FROM nowhere'))
    step(() => db.prepare('SELECT nothing'))
    step(() => db.prepare('SELECT "1')) // An unterminated name.
    step(() => db.prepare("SELECT 'abc"))
    step(() => db.prepare('SELECT f(1)'))
    step(() => db.prepare('SELECT abs(1, 2)'))
    step(() => db.prepare('INSERT INTO nowhere VALUES (1)'))
    step(() => db.prepare('SELECT 1 FROM sqlite_schema, sqlite_schema WHERE name = 1'))
    step(() => db.prepare('DROP TABLE nowhere'))
    step(() => db.prepare('SELECT #1'))
    step(() => db.prepare('SELECT ?99999'))
    step(() => db.prepare('SELECT ?0'))
  },

  run: ({ db, step }) => {
    db.exec(people)
    step(() => db.prepare("INSERT INTO pet VALUES (4, 2, 'Ann')").run())
    step(() => db.prepare("INSERT INTO pet(owner, name) VALUES (2, 'Bea'), (2, 'Cleo')").run())
    step(() => db.prepare('UPDATE pet SET owner = 3').run())
    step(() => db.prepare('UPDATE pet SET owner = 3 WHERE 0').run())
    step(() => db.prepare('DELETE FROM pet WHERE id > 4').run())
    step(() => db.prepare('CREATE TABLE other(a)').run())
    step(() => db.prepare('BEGIN').run())
    step(() => db.prepare('COMMIT').run())
    step(() => db.prepare('DELETE FROM pet').run())
    step(() => db.prepare('SELECT 1').run())
    step(() => db.prepare('INSERT INTO other VALUES (1), (2), (3)').safeIntegers().run())
    step(() => db.prepare('INSERT INTO person(id, name) VALUES (9007199254740993, ?)').run('Far'))
    step(() =>
      db
        .prepare('INSERT INTO person(id, name) VALUES (9007199254740995, ?)')
        .safeIntegers()
        .run('Far'),
    )
    step(() => db.prepare('INSERT INTO person(id, name) VALUES (1, ?)').run('x'))
    step(() => db.prepare('INSERT INTO person(id, name) VALUES (77, ?)').run(null))
    step(() => db.prepare("INSERT INTO pet VALUES (1, 1, 'a')").run())
    step(() => db.prepare("INSERT INTO pet VALUES (2, 1, 'a')").run())
    step(() => db.prepare("INSERT OR IGNORE INTO pet VALUES (2, 1, 'a')").run())
    step(() => db.prepare("INSERT INTO person(id, name) VALUES ('x', 'y')").run())
    step(() => db.prepare('COMMIT').run())
    step(() => db.prepare('ROLLBACK').run())
    step(() => db.prepare('RELEASE nothing').run())
  },

  'get, all and iterate': ({ db, step }) => {
    db.exec(people)
    step(() => db.prepare('SELECT * FROM person WHERE id = 1').get())
    step(() => db.prepare('SELECT * FROM person WHERE id = 99').get())
    step(() => db.prepare('SELECT * FROM person ORDER BY id').get())
    step(() => db.prepare('SELECT * FROM person ORDER BY id').all())
    step(() => db.prepare('SELECT * FROM person WHERE 0').all())
    step(() => [...db.prepare('SELECT id FROM person ORDER BY id').iterate()])
    step(() => db.prepare('DELETE FROM pet WHERE 0').get())
    step(() => db.prepare('DELETE FROM pet WHERE 0').all())
    step(() => db.prepare('DELETE FROM pet WHERE 0').iterate())
    step(() => db.prepare('BEGIN').get())
    step(() => db.prepare('SELECT 1 AS a, 2 AS a, 3 AS b').get())
    step(() => db.prepare('SELECT 1 AS a, 2 AS a, 3 AS b').raw().get())
    step(() => db.prepare('SELECT 1 AS "__proto__", 2 AS "constructor"').raw().get())
    step(() => db.prepare('SELECT 1, 1 + 1, count(*), max(id) FROM person').get())
    step(() => db.prepare('SELECT 1 AS ""').get())
    step(() => db.prepare("SELECT 1.0, 1e300, 9e999, 0.1, 'x', x'00ff', NULL").raw().get())
    step(() => db.prepare('SELECT 9007199254740993, -9223372036854775807 - 1').raw().get())
    step(() => db.prepare('SELECT 9007199254740993, 5, 1.5').raw().safeIntegers().get())
    step(() => db.prepare("SELECT x''").pluck().get())
    step(() => db.prepare("SELECT CAST(x'61ff62' AS TEXT)").pluck().get())
    step(() => db.prepare("SELECT 'a' || char(0) || 'b'").pluck().get())
    step(() => Buffer.isBuffer(db.prepare("SELECT x'01'").pluck().get()))
  },

  'raw, pluck and expand': ({ db, step }) => {
    db.exec(people)
    const join = 'SELECT * FROM person JOIN pet ON owner = person.id WHERE pet.id = 1'
    step(() => db.prepare(join).get())
    step(() => db.prepare(join).raw().get())
    step(() => db.prepare(join).pluck().get())
    step(() => db.prepare(join).expand().get())
    step(() =>
      db.prepare('SELECT p.name, q.name, 1 + 1 AS two FROM person p, pet q').expand().get(),
    )
    step(() => db.prepare('SELECT a.name n FROM (SELECT name FROM pet) a').expand().all())
    step(() => db.prepare(join).raw().raw(false).get())
    step(() => db.prepare(join).raw().pluck(false).get())
    step(() => db.prepare(join).raw().pluck().get())
    step(() => db.prepare(join).pluck().raw().get())
    step(() => db.prepare(join).expand().raw().expand(false).get())
    step(() => db.prepare('SELECT id FROM pet ORDER BY id').pluck().all())
    step(() => [...db.prepare('SELECT id FROM pet ORDER BY id').raw().iterate()])
    step(() => db.prepare(join).raw(1))
    step(() => db.prepare(join).pluck(null))
    step(() => db.prepare(join).expand('x'))
    step(() => db.prepare(join).safeIntegers(0))
    step(() => db.prepare('BEGIN').raw())
    step(() => db.prepare('BEGIN').pluck())
    step(() => db.prepare('BEGIN').expand())
    step(() => db.prepare('BEGIN').columns())
    step(() => db.prepare('BEGIN').safeIntegers().source)
    step(() => db.prepare('PRAGMA user_version').raw().all())
    step(() => db.prepare('PRAGMA user_version').pluck().get())
    step(() => db.prepare('PRAGMA user_version').expand().get())
    step(() => db.prepare('PRAGMA user_version').safeIntegers().all())
  },

  columns: ({ db, step }) => {
    db.exec(people)
    db.exec('CREATE VIEW grown AS SELECT name AS who, age + 1 AS later FROM person')
    step(() => db.prepare('SELECT * FROM person').columns())
    step(() => db.prepare('SELECT p.id AS x, rowid, name || 1, count(*) FROM pet p').columns())
    step(() => db.prepare('SELECT * FROM grown').columns())
    step(() => db.prepare('SELECT a.n FROM (SELECT name AS n FROM pet) a').columns())
    step(() => db.prepare('SELECT (SELECT name FROM pet)').columns())
    step(() => db.prepare('SELECT 1 UNION SELECT id FROM pet').columns())
    step(() => db.prepare('SELECT id FROM pet UNION SELECT 1').columns())
    step(() => db.prepare('VALUES (1, 2)').columns())
    step(() => db.prepare('SELECT name FROM sqlite_schema').columns())
    step(() => db.prepare('PRAGMA user_version').columns())
    step(() => db.prepare('WITH x(a) AS (SELECT name FROM pet) SELECT a FROM x').columns())
    const statement = db.prepare('SELECT * FROM pet')
    db.close()
    step(() => statement.columns())
  },

  binding: ({ db, step }) => {
    const get = (sql: string, ...args: unknown[]): unknown =>
      db
        .prepare(sql)
        .raw()
        .get(...args)
    step(() => get('SELECT typeof(?), ?', 1, 1))
    step(() => get('SELECT typeof(?), ?', 1n, 1n))
    step(() => get('SELECT typeof(?), ?', 1.5, -0))
    step(() => get('SELECT typeof(?)', NaN))
    step(() => get('SELECT ?, ?', Infinity, -Infinity))
    step(() => get('SELECT typeof(?), ?', 'x', 'é\u0000z'))
    step(() => get('SELECT ?', '\ud800'))
    step(() => get('SELECT typeof(?), ?', Buffer.from([1, 2]), Buffer.from([1, 2])))
    step(() => get('SELECT ?', new Uint8Array([1, 2, 3]).subarray(1)))
    step(() => get('SELECT ?', new Uint16Array([1, 2])))
    step(() => get('SELECT ?', new DataView(new ArrayBuffer(2))))
    step(() => get('SELECT ?', new ArrayBuffer(2)))
    step(() => get('SELECT typeof(?)', null))
    step(() => get('SELECT typeof(?)', undefined))
    step(() => get('SELECT ?', true))
    step(() => get('SELECT ?', Symbol('x')))
    step(() => get('SELECT ?', () => 1))
    step(() => get('SELECT ?', new Date(0)))
    step(() => get('SELECT ?', new Map()))
    step(() => get('SELECT ?', 2n ** 63n))
    step(() => get('SELECT ?', 2n ** 63n - 1n))
    step(() => get('SELECT ?', -(2n ** 63n)))
    step(() =>
      db
        .prepare('SELECT ?')
        .safeIntegers()
        .get(-(2n ** 63n)),
    )
    step(() => get('SELECT ?, ?', 1, 2))
    step(() => get('SELECT ?, ?', [1, 2]))
    step(() => get('SELECT ?, ?, ?', [1], 2, [3]))
    step(() => get('SELECT ?, ?', [1, [2]]))
    step(() => get('SELECT ?, ?', 1))
    step(() => get('SELECT ?, ?'))
    step(() => get('SELECT ?, ?', 1, 2, 3))
    step(() => get('SELECT ?, ?', [1, 2, 3]))
    step(() => get('SELECT ?, ?', [], []))
    step(() => get('SELECT 1', []))
    step(() => get('SELECT 1', {}))
    step(() => get('SELECT 1', 1))
    step(() => get('SELECT 1', true))
    step(() => get('SELECT 1', undefined))
    step(() => get('SELECT ?', {}))
    step(() => get('SELECT ?', 1, {}))
    step(() => get('SELECT :a, @b, $c', { a: 1, b: 2, c: 3 }))
    step(() => get('SELECT :a, @a, $a', { a: 1 }))
    step(() => get('SELECT :a, :a', { a: 1 }))
    step(() => get('SELECT :a', { ':a': 1 }))
    step(() => get('SELECT :a', { a: 1, extra: 2 }))
    step(() => get('SELECT :a', {}))
    step(() => get('SELECT :a, :b', { b: 1 }))
    step(() => get('SELECT :a'))
    step(() => get('SELECT :a', 1))
    step(() => get('SELECT :a', [1]))
    step(() => get('SELECT :a', { a: 1 }, { a: 2 }))
    step(() => get('SELECT :a', { a: undefined }))
    step(() => get('SELECT :a', { a: {} }))
    step(() => get('SELECT :a', { a: true }))
    step(() =>
      get(
        'SELECT :a',
        new (class Point {
          x = 1
        })(),
      ),
    )
    step(() => get('SELECT :a', new Date(0)))
    step(() => get('SELECT :a', Object.create(null)))
    step(() => get('SELECT :a', Object.create({ a: 1 })))
    step(() => get('SELECT :a', Object.assign(Object.create(null), { a: 5 })))
    step(() => get('SELECT :toString', {}))
    step(() =>
      get('SELECT :a', {
        get a() {
          throw new RangeError('from a getter')
        },
      }),
    )
    step(() => get('SELECT ?, :a, ?', 1, { a: 2 }, 3))
    step(() => get('SELECT ?, :a, ?', { a: 2 }, [1, 3]))
    step(() => get('SELECT ?, :a', 1))
    step(() => get('SELECT ?, :a', { a: 1 }))
    step(() => get('SELECT ?, :a', 1, 2, { a: 1 }))
    step(() => get('SELECT :a, ?', true, { a: 1 }))
    step(() => get('SELECT ?1, ?2', { 1: 'one', 2: 'two' }))
    step(() => get('SELECT ?2, ?', { 2: 'two' }, 1, 3))
    step(() => get('SELECT ?2', { 2: 'two' }, 1))
    step(() => get('SELECT ?1'))
  },

  'binding for good': ({ db, step }) => {
    db.exec(people)
    const statement = db.prepare('SELECT name, ? AS x FROM person WHERE id = ?').raw()
    step(() => statement.bind('x', 1) === statement)
    step(() => statement.get())
    step(() => statement.all())
    step(() => statement.get(1, 2))
    step(() => statement.all([]))
    step(() => statement.bind('x', 1))
    step(() => db.prepare('SELECT ?').bind())
    step(() => db.prepare('SELECT ?').bind(true))
    step(() => db.prepare('SELECT 1').bind().bind())
    const second = db.prepare('SELECT ?').raw()
    step(() => second.bind(1, 2))
    step(() => second.bind(1).get())
    const bytes = Buffer.from([1, 2])
    const third = db.prepare('SELECT ?').pluck().bind(bytes)
    bytes[0] = 9
    step(() => third.get())
    step(() => String(db.prepare('SELECT ?, :a').bind("it's", { a: 5n })))
    step(() => String(db.prepare("SELECT ?, '?', :a -- ?").bind(1.5, { a: null })))
    step(() => String(db.prepare('SELECT ?, ?, ?').bind(Buffer.from([255]), 2, 1e300)))
    step(() => String(db.prepare('SELECT ?1, ?1').bind({ 1: 0.1 })))
    step(() => String(db.prepare(' SELECT ? ; ').bind(1)))
    step(() => String(db.prepare('SELECT 1 ; ').bind()))
    db.close()
    step(() => second.toString())
    step(() => second.get())
    step(() => second.bind(1))
    step(() => db.prepare)
  },

  'safe integers': ({ db, step }) => {
    db.exec(people)
    const get = (statement: Loose): unknown => statement.raw().get()
    step(() => get(db.prepare('SELECT 1, 1.0, 2.5').safeIntegers()))
    step(() => get(db.prepare('SELECT 1').safeIntegers().safeIntegers(false)))
    step(() => db.defaultSafeIntegers().prepare('SELECT id FROM person').pluck().all())
    step(() => get(db.prepare('SELECT 1')))
    step(() => get(db.prepare('SELECT 1').safeIntegers(false)))
    step(() => db.prepare('UPDATE pet SET id = id').run())
    step(() => db.pragma('user_version'))
    step(() => get(db.defaultSafeIntegers(false).prepare('SELECT 1')))
  },

  pragma: ({ db, step }) => {
    db.exec(people)
    step(() => db.pragma('user_version'))
    step(() => db.pragma('user_version', { simple: true }))
    step(() => db.pragma('user_version = 7'))
    step(() => db.pragma('user_version', { simple: true }))
    step(() => db.pragma('user_version = 8', { simple: true }))
    step(() => db.pragma('application_id = 5'))
    step(() => db.pragma('table_info(pet)'))
    step(() => db.pragma('table_info(nowhere)', { simple: true }))
    step(() => db.pragma('table_info(pet)', { simple: true }))
    step(() => db.pragma('index_list(pet)'))
    step(() => db.pragma('no_such_pragma'))
    step(() => db.pragma('no_such_pragma', { simple: true }))
    step(() => db.pragma('encoding', { simple: true }))
    step(() => db.pragma('page_size', { simple: true }))
    step(() => db.pragma('page_count', { simple: true }))
    step(() => db.pragma('schema_version', { simple: true }))
    step(() => db.pragma('foreign_keys', { simple: true }))
    step(() => db.pragma('journal_mode', { simple: true }))
    step(() => db.pragma('synchronous', { simple: true }))
    step(() => db.pragma('cache_size', { simple: true }))
    step(() => db.pragma('busy_timeout = 100'))
    step(() => db.pragma('integrity_check', { simple: true }))
    step(() => db.pragma('quick_check'))
    step(() => db.pragma('database_list'))
    step(() => db.pragma(5))
    step(() => db.pragma())
    step(() => db.pragma('user_version', 5))
    step(() => db.pragma('user_version', null))
    step(() => db.pragma('user_version', { simple: 1 }))
    step(() => db.pragma('user_version; SELECT 1'))
    step(() => db.pragma('user_version;'))
    step(() => db.pragma('(x'))
    step(() => db.pragma(''))
  },

  explain: ({ db, step }) => {
    db.exec(people)
    const details = (sql: string): unknown =>
      db.explain(`QUERY PLAN ${sql}`).map((row: Loose) => row.detail)
    step(() => Object.keys(db.explain('QUERY PLAN SELECT ?, :a')[0]))
    step(() => details('SELECT * FROM person'))
    step(() => details('SELECT * FROM person WHERE id = ? AND name = :a'))
    step(() => details('SELECT * FROM pet WHERE name = ?'))
    step(() => db.explain('QUERY PLAN SELECT * FROM nowhere'))
    step(() => db.explain(5))
    step(() => db.explain())
    step(() => db.close().open)
    step(() => db.explain('QUERY PLAN SELECT 1'))
  },

  'a database in a file': ({ Database, folder, step }) => {
    const path = join(folder, 'a.db')
    step(() => new Database(path, { fileMustExist: true }))
    step(() => new Database(path, { readonly: true }))
    step(() => new Database(join(folder, 'none', 'a.db')))
    step(() => new Database(folder))
    const db = new Database(` ${path} `)
    step(() => [db.name === ` ${path} `, db.memory, db.readonly])
    step(() => db.pragma('journal_mode = WAL', { simple: true }))
    step(() => db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)') === db)
    const reader = new Database(path, { readonly: true })
    step(() => [reader.readonly, reader.prepare('SELECT a FROM t').all()])
    step(() => reader.prepare('INSERT INTO t VALUES (2)').run())
    step(() => reader.exec('CREATE TABLE u(a)'))
    step(() => reader.exec('BEGIN IMMEDIATE'))
    const other = new Database(path, { timeout: 0 })
    step(() => db.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (3)') === db)
    step(() => other.exec('BEGIN IMMEDIATE'))
    step(() => other.prepare('INSERT INTO t VALUES (4)').run())
    step(() => other.prepare('SELECT count(*) FROM t').pluck().get())
    step(() => other.exec('BEGIN').prepare('SELECT count(*) FROM t').pluck().get())
    step(() => db.exec('COMMIT').inTransaction)
    step(() => other.prepare('SELECT count(*) FROM t').pluck().get())
    step(() => other.exec('ROLLBACK').prepare('SELECT count(*) FROM t').pluck().get())
    step(() => [db.close().open, reader.close().open, other.close().open])
    writeFileSync(path, 'This is no database, and long enough to be sure of it.'.repeat(40))
    step(() => new Database(path).prepare('SELECT * FROM t'))
  },

  exec: ({ db, step }) => {
    step(() => db.exec('') === db)
    step(() => db.exec(' ; ; ') === db)
    step(() => db.exec('-- nothing') === db)
    step(() => db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1); SELECT * FROM t;') === db)
    step(() => db.exec('INSERT INTO t VALUES (2); INSERT INTO nowhere VALUES (3)'))
    step(() => db.exec('INSERT INTO t VALUES (4); INSERT INTO t VALUES (5), x'))
    step(() => db.prepare('SELECT a FROM t').pluck().all())
    step(() => db.exec('INSERT INTO t VALUES (?)') === db)
    step(() => db.prepare('SELECT a FROM t').pluck().all())
    step(() => db.exec(Buffer.from('SELECT 1')))
    step(() => db.exec('SELECT 1; ;; SELECT 2 -- end') === db)
  },

  transactions: ({ db, step }) => {
    db.exec('CREATE TABLE t(a UNIQUE)')
    const insert = db.prepare('INSERT INTO t VALUES (?)')
    const rows = (): unknown => db.prepare('SELECT a FROM t').pluck().all()
    const add = db.transaction((...values: unknown[]) => {
      for (const value of values) insert.run(value)
      return db.inTransaction
    })
    step(() => add(1, 2))
    step(rows)
    step(() => add(3, 3))
    step(rows)
    step(() => [add.default === add, add.database === db, typeof add.deferred.immediate])
    step(() => [add.immediate.exclusive === add.exclusive, add.deferred.default === add])
    step(() => [add.deferred(4), add.immediate(5), add.exclusive(6)])
    step(rows)
    step(() => Object.keys(add))
    const outer = db.transaction((inner: boolean) => {
      insert.run(10)
      try {
        add(11, 12, 10)
      } catch (error) {
        if (inner) throw error
      }
      add.immediate(13)
      return rows()
    })
    step(() => outer(false))
    step(() => outer(true))
    step(rows)
    step(() => db.inTransaction)
    step(() => db.transaction(async () => 1)())
    step(() => db.transaction(() => ({ [String('then')]: () => 1 }))())
    step(() => db.inTransaction)
    step(() => db.transaction(() => ({ [String('then')]: 1 }))())
    step(() =>
      db.transaction(() => {
        insert.run(20)
        db.exec('ROLLBACK')
        throw new Error('mine')
      })(),
    )
    step(() =>
      db.transaction(() => {
        insert.run(21)
        db.exec('COMMIT')
      })(),
    )
    step(() =>
      db.transaction(() => {
        throw null
      })(),
    )
    step(() =>
      db
        .transaction(function (this: Loose, x: number) {
          return [this.y, x]
        })
        .call({ y: 5 }, 6),
    )
    step(rows)
    step(() => db.transaction())
    step(() => db.transaction('x'))
    step(() => db.exec('BEGIN; BEGIN'))
    step(() => db.inTransaction)
    step(() => add(30))
    step(() => db.exec('ROLLBACK').inTransaction)
    step(rows)
    step(() => db.exec('SAVEPOINT a').inTransaction)
    step(() => db.exec('RELEASE a').inTransaction)
    step(() => db.prepare('INSERT OR ROLLBACK INTO t VALUES (1)').run())
    step(() => {
      db.exec('BEGIN')
      insert.run(40)
      return db.prepare('INSERT OR ROLLBACK INTO t VALUES (1)').run()
    })
    step(() => [db.inTransaction, rows()])
  },

  'what is busy while an iterator is open': ({ db, step }) => {
    db.exec(people)
    const people2 = db.prepare('SELECT id FROM person ORDER BY id').pluck()
    const other = db.prepare('SELECT id FROM pet ORDER BY id').pluck()
    const change = db.prepare('UPDATE pet SET owner = 1 WHERE id = ?')
    const rows = people2.iterate()
    step(() => [people2.busy, other.busy])
    step(() => people2.get())
    step(() => people2.all())
    step(() => people2.iterate())
    step(() => people2.run())
    step(() => people2.raw())
    step(() => people2.safeIntegers())
    step(() => people2.bind())
    step(() => people2.columns().length)
    step(() => rows.next())
    step(() => other.all())
    step(() => other.run())
    step(() => change.run(1))
    step(() => change.run())
    step(() => db.exec('SELECT 1'))
    step(() => db.exec(5))
    step(() => db.pragma('user_version'))
    step(() => db.prepare('SELECT 1').get())
    step(() => db.transaction(() => 1)())
    step(() => db.close())
    step(() => db.open)
    step(() => [...other.iterate()])
    step(() => rows.next())
    step(() => rows[Symbol.iterator]() === rows)
    step(() => rows.return())
    step(() => rows.next())
    step(() => rows.return())
    step(() => people2.busy)
    step(() => change.run(1))
    step(() => {
      const seen = []
      for (const id of people2.iterate()) {
        seen.push(id)
        if (id === 2) break
      }
      return [seen, people2.busy]
    })
    step(() => {
      for (const id of people2.iterate()) throw new Error(`at ${id}`)
      return 0
    })
    step(() => people2.busy)
    db.unsafeMode()
    step(() => {
      const seen = []
      for (const id of people2.iterate()) {
        seen.push(id)
        change.run(id)
      }
      return seen
    })
    const last = people2.iterate()
    step(() => db.exec('SELECT 1') === db)
    step(() => db.close())
    step(() => last.return())
    step(() => db.close().open)
    step(() => people2.get())
    step(() => people2.iterate())
    step(() => change.run(1))
    step(() => people2.raw().source)
  },

  verbose: ({ Database, step }) => {
    const seen: unknown[] = []
    const take = (): unknown => seen.splice(0)
    const db = new Database(':memory:', { verbose: (...args: unknown[]) => seen.push(args) })
    step(take)
    db.exec('CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2) ; ;  SELECT * FROM t')
    step(take)
    db.prepare('  INSERT INTO t VALUES (?, :b); ').run("it's", { b: Buffer.from('ab') })
    step(take)
    db.prepare('SELECT * FROM t').all()
    db.prepare('SELECT * FROM t /* x */').get()
    db.pragma('user_version')
    step(take)
    const rows = db.prepare('SELECT a FROM t WHERE a > ?').iterate(0)
    step(take)
    rows.next()
    step(take)
    rows.return()
    db.transaction(() => 1)()
    step(take)
    step(() => db.prepare('INSERT INTO t VALUES (1)'))
    step(take)
    const bad = new Database(':memory:', {
      verbose: () => {
        throw new RangeError('from verbose')
      },
    })
    step(() => bad.exec('CREATE TABLE t(a)'))
    step(() => bad.prepare('SELECT 1').get())
    step(() => bad.prepare('SELECT 1').iterate().next())
    step(() => bad.close().open)
    const nosy = new Database(':memory:', { verbose: () => nosy.prepare('SELECT 2') })
    step(() => nosy.prepare('SELECT 1').get())
    step(() => nosy.exec('SELECT 1'))
    step(() => nosy.open)
  },
}

/** Runs every scenario on a constructor. */
export function runScenarios(Database: Loose): Record<string, Step[]> {
  const answers: Record<string, Step[]> = {}
  for (const [name, scenario] of Object.entries(scenarios)) {
    const steps: Step[] = []
    const db = new Database(':memory:')
    const step = (call: () => unknown): void => void steps.push([String(call), outcomeOf(call)])
    const folder = temporaryFolder()
    try {
      scenario({ Database, db, folder, step })
    } catch (error) {
      steps.push(['the scenario', show(error)])
    }
    answers[name] = steps
  }
  return answers
}
