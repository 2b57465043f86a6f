/**
 * The mark under the word that a message is about, as sqlite3 draws it. Errors carry no place, so it is looked for: of several places where
 * the word stands, that one counts whose absence changes the message.
 */
import { bytesOfText, isSpace, textOfBytes } from './format/text.ts'
import { wordsOf } from './statements.ts'

/** Messages of the parser, which are about the first place where it could not go on. */
const syntax = /^(?:near "([\s\S]+)": syntax error|unrecognized token: "([\s\S]+)")$/

/** Messages about a name. */
const naming =
  /^(?:no such column|ambiguous column name|no such function|misuse of aggregate|unknown database|too many arguments on function):? ([\s\S]+?)(?:\(\))?$|^(?:wrong number of arguments to|misuse of (?:aggregate|window)|unsafe use of) (?:function )?([\s\S]+)\(\)$|^(?:table|view|trigger) ([\s\S]+) already exists$/

/** What is wrong with a text; null: nothing. */
export type TryOut = (sql: string) => string | null

/** The statement with a mark below the word that the message is about; nothing where that is not known. */
export function errorContext(sql: string, message: string, tryOut: TryOut): string {
  const place = placeOf(sql, message, tryOut)
  return place < 0 ? '' : marked(sql, place)
}

function placeOf(sql: string, message: string, tryOut: TryOut): number {
  const parsed = syntax.exec(message)
  if (parsed !== null) return placeOfSyntaxError(sql, parsed[1] ?? parsed[2]!, message, tryOut)
  const named = naming.exec(message)
  return named === null
    ? -1
    : placeOfName(
        sql,
        unquoted(named.slice(1).find((part) => part !== undefined)!),
        message,
        tryOut,
      )
}

/** Some messages quote a name as it was written. */
function unquoted(name: string): string {
  const quote = name.startsWith('[') ? ']' : name[0]!
  if (!/^["`'[]/.test(name) || !name.endsWith(quote) || name.length < 2) return name
  return name.slice(1, -1).replaceAll(quote + quote, quote)
}

/** The first place of the word up to which the text gives the same message. */
function placeOfSyntaxError(sql: string, word: string, message: string, tryOut: TryOut): number {
  const places = placesOf(sql, word)
  if (places.length < 2) return places[0] ?? -1
  for (const place of places) {
    if (tryOut(sql.slice(0, place + word.length)) === message) return place
  }
  return places.at(-1)!
}

/** The first place of a name at which something else gives another message, and without which all others give none. */
function placeOfName(sql: string, name: string, message: string, tryOut: TryOut): number {
  const places = namesAt(sql, name)
  if (places.length < 2) return places[0]?.start ?? -1
  for (const place of places) {
    let text = sql
    for (const other of places.toReversed()) {
      if (other === place) continue
      text = `${text.slice(0, other.start)}NULL${text.slice(other.end)}`
    }
    if (tryOut(text) === message) return place.start
  }
  return places[0]!.start
}

/** Where a word stands, not as a part of a longer one. */
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

interface Place {
  readonly start: number
  readonly end: number
}

/** Where a name stands, with the names of a table and a database before it where it has them. */
function namesAt(sql: string, name: string): Place[] {
  const words = [...wordsOf(sql)].filter(({ kind }) => kind !== 'space' && kind !== 'comment')
  const parts = name.split('.')
  const places: Place[] = []
  for (let i = 0; i < words.length; i++) {
    const last = i + 2 * (parts.length - 1)
    const isHere =
      last < words.length &&
      parts.every((part, k) => plainName(sql, words[i + 2 * k]!) === part) &&
      parts.slice(1).every((_, k) => sql[words[i + 2 * k + 1]!.start] === '.')
    if (!isHere) continue
    // A part of a longer name is another name.
    const before = words[i - 1]
    if (before !== undefined && sql[before.start] === '.') continue
    places.push({ start: words[i]!.start, end: words[last]!.end })
  }
  return places
}

function plainName(
  sql: string,
  { kind, start, end }: { kind: string; start: number; end: number },
): string | null {
  const text = sql.slice(start, end)
  if (kind === 'word') return text
  if (kind !== 'name' || text.length < 2) return null
  const quote = text[0] === '[' ? ']' : text[0]!
  return text.slice(1, -1).replaceAll(quote + quote, quote)
}

/** Bytes before the mark that are shown, and bytes that are shown at all. */
const mostBefore = 50
const mostShown = 78

/** The line with the mark below it. */
function marked(sql: string, place: number): string {
  let bytes: Uint8Array = bytesOfText(sql)
  let offset = bytesOfText(sql.slice(0, place)).length
  const continues = (i: number): boolean => (bytes[i] ?? 0) >> 6 === 2
  while (offset > mostBefore) {
    let step = 1
    while (continues(step)) step++
    bytes = bytes.subarray(step)
    offset -= step
  }
  let size = bytes.length
  if (size > mostShown) {
    size = mostShown
    while (continues(size)) size--
  }
  const line = [...textOfBytes(bytes.subarray(0, size))]
    .map((character) => (isSpace(character) ? ' ' : character))
    .join('')
  const mark =
    offset < 25
      ? `${' '.repeat(offset)}^--- error here`
      : `${' '.repeat(offset - 14)}error here ---^`
  return `\n  ${line}\n  ${mark}`
}
