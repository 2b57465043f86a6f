/** Everything has a limit. SQLite's value is beside each. (Implementation Limits For SQLite.) */

/** Bytes in a string, a BLOB or a row. SQLite: SQLITE_MAX_LENGTH, 1 000 000 000. A JavaScript string holds about 2^29 units. */
export const maxLength = 1_000_000_000
/** Columns in a table, index, view, result or SET clause. SQLite: SQLITE_MAX_COLUMN, 2000. */
export const maxColumns = 2000
/** Bytes of SQL in one statement. SQLite: SQLITE_MAX_SQL_LENGTH, 1 000 000 000. */
export const maxSqlLength = 1_000_000_000
/** Depth of an expression tree. SQLite: SQLITE_MAX_EXPR_DEPTH, 1000. */
export const maxExpressionDepth = 1000
/** Arms of a compound SELECT. SQLite: SQLITE_MAX_COMPOUND_SELECT, 500. */
export const maxCompoundSelect = 500
/** Arguments of a function. SQLite: SQLITE_MAX_FUNCTION_ARG, 1000 since 3.47 (127 before). */
export const maxFunctionArguments = 1000
/** Tables in a join. SQLite: 64 bits of a mask. */
export const maxJoinTables = 64
/** Terms of one FROM clause. SQLite: SQLITE_MAX_SRCLIST, 200. */
export const maxFromTerms = 200
/** Bytes in a LIKE or GLOB pattern. SQLite: SQLITE_MAX_LIKE_PATTERN_LENGTH, 50 000. */
export const maxLikePatternLength = 50_000
/** Highest number of a parameter. SQLite: SQLITE_MAX_VARIABLE_NUMBER, 32 766. */
export const maxVariableNumber = 32_766
/** Programs of triggers inside each other. SQLite: SQLITE_MAX_TRIGGER_DEPTH, 1000. */
export const maxTriggerDepth = 1000
/** Attached databases. SQLite: SQLITE_MAX_ATTACHED, 10. */
export const maxAttached = 10
/** Pages of a database. SQLite: SQLITE_MAX_PAGE_COUNT, 4 294 967 294. */
export const maxPageCount = 4_294_967_294
/** Smallest and largest page. SQLite: 512 and 65 536. */
export const minPageSize = 512
export const maxPageSize = 65_536
/** Page size of a new database. SQLite: SQLITE_DEFAULT_PAGE_SIZE, 4096. */
export const defaultPageSize = 4096
/** Levels of a B-tree that a cursor follows. SQLite: BTCURSOR_MAX_DEPTH, 20. */
export const maxBtreeDepth = 20
/** Bytes of page cache of a connection. SQLite: 2 MB (`cache_size` -2000). */
export const defaultCacheSize = 67_108_864
/** Frames after which a commit tries a checkpoint. SQLite: SQLITE_DEFAULT_WAL_AUTOCHECKPOINT, 1000. */
export const defaultWalAutocheckpoint = 1000
/** How long a statement waits for a lock. better-sqlite3: 5000 ms; SQLite: 0. */
export const defaultBusyTimeoutMs = 5000
/** Times a statement is compiled anew because the schema moved under it. SQLite: SQLITE_MAX_SCHEMA_RETRY, 50. */
export const maxSchemaRetries = 50
/** Times a read begins anew because a peer destroyed the state that it had begun to read. SQLite knows no such thing. */
export const maxSnapshotRetries = 20
/** Largest INTEGER that a JavaScript number carries exactly. */
export const maxSafeInteger = 9_007_199_254_740_991

/** Limits that a connection may lower. (Run-Time Limits) */
export interface Limits {
  readonly sqlLength: number
  readonly column: number
  readonly exprDepth: number
  readonly compoundSelect: number
  readonly functionArg: number
  readonly attach: number
  readonly likePatternLength: number
  readonly variableNumber: number
  readonly triggerDepth: number
}

export const highestLimits: Limits = {
  sqlLength: maxSqlLength,
  column: maxColumns,
  exprDepth: maxExpressionDepth,
  compoundSelect: maxCompoundSelect,
  functionArg: maxFunctionArguments,
  attach: maxAttached,
  likePatternLength: maxLikePatternLength,
  variableNumber: maxVariableNumber,
  triggerDepth: maxTriggerDepth,
}

/** The limits that count now: lower ones while a connection is at work that has lowered them. (Nothing else of the engine runs meanwhile.) */
export const limits: { current: Limits } = { current: highestLimits }

/** Runs `body` with these limits. */
export function within<Result>(wanted: Limits, body: () => Result): Result {
  const { current } = limits
  limits.current = wanted
  try {
    return body()
  } finally {
    limits.current = current
  }
}
