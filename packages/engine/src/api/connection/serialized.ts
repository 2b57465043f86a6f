/** A database as its bytes, and a connection to a database in memory that has such bytes. (`sqlite3_serialize`, `sqlite3_deserialize`) */
import { sqlError } from '../../base/error.ts'
import { DatabaseNames } from '../../plan/index.ts'
import { Pager, pagesOf } from '../../storage/index.ts'
import type { OpenOptions } from '../open/options.ts'
import { asStatement } from '../statement/as-statement.ts'
import { Connection } from './connection.ts'

/**
 * The pages of a database of a connection as its transaction sees them.
 * @throws SqliteError: there is no such database
 */
export function serialize(connection: Connection, name: string): Uint8Array<ArrayBuffer> {
  connection.checkOpen()
  const database = connection.databases.find(name)
  if (database === null) throw sqlError(`unknown database ${name}`)
  const uses = { reads: new DatabaseNames(database.name), writes: new DatabaseNames() }
  return asStatement(connection, false, uses, null, () => pagesOf(database.pager))
}

/**
 * A connection to a database in memory that has these pages, which are copied.
 * @param options of a database in memory
 * @throws SQLITE_NOTADB, SQLITE_CORRUPT, SQLITE_NOMEM
 */
export function deserialize(pages: Uint8Array, options: OpenOptions): Connection {
  return new Connection({ ...options, path: '', isMemory: true }, Pager.openImage(pages, false))
}
