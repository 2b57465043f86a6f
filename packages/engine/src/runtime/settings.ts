/**
 * What the options and the PRAGMAs of a connection change about the meaning of its statements. Who changes one makes a new catalog, as for a
 * definition: what was compiled means what it meant then.
 */
export interface Settings {
  /** A name in double quotes that nothing knows is a string. (SQLite Quirks §8) */
  doubleQuotedStrings: boolean
  /** PRAGMA ignore_check_constraints. */
  ignoresChecks: boolean
  /** PRAGMA full_column_names and short_column_names: how a column of an answer is called that has no AS. */
  fullColumnNames: boolean
  shortColumnNames: boolean
  /** PRAGMA trusted_schema: what the schema holds may call functions that the connection has defined. */
  trustsSchema: boolean
  /** PRAGMA writable_schema: the tables of the schema may be written, and names that belong to SQLite may be given. */
  writableSchema: boolean
  /** PRAGMA count_changes: INSERT, UPDATE and DELETE answer how many rows they have changed. */
  countsChanges: boolean
  /** PRAGMA reverse_unordered_selects: scans whose order nobody has asked for run backwards. */
  reversesUnordered: boolean
  /** PRAGMA foreign_keys. */
  foreignKeys: boolean
  /** PRAGMA defer_foreign_keys: to the end of the transaction all of them are as deferred. */
  defersForeignKeys: boolean
}

export function defaultSettings(): Settings {
  return {
    doubleQuotedStrings: false,
    ignoresChecks: false,
    fullColumnNames: false,
    shortColumnNames: true,
    trustsSchema: true,
    writableSchema: false,
    countsChanges: false,
    reversesUnordered: false,
    foreignKeys: false,
    defersForeignKeys: false,
  }
}
