/** The row of a table with virtual columns: those are computed where they are first read, the others come from another source. */
import { cannotFail } from '../../plan/index.ts'
import type { BoundExpression, VirtualColumns } from '../../plan/index.ts'
import { sqlError } from '../../base/error.ts'
import type { Table } from '../../schema/index.ts'
import type { Block, Frame } from '../emit/block.ts'
import { emitStrictCheck } from '../change/strict-types.ts'
import { converted } from './convert.ts'
import type { FieldBytes, Generation, Source, TextBytes } from './generation.ts'
import { kindsOfAffinity } from './kinds.ts'
import type { Code, Kinds } from './kinds.ts'
import { directColumns } from './visible.ts'

export class GeneratedSource implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #columns: Source
  readonly #table: Table
  readonly #virtual: VirtualColumns
  readonly #home: Block
  readonly #computed = new Map<number, { readonly code: Code; readonly block: Block }>()
  /** Those whose expressions are being emitted. */
  readonly #open = new Set<number>()

  /** `columns` has the columns of `table` but for the virtual ones, here. */
  constructor(generation: Generation, columns: Source, table: Table, virtual: VirtualColumns) {
    this.frame = columns.frame
    this.#generation = generation
    this.#columns = columns
    this.#table = table
    this.#virtual = virtual
    this.#home = generation.emitter.block
  }

  get cursor(): string | undefined {
    return this.#columns.cursor
  }

  kinds(column: number): Kinds {
    if (!this.#virtual.has(column)) return this.#columns.kinds(column)
    return kindsOfAffinity(this.#table.columns[column]!.affinity, null)
  }

  column(column: number): Code {
    const value = this.#virtual.get(column)
    if (value === undefined) return this.#columns.column(column)
    const { emitter } = this.#generation
    const known = this.#computed.get(column)
    if (known !== undefined && emitter.isVisible(known.block)) return known.code
    const definition = this.#table.columns[column]!
    if (this.#open.has(column)) {
      throw sqlError(`generated column loop on "${definition.name}"`)
    }
    this.#open.add(column)
    const compute = (): Code => {
      const code = emitter.name(
        converted(this.#generation, definition, this.#generation.value(value)),
      )
      if (this.#table.strict) emitStrictCheck(this.#generation, this.#table, definition, code)
      return code
    }
    try {
      // Under a condition an expression that may fail is evaluated there, or not at all.
      if (emitter.conditional > 0 && !cannotFail(value)) {
        return { ...this.#generation.outlined(value, compute), kinds: this.kinds(column) }
      }
      return emitter.beforeLoopsOf(this.#home, () => {
        const code = { ...compute(), kinds: this.kinds(column) }
        this.#computed.set(column, { code, block: emitter.block })
        return code
      })
    } finally {
      this.#open.delete(column)
    }
  }

  prepare(columns: readonly number[]): void {
    const stored = new Set<number>()
    const seen = new Set<number>()
    const add = (column: number): void => {
      if (seen.has(column)) return
      seen.add(column)
      const value = this.#virtual.get(column)
      if (value === undefined) stored.add(column)
      else for (const needed of columnsOf(value)) add(needed)
    }
    columns.forEach(add)
    this.#columns.prepare?.([...stored])
  }

  repeatedColumn(column: number): Code {
    if (this.#virtual.has(column)) return this.column(column)
    return this.#columns.repeatedColumn?.(column) ?? this.#columns.column(column)
  }

  isNull(column: number): string | null {
    return this.#virtual.has(column) ? null : (this.#columns.isNull?.(column) ?? null)
  }

  storedField(column: number): FieldBytes | null {
    return this.#virtual.has(column) ? null : (this.#columns.storedField?.(column) ?? null)
  }

  textBytes(column: number): TextBytes | null {
    return this.#virtual.has(column) ? null : (this.#columns.textBytes?.(column) ?? null)
  }
}

/** An expression of a table names columns of its row alone. */
function columnsOf(value: BoundExpression): Iterable<number> {
  return [...directColumns([value]).values()].flatMap((columns) => [...columns])
}
