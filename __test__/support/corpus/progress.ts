/** How far a run is: a bar on a terminal, a line for each tenth elsewhere. */

const width = 32

export class Progress {
  readonly #total: number
  readonly #out: NodeJS.WriteStream
  #done = 0
  #cases = 0
  #shownAt = 0
  #tenth = 0

  constructor(total: number, out: NodeJS.WriteStream) {
    this.#total = total
    this.#out = out
  }

  /** A case is begun. */
  oneCase(): void {
    this.#cases++
    if (this.#out.isTTY && performance.now() - this.#shownAt > 100) this.#show()
  }

  /** A file of this size is done. */
  advance(size: number): void {
    this.#done += size
    if (this.#out.isTTY) this.#show()
    const tenth = Math.floor((10 * this.#done) / this.#total)
    if (tenth > this.#tenth && !this.#out.isTTY) {
      this.#out.write(`${10 * tenth} %, ${this.#cases} cases\n`)
      this.#tenth = tenth
    }
  }

  #show(): void {
    this.#shownAt = performance.now()
    const part = this.#total === 0 ? 1 : this.#done / this.#total
    const full = Math.round(width * part)
    const bar = '█'.repeat(full) + '░'.repeat(width - full)
    this.#out.write(`\r${bar} ${Math.floor(100 * part)} %  ${this.#cases} cases `)
  }

  /** Takes the bar away. */
  end(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[K')
  }
}
