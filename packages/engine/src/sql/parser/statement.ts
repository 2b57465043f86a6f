/**
 * Statements, and the two ways into the parser. (SQL As Understood By SQLite.)
 */
import { sqlError } from '../../base/error.ts'
import { limits } from '../../base/limits.ts'
import { compiling } from '../../base/v8-error.ts'
import type { Expression, ResultColumn, WithClause } from '../ast/query.ts'
import type { Assignment, Pragma, QualifiedTable, Statement, Upsert } from '../ast/statement.ts'
import { END, FLOAT, KEYWORD } from '../lexer.ts'
import { parseAlter } from './alter.ts'
import { parseConflictAction } from './create-table.ts'
import { parseCreate, parseDrop } from './ddl.ts'
import { parseExpression, parseWhole } from './expression.ts'
import { parseOrderingTerms } from './list.ts'
import { isPlainNumber } from './literal.ts'
import { NamePlaces } from '../name-places.ts'
import { Parser, type Grammar, type LiteralMarks, type ParameterTable } from './parser.ts'
import {
  parseFrom,
  parseIndexedBy,
  parseNameList,
  parseResultColumns,
  parseSelect,
  parseSelectAfterWith,
  parseTail,
  parseWith,
  type Tail,
} from './select.ts'

export interface ParsedStatement {
  /** null: only spaces, comments and semicolons were left. */
  readonly statement: Statement | null
  /** Offset after the statement and its semicolon. */
  readonly end: number
  readonly parameters: ParameterTable
}

const grammar: Grammar = { parseSelect, parseExpression, parseWhole }

/**
 * Parses one statement of `sql`, from offset `start`.
 * @param marks for a text that others share but for its literals: those that are marked
 * @throws SqliteError SQLITE_ERROR with SQLite's sentence
 */
export function parseStatement(
  sql: string,
  start = 0,
  marks: LiteralMarks | null = null,
): ParsedStatement {
  return compiling(() => parseNext(sql, start, marks))
}

/** As `parseStatement`, and where the names of the statement stand. */
export function parseWithPlaces(sql: string): {
  readonly statement: Statement | null
  readonly places: NamePlaces
} {
  const places = new NamePlaces()
  const { statement } = compiling(() => parseNext(sql, 0, null, places))
  return { statement, places }
}

function parseNext(
  sql: string,
  start: number,
  marks: LiteralMarks | null,
  places: NamePlaces | null = null,
): ParsedStatement {
  const p = new Parser(sql, start, grammar, marks, places)
  try {
    return parseOnly(p, sql)
  } catch (error) {
    if (p.begun !== null) begun.set(error as Error, p.begun)
    throw error
  }
}

/** Mistakes of syntax in statements that SQLite has begun to carry out → these, as far as it has. */
const begun = new WeakMap<Error, Statement>()

/**
 * What is looked up before a mistake of syntax is told: CREATE TABLE or CREATE TRIGGER as far as its name and table. (`sqlite3StartTable`,
 * `sqlite3BeginTrigger`)
 */
export function begunBefore(error: unknown): Statement | null {
  return error instanceof Error ? (begun.get(error) ?? null) : null
}

function parseOnly(p: Parser, sql: string): ParsedStatement {
  while (p.acceptOperator(';')) continue
  if (p.kind === END) {
    return { statement: null, end: sql.length, parameters: p.parameters }
  }
  const statement = parseTopLevel(p)
  if (p.kind !== END && !p.isOperator(';')) throw p.syntaxError()
  p.finish()
  const end = p.kind === END ? sql.length : p.end
  return { statement, end, parameters: p.parameters }
}

/** An expression that stands alone: stored defaults, texts of constraints. */
export function parseExpressionText(sql: string): Expression {
  return compiling(() => {
    const p = new Parser(sql, 0, grammar)
    const expression = parseExpression(p)
    if (p.kind !== END) throw p.syntaxError()
    p.finish()
    return expression
  })
}

