/**
 * Texts of a new row that are computed for its record alone: they are written as bytes, and copied from there, unless something asks for their values. What stands
 * in the variable of such a column is no value of SQL, but a `StoredField`, or NULL.
 */
import type { BoundExpression, BoundUpdate } from '../../../plan/index.ts'
import { firesAny } from '../../../plan/index.ts'
import { StoredField } from '../../../record/index.ts'
import { JsonBuilder } from '../../../runtime/index.ts'
import type { Column } from '../../../schema/index.ts'
import { isWritten, writtenText } from '../../expression/written-text.ts'
import type { Generation } from '../../source/generation.ts'
import { nullKind, textKind } from '../../source/kinds.ts'
import type { Code } from '../../source/kinds.ts'
import { columnsOfExpressions } from '../../source/visible.ts'

/** The value of a column to be; null: it is not worth it. */
export function writtenValue(
  generation: Generation,
  { affinity }: Pick<Column, 'affinity'>,
  value: BoundExpression,
): Code | null {
  if (affinity !== 'text' && affinity !== 'blob') return null
  if (!isWritten(generation, value)) return null
  // Of a BLOB it may be a BLOB.
  if (value.kind === 'function' && value.function.returns !== 'text') return null
  const { emitter } = generation
  const writer = emitter.fresh('writer')
  const bytes = writtenText(generation, value, writer)
  if (bytes === null) return null
  const field = emitter.fresh('f')
  emitter.link(`const ${writer} = new ${emitter.use('JsonBuilder', JsonBuilder)}()`)
  emitter.link(`const ${field} = new ${emitter.use('StoredField', StoredField)}()`)
  const { isText, data, size, other } = bytes
  const text = `${isText} ? ${field}.at(${data}, ${size} * 2 + 13, 0) : ${other}`
  return emitter.name({ text, kinds: nullKind | textKind, simple: false })
}

/** The columns that an UPDATE sets and whose new values nobody but the record asks for. Its rows are changed as they are found. */
export function unreadByUpdate(
  { callsUsers }: Generation,
  statement: BoundUpdate,
): ReadonlySet<number> {
  const { target, orAction, returning, keys } = statement
  const { table, indexes, checks, generated, newRow, victimKeys } = target
  if (callsUsers || firesAny(statement) || returning !== null) return new Set()
  if (keys !== null || victimKeys !== null || generated.length > 0 || table.strict) return new Set()
  const read = columnsOfExpressions([
    ...checks.map(({ condition }) => condition),
    ...indexes.flatMap(({ newKey, newWhere }) => [...newKey, newWhere ?? []].flat()),
  ])
  const unread = new Set<number>()
  table.columns.forEach(({ notNull }, i) => {
    const isReplaced = notNull !== null && (orAction ?? notNull) === 'REPLACE'
    if (!isReplaced && read.get(newRow)?.has(i) !== true) unread.add(i)
  })
  return unread
}
