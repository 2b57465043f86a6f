/** Scenarios of databases: opening and closing them, options, texts, transactions. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { people, type Loose, type Scenarios } from './scenario.ts'

export const databaseScenarios: Scenarios = {
  'the name of a database': ({ sqlite, folder, step }) => {
    const open = (path: unknown): string | null => new sqlite.DatabaseSync(path).location()
    step(() => new sqlite.DatabaseSync())
    step(() => open(5))
    step(() => open(null))
    step(() => open({}))
    step(() => open([]))
    step(() => open(() => 1))
    step(() => open('a\0b'))
    step(() => open(Buffer.from('a\0b')))
    step(() => open(new URL('http://example.org/a.db')))
    step(() => open({ href: 'http://a/' }))
    step(() => open({ href: 5 }))
    step(() => open(':memory:'))
    step(() => open(''))
    step(() => open(join(folder, 'a.db')))
    step(() => open(Buffer.from(join(folder, 'b.db'))))
    step(() => open(new Uint8Array(Buffer.from(join(folder, 'b.db')))))
    step(() => open(pathToFileURL(join(folder, 'c.db'))))
    step(() => open(pathToFileURL(join(folder, 'c.db')).href))
    step(() => open(`${pathToFileURL(join(folder, 'd.db')).href}?mode=rwc`))
    step(() => open(`${pathToFileURL(join(folder, 'e.db')).href}?mode=ro`))
    step(() => open(join(folder, 'no', 'such', 'folder.db')))
    step(() => open(folder))
  },
  'options of the constructor': ({ sqlite, step }) => {
    const open = (options: unknown): unknown => new sqlite.DatabaseSync(':memory:', options).isOpen
    step(() => open(undefined))
    step(() => open(null))
    step(() => open(5))
    step(() => open('x'))
    step(() => open([]))
    step(() => open(() => 1))
    step(() => open({}))
    for (const name of [
      'open',
      'readOnly',
      'enableForeignKeyConstraints',
      'enableDoubleQuotedStringLiterals',
      'allowExtension',
      'readBigInts',
      'returnArrays',
      'allowBareNamedParameters',
      'allowUnknownNamedParameters',
      'defensive',
    ]) {
      step(() => open({ [name]: undefined }))
      step(() => open({ [name]: null }))
      step(() => open({ [name]: 1 }))
      step(() => open({ [name]: 'true' }))
    }
    for (const timeout of [null, 'x', 1.5, -1, 5, 2 ** 31, 2n, NaN, -0]) {
      step(() => open({ timeout }))
    }
    for (const limits of [null, 5, 'x', { length: 'x' }, { length: -1 }, { attach: 1.5 }]) {
      step(() => open({ limits }))
    }
    step(() => open({ open: false }))
    step(() => open({ open: 1, readOnly: 1 }))
    step(() => open({ timeout: 'x', allowExtension: 1 }))
    step(() =>
      open({
        get open() {
          throw new Error('mine')
        },
      }),
    )
  },
  'open and close': ({ sqlite, folder, step }) => {
    const db = new sqlite.DatabaseSync(join(folder, 'a.db'), { open: false })
    step(() => db.isOpen)
    step(() => existsSync(join(folder, 'a.db')))
    step(() => db.isTransaction)
    step(() => db.close())
    step(() => db[Symbol.dispose]())
    step(() => db.exec('SELECT 1'))
    step(() => db.prepare('SELECT 1'))
    step(() => db.prepare(5))
    step(() => db.location())
    step(() => db.function('f', () => 1))
    step(() => db.aggregate('f', {}))
    step(() => db.setAuthorizer(null))
    step(() => db.createTagStore())
    step(() => db.createSession())
    step(() => db.applyChangeset(new Uint8Array()))
    step(() => db.enableLoadExtension(false))
    step(() => db.loadExtension('x'))
    step(() => db.enableDefensive(true))
    step(() => db.limits.length)
    step(() => db.serialize())
    step(() => db.deserialize(new Uint8Array(1)))
    step(() => db.open())
    step(() => db.isOpen)
    step(() => db.open())
    step(() => db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)'))
    const statement = db.prepare('SELECT * FROM t')
    const rows = statement.iterate()
    step(() => rows.next())
    step(() => db.close())
    step(() => db.isOpen)
    step(() => statement.all())
    step(() => statement.get())
    step(() => statement.run())
    step(() => statement.iterate())
    step(() => statement.columns())
    step(() => statement.sourceSQL)
    step(() => statement.expandedSQL)
    step(() => statement.setReadBigInts(true))
    step(() => statement.setReadBigInts(5))
    step(() => rows.next())
    step(() => rows.return())
    step(() => db.open())
    step(() => statement.all())
    step(() => db.prepare('SELECT * FROM t').all())
    step(() => db[Symbol.dispose]())
    step(() => db.isOpen)
    step(() => db[Symbol.dispose]())
    step(() => db.close())
  },
  'reading only': ({ sqlite, folder, step }) => {
    const path = join(folder, 'a.db')
    step(() => new sqlite.DatabaseSync(path, { readOnly: true }))
    const writer = new sqlite.DatabaseSync(path)
    writer.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    writer.close()
    const db = new sqlite.DatabaseSync(path, { readOnly: true })
    step(() => db.prepare('SELECT * FROM t').all())
    step(() => db.exec('INSERT INTO t VALUES (2)'))
    step(() => db.exec('CREATE TABLE u(a)'))
    step(() => db.exec('CREATE TEMP TABLE u(a)'))
    const memory = new sqlite.DatabaseSync(':memory:', { readOnly: true })
    step(() => memory.exec('CREATE TABLE t(a)'))
    step(() => memory.prepare('SELECT 1 AS a').get())
  },
  'a file that is no database': ({ sqlite, folder, step }) => {
    const path = join(folder, 'a.db')
    writeFileSync(
      path,
      'this is no database, but it is long enough to be one of a few rows. '.repeat(9),
    )
    step(() => {
      const db: Loose = new sqlite.DatabaseSync(path)
      return db.prepare('SELECT * FROM sqlite_schema').all()
    })
    mkdirSync(join(folder, 'folder.db'))
    step(() => new sqlite.DatabaseSync(join(folder, 'folder.db')))
  },
  'settings of the database': ({ sqlite, step }) => {
    const ask = (sql: string, options: object): unknown =>
      new sqlite.DatabaseSync(':memory:', options).prepare(sql).all()
    step(() => ask('PRAGMA foreign_keys', {}))
    step(() => ask('PRAGMA foreign_keys', { enableForeignKeyConstraints: false }))
    step(() => ask('SELECT "a" AS b', {}))
    step(() => ask('SELECT "a" AS b', { enableDoubleQuotedStringLiterals: true }))
    step(() => ask('PRAGMA busy_timeout', {}))
    step(() => ask('PRAGMA busy_timeout', { timeout: 77 }))
    step(() => ask('SELECT 1 AS a, 2.5 AS b', { readBigInts: true }))
    step(() => ask('SELECT 1 AS a, 2.5 AS b', { returnArrays: true }))
    step(() => ask('SELECT 1 AS a, 2.5 AS b', { returnArrays: true, readBigInts: true }))
    step(() => ask('PRAGMA foreign_keys', { readBigInts: true }))
    step(() => ask('PRAGMA foreign_keys', { returnArrays: true }))
  },
  exec: ({ db, step }) => {
    step(() => db.exec())
    step(() => db.exec(5))
    step(() => db.exec(null))
    step(() => db.exec(new String('SELECT 1')))
    step(() => db.exec(''))
    step(() => db.exec('  -- nothing'))
    step(() => db.exec(people))
    step(() => db.exec('SELECT * FROM person; SELECT 1'))
    step(() => db.exec('INSERT INTO person(name) VALUES (?)'))
    step(() => db.exec("INSERT INTO person(name) VALUES ('D'); SELECT nothing; SELECT 1"))
    step(() => db.prepare('SELECT count(*) AS n FROM person').get())
    step(() => db.exec('SELECT 1; \0 no sql'))
    step(() => db.exec('INSERT INTO person(name) VALUES (NULL)'))
    step(() => db.exec("INSERT INTO pet(name) VALUES ('Rex')"))
    step(() => db.exec("INSERT INTO pet(owner, name) VALUES (99, 'Max')"))
    step(() => db.exec('DROP TABLE nothing'))
    step(() => db.exec('SELEC 1'))
    step(() => db.exec('SELECT 1 FROM'))
    step(() => db.exec('BEGIN; BEGIN'))
    step(() => db.isTransaction)
    step(() => db.exec('COMMIT'))
    step(() => db.isTransaction)
    step(() => db.exec('ROLLBACK'))
    step(() => db.exec('SAVEPOINT a'))
    step(() => db.isTransaction)
    step(() => db.exec('RELEASE b'))
    step(() => db.exec('RELEASE a'))
  },
  prepare: ({ db, step }) => {
    step(() => db.prepare())
    step(() => db.prepare(5))
    step(() => db.prepare(null))
    step(() => db.prepare(''))
    step(() => db.prepare('  '))
    step(() => db.prepare('-- nothing'))
    step(() => db.prepare(';'))
    step(() => db.prepare('SELECT 1; SELECT 2').all())
    step(() => db.prepare('SELECT 1; SELECT 2').sourceSQL)
    step(() => db.prepare(' SELECT 1 ;  ').sourceSQL)
    step(() => db.prepare('SELECT 1 -- one\n').sourceSQL)
    step(() => db.prepare('SELECT 1; no sql').all())
    step(() => db.prepare('SELECT 1 \0 no sql').all())
    step(() => db.prepare('SELECT 1 \0 no sql').sourceSQL)
    step(() => db.prepare('SELECT nothing'))
    step(() => db.prepare('SELECT * FROM nothing'))
    step(() => db.prepare('SELEC'))
    step(() => db.prepare('SELECT 1', 5))
    step(() => db.prepare('SELECT 1', null))
    step(() => db.prepare('SELECT 1', undefined).get())
    step(() => db.prepare('SELECT 1', {}).get())
    for (const name of [
      'readBigInts',
      'returnArrays',
      'allowBareNamedParameters',
      'allowUnknownNamedParameters',
    ]) {
      step(() => db.prepare('SELECT 1 AS a', { [name]: undefined }).get())
      step(() => db.prepare('SELECT 1 AS a', { [name]: 1 }).get())
      step(() => db.prepare('SELECT 1 AS a', { [name]: true }).get())
      step(() => db.prepare('SELECT 1 AS a', { [name]: false }).get())
    }
    step(() => db.prepare(5, 5))
    step(() => db.prepare('SELEC', 5))
  },
  'errors of the database': ({ db, step }) => {
    db.exec(people)
    db.exec('CREATE TABLE s(a INT) STRICT; CREATE TABLE c(a CHECK (a > 0))')
    db.exec("CREATE TRIGGER g BEFORE DELETE ON c BEGIN SELECT raise(ABORT, 'not this'); END")
    step(() => db.prepare("INSERT INTO pet VALUES (1, 1, 'x')").run())
    step(() => db.prepare("INSERT INTO pet(name) VALUES ('Rex')").run())
    step(() => db.prepare('INSERT INTO person(age) VALUES (1)').run())
    step(() => db.prepare("INSERT INTO s VALUES ('x')").run())
    step(() => db.prepare('INSERT INTO c VALUES (-1)').run())
    step(() => db.prepare("INSERT INTO person(id, name) VALUES ('x', 'y')").run())
    step(() => db.prepare('DELETE FROM person').run())
    step(() => db.prepare('INSERT INTO c VALUES (1)').run())
    step(() => db.prepare('DELETE FROM c').run())
    step(() => db.prepare('SELECT abs(-9223372036854775807 - 1)').get())
    step(() => db.prepare("SELECT json('{')").get())
    step(() => db.prepare('SELECT zeroblob(2000000000)').get())
    step(() => db.prepare('SELECT randomblob(-1) IN nothing').get())
    step(() => db.exec('ATTACH ? AS main'))
    step(() => db.exec("ATTACH '/no/such/folder/a.db' AS x"))
    step(() => db.exec('DETACH nothing'))
    step(() => db.exec('PRAGMA foreign_keys = OFF; BEGIN; PRAGMA foreign_keys = ON; COMMIT'))
    step(() => db.prepare('PRAGMA foreign_keys').get())
  },
  location: ({ sqlite, db, folder, step }) => {
    step(() => db.location())
    step(() => db.location(undefined))
    step(() => db.location(5))
    step(() => db.location(null))
    step(() => db.location('main'))
    step(() => db.location('temp'))
    step(() => db.location('nothing'))
    db.exec(`ATTACH '${join(folder, 'x.db')}' AS other`)
    step(() => db.location('other'))
    step(() => db.location('OTHER'))
    const file = new sqlite.DatabaseSync(join(folder, '..', folder.split('/').at(-1)!, 'y.db'))
    step(() => file.location())
  },
  'extensions and other switches': ({ sqlite, db, step }) => {
    step(() => db.enableLoadExtension())
    step(() => db.enableLoadExtension(1))
    step(() => db.enableLoadExtension(false))
    step(() => db.enableLoadExtension(true))
    step(() => db.loadExtension('x'))
    step(() => db.loadExtension())
    const allowed = new sqlite.DatabaseSync(':memory:', { allowExtension: true })
    step(() => allowed.enableLoadExtension(true))
    step(() => allowed.loadExtension(5))
    step(() => allowed.enableLoadExtension(false))
    step(() => allowed.loadExtension('x'))
    step(() => db.enableDefensive())
    step(() => db.enableDefensive(1))
    step(() => db.enableDefensive(true))
    step(() => db.enableDefensive(false))
    step(() => db.setAuthorizer())
    step(() => db.setAuthorizer(5))
    step(() => db.setAuthorizer({}))
    step(() => db.setAuthorizer(null))
    step(() => db.createSession(5))
    step(() => db.createSession({ table: 5 }))
    step(() => db.createSession({ db: 5 }))
    step(() => db.applyChangeset())
    step(() => db.applyChangeset('x'))
    step(() => db.applyChangeset(new Uint8Array(1), 5))
    step(() => db.applyChangeset(new Uint8Array(1), { onConflict: 5 }))
    step(() => db.applyChangeset(new Uint8Array(1), { filter: 5 }))
  },
  'what could damage a file': ({ sqlite, step }) => {
    for (const options of [{}, { defensive: true }, { defensive: false }]) {
      const db = new sqlite.DatabaseSync(':memory:', options)
      db.exec('CREATE TABLE t(a)')
      step(() => db.prepare('PRAGMA writable_schema = ON').all())
      step(() => db.prepare('PRAGMA writable_schema').all())
      step(() => db.exec("UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a, b)'"))
      step(() => db.exec('DELETE FROM sqlite_schema'))
      step(() => db.prepare('PRAGMA schema_version').get())
      step(() => db.prepare('PRAGMA schema_version = 99').all())
      step(() => db.prepare('PRAGMA schema_version').get())
      step(() => db.prepare('PRAGMA journal_mode = OFF').all())
      step(() => db.exec('CREATE TABLE sqlite_own(a)'))
      step(() => db.enableDefensive(true))
      step(() => db.exec('DELETE FROM sqlite_schema'))
      step(() => db.enableDefensive(false))
      step(() => db.exec('DELETE FROM sqlite_schema'))
    }
  },
  limits: ({ sqlite, db, step }) => {
    step(() => db.limits)
    step(() => Object.keys(db.limits))
    step(() => db.limits === db.limits)
    step(() => db.limits.nothing)
    step(() => 'length' in db.limits)
    step(() => JSON.stringify(db.limits))
    step(() => (db.limits.attach = 'x'))
    step(() => (db.limits.attach = 1.5))
    step(() => (db.limits.attach = -1))
    step(() => (db.limits.attach = -Infinity))
    step(() => (db.limits.attach = NaN))
    step(() => (db.limits.attach = null))
    step(() => (db.limits.attach = 100))
    step(() => db.limits.attach)
    step(() => (db.limits.length = 2 ** 31))
    step(() => (db.limits.length = Infinity))
    step(() => db.limits.length)
    const closed = new sqlite.DatabaseSync(':memory:', { open: false })
    step(() => closed.limits)
    step(() => closed.limits.attach)
    step(() => (closed.limits.attach = 1))
  },
}
