/** A row as it is to be: some columns have new values, the others are those of the row as it is, read where they are first wanted. */
import type { Frame } from '../emit/block.ts'
import type { Generation, Source, TextBytes } from './generation.ts'
import type { Code, Kinds } from './kinds.ts'
import type { SourceId } from '../../plan/index.ts'

export class ChangedRowSource implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #old: SourceId
  readonly #columns: ReadonlyMap<number, Code>

  /** @param columns those that have new values */
  constructor(generation: Generation, old: SourceId, columns: ReadonlyMap<number, Code>) {
    this.frame = generation.emitter.frame
    this.#generation = generation
    this.#old = old
    this.#columns = columns
  }

  kinds(column: number): Kinds {
    return this.#columns.get(column)?.kinds ?? this.#generation.kinds(this.#old, column)
  }

  column(column: number): Code {
    return this.#columns.get(column) ?? this.#generation.column(this.#old, column)
  }

  prepare(columns: readonly number[]): void {
    this.#generation.prepare(
      this.#old,
      columns.filter((column) => !this.#columns.has(column)),
    )
  }

  isNull(column: number): string | null {
    return this.#columns.has(column) ? null : (this.#source?.isNull?.(column) ?? null)
  }

  textBytes(column: number): TextBytes | null {
    return this.#columns.has(column) ? null : (this.#source?.textBytes?.(column) ?? null)
  }

  /** The row as it is, where it can be asked here. */
  get #source(): Source | null {
    const source = this.#generation.source(this.#old)
    return source.frame === this.frame ? source : null
  }
}
