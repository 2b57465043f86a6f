/**
 * ChorusDB with the face of `node:sqlite`.
 *
 * @packageDocumentation
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

const sqlite: {
  readonly DatabaseSync: DatabaseSyncConstructor
  readonly StatementSync: StatementSyncConstructor
  readonly Session: SessionConstructor
  readonly backup: typeof backup
  readonly constants: Constants
} = { DatabaseSync, StatementSync, Session, backup, constants }

export default sqlite
