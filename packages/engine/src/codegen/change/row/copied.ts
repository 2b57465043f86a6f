/**
 * Columns of a new row that another record holds just as this row will: they are copied, byte for byte, unless something asks for their values.
 * (INSERT … SELECT, CREATE TABLE … AS)
 *
 * Whether a field can stay as it is, is known by its serial type, the affinity of the column where it lies and that of the column that it is for: where
 * a conversion might change it, it is decoded and takes the usual way.
 */
import type {
  BoundExpression,
  BoundInsert,
  BoundUpdate,
  ConflictAction,
} from '../../../plan/index.ts'
import { firesAny, visitorOf } from '../../../plan/index.ts'
import { StoredField, StoredRun } from '../../../record/index.ts'
import type { Affinity } from '../../../record/index.ts'
import { CONTENT_SIZE } from '../../../runtime/index.ts'
import type { Column } from '../../../schema/index.ts'
import { converted } from '../../source/convert.ts'
import type { FieldBytes, Generation, RecordBytes, Source } from '../../source/generation.ts'
import { integerKind, nullKind } from '../../source/kinds.ts'
import type { Code, CopiedColumn } from '../../source/kinds.ts'
import { columnsOfExpressions } from '../../source/visible.ts'
import { recordValue } from './image.ts'

/** Nobody looks at the rows that an INSERT … SELECT stores: its columns are for records and entries alone. */
function isPlain({ callsUsers }: Generation, statement: BoundInsert): boolean {
  const { target, materialize, input } = statement
  return (
    !materialize &&
    !callsUsers &&
    !firesAny(statement) &&
    statement.returning === null &&
    statement.upserts.length === 0 &&
    statement.keys === null &&
    target.victimKeys === null &&
    target.generated.length === 0 &&
    target.primary === null &&
    !target.table.strict &&
    input.kind !== 'values'
  )
}

/**
 * Its rows may be kept back until all are there: if it fails none is kept, and none is looked up to be replaced but by its rowid. (In the program of a trigger
 * RAISE(FAIL) may keep some.)
 */
export function mayAdd(generation: Generation, statement: BoundInsert): boolean {
  if (generation.isInProgram || !isPlain(generation, statement)) return false
  const { orAction, target } = statement
  const { table, indexes } = target
  const unique = indexes.filter(({ index }) => index.unique)
  const isAny = (action: ConflictAction): boolean => {
    if (orAction !== null) return orAction === action
    if (table.rowidConflict === action || unique.some(({ index }) => index.onConflict === action))
      return true
    return table.columns.some(({ notNull }) => notNull === action)
  }
  return !isAny('FAIL') && (unique.length === 0 || !isAny('REPLACE'))
}

/** The columns of an INSERT's table whose values nobody but the record asks for. */
export function unreadColumns(generation: Generation, statement: BoundInsert): ReadonlySet<number> {
  if (!isPlain(generation, statement)) return new Set()
  const { target, orAction } = statement
  const { table, indexes, checks, newRow } = target
  const read = columnsOfExpressions([
    ...checks.map(({ condition }) => condition),
    ...indexes.flatMap(({ newKey, newWhere }) => [...newKey, newWhere ?? []].flat()),
  ])
  const unread = new Set<number>()
  table.columns.forEach(({ notNull }, i) => {
    const isReplaced = notNull !== null && (orAction ?? notNull) === 'REPLACE'
    if (i !== table.rowidAlias && !isReplaced && read.get(newRow)?.has(i) !== true) unread.add(i)
  })
  return unread
}

/** The value of a column to be, copied where a record has it; null: none has. */
export function copiedValue(
  generation: Generation,
  column: Pick<Column, 'affinity'>,
  value: BoundExpression,
): Code | null {
  if (value.kind !== 'column') return null
  const { emitter } = generation
  const source = generation.source(value.source)
  const field = source.frame === emitter.frame ? (source.storedField?.(value.column) ?? null) : null
  if (field === null) return null
  const { data, type, offset, isNull } = field
  const copy = emitter.fresh('f')
  let isLinked = false
  const test = staysAsItIs(field, column.affinity)
  const into = (target: string): void => {
    const use = emitter.use('StoredField', StoredField)
    if (!isLinked) emitter.link(`const ${copy} = new ${use}()`)
    isLinked = true
    const copied = `${target} = ${copy}.at(${data}, ${type}, ${offset})`
    emitter.nested(`if (${test})`, () => emitter.line(copied))
    emitter.nested('else', () => {
      const code = converted(generation, column, generation.value(value))
      emitter.line(`${target} = ${recordValue(generation, code).text}`)
    })
  }
  return {
    get text() {
      return `(${isNull()} ? null : 0)`
    },
    kinds: nullKind | integerKind,
    simple: true,
    copied: { test, into, field },
  }
}

