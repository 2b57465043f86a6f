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
  const pages = reading(connection, databaseNamed(connection, name), ({ pager }) => pagesOf(pager))
  return Buffer.from(pages.buffer)
}

/** The option `attached` of `serialize` and `backup`. @throws TypeError */
export function attachedName(options: object): string {
  const name: unknown = 'attached' in options ? options.attached : 'main'
  if (typeof name !== 'string') {
    throw new TypeError('Expected the "attached" option to be a string')
  }
  if (name === '') throw new TypeError('The "attached" option cannot be an empty string')
  return name
}

/** @throws SQLITE_ERROR */
export function databaseNamed(connection: Connection, name: string): OpenDatabase {
  if (name.toLowerCase() === 'temp') return connection.openTemporary()
  const database = connection.databases.find(name)
  if (database === null) throw sqlError(`unknown database ${name}`)
  return database
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