function parseTopLevel(p: Parser): Statement {
  if (!p.isKeyword('EXPLAIN')) return parseOne(p)
  const { start } = p
  p.advance()
  let queryPlan = false
  if (p.isKeyword('QUERY')) {
    p.advance()
    p.expect('PLAN')
    queryPlan = true
  }
  const statement = parseOne(p)
  return { kind: 'explain', queryPlan, statement, selects: p.selects, start, end: p.lastEnd }
}

function parseOne(p: Parser): Statement {
  if (p.kind !== KEYWORD) throw p.syntaxError()
  switch (p.text) {
    case 'SELECT':
    case 'VALUES':
      return parseSelect(p)
    case 'WITH':
    case 'INSERT':
    case 'REPLACE':
    case 'UPDATE':
    case 'DELETE':
      return parseData(p)
    case 'CREATE':
      p.isDefinition = true
      return parseCreate(p, parseTriggerStep)
    case 'ALTER':
      p.isDefinition = true
      return parseAlter(p)
    case 'DROP':
      return parseDrop(p)
    case 'PRAGMA':
      return parsePragma(p)
    case 'BEGIN':
    case 'COMMIT':
    case 'END':
    case 'ROLLBACK':
    case 'SAVEPOINT':
    case 'RELEASE':
      return parseTransaction(p)
    default:
      return parseMaintenance(p)
  }
}

/** SELECT, INSERT, UPDATE, DELETE, each perhaps after WITH. */
function parseData(p: Parser): Statement {
  const { start } = p
  const withClause = parseWith(p)
  if (p.isKeyword('INSERT') || p.isKeyword('REPLACE')) return parseInsert(p, withClause, start)
  if (p.isKeyword('UPDATE')) return parseUpdate(p, withClause, start)
  if (p.isKeyword('DELETE')) return parseDelete(p, withClause, start)
  return parseSelectAfterWith(p, withClause, start)
}

/**
 * A statement of a trigger's body: no WITH before a change, no DEFAULT VALUES, no RETURNING, no INDEXED BY.
 * (CREATE TRIGGER §2.1 Syntax Restrictions On UPDATE, DELETE, and INSERT Statements Within Triggers)
 */
function parseTriggerStep(p: Parser): Statement {
  const { start } = p
  if (p.isKeyword('INSERT') || p.isKeyword('REPLACE')) return parseInsert(p, null, start, true)
  if (p.isKeyword('UPDATE')) return parseUpdate(p, null, start, true)
  if (p.isKeyword('DELETE')) return parseDelete(p, null, start, true)
  return parseSelect(p)
}

function parseInsert(
  p: Parser,
  withClause: WithClause | null,
  start: number,
  inTrigger = false,
): Statement {
  const replace = p.accept('REPLACE')
  if (!replace) p.expect('INSERT')
  const orAction = replace ? 'REPLACE' : p.accept('OR') ? parseConflictAction(p) : null
  p.expect('INTO')
  const { schema, name } = p.qualifiedName()
  const alias = p.accept('AS') ? p.name() : null
  const table: QualifiedTable = p.placed({ schema, name, alias, indexedBy: null })
  const columns = p.isOperator('(') ? parseNameList(p) : null
  const common = { kind: 'insert', with: withClause, orAction, table, columns, start } as const
  if (!inTrigger && p.accept('DEFAULT')) {
    p.expect('VALUES')
    const returning = parseReturning(p)
    return { ...common, source: null, upserts: [], returning, end: p.lastEnd }
  }
  const source = parseSelect(p)
  const upserts = parseUpserts(p)
  const returning = parseReturning(p)
  if (inTrigger && returning.length > 0) throw sqlError('cannot use RETURNING in a trigger')
  return { ...common, source, upserts, returning, end: p.lastEnd }
}

/** Only the last ON CONFLICT may go without a target. */
function parseUpserts(p: Parser): Upsert[] {
  const upserts: Upsert[] = []
  while (p.accept('ON')) {
    p.expect('CONFLICT')
    const upsert = parseUpsert(p)
    upserts.push(upsert)
    if (upsert.target === null) break
  }
  return upserts
}

