/**
 * VACUUM: a database written anew without the space that nothing uses, in its own place or, with INTO, in a file that is not there yet.
 * (VACUUM; `sqlite3RunVacuum`)
 *
 * The new database is built beside the old one, from the state that the transaction sees, and then takes its place page by page in that same
 * transaction. So others who read go on with the old state until it is committed, who wants to write waits, and a crash or a full
 * disk leaves the old state. Afterwards they find a new schema cookie, and all pages changed.
 */
import { openSync, rmSync, statSync, truncateSync } from 'node:fs'
import { SqliteError, sqlError } from '../../base/error.ts'
import { parseOpenMode, StatementLabel } from '../../coordination/index.ts'
import { DatabaseNames, type DatabaseUses } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import { rebuild } from '../../runtime/index.ts'
import type { Expression, ParameterTable, Select, Vacuum } from '../../sql/index.ts'
import {
  autoVacuumOf,
  NodeFile,
  openCopy,
  takePages,
  writePages,
  type Copy,
} from '../../storage/index.ts'
import type { OpenDatabase } from '../connection/open-database.ts'
import type { Session } from '../connection/session.ts'
import { asStatement } from './as-statement.ts'
import { PreparedAction } from './prepared-action.ts'
import { PreparedProgram } from './prepared.ts'

export function prepareVacuum(
  connection: Session,
  { schema, into, start, end }: Vacuum,
  sql: string,
  parameters: ParameterTable,
): PreparedAction {
  const label = new StatementLabel(sql.slice(start, end))
  const name = schema ?? 'main'
  const isTemporary = name.toLowerCase() === 'temp'
  if (!isTemporary && connection.databases.find(name) === null) {
    throw sqlError(`unknown database ${name}`)
  }
  const file = into === null ? null : fileName(connection, into, sql, parameters)
  return new PreparedAction(connection, parameters, [], into === null, (params) => {
    connection.checkOpen()
    const path = file === null ? null : file(params)
    if (connection.inTransaction) throw sqlError('cannot VACUUM from within a transaction')
    const database = connection.databases.find(name)
    if (database === null) {
      if (isTemporary) return []
      throw sqlError(`unknown database ${name}`)
    }
    const writes = path === null
    return asStatement(connection, writes, usesOf(database, writes), label, () => {
      // (The temporary database has nothing that outlives the connection: SQLite leaves it alone.)
      if (connection.hasOtherStatements) {
        throw sqlError('cannot VACUUM - SQL statements in progress')
      }
      if (!isTemporary) vacuum(connection, database, path)
      return []
    })
  })
}

function usesOf({ name }: OpenDatabase, writes: boolean): DatabaseUses {
  const none = new DatabaseNames()
  const one = new DatabaseNames(name)
  return writes ? { reads: none, writes: one } : { reads: one, writes: none }
}

/** What the expression behind INTO comes to. */
function fileName(
  connection: Session,
  into: Expression,
  sql: string,
  parameters: ParameterTable,
): (params: readonly Value[]) => string {
  const { start, end } = into
  const query: Select = {
    kind: 'select',
    start,
    end,
    with: null,
    first: { kind: 'values', start, end, rows: [[into]] },
    compounds: [],
    orderBy: [],
    limit: null,
    offset: null,
  }
  const value = connection.withSchemas(() => {
    const compiled = connection.compile(query, sql, parameters)
    return new PreparedProgram(connection, query, sql, parameters, compiled, sql.slice(start, end))
  })
  return (params) => {
    const [name] = value.get(params, 'raw', 'rounded') as readonly unknown[]
    if (typeof name !== 'string') throw sqlError('non-text filename')
    return name
  }
}

function vacuum(connection: Session, database: OpenDatabase, path: string | null): void {
  const { context, nextAutoVacuum } = connection
  const output = path === null ? null : openOutput(path)
  try {
    const { pager } = database
    const autoVacuum = nextAutoVacuum ?? autoVacuumOf(pager)
    const copy = openCopy(pager, autoVacuum, undefined, pageSizeOf(connection, database, path))
    try {
      const last = fill(copy, database, path === null)
      // SQLite copies what has no tree by an INSERT, and forgets to hide it.
      if (last !== null) context.lastInsertRowid = last
      if (path === null) {
        takePages(database.pager, copy.pager)
        database.forgetTrees()
        database.schemaChanged()
      } else output?.write(copy, database.pager.synchronous > 0)
    } finally {
      copy.close()
    }
  } catch (error) {
    output?.discard()
    throw error
  }
  output?.close()
}

/** PRAGMA page_size counts for what INTO makes of a file. In WAL mode a database keeps the size that it has, and the wish is forgotten. */
function pageSizeOf(
  { remembered }: Session,
  { pager, isMemory }: OpenDatabase,
  path: string | null,
): number {
  const wanted = remembered.get('page_size')
  if (isMemory || wanted === undefined) return pager.pageSize
  if (path !== null) return wanted
  remembered.delete('page_size')
  return pager.pageSize
}

/** Answers what `rebuild` does. */
function fill({ pager }: Copy, database: OpenDatabase, renumbers: boolean): number | null {
  const last = rebuild(database, pager, renumbers)
  pager.header.schemaCookie = (pager.schemaCookie + 1) >>> 0
  pager.commit()
  return last
}

interface Output {
  write(copy: Copy, syncs: boolean): void
  close(): void
  /** Leaves nothing of it. */
  discard(): void
}

/** The file that INTO names, empty; null: one that nobody will see. */
function openOutput(name: string): Output | null {
  const { path, isMemory, readonly } = parseOpenMode(name)
  if (isMemory) return null
  const size = statSync(path, { throwIfNoEntry: false })?.size
  if (size !== undefined && size > 0) throw sqlError('output file already exists')
  let descriptor: number
  try {
    if (readonly) throw new Error('it is to be opened for reading only')
    descriptor = openSync(path, size === undefined ? 'wx+' : 'r+')
  } catch (cause) {
    throw new SqliteError(`unable to open database: ${name}`, 'SQLITE_CANTOPEN', { cause })
  }
  const file = new NodeFile(descriptor, true)
  return {
    write: ({ pager }, syncs) => writePages(file, pager, syncs),
    close: () => file.close(),
    discard: () => {
      file.close()
      if (size === undefined) rmSync(path, { force: true })
      else truncateSync(path, 0)
    },
  }
}
