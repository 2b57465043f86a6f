/** Scenarios of what databases, statements, iterators and errors are as objects: their properties, prototypes, names and what stands for them. */
import { inspect } from 'node:util'
import { people, type Loose, type Scenarios } from './scenario.ts'

/** A property, but for its value. */
function property(object: object, key: PropertyKey): string {
  const found = Object.getOwnPropertyDescriptor(object, key)
  if (found === undefined) return 'none'
  const flags = (['writable', 'enumerable', 'configurable'] as const).filter((flag) => found[flag])
  const kind = found.get === undefined ? typeof found.value : `getter ${found.get.name}`
  return `${kind}${found.set === undefined ? '' : ' setter'} (${flags.join(' ')})`
}

const keysOf = (object: object): unknown => [
  Object.keys(object),
  // eslint-disable-next-line no-restricted-syntax -- what a loop sees is what is asked
  (() => {
    const seen = []
    for (const key in object) seen.push(key)
    return seen
  })(),
]

export const shapeScenarios: Scenarios = {
  'the constructor as an object': ({ Database, step }) => {
    step(() => [Database.name, Database.length, typeof Database])
    step(() => Object.keys(Database))
    step(() => property(Database, 'SqliteError'))
    step(() => property(Database, 'prototype'))
    step(() => property(Database.prototype, 'constructor'))
    step(() => keysOf(Database.prototype))
    step(() => Object.keys(Database.prototype).map((key) => property(Database.prototype, key)))
    step(() => Object.getPrototypeOf(Database.prototype) === Object.prototype)
    step(() => Database.prototype.close.length)
    step(() => Database.prototype.prepare.length)
    step(() => {
      class Own extends Database {
        more(): number {
          return (this as Loose).prepare('SELECT 7').pluck().get()
        }
      }
      const own = new (Own as Loose)(':memory:')
      return [own.more(), own instanceof Own, own instanceof Database, own.constructor === Own]
    })
    step(() => Reflect.construct(Database, [':memory:']) instanceof Database)
    step(() => Database.call({}, ':memory:') instanceof Database)
    step(() => Database.apply(undefined, [':memory:']).open)
    for (const method of ['prepare', 'exec', 'pragma', 'close', 'transaction']) {
      step(() => {
        try {
          Database.prototype[method].call({}, 'SELECT 1')
          return 'taken'
        } catch (error) {
          return error instanceof TypeError
        }
      })
    }
  },

  'a database as an object': ({ Database, db, step }) => {
    step(() => keysOf(db))
    step(() => Object.getOwnPropertySymbols(db).length)
    step(() =>
      ['name', 'open', 'inTransaction', 'readonly', 'memory'].map((key) => property(db, key)),
    )
    step(() => ({ ...db }))
    step(() => JSON.stringify(db))
    step(() => [String(db), Object.prototype.toString.call(db)])
    step(() => inspect(db))
    step(() => Object.getPrototypeOf(db) === Database.prototype)
    step(() => db.constructor === Database)
    step(() => {
      'use strict'
      db.name = 'other'
    })
    step(() => {
      'use strict'
      db.open = false
    })
    step(() => {
      'use strict'
      delete db.memory
    })
    step(() => Object.assign(db, { mine: 1 }).mine)
    step(() => {
      const proxy = new Proxy(db, {})
      return [
        proxy.open,
        proxy.prepare('SELECT 1').pluck().get(),
        proxy.pragma('user_version', { simple: true }),
        proxy.exec('SELECT 1') === proxy,
        proxy.transaction(() => 5)(),
        proxy.prepare('SELECT 1').database === proxy,
        proxy.transaction(() => 5).database === proxy,
      ]
    })
    step(() => {
      const heir = Object.create(db)
      return [heir.prepare('SELECT 2').pluck().get(), heir.open, heir.inTransaction, heir.name]
    })
    step(() => new Proxy(db, {}).close().open)
    step(() => db.open)
    step(() => ({ ...db }))
    step(() => inspect(db))
  },

  'a statement as an object': ({ db, step }) => {
    db.exec(people)
    const statement = db.prepare('SELECT id FROM person')
    const { prototype } = statement.constructor
    step(() => keysOf(statement))
    step(() => property(statement, 'busy'))
    step(() => Object.keys(prototype))
    step(() => Object.keys(prototype).map((key) => property(prototype, key)))
    step(() => Object.keys(prototype).map((key) => prototype[key].length))
    step(() => [statement.constructor.name, Object.getPrototypeOf(prototype) === Object.prototype])
    step(() => new statement.constructor('SELECT 1'))
    step(() => new statement.constructor())
    step(() => {
      'use strict'
      statement.busy = true
    })
    step(() => Object.assign(statement, { mine: 1 }).mine)
    for (const method of Object.keys(prototype)) {
      step(() => new Proxy(statement, {})[method]())
      step(() => prototype[method].call({}))
      step(() => prototype[method].call(undefined))
    }
    step(() => new Proxy(statement, {}).source)
    step(() => new Proxy(statement, {}).busy)
    step(() => statement.run)
    step(() => Object.prototype.toString.call(statement))
    step(() => [String(statement), `${statement}`, statement.toString()])
  },

  'an iterator as an object': ({ db, step }) => {
    db.exec(people)
    const statement = db.prepare('SELECT id FROM person')
    const rows = statement.iterate()
    const prototype = Object.getPrototypeOf(rows)
    step(() => keysOf(rows))
    step(() => rows.statement === statement)
    step(() => Object.keys(prototype))
    step(() => [prototype.constructor.name, Object.getPrototypeOf(prototype) === Object.prototype])
    step(() => ['next', 'return', Symbol.iterator].map((key) => property(prototype, key)))
    step(() => new prototype.constructor())
    step(() => new prototype.constructor(statement))
    step(() => new Proxy(rows, {}).next())
    step(() => prototype.next.call({}))
    step(() => Object.keys(rows.next()))
    step(() => rows.return())
    step(() => rows.next())
    step(() => rows.throw)
  },

  'rows as objects': ({ db, step }) => {
    db.exec(people)
    const get = (sql: string): Loose => db.prepare(sql).get()
    step(() => Object.getPrototypeOf(get('SELECT 1')) === Object.prototype)
    step(() => property(get('SELECT 1 AS a'), 'a'))
    step(() => Object.keys(get('SELECT 1 AS b, 2 AS a, 3 AS "1", 4 AS "0"')))
    step(() => get('SELECT 1 AS a, 2 AS a, 3 AS A'))
    step(() => get('SELECT 1 AS "", 2 AS "a b", 3 AS "toString"'))
    step(() => get('SELECT 1 AS "constructor", 2 AS "hasOwnProperty"'))
    step(() => Object.keys(db.prepare('SELECT 1').run()))
    step(() => property(db.prepare('SELECT 1').run(), 'changes'))
    step(() => Object.getPrototypeOf(db.prepare('SELECT 1').run()) === Object.prototype)
    step(() => db.prepare('SELECT 1 AS a').columns().map(Object.keys))
    step(() => property(db.prepare('SELECT 1 AS a').columns()[0], 'name'))
    step(() => db.prepare("SELECT x'' AS b").get().b.constructor === Buffer)
    step(() => db.prepare('SELECT person.id, pet.id FROM person JOIN pet').expand().get())
    step(() => db.prepare('SELECT id, 1, id + 1 FROM person').expand().get())
    step(() => db.prepare('SELECT id AS a, name AS a FROM person').expand().get())
  },

  'a transaction function as an object': ({ db, step }) => {
    const add = db.transaction(function named(_a: number, _b: number) {
      return 1
    })
    step(() => [add.name, add.length, typeof add])
    step(() => keysOf(add))
    step(() =>
      ['default', 'deferred', 'immediate', 'exclusive', 'database'].map((key) =>
        property(add, key),
      ),
    )
    step(() => [add.default.name, add.immediate.length, add.deferred === add.immediate.deferred])
    step(() => Object.getPrototypeOf(add) === Function.prototype)
    step(() =>
      db
        .transaction(function (this: Loose, ...args: unknown[]) {
          return [this === undefined, args]
        })
        .immediate(1, 2),
    )
    step(() => {
      const own = {
        run: db.transaction(function (this: Loose) {
          return this === own
        }),
      }
      return own.run()
    })
  },

  'errors as objects': ({ Database, db, step }) => {
    const { SqliteError } = Database
    step(() => [SqliteError.name, SqliteError.length])
    step(() => Object.getPrototypeOf(SqliteError) === Error)
    step(() => property(SqliteError.prototype, 'name'))
    step(() => Object.keys(SqliteError.prototype))
    step(() => new SqliteError('a', 'b'))
    step(() => new SqliteError('a', 'b') instanceof Error)
    step(() => new SqliteError(5, 'b').message)
    step(() => new SqliteError(undefined, 'b').message)
    step(() => new SqliteError(null, 'b').message)
    step(() => new SqliteError('a'))
    step(() => new SqliteError('a', 5))
    step(() => new SqliteError('a', null))
    step(() => new SqliteError('a', ''))
    step(() => SqliteError('a', 'b'))
    step(() => keysOf(new SqliteError('a', 'b')))
    step(() => property(new SqliteError('a', 'b'), 'code'))
    step(() => property(new SqliteError('a', 'b'), 'message'))
    step(() => Object.prototype.toString.call(new SqliteError('a', 'b')))
    step(() => String(new SqliteError('a', 'b')))
    step(() => new SqliteError('a', 'b').stack.split('\n')[0])
    step(() => {
      try {
        db.exec('nonsense')
      } catch (error) {
        return [
          keysOf(error as object),
          (error as Loose).constructor === SqliteError,
          Object.getPrototypeOf(error) === SqliteError.prototype,
          (error as Loose).stack.split('\n')[0],
        ]
      }
      return null
    })
  },
}
