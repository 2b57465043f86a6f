/** Names that need no quotes. */
import { quotedName } from './quote.ts'
import { keywords } from './keywords.ts'

/** Whether a name must be quoted: it is no plain word, or a word of SQL. */
export function mustBeQuoted(name: string): boolean {
  return !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || keywords.has(name.toUpperCase())
}

/** A name, in quotes where it needs them. */
export function nameIfPlain(name: string): string {
  return mustBeQuoted(name) ? quotedName(name) : name
}
