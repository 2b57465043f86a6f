/** The same from an ES module, with what is ChorusDB's own. */
import Database, { SqliteError } from 'better-sqlite3'
import type { ColumnDefinition, Statement, Transaction } from 'better-sqlite3'

const db: Database.Database = new Database(':memory:', {
  verbose: null,
  nativeBinding: null,
  experimental: [],
  integers: 'mixed',
  codec: { encode: (value) => String(value) },
})
export const statement: Statement<[number], { id: number | bigint }> = db.prepare('…')
export const columns: ColumnDefinition[] = statement.integers({ id: 'bigint' }).columns()
export const transaction: Transaction<() => number> = db.transaction(() => 1)
export const error: Error = new SqliteError('message', 'SQLITE_ERROR')
db.defaultIntegers('bigint').collation('de', (a, b) => a.localeCompare(b))

// @ts-expect-error -- an option of another type
export const wrong: unknown = new Database('app.db', { timeout: 'soon' })
// @ts-expect-error -- no such mode
db.defaultIntegers('exact')
// @ts-expect-error -- a parameter of another type
statement.get('x')