function parseUpsert(p: Parser): Upsert {
  let target: Upsert['target'] = null
  if (p.acceptOperator('(')) {
    const columns = parseOrderingTerms(p)
    p.expectOperator(')')
    target = { columns, where: p.accept('WHERE') ? parseWhole(p) : null }
  }
  p.expect('DO')
  if (!p.isKeyword('UPDATE')) {
    p.expect('NOTHING')
    return { target, update: null }
  }
  p.advance()
  const assignments = parseAssignments(p)
  const where = p.accept('WHERE') ? parseWhole(p) : null
  return { target, update: { assignments, where } }
}

function parseReturning(p: Parser): readonly ResultColumn[] {
  return p.accept('RETURNING') ? parseResultColumns(p) : []
}

function parseAssignments(p: Parser): Assignment[] {
  p.expect('SET')
  const assignments: Assignment[] = []
  do {
    const isList = p.isOperator('(')
    const columns = isList ? parseNameList(p) : parseOneName(p)
    if (!p.acceptOperator('==')) p.expectOperator('=')
    const entries = assignments.length === 0 ? 8 : 10
    p.enter(entries)
    const value = parseWhole(p)
    p.leave(entries)
    if (isList && value.kind !== 'subquery') {
      const size = value.kind === 'row' ? value.items.length : 1
      if (size !== columns.length) {
        p.refuse(`${columns.length} columns assigned ${size} values`)
      }
    }
    assignments.push({ columns, value })
  } while (p.acceptOperator(','))
  if (assignments.length > limits.current.column) throw sqlError('too many columns in set list')
  return assignments
}

function parseOneName(p: Parser): string[] {
  const names: string[] = []
  names.push(p.placedName(names))
  return names
}

function parseQualifiedTable(p: Parser, inTrigger: boolean): QualifiedTable {
  const { schema, name } = p.qualifiedName()
  const alias = p.accept('AS') ? p.name() : null
  const indexedBy = parseIndexedBy(p)
  if (inTrigger && indexedBy !== null) {
    const clause = indexedBy === false ? 'NOT INDEXED' : 'INDEXED BY'
    throw sqlError(
      `the ${clause} clause is not allowed on UPDATE or DELETE statements within triggers`,
    )
  }
  return p.placed({ schema, name, alias, indexedBy })
}

/** ORDER BY and LIMIT of UPDATE and DELETE; none in triggers. (SQLITE_ENABLE_UPDATE_DELETE_LIMIT) */
function parseChangeTail(p: Parser, inTrigger: boolean): Tail {
  return inTrigger ? { orderBy: [], limit: null, offset: null } : parseTail(p)
}

function parseUpdate(
  p: Parser,
  withClause: WithClause | null,
  start: number,
  inTrigger = false,
): Statement {
  p.expect('UPDATE')
  const orAction = p.accept('OR') ? parseConflictAction(p) : null
  const table = parseQualifiedTable(p, inTrigger)
  const assignments = parseAssignments(p)
  const from = p.accept('FROM') ? parseFrom(p) : null
  const where = p.accept('WHERE') ? parseWhole(p) : null
  const returning = inTrigger ? [] : parseReturning(p)
  const tail = parseChangeTail(p, inTrigger)
  return {
    kind: 'update',
    with: withClause,
    orAction,
    table,
    assignments,
    from,
    where,
    returning,
    ...tail,
    start,
    end: p.lastEnd,
  }
}

function parseDelete(
  p: Parser,
  withClause: WithClause | null,
  start: number,
  inTrigger = false,
): Statement {
  p.expect('DELETE')
  p.expect('FROM')
  const table = parseQualifiedTable(p, inTrigger)
  const where = p.accept('WHERE') ? parseWhole(p) : null
  const returning = inTrigger ? [] : parseReturning(p)
  const tail = parseChangeTail(p, inTrigger)
  return {
    kind: 'delete',
    with: withClause,
    table,
    where,
    returning,
    ...tail,
    start,
    end: p.lastEnd,
  }
}

