/**
 * What a compiled statement needs of the connection it runs on. One object for each connection; a
 * program is linked to it once and keeps it. It is the main database too; the others are asked for by name.
 */
import type { Pages } from '../storage/index.ts'
import type { IndexTree, TableTree } from '../storage/index.ts'
import type { Schema } from '../schema/index.ts'
import type { Collations, TextEncoding } from '../record/index.ts'
import type { Catalog } from './catalog.ts'
import type { KeyViolations } from './change/key-violations.ts'
import type { Slice } from './slice.ts'
import type { Spill } from './sort/spill.ts'

/** One of the databases of a connection. */
export interface DatabaseContext {
  readonly pages: Pages
  /** The database's text encoding. */
  readonly encoding: TextEncoding
  /** The connection's. */
  readonly collations: Collations
  /** Its schema as it was last read. Replaced when it changes. */
  schema: Schema

  /** Trees are kept between statements, with their hints for appending. */
  tableTree(root: number): TableTree
  indexTree(root: number): IndexTree

  /** A statement changed sqlite_schema: bumps the schema cookie and loads the schema anew. */
  schemaChanged(): void
}

export interface ExecutionContext extends DatabaseContext {
  /** All schemas that programs were compiled for. Replaced when one changes; programs are then compiled anew. */
  catalog: Catalog
  /** The temporary or an attached database. */
  database(name: string): DatabaseContext

  /** Rows changed by the most recent INSERT, UPDATE or DELETE. */
  changes: number
  /** By all of them since the connection was opened. */
  totalChanges: number
  lastInsertRowid: number | bigint
  /** Of foreign keys: those that are left at the end of a transaction keep it open. */
  readonly keyViolations: KeyViolations
  /** The transaction ends with the statement that runs. */
  readonly endsTransaction: boolean

  /** Milliseconds since 1970, the same throughout one execution of a statement. */
  now(): number

  /** For one run of a statement: what it may keep in memory of the rows that it collects, and where the others go. */
  newSpill(slice?: Slice): Spill

  /** Of statements that run in slices. */
  readonly slice: Slice

  /**
   * Everything that a statement changes after `beginStatement` can be taken back as one (ABORT): a
   * savepoint of the pager. Exactly one of the other two follows.
   * @param isWhole where it fails, all of it fails, and it lets nobody else run: alone in its transaction, it needs no savepoint, for
   *   the transaction is taken back then
   */
  beginStatement(isWhole?: boolean): void
  endStatement(): void
  rollbackStatement(): void

  /** ON CONFLICT FAIL: the statement fails, and what it has changed so far stays. */
  keepChanges(): void

  /** ON CONFLICT ROLLBACK: the transaction ends before the error is thrown. */
  rollbackTransaction(): void
}
