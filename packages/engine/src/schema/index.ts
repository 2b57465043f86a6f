/**
 * What tables, indexes and views there are: `sqlite_schema` read, written and understood. A `Schema` never
 * changes; whoever changes the database's schema loads another.
 */
export type {
  Check,
  Column,
  ForeignKey,
  Index,
  IndexColumn,
  IndexSample,
  Schema,
  Table,
  Trigger,
  View,
} from './table.ts'
export type {
  AccessAnswer,
  AccessQuestion,
  Constraint,
  ConstraintOperator,
  Module,
  ModuleContext,
  VirtualColumn,
  VirtualCursor,
  VirtualDefinition,
  VirtualTable,
} from './module.ts'
export { tableOfModule } from './virtual-table.ts'
export { loadSchema, storedTrees } from './load.ts'
export type { StoredTree } from './load.ts'
export { noObjects } from './no-objects.ts'
export { checkChangedTables, foreignDatabase, foreignDatabaseOfTrigger } from './view-references.ts'
export { inHashOrder, tablesInHashOrder } from './hash-order.ts'
export { schemaTable, schemaTableOf, tableNamed } from './schema-table.ts'
export { tableFromDefinition } from './table-definition.ts'
export { indexFromDefinition } from './index-definition.ts'
export {
  entryColumns,
  entryPlaces,
  entryTail,
  isVirtual,
  newestFirst,
  primaryIndex,
  storedColumns,
} from './index-entry.ts'
export { keyMismatch, parentKeyOf, referencesTo } from './parent-key.ts'
export type { ParentKey, Reference } from './parent-key.ts'
export { checkedCollation, noSuchCollation } from './collation-name.ts'
export { checkObjectName, foldName, isReservedName, isRowidName, sameName } from './name.ts'
export {
  deleteRowsNamed,
  deleteSchemaRow,
  deleteTableSchemaRows,
  deleteViewSchemaRows,
  insertSchemaRow,
  moveRoot,
  readStoredRows,
  renameInRows,
  replaceSchemaRow,
} from './write.ts'
export type { SchemaObjectType, SchemaWriter, StoredRow } from './write.ts'
