/** What a PRAGMA is to the connection. */
import type { Value } from '../../../record/index.ts'
import { DatabaseNames, type DatabaseUses } from '../../../plan/index.ts'
import type { Slice, Work } from '../../../runtime/index.ts'
import type { OpenDatabase } from '../../connection/open-database.ts'
import type { Session } from '../../connection/session.ts'

export type Rows = readonly (readonly Value[])[]

/** How one PRAGMA is answered. */
export interface PragmaDefinition {
  /** Names of the columns when it is asked without a value (or whose argument is no new value). */
  readonly columns: readonly string[]
  /** Columns when a value is given, where that differs: setting most values answers nothing. */
  readonly columnsWhenSet?: readonly string[]
  /** What has to be there: current schemas, or a read transaction of the database too. */
  readonly needs: 'nothing' | 'schemas' | 'pages'
  /** What needs only schemas counts all the same, where it has rows, as a statement that reads: it pins what a transaction sees. */
  readonly pins?: boolean
  /** It may change the file, always or when a value is given: what `Statement.readonly` tells. */
  readonly writes?: 'always' | 'when-set'
  /** SQLite says that it leaves the file alone, for what it writes it writes in a statement of its own. */
  readonly isReadonly?: true
  /** The same in slices, where it may take long. */
  readonly working?: (
    connection: Session,
    value: PragmaValue,
    place: PragmaPlace,
    slice: Slice,
  ) => Work<Rows>
  /** For which values that is so. Absent: for all. */
  readonly worksOn?: (value: PragmaValue) => boolean
  readonly answer: (connection: Session, value: PragmaValue, place: PragmaPlace) => Rows
}

/** Of which database it is asked. */
export interface PragmaPlace {
  readonly database: OpenDatabase
  /** The name was written; else it is main, or whichever the PRAGMA looks through. */
  readonly isNamed: boolean
}

/** What a statement touches that reads, or writes, one database. */
export function usesOf({ name }: OpenDatabase, writes: boolean): DatabaseUses {
  return { reads: new DatabaseNames(name), writes: new DatabaseNames(...(writes ? [name] : [])) }
}

/** The value as written; null: none. */
export type PragmaValue = string | number | bigint | null
