/**
 * Errors in the words of the sqlite3 shell: where the statement came from, what failed, and, where that is certain, a
 * mark under the word that was not understood.
 */
import { resultCodes, SqliteError } from '../../engine/src/index.ts'

/** What was being done when it failed. */
export type Phase = 'prepare' | 'step'

/** How a statement reached the shell. */
export type Origin =
  | { readonly kind: 'argument' }
  | { readonly kind: 'prompt' }
  | { readonly kind: 'script'; readonly line: number }

/** The message for a statement that failed; `sql` begins with that statement. */
export function describeSqlError(
  error: unknown,
  phase: Phase,
  origin: Origin,
  sql: string,
): string {
  if (!(error instanceof SqliteError)) return describeError(error)
  const isParse = phase === 'prepare'
  const message = isParse ? error.message : `${error.message} (${primaryCode(error)})`
  const context = isParse ? errorContext(sql, error.message) : ''
  if (origin.kind === 'argument') {
    return `Error: ${isParse ? 'in prepare' : 'stepping'}, ${message}${context}`
  }
  const near = origin.kind === 'script' ? ` near line ${origin.line}` : ''
  return `${isParse ? 'Parse' : 'Runtime'} error${near}: ${message}${context}`
}

/** Any other failure. */
export function describeError(error: unknown): string {
  return `Error: ${error instanceof Error ? error.message : String(error)}`
}

function primaryCode(error: SqliteError): number {
  return resultCodes[error.code] & 0xff
}

/** Messages that name a word of the statement. */
const namesWord =
  /^(?:near "([\s\S]+)": syntax error|unrecognized token: "([\s\S]+)"|(?:no such column|ambiguous column name|no such function): ([\s\S]+)|wrong number of arguments to function ([\s\S]+)\(\))$/

/** Where the line is so long that only a part of it is shown. */
const contextBefore = 50
const contextSize = 78

/**
 * The statement with a mark below the word that the message names. Errors carry no position, so a word that
 * stands there more than once gets no mark.
 */
export function errorContext(sql: string, message: string): string {
  const match = namesWord.exec(message)
  const word = match?.slice(1).find((part) => part !== undefined)
  if (word === undefined) return ''
  const [found, ...others] = placesOf(sql, word)
  if (found === undefined || others.length > 0) return ''
  const start = Math.max(0, found - contextBefore)
  const offset = found - start
  const line = sql.slice(start, start + contextSize).replaceAll(/\s/g, ' ')
  const mark =
    offset < 25
      ? `${' '.repeat(offset)}^--- error here`
      : `${' '.repeat(offset - 14)}error here ---^`
  return `\n  ${line}\n  ${mark}`
}

/** Where `word` stands in `sql`, not as a part of a longer word. */
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
