/**
 * What a connection runs at this moment, told to whoever asks for the status of the database.
 *
 * The words belong to the core, whose sampler looks at them now and then; telling costs two stores. The text of a
 * statement is handed over once, when it first runs, and gets a number.
 */

/** Texts that the core keeps for a connection: a statement whose number is older hands its text over again. */
const keptTexts = 1024
/** No more of a text can be shown. */
const longestText = 1000

/** A statement as others see it. It belongs to one connection. */
export class StatementLabel {
  /** Number of the text; 0: never told. */
  number = 0
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export class Activity {
  readonly #words: Uint32Array
  readonly #register: (text: string) => number
  #oldestNumber = 1

  constructor(words: Uint32Array, register: (text: string) => number) {
    this.#words = words
    this.#register = register
  }

  /** The statement runs from here on. */
  begin(label: StatementLabel): void {
    if (label.number < this.#oldestNumber) this.#tell(label)
    const words = this.#words
    words[0] = label.number
    words[1] = words[1]! + 1
  }

  /** None runs. */
  end(): void {
    this.#words[0] = 0
  }

  #tell(label: StatementLabel): void {
    const text = label.text.slice(0, longestText).replace(/^[\s;]+|[\s;]+$/g, '')
    label.number = this.#register(text)
    this.#oldestNumber = Math.max(1, label.number - keptTexts + 1)
  }
}
