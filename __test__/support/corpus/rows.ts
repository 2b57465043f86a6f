/** Texts of several statements run on a connection, as the shells of SQLite do: one after the other, all rows kept. */
import { parseStatement } from '../../../packages/engine/src/sql/index.ts'
import { realToText } from '../../../packages/engine/src/record/index.ts'
import type { Connection } from './connection.ts'

/** INTEGERs are bigints, REALs numbers. */
export type Row = readonly unknown[]

/** Where the statement that begins at `start` ends. What cannot be read reaches to the end: to prepare it says why. */
function endOf(sql: string, start: number): { isEmpty: boolean; end: number } {
  try {
    const { statement, end } = parseStatement(sql, start)
    return { isEmpty: statement === null, end }
  } catch {
    return { isEmpty: false, end: -1 }
  }
}

/** The rows of all statements of a text. @throws what the first statement that fails throws */
export function runText(connection: Connection, sql: string): Row[] {
  const rows: Row[] = []
  for (let at = 0; at < sql.length;) {
    const { isEmpty, end } = endOf(sql, at)
    if (isEmpty) break
    const text = end < 0 ? sql.slice(at) : sql.slice(at, end)
    for (const row of connection.run(text)) rows.push(row)
    if (end < 0) break
    at = end
  }
  return rows
}

/** A REAL, an INTEGER or a text as SQLite shows it. */
export function textOf(value: unknown): string {
  if (typeof value === 'number') return realToText(value)
  return value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : String(value)
}

const real = /^[-+]?(?:\d+\.\d*(?:e[-+]?\d+)?|\d+e[-+]?\d+|Inf)$/i

const asNumber = (text: string): number =>
  /inf$/i.test(text) ? (text.startsWith('-') ? -Infinity : Infinity) : Number(text)

/** Both are REALs, written with a point or an exponent, and the same to 15 significant digits. */
export function isSameReal(a: string, b: string): boolean {
  if (!real.test(a) || !real.test(b)) return false
  const [x, y] = [asNumber(a), asNumber(b)]
  return x === y || x.toPrecision(15) === y.toPrecision(15)
}
