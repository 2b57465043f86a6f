/** Names as a statement writes them, quotes and all: so some of SQLite's sentences show them. (The conversion `%T` of `sqlite3_vmprintf`) */
import { END, Lexer } from './lexer.ts'

/** The word of a text that begins at `start`, or one of those behind it: the `index`-th. */
export function writtenWord(sql: string, start: number, index = 0): string {
  const lexer = new Lexer(sql, start, false)
  for (let i = 0; i <= index; i++) lexer.fill(i)
  return sql.slice(lexer.starts[index], lexer.ends[index])
}

/**
 * The name of the database in front of another name.
 * @param start of the statement
 * @param nameStart of the name behind the dot
 */
export function writtenDatabase(sql: string, start: number, nameStart: number): string {
  const lexer = new Lexer(sql, start, false)
  for (let i = 0; ; i++) {
    lexer.fill(i)
    if (lexer.kinds[i] !== END && lexer.starts[i]! < nameStart) continue
    return sql.slice(lexer.starts[i - 2], lexer.ends[i - 2])
  }
}
