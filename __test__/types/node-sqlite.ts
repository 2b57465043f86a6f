/**
 * The types of `chorusdb/node-sqlite`, as code that was written for `@types/node` uses them. There is nothing to run: the compiler is the test,
 * and each `@ts-expect-error` fails it when the line below is accepted.
 */
import sqlite, { backup, constants, DatabaseSync, StatementSync } from '../../node-sqlite.js'
import type {
  AggregateOptions,
  ApplyChangesetOptions,
  BackupOptions,
  BackupProgressInfo,
  CreateSessionOptions,
  DatabaseSyncOptions,
  FunctionOptions,
  PrepareOptions,
  Session,
  SQLInputValue,
  SQLOutputValue,
  SQLTagStore,
  StatementColumnMetadata,
  StatementResultingChanges,
  SupportedValueType,
} from '../../node-sqlite.js'

const options: DatabaseSyncOptions = {
  open: true,
  readOnly: false,
  enableForeignKeyConstraints: true,
  enableDoubleQuotedStringLiterals: false,
  allowExtension: false,
  timeout: 100,
  readBigInts: undefined,
  returnArrays: false,
  allowBareNamedParameters: true,
  allowUnknownNamedParameters: false,
  defensive: true,
  limits: { attach: 1 },
  experimental: ['multiprocess_wal'],
}
const db = new DatabaseSync(':memory:', options)
const again: DatabaseSync = new sqlite.DatabaseSync(Buffer.from('a.db'))
export const third: DatabaseSync = new DatabaseSync(new URL('file:///a.db'))
// @ts-expect-error: it takes no number
export const wrong = new DatabaseSync(5)
// @ts-expect-error: a statement comes from prepare()
export const none = new StatementSync()

class Mine extends DatabaseSync {
  first(sql: string): Record<string, SQLOutputValue> | undefined {
    return this.prepare(sql).get()
  }
}
export const first = new Mine(':memory:').first('SELECT 1')?.['a']

db.exec('CREATE TABLE t(a)')
const prepared: PrepareOptions = { readBigInts: true, returnArrays: false }
const statement: StatementSync = db.prepare('SELECT * FROM t WHERE a = ?', prepared)
const values: SQLInputValue[] = [
  1,
  1n,
  'x',
  null,
  new Uint8Array(1),
  new DataView(new ArrayBuffer(1)),
]
const rows: Record<string, SQLOutputValue>[] = statement.all(...values)
export const named = statement.all({ a: 1, ':b': 'x' }, 2)
const row: Record<string, SQLOutputValue> | undefined = statement.get(1)
for (const each of statement.iterate()) each['a']?.toString()
const result: StatementResultingChanges = statement.run({ a: 1 })
export const sum: bigint = BigInt(result.changes) + BigInt(result.lastInsertRowid)
const columns: StatementColumnMetadata[] = statement.columns()
export const texts: string[] = [statement.sourceSQL, statement.expandedSQL, columns[0]!.name]
// @ts-expect-error: it is read
statement.sourceSQL = 'x'
statement.setAllowBareNamedParameters(true)
statement.setAllowUnknownNamedParameters(true)
statement.setReadBigInts(true)
statement.setReturnArrays(true)
// @ts-expect-error: a boolean is not bound
statement.run(true)

const definition: FunctionOptions = { deterministic: true, directOnly: false, varargs: true }
db.function('f', definition, (...args: SQLOutputValue[]) => args.length)
db.function('g', (a) => a)
const aggregate: AggregateOptions<number> = {
  start: 0,
  step: (sum, a) => sum + Number(a),
  inverse: (sum, a) => sum - Number(a),
  result: (sum) => sum,
}
db.aggregate('s', aggregate)
db.aggregate('n', { start: () => 0, step: (count: SQLInputValue) => Number(count) + 1 })
db.setAuthorizer((action, first, second, database, trigger) =>
  action === constants.SQLITE_READ && `${first}${second}${database}${trigger}` !== ''
    ? constants.SQLITE_DENY
    : constants.SQLITE_OK,
)
db.setAuthorizer(null)
export const state: [boolean, boolean, string | null] = [db.isOpen, db.isTransaction, db.location()]
db.limits.attach = Infinity
const sql: SQLTagStore = db.createTagStore(100)
export const tagged: (Record<string, SQLOutputValue> | undefined)[] = [
  sql.get`SELECT ${1}`,
  ...sql.all`SELECT ${'x'}`,
  ...sql.iterate`SELECT 1`,
]
export const changes1: StatementResultingChanges = sql.run`INSERT INTO t VALUES (${null})`
sql.clear()
export const sizes: number = sql.size + sql.capacity
export const owner: DatabaseSync = sql.db
const bytes: Uint8Array = db.serialize('main')
db.deserialize(bytes, { dbName: 'main' })
const sessionOptions: CreateSessionOptions = { table: 't', db: 'main' }
const session: Session = db.createSession(sessionOptions)
const changes: ApplyChangesetOptions = {
  filter: () => true,
  onConflict: () => constants.SQLITE_CHANGESET_OMIT,
}
export const applied: boolean = db.applyChangeset(session.changeset(), changes)
session.close()
db.enableLoadExtension(false)
db.enableDefensive(true)
const progress = ({ totalPages, remainingPages }: BackupProgressInfo): void =>
  console.log(totalPages, remainingPages)
const backupOptions: BackupOptions = { rate: 1, source: 'main', target: 'main', progress }
export const copied: Promise<number> = backup(db, 'copy.db', backupOptions)
export const old: SupportedValueType = rows[0]?.['a'] ?? row?.['a'] ?? null

/** What a driver asks for that takes any database of this kind. */
interface Driver {
  prepare(sql: string): { all(...values: SQLInputValue[]): unknown[] }
  exec(sql: string): void
  close(): void
}
export const driver: Driver = again
again[Symbol.dispose]()
db.close()
