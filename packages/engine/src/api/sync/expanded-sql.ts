/**
 * The text of a statement with its values in place of the parameters: what `verbose` is told and what
 * `toString` answers once a statement is bound. (`sqlite3_expanded_sql`, `sqlite3VdbeExpandSql`)
 */
import { checkTextLength } from '../../base/long-text.ts'
import { Real, integerToText, roundedRealToText, type Value } from '../../record/index.ts'
import { parameterPlaces, parseStatement, quoteText } from '../../sql/index.ts'

/** Bytes of a text or BLOB that are shown, as better-sqlite3 has it. (SQLITE_TRACE_SIZE_LIMIT) */
export const tracedSize = 32

/**
 * The first statement of `sql`, which has been parsed before, with these values.
 * @param mostBytes of a value that are shown; how many follow stands behind them
 * @throws SQLITE_TOOBIG
 */
export function expandSql(
  sql: string,
  values: readonly Value[],
  mostBytes: number = Infinity,
): string {
  const { end, parameters } = parseStatement(sql, 0)
  if (parameters.count === 0) return sql.slice(0, end)
  let text = ''
  let done = 0
  for (const place of parameterPlaces(sql, 0, end, parameters)) {
    const value = literal(values[place.number - 1] ?? null, mostBytes)
    checkTextLength(text.length + sql.length - done + value.length)
    text += sql.slice(done, place.start) + value
    done = place.end
  }
  return text + sql.slice(done, end)
}

function literal(value: Value, mostBytes: number): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return textLiteral(value, mostBytes)
  if (typeof value === 'bigint') return integerToText(value)
  if (value instanceof Real) return realLiteral(value.value)
  if (typeof value === 'number') {
    return Number.isInteger(value) ? integerToText(value) : realLiteral(value)
  }
  const shown = value.subarray(0, Math.min(value.length, mostBytes))
  checkTextLength(2 * shown.length + 3)
  return `x'${Buffer.from(shown).toString('hex')}'${rest(value.length - shown.length)}`
}

/** Digits enough for a reader, not for the same number. */
function realLiteral(value: number): string {
  return roundedRealToText(value, 15)
}

/** A NUL ends what is shown. */
function textLiteral(text: string, mostBytes: number): string {
  if (text.length <= mostBytes / 3) return quoteText(untilNul(text))
  const bytes = Buffer.from(text)
  let size = Math.min(bytes.length, mostBytes)
  // A character is shown whole.
  while (size < bytes.length && (bytes[size]! & 0xc0) === 0x80) size++
  return quoteText(untilNul(bytes.toString('utf8', 0, size))) + rest(bytes.length - size)
}

function untilNul(text: string): string {
  const nul = text.indexOf('\0')
  return nul < 0 ? text : text.slice(0, nul)
}

function rest(bytes: number): string {
  return bytes > 0 ? `/*+${bytes} bytes*/` : ''
}
