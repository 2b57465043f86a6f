/**
 * Generated columns: their expressions over a row of their table. A stored one is read like any other column; a virtual one is computed
 * from the row wherever it is read, and all of them when a row is stored. (Generated Columns)
 */
import { sqlError } from '../../base/error.ts'
import { isVirtual, type Column, type Table } from '../../schema/index.ts'
import type { BoundExpression, SourceId } from '../expression.ts'
import type { VirtualColumns } from '../node.ts'
import { tableSource, type ScopeSource } from '../scope.ts'
import type { GeneratedColumn } from '../statement.ts'
import { visitExpression } from '../walk/visit.ts'
import type { Binder } from './binder.ts'
import { bindStored } from './stored.ts'

/** The virtual columns of a row; null: the table has none. */
export function virtualColumns(b: Binder, table: Table, row: SourceId): VirtualColumns | null {
  if (!table.columns.some(isVirtual)) return null
  const source = tableSource(row, table, table.name)
  const virtual = new Map<number, BoundExpression>()
  table.columns.forEach((column, i) => {
    if (isVirtual(column)) virtual.set(i, generatedValue(b, table, column, source))
  })
  return virtual
}

export function generatedValue(
  b: Binder,
  table: Table,
  { generated }: Column,
  source: ScopeSource,
): BoundExpression {
  return bindStored(b, generated!.expression, table.sql, source, 'generated', table.database)
}

/** All generated columns of a row that is to be stored, each behind those that it names. (`sqlite3ComputeGeneratedColumns`) */
export function generatedColumns(
  b: Binder,
  table: Table,
  source: ScopeSource,
): readonly GeneratedColumn[] {
  let waiting: GeneratedColumn[] = []
  table.columns.forEach((column, i) => {
    if (column.generated === null) return
    waiting.push({ column: i, value: generatedValue(b, table, column, source) })
  })
  const ordered: GeneratedColumn[] = []
  while (waiting.length > 0) {
    const open = new Set(waiting.map(({ column }) => column))
    const left: GeneratedColumn[] = []
    for (const one of waiting) {
      if (namesAny(one.value, source.id, open)) left.push(one)
      else {
        ordered.push(one)
        open.delete(one.column)
      }
    }
    if (left.length === waiting.length) {
      throw generatedLoop(table.columns[left.at(-1)!.column]!)
    }
    waiting = left
  }
  return ordered
}

/**
 * Refuses virtual columns that are computed from themselves, as reading them all would: the last of them is named.
 * Where stored ones take part, it is storing a row that fails.
 */
export function checkVirtualLoops(table: Table, virtual: VirtualColumns): void {
  const sound = new Set<number>()
  const open = new Set<number>()
  /** The first column that is met again on the way down from `column`; -1: none is. */
  const search = (column: number): number => {
    const value = virtual.get(column)
    if (value === undefined || sound.has(column)) return -1
    if (open.has(column)) return column
    open.add(column)
    let met = -1
    visitExpression(value, (part) => {
      if (part.kind === 'column' && met < 0) met = search(part.column)
    })
    open.delete(column)
    if (met < 0) sound.add(column)
    return met
  }
  let last = -1
  for (const column of virtual.keys()) {
    const met = search(column)
    if (met >= 0) last = met
  }
  if (last >= 0) throw generatedLoop(table.columns[last]!)
}

function namesAny(value: BoundExpression, row: SourceId, columns: ReadonlySet<number>): boolean {
  let found = false
  visitExpression(value, (part) => {
    if (part.kind === 'column' && part.source === row && columns.has(part.column)) found = true
  })
  return found
}

export function generatedLoop(column: Column): Error {
  return sqlError(`generated column loop on "${column.name}"`)
}
