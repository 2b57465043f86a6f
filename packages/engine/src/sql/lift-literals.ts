/**
 * Texts that differ only in literals can share one compiled statement: this makes parameters of the literals
 * whose value cannot change what the statement means.
 *
 * Lifted are numbers and strings in WHERE (of the statement and of its subqueries), in VALUES of INSERT and in
 * SET of UPDATE. Everything else stays: result columns are named by their text, `ORDER BY 1` and `GROUP BY 1` count
 * columns, a LIMIT must be an integer, and a LIKE pattern decides about an index. Statements with parameters of their
 * own, with WITH or RETURNING, and texts with several statements are left alone.
 */
import { END, FLOAT, INTEGER, KEYWORD, Lexer, OPERATOR, PARAMETER, STRING } from './lexer.ts'

/** A literal that was lifted: its text, without quotes where it was one. */
export interface LiftedLiteral {
  readonly kind: 'integer' | 'real' | 'text'
  readonly text: string
}

export interface LiftedText {
  /** The text with `?` for each lifted literal. */
  readonly sql: string
  readonly literals: readonly LiftedLiteral[]
}

/** A statement with more literals is not worth it: its text is data. */
const mostLiterals = 64
const longestText = 4096

/** Begins a stretch in which literals are lifted. */
const opening = new Set(['WHERE', 'SET', 'VALUES'])
/** Ends it. */
const closing = new Set([
  'SELECT',
  'FROM',
  'GROUP',
  'ORDER',
  'HAVING',
  'LIMIT',
  'WINDOW',
  'UNION',
  'INTERSECT',
  'EXCEPT',
  'ON',
])
/** What follows one of these stays as it is. */
const keeping = new Set(['LIKE', 'GLOB', 'MATCH', 'REGEXP', 'ESCAPE', 'CAST', 'AS', 'COLLATE'])
const statements = new Set(['SELECT', 'INSERT', 'REPLACE', 'UPDATE', 'DELETE'])
const refusing = new Set(['WITH', 'RETURNING', 'EXPLAIN', 'CREATE', 'OVER'])

/** The text with its literals lifted; null where there is nothing to lift, or it is not to be done. */
export function liftLiterals(sql: string): LiftedText | null {
  if (sql.length > longestText) return null
  try {
    return lift(sql)
  } catch {
    // A text that is no SQL: the parser will say so, in its own order of complaints.
    return null
  }
}

function lift(sql: string): LiftedText | null {
  const lexer = new Lexer(sql, 0, false)
  lexer.fill(0)
  if (lexer.kinds[0] !== KEYWORD || !statements.has(lexer.texts[0]!)) return null
  const literals: LiftedLiteral[] = []
  const outer: boolean[] = []
  let lifts = false
  let text = ''
  let copied = 0
  for (let i = 1; ; i++) {
    lexer.fill(i)
    const kind = lexer.kinds[i]!
    const token = lexer.texts[i]!
    if (kind === END) break
    if (kind === KEYWORD) {
      if (refusing.has(token)) return null
      if (opening.has(token)) lifts = true
      else if (closing.has(token)) lifts = false
    } else if (kind === OPERATOR) {
      if (token === '(') outer.push(lifts)
      else if (token === ')') lifts = outer.pop() ?? false
      else if (token === ';') {
        lexer.fill(i + 1)
        if (lexer.kinds[i + 1] !== END) return null
      }
    } else if (kind === PARAMETER) {
      return null
    } else if (lifts && (kind === INTEGER || kind === FLOAT || kind === STRING)) {
      if (keeping.has(lexer.texts[i - 1]!) && lexer.kinds[i - 1] === KEYWORD) continue
      if (isName(lexer, i)) continue
      if (literals.length === mostLiterals) return null
      literals.push({
        kind: kind === INTEGER ? 'integer' : kind === FLOAT ? 'real' : 'text',
        text: token,
      })
      text += `${sql.slice(copied, lexer.starts[i])}?`
      copied = lexer.ends[i]!
    }
  }
  return literals.length === 0 ? null : { sql: text + sql.slice(copied), literals }
}

/** A string that stands for a name (`'t'.'a'`, an alias), or a number after a type. */
function isName(lexer: Lexer, i: number): boolean {
  if (lexer.kinds[i] !== STRING) return false
  lexer.fill(i + 1)
  const isOperator = (at: number, token: string): boolean =>
    lexer.kinds[at] === OPERATOR && lexer.texts[at] === token
  if (isOperator(i + 1, '.') || isOperator(i - 1, '.')) return true
  // In SET a string may name the column: `SET 'a' = 1`.
  const before = lexer.texts[i - 1]!
  return isOperator(i + 1, '=') && (before === 'SET' || before === ',')
}
