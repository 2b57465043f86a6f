/**
 * Who waits for one of a few connections, first come first served. A place in the line is given up when its call is cancelled.
 *
 * One that belongs to a transaction comes back when that ends. If somebody waits for it meanwhile who is called from inside the transaction, both
 * wait for ever. That cannot be seen; but that a transaction has done nothing for as long as a lock is waited for can be, and then those who
 * wait are told: SQLITE_BUSY, whose `cause` names the transaction.
 */
import { monotonicMs } from '../../../base/clock.ts'
import { busy, SqliteError } from '../../../base/error.ts'
import type { Cancellation } from './cancellation.ts'
import { loopShare } from './loop-share.ts'

/** A transaction, to those who wait for its connection. */
export interface Holder {
  /** `monotonicMs()` since when it has done nothing; 0: it is at work. */
  readonly idleSince: number
  /** In words. */
  describe(): string
}

interface Waiter<Place> {
  readonly since: number
  take(place: Place): void
  refuse(error: unknown): void
}

export class Line<Place> {
  #holder: Holder | null = null
  readonly #most: number
  readonly #open: () => Place
  /** How long a transaction may do nothing while somebody waits. */
  readonly #patienceMs: () => number
  readonly #idle: Place[] = []
  readonly #waiting: Waiter<Place>[] = []
  #count = 0
  #isPumping = false
  #look: NodeJS.Timeout | null = null

  constructor(most: number, open: () => Place, patienceMs: () => number) {
    this.#most = most
    this.#open = open
    this.#patienceMs = patienceMs
  }

  /** The transaction that has the only place; null: none. */
  get holder(): Holder | null {
    return this.#holder
  }

  set holder(holder: Holder | null) {
    if (this.#most > 1) return
    this.#holder = holder
    this.#lookAtHolder()
  }

  /** A connection: now, or when it is this call's turn. Rejects with what cancels the call. */
  take(cancellation: Cancellation): Place | Promise<Place> {
    const isLoopsTurn = loopShare.isOver()
    if (!isLoopsTurn && this.#waiting.length === 0) {
      const place = this.#idle.pop()
      if (place !== undefined) return place
      if (this.#count < this.#most) return this.#add()
    }
    return this.#wait(cancellation, isLoopsTurn)
  }

  #add(): Place {
    const place = this.#open()
    this.#count++
    return place
  }

  #wait(cancellation: Cancellation, isLoopsTurn: boolean): Promise<Place> {
    return new Promise<Place>((resolve, reject) => {
      const leave = (): void => {
        unwatch()
        const at = this.#waiting.indexOf(waiter)
        if (at >= 0) this.#waiting.splice(at, 1)
        this.#lookAtHolder()
      }
      const waiter: Waiter<Place> = {
        since: monotonicMs(),
        take(place) {
          unwatch()
          resolve(place)
        },
        refuse(error) {
          leave()
          reject(error as Error)
        },
      }
      const unwatch = cancellation.watch(() => waiter.refuse(cancellation.reason()!.error))
      this.#waiting.push(waiter)
      if (isLoopsTurn) this.#pumpLater()
      else this.#lookAtHolder()
    })
  }

  /** Nobody has the only place. */
  get isFree(): boolean {
    return this.#idle.length > 0 || this.#count === 0
  }

  /** It is free again. */
  give(place: Place): void {
    this.#idle.push(place)
    if (this.#waiting.length > 0) this.#pump()
  }

  /** The idle ones that there are beyond `most`, which are taken out. */
  takeSpare(most: number): readonly Place[] {
    const spare = this.#idle.splice(0, Math.max(0, this.#idle.length - most))
    this.#count -= spare.length
    return spare
  }

  #pump(): void {
    while (this.#waiting.length > 0) {
      if (this.#idle.length === 0 && this.#count >= this.#most) break
      if (loopShare.isOver()) {
        this.#pumpLater()
        return
      }
      const waiter = this.#waiting.shift()!
      try {
        waiter.take(this.#idle.pop() ?? this.#add())
      } catch (error) {
        waiter.refuse(error)
      }
    }
    this.#lookAtHolder()
  }

  #pumpLater(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    setImmediate(() => {
      this.#isPumping = false
      this.#pump()
    })
  }

  /** Looks again when who waits may have waited for a transaction too long; not while nobody does, for a timer keeps the process from ending. */
  #lookAtHolder(): void {
    const holder = this.#holder
    if (holder === null || this.#waiting.length === 0) {
      if (this.#look !== null) clearTimeout(this.#look)
      this.#look = null
      return
    }
    if (this.#look !== null) return
    const patienceMs = this.#patienceMs()
    const { idleSince } = holder
    const since = Math.max(idleSince, this.#waiting[0]!.since)
    const waitMs = idleSince === 0 ? patienceMs : since + patienceMs - monotonicMs()
    this.#look = setTimeout(
      () => {
        this.#look = null
        this.#tellThoseWhoWait()
        this.#lookAtHolder()
      },
      Math.max(1, Math.ceil(waitMs)),
    )
  }

  #tellThoseWhoWait(): void {
    const holder = this.#holder
    if (holder === null || holder.idleSince === 0) return
    const latest = monotonicMs() - this.#patienceMs()
    if (holder.idleSince > latest) return
    for (const waiter of this.#waiting.filter(({ since }) => since <= latest)) {
      waiter.refuse(heldUp(holder))
    }
  }
}

function heldUp(holder: Holder): SqliteError {
  const error = busy()
  return new SqliteError(error.message, error.code, {
    cause:
      `${holder.describe()} has the connection and does nothing. Inside its callback call the handle that it is given: ` +
      'calls on the database wait until the transaction has ended',
  })
}
