/** ChorusDB under better-sqlite3's name, for ES modules. */
export { default, SqliteError } from './better-sqlite3.cjs'
export type {
  AggregateOptions,
  BackupMetadata,
  BackupOptions,
  ColumnDefinition,
  Database,
  DatabaseConstructor,
  IntegerMode,
  Options,
  PragmaOptions,
  PreparedStatement,
  RegistrationOptions,
  RunResult,
  SerializeOptions,
  Statement,
  Transaction,
  VirtualTableOptions,
  VirtualTableRequest,
} from './better-sqlite3.cjs'
