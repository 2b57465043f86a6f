/**
 * Whether a column holds what it may: no NULL where there is NOT NULL; in STRICT tables only what the type says; elsewhere no number in a column of
 * TEXT, and no text that looks like a number in one of numbers. (`PRAGMA integrity_check` §3)
 */
import { applyNumericAffinity, type Value } from '../../../record/index.ts'
import type { Column, Table } from '../../../schema/index.ts'
import { isBlob, isInteger, isNull, isReal, isText } from './stored-row.ts'

const strictClasses: Readonly<Record<string, number>> = {
  BLOB: isBlob | isNull,
  INT: isInteger | isNull,
  INTEGER: isInteger | isNull,
  REAL: isInteger | isReal | isNull,
  TEXT: isText | isNull,
}

/** What is wrong with a value of storage class `storedAs`; null: nothing. */
export type ColumnCheck = (storedAs: number, value: () => Value) => string | null

/** How a column is checked; null: it may hold anything. */
export function columnCheck(table: Table, column: Column): ColumnCheck | null {
  const place = `${table.name}.${column.name}`
  const ofType = table.strict ? strictCheck(column, place) : affinityCheck(column, place)
  if (column.notNull === null) return ofType
  return (storedAs, value) => {
    // A REAL that is none reads as NULL.
    const hasNone = storedAs === isNull || (storedAs === isReal && value() === null)
    return hasNone ? `NULL value in ${place}` : (ofType?.(storedAs, value) ?? null)
  }
}

function strictCheck({ type }: Column, place: string): ColumnCheck | null {
  const name = type.toUpperCase()
  const classes = strictClasses[name]
  if (classes === undefined) return null
  return (storedAs) => ((storedAs & classes) === 0 ? `non-${name} value in ${place}` : null)
}

function affinityCheck({ affinity }: Column, place: string): ColumnCheck | null {
  switch (affinity) {
    case 'blob':
      return null
    case 'text':
      return (storedAs) =>
        (storedAs & (isText | isBlob | isNull)) === 0 ? `NUMERIC value in ${place}` : null
    default:
      return (storedAs, value) =>
        storedAs === isText && typeof applyNumericAffinity(value()) !== 'string'
          ? `TEXT value in ${place}`
          : null
  }
}
