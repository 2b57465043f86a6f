/** Names in SQL. Values are bound, and never written into a text; names cannot be bound, so they are quoted. */

/** An identifier in double quotes, which stand for themselves when doubled. (SQLite Keywords) */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A table of the main database. */
export function tableName(name: string): string {
  return `"main".${quoted(name)}`
}
