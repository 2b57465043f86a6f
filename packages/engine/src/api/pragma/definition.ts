/** What a PRAGMA is to the connection. */
import type { Value } from '../../record/index.ts'
import type { Session } from '../session.ts'

export type Rows = readonly (readonly Value[])[]

/** How one PRAGMA is answered. */
export interface PragmaDefinition {
  /** Names of the columns when it is asked without a value (or whose argument is no new value). */
  readonly columns: readonly string[]
  /** Columns when a value is given, where that differs: setting most values answers nothing. */
  readonly columnsWhenSet?: readonly string[]
  /** Reads the database, so it needs a read transaction and a current schema. */
  readonly reads: boolean
  /** It may change the file, always or when a value is given: what `Statement.readonly` tells. */
  readonly writes?: 'always' | 'when-set'
  readonly answer: (connection: Session, value: PragmaValue) => Rows
}

/** The value as written; null: none. */
export type PragmaValue = string | number | bigint | null
