/**
 * Slices: a statement that runs for long gives the event loop its turn every few milliseconds. Its function is then a generator, which
 * yields the `Slice` of its connection where its time is up; whoever runs it goes on with it when the loop has had its turn.
 *
 * Emitted loops count their rounds (`left`), so that the clock is looked at now and then only: as often as the last rounds make it seem
 * right. What the runtime does at length (sorting, merging, writing rows to the temporary file) is a generator too (`Work`), with its own rounds.
 * Where a row is added to what has become too large there is no generator to yield from: such an owner owes its work, and it is done at the
 * beginning of the next round.
 */
import { monotonicMs } from '../base/clock.ts'

/** Steps of something long. */
export type Work<Result> = Generator<Slice, Result, void>

/** Who has work that must be done before the next round. */
export interface Debtor {
  settle(slice: Slice): Work<void>
}

/** Between two slices the event loop should come within 10 ms: the rest is for what a round does after the clock was looked at. */
const sliceMs = 3

/** The clock is looked at about this often. */
const lookMs = 0.5

/** Of a slice without end: a number that code which is not optimized yet makes no object of. */
const mostLeft = 0x3fff_ffff

/** Few enough that a loop of costly rounds behind one of cheap rounds is noticed in time. */
const mostRounds = 256

export class Slice {
  /** Rounds until the clock is looked at. */
  left: number
  /** The time is never up. */
  readonly #isEndless: boolean
  /** Milliseconds, from any moment. */
  clock: () => number = () => monotonicMs()
  /** Slices that have ended, of all statements. */
  ended = 0
  #rounds = 16
  #start = 0
  #lastLook = 0
  readonly #debtors: Debtor[] = []

  constructor(isEndless = false) {
    this.#isEndless = isEndless
    this.left = isEndless ? mostLeft : 0
  }

  /** A slice begins. */
  begin(): void {
    this.#start = this.clock()
    this.#lastLook = this.#start
    this.left = this.#rounds
  }

  /** Rounds are through: whether something is to be done before the next, or the time is up. */
  isOver(): boolean {
    return this.#debtors.length > 0 || this.isTimeUp()
  }

  isTimeUp(): boolean {
    if (this.#isEndless) {
      this.left = mostLeft
      return false
    }
    const now = this.clock()
    const passed = now - this.#lastLook
    if (passed > 2 * lookMs) {
      this.#rounds = Math.max(1, Math.floor((this.#rounds * lookMs) / passed))
    }
    if (passed < lookMs / 2) this.#rounds = Math.min(mostRounds, this.#rounds * 2)
    this.#lastLook = now
    this.left = this.#rounds
    return now - this.#start >= sliceMs
  }

  /** For `Work`: a round begins. @returns whether it should yield first */
  isDue(): boolean {
    return --this.left < 0 && this.isTimeUp()
  }

  /** This owner has work to do before the next round. */
  owe(debtor: Debtor): void {
    if (!this.#debtors.includes(debtor)) this.#debtors.push(debtor)
    this.left = 0
  }

  /** What stands between two rounds: work that is owed, and the turn of others if the time is up. */
  *pause(): Work<void> {
    yield* this.settle()
    if (this.isTimeUp()) yield this
  }

  *settle(): Work<void> {
    for (let debtor = this.#debtors.pop(); debtor !== undefined; debtor = this.#debtors.pop()) {
      yield* debtor.settle(this)
    }
  }

  /** Gives items to an owner, which may owe for some of them. */
  *feed<Item>(items: Iterable<Item>, add: (item: Item) => void): Work<void> {
    for (const item of items) {
      if (this.isDue()) yield this
      add(item)
      if (this.#debtors.length > 0) yield* this.settle()
    }
  }

  /** The statement is over, however it ended. */
  forget(): void {
    this.#debtors.length = 0
  }
}

/** What is done page by page, and counts the entries of a tree. */
interface Count {
  readonly total: number
  /** false: there are no pages left. */
  next(): boolean
}

export function* counting(slice: Slice, count: Count): Work<number> {
  while (count.next()) if (slice.isDue()) yield slice
  return count.total
}

/** What is done in steps, each of which tells nothing. */
export function* inSlices<Result>(
  steps: Generator<undefined, Result, void>,
  slice: Slice,
): Work<Result> {
  try {
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      if (slice.isDue()) yield slice
    }
  } finally {
    // It may be given up in between.
    steps.return(undefined as never)
  }
}

/** Of work that is done in one go. */
export const unsliced: Slice = new Slice(true)

/** Does all of it. */
export function complete<Result>(work: Work<Result>): Result {
  for (;;) {
    const step = work.next()
    if (step.done === true) return step.value
  }
}
