/** Rows of a query that may take its time: the event loop goes on meanwhile, and the query ends when nobody wants it any longer. */
import type { LocalConnection } from '../../../engine/src/index.ts'
import { cancelled } from './failures.ts'
import type { SqlValue } from './values.ts'

/** A row by the names of its columns. */
export type NamedRow = Readonly<Record<string, SqlValue>>

/**
 * Hands the rows of a query over, one after the other.
 * @param take answers false where it wants no more of them
 * @returns whether these were all
 * @throws SqliteError; Refusal where it was cancelled
 */
export async function readRows(
  connection: LocalConnection,
  sql: string,
  values: readonly unknown[],
  signal: AbortSignal,
  take: (row: NamedRow, columnNames: readonly string[]) => boolean | Promise<boolean>,
): Promise<boolean> {
  if (signal.aborted) throw cancelled()
  const rows = await connection.query(sql, values)
  const stop = (): void => rows.close()
  signal.addEventListener('abort', stop)
  try {
    for (;;) {
      if (signal.aborted) throw cancelled()
      const row = await rows.next()
      if (signal.aborted) throw cancelled()
      if (row === undefined) return true
      if (!(await take(row as NamedRow, rows.columnNames))) return false
    }
  } finally {
    signal.removeEventListener('abort', stop)
    rows.close()
  }
}

/** All rows of a query. */
export async function allRows(
  connection: LocalConnection,
  sql: string,
  values: readonly unknown[],
  signal: AbortSignal,
): Promise<NamedRow[]> {
  const all: NamedRow[] = []
  await readRows(connection, sql, values, signal, (row) => {
    all.push(row)
    return true
  })
  return all
}
