/**
 * Names of a stored text written anew, quoted as SQLite quotes them: a new name stands bare only where it was given bare, and the
 * old one stood bare. (`renameEditSql`)
 */
import type { Span } from './ast/query.ts'
import { quoteText } from './print.ts'

/** A letter, a digit, `_`, `$`, or anything beyond ASCII: the token is a bare word. */
const bareWord = /^[\w$\u0080-\uffff]/

/** Each place once, in order. */
function inOrder(places: Iterable<Span>): Span[] {
  const byStart = new Map<number, Span>()
  for (const place of places) byStart.set(place.start, place)
  return [...byStart.values()].sort((a, b) => a.start - b.start)
}

function edited(sql: string, places: Iterable<Span>, replacement: (place: Span) => string): string {
  let result = ''
  let at = 0
  for (const place of inOrder(places)) {
    result += sql.slice(at, place.start) + replacement(place)
    at = place.end
  }
  return result + sql.slice(at)
}

/** The text with `name` at the places. */
export function renamed(
  sql: string,
  places: Iterable<Span>,
  name: string,
  isQuoted: boolean,
): string {
  const quoted = `"${name.replaceAll('"', '""')}"`
  return edited(sql, places, ({ start, end }) => {
    if (!isQuoted && bareWord.test(sql.slice(start, end))) return name
    return sql[end] === '"' ? `${quoted} ` : quoted
  })
}

/** The text with single quotes around what stands at the places, texts in double quotes. */
export function withSingleQuotes(sql: string, places: Iterable<Span>): string {
  return edited(sql, places, ({ start, end }) => {
    const text = sql.slice(start + 1, end - 1).replaceAll('""', '"')
    return quoteText(text) + (sql[end] === "'" ? ' ' : '')
  })
}
