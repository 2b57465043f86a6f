/**
 * ChorusDB: an embedded, SQLite-compatible database whose files many processes read and write at once.
 *
 * @module chorusdb
 */
import { Database } from './api/index.ts'

export * from './api/index.ts'
export { SqliteError } from './base/error.ts'
export { resultCodes } from './base/codes.ts'
export type { SqliteCode } from './base/codes.ts'
export type {
  CheckpointMessage,
  DiagnosticsMessages,
  StatementMessage,
  WaitMessage,
} from './base/diagnostics.ts'
export { isComplete } from './sql/index.ts'
export default Database
