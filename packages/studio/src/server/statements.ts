/** A text into its statements, and where in it an error is. */
import { isComplete } from '../../../engine/src/index.ts'

/** A statement of a text, without what surrounds it. */
export interface StatementText {
  readonly start: number
  readonly end: number
  readonly sql: string
}

const blank = /^(?:[\s;]|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*(?:\*\/|$))*/

/** What stands between two semicolons, where these end a statement: not in strings, comments and bodies of triggers. */
export function statementsOf(text: string): StatementText[] {
  const found: StatementText[] = []
  const add = (from: number, to: number): void => {
    const start = from + blank.exec(text.slice(from, to))![0].length
    if (start >= to) return
    const sql = text.slice(start, to)
    found.push({ start, end: start + sql.trimEnd().length, sql: sql.trimEnd() })
  }
  let from = 0
  for (let at = text.indexOf(';'); at >= 0; at = text.indexOf(';', at + 1)) {
    if (!isComplete(text.slice(from, at + 1))) continue
    add(from, at + 1)
    from = at + 1
  }
  add(from, text.length)
  return found
}

/** Messages that name a word of the statement. */
const namesWord =
  /^(?:near "([\s\S]+)": syntax error|unrecognized token: "([\s\S]+)"|(?:no such column|ambiguous column name|no such function|no such table|no such collation sequence): ([\s\S]+?)(?: - [\s\S]*)?|wrong number of arguments to function ([\s\S]+)\(\)|table [\s\S]+ has no column named ([\s\S]+))$/

/**
 * Where in a statement an error is: at the word that its message names, if that stands there just once; else it is the whole statement.
 */
export function placeOfError(sql: string, message: string): { from: number; to: number } {
  if (message === 'incomplete input') return { from: Math.max(0, sql.length - 1), to: sql.length }
  const whole = { from: 0, to: sql.length }
  const named = namesWord
    .exec(message)
    ?.slice(1)
    .find((part) => part !== undefined)
  if (named === undefined) return whole
  for (const word of new Set([named, named.split('.').at(-1)!])) {
    const [found, ...others] = placesOf(sql, word)
    if (found !== undefined && others.length === 0) return { from: found, to: found + word.length }
  }
  return whole
}

/** Where `word` stands in `sql`, not as a part of a longer one. */
function placesOf(sql: string, word: string): number[] {
  const isWord = (character: string | undefined): boolean =>
    character !== undefined && /[\w$\u0080-\uffff]/.test(character)
  const places: number[] = []
  for (let at = sql.indexOf(word); at >= 0; at = sql.indexOf(word, at + 1)) {
    const goesOnBefore = isWord(word[0]) && isWord(sql[at - 1])
    const goesOnAfter = isWord(word.at(-1)) && isWord(sql[at + word.length])
    if (!goesOnBefore && !goesOnAfter) places.push(at)
  }
  return places
}
