/** Who follows the changes of a database while it stays open. */
export interface PageWatcher {
  /** A commit was made, or found, that has changed these pages; null: all may have changed. */
  pagesChanged(pgnos: readonly number[] | null): void
}
