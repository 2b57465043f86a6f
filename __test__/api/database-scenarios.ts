/** Scenarios of databases: opening, pragmas, transactions, what is busy. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { people, type Loose, type Scenarios } from './scenario.ts'

export const databaseScenarios: Scenarios = {
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
