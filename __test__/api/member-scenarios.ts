/** Scenarios of members: what they are called on, names that databases and functions have, what `verbose` and `toString` show. */
import { chdir, cwd } from 'node:process'
import { mkdirSync, readdirSync } from 'node:fs'
import type { Loose, Scenarios } from './scenario.ts'

const methods = [
  'prepare',
  'transaction',
  'pragma',
  'explain',
  'backup',
  'serialize',
  'function',
  'aggregate',
  'table',
  'loadExtension',
  'exec',
  'close',
  'defaultSafeIntegers',
  'unsafeMode',
]
const properties = ['name', 'open', 'inTransaction', 'readonly', 'memory']

/** Arguments that are right for one method or another. */
const lists: Loose[][] = [
  [],
  ['SELECT 1'],
  [() => 1],
  ['x', () => 1],
  ['x', { step: () => 1 }],
  ['x', { columns: ['a'], *rows() {} }],
  [false],
]

/** Files of the folder that are databases, without what lies beside them. */
const files = (): string[] => readdirSync('.').filter((name) => !/-(?:wal|t?shm|tproc)$/.test(name))

export const memberScenarios: Scenarios = {
  'methods called on something else': async ({ Database, db, say, wait }) => {
    const others: Record<string, Loose> = {
      undefined,
      null: null,
      object: {},
      number: 5,
      'a prototype': Database.prototype,
      'a statement': db.prepare('SELECT 1'),
    }
    for (const [other, self] of Object.entries(others)) {
      for (const method of methods) {
        for (const [i, list] of lists.entries()) {
          const call = (): unknown => Reflect.apply(Database.prototype[method], self, list)
          if (method === 'backup') await wait(call)
          else say(`${method} ${i} of ${other}`, call)
        }
      }
      for (const property of properties) {
        const { get } = Object.getOwnPropertyDescriptor(db, property)!
        say(`${property} of ${other}`, () => Reflect.apply(get!, self, []))
      }
      const iterator = new Database().prepare('SELECT 1').iterate()
      for (const method of ['next', 'return', Symbol.iterator])
        say(`${String(method)} of ${other}`, () => Reflect.apply(iterator[method], self, []))
    }
  },

  'what the members are': ({ Database, db, say, step }) => {
    for (const method of methods) {
      say(method, () => [Database.prototype[method].name, Database.prototype[method].length])
    }
    step(() => Object.getOwnPropertyNames(Database))
    step(() => Reflect.ownKeys(db).map(String).toSorted())
    step(() => db.prepare('SELECT 1').constructor.length)
    step(() => db.prepare('SELECT 1').iterate().constructor.name)
  },

  'names of files': ({ Database, folder, say }) => {
    const before = cwd()
    chdir(folder)
    mkdirSync('sub')
    const open = (name: string, options: object): unknown => {
      const db = new Database(name, options)
      try {
        if (!db.readonly) db.exec('CREATE TABLE IF NOT EXISTS t(a)')
        const [main] = db.pragma('database_list')
        return [db.name, db.memory, db.readonly, main.file.replace(cwd(), '')]
      } finally {
        db.close()
      }
    }
    const names = [
      'a\0b',
      'n.db\0',
      '\0',
      ' \0 ',
      ':memory:\0x',
      ':memory:x',
      ':MEMORY:',
      ' :memory: ',
    ]
    const paths = [
      'a/',
      'sub\0/b',
      'no/b',
      'no/../b',
      'é.db',
      '\ud800.db',
      '-x',
      ' y ',
      'a/b',
      '%41',
    ]
    for (const name of [...names, ...paths]) {
      for (const options of [{}, { readonly: true }, { fileMustExist: true }])
        say(`${name} ${Object.keys(options)}`, () => open(name, options))
    }
    say('files', files)
    chdir(before)
  },

  'names like those of URIs': ({ Database, folder, say }) => {
    const before = cwd()
    chdir(folder)
    const names = [
      'file::memory:',
      'file:a.db?mode=memory&cache=shared',
      'file:b%20c.db',
      'file://',
      'file:no/../d.db',
      'file:no/e.db',
    ]
    for (const name of names) {
      say(name, () => {
        const db = new Database(name)
        const { memory, open } = db.exec('CREATE TABLE IF NOT EXISTS t(a)')
        db.close()
        return [memory, open, files()]
      })
    }
    chdir(before)
  },

  'long names of functions': ({ db, say }) => {
    for (const name of ['a'.repeat(255), 'a'.repeat(256), 'é'.repeat(127), 'é'.repeat(128)]) {
      say(`function ${name}`, () => db.function(name, (x: unknown) => x) === db)
      say(`aggregate ${name}`, () => db.aggregate(name, { step: () => 1 }) === db)
      say(`table ${name}`, () => db.table(name, { columns: ['x'], *rows() {} }) === db)
    }
  },

  'copies by name': async ({ db, folder, step, wait }) => {
    db.exec("CREATE TABLE t(a); ATTACH ':memory:' AS x; CREATE TABLE x.u(a)")
    step(() => db.serialize({ attached: 'x\0y' }).length)
    step(() => db.serialize({ attached: 'MAIN' }).length)
    step(() => db.serialize({ attached: 'temp' }))
    await wait(() => db.backup(`${folder}/copy`, { attached: 'temp' }))
    await wait(() => db.backup(`${folder}/copy`, { attached: 'x\0y' }))
    db.exec('CREATE TEMP TABLE v(a)')
    step(() => db.serialize({ attached: 'temp' }).length)
  },

  'what verbose shows': ({ Database, say }) => {
    const shown: string[] = []
    const db = new Database(':memory:', { verbose: (text: string) => shown.push(text) })
    const tell = (name: string, call: () => unknown): void =>
      say(name, () => {
        shown.length = 0
        call()
        return shown
      })
    const texts = [
      'SELECT :a, @a, $a, :a',
      'SELECT ?2, ?4',
      'SELECT ?, :a, ?',
      ' ; SELECT 1 ; ',
      'SELECT ?/* ? */, ? -- ?',
      'CREATE TABLE t(a); INSERT INTO t VALUES (?), (?); DROP TABLE t',
      'EXPLAIN SELECT ?',
    ]
    for (const text of texts) tell(text, () => db.exec(text))
    const values = [
      1 / 3,
      2 ** 53,
      1e15,
      1e14,
      0.1,
      -0,
      5e-324,
      1e300,
      Infinity,
      2n ** 62n,
      "it's\0x",
      `${'a'.repeat(20)}\0${'b'.repeat(20)}`,
      'é'.repeat(20),
      Buffer.alloc(33, 1),
    ]
    for (const [i, value] of values.entries()) {
      tell(`value ${i}`, () => db.prepare('SELECT ?').safeIntegers().get(value))
      say(`value ${i} as text`, () => db.prepare('SELECT ?').bind(value).toString())
    }
  },

  'what is readonly': ({ db, say }) => {
    db.exec(`CREATE TABLE t(a, b); CREATE INDEX i ON t(a); CREATE VIEW v AS SELECT 1; CREATE TABLE u(a);
      CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END`)
    const texts = [
      'REINDEX',
      'REINDEX t',
      'REINDEX u',
      'REINDEX i',
      'REINDEX nocase',
      'REINDEX binary',
      'CREATE TABLE IF NOT EXISTS t(a)',
      'CREATE INDEX IF NOT EXISTS i ON t(b)',
      'CREATE VIEW IF NOT EXISTS v AS SELECT 2',
      'CREATE TRIGGER IF NOT EXISTS r AFTER INSERT ON t BEGIN SELECT 1; END',
      'CREATE TRIGGER IF NOT EXISTS r2 AFTER INSERT ON t BEGIN SELECT 1; END',
      'DROP TABLE IF EXISTS none',
      'DROP INDEX IF EXISTS none',
      'DROP VIEW IF EXISTS none',
      'DROP TRIGGER IF EXISTS none',
      'DROP TRIGGER IF EXISTS r',
      'VACUUM',
      "VACUUM INTO 'x'",
      'ANALYZE',
      'BEGIN',
      'BEGIN IMMEDIATE',
    ]
    for (const text of texts) {
      say(text, () => [db.prepare(text).reader, db.prepare(text).readonly])
    }
    say('run when it has become another', () => {
      const [reindex, drop] = ['REINDEX', 'DROP TRIGGER IF EXISTS r'].map((sql) => db.prepare(sql))
      db.exec('DROP TRIGGER r; DROP INDEX i')
      return [reindex.run(), drop.run(), db.prepare('REINDEX').readonly]
    })
    say('the plan of what has none', () => db.explain('QUERY PLAN BEGIN'))
    say('the plan of a PRAGMA', () => db.explain('QUERY PLAN PRAGMA user_version'))
  },
}
