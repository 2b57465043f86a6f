/** Where commits are seen: how one is woken, and what one then finds. */
import type { TableChanges } from './changed-tables.ts'

/** What was found since the last look. */
export interface FoundCommits {
  /** Commits that were found. */
  readonly count: number
  /** Those among them that the connection itself has made. */
  readonly ownCount: number
  /** The number of the last. */
  readonly to: number
  readonly changes: TableChanges
  /** Commits that had been seen are no more. */
  readonly isUndone: boolean
}

/** Who is told. */
export interface CommitListener {
  found(commits: FoundCommits): void
  failed(error: unknown): void
}

export interface CommitSource {
  /** The number of the last commit that was seen. */
  readonly last: number
  readonly names: ReadonlyMap<string, string>
  otherKindOf(folded: string): string | null
  /** Somebody waits: the process goes on for his sake, where others may commit. */
  ref(): void
  unref(): void
  close(): void
}
