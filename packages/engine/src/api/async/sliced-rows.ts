/**
 * One statement of a `Database` in slices: the event loop has its turns while it runs, and it can be stopped between two of them. It is for
 * programs that sit at a terminal, and keep a connection of the synchronous face.
 */
import { SqliteError } from '../../base/error.ts'
import { bindArguments } from '../sync/binding.ts'
import { connectionOf } from '../sync/database.ts'
import type { Database } from '../sync/face.ts'
import { OpenRows } from './open-rows.ts'
import { Patience } from './patience.ts'

/** Rows that are handed on together, at most. */
const mostRows = 1000

/**
 * Runs one statement, and answers its rows as arrays, many at a time, with INTEGERs as bigints. What may run for long gives the event loop its
 * turn every few milliseconds; until the last row the statement is in progress, as an iterator is. Of a statement without rows nothing comes.
 *
 * ```ts
 * import { rowsInSlices } from 'chorusdb'
 * const stop = new AbortController()
 * for await (const rows of rowsInSlices(db, 'SELECT * FROM note', [], stop.signal)) console.log(rows)
 * ```
 * @param params as of {@link Statement.all}
 * @param signal stops it with `SQLITE_INTERRUPT`; what it has changed is taken back
 */
export async function* rowsInSlices(
  database: Database,
  sql: string,
  params: readonly unknown[] = [],
  signal?: AbortSignal,
): AsyncGenerator<unknown[][], void, void> {
  const connection = connectionOf(database)
  const prepared = connection.prepare(sql)
  const values = bindArguments(params, prepared.parameters, connection.options.values)
  if (prepared.writes || !prepared.hasRows) connection.checkNoIterators()
  const rows = new OpenRows(
    connection,
    prepared,
    values,
    new Patience(connection),
    !prepared.hasRows,
    { mode: 'raw', integers: 'bigint' },
  )
  try {
    for (let state = 'slice'; state !== 'end';) {
      if (signal?.aborted === true) throw new SqliteError('interrupted', 'SQLITE_INTERRUPT')
      const found: unknown[][] = []
      if (prepared.hasRows) state = rows.fetch(found, mostRows)
      else state = rows.runSlice() ? 'slice' : 'end'
      if (found.length > 0) yield found
      // oxlint-disable-next-line no-await-in-loop -- that is what it is for
      if (state === 'slice') await rows.pause()
    }
  } finally {
    rows.return()
  }
}
