/** The ways in which ES modules name what `@types/better-sqlite3` exports, and add to it. */
import Database from 'better-sqlite3'
import * as module from 'better-sqlite3'
import type Types from 'better-sqlite3'
import type * as names from 'better-sqlite3'
import type {
  AggregateOptions,
  BackupMetadata,
  BackupOptions,
  Database as Connection,
  Options,
  PragmaOptions,
  RegistrationOptions,
  RunResult,
  SerializeOptions,
  SqliteError as ErrorClass,
  Statement,
} from 'better-sqlite3'

declare module 'better-sqlite3' {
  interface Options {
    label?: string
  }
}

const options: Options = { label: 'own' }
const db: Connection = new Database(':memory:', options)
const sameDb: Types.Database = db
const again: names.Database = sameDb
export const whole: module.Database = new module.default(again.name)
export const statement: Statement<{ id: number }, { name: string }> = whole.prepare('…')
export const sameStatement: Types.Statement<[{ id: number }], { name: string }> = statement
export const result: RunResult = statement.run({ id: 1 })
export const errorClass: ErrorClass = Database.SqliteError
export const error: InstanceType<ErrorClass> = new errorClass('message', 'SQLITE_ERROR')
export const pragma: PragmaOptions = { simple: true }
export const registration: RegistrationOptions = { varargs: true }
export const aggregate: AggregateOptions = { start: 0, step: (n) => n, ...registration }
export const serialize: SerializeOptions = { attached: 'main' }
export const backup: BackupOptions = { progress: ({ totalPages }: BackupMetadata) => totalPages }

// Contextual types: parameters of callbacks are known, or anything.
db.function('add', (a, b) => a + b)
db.aggregate('total', { start: 0, step: (total, next) => total + next })
db.aggregate<number[]>('median', {
  start: () => [],
  step(list, next) {
    list.push(next)
  },
  result: (list) => list.toSorted((a, b) => a - b)[list.length >> 1],
})
db.table('letters', {
  columns: ['letter'],
  *rows(...words: unknown[]) {
    yield { letter: words[0] }
  },
})
export const all: names.Transaction<(id: number) => unknown[]> = db.transaction((id) =>
  db.prepare('…').all(id),
)

export class Notes extends Database {
  add(text: string): number | bigint {
    return this.prepare<[string]>('…').run(text).lastInsertRowid
  }
}
export const made: ReturnType<Connection['prepare']> = new Notes('notes.db').prepare('…')
export const given: ConstructorParameters<typeof Database>[1] = { timeout: 1 }
