/**
 * The columns of the record under a cursor, decoded in place.
 *
 * The header of a record is a serial type for each column, so a column's content begins where the sizes of all
 * before it end. Emitted code reads types and adds up sizes only as far as the highest column that is wanted so
 * far, goes on from there when a later expression wants more, and decodes a column where it is first used:
 * a row that a filter turns away costs no more than the filter's own columns.
 *
 * ```js
 * let d0 = c0.data, o0 = c0.payloadOffset, h0 = d0[o0]       // data, payload, size of the header
 * let t0_0 = d0[o0 + 1], b0_0 = o0 + h0                      // type and content of column 0
 * let t0_1 = d0[o0 + 2], b0_1 = b0_0 + SIZE[t0_0]            // of column 1
 * if (h0 <= 2 || h0 >= 128 || !(b0_1 + SIZE[t0_1] <= o0 + c0.localSize)) {
 *   // not so simple: x0.read(c0, 1), and all of the above from x0
 * }
 * ```
 *
 * The one test also finds types of more than one byte, whose `SIZE` no record has room for.
 */
import type { SourceId } from '../../plan/index.ts'
import { TextCache, readIndexRowid } from '../../record/index.ts'
import type { Column, Table } from '../../schema/index.ts'
import type { Block, Frame, Place } from '../emit/block.ts'
import type { FieldBytes, Generation, Source, TextBytes } from './generation.ts'
import { anyInteger, anyValue, kindOfValue, kindsOfAffinity } from './kinds.ts'
import type { Code, Kinds } from './kinds.ts'
import { missingValue } from './missing-value.ts'
import {
  CONTENT_SIZE,
  RecordHeader,
  anyColumn,
  integerColumn,
  rawColumn,
  rawNumber,
  readDouble,
  textColumn,
} from '../../runtime/index.ts'

/** Where a table's columns are in the records that a cursor reads. */
export interface RecordPlaces {
  /** Place of a table's column in the record; -1: it is not there. */
  readonly place: (column: number) => number
  /** Where the rowid is: beside the record (a table), its last column (an index, whose scan has loaded the whole entry); null: there is none. */
  readonly rowid: 'cursor' | 'last' | null
}

/** One reading of the header. */
interface Step {
  readonly block: Block
  /** The last place that has been read. */
  readonly last: number
  /** Places that have variables for type and content. */
  readonly named: ReadonlySet<number>
}

/** After as many, the header of a row is read at once. */
const mostReadings = 32

interface Decoded {
  readonly code: Code
  readonly block: Block
}

