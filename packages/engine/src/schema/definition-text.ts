/**
 * Pieces of the text of a CREATE statement that are kept as text: defaults as `PRAGMA table_info` shows them,
 * CHECK constraints as messages name them. The syntax tree has the spans of expressions without their outer
 * parentheses; what is kept is everything between the outermost pair, so that `CHECK((a) > 1)` is `(a) > 1`.
 */

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

function spaceBefore(sql: string, at: number): number {
  let i = at
  while (i > 0 && isSpace(sql.charCodeAt(i - 1))) i--
  return i
}

function spaceAfter(sql: string, at: number): number {
  let i = at
  while (i < sql.length && isSpace(sql.charCodeAt(i))) i++
  return i
}

/**
 * The text of an expression that stands in parentheses, those left out, spaces trimmed; the expression alone where
 * there are none.
 */
export function parenthesizedText(
  sql: string,
  span: { readonly start: number; readonly end: number },
): string {
  let { start, end } = span
  let inside = sql.slice(start, end)
  for (;;) {
    const open = spaceBefore(sql, start) - 1
    const close = spaceAfter(sql, end)
    if (open < 0 || sql[open] !== '(' || sql[close] !== ')') return inside
    inside = sql.slice(open + 1, close).trim()
    start = open
    end = close + 1
  }
}