function parseTransaction(p: Parser): Statement {
  const { start } = p
  const word = p.text
  p.advance()
  const finish = <Part extends object>(part: Part): Part & { start: number; end: number } => ({
    ...part,
    start,
    end: p.lastEnd,
  })
  switch (word) {
    case 'BEGIN': {
      const mode = parseBeginMode(p)
      skipTransactionName(p)
      return finish({ kind: 'begin', mode })
    }
    case 'SAVEPOINT':
      return finish({ kind: 'savepoint', name: p.name() })
    case 'RELEASE':
      p.accept('SAVEPOINT')
      return finish({ kind: 'release', name: p.name() })
    case 'ROLLBACK':
      skipTransactionName(p)
      if (!p.accept('TO')) return finish({ kind: 'rollback', savepoint: null })
      p.accept('SAVEPOINT')
      return finish({ kind: 'rollback', savepoint: p.name() })
    default:
      skipTransactionName(p)
      return finish({ kind: 'commit' })
  }
}

function parseBeginMode(p: Parser): 'DEFERRED' | 'IMMEDIATE' | 'EXCLUSIVE' | 'CONCURRENT' {
  if (p.accept('IMMEDIATE')) return 'IMMEDIATE'
  if (p.accept('EXCLUSIVE')) return 'EXCLUSIVE'
  if (p.accept('DEFERRED')) return 'DEFERRED'
  if (p.kind !== KEYWORD && p.isName() && p.text.toUpperCase() === 'CONCURRENT') {
    p.advance()
    return 'CONCURRENT'
  }
  return 'DEFERRED'
}

/** `TRANSACTION [name]`: the name means nothing. */
function skipTransactionName(p: Parser): void {
  if (p.accept('TRANSACTION') && p.isName()) p.name()
}

function parsePragma(p: Parser): Pragma {
  const { start } = p
  p.advance()
  const { schema, name } = p.qualifiedName()
  let value: Pragma['value'] = null
  if (p.acceptOperator('=') || p.acceptOperator('==')) {
    value = parsePragmaValue(p)
  } else if (p.acceptOperator('(')) {
    value = parsePragmaValue(p)
    p.expectOperator(')')
  }
  return { kind: 'pragma', schema, name, value, start, end: p.lastEnd }
}

function parsePragmaValue(p: Parser): string | number | bigint {
  const negative = p.acceptOperator('-')
  const isSigned = negative || p.acceptOperator('+')
  const { kind, text } = p
  if (isPlainNumber(p)) {
    p.advance()
    if (kind === FLOAT) return negative ? -Number(text) : Number(text)
    const value = negative ? -BigInt(text) : BigInt(text)
    return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value
  }
  if (isSigned) throw p.syntaxError()
  if (p.isKeyword('ON') || p.isKeyword('DELETE') || p.isKeyword('DEFAULT')) {
    const word = p.sql.slice(p.start, p.end)
    p.advance()
    return word
  }
  return p.name()
}

function parseMaintenance(p: Parser): Statement {
  const { start } = p
  const word = p.text
  switch (word) {
    case 'ATTACH': {
      p.advance()
      p.accept('DATABASE')
      const file = parseExpression(p)
      p.expect('AS')
      const name = parseExpression(p)
      const key = p.accept('KEY') ? parseWhole(p) : null
      return { kind: 'attach', file, name, key, start, end: p.lastEnd }
    }
    case 'DETACH': {
      p.advance()
      p.accept('DATABASE')
      return { kind: 'detach', name: parseExpression(p), start, end: p.lastEnd }
    }
    case 'VACUUM': {
      p.advance()
      const schema = p.isName() ? p.name() : null
      const into = p.accept('INTO') ? parseWhole(p) : null
      return { kind: 'vacuum', schema, into, start, end: p.lastEnd }
    }
    case 'REINDEX':
    case 'ANALYZE': {
      p.advance()
      const target = p.isName() ? p.qualifiedName() : { schema: null, name: null }
      const kind = word === 'REINDEX' ? 'reindex' : 'analyze'
      return { kind, ...target, start, end: p.lastEnd }
    }
    default:
      throw p.syntaxError()
  }
}