/** A table with more columns has longer headers. */
const mostCopied = 100

/** Which columns of the row that is updated stay as they are. */
export interface KeptColumns {
  readonly isKept: (column: number) => boolean
  /** Somebody asks for the value too. */
  readonly isRead: (column: number) => boolean
}

/**
 * Those that an UPDATE need not decode for its record, nor encode; null: none, for the page may be another one when the record is made: after triggers, functions
 * of the user's, queries, and what REPLACE deletes.
 */
export function keptByUpdate(generation: Generation, statement: BoundUpdate): KeptColumns | null {
  const { target, values, rowid, joined, triggers, keys, returning } = statement
  const { table, checks, indexes, generated, newRow, oldRow } = target
  if (generation.callsUsers || joined !== null || rowid !== null || triggers.before.length > 0)
    return null
  if (target.primary !== null || target.victimKeys !== null || generated.length > 0) return null
  // Headers of wider records are read out of line, and nothing is gained.
  if (table.columns.length > mostCopied) return null
  const set = values.filter((value) => value !== null)
  if (set.some(asksQuery)) return null
  const read = columnsOfExpressions([
    ...set,
    ...checks.map(({ condition }) => condition),
    ...indexes.flatMap(({ newKey, newWhere, oldKey, oldWhere }) =>
      [...newKey, ...oldKey, newWhere ?? [], oldWhere ?? []].flat(),
    ),
    ...(returning?.expressions ?? []),
  ])
  const areRead = firesAny(statement) || keys !== null
  return {
    isKept: (i) => values[i] === null && i !== table.rowidAlias,
    isRead: (i) =>
      areRead || read.get(newRow)?.has(i) === true || read.get(oldRow)?.has(i) === true,
  }
}

function asksQuery(expression: BoundExpression): boolean {
  let asks = false
  const node = (): void => {
    asks = true
  }
  visitorOf({ node }).expression(expression)
  return asks
}

/**
 * A column of the current row of a source, for a record of the same table, which takes its bytes. `value`: it has been decoded; null: nobody asks for
 * the value. null: the source has no record.
 */
export function keptColumn(
  generation: Generation,
  source: Source,
  column: number,
  value: Code | null,
): Code | null {
  const { emitter } = generation
  const field = source.frame === emitter.frame ? (source.storedField?.(column) ?? null) : null
  if (field === null) return null
  const { data, type, offset, isNull } = field
  const copy = emitter.fresh('f')
  let isLinked = false
  const test = `${type} >= 0`
  const into = (target: string): void => {
    const use = emitter.use('StoredField', StoredField)
    if (!isLinked) emitter.link(`const ${copy} = new ${use}()`)
    isLinked = true
    const at = `${copy}.at(${data}, ${type}, ${offset})`
    if (value !== null) {
      emitter.line(`${target} = ${test} ? ${at} : ${recordValue(generation, value).text}`)
      return
    }
    emitter.nested(`if (${test})`, () => emitter.line(`${target} = ${at}`))
    emitter.nested('else', () => {
      emitter.line(`${target} = ${recordValue(generation, source.column(column)).text}`)
    })
  }
  const copied = { test, into, field }
  if (value !== null) return { ...value, copied }
  return {
    get text() {
      return `(${isNull()} ? null : 0)`
    },
    kinds: nullKind | integerKind,
    simple: true,
    copied,
  }
}

/**
 * Emits what fills the record of `writer`, which has `row`, `encode` and `copy`: from the columns at its places, null where it has none, for the rowid.
 * Where all of another record is copied, in its order, it is taken as it is; where some columns follow each other there too, they are taken at once.
 */
