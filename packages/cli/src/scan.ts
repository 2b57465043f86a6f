/**
 * Lines of a script, looked at quickly: whether one holds anything, whether it ends a statement, whether a text or comment goes on in the
 * next. It is sqlite3's look, with its mistakes: in front of the exact one (`isComplete`), which is asked only where a line ends in a semicolon.
 */
import { isSpace } from './format/text.ts'

/** Where a script stands between two lines. */
export interface ScanState {
  /** What ends the text or comment that the line ended in: a quote, `]`, `*` of a comment; empty: it ended in none. */
  readonly waitsFor: string
  /** Something but space and comments was seen. */
  readonly hasContent: boolean
  /** A semicolon was the last of it. */
  readonly endsInSemicolon: boolean
}

export const scanStart: ScanState = { waitsFor: '', hasContent: false, endsInSemicolon: false }

/** Goes on with another line. */
export function scanLine(line: string, state: ScanState): ScanState {
  let { waitsFor, hasContent, endsInSemicolon } = state
  let at = 0
  while (at < line.length) {
    if (waitsFor !== '') {
      const end = line.indexOf(waitsFor, at)
      if (end < 0) break
      at = end + 1
      if (waitsFor === '*') {
        if (line[at] !== '/') continue
        at++
      } else if (waitsFor !== ']' && line[at] === waitsFor) {
        at++
        continue
      }
      waitsFor = ''
      continue
    }
    const character = line[at++]!
    if (isSpace(character)) continue
    if (character === '-' && line[at] === '-') {
      const end = line.indexOf('\n', at)
      if (end < 0) break
      at = end + 1
      continue
    }
    if (character === ';') {
      endsInSemicolon = true
      continue
    }
    if (character === '/' && line[at] === '*') {
      at++
      waitsFor = '*'
      continue
    }
    hasContent = true
    endsInSemicolon = false
    if (character === '[') waitsFor = ']'
    else if (character === '`' || character === "'" || character === '"') waitsFor = character
  }
  return { waitsFor, hasContent, endsInSemicolon }
}

/** Nothing but space, semicolons and comments so far, of which none goes on. */
export function isPlainSpace({ waitsFor, hasContent }: ScanState): boolean {
  return waitsFor === '' && !hasContent
}

/** It may be that a statement ends here. */
export function mayEnd({ waitsFor, endsInSemicolon }: ScanState): boolean {
  return waitsFor === '' && endsInSemicolon
}

/** A line that ends a statement as a semicolon does: `/` or `go`, alone. */
export function isTerminator(line: string): boolean {
  const match = /^[ \t\n\v\f\r]*(?:\/|go)/i.exec(line)
  if (match === null) return false
  const rest = scanLine(line.slice(match[0].length), scanStart)
  return isPlainSpace(rest) && !rest.endsInSemicolon
}
