/** A row as it is before a statement changes it: found by its identity, which one it is, and its columns in variables. */
import type { Access, WriteTarget } from '../../../plan/index.ts'
import { isVirtual, storedColumns } from '../../../schema/index.ts'
import { GeneratedSource } from '../../source/generated.ts'
import type { Generation } from '../../source/generation.ts'
import { nullKind } from '../../source/kinds.ts'
import type { Code } from '../../source/kinds.ts'
import { keptColumn } from './copied.ts'
import type { KeptColumns } from './copied.ts'
import { partsOf } from './identity.ts'
import type { RowIdentity } from './identity.ts'
import { pinned, rowSource } from './image.ts'
import type { RowCode } from './image.ts'

/** Emits `body` for the row with an identity, under the source of old rows. */
export function withOldRow(
  generation: Generation,
  target: WriteTarget,
  identity: RowIdentity,
  body: () => void,
): void {
  const { table, oldRow } = target
  generation.produce(
    {
      kind: 'scan',
      source: oldRow,
      table,
      alias: table.name,
      access: accessBy(generation, target, identity),
      hint: null,
      ...(target.virtual === null ? {} : { virtual: target.virtual }),
      estimatedRows: 1,
    },
    body,
  )
}

function accessBy(generation: Generation, target: WriteTarget, identity: RowIdentity): Access {
  const keys = partsOf(identity).map((code) => ({
    kind: 'local' as const,
    id: newLocal(generation, code),
  }))
  if (target.primary === null) return { kind: 'rowid', key: keys[0]! }
  return {
    kind: 'index',
    index: target.primary.index,
    equal: keys.map((key) => ({ key, nullSafe: false })),
    skipped: 0,
    in: null,
    afterIn: [],
    low: null,
    high: null,
    reverse: false,
    covering: false,
    places: new Map(),
  }
}

const noValue: Code = { text: 'null', kinds: nullKind, simple: true }

/** A number by which expressions of a plan can name the code. Those of plans are not negative. */
export function newLocal(generation: Generation, code: Code): number {
  const id = -1 - generation.locals.size
  generation.locals.set(id, { frame: generation.emitter.frame, code })
  return id
}

/** Which row the current one is, in variables. */
export function currentIdentity(generation: Generation, target: WriteTarget): RowIdentity {
  const { oldRow, primary } = target
  const { emitter } = generation
  if (primary === null) {
    return { kind: 'rowid', rowid: emitter.name(generation.column(oldRow, -1), 'rowid') }
  }
  const columns = primary.index.columns.map(({ column }) => {
    const code = pinned(emitter, generation.toValue(generation.column(oldRow, column)))
    return { ...code, kinds: code.kinds & ~nullKind }
  })
  return { kind: 'key', columns }
}

/**
 * The current row in variables: the cursor may move when the table changes. Virtual columns are computed from them where they are
 * read; in the answer NULL stands in their place, unless it is to be whole. What is `kept` is copied into the record that comes next.
 */
export function bindOldRow(
  generation: Generation,
  target: WriteTarget,
  identity: RowIdentity,
  isWhole = false,
  kept: KeptColumns | null = null,
): RowCode {
  const { table, oldRow } = target
  const rowid = identity.kind === 'rowid' ? identity.rowid : null
  generation.prepare(oldRow, storedColumns(table))
  const read = (i: number): Code => pinned(generation.emitter, generation.column(oldRow, i))
  const record = generation.source(oldRow)
  const columns = table.columns.map((column, i) => {
    if (isVirtual(column)) return noValue
    if (i === table.rowidAlias) return rowid!
    if (kept === null) return read(i)
    const value = kept.isRead(i) ? read(i) : null
    if (!kept.isKept(i)) return value ?? noValue
    return keptColumn(generation, record, i, value) ?? value ?? read(i)
  })
  const row: RowCode = { columns, rowid }
  const source = rowSource(generation, row)
  const { virtual } = target
  generation.sources.set(
    oldRow,
    virtual === null ? source : new GeneratedSource(generation, source, table, virtual),
  )
  if (virtual === null || !isWhole) return row
  const whole = columns.map((code, i) =>
    virtual.has(i) ? pinned(generation.emitter, generation.column(oldRow, i)) : code,
  )
  return { columns: whole, rowid }
}
