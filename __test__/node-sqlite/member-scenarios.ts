/** What members there are, and what they look like. */
import type { Loose, Scenarios } from './scenario.ts'

/** The members of a prototype: what kind they are, and whether they are seen by `for … in`. */
function membersOf(prototype: Loose): Record<string, string> {
  const members: [string, string][] = Reflect.ownKeys(prototype).map((key) => {
    const { value, get, set, enumerable, configurable, writable } = Object.getOwnPropertyDescriptor(
      prototype,
      key,
    )!
    const what =
      get === undefined
        ? `${typeof value} ${value?.name}/${value?.length}${writable === true ? ' writable' : ''}`
        : `get ${get.name}/${get.length}${set === undefined ? '' : ' set'}`
    return [
      // Its description is another one in older Nodes.
      key === Symbol.dispose ? 'dispose' : String(key),
      `${what}${enumerable === true ? ' enumerable' : ''}${configurable === true ? ' configurable' : ''}`,
    ]
  })
  return Object.fromEntries(members.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** Of statements, which are many, ours have the getters in the prototype; node:sqlite's have them each for itself. */
const getters = ['sourceSQL', 'expandedSQL']

export const memberScenarios: Scenarios = {
  'members of the classes': ({ sqlite, db, step }) => {
    step(() => sqlite.DatabaseSync.name)
    step(() => sqlite.DatabaseSync.length)
    step(() => membersOf(sqlite.DatabaseSync.prototype))
    step(() => sqlite.StatementSync.name)
    step(() => {
      const members = Object.entries(membersOf(sqlite.StatementSync.prototype))
      return members.filter(([name]) => !getters.includes(name))
    })
    step(() => getters.map((name) => typeof db.prepare('SELECT 1')[name]))
    step(() => membersOf(Object.getPrototypeOf(db.prepare('SELECT 1').iterate())))
    step(() => membersOf(Object.getPrototypeOf(db.createTagStore())))
    step(() => Object.keys(db))
    step(() => sqlite.DatabaseSync.prototype.constructor === sqlite.DatabaseSync)
    step(() => db.constructor === sqlite.DatabaseSync)
    step(() => db.prepare('SELECT 1').constructor === sqlite.StatementSync)
    step(() => db instanceof sqlite.DatabaseSync)
    step(() => Object.prototype.toString.call(db))
  },
  'members called on something else': ({ sqlite, step }) => {
    step(() => sqlite.DatabaseSync.prototype.exec.call({}, 'SELECT 1'))
    step(() => sqlite.DatabaseSync.prototype.prepare.call(null, 'SELECT 1'))
    step(() => sqlite.StatementSync.prototype.get.call({}))
    step(() => sqlite.StatementSync.prototype.run.call(undefined))
    step(() => sqlite.StatementSync.prototype.columns.call([]))
    step(() => sqlite.DatabaseSync.prototype.isOpen)
    step(() => sqlite.DatabaseSync(':memory:'))
    step(() => new sqlite.StatementSync())
    step(() => sqlite.StatementSync())
  },
  'a class that extends it': ({ sqlite, step }) => {
    class Mine extends sqlite.DatabaseSync {
      first(sql: string): unknown {
        return (this as Loose).prepare(sql).get()
      }
    }
    const mine: Loose = new (Mine as Loose)(':memory:')
    step(() => mine.first('SELECT 1 AS a'))
    step(() => mine instanceof sqlite.DatabaseSync)
    step(() => mine instanceof Mine)
  },
  constants: ({ sqlite, step }) => {
    step(() => sqlite.constants)
    step(() => Object.getOwnPropertyDescriptor(sqlite.constants, 'SQLITE_DENY'))
  },
}
