/**
 * Which state of the database a page cache holds, and what has changed between that and a snapshot.
 *
 * Each transaction compares the two, whatever has moved the snapshot in between: a checkpoint, a restart of the log, another
 * transaction, or one that failed to begin.
 */
import type { Coordination, Snapshot } from '../../coordination/index.ts'

export class SeenState {
  /** Whether the state is known at all. */
  #isKnown = false
  #maxFrame = 0
  #checkpointSeq = 0
  #salt1 = 0
  #salt2 = 0
  #checksum1 = 0
  #checksum2 = 0
  #transactionCount = 0
  #visibilityGeneration = 0
  #undone = 0

  /** The last frame of the log that it knows; 0: none, or the state is not known. */
  get maxFrame(): number {
    return this.#isKnown ? this.#maxFrame : 0
  }

  forget(): void {
    this.#isKnown = false
  }

  /** From here on the cache holds the state of `snapshot`. */
  note(snapshot: Snapshot): void {
    this.#isKnown = true
    this.#maxFrame = snapshot.maxFrame
    this.#checkpointSeq = snapshot.checkpointSeq
    this.#salt1 = snapshot.salt1
    this.#salt2 = snapshot.salt2
    this.#checksum1 = snapshot.checksum1
    this.#checksum2 = snapshot.checksum2
    this.#transactionCount = snapshot.transactionCount
    this.#visibilityGeneration = snapshot.visibilityGeneration
    this.#undone = snapshot.undone
  }

  /** It is the state of `snapshot`. */
  is(snapshot: Snapshot): boolean {
    return (
      this.#isKnown &&
      this.#maxFrame === snapshot.maxFrame &&
      this.#checkpointSeq === snapshot.checkpointSeq &&
      this.#checksum1 === snapshot.checksum1 &&
      this.#checksum2 === snapshot.checksum2 &&
      this.#salt1 === snapshot.salt1 &&
      this.#salt2 === snapshot.salt2 &&
      this.#undone === snapshot.undone
    )
  }

  /** What has changed up to `snapshot`: nothing, these pages, or 'all' where that is not known. */
  changesUntil(snapshot: Snapshot, coordination: Coordination): 'none' | 'all' | Uint32Array {
    if (!this.#isKnown) return 'all'
    // What the cache holds may be of commits that a peer has undone. (TSHM v1 §7.3.)
    if (this.#undone !== snapshot.undone) return 'all'
    if (
      this.#checkpointSeq !== snapshot.checkpointSeq ||
      this.#salt1 !== snapshot.salt1 ||
      this.#salt2 !== snapshot.salt2
    ) {
      // The log was restarted. If nobody has committed, the database is the same as before; but the counts do not tell
      // commits from those that a peer has made in place of others.
      const isSame =
        !coordination.multiprocess &&
        this.#transactionCount === snapshot.transactionCount &&
        this.#visibilityGeneration === snapshot.visibilityGeneration
      return isSame ? 'none' : 'all'
    }
    if (this.#maxFrame > snapshot.maxFrame) return 'all'
    if (this.#maxFrame === snapshot.maxFrame) {
      const isSame =
        this.#maxFrame === 0 ||
        (this.#checksum1 === snapshot.checksum1 && this.#checksum2 === snapshot.checksum2)
      return isSame ? 'none' : 'all'
    }
    return coordination.changedSince(this.#maxFrame) ?? 'all'
  }
}
