/** Scenarios of every method at every time: while the database is closed, while an iterator is open, and while a function runs. */
import { join } from 'node:path'
import { people, type Loose, type Scenarios } from './scenario.ts'

const table = {
  columns: ['a'],
  *rows() {
    yield [1]
  },
}

/** Calls of all methods of a database, right and wrong ones. */
function callsOf(db: Loose): Readonly<Record<string, () => unknown>> {
  return {
    prepare: () => db.prepare('SELECT 1').source,
    'prepare, wrong': () => db.prepare(),
    'prepare, nothing': () => db.prepare(' ; '),
    'prepare, two': () => db.prepare('SELECT 1; SELECT 2'),
    'prepare, no SQL': () => db.prepare('nonsense'),
    exec: () => db.exec('SELECT 1') === db,
    'exec, wrong': () => db.exec(null),
    pragma: () => db.pragma('user_version'),
    'pragma, wrong': () => db.pragma('user_version', 1),
    'pragma, undefined': () => db.pragma('user_version', { simple: undefined }),
    'pragma, null': () => db.pragma('user_version', { simple: null }),
    explain: () => db.explain('QUERY PLAN SELECT 1').length > 0,
    'explain, wrong': () => db.explain(5),
    'explain, no SQL': () => db.explain('nonsense'),
    transaction: () => db.transaction(() => 5)(),
    'transaction, wrong': () => db.transaction({}),
    function: () => db.function('f', () => 5) === db,
    'function, wrong': () => db.function(5, () => 5),
    'function, no function': () => db.function('f'),
    'function, name': () => db.function('', () => 5),
    'function, option': () => db.function('f', { varargs: undefined }, () => 5),
    'function, option of null': () => db.function('f', { deterministic: null }, () => 5),
    aggregate: () => db.aggregate('g', { step: () => 5 }) === db,
    'aggregate, wrong': () => db.aggregate('g'),
    'aggregate, null': () => db.aggregate('g', null),
    'aggregate, name': () => db.aggregate('', { step: () => 5 }),
    'aggregate, no step': () => db.aggregate('g', {}),
    'aggregate, step': () => db.aggregate('g', { step: 5 }),
    'aggregate, step of null': () => db.aggregate('g', { step: null }),
    'aggregate, inverse': () => db.aggregate('g', { step: () => 5, inverse: 5 }),
    'aggregate, result': () => db.aggregate('g', { step: () => 5, result: 5 }),
    'aggregate, option': () => db.aggregate('g', { step: () => 5, directOnly: 1 }),
    'aggregate, many': () => db.aggregate('g', { step: { length: 200 } }),
    table: () => db.table('t1', table) === db,
    'table, factory': () => db.table('t2', () => table) === db,
    'table, wrong': () => db.table(5, table),
    'table, name': () => db.table('', table),
    'table, none': () => db.table('t1'),
    'table, null': () => db.table('t1', null),
    'table, rows': () => db.table('t1', { columns: ['a'] }),
    'table, columns': () => db.table('t1', { rows: table.rows }),
    'loadExtension, wrong': () => db.loadExtension(),
    'loadExtension, entry': () => db.loadExtension('x', 5),
    serialize: () => Buffer.isBuffer(db.serialize()),
    'serialize, wrong': () => db.serialize(5),
    'serialize, name': () => db.serialize({ attached: 5 }),
    'serialize, undefined': () => db.serialize({ attached: undefined }),
    'serialize, empty': () => db.serialize({ attached: '' }),
    defaultSafeIntegers: () => db.defaultSafeIntegers() === db,
    'defaultSafeIntegers, off': () => db.defaultSafeIntegers(false) === db,
    'defaultSafeIntegers, undefined': () => db.defaultSafeIntegers(undefined),
    'defaultSafeIntegers, wrong': () => db.defaultSafeIntegers(0),
    unsafeMode: () => db.unsafeMode() === db,
    'unsafeMode, off': () => db.unsafeMode(false) === db,
    'unsafeMode, undefined': () => db.unsafeMode(undefined),
    'unsafeMode, wrong': () => db.unsafeMode('no'),
    'the getters': () => [db.open, db.inTransaction, db.readonly, db.memory, db.name],
  }
}

/** The same of a statement, `SELECT id FROM person WHERE id > ?`, or one that returns nothing. */
function callsOfStatement(statement: Loose): Readonly<Record<string, () => unknown>> {
  return {
    run: () => statement.run(1),
    'run, none': () => statement.run(),
    'run, many': () => statement.run(1, 2),
    get: () => statement.get(1),
    'get, none': () => statement.get(),
    'get, wrong': () => statement.get(Symbol('s')),
    all: () => statement.all(1),
    'all, wrong': () => statement.all(() => 1),
    iterate: () => [...statement.iterate(1)],
    'iterate, none': () => statement.iterate(),
    'raw, undefined': () => statement.raw(undefined),
    'raw, wrong': () => statement.raw(1),
    'raw, off': () => statement.raw(false) === statement,
    'pluck, undefined': () => statement.pluck(undefined),
    'pluck, off': () => statement.pluck(false) === statement,
    'expand, null': () => statement.expand(null),
    'expand, off': () => statement.expand(false) === statement,
    'safeIntegers, undefined': () => statement.safeIntegers(undefined),
    'safeIntegers, off': () => statement.safeIntegers(false) === statement,
    columns: () => statement.columns(),
    toString: () => statement.toString(),
    busy: () => statement.busy,
  }
}

