/**
 * Where the parameters of a statement stand in its text: what is needed to put values in their place
 * (`sqlite3_expanded_sql`). They are numbered as the parser numbers them.
 */
import { END, Lexer, PARAMETER } from './lexer.ts'
import type { ParameterTable } from './parser/parser.ts'

export interface ParameterPlace {
  readonly start: number
  readonly end: number
  /** From 1. */
  readonly number: number
}

/** The parameters between `start` and `end` of a text that has been parsed, in order. */
export function parameterPlaces(
  sql: string,
  start: number,
  end: number,
  parameters: ParameterTable,
): ParameterPlace[] {
  const places: ParameterPlace[] = []
  const lexer = new Lexer(sql, start, false)
  let next = 1
  for (let i = 0; ; i++) {
    lexer.fill(i)
    const at = lexer.starts[i]!
    if (lexer.kinds[i] === END || at >= end) return places
    if (lexer.kinds[i] !== PARAMETER) continue
    const text = lexer.texts[i]!
    const number =
      text === '?'
        ? next
        : text.startsWith('?')
          ? Number(text.slice(1))
          : parameters.names.indexOf(text) + 1
    next = Math.max(next, number + 1)
    places.push({ start: at, end: lexer.ends[i]!, number })
  }
}
