/** Statements made wrong: what both engines say of them must be the same sentence, and the same code. */
import { mutate } from '../../errors/mutation.ts'
import type { Writer } from './writer.ts'

/** In front of a statement of which only the error is compared, if it has one. */
export const mistakeMark = '/* wrong */ '

export function mistake(w: Writer, sql: string, others: readonly string[]): string {
  const plain = sql.replace(/ \/\* \w+ \*\/$/, '')
  return `${mistakeMark}${mutate(w.random, plain, others)}`
}
