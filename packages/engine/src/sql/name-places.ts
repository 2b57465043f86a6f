/**
 * Where the names of a statement stand that mean tables and columns, kept for who wants to write other names there. The tree has
 * no room for them: a list of columns is a list of texts. Each place belongs to the piece of the tree that holds the name.
 *
 * | piece of the tree | its places, in order |
 * |---|---|
 * | a column in an expression | database, table, column, as far as they are written |
 * | a table in FROM, behind IN, or written by a statement; the reference of a foreign key | the table |
 * | CREATE TABLE, CREATE VIRTUAL TABLE | the table |
 * | CREATE INDEX, CREATE TRIGGER | the table that it is on |
 * | `t.*`, TRUE and FALSE | the name |
 * | a list of columns | one for each |
 */
import type { Span } from './ast/query.ts'

export class NamePlaces {
  readonly #places = new Map<object, Span[]>()

  add(owner: object, start: number, end: number): void {
    const known = this.#places.get(owner)
    if (known === undefined) this.#places.set(owner, [{ start, end }])
    else known.push({ start, end })
  }

  /** The last of a piece's places; null: it is no piece of this tree. */
  last(owner: object): Span | null {
    return this.#places.get(owner)?.at(-1) ?? null
  }

  /** The one before the last, which is the table of a column. */
  beforeLast(owner: object): Span | null {
    return this.#places.get(owner)?.at(-2) ?? null
  }

  /** One for each name of a list. */
  list(names: object): readonly Span[] {
    return this.#places.get(names) ?? []
  }
}
