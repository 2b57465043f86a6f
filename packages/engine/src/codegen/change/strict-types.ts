/** STRICT tables: each value is NULL or of its column's type. (STRICT Tables §2) */
import { strictTypeFailed } from '../../base/error.ts'
import { Real } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import type { Column, Table } from '../../schema/index.ts'
import type { Generation } from '../source/generation.ts'
import {
  anyInteger,
  anyValue,
  blobKind,
  integerKind,
  isOnly,
  nullKind,
  rawKind,
  textKind,
} from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'

/** The kinds that a column of a STRICT table may hold. */
export function strictKinds(type: string): number {
  switch (type.toUpperCase()) {
    case 'INT':
    case 'INTEGER':
      return anyInteger
    case 'REAL':
      return rawKind
    case 'TEXT':
      return textKind
    case 'BLOB':
      return blobKind
    default:
      return anyValue | rawKind
  }
}

/** Emits the check of a value of a STRICT table. */
export function emitStrictCheck(
  generation: Generation,
  table: Table,
  column: Column,
  code: Code,
): void {
  const { emitter } = generation
  const allowed = strictKinds(column.type)
  if (isOnly(code, allowed | nullKind)) return
  const check = emitter.use('checkStrictType', checkStrictType)
  emitter.line(
    `${check}(${generation.toValue(code).text}, ${allowed}, ${emitter.slot(table)}, ${emitter.slot(column)})`,
  )
}

/** `allowed` holds the kinds of the column's type. */
export function checkStrictType(value: Value, allowed: number, table: Table, column: Column): void {
  if (value === null) return
  let storageClass: string
  if (typeof value === 'number') {
    if ((allowed & rawKind) !== 0) return
    if (Number.isInteger(value)) {
      if ((allowed & integerKind) !== 0) return
      storageClass = 'INT'
    } else storageClass = 'REAL'
  } else if (typeof value === 'bigint') {
    if ((allowed & integerKind) !== 0) return
    storageClass = 'INT'
  } else if (typeof value === 'string') {
    if ((allowed & textKind) !== 0) return
    storageClass = 'TEXT'
  } else if (value instanceof Real) {
    if ((allowed & rawKind) !== 0) return
    storageClass = 'REAL'
  } else {
    if ((allowed & blobKind) !== 0) return
    storageClass = 'BLOB'
  }
  throw strictTypeFailed(storageClass, column.type, table.name, column.name)
}
