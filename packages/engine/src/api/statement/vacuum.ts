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
import { inSlices, rebuild, type Slice, type Work } from '../../runtime/index.ts'
import {
  writtenWord,
  type Expression,
  type ParameterTable,
  type Select,
  type Vacuum,
} from '../../sql/index.ts'
import {
  autoVacuumOf,
  NodeFile,
  openCopy,
  takingPages,
  writePages,
  type Copy,
} from '../../storage/index.ts'
import type { OpenDatabase } from '../connection/open-database.ts'
import type { Session } from '../connection/session.ts'
import { slicedAction, type PreparedAction } from './prepared-action.ts'
import { PreparedProgram } from './prepared.ts'
import { inSlicesAsStatement, stepsOf } from './sliced-statement.ts'

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
    throw sqlError(`unknown database ${writtenWord(sql, start, 1)}`)
  }
  const file = into === null ? null : fileName(connection, into, sql, parameters)
  const work = function* (params: readonly Value[], slice: Slice): Work<void> {
    const path = file === null ? null : file(params)
    if (connection.inTransaction) throw sqlError('cannot VACUUM from within a transaction')
    const database = connection.databases.find(name)
    if (database === null) {
      if (isTemporary) return
      throw sqlError(`unknown database ${writtenWord(sql, start, 1)}`)
    }
    const writes = path === null
    const statement = {
      uses: usesOf(database, writes),
      label,
      admits: writes ? 'nothing' : 'reads',
      changes: writes ? 'transaction' : null,
    } as const
    yield* inSlicesAsStatement(connection, statement, slice, () => {
      // (The temporary database has nothing that outlives the connection: SQLite leaves it alone.)
      if (connection.hasOtherStatements) {
        throw sqlError('cannot VACUUM - SQL statements in progress')
      }
      return stepsOf(isTemporary ? nothing() : vacuum(connection, database, path, slice))
    })
  }
  // SQLite says of VACUUM INTO, too, that it writes.
  return slicedAction(connection, parameters, into === null, work, false)
}

function* nothing(): Work<void> {}

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

function* vacuum(
  connection: Session,
  database: OpenDatabase,
  path: string | null,
  slice: Slice,
): Work<void> {
  const output = path === null ? null : openOutput(path)
  let isDone = false
  try {
    const { pager } = database
    const autoVacuum = connection.nextAutoVacuum ?? autoVacuumOf(pager)
    const copy = openCopy(pager, autoVacuum, undefined, pageSizeOf(connection, database, path))
    try {
      const last = yield* fill(copy, database, path === null, slice)
      // SQLite copies what has no tree by an INSERT, and forgets to hide it.
      if (last !== null) connection.context.lastInsertRowid = last
      if (path === null) yield* take(database, copy, slice)
      else if (output !== null) yield* inSlices(output.write(copy, pager.synchronous > 0), slice)
    } finally {
      copy.close()
    }
    isDone = true
  } finally {
    // It may be given up in between.
    if (!isDone) output?.discard()
  }
  output?.close()
}

/** Pages that are taken between two looks at the slice. */
const takenTogether = 16

function* take(database: OpenDatabase, { pager }: Copy, slice: Slice): Work<void> {
  pager.beginRead()
  for (const left of takingPages(database.pager, pager, takenTogether)) {
    if (left > 0 && slice.isDue()) yield slice
  }
  pager.endRead()
  database.forgetTrees()
  database.schemaChanged()
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
function* fill(
  { pager }: Copy,
  database: OpenDatabase,
  renumbers: boolean,
  slice: Slice,
): Work<number | null> {
  const last = yield* rebuild(database, pager, renumbers, slice)
  pager.header.schemaCookie = (pager.schemaCookie + 1) >>> 0
  pager.commit()
  return last
}

interface Output {
  write(copy: Copy, syncs: boolean): Generator<undefined, void, void>
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