export function emitRecord(
  generation: Generation,
  writer: string,
  places: readonly (Code | null)[],
): void {
  const { emitter } = generation
  const put = (place: number, code: Code): void => {
    const target = `${writer}.row[${place}]`
    if (code.copied !== undefined) code.copied.into(target)
    else emitter.line(`${target} = ${recordValue(generation, code).text}`)
  }
  const whole = wholeRecord(places)
  const parts = whole === null ? partsOf(places) : []
  const hasRuns = parts.some(({ length }) => length > 1)
  const each = (): void => {
    places.forEach((code, place) => {
      if (code !== null) put(place, code)
      else if (hasRuns) emitter.line(`${writer}.row[${place}] = null`)
    })
    emitter.line(`${writer}.encode()`)
  }
  if (whole === null && !hasRuns) return each()
  const tests = new Set<string>()
  for (const part of whole === null ? parts : [places]) {
    if (part.length === 1 && whole === null) continue
    for (const code of part) {
      if (code === null) continue
      const { field, test } = code.copied!
      tests.add(
        whole === null
          ? `${field.record.header} !== 0`
          : `${whole.header} === ${places.length + 1}`,
      )
      tests.add(`(${test})`)
    }
  }
  emitter.nested(`if (${[...tests].join(' && ')})`, () => {
    if (whole !== null) return emitter.line(`${writer}.copy(${whole.cursor})`)
    parts.forEach((part, i) => {
      const [first] = part
      if (part.length > 1) emitRun(generation, `${writer}.row[${i}]`, part as readonly Code[])
      else if (first !== null) put(i, first!)
      else emitter.line(`${writer}.row[${i}] = null`)
    })
    emitter.line(`${writer}.encode(${parts.length})`)
  })
  emitter.nested('else', each)
}

/** The places of a record, those together that are copied from places of one other record which follow each other. */
function partsOf(places: readonly (Code | null)[]): readonly (readonly (Code | null)[])[] {
  const parts: (Code | null)[][] = []
  let last: CopiedColumn['field'] | null = null
  for (const code of places) {
    const field = code?.copied?.field ?? null
    const follows =
      field !== null &&
      last !== null &&
      field.record.cursor === last.record.cursor &&
      field.place === last.place + 1
    if (follows) parts.at(-1)!.push(code)
    else parts.push([code])
    last = field
  }
  return parts
}

function emitRun(generation: Generation, target: string, columns: readonly Code[]): void {
  const { emitter } = generation
  const run = emitter.fresh('f')
  emitter.link(`const ${run} = new ${emitter.use('StoredRun', StoredRun)}()`)
  const first = columns[0]!.copied!.field
  const last = columns.at(-1)!.copied!.field
  const size = `${last.offset} + ${emitter.use('SIZE', CONTENT_SIZE)}[${last.type}] - ${first.offset}`
  const types = `${first.record.start} + ${first.place + 1}`
  emitter.line(
    `${target} = ${run}.at(${first.data}, ${types}, ${columns.length}, ${first.offset}, ${size})`,
  )
}

/** The record that all columns are copied from, each from its place; null: there is none. */
function wholeRecord(places: readonly (Code | null)[]): RecordBytes | null {
  const first = places.find((code) => code !== null)?.copied?.field.record
  if (first === undefined || first.columnCount !== places.length) return null
  const isWhole = places.every((code, place) => {
    if (code === null) return first.rowidPlace === place
    const field = code.copied?.field
    return field?.record.cursor === first.cursor && field.place === place
  })
  return isWhole ? first : null
}

/** The condition that a field of a column is what it would be in a column of another affinity. */
function staysAsItIs({ type, affinity: from }: FieldBytes, to: Affinity): string {
  switch (to) {
    case 'text':
      return `${type} >= 12 || ${type} === 0`
    case 'blob':
      // A REAL column keeps whole numbers as INTEGER.
      return from === 'real' ? `${type} >= 12 || ${type} === 0 || ${type} === 7` : `${type} >= 0`
    case 'real':
      return `(${type} >= 0 && ${type} < 6) || (${type} >= ${from === 'real' ? 7 : 8} && ${type} < 10) || (${type} >= 12 && (${type} & 1) === 0)`
    case 'integer':
    case 'numeric':
      return `(${type} >= 0 && ${type} < ${from === 'real' ? 6 : 7}) || ${type} === 8 || ${type} === 9 || (${type} >= 12 && (${type} & 1) === 0)`
    default:
      return to satisfies never
  }
}
