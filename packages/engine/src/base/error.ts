/**
 * Every answer from the database that is not rows: one error class, SQLite's codes, SQLite's sentences.
 *
 * ORMs and drivers recognise failures by `code` and by the text of `message`, so both are SQLite's own
 * (Result and Error Codes; `sqlite3ErrStr` and the messages of each call site). Each sentence is
 * written once, in a function here, so that a throw site reads as a sentence.
 */
import type { SqliteCode } from './codes.ts'

/**
 * An answer from the database, named by SQLite's result code, extended where SQLite extends it. What it is made from, in which order, and
 * what of it is enumerable are better-sqlite3's: drivers make such errors themselves. `code` is then whatever they say.
 */
export class SqliteError extends Error {
  /** The name of the class. */
  declare readonly name: 'SqliteError'
  /** SQLite's code, extended where SQLite extends it, such as `SQLITE_CONSTRAINT_UNIQUE`. (Result and Error Codes §4) */
  readonly code: SqliteCode

  /** Drivers make such errors themselves. @throws TypeError where the code is no text */
  constructor(message: string, code: SqliteCode, options: ErrorOptions = {}) {
    if (typeof code !== 'string') throw new TypeError('Expected second argument to be a string')
    super(`${message}`, options)
    this.code = code
  }
}

Object.defineProperty(SqliteError.prototype, 'name', {
  value: 'SqliteError',
  writable: true,
  configurable: true,
})

/** A generic SQL error, `SQLITE_ERROR`: bad syntax, unknown names, wrong argument counts. */
export function sqlError(message: string): SqliteError {
  return new SqliteError(message, 'SQLITE_ERROR')
}

/** SQL that SQLite accepts and this engine does not know yet. Refused, never guessed. */
export function notSupported(what: string): SqliteError {
  return new SqliteError(`${what} is not supported`, 'SQLITE_ERROR')
}

/** A database of several processes has no other journal than the log that they share. (TSHM v1 §4.22) */
export function mvccNotShared(): SqliteError {
  return new SqliteError(
    'journal_mode=mvcc is not supported with experimental multiprocess WAL: ' +
      'MVCC does not support multiprocess access',
    'SQLITE_MISUSE',
  )
}

/** Page `pgno` (0: the file as a whole) breaks a rule of the file format. Which and where travels as `cause`, a text. */
export function corrupt(pgno: number, detail: string): SqliteError {
  const cause = pgno > 0 ? `page ${pgno}: ${detail}` : detail
  return new SqliteError('database disk image is malformed', 'SQLITE_CORRUPT', { cause })
}

/** There is no `sqlite_sequence` such as AUTOINCREMENT needs. */
export function corruptSequence(): SqliteError {
  return new SqliteError('database disk image is malformed', 'SQLITE_CORRUPT_SEQUENCE')
}

/** The file is not a database: why travels as `cause`, a text. */
export function notADatabase(detail: string): SqliteError {
  return new SqliteError('file is not a database', 'SQLITE_NOTADB', { cause: detail })
}

/** Another connection holds the lock that is needed. */
export function busy(): SqliteError {
  return new SqliteError('database is locked', 'SQLITE_BUSY')
}

/** A read transaction wants to write after somebody else wrote. No waiting helps. What does travels as `cause`, a text. */
export function busySnapshot(): SqliteError {
  return new SqliteError('database is locked', 'SQLITE_BUSY_SNAPSHOT', {
    cause:
      'this transaction read a state that another connection has since changed; ' +
      'roll it back and begin it with BEGIN IMMEDIATE',
  })
}

/**
 * The state that a transaction reads is no longer there: the log was restarted under it, by a process of another kind
 * that did not see its slot. (TSHM v1 §4.10, §7.8.)
 */
export function snapshotLost(): SqliteError {
  return new SqliteError('database is locked', 'SQLITE_BUSY_SNAPSHOT', {
    cause:
      'another process has overwritten the state that this transaction reads; ' +
      'roll it back and begin it again',
  })
}

export function readonlyDatabase(): SqliteError {
  return new SqliteError('attempt to write a readonly database', 'SQLITE_READONLY')
}

export function databaseFull(): SqliteError {
  return new SqliteError('database or disk is full', 'SQLITE_FULL')
}

