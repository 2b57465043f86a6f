/** SQL as SQLite reads it: up to a NUL, and what is no character as U+FFFD. Places in it are those in the text. */
export function readText(sql: string): string {
  const end = sql.indexOf('\0')
  const text = end < 0 ? sql : sql.slice(0, end)
  return text.isWellFormed() ? text : text.toWellFormed()
}
