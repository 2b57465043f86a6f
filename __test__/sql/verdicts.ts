/**
 * What SQLite says of texts before it runs them: its parser's verdict, and the names of the result columns.
 * Each text is prepared on a database with the tables `t(a, b, c)` and `u(a, b, d)`. UPDATE and DELETE are prepared by
 * better-sqlite3, whose SQLite is built with their ORDER BY and LIMIT.
 */
import { spawnSync } from 'node:child_process'
import { parseStatement } from '../../packages/engine/src/sql/index.ts'
import { findNode } from '../support/oracle.ts'

export interface Verdict {
  /** null: prepared. */
  readonly error: string | null
  /** null: no rows, or not prepared. */
  readonly columns: readonly string[] | null
}

const program = `
const { DatabaseSync } = require('node:sqlite')
const Database = require('better-sqlite3')
const tables = 'CREATE TABLE t(a, b, c); CREATE TABLE u(a, b, d)'
const db = new DatabaseSync(':memory:')
db.exec(tables)
const limiting = new Database(':memory:')
limiting.exec(tables)
const texts = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const verdicts = texts.map((text) => {
  try {
    const statement = (/^(UPDATE|DELETE)/.test(text) ? limiting : db).prepare(text)
    const columns = statement.reader === false ? [] : statement.columns()
    return { error: null, columns: columns.map((column) => column.name) }
  } catch (error) {
    return { error: error.message, columns: null }
  }
})
process.stdout.write(JSON.stringify(verdicts))
`

/** SQLite's verdicts; null where no SQLite is at hand. */
export function askSqlite(texts: readonly string[]): Verdict[] | null {
  const node = findNode()
  if (node === null) return null
  const { stdout, stderr, status } = spawnSync(node, ['--no-warnings', '-e', program], {
    input: JSON.stringify(texts),
    maxBuffer: 1 << 28,
  })
  if (status !== 0) throw new Error(stderr.toString())
  return JSON.parse(stdout.toString()) as Verdict[]
}

/** Sentences of SQLite's parser; all others speak of tables and columns, which our parser knows nothing of. */
const parserSentence =
  /^(near ".*": syntax error|incomplete input|unrecognized token: |variable number must|too many (SQL variables|terms in compound|arguments on function)|.* clause should come after|all VALUES must|unknown join type|a JOIN clause is required|a NATURAL join|duplicate WITH table|unknown table option|hex literal too big|Expression tree|.*columns assigned|IN\(\.\.\.\) element|unsupported frame|DISTINCT is not supported|syntax error after column|the (NOT )?INDEXED|cannot use RETURNING|Recursion limit)/s

export function isParserSentence(message: string): boolean {
  return parserSentence.test(message)
}

/** Our parser's sentence about the first statement of a text; null: it parses. */
export function ourError(sql: string): string | null {
  try {
    parseStatement(sql, 0)
    return null
  } catch (error) {
    const { name, message } = error as Error
    return name === 'SqliteError' ? message : `${name}: ${message}`
  }
}

/** null when we and SQLite agree about a text, else what each says. */
export function disagreement(sql: string, verdict: Verdict): string | null {
  const ours = ourError(sql)
  const isTheirs = verdict.error !== null && isParserSentence(verdict.error)
  // Where SQLite complains about names only, we must have parsed, or complain in the same words.
  const agreed = isTheirs ? ours === verdict.error : ours === null || ours === verdict.error
  return agreed ? null : `${JSON.stringify(sql)}\n  SQLite: ${verdict.error}\n  ours: ${ours}`
}
