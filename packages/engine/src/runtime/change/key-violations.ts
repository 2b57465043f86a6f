/**
 * Violations of foreign keys that are to be mended before the transaction ends. Those of a statement are counted by its program.
 * (SQLite Foreign Key Support §4.2; `nDeferredCons`, `nDeferredImmCons`)
 */
export class KeyViolations {
  /** Of deferred keys. */
  deferred = 0
  /** Of any keys while PRAGMA defer_foreign_keys was on. */
  postponed = 0

  /** A transaction cannot end with any. */
  get areLeft(): boolean {
    return this.deferred + this.postponed !== 0
  }

  /** The transaction has ended. */
  forget(): void {
    this.deferred = 0
    this.postponed = 0
  }
}
