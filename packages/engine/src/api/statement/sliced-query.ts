/** Queries that the connection asks itself, in the middle of what it does in slices. */
import { unsliced, type Slice, type Work } from '../../runtime/index.ts'
import type { Session } from '../connection/session.ts'

/** The first value of the first row; null where there is none. */
export function* firstValue(connection: Session, sql: string, slice: Slice): Work<unknown> {
  const prepared = connection.prepareOwn(sql)
  if (slice === unsliced) return prepared.get([], 'pluck', 'rounded') ?? null
  const rows = prepared.rows([], 'pluck', 'rounded', prepared.mayRunLong)
  try {
    for (let row = rows.next(); row.done !== true; row = rows.next()) {
      if (row.value !== slice) return row.value
      yield slice
    }
    return null
  } finally {
    rows.return?.()
  }
}

/** @param table as it stands behind FROM */
export function* countRows(connection: Session, table: string, slice: Slice): Work<number> {
  return (yield* firstValue(connection, `SELECT count(*) FROM ${table}`, slice)) as number
}
