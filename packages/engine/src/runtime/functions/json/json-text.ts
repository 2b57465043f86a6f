/**
 * A text that is known to be JSON: what a JSON function hands to another one. SQLite marks such a value with the subtype 'J'. (JSON
 * Functions And Operators §3.4.)
 *
 * Only values on their way into a function that asks for it are marked; everywhere else they are plain text, so
 * statements without JSON never meet one.
 */
import type { Value } from '../../../record/index.ts'

export class JsonText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** The value without the mark. */
export function unmarked(value: Value | JsonText): Value {
  return value instanceof JsonText ? value.text : value
}
