/** Texts into statements and statements into words, for what is to be known of them without the engine. */
import { isComplete } from '../../engine/src/index.ts'

/** A statement of a text: from `start`, where its first word stands. */
export interface Piece {
  readonly start: number
  /** With its semicolon. */
  readonly sql: string
}

/** What a word is. */
export type WordKind =
  | 'space'
  | 'comment'
  | 'text'
  | 'name'
  | 'word'
  | 'number'
  | 'parameter'
  | 'semicolon'
  | 'other'

/** A word of a text, space and comments included. */
export interface Word {
  readonly kind: WordKind
  readonly start: number
  readonly end: number
}

const patterns: readonly (readonly [WordKind, RegExp])[] = [
  ['space', /[ \t\n\v\f\r]+/y],
  ['comment', /--[^\n]*|\/\*(?=[^])(?:[^*]|\*(?!\/))*(?:\*\/|$)/y],
  ['text', /[xX]?'(?:[^']|'')*(?:'|$)/y],
  ['name', /"(?:[^"]|"")*(?:"|$)|`(?:[^`]|``)*(?:`|$)|\[[^\]]*(?:\]|$)/y],
  ['number', /(?:0[xX][0-9a-fA-F_]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][-+]?\d+)?)/y],
  [
    'parameter',
    /\?\d*|[@:#][\w\u0080-\uffff$]+|\$[\w\u0080-\uffff$]+(?:::[\w\u0080-\uffff$]+)*(?:\([^)\s]*\))?/y,
  ],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['semicolon', /;/y],
]

/** The words of a text, from a place on. */
export function* wordsOf(text: string, from = 0): Generator<Word> {
  for (let start = from; start < text.length;) {
    const { kind, end } = wordAt(text, start)
    yield { kind, start, end }
    start = end
  }
}

function wordAt(text: string, start: number): { kind: WordKind; end: number } {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = start
    if (pattern.test(text) && pattern.lastIndex > start) return { kind, end: pattern.lastIndex }
  }
  return { kind: 'other', end: start + 1 }
}

/** The statements of a text. What follows the last semicolon counts as one. */
export function* splitStatements(text: string): Generator<Piece> {
  let from = -1
  let isTrigger = false
  let words: string[] = []
  for (const { kind, start, end } of wordsOf(text)) {
    if (kind === 'space' || kind === 'comment') continue
    if (kind !== 'semicolon') {
      if (from < 0) from = start
      if (words.length < 6) {
        words.push(text.slice(start, end).toUpperCase())
        isTrigger = makesTrigger(words)
      }
      continue
    }
    if (from < 0) continue
    // The statements of a trigger end in semicolons too.
    if (isTrigger && !isComplete(text.slice(from, end))) continue
    yield { start: from, sql: text.slice(from, end) }
    from = -1
    words = []
    isTrigger = false
  }
  if (from >= 0) yield { start: from, sql: text.slice(from) }
}

function makesTrigger(words: readonly string[]): boolean {
  return /^(?:EXPLAIN (?:QUERY PLAN )?)?CREATE (?:TEMP |TEMPORARY )?TRIGGER\b/.test(words.join(' '))
}

/** Whether a statement is EXPLAIN (`program`) or EXPLAIN QUERY PLAN (`plan`). */
export function explainedBy(sql: string): 'program' | 'plan' | null {
  const words: string[] = []
  for (const { kind, start, end } of wordsOf(sql)) {
    if (kind === 'space' || kind === 'comment') continue
    words.push(sql.slice(start, end).toUpperCase())
    if (words.length === 3) break
  }
  if (words[0] !== 'EXPLAIN') return null
  return words[1] === 'QUERY' && words[2] === 'PLAN' ? 'plan' : 'program'
}

/** Whether a statement opens other files than its database: ATTACH, and VACUUM, which attaches what it writes. */
export function opensFiles(sql: string): boolean {
  for (const { kind, start, end } of wordsOf(sql)) {
    if (kind === 'space' || kind === 'comment') continue
    const word = sql.slice(start, end).toUpperCase()
    if (word !== 'EXPLAIN' && word !== 'QUERY' && word !== 'PLAN') {
      return word === 'ATTACH' || word === 'VACUUM'
    }
  }
  return false
}

/** The parameters of a statement, as they are written. */
export function parametersOf(sql: string): string[] {
  if (!/[?@:#$]/.test(sql)) return []
  const found: string[] = []
  for (const { kind, start, end } of wordsOf(sql)) {
    if (kind === 'parameter') found.push(sql.slice(start, end))
  }
  return found
}
