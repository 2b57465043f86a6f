/**
 * A literal of a text that shares its program with texts that differ from it in literals alone. The parser puts the mark on the
 * node; whoever looks at the value of such a node says so, and what he has seen is then part of what the texts must have in
 * common.
 */
export type LiteralType = 'integer' | 'real' | 'text'

export class LiteralMark {
  /** Among the literals of the text, from 0. */
  readonly place: number
  readonly type: LiteralType
  readonly #text: string
  #state: 'free' | 'pinned' | 'lifted' = 'free'

  constructor(place: number, type: LiteralType, text: string) {
    this.place = place
    this.type = type
    this.#text = text
  }

  /** All texts of the program have this very literal. */
  get isPinned(): boolean {
    return this.#state === 'pinned'
  }

  /** Somebody needs the value; its text without quotes, or null: the program is not to know it. */
  look(): string | null {
    if (this.#state === 'lifted') return null
    this.#state = 'pinned'
    return this.#text
  }

  /** Nobody has looked: it becomes a parameter, whose value stays unknown from now on. */
  lift(): void {
    this.#state = 'lifted'
  }
}
