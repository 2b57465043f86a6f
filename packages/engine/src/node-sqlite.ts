/**
 * ChorusDB with the face of `node:sqlite`.
 *
 * @module chorusdb/node-sqlite
 */
import { backup } from './api/node-sqlite/backup.ts'
import { constants, type Constants } from './api/node-sqlite/constants.ts'
import { DatabaseSync } from './api/node-sqlite/database.ts'
import type {
  DatabaseSyncConstructor,
  SessionConstructor,
  StatementSyncConstructor,
} from './api/node-sqlite/face.ts'
import { Session } from './api/node-sqlite/session.ts'
import { StatementSync } from './api/node-sqlite/statement.ts'

export { backup, constants, DatabaseSync, Session, StatementSync }
export type {
  AggregateOptions,
  ApplyChangesetOptions,
  BackupOptions,
  BackupProgressInfo,
  CreateSessionOptions,
  DatabaseLimits,
  DatabaseSyncConstructor,
  DatabaseSyncOptions,
  FunctionOptions,
  PrepareOptions,
  SessionConstructor,
  SQLInputValue,
  SQLOutputValue,
  SQLTagStore,
  StatementColumnMetadata,
  StatementResultingChanges,
  StatementSyncConstructor,
  SupportedValueType,
} from './api/node-sqlite/face.ts'

/** The module as one object. */
const sqlite: {
  /** The class of connections. */
  readonly DatabaseSync: DatabaseSyncConstructor
  /** The class of statements. */
  readonly StatementSync: StatementSyncConstructor
  /** The class of sessions. */
  readonly Session: SessionConstructor
  /** Copies a database to a file. */
  readonly backup: typeof backup
  /** SQLite's numbers. */
  readonly constants: Constants
} = { DatabaseSync, StatementSync, Session, backup, constants }

export default sqlite
