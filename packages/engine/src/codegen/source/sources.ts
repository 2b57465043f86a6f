/** Row sources that are not records under a cursor: variables, aliases, expressions, NULLs, fields of collected rows. */
import type { BoundExpression, SourceId } from '../../plan/index.ts'
import type { Block, Frame } from '../emit/block.ts'
import type { FieldBytes, Generation, Source, TextBytes } from './generation.ts'
import {
  anyInteger,
  anyValue,
  fractionKind,
  kindOfValue,
  mayBe,
  nullKind,
  realKind,
} from './kinds.ts'
import { realOfInteger } from '../../runtime/index.ts'
import type { Code, Kinds } from './kinds.ts'
import { directColumns } from './visible.ts'

/** Columns that are variables (or other simple code) of the current frame. The last one given for -1 is the rowid. */
export class VariablesSource implements Source {
  readonly frame: Frame
  readonly #columns: ReadonlyMap<number, Code>

  constructor(generation: Generation, columns: readonly Code[] | ReadonlyMap<number, Code>) {
    this.frame = generation.emitter.frame
    this.#columns =
      columns instanceof Map ? columns : new Map((columns as readonly Code[]).entries())
  }

  kinds(column: number): Kinds {
    return this.column(column).kinds
  }

  column(column: number): Code {
    return this.#columns.get(column)!
  }
}

/** Every column is NULL: the right side of a LEFT JOIN without a match. */
export class NullSource implements Source {
  readonly frame: Frame

  constructor(frame: Frame) {
    this.frame = frame
  }

  kinds(): Kinds {
    return nullKind
  }

  column(): Code {
    return { text: 'null', kinds: nullKind, simple: true }
  }
}

/** Another source under a new number. With `plain`, every column is of the value domain and may be anything. */
export class AliasSource implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #source: SourceId
  readonly #plain: boolean

  constructor(generation: Generation, source: SourceId, plain: boolean) {
    this.frame = generation.emitter.frame
    this.#generation = generation
    this.#source = source
    this.#plain = plain
  }

  kinds(column: number): Kinds {
    return this.#plain ? anyValue : this.#generation.kinds(this.#source, column)
  }

  column(column: number): Code {
    const code = this.#generation.column(this.#source, column)
    if (!this.#plain) return code
    return this.#generation.emitter.name(this.#generation.toValue(code))
  }

  prepare(columns: readonly number[]): void {
    this.#generation.prepare(this.#source, columns)
  }

  storedField(column: number): FieldBytes | null {
    const source = this.#generation.source(this.#source)
    return source.frame === this.#generation.emitter.frame
      ? (source.storedField?.(column) ?? null)
      : null
  }

  textBytes(column: number): TextBytes | null {
    const source = this.#generation.source(this.#source)
    return source.frame === this.#generation.emitter.frame
      ? (source.textBytes?.(column) ?? null)
      : null
  }

  isNull(column: number): string | null {
    const source = this.#generation.source(this.#source)
    return source.frame === this.#generation.emitter.frame
      ? (source.isNull?.(column) ?? null)
      : null
  }
}

