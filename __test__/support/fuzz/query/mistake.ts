/**
 * Statements made wrong, in one place: what both engines say of them must be the same sentence, and the same code. (Of two mistakes they may report another
 * one each.)
 */
import { mutate } from '../../errors/mutation.ts'
import { mistakeMark, writtenFor } from './comparison.ts'
import type { Writer } from './writer.ts'

export function mistake(w: Writer, sql: string, others: readonly string[]): string {
  const plain = writtenFor('theirs', sql).replace(/ \/\* \w+ \*\/$/, '')
  const wrong = mutate(w.random, plain, others, 1)
  // What stands behind a semicolon is another statement.
  if (wrong.includes(';')) return `${mistakeMark}${plain}`
  // Of two mistakes of syntax the one that stands first is told here. (docs/sql.md)
  return `${mistakeMark}${wrong.replaceAll('?99999', '?32766').replaceAll(/\ud800/gu, '')}`
}
