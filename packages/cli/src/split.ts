/** A text into its statements. */
import { isComplete } from '../../engine/src/index.ts'

/** A statement of a text: from `start`, where its first word stands. */
export interface Piece {
  readonly start: number
  /** With its semicolon. */
  readonly sql: string
}

const blank = /^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))*$/

/** Whether there is nothing to run in a text: space, semicolons and comments. */
export function isBlank(sql: string): boolean {
  return blank.test(sql)
}

/** The statements of a text. What follows the last semicolon counts as one. */
export function splitStatements(sql: string): Piece[] {
  const pieces: Piece[] = []
  const add = (from: number, to: number): void => {
    let start = from
    while (start < to && /[\s;]/.test(sql[start]!)) start++
    const text = sql.slice(start, to)
    if (!isBlank(text)) pieces.push({ start, sql: text })
  }
  let from = 0
  for (let at = sql.indexOf(';'); at >= 0; at = sql.indexOf(';', at + 1)) {
    if (!isComplete(sql.slice(from, at + 1))) continue
    add(from, at + 1)
    from = at + 1
  }
  add(from, sql.length)
  return pieces
}