export function tooBig(): SqliteError {
  return new SqliteError('string or blob too big', 'SQLITE_TOOBIG')
}

export function outOfMemory(cause?: unknown): SqliteError {
  return new SqliteError('out of memory', 'SQLITE_NOMEM', { cause })
}

export function cannotOpen(cause?: unknown): SqliteError {
  return new SqliteError('unable to open database file', 'SQLITE_CANTOPEN', { cause })
}

export type IoOperation = 'READ' | 'SHORT_READ' | 'WRITE' | 'FSYNC' | 'TRUNCATE' | 'FSTAT' | 'CLOSE'

/** The operating system refused a read, write or sync; its own error travels as `cause`. */
export function ioError(operation: IoOperation, cause?: unknown): SqliteError {
  return new SqliteError('disk I/O error', `SQLITE_IOERR_${operation}`, { cause })
}

/** There is no folder in which a temporary file could be made. */
export function noTemporaryFolder(): SqliteError {
  return new SqliteError('disk I/O error', 'SQLITE_IOERR_GETTEMPPATH')
}

/** `columns` are `table.column` names, joined as SQLite joins them. */
export function uniqueFailed(columns: readonly string[]): SqliteError {
  return new SqliteError(
    `UNIQUE constraint failed: ${columns.join(', ')}`,
    'SQLITE_CONSTRAINT_UNIQUE',
  )
}

/** A UNIQUE index on an expression has no column to name; SQLite names the index. */
export function uniqueIndexFailed(indexName: string): SqliteError {
  return new SqliteError(
    `UNIQUE constraint failed: index '${indexName}'`,
    'SQLITE_CONSTRAINT_UNIQUE',
  )
}

export function primaryKeyFailed(columns: readonly string[]): SqliteError {
  return new SqliteError(
    `UNIQUE constraint failed: ${columns.join(', ')}`,
    'SQLITE_CONSTRAINT_PRIMARYKEY',
  )
}

/** A rowid that is not aliased by a column collides (`INSERT INTO t(rowid …)`). */
export function rowidFailed(table: string): SqliteError {
  return new SqliteError(`UNIQUE constraint failed: ${table}.rowid`, 'SQLITE_CONSTRAINT_ROWID')
}

export function notNullFailed(table: string, column: string): SqliteError {
  return new SqliteError(
    `NOT NULL constraint failed: ${table}.${column}`,
    'SQLITE_CONSTRAINT_NOTNULL',
  )
}

/** `name` is the constraint's name, or its expression as written where it has none. */
export function checkFailed(name: string): SqliteError {
  return new SqliteError(`CHECK constraint failed: ${name}`, 'SQLITE_CONSTRAINT_CHECK')
}

/** A row refers to one that is not there. */
export function foreignKeyFailed(): SqliteError {
  return new SqliteError('FOREIGN KEY constraint failed', 'SQLITE_CONSTRAINT_FOREIGNKEY')
}

/** RESTRICT: in SQLite a trigger says so. */
export function restrictFailed(): SqliteError {
  return triggerFailed('FOREIGN KEY constraint failed')
}

/** RAISE of a trigger, with its message. */
export function triggerFailed(message: string): SqliteError {
  return new SqliteError(message, 'SQLITE_CONSTRAINT_TRIGGER')
}

/** A trigger of a row that an UPDATE replaces has changed the table. */
export function rowPinned(): SqliteError {
  return new SqliteError('constraint failed', 'SQLITE_CONSTRAINT_PINNED')
}

export function tooManyTriggerLevels(): SqliteError {
  return sqlError('too many levels of trigger recursion')
}

export function datatypeMismatch(): SqliteError {
  return new SqliteError('datatype mismatch', 'SQLITE_MISMATCH')
}

/** STRICT tables name the type, the declared type and the column. */
export function strictTypeFailed(
  storageClass: string,
  declaredType: string,
  table: string,
  column: string,
): SqliteError {
  return new SqliteError(
    `cannot store ${storageClass} value in ${declaredType} column ${table}.${column}`,
    'SQLITE_CONSTRAINT_DATATYPE',
  )
}

export function integerOverflow(): SqliteError {
  return sqlError('integer overflow')
}

/** A statement that has not ended stands in the way. */
export function tableLocked(): SqliteError {
  return new SqliteError('database table is locked', 'SQLITE_LOCKED')
}