/** Columns of another source, of which some are read as REALs: an INTEGER is converted, all else stays. */
export class RealSource implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #columns: Source
  readonly #reals: readonly boolean[]

  constructor(generation: Generation, columns: Source, reals: readonly boolean[]) {
    this.frame = columns.frame
    this.#generation = generation
    this.#columns = columns
    this.#reals = reals
  }

  kinds(column: number): Kinds {
    const kinds = this.#columns.kinds(column)
    if (this.#reals[column] !== true || (kinds & anyInteger) === 0) return kinds
    return (kinds & ~anyInteger) | fractionKind | realKind
  }

  column(column: number): Code {
    const code = this.#columns.column(column)
    if (this.#reals[column] !== true || !mayBe(code, anyInteger)) return code
    const { emitter } = this.#generation
    const text = `${emitter.use('realOfInteger', realOfInteger)}(${code.text})`
    return emitter.name({ text, kinds: this.kinds(column), simple: false })
  }
}

/** Columns that are expressions over other sources, evaluated where they are first wanted. */
export class ExpressionsSource implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #expressions: readonly BoundExpression[]
  readonly #home: Block
  readonly #values = new Map<number, { code: Code; block: Block }>()

  constructor(generation: Generation, expressions: readonly BoundExpression[]) {
    this.frame = generation.emitter.frame
    this.#generation = generation
    this.#expressions = expressions
    this.#home = generation.emitter.block
  }

  kinds(column: number): Kinds {
    const expression = this.#expressions[column]!
    if (expression.kind === 'column')
      return this.#generation.kinds(expression.source, expression.column)
    if (expression.kind === 'literal') return kindOfValue(expression.value)
    const known = this.#values.get(column)
    // Not known before it is emitted; `column` then keeps to the value domain.
    return known === undefined ? anyValue : known.code.kinds
  }

  column(column: number): Code {
    const { emitter } = this.#generation
    const known = this.#values.get(column)
    if (known !== undefined && emitter.isVisible(known.block)) return known.code
    const expression = this.#expressions[column]!
    // A column of a column has no depth: no level of a chain of them becomes a function of its own.
    if (expression.kind === 'column')
      return this.#generation.column(expression.source, expression.column)
    if (expression.kind === 'literal') return this.#generation.value(expression)
    return emitter.beforeLoopsOf(this.#home, () => {
      const code = emitter.name(this.#generation.plainValue(expression))
      this.#values.set(column, { code, block: emitter.block })
      return code
    })
  }

  prepare(columns: readonly number[]): void {
    const expressions = columns.map((column) => this.#expressions[column]!)
    for (const [source, inner] of directColumns(expressions))
      this.#generation.prepare(source, [...inner])
  }

  repeatedColumn(column: number): Code {
    const expression = this.#expressions[column]!
    if (expression.kind !== 'column') return this.column(column)
    const source = this.#generation.source(expression.source)
    if (source.frame !== this.#generation.emitter.frame) return this.column(column)
    return source.repeatedColumn?.(expression.column) ?? source.column(expression.column)
  }

  storedField(column: number): FieldBytes | null {
    const expression = this.#expressions[column]!
    if (expression.kind !== 'column') return null
    const source = this.#generation.source(expression.source)
    return source.frame === this.#generation.emitter.frame
      ? (source.storedField?.(expression.column) ?? null)
      : null
  }

  textBytes(column: number): TextBytes | null {
    const expression = this.#expressions[column]!
    if (expression.kind !== 'column') return null
    const source = this.#generation.source(expression.source)
    return source.frame === this.#generation.emitter.frame
      ? (source.textBytes?.(expression.column) ?? null)
      : null
  }

  isNull(column: number): string | null {
    const expression = this.#expressions[column]!
    if (expression.kind !== 'column') return null
    const source = this.#generation.source(expression.source)
    return source.frame === this.#generation.emitter.frame
      ? (source.isNull?.(expression.column) ?? null)
      : null
  }
}

/** What is kept of rows that are only counted: one array for all. */
const noColumns: readonly unknown[] = Object.freeze([])

/**
 * Rows collected as arrays, read through a variable. Which columns have to be collected is only known when the code
 * that reads them has been emitted: so that code is emitted first (detached), `fields` then says what it read, and
 * the code that collects is emitted after it.
 */
export class CollectedRows {
  readonly #generation: Generation
  readonly #fields: CollectedField[] = []
  /** Places of columns, by source. */
  readonly #places = new Map<SourceId, Map<number, number>>()
  readonly #textOf: (row: string, place: number) => string

  /** @param textOf JavaScript for a field of the row that a variable means; rows are arrays where it is not said */
  constructor(
    generation: Generation,
    textOf: (row: string, place: number) => string = (row, place) => `${row}[${place}]`,
  ) {
    this.#generation = generation
    this.#textOf = textOf
  }

  /** Binds `sources` to the row that the simple code `row` holds. */
  bind(sources: readonly SourceId[], row: string): ReadonlyMap<SourceId, Source> {
    const { emitter } = this.#generation
    const { frame } = emitter
    const home = emitter.block
    const read = (id: SourceId, column: number): Code => {
      const field = this.#fields[this.place(id, column)]!
      const known = field.reads.find((seen) => emitter.isVisible(seen.block) && seen.row === row)
      if (known !== undefined) return known.code
      return emitter.beforeLoopsOf(home, () => {
        const text = this.#textOf(row, field.place)
        const code = emitter.name({ text, kinds: anyValue, simple: false })
        field.reads.push({ row, block: emitter.block, code })
        return code
      })
    }
    return new Map(
      sources.map((id): [SourceId, Source] => [
        id,
        { frame, kinds: () => anyValue, column: (column) => read(id, column) },
      ]),
    )
  }

  /** The place in the row where a column is kept. */
  place(source: SourceId, column: number): number {
    const known = this.#places.get(source)?.get(column)
    if (known !== undefined) return known
    return this.add({
      kind: 'column',
      source,
      column,
      name: '',
      affinity: 'blob',
      collation: 'BINARY',
    })
  }

  /** Keeps the value of an expression; answers its place. */
  add(expression: BoundExpression): number {
    if (expression.kind !== 'column') return this.#push(expression)
    const { source, column } = expression
    const known = this.#places.get(source)?.get(column)
    if (known !== undefined) return known
    const place = this.#push(expression)
    const places = this.#places.get(source)
    if (places === undefined) this.#places.set(source, new Map([[column, place]]))
    else places.set(column, place)
    return place
  }

  #push(expression: BoundExpression): number {
    const place = this.#fields.length
    this.#fields.push({ place, expression, reads: [] })
    return place
  }

  get size(): number {
    return this.#fields.length
  }

  /** Evaluates the row, of which `keyCount` fields are keys, as SQLite does: its columns first, as they stand in the result, then the keys. */
  evaluate(keyCount: number): void {
    const columnOf = ({ expression }: CollectedField): number =>
      expression.kind === 'column' ? expression.column : -1
    const columns = this.#fields.slice(keyCount).toSorted((a, b) => columnOf(a) - columnOf(b))
    for (const { expression } of [...columns, ...this.#fields.slice(0, keyCount)]) {
      this.#generation.value(expression)
    }
  }

  /** The value of one place, where a row is collected. */
  member(place: number): Code {
    const { expression } = this.#fields[place]!
    const { emitter } = this.#generation
    return emitter.name(this.#generation.plainValue(expression))
  }

  /** The array literal that collects a row here. */
  literal(): string {
    if (this.#fields.length === 0) return this.#generation.emitter.use('noColumns', noColumns)
    return `[${this.members().join(', ')}]`
  }

  /** The values of all places, where a row is collected. */
  members(): string[] {
    const used = directColumns(this.#fields.map((field) => field.expression))
    for (const [source, columns] of used) this.#generation.prepare(source, [...columns])
    return this.#fields.map((field) => this.member(field.place).text)
  }
}

interface CollectedField {
  readonly place: number
  readonly expression: BoundExpression
  readonly reads: { readonly row: string; readonly block: Block; readonly code: Code }[]
}

/** One of several rows of expressions that the same function takes: `kinds` is what a column can be in any of them. */
export class ValuesSource implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #row: readonly BoundExpression[]
  readonly #kinds: readonly Kinds[]

  constructor(generation: Generation, row: readonly BoundExpression[], kinds: readonly Kinds[]) {
    this.frame = generation.emitter.frame
    this.#generation = generation
    this.#row = row
    this.#kinds = kinds
  }

  kinds(column: number): Kinds {
    return this.#kinds[column]!
  }

  column(column: number): Code {
    const { emitter } = this.#generation
    const { text, simple } = emitter.name(this.#generation.plainValue(this.#row[column]!))
    return { text, kinds: this.kinds(column), simple }
  }
}