export class RecordSource implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #table: Table
  readonly #source: SourceId
  readonly #places: RecordPlaces
  readonly cursor: string
  #id: string
  readonly #home: Place
  #steps: Step[] = []
  /** How often code that reads the header has been emitted. */
  #readings = 0
  #header: string | null = null
  readonly #decoded = new Map<number, Decoded>()

  /** `cursor` stands on a record at this place, and stays there while the current block runs. */
  constructor(
    generation: Generation,
    source: SourceId,
    table: Table,
    cursor: string,
    places: RecordPlaces,
  ) {
    const { emitter } = generation
    this.frame = emitter.frame
    this.#generation = generation
    this.#table = table
    this.#source = source
    this.#places = places
    this.cursor = cursor
    this.#id = emitter.fresh('')
    // What the statements of a function do to the page must not move what is read of the row after them.
    if (generation.callsReentrant) emitter.line(`${cursor}.keepPayload()`)
    this.#home = emitter.mark()
  }

  kinds(column: number): Kinds {
    if (column < 0 || column === this.#table.rowidAlias) return anyInteger
    const definition = this.#table.columns[column]!
    return (
      kindsOfAffinity(
        definition.affinity,
        this.#table.strict ? definition.type.toUpperCase() : null,
      ) | this.#missingKinds(definition)
    )
  }

  #missingKinds(definition: Column): Kinds {
    if (definition.defaultExpression === null || definition.affinity === 'real') return 0
    return anyValue
  }

  prepare(columns: readonly number[]): void {
    const { emitter } = this.#generation
    const places = columns
      .filter((column) => column >= 0 && column !== this.#table.rowidAlias)
      .filter((column) => {
        const known = this.#decoded.get(column)
        return known === undefined || !emitter.isVisible(known.block)
      })
      .map((column) => this.#places.place(column))
      .filter((place) => place >= 0)
    if (places.length > 0)
      emitter.beforeLoopsOf(this.#home.block, () => this.#reach(Math.max(...places), places))
  }

  column(column: number): Code {
    return this.#column(column, false)
  }

  repeatedColumn(column: number): Code {
    return this.#column(column, true)
  }

  #column(index: number, repeated: boolean): Code {
    const column = index === this.#table.rowidAlias ? -1 : index
    const { emitter } = this.#generation
    const known = this.#decoded.get(column)
    if (known !== undefined && emitter.isVisible(known.block)) return known.code
    return emitter.beforeLoopsOf(this.#home.block, () => {
      const double = column < 0 ? null : this.#double(column)
      if (double !== null) {
        this.#decoded.set(column, { code: double, block: emitter.block })
        return double
      }
      const text = column < 0 ? this.#rowid() : this.#decode(column, repeated)
      const named = emitter.name({ text, kinds: this.kinds(column), simple: false })
      const code: Code = { ...named, fresh: true }
      this.#decoded.set(column, { code, block: emitter.block })
      return code
    })
  }

  #rowid(): string {
    const cursor = this.cursor
    if (this.#places.rowid !== 'last') return `${cursor}.rowid`
    const use = this.#generation.emitter.use('readIndexRowid', readIndexRowid)
    return `${use}(${cursor}.data, ${cursor}.payloadOffset, ${cursor}.payloadSize)`
  }

  #decode(column: number, repeated: boolean): string {
    const place = this.#places.place(column)
    this.#reach(place)
    const definition = this.#table.columns[column]!
    const args = `d${this.#id}, ${this.#type(place)}, ${this.#content(place)}`
    const text = this.#decodeText(definition, args, place, repeated)
    const missing = this.#missing(definition)
    if (missing === null) return text
    return `${this.#type(place)} === -1 ? ${missing} : ${text}`
  }

  /** A column with REAL affinity: its number unboxed, what else it may be on demand. */
  #double(column: number): Code | null {
    const definition = this.#table.columns[column]!
    if (definition.affinity !== 'real') return null
    const { emitter, encoding } = this.#generation
    const missing = this.#missing(definition)
    const place = this.#places.place(column)
    this.#reach(place)
    const args = `d${this.#id}, ${this.#type(place)}, ${this.#content(place)}`
    const name = emitter.fresh('n')
    const read = `${emitter.use('readDouble', readDouble)}(d${this.#id}, ${this.#content(place)})`
    const other = `${emitter.use('rawNumber', rawNumber)}(${args})`
    // A row that is older than the column has its default.
    const number =
      missing === null
        ? other
        : `${this.#type(place)} === -1 ? (typeof ${missing} === 'number' ? ${missing} : NaN) : ${other}`
    emitter.line(`const ${name} = ${this.#type(place)} === 7 ? ${read} : ${number}`)
    const stored = `${emitter.use('rawColumn', rawColumn)}(${args}, '${encoding}')`
    const rest =
      missing === null ? stored : `(${this.#type(place)} === -1 ? ${missing} : ${stored})`
    return {
      text: `(${name} === ${name} ? ${name} : ${rest})`,
      kinds: this.kinds(column),
      simple: true,
      double: name,
      rest,
    }
  }

  #missing(definition: Column): string | null {
    if (definition.defaultExpression === null) return null
    const value = missingValue(definition, this.#generation.encoding)
    if (value === null) return null
    const raw = definition.affinity === 'real' && kindOfValue(value) !== kindOfValue('')
    return this.#generation.emitter.literal(
      raw && typeof value === 'object' && 'value' in value ? value.value : value,
    ).text
  }

  #decodeText(definition: Column, args: string, place: number, repeated: boolean): string {
    const { emitter, encoding } = this.#generation
    const utf8 = encoding === 'utf8'
    switch (definition.affinity) {
      case 'real':
        return `${emitter.use('rawColumn', rawColumn)}(${args}, '${encoding}')`
      case 'integer':
      case 'numeric':
        return `${emitter.use('integerColumn', integerColumn)}(${args}, '${encoding}')`
      case 'text': {
        if (!utf8) break
        const plain = `${emitter.use('textColumn', textColumn)}(${args})`
        if (!repeated) return plain
        const cache = emitter.fresh('texts')
        emitter.link(`const ${cache} = new ${emitter.use('TextCache', TextCache)}()`)
        const type = this.#type(place)
        return `${type} >= 13 && (${type} & 1) === 1 ? ${cache}.get(d${this.#id}, ${this.#content(place)}, (${type} - 13) / 2) : ${plain}`
      }
      default:
    }
    return `${emitter.use('anyColumn', anyColumn)}(${args}, '${encoding}')`
  }

  isNull(column: number): string | null {
    if (column < 0 || column === this.#table.rowidAlias) return 'false'
    const { emitter } = this.#generation
    const known = this.#decoded.get(column)
    if (known !== undefined && emitter.isVisible(known.block)) return null
    const definition = this.#table.columns[column]!
    // A NaN that was stored as REAL reads as NULL.
    if (definition.affinity !== 'integer' && definition.affinity !== 'text') return null
    if (this.#missing(definition) !== null) return null
    const place = this.#places.place(column)
    emitter.beforeLoopsOf(this.#home.block, () => this.#reach(place))
    const type = this.#type(place)
    return definition.affinity === 'integer' && !this.#table.strict
      ? `${type} <= 0 || (${type} === 7 && ${emitter.use('anyColumn', anyColumn)}(d${this.#id}, 7, ${this.#content(place)}, '${this.#generation.encoding}') === null)`
      : `${type} <= 0`
  }

  textBytes(column: number): TextBytes | null {
    if (column < 0 || column === this.#table.rowidAlias) return null
    if (this.#generation.encoding !== 'utf8') return null
    const { emitter } = this.#generation
    const known = this.#decoded.get(column)
    if (known !== undefined && emitter.isVisible(known.block)) return null
    const definition = this.#table.columns[column]!
    if (definition.affinity === 'real') return null
    // In a loop inside, the page may have been changed since the row before.
    if (emitter.yields && emitter.isInLoopOf(this.#home.block)) return null
    const place = this.#places.place(column)
    emitter.beforeLoopsOf(this.#home.block, () => this.#reach(place))
    const type = this.#type(place)
    const args = `d${this.#id}, ${type}, ${this.#content(place)}`
    const value = `${emitter.use('anyColumn', anyColumn)}(${args}, 'utf8')`
    const missing = this.#missing(definition)
    return {
      isText: `${type} >= 13 && (${type} & 1) === 1`,
      data: `d${this.#id}`,
      offset: this.#content(place),
      size: `(${type} - 13) / 2`,
      other: missing === null ? value : `(${type} === -1 ? ${missing} : ${value})`,
      isLikely: definition.affinity === 'text' || /DATE|TIME/i.test(definition.type),
      isBlob: `${type} >= 12 && (${type} & 1) === 0`,
      blobSize: `(${type} - 12) / 2`,
    }
  }

  storedField(column: number): FieldBytes | null {
    if (column < 0 || column === this.#table.rowidAlias) return null
    const place = this.#places.place(column)
    this.#generation.emitter.beforeLoopsOf(this.#home.block, () => this.#reach(place))
    const definition = this.#table.columns[column]!
    const [data, type, offset] = [`d${this.#id}`, this.#type(place), this.#content(place)]
    const isNull = (): string => {
      const none = this.#missing(definition) === null ? `${type} <= 0` : `${type} === 0`
      const any = this.#generation.emitter.use('anyColumn', anyColumn)
      return `${none} || (${type} === 7 && ${any}(${data}, 7, ${offset}, 'utf8') === null)`
    }
    const { columns, rowidAlias } = this.#table
    const places = columns.map((_, i) => this.#places.place(i))
    const record = {
      cursor: this.cursor,
      start: `o${this.#id}`,
      header: `h${this.#id}`,
      columnCount: Math.max(...places) + 1,
      rowidPlace: rowidAlias < 0 ? -1 : places[rowidAlias]!,
    }
    return { data, type, offset, isNull, affinity: definition.affinity, place, record }
  }

  #type(place: number): string {
    return `t${this.#id}_${place}`
  }

  #content(place: number): string {
    return `b${this.#id}_${place}`
  }

  /** Emits what reads the header up to `place`, unless that has been done; `others` before it are wanted, too. */
  #reach(place: number, others: readonly number[] = []): void {
    const { emitter } = this.#generation
    this.#steps = this.#steps.filter((step) => emitter.isVisible(step.block))
    const last = this.#steps.at(-1)
    if (last !== undefined && last.last >= place) {
      if (this.#steps.some((step) => step.named.has(place))) return
    }
    if (++this.#readings > mostReadings) {
      this.#readAll()
      return
    }
    if (last !== undefined && last.last >= place) {
      // Read past, without a variable: begin again. The names are free, for the old ones were never declared.
      this.#again(place)
      return
    }
    const wanted = this.#wantedPlaces()
    const named = wanted === null ? null : new Set([...wanted, ...others])
    this.#extend(last === undefined ? -1 : last.last, place, named)
  }

  /**
   * Reads the whole header, once and for all, where the row begins. Each reading names what was read before it, so that
   * a statement of very many columns and places would be as long as the square of their number.
   */
  #readAll(): void {
    const { emitter } = this.#generation
    const count = this.#table.columns.length
    emitter.at(this.#home, () => {
      this.#id = emitter.fresh('')
      this.#header = null
      this.#steps = []
      const places = Array.from({ length: count }, (_, column) => column)
        .filter((column) => column !== this.#table.rowidAlias)
        .map((column) => this.#places.place(column))
        .filter((place) => place >= 0)
      this.#extend(-1, Math.max(...places), new Set(places))
    })
  }

  /** Names a column that was passed over: the header has been read up to a place behind it, here or out of line. */
  #again(place: number): void {
    const { emitter } = this.#generation
    const { last } = this.#steps.at(-1)!
    const [type, content] = [this.#type(place), this.#content(place)]
    const size = emitter.use('SIZE', CONTENT_SIZE)
    const header = this.#headerObject()
    const [d, o, h] = [`d${this.#id}`, `o${this.#id}`, `h${this.#id}`]
    let before = -1
    for (const { named } of this.#steps)
      for (const known of named) if (known < place && known > before) before = known
    let start =
      before < 0 ? `${o} + ${h}` : `${this.#content(before)} + ${size}[${this.#type(before)}]`
    for (let i = before + 1; i < place; i++) start += ` + ${size}[${d}[${o} + ${i + 1}]]`
    emitter.line(`let ${type}, ${content}`)
    emitter.line(`if (${h} !== 0) ${type} = ${d}[${o} + ${place + 1}], ${content} = ${start}`)
    emitter.line(
      `else ${type} = ${header}.types[${place}], ${content} = ${header}.offsets[${place}]`,
    )
    this.#steps.push({ block: emitter.block, last, named: new Set([place]) })
  }

  /** Reads the header up to `last` by `RecordHeader`, and sets all variables that there are. */
  #readOutOfLine(last: number): void {
    const { emitter } = this.#generation
    const header = this.#headerObject()
    emitter.line(`${header}.read(${this.cursor}, ${last})`)
    // No later test of this row passes.
    emitter.line(`d${this.#id} = ${this.cursor}.data, h${this.#id} = 0`)
    for (const { named } of this.#steps)
      for (const place of named)
        emitter.line(
          `${this.#type(place)} = ${header}.types[${place}], ${this.#content(place)} = ${header}.offsets[${place}]`,
        )
  }

  #headerObject(): string {
    if (this.#header !== null) return this.#header
    const { emitter } = this.#generation
    this.#header = `x${this.#id}`
    emitter.link(`const ${this.#header} = new ${emitter.use('RecordHeader', RecordHeader)}()`)
    return this.#header
  }

  #extend(from: number, to: number, wanted: ReadonlySet<number> | null): void {
    const { emitter } = this.#generation
    const cursor = this.cursor
    const id = this.#id
    const size = emitter.use('SIZE', CONTENT_SIZE)
    if (from < 0) {
      emitter.line(
        `let d${id} = ${cursor}.data, o${id} = ${cursor}.payloadOffset, h${id} = d${id}[o${id}]`,
      )
    }
    const named = new Set<number>()
    // Content of place i, as an expression of what is known before it.
    let content =
      from < 0 ? `o${id} + h${id}` : `${this.#content(from)} + ${size}[${this.#type(from)}]`
    const declarations: string[] = []
    for (let place = from + 1; place <= to; place++) {
      const type = `d${id}[o${id} + ${place + 1}]`
      if (place !== to && wanted !== null && !wanted.has(place)) {
        content += ` + ${size}[${type}]`
        continue
      }
      named.add(place)
      declarations.push(`${this.#type(place)} = ${type}`, `${this.#content(place)} = ${content}`)
      content = `${this.#content(place)} + ${size}[${this.#type(place)}]`
    }
    emitter.line(`let ${declarations.join(', ')}`)
    this.#steps.push({ block: emitter.block, last: to, named })
    emitter.nested(
      // In a damaged page the sum may be NaN, which is never less.
      `if (h${id} <= ${to + 1} || h${id} >= 128 || !(${content} <= o${id} + ${cursor}.localSize))`,
      () => this.#readOutOfLine(to),
    )
  }

  /** Places of columns that the statement names; null: not known. */
  #wantedPlaces(): ReadonlySet<number> | null {
    const used = this.#generation.used.get(this.#source)
    if (used === undefined) return null
    return new Set(
      [...used]
        .filter((column) => column >= 0)
        .map((column) => this.#places.place(column))
        .filter((place) => place >= 0),
    )
  }
}
