/** What the parent and its workers say to each other: jobs go down as lines of JSON, lines of text come up. */
import type { Family } from './families.ts'
import type { Report } from './outcome.ts'

export interface Job {
  readonly corpus: string
  readonly family: Family
  readonly file: string
  /** Only cases whose name has this in it; null: all. */
  readonly name: string | null
  /** Only every so many-th unit, by a hash of its place; 1: all. */
  readonly every: number
  /** Cases that hang or end their process. */
  readonly fatal: readonly number[]
  /** SQLite itself is to be run. */
  readonly isSqlite: boolean
}

/** A database file that SQLite finds something in. */
export interface Finding {
  readonly index: number
  readonly text: string
}

/** What came of a job. A number is the index of a case that passed. */
export interface Result {
  readonly passed: readonly number[]
  readonly failed: readonly Report[]
  readonly findings: readonly Finding[]
  /** The names of those that passed, where they are asked for. */
  readonly names: Readonly<Record<number, string>>
}

/** FNV-1a: which units a sample has. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
