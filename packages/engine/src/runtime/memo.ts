/**
 * Answers of a correlated subquery by the outer value that decides about them. Values are told apart exactly; those that are no primitives
 * (a REAL without a fraction, a BLOB) are not remembered. Where hardly any value comes again nothing is kept.
 */

/** So many values are remembered; then the memory begins anew. */
const mostAnswers = 8192
/** After so many questions it is asked whether remembering helps. */
const trial = 512
/** A longer text, or list, is not kept. */
const longestKept = 1000

export class AnswerMemo {
  readonly #answers = new Map<unknown, unknown>()
  #asked = 0
  #found = 0
  #isUseful = true

  /** undefined: it has to be found. */
  get(key: unknown): unknown {
    if (!this.#isUseful) return undefined
    const answer = this.#answers.get(key)
    this.#asked++
    if (answer !== undefined) this.#found++
    return answer
  }

  /** Keeps an answer, and answers it. */
  keep<Answer>(key: unknown, answer: Answer): Answer {
    if (!this.#isUseful || (typeof key === 'object' && key !== null)) return answer
    if ((typeof answer === 'string' || Array.isArray(answer)) && answer.length > longestKept) {
      return answer
    }
    if (this.#asked > trial && this.#found * 8 < this.#asked) {
      this.#isUseful = false
      this.#answers.clear()
      return answer
    }
    if (this.#answers.size >= mostAnswers) this.#answers.clear()
    this.#answers.set(key, answer)
    return answer
  }
}
