/** `db.serialize()`: a database as the bytes of a file. (`sqlite3_serialize`) */
import { sqlError } from '../../base/error.ts'
import { DatabaseNames } from '../../plan/index.ts'
import { pagesOf } from '../../storage/index.ts'
import type { Connection } from '../connection/connection.ts'
import { isBusy } from '../connection/failures.ts'
import type { OpenDatabase } from '../connection/open-database.ts'
import { asStatement } from '../statement/as-statement.ts'

export function serialize(connectionOf: () => Connection, given: unknown): Buffer {
  const options = given ?? {}
  if (typeof options !== 'object') {
    throw new TypeError('Expected first argument to be an options object')
  }
  const name = attachedName(options)
  const connection = connectionOf()
  connection.checkOpen()
  if (connection.iterators > 0) throw isBusy()
  const pages = reading(connection, knownDatabase(connection, name), ({ pager }) => pagesOf(pager))
  return Buffer.from(pages.buffer)
}

/** The option `attached` of `serialize` and `backup`. @throws TypeError */
export function attachedName(options: object): string {
  const name: unknown = 'attached' in options ? options.attached : 'main'
  if (typeof name !== 'string') {
    throw new TypeError('Expected the "attached" option to be a string')
  }
  if (name === '') throw new TypeError('The "attached" option cannot be an empty string')
  // SQLite's is a C string.
  return name.split('\0', 1)[0]!
}

/** @throws SQLITE_ERROR; of temp, too, as long as nothing has been made in it */
function knownDatabase(connection: Connection, name: string): OpenDatabase {
  const database = connection.databases.find(name)
  if (database === null) throw sqlError(`unknown database ${name}`)
  return database
}

/** The database, and temp if need be made. @throws SQLITE_ERROR */
export function databaseNamed(connection: Connection, name: string): OpenDatabase {
  if (name.toLowerCase() === 'temp') return connection.openTemporary()
  return knownDatabase(connection, name)
}

/** Runs `body` in a read transaction of that database, or in the one that is open. */
export function reading<Result>(
  connection: Connection,
  database: OpenDatabase,
  body: (database: OpenDatabase) => Result,
): Result {
  const uses = { reads: new DatabaseNames(database.name), writes: new DatabaseNames() }
  return asStatement(connection, false, uses, null, () => body(database))
}
