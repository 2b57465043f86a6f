/**
 * Told, while a text of the schema is bound, what its names turn out to mean: whoever writes other names there has to know. All
 * names are reported that are met on the way, also those of views that the text names; whose they are the pieces of the tree tell.
 */
import type { ColumnName } from '../../sql/index.ts'
import type { Table } from '../../schema/index.ts'
import type { ScopeSource } from '../scope.ts'
import type { SourceId } from '../expression.ts'

export interface WrittenNames {
  /** A table is named, in FROM or behind IN, and has rows under `source` from here on; with an alias those go by that. */
  table(reference: object, table: Table, source: SourceId, hasAlias: boolean): void
  /** A column of a source; `place` is -1 where it is named as the rowid. */
  column(name: ColumnName, source: ScopeSource, place: number): void
  /** `t.*` */
  star(column: object, source: ScopeSource): void
  /** A piece that the binder has made stands for one of the tree. */
  stands(piece: object, written: object): void
  /** Something in double quotes that is a text. */
  text(name: ColumnName): void
}
