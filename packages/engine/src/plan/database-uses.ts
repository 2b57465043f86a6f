/** Which databases a statement touches, by what its connection calls them. */

/** A few names, each once. Its length is a field that every statement may look at; a `Set`'s size is a call. */
export class DatabaseNames {
  readonly #names: string[]

  constructor(...names: string[]) {
    this.#names = names
  }

  get count(): number {
    return this.#names.length
  }

  has(name: string): boolean {
    return this.#names.includes(name)
  }

  add(name: string): void {
    if (!this.has(name)) this.#names.push(name)
  }

  delete(name: string): void {
    const at = this.#names.indexOf(name)
    if (at >= 0) this.#names.splice(at, 1)
  }
}

/** Those it writes need not be among those it reads. */
export interface DatabaseUses {
  readonly reads: DatabaseNames
  readonly writes: DatabaseNames
}
