/**
 * What the columns of a query would be declared as: the type of the column that each passes on, or else the name of its affinity.
 * (`sqlite3SubqueryColumnTypes`)
 */
import { affinityOfType, type Affinity } from '../../record/index.ts'
import type { SelectColumn } from './binder.ts'

export interface DeclaredColumn {
  readonly name: string
  /** Empty: none. */
  readonly type: string
}

const typeNames: Readonly<Record<Affinity, string>> = {
  blob: 'BLOB',
  text: 'TEXT',
  numeric: 'NUM',
  integer: 'INT',
  real: 'REAL',
}

export function declaredColumn({ name, affinity, origin }: SelectColumn): DeclaredColumn {
  const type = origin?.type ?? null
  if (type !== null && affinityOfType(type) === affinity) return { name, type }
  return { name, type: affinity === null ? '' : typeNames[affinity] }
}
