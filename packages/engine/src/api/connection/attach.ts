/**
 * ATTACH and DETACH: the statements, and the opening of a further database. (ATTACH DATABASE; `attachFunc`)
 *
 * A file is opened in the mode of the main database: by several processes, each file with a coordination file of its
 * own, or by this one alone; for reading only where main is. Where main is in memory and so has no mode, a name may
 * ask for one. What stands for the file and for the name may be any expression without columns; a bare word is its
 * own text.
 */
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { SqliteError } from '../../base/error.ts'
import { parseOpenMode, type OpenMode } from '../../coordination/index.ts'
import type { Attach, Detach, Expression, ParameterTable, Select, Span } from '../../sql/index.ts'
import { Pager } from '../../storage/index.ts'
import { OpenDatabase } from './open-database.ts'
import type { OpenOptions } from '../open/options.ts'
import { openPager } from '../open/open.ts'
import { PreparedAction } from '../statement/prepared-action.ts'
import { PreparedProgram } from '../statement/prepared.ts'
import type { Session } from './session.ts'

export function prepareAttach(
  connection: Session,
  { file, name, key, start, end }: Attach,
  sql: string,
  parameters: ParameterTable,
): PreparedAction {
  // A key means nothing without encryption; SQLite evaluates it and looks no further.
  const expressions = key === null ? [file, name] : [file, name, key]
  return prepareCall(connection, expressions, { start, end }, sql, parameters, (texts) =>
    connection.attach(texts[0]!, texts[1]!),
  )
}

export function prepareDetach(
  connection: Session,
  { name, start, end }: Detach,
  sql: string,
  parameters: ParameterTable,
): PreparedAction {
  return prepareCall(connection, [name], { start, end }, sql, parameters, (texts) =>
    connection.detach(texts[0]!),
  )
}

/** The expressions are evaluated as a query of one row, then `call` gets their texts; NULL is the empty one. */
function prepareCall(
  connection: Session,
  expressions: readonly Expression[],
  { start, end }: Span,
  sql: string,
  parameters: ParameterTable,
  call: (texts: readonly string[]) => void,
): PreparedAction {
  const query: Select = {
    kind: 'select',
    start,
    end,
    with: null,
    first: { kind: 'values', start, end, rows: [expressions.map(asText)] },
    compounds: [],
    orderBy: [],
    limit: null,
    offset: null,
  }
  const values = connection.withSchemas(
    () =>
      new PreparedProgram(
        connection,
        query,
        sql,
        parameters,
        connection.compile(query, sql, parameters),
        sql.slice(start, end),
      ),
  )
  return new PreparedAction(connection, parameters, [], false, (params) => {
    connection.checkOpen()
    const row = values.get(params, 'raw', 'rounded') as readonly (string | null)[]
    call(row.map((text) => text ?? ''))
    return []
  })
}

/** As SQLite takes it: a word that could be a column is a string. (`resolveAttachExpr`) */
function asText(expression: Expression): Expression {
  const { start, end } = expression
  if (expression.kind === 'column' && expression.table === null) {
    return { kind: 'text', value: expression.column, start, end }
  }
  if (expression.kind === 'boolean') return { kind: 'text', value: expression.name, start, end }
  return { kind: 'cast', operand: expression, type: 'TEXT', start, end }
}

/** In SQL the answer is the database's. @throws SQLITE_MISUSE for an unknown feature */
function modeOf(file: string, { profile }: OpenOptions): OpenMode {
  try {
    return parseOpenMode(file, { readsUris: profile.readsUris() })
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new SqliteError(error.message, 'SQLITE_MISUSE')
  }
}

/**
 * Opens a database beside `main`.
 * @param options of the connection
 */
export function openAttached(
  file: string,
  name: string,
  options: OpenOptions,
  main: OpenDatabase,
  reload: (database: OpenDatabase) => void,
): OpenDatabase {
  const mode = modeOf(file, options)
  if (mode.multiprocess && !options.multiprocess && !options.isMemory) {
    throw new SqliteError(
      `cannot attach '${file}' with experimental multiprocess WAL: the main database is open without it`,
      'SQLITE_MISUSE',
    )
  }
  const multiprocess = !mode.isMemory && (mode.multiprocess || options.multiprocess)
  const isReadonly = mode.readonly || options.readonly
  const create = mode.create && !isReadonly && (options.create || options.isMemory)
  checkFile(file, mode, create)
  const pager = mode.isMemory
    ? Pager.openMemory()
    : openPager({
        ...options,
        name: file,
        path: mode.path,
        isMemory: false,
        image: null,
        multiprocess,
        readonly: isReadonly,
        create,
        pageSize: 0,
        walBudget: main.pager.autoCheckpoint.budget,
      })
  pager.busyTimeoutMs = main.pager.busyTimeoutMs
  pager.lockWait = main.pager.lockWait
  pager.announce = main.pager.announce
  pager.secureDelete = main.pager.secureDelete
  pager.autoCheckpoint.frames = main.pager.autoCheckpoint.frames
  try {
    return new OpenDatabase(
      name,
      mode.path,
      isReadonly,
      pager,
      reload,
      main.encoding,
      main.collations,
    )
  } catch (error) {
    pager.close()
    throw error
  }
}

function checkFile(file: string, { isMemory, path }: OpenMode, create: boolean): void {
  if (isMemory) return
  const isThere = existsSync(path)
  const isPossible = isThere ? !statSync(path).isDirectory() : create && existsSync(dirname(path))
  if (isPossible) return
  throw new SqliteError(`unable to open database: ${file}`, 'SQLITE_CANTOPEN')
}
