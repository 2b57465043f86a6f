/**
 * Every name that `@types/better-sqlite3` exports, as programs use them. It is compiled with ours in the place of that (`better-sqlite3.spec.ts`), and
 * never run.
 */
import Database = require('better-sqlite3')
import type { Options, RunResult } from 'better-sqlite3'

interface Cat {
  id: number
  name: string
}

const options: Database.Options = {
  readonly: false,
  fileMustExist: true,
  timeout: 1000,
  verbose: console.log,
  nativeBinding: undefined,
}
const same: Options = options
const db: Database.Database = new Database('app.db', options)
const again: Database.Database = Database('app.db')
const byBytes: Database.Database = new Database(Buffer.alloc(0), { readonly: true })
const none: Database.Database = new Database()

const prototype: Database.Database = Database.prototype
const Constructor: typeof Database = prototype.constructor as typeof Database
const state: [boolean, boolean, string, boolean, boolean] = [
  db.memory,
  db.readonly,
  db.name,
  db.open,
  db.inTransaction,
]

const plain: Database.Statement = db.prepare('SELECT 1')
const rows: unknown[] = plain.all(1, 'x', null)
const byList: Database.Statement<[number, string], Cat> = db.prepare<[number, string], Cat>('…')
const cat: Cat | undefined = byList.get(1, 'x')
const cats: Cat[] = byList.all(1, 'x')
for (const { name } of byList.iterate(1, 'x')) name.trim()
const iterator: IterableIterator<Cat> = byList.iterate(1, 'x')
const byName: Database.Statement<{ id: number }, Cat> = db.prepare<{ id: number }, Cat>('…')
const named: Cat | undefined = byName.get({ id: 1 })
const any: Database.Statement<any[], any> = db.prepare('…')
const found: string = any.get(1).name
const result: Database.RunResult = plain.run()
const sameResult: RunResult = result
const changes: number = result.changes
const rowid: number | bigint = result.lastInsertRowid
const columns: Database.ColumnDefinition[] = plain.columns()
const declared: (string | null)[] = columns.map(({ type }) => type)
plain.raw().pluck(false).expand(true).safeIntegers().bind(1).run()
const text: string = plain.source
const flags: boolean[] = [plain.reader, plain.readonly, plain.busy]
const owner: Database.Database = plain.database

const add: Database.Transaction<(id: number, name: string) => string> = db.transaction(
  (id: number, name: string) => `${id}${name}`,
)
const added: string = add(1, 'x')
const later: string[] = [
  add.default(1, 'x'),
  add.deferred(1, 'x'),
  add.immediate(1, 'x'),
  add.exclusive(1, 'x'),
]
const anything: Database.Transaction = db.transaction(() => {})

const one: unknown = db.pragma('user_version', { simple: true } satisfies Database.PragmaOptions)
db.exec('SELECT 1').exec('SELECT 2').defaultSafeIntegers().unsafeMode(false)
const registration: Database.RegistrationOptions = {
  varargs: true,
  deterministic: true,
  safeIntegers: false,
  directOnly: true,
}
db.function('add', (a: number, b: number) => a + b)
db.function('all', registration, (...args: unknown[]) => args.length)
db.aggregate('sum', { start: 0, step: (total: number, next: number) => total + next })
db.aggregate<number[]>('list', {
  start: () => [],
  step: (list, next) => {
    list.push(next)
  },
  result: (list) => list.length,
  ...registration,
})
db.aggregate('window', {
  start: 0,
  step: (total: number, next: number) => total + next,
  inverse: (total: number, dropped: number) => total - dropped,
})
const aggregate: Database.AggregateOptions = { step: () => {} }
db.table('series', {
  columns: ['n'],
  parameters: ['last'],
  safeIntegers: false,
  directOnly: true,
  *rows() {
    yield [1]
  },
})
const bytes: Buffer = db.serialize({ attached: 'main' } satisfies Database.SerializeOptions)
const backup: Database.BackupOptions = {
  progress({ totalPages, remainingPages }: Database.BackupMetadata) {
    return totalPages - remainingPages
  },
}
const saved: Promise<Database.BackupMetadata> = db.backup('copy.db', backup)
const closed: Database.Database = db.loadExtension('x').close()

const error = new Database.SqliteError('message', 'SQLITE_BUSY')
const parts: string[] = [error.code, error.message, error.name]
const ErrorClass: Database.SqliteError = Database.SqliteError
function isBusy(thrown: unknown): boolean {
  return thrown instanceof Database.SqliteError && thrown.code === 'SQLITE_BUSY'
}

class Own {
  readonly #db: Database.Database
  readonly #find: Database.Statement<[number]>

  constructor(database: Database.Database = new Database(':memory:')) {
    this.#db = database
    this.#find = database.prepare('…')
  }

  find(id: number): Cat | undefined {
    return this.#db.open ? (this.#find.get(id) as Cat) : undefined
  }
}

export = {
  same,
  again,
  byBytes,
  none,
  Constructor,
  state,
  rows,
  cat,
  cats,
  iterator,
  named,
  found,
  sameResult,
  changes,
  rowid,
  declared,
  text,
  flags,
  owner,
  added,
  later,
  anything,
  one,
  aggregate,
  bytes,
  saved,
  closed,
  parts,
  ErrorClass,
  isBusy,
  Own,
}
