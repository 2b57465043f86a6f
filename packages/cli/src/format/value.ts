/** Values as the shell shows them. */
import { realText } from './real.ts'
import { sqlBlob, sqlText } from './quote.ts'
import { textOfBytes, untilNul } from './text.ts'

/** One value as text; null: NULL. Text ends at a NUL, as it does in C. */
export function valueText(value: unknown): string | null {
  if (value === null) return null
  if (typeof value === 'string') return untilNul(value)
  if (typeof value === 'number') return realText(value)
  if (value instanceof Uint8Array) {
    const end = value.indexOf(0)
    return textOfBytes(end < 0 ? value : value.subarray(0, end))
  }
  return String(value)
}

/** One value as an SQL literal for readers: REALs with 15 digits. */
export function valueLiteral(value: unknown): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return sqlText(untilNul(value))
  if (value instanceof Uint8Array) return sqlBlob(value, 'x')
  return valueText(value)!
}

/** A row as text, its values kept apart. */
export function textOfRow(row: readonly unknown[], separator: string): string {
  return row.map((value) => valueText(value) ?? '').join(separator)
}
