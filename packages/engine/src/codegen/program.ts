/** A compiled statement, as the API runs it. */
import type { OutputColumn } from '../plan/index.ts'
import type { Value } from '../record/index.ts'
import type { RowMode } from '../runtime/index.ts'
import type { Catalog } from '../runtime/index.ts'

export interface Program {
  /** The schemas that it was compiled for. */
  readonly catalog: Catalog
  /** It delivers rows. */
  readonly isReader: boolean
  /** It changes the database. */
  readonly writes: boolean
  readonly columns: readonly OutputColumn[]
  readonly parameterCount: number
  all(params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown[]
  /** The first row; `undefined` when there is none. */
  get(params: readonly Value[], mode: RowMode, safeIntegers: boolean): unknown
  iterate(params: readonly Value[], mode: RowMode, safeIntegers: boolean): IterableIterator<unknown>
  /** What `run` runs has been emitted. A reader keeps nobody waiting, and is always ready. */
  readonly isReady: boolean
  /** Emits it, in a read transaction. */
  ready(): void
  /** Runs to the end. Writes leave their counts in the context. */
  run(params: readonly Value[]): void
  /** The emitted JavaScript that `all` (or `run`) runs. */
  sourceText(): string
}

export interface CompileOptions {
  readonly parameterCount: number
  /** It calls functions that the connection has defined, or compares by them. */
  readonly callsUsers?: boolean
}
