/** The words of a dot command, and what they mean: numbers, switches. */
import { isSpace } from '../format/text.ts'
import { withEscapes } from '../input.ts'

/** sqlite3 takes no more. */
const mostWords = 51

/**
 * Words are kept apart by space. Quotes keep space together; a backslash means something in double quotes and outside of quotes.
 * @param line without its dot
 */
export function readWords(line: string): string[] {
  const words: string[] = []
  let at = 0
  while (at < line.length && words.length < mostWords) {
    while (isSpace(line[at])) at++
    if (at >= line.length) break
    const quote = line[at]!
    const start = at
    if (quote === "'" || quote === '"') {
      at++
      while (at < line.length && line[at] !== quote) {
        if (line[at] === '\\' && quote === '"' && at + 1 < line.length) at++
        at++
      }
      const word = line.slice(start + 1, at)
      words.push(quote === '"' ? withEscapes(word) : word)
      if (line[at] === quote) at++
      continue
    }
    while (at < line.length && !isSpace(line[at])) at++
    words.push(withEscapes(line.slice(start, at)))
    if (at < line.length) at++
  }
  return words
}

const suffixes: Readonly<Record<string, number>> = {
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  kb: 1000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  k: 1000,
  m: 1_000_000,
  g: 1_000_000_000,
}

/** A word as an integer: decimal or hexadecimal, with a sign and a suffix such as `KB`; 0 where it is none. */
export function integerOf(word: string): number {
  const [, sign, hex, digits, rest] = /^([-+]?)(?:0x([0-9a-fA-F]*)|(\d*))(.*)$/s.exec(word)!
  const value = hex === undefined ? Number(digits) : Number.parseInt(hex === '' ? '0' : hex, 16)
  const scaled = value * (suffixes[rest!.toLowerCase()] ?? 1)
  return sign === '-' ? -scaled : scaled
}

/** A word as a switch; null: it is none. */
export function switchOf(word: string): boolean | null {
  if (/^(?:0x[0-9a-fA-F]+|\d+)$/.test(word)) return (integerOf(word) & -1) !== 0
  const lower = word.toLowerCase()
  if (lower === 'on' || lower === 'yes') return true
  if (lower === 'off' || lower === 'no') return false
  return null
}

/** Whether a word is an option, with one dash or two. */
export function isOption(word: string, name: string): boolean {
  return word === `-${name}` || word === `--${name}`
}

/** An option with one dash, however it was written. */
export function withOneDash(word: string): string {
  return word.startsWith('--') ? word.slice(1) : word
}
