/**
 * The text of a statement with its values in place of the parameters: what `verbose` is told and what
 * `toString` answers once a statement is bound. (`sqlite3_expanded_sql`)
 */
import { checkTextLength } from '../../base/long-text.ts'
import { Real, integerToText, realToText, type Value } from '../../record/index.ts'
import { parameterPlaces, parseStatement, quoteText } from '../../sql/index.ts'

/** The first statement of `sql`, which has been parsed before, with these values. @throws SQLITE_TOOBIG */
export function expandSql(sql: string, values: readonly Value[]): string {
  const { end, parameters } = parseStatement(sql, 0)
  if (parameters.count === 0) return sql.slice(0, end)
  let text = ''
  let done = 0
  for (const place of parameterPlaces(sql, 0, end, parameters)) {
    const value = literal(values[place.number - 1] ?? null)
    checkTextLength(text.length + sql.length - done + value.length)
    text += sql.slice(done, place.start) + value
    done = place.end
  }
  return text + sql.slice(done, end)
}

function literal(value: Value): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return quoteText(value)
  if (typeof value === 'bigint') return integerToText(value)
  if (value instanceof Real) return realToText(value.value)
  if (typeof value === 'number') {
    return Number.isInteger(value) ? integerToText(value) : realToText(value)
  }
  checkTextLength(2 * value.length + 3)
  return `x'${Buffer.from(value).toString('hex')}'`
}
