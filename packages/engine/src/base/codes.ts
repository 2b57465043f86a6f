/**
 * SQLite's result codes by name, with their numbers. (Result and Error Codes §3 and §4.)
 * An extended code is `primary | (n << 8)`.
 */
export const resultCodes = {
  /** All went well. */
  SQLITE_OK: 0,
  /** A mistake in SQL, or in how it is used. */
  SQLITE_ERROR: 1,
  /** A fault of the engine itself. */
  SQLITE_INTERNAL: 2,
  /** The access that was asked for is not permitted. */
  SQLITE_PERM: 3,
  /** The statement was ended by what it called. */
  SQLITE_ABORT: 4,
  /** Somebody else has the lock, and the busy timeout is over. */
  SQLITE_BUSY: 5,
  /** A statement of the same connection is in the way. */
  SQLITE_LOCKED: 6,
  /** The memory or the stack does not suffice. */
  SQLITE_NOMEM: 7,
  /** The database may only be read. */
  SQLITE_READONLY: 8,
  /** The statement was interrupted. */
  SQLITE_INTERRUPT: 9,
  /** The system reports a failure of the disk, or of the files. */
  SQLITE_IOERR: 10,
  /** The file breaks a rule of its format. */
  SQLITE_CORRUPT: 11,
  /** There is no such thing. */
  SQLITE_NOTFOUND: 12,
  /** The disk is full, or no number is left. */
  SQLITE_FULL: 13,
  /** The file cannot be opened. */
  SQLITE_CANTOPEN: 14,
  /** Processes could not agree about the locks. */
  SQLITE_PROTOCOL: 15,
  /** SQLite does not use it. */
  SQLITE_EMPTY: 16,
  /** The schema has changed too often meanwhile. */
  SQLITE_SCHEMA: 17,
  /** A text or BLOB is larger than is allowed. */
  SQLITE_TOOBIG: 18,
  /** A constraint does not hold. */
  SQLITE_CONSTRAINT: 19,
  /** A value has another type than is needed. */
  SQLITE_MISMATCH: 20,
  /** The interface is used in a way that has no meaning. */
  SQLITE_MISUSE: 21,
  /** The system knows no files so large. */
  SQLITE_NOLFS: 22,
  /** The statement is not authorised. */
  SQLITE_AUTH: 23,
  /** SQLite does not use it. */
  SQLITE_FORMAT: 24,
  /** There is no such parameter. */
  SQLITE_RANGE: 25,
  /** The file is no database. */
  SQLITE_NOTADB: 26,
  /** Something that is noted, and no error. */
  SQLITE_NOTICE: 27,
  /** Something that is warned of, and no error. */
  SQLITE_WARNING: 28,
  /** A row is there. */
  SQLITE_ROW: 100,
  /** There are no more rows. */
  SQLITE_DONE: 101,
  /** A collation is not defined on this connection. */
  SQLITE_ERROR_MISSING_COLLSEQ: 257,
  /** The transaction of the statement was taken back while it ran. */
  SQLITE_ABORT_ROLLBACK: 516,
  /** A database that was left in the middle of a transaction has to be recovered first. */
  SQLITE_BUSY_RECOVERY: 261,
  /** What the transaction has read is no longer the newest state, so it may not write. */
  SQLITE_BUSY_SNAPSHOT: 517,
  /** A lock of the file system was not to be had in time. */
  SQLITE_BUSY_TIMEOUT: 773,
  /** It is a folder. */
  SQLITE_CANTOPEN_ISDIR: 526,
  /** The whole path of the file is not to be found out. */
  SQLITE_CANTOPEN_FULLPATH: 782,
  /** A CHECK does not hold. */
  SQLITE_CONSTRAINT_CHECK: 275,
  /** A foreign key has no parent. */
  SQLITE_CONSTRAINT_FOREIGNKEY: 787,
  /** A column is NULL that must not be. */
  SQLITE_CONSTRAINT_NOTNULL: 1299,
  /** The primary key is there already. */
  SQLITE_CONSTRAINT_PRIMARYKEY: 1555,
  /** RAISE in a trigger has ended the statement. */
  SQLITE_CONSTRAINT_TRIGGER: 1811,
  /** A UNIQUE value is there already. */
  SQLITE_CONSTRAINT_UNIQUE: 2067,
  /** The rowid is there already. */
  SQLITE_CONSTRAINT_ROWID: 2579,
  /** A trigger has changed the row that an UPDATE is changing. */
  SQLITE_CONSTRAINT_PINNED: 2835,
  /** A column of a STRICT table has another type. */
  SQLITE_CONSTRAINT_DATATYPE: 3091,
  /** Reading has failed. */
  SQLITE_IOERR_READ: 266,
  /** The file is shorter than it has to be. */
  SQLITE_IOERR_SHORT_READ: 522,
  /** Writing has failed. */
  SQLITE_IOERR_WRITE: 778,
  /** A sync has failed: what is on the disk is not known. */
  SQLITE_IOERR_FSYNC: 1034,
  /** A file cannot be cut. */
  SQLITE_IOERR_TRUNCATE: 1546,
  /** The attributes of a file cannot be read. */
  SQLITE_IOERR_FSTAT: 1802,
  /** Closing a file has failed. */
  SQLITE_IOERR_CLOSE: 4106,
  /** There is no folder for temporary files. */
  SQLITE_IOERR_GETTEMPPATH: 6410,
  /** Another connection of a shared cache is in the way. */
  SQLITE_LOCKED_SHAREDCACHE: 262,
  /** The log has to be recovered, and may only be read. */
  SQLITE_READONLY_RECOVERY: 264,
  /** The file was moved or deleted while it was open. */
  SQLITE_READONLY_DBMOVED: 1032,
  /** The folder takes no log. */
  SQLITE_READONLY_DIRECTORY: 1544,
  /** `sqlite_sequence` is not as it has to be. */
  SQLITE_CORRUPT_SEQUENCE: 523,
  /** An index does not agree with its table. */
  SQLITE_CORRUPT_INDEX: 779,
} as const

/** The name of a result code: what `SqliteError.code` holds. */
export type SqliteCode = keyof typeof resultCodes
