/**
 * The text of a CREATE statement as `sqlite_schema` keeps it: `CREATE TABLE` (INDEX, VIEW …) in capitals, one
 * space, then the text as written from the object's name to the statement's last token. TEMP, IF NOT EXISTS and
 * the name of the database are left out. (`sqlite3EndTable`, `sqlite3CreateIndex`)
 */
import type { Span } from '../../sql/index.ts'

/** `prefix` and the rest of the statement from its name on. */
export function definitionText(sql: string, span: Span, prefix: string): string {
  return `${prefix} ${sql.slice(nameStart(sql, span.start), span.end)}`
}

const objectWords = new Set(['TABLE', 'INDEX', 'VIEW'])

/** Where the name of the object that is created begins. The text is known to parse. */
function nameStart(sql: string, start: number): number {
  let at = skipSpace(sql, start)
  let word = ''
  while (!objectWords.has(word)) {
    const end = tokenEnd(sql, at)
    word = sql.slice(at, end).toUpperCase()
    at = skipSpace(sql, end)
  }
  at = skipIfNotExists(sql, at)
  const afterFirst = skipSpace(sql, tokenEnd(sql, at))
  return sql[afterFirst] === '.' ? skipSpace(sql, afterFirst + 1) : at
}

function skipIfNotExists(sql: string, start: number): number {
  let at = start
  for (const expected of ['IF', 'NOT', 'EXISTS']) {
    const end = tokenEnd(sql, at)
    if (sql.slice(at, end).toUpperCase() !== expected) return start
    at = skipSpace(sql, end)
  }
  return at
}

const space = /(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?(?:\*\/|$))*/y

function skipSpace(sql: string, at: number): number {
  space.lastIndex = at
  space.test(sql)
  return space.lastIndex
}

const token = /"(?:[^"]|"")*"|'(?:[^']|'')*'|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$\u0080-\uffff]+|[\s\S]/y

function tokenEnd(sql: string, at: number): number {
  token.lastIndex = at
  token.test(sql)
  return token.lastIndex
}