const query = 'SELECT id FROM person WHERE id > ?'
const change = 'UPDATE person SET age = age WHERE id = ?'

export const callScenarios: Scenarios = {
  'all methods': ({ db, say }) => {
    db.exec(people)
    for (const [name, call] of Object.entries(callsOf(db))) say(name, call)
    for (const [name, call] of Object.entries(callsOfStatement(db.prepare(query)))) say(name, call)
    for (const [name, call] of Object.entries(callsOfStatement(db.prepare(change)))) say(name, call)
  },

  'all methods of a closed database': ({ db, say }) => {
    db.exec(people)
    const statements = [db.prepare(query), db.prepare(change)]
    db.close()
    for (const [name, call] of Object.entries(callsOf(db))) say(name, call)
    for (const statement of statements) {
      for (const [name, call] of Object.entries(callsOfStatement(statement))) say(name, call)
      say('bind', () => statement.bind(1))
    }
  },

  'all methods beside an open iterator': ({ db, say }) => {
    db.exec(people)
    const statements = [db.prepare(query), db.prepare(change)]
    const rows = db.prepare('SELECT * FROM pet').iterate()
    rows.next()
    for (const [name, call] of Object.entries(callsOf(db))) say(name, call)
    for (const statement of statements) {
      for (const [name, call] of Object.entries(callsOfStatement(statement))) say(name, call)
    }
    const busy = statements[0]
    const own = busy.iterate(1)
    for (const [name, call] of Object.entries(callsOfStatement(busy))) say(name, call)
    say('bind', () => busy.bind(1))
    say('close', () => db.close())
    own.return()
    say('unsafe', () => db.unsafeMode() === db)
    for (const [name, call] of Object.entries(callsOf(db))) say(name, call)
    say('close', () => db.close())
    rows.return()
    say('close', () => db.close().open)
  },

  'all methods inside a function': ({ db, say }) => {
    db.exec(people)
    const statements = [db.prepare(query), db.prepare(change)]
    const rows = db.prepare('SELECT * FROM pet').iterate()
    let call: () => unknown = () => 1
    db.prepare('SELECT 1').get()
    rows.return()
    db.function('ask', () => {
      const result = call()
      return typeof result === 'number' ? result : JSON.stringify(result)
    })
    const ask = db.prepare('SELECT ask()').pluck()
    const inside = (name: string, inner: () => unknown): void => {
      call = inner
      say(name, () => ask.get())
    }
    for (const [name, inner] of Object.entries(callsOf(db))) inside(name, inner)
    for (const statement of statements) {
      for (const [name, inner] of Object.entries(callsOfStatement(statement))) inside(name, inner)
      inside('bind', () => statement.bind(1))
    }
    inside('close', () => db.close())
    inside('next', () => rows.next())
    inside('return', () => rows.return())
    say('open', () => db.open)
  },

  'wrong options': ({ Database, step }) => {
    for (const value of [undefined, null, 0, 1, 'x', {}]) {
      step(() => new Database(':memory:', { readonly: value }))
      step(() => new Database(':memory:', { fileMustExist: value }))
      step(() => new Database(':memory:', { timeout: value }).open)
      step(() => new Database(':memory:', { verbose: value }).open)
      step(() => new Database(':memory:', { journalFd: value }).open)
    }
    step(() => new Database(':memory:', { nativeBinding: undefined }).open)
    step(() => new Database(':memory:', { nativeBinding: null }).open)
    step(() => new Database(':memory:', { nativeBinding: 5 }))
    step(() => new Database(':memory:', { unknown: 5 }).open)
    step(() => new Database(':memory:', { timeout: Infinity }))
    step(() => new Database(':memory:', { timeout: NaN }))
    for (const value of [0, 123, -1, 1.5, NaN, 2 ** 31]) {
      step(() => new Database(value))
      step(() => new Database(value, { readonly: true }))
    }
    step(() => new Database(5, { journalFd: -1 }))
    step(() => new Database(5, { journalFd: 'x' }))
    step(() => new Database(-5, { journalFd: 6 }))
    step(() => new Database(Buffer.alloc(0), { journalFd: 6 }))
    step(() => new Database([]))
    step(() => new Database(Symbol('s')))
    step(() => new Database(() => 1))
    step(() => new Database(new Uint8Array(0)))
    step(() => new Database(':memory:', Symbol('s')))
    step(() => new Database(':memory:', () => 1))
    step(() => new Database(':memory:', []).open)
    step(() => new Database(undefined, undefined).name)
    step(() => new Database(null, null).name)
  },

  'names of files': ({ Database, folder, step }) => {
    const at = (name: string): string => join(folder, name)
    step(() => new Database(at('a b.db')).name === at('a b.db'))
    step(() => new Database(`  ${at('c.db')}  `).name === `  ${at('c.db')}  `)
    step(() => new Database(at('ü?ä#%20.db')).open)
    step(() => new Database(at('x'), { fileMustExist: true }))
    step(() => new Database(at('y'), { readonly: true }))
    step(() => new Database(at('y'), { readonly: true, fileMustExist: true }))
    step(() => new Database(at('c.db'), { readonly: true }).readonly)
    step(() => new Database(at('c.db'), { fileMustExist: true }).readonly)
    step(() => new Database(at('no/such/folder.db')))
    step(() => new Database(at('c.db/d.db')))
    step(() => new Database(folder))
    step(() => new Database(folder, { readonly: true }))
  },
}
