/**
 * The most recently used statements of a connection, by text. A `Map` keeps the order of insertion, so
 * taking an entry out and putting it back makes it the youngest.
 */
const capacity = 512
/** A very long text (a dump, a bulk insert) is not worth its memory. */
const longestText = 65_536

export class StatementCache<Entry> {
  readonly #entries = new Map<string, Entry>()
  /** The text asked for last: a loop over one text pays no map operations that reorder. */
  #lastText = ''
  #lastEntry: Entry | undefined

  get(text: string): Entry | undefined {
    if (text === this.#lastText && this.#lastEntry !== undefined) return this.#lastEntry
    const entry = this.#entries.get(text)
    if (entry === undefined) return undefined
    this.#entries.delete(text)
    this.#entries.set(text, entry)
    this.#lastText = text
    this.#lastEntry = entry
    return entry
  }

  set(text: string, entry: Entry): void {
    if (text.length > longestText) return
    if (text === this.#lastText) this.#lastEntry = entry
    this.#entries.set(text, entry)
    if (this.#entries.size <= capacity) return
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest)
      break
    }
  }

  clear(): void {
    this.#entries.clear()
    this.#lastText = ''
    this.#lastEntry = undefined
  }
}
