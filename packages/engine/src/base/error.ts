/**
 * Every answer from the database that is not rows: one error class, SQLite's codes, SQLite's sentences.
 *
 * ORMs and drivers recognise failures by `code` and by the text of `message`, so both are SQLite's own
 * (Result and Error Codes; `sqlite3ErrStr` and the messages of each call site). Each sentence is
 * written once, in a function here, so that a throw site reads as a sentence.
 */
import type { SqliteCode } from './codes.ts'

/** An answer from the database, named by SQLite's result code, extended where SQLite extends it. */
export class SqliteError extends Error {
  override readonly name = 'SqliteError'
  readonly code: SqliteCode

  constructor(code: SqliteCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A generic SQL error, `SQLITE_ERROR`: bad syntax, unknown names, wrong argument counts. */
export function sqlError(message: string): SqliteError {
  return new SqliteError('SQLITE_ERROR', message)
}

/** SQL that SQLite accepts and this engine does not know yet. Refused, never guessed. */
export function notSupported(what: string): SqliteError {
  return new SqliteError('SQLITE_ERROR', `${what} is not supported`)
}

/** A database of several processes has no other journal than the log that they share. (TSHM v1 §4.22) */
export function mvccNotShared(): SqliteError {
  return new SqliteError(
    'SQLITE_MISUSE',
    'journal_mode=mvcc is not supported with experimental multiprocess WAL: ' +
      'MVCC does not support multiprocess access',
  )
}

/** Page `pgno` (0: the file as a whole) breaks a rule of the file format. Which and where travels as `cause`, a text. */
export function corrupt(pgno: number, detail: string): SqliteError {
  const cause = pgno > 0 ? `page ${pgno}: ${detail}` : detail
  return new SqliteError('SQLITE_CORRUPT', 'database disk image is malformed', { cause })
}

/** There is no `sqlite_sequence` such as AUTOINCREMENT needs. */
export function corruptSequence(): SqliteError {
  return new SqliteError('SQLITE_CORRUPT_SEQUENCE', 'database disk image is malformed')
}

/** The file is not a database: why travels as `cause`, a text. */
export function notADatabase(detail: string): SqliteError {
  return new SqliteError('SQLITE_NOTADB', 'file is not a database', { cause: detail })
}

/** Another connection holds the lock that is needed. */
export function busy(): SqliteError {
  return new SqliteError('SQLITE_BUSY', 'database is locked')
}

/** A read transaction wants to write after somebody else wrote. No waiting helps. */
export function busySnapshot(): SqliteError {
  return new SqliteError(
    'SQLITE_BUSY_SNAPSHOT',
    'database is locked (this transaction read a state that another connection has since changed; ' +
      'roll it back and begin it with BEGIN IMMEDIATE)',
  )
}

/**
 * The state that a transaction reads is no longer there: the log was restarted under it, by a process of another kind
 * that did not see its slot. (TSHM v1 §4.10, §7.8.)
 */
export function snapshotLost(): SqliteError {
  return new SqliteError(
    'SQLITE_BUSY_SNAPSHOT',
    'database is locked (another process has overwritten the state that this transaction reads; ' +
      'roll it back and begin it again)',
  )
}

export function readonlyDatabase(): SqliteError {
  return new SqliteError('SQLITE_READONLY', 'attempt to write a readonly database')
}

export function databaseFull(): SqliteError {
  return new SqliteError('SQLITE_FULL', 'database or disk is full')
}

export function tooBig(): SqliteError {
  return new SqliteError('SQLITE_TOOBIG', 'string or blob too big')
}

export function outOfMemory(cause?: unknown): SqliteError {
  return new SqliteError('SQLITE_NOMEM', 'out of memory', { cause })
}

export function cannotOpen(cause?: unknown): SqliteError {
  return new SqliteError('SQLITE_CANTOPEN', 'unable to open database file', { cause })
}

export type IoOperation = 'READ' | 'SHORT_READ' | 'WRITE' | 'FSYNC' | 'TRUNCATE' | 'FSTAT' | 'CLOSE'

/** The operating system refused a read, write or sync; its own error travels as `cause`. */
export function ioError(operation: IoOperation, cause?: unknown): SqliteError {
  return new SqliteError(`SQLITE_IOERR_${operation}`, 'disk I/O error', { cause })
}

/** There is no folder in which a temporary file could be made. */
export function noTemporaryFolder(): SqliteError {
  return new SqliteError('SQLITE_IOERR_GETTEMPPATH', 'disk I/O error')
}

/** `columns` are `table.column` names, joined as SQLite joins them. */
export function uniqueFailed(columns: readonly string[]): SqliteError {
  return new SqliteError(
    'SQLITE_CONSTRAINT_UNIQUE',
    `UNIQUE constraint failed: ${columns.join(', ')}`,
  )
}

/** A UNIQUE index on an expression has no column to name; SQLite names the index. */
export function uniqueIndexFailed(indexName: string): SqliteError {
  return new SqliteError(
    'SQLITE_CONSTRAINT_UNIQUE',
    `UNIQUE constraint failed: index '${indexName}'`,
  )
}

export function primaryKeyFailed(columns: readonly string[]): SqliteError {
  return new SqliteError(
    'SQLITE_CONSTRAINT_PRIMARYKEY',
    `UNIQUE constraint failed: ${columns.join(', ')}`,
  )
}

/** A rowid that is not aliased by a column collides (`INSERT INTO t(rowid …)`). */
export function rowidFailed(table: string): SqliteError {
  return new SqliteError('SQLITE_CONSTRAINT_ROWID', `UNIQUE constraint failed: ${table}.rowid`)
}

export function notNullFailed(table: string, column: string): SqliteError {
  return new SqliteError(
    'SQLITE_CONSTRAINT_NOTNULL',
    `NOT NULL constraint failed: ${table}.${column}`,
  )
}

/** `name` is the constraint's name, or its expression as written where it has none. */
export function checkFailed(name: string): SqliteError {
  return new SqliteError('SQLITE_CONSTRAINT_CHECK', `CHECK constraint failed: ${name}`)
}

/** A row refers to one that is not there. */
export function foreignKeyFailed(): SqliteError {
  return new SqliteError('SQLITE_CONSTRAINT_FOREIGNKEY', 'FOREIGN KEY constraint failed')
}

/** RESTRICT: in SQLite a trigger says so. */
export function restrictFailed(): SqliteError {
  return triggerFailed('FOREIGN KEY constraint failed')
}

/** RAISE of a trigger, with its message. */
export function triggerFailed(message: string): SqliteError {
  return new SqliteError('SQLITE_CONSTRAINT_TRIGGER', message)
}

/** A trigger of a row that an UPDATE replaces has changed the table. */
export function rowPinned(): SqliteError {
  return new SqliteError('SQLITE_CONSTRAINT_PINNED', 'constraint failed')
}

export function tooManyTriggerLevels(): SqliteError {
  return sqlError('too many levels of trigger recursion')
}

export function datatypeMismatch(): SqliteError {
  return new SqliteError('SQLITE_MISMATCH', 'datatype mismatch')
}

/** STRICT tables name the type, the declared type and the column. */
export function strictTypeFailed(
  storageClass: string,
  declaredType: string,
  table: string,
  column: string,
): SqliteError {
  return new SqliteError(
    'SQLITE_CONSTRAINT_DATATYPE',
    `cannot store ${storageClass} value in ${declaredType} column ${table}.${column}`,
  )
}

export function integerOverflow(): SqliteError {
  return sqlError('integer overflow')
}

/** A statement that has not ended stands in the way. */
export function tableLocked(): SqliteError {
  return new SqliteError('SQLITE_LOCKED', 'database table is locked')
}
