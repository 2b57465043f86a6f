/** Scenarios of statements: what they are asked, bound and told to answer. */
import { people, type Loose, type Scenarios } from './scenario.ts'

export const statementScenarios: Scenarios = {
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
}
