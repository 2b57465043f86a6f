/** CREATE TABLE: columns, their types, constraints. (CREATE TABLE) */
import { parseColumnNames, parseSelect } from './select.ts'
import { sqlError } from '../../base/error.ts'
import { parseExpression } from './expression.ts'
import { parseOrderingTerms } from './list.ts'
import { isSmallestInteger, parseLiteral } from './literal.ts'
import { parseTypeName } from './type-name.ts'
import { KEYWORD, NAME, QUOTED, STRING } from '../lexer.ts'
import { isSpace } from './parser.ts'
import type { Parser } from './parser.ts'
import type {
  ColumnConstraint,
  ColumnDefinition,
  ConflictAction,
  CreateTable,
  ForeignKeyAction,
  ForeignKeyReference,
  TableConstraint,
  TextSpan,
} from '../ast/statement.ts'
import type { Expression, OrderingTerm, Select } from '../ast/query.ts'

export function parseIfNotExists(p: Parser): boolean {
  if (!p.accept('IF')) return false
  p.expect('NOT')
  p.expect('EXISTS')
  return true
}

/** `name` or `schema.name`, and where the name itself stands. */
export function parseNewName(p: Parser): {
  schema: string | null
  name: string
  nameStart: number
} {
  const { start } = p
  const first = p.name()
  if (!p.acceptOperator('.')) return { schema: null, name: first, nameStart: start }
  const nameStart = p.start
  return { schema: first, name: p.name(), nameStart }
}

export function parseCreateTable(p: Parser, start: number, temporary: boolean): CreateTable {
  const ifNotExists = parseIfNotExists(p)
  const named = parseNewName(p)
  const nameEnd = p.lastEnd
  const common = { kind: 'create-table', temporary, ifNotExists, ...named, start } as const
  if (p.isKeyword('AS') || p.isOperator('(')) p.begun = begunTable(common, p.lastEnd)
  if (p.accept('AS')) {
    const select = parseSelect(p)
    const none = { columns: [], constraints: [], withoutRowid: false, strict: false }
    return { ...common, ...none, select, end: p.lastEnd, textEnd: p.lastEnd }
  }
  const context: ConstraintContext = { name: null, reference: null }
  p.expectOperator('(')
  const columns: ColumnDefinition[] = []
  const constraints: TableConstraint[] = []
  do {
    if (columns.length > 0 && startsTableConstraint(p)) {
      parseTableConstraints(p, constraints, context)
      break
    }
    columns.push(parseColumnDefinition(p, context))
  } while (p.acceptOperator(','))
  p.expectOperator(')')
  const closed = p.lastEnd
  const options = parseTableOptions(p)
  const end = p.lastEnd
  // Where options follow, SQLite keeps everything up to the semicolon, spaces and comments too.
  const textEnd = end === closed ? end : p.start
  const table = { ...common, columns, constraints, ...options, select: null, end, textEnd }
  p.places?.add(table, named.nameStart, nameEnd)
  return table
}

/** The table with nothing in it but a row of NULL. */
function begunTable(
  common: Omit<
    CreateTable,
    'columns' | 'constraints' | 'withoutRowid' | 'strict' | 'select' | 'end' | 'textEnd'
  >,
  end: number,
): CreateTable {
  const { start } = common
  const none = { columns: [], constraints: [], withoutRowid: false, strict: false }
  const rows: readonly (readonly Expression[])[] = [[{ kind: 'null', start, end }]]
  const select: Select = {
    kind: 'select',
    with: null,
    first: { kind: 'values', rows, start, end },
    compounds: [],
    orderBy: [],
    limit: null,
    offset: null,
    start,
    end,
  }
  return { ...common, ...none, select, end, textEnd: end }
}

/** `STRICT`, `WITHOUT ROWID`; SQLite's grammar allows a comma before the first one too. */
function parseTableOptions(p: Parser): { withoutRowid: boolean; strict: boolean } {
  const options = { withoutRowid: false, strict: false }
  if (p.isName()) parseTableOption(p, options)
  while (p.acceptOperator(',')) parseTableOption(p, options)
  return options
}

function parseTableOption(p: Parser, options: { withoutRowid: boolean; strict: boolean }): void {
  const without = p.accept('WITHOUT')
  const option = p.sql.slice(p.start, p.end)
  p.name()
  if (without && option.toLowerCase() === 'rowid') options.withoutRowid = true
  else if (!without && option.toLowerCase() === 'strict') options.strict = true
  else p.refuse(`unknown table option: ${option}`)
}

/**
 * What SQLite's parser remembers between the constraints of a table: a constraint's name holds until a new column
 * or a comma between table constraints, and DEFERRABLE is about the foreign key before it, wherever that was.
 */
interface ConstraintContext {
  name: string | null
  reference: { deferred: boolean } | null
}

export function parseColumnDefinition(p: Parser, context: ConstraintContext): ColumnDefinition {
  const { start } = p
  context.name = null
  const name = p.name()
  const type = columnType(parseTypeName(p))
  const constraints: ColumnConstraint[] = []
  for (;;) {
    parseConstraintName(p, context)
    if (parseDeferred(p, context)) continue
    const constraint = parseColumnConstraint(p, name, context)
    if (constraint === null) break
    constraints.push({ name: context.name, ...constraint } as ColumnConstraint)
  }
  return { name, type, constraints, start, end: p.lastEnd }
}

const standardTypes: ReadonlySet<string> = new Set([
  'ANY',
  'BLOB',
  'INT',
  'INTEGER',
  'REAL',
  'TEXT',
])

/**
 * A column's type as SQLite reports it: without GENERATED ALWAYS, which its grammar takes for part of the type,
 * without quotes around the whole, and the standard names in capitals. (build.c, `sqlite3AddColumn`)
 */
function columnType(written: string): string {
  let type = written
  if (type.length >= 16 && /always$/i.test(type)) {
    type = type.slice(0, -6).trimEnd()
    if (/generated$/i.test(type)) type = type.slice(0, -9).trimEnd()
  }
  if (type.length >= 3 && /^(["'`][^"'`[]*["'`]|\[[^"'`[]*\])$/.test(type)) type = type.slice(1, -1)
  const upper = type.length <= 7 ? type.toUpperCase() : ''
  return standardTypes.has(upper) ? upper : type
}

/** `CONSTRAINT name`; several in a row are allowed, and the last one counts. */
function parseConstraintName(p: Parser, context: ConstraintContext): void {
  while (p.accept('CONSTRAINT')) context.name = p.name()
}

type Unnamed<Constraint> = Constraint extends unknown ? Omit<Constraint, 'name'> : never

function parseColumnConstraint(
  p: Parser,
  column: string,
  context: ConstraintContext,
): Unnamed<ColumnConstraint> | null {
  if (p.kind !== KEYWORD) return null
  switch (p.text) {
    case 'PRIMARY': {
      p.advance()
      p.expect('KEY')
      const descending = p.accept('DESC')
      if (!descending) p.accept('ASC')
      const onConflict = parseOnConflict(p)
      const autoincrement = p.accept('AUTOINCREMENT')
      return { kind: 'primary-key', descending, onConflict, autoincrement }
    }
    case 'NOT':
      p.advance()
      p.expect('NULL')
      return { kind: 'not-null', onConflict: parseOnConflict(p) }
    case 'NULL':
      p.advance()
      parseOnConflict(p)
      return { kind: 'null' }
    case 'UNIQUE':
      p.advance()
      return { kind: 'unique', onConflict: parseOnConflict(p) }
    case 'CHECK': {
      p.advance()
      return { kind: 'check', ...parseParenthesized(p) }
    }
    case 'DEFAULT':
      p.advance()
      return { kind: 'default', ...parseDefault(p) }
    case 'COLLATE':
      p.advance()
      return { kind: 'collate', collation: p.plainName() }
    case 'REFERENCES':
      return { kind: 'references', reference: parseReference(p, context) }
    case 'GENERATED':
      p.advance()
      p.expect('ALWAYS')
      return parseGenerated(p, column)
    case 'AS':
      return parseGenerated(p, column)
    default:
      return null
  }
}

type WithText = { readonly expression: Expression } & TextSpan

/** `(expression)`, and the text between the parentheses. */
export function parseParenthesized(p: Parser): WithText {
  let textStart = p.end
  p.expectOperator('(')
  const expression = parseExpression(p)
  const { textEnd } = p
  p.expectOperator(')')
  while (isSpace(p.sql.charCodeAt(textStart))) textStart++
  return { expression, textStart, textEnd }
}

function parseGenerated(p: Parser, column: string): Unnamed<ColumnConstraint> {
  p.expect('AS')
  const { expression } = parseParenthesized(p)
  // VIRTUAL and STORED are any name at all to the grammar, join words and INDEXED apart.
  const word = p.sql.slice(p.start, p.end).toLowerCase()
  const isWord = p.isPlainName() && p.kind !== STRING
  if (!isWord) return { kind: 'generated', expression, stored: false }
  p.advance()
  if (word !== 'stored' && word !== 'virtual') {
    throw sqlError(`error in generated column "${column}"`)
  }
  return { kind: 'generated', expression, stored: word === 'stored' }
}

/** A literal, a signed literal, an expression in parentheses, or a bare name, which is a text. */
function parseDefault(p: Parser): WithText {
  if (p.isOperator('(')) return parseParenthesized(p)
  const textStart = p.start
  const expression = parseDefaultTerm(p)
  return { expression, textStart, textEnd: p.lastEnd }
}

function parseDefaultTerm(p: Parser): Expression {
  const { start } = p
  if (p.isOperator('-') || p.isOperator('+')) {
    const operator = p.text as '-' | '+'
    p.advance()
    const operand = parseTerm(p, false)
    const isSmallest =
      operator === '-' &&
      operand.kind === 'real' &&
      isSmallestInteger(p.sql.slice(operand.start, operand.end))
    if (isSmallest) return { kind: 'integer', value: -(2n ** 63n), start, end: p.lastEnd }
    return { kind: 'unary', operator, operand, start, end: p.lastEnd }
  }
  const isTrueOrFalse = p.kind === NAME && /^(true|false)$/i.test(p.text)
  const isId = p.kind === NAME || p.kind === QUOTED || p.isKeyword('INDEXED')
  const isName = isId || (p.isPlainName() && p.kind !== STRING)
  if (isName && !isTrueOrFalse && !p.text.startsWith('CURRENT_')) {
    return { kind: 'text', value: p.name(), start, end: p.lastEnd }
  }
  return parseTerm(p, true)
}

/**
 * One literal; TRUE and FALSE, which are names to the grammar, only without a sign. Operators that follow belong to
 * somebody else.
 */
function parseTerm(p: Parser, isUnsigned: boolean): Expression {
  const { start, end, kind, text } = p
  const literal = parseLiteral(p)
  if (literal !== null) return literal
  if (kind === NAME && isUnsigned && /^(true|false)$/i.test(text)) {
    p.advance()
    return { kind: 'boolean', value: /^true$/i.test(text), name: text, start, end }
  }
  if (kind !== KEYWORD) throw p.syntaxError()
  switch (text) {
    case 'NULL':
      p.advance()
      return { kind: 'null', start, end }
    case 'CURRENT_TIME':
    case 'CURRENT_DATE':
    case 'CURRENT_TIMESTAMP':
      p.advance()
      return { kind: 'current', what: text, start, end }
    default:
      throw p.syntaxError()
  }
}

const conflictActions = new Set(['ROLLBACK', 'ABORT', 'FAIL', 'IGNORE', 'REPLACE'])

/** `ROLLBACK`, `ABORT`, `FAIL`, `IGNORE` or `REPLACE`. */
export function parseConflictAction(p: Parser): ConflictAction {
  if (p.kind !== KEYWORD || !conflictActions.has(p.text)) throw p.syntaxError()
  const action = p.text as ConflictAction
  p.advance()
  return action
}

export function parseOnConflict(p: Parser): ConflictAction | null {
  if (!p.accept('ON')) return null
  p.expect('CONFLICT')
  return parseConflictAction(p)
}

function startsTableConstraint(p: Parser): boolean {
  if (p.kind !== KEYWORD) return false
  return ['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN'].includes(p.text)
}

/** Table constraints; the commas between them may be left out. */
function parseTableConstraints(
  p: Parser,
  constraints: TableConstraint[],
  context: ConstraintContext,
): void {
  for (;;) {
    if (!startsTableConstraint(p)) throw p.syntaxError()
    while (startsTableConstraint(p)) {
      if (p.isKeyword('CONSTRAINT')) parseConstraintName(p, context)
      else
        constraints.push({
          name: context.name,
          ...parseTableConstraint(p, context),
        } as TableConstraint)
    }
    if (!p.acceptOperator(',')) return
    context.name = null
  }
}

function parseTableConstraint(p: Parser, context: ConstraintContext): Unnamed<TableConstraint> {
  const word = p.text
  p.advance()
  if (word === 'CHECK') {
    return { kind: 'check', ...parseParenthesized(p), onConflict: parseOnConflict(p) }
  }
  if (word === 'FOREIGN') {
    p.expect('KEY')
    const columns = parseColumnNames(p)
    const reference = parseReference(p, context)
    parseDeferred(p, context)
    return { kind: 'foreign-key', columns, reference }
  }
  if (word === 'PRIMARY') p.expect('KEY')
  p.expectOperator('(')
  const columns: OrderingTerm[] = parseOrderingTerms(p)
  const autoincrement = word === 'PRIMARY' && p.accept('AUTOINCREMENT')
  p.expectOperator(')')
  const onConflict = parseOnConflict(p)
  if (word === 'UNIQUE') return { kind: 'unique', columns, onConflict }
  return { kind: 'primary-key', columns, onConflict, autoincrement }
}

function parseReference(p: Parser, context: ConstraintContext): ForeignKeyReference {
  p.expect('REFERENCES')
  const tableStart = p.start
  const table = p.name()
  const tableEnd = p.lastEnd
  const columns = p.isOperator('(') ? parseColumnNames(p) : []
  let onDelete: ForeignKeyAction = 'NO ACTION'
  let onUpdate: ForeignKeyAction = 'NO ACTION'
  let match: string | null = null
  for (;;) {
    if (p.accept('MATCH')) {
      match = p.name()
    } else if (p.accept('ON')) {
      if (p.accept('DELETE')) onDelete = parseForeignKeyAction(p)
      else if (p.accept('UPDATE')) onUpdate = parseForeignKeyAction(p)
      else {
        p.expect('INSERT')
        parseForeignKeyAction(p)
      }
    } else {
      break
    }
  }
  const reference = { table, columns, onDelete, onUpdate, match, deferred: false }
  p.places?.add(reference, tableStart, tableEnd)
  context.reference = reference
  return reference
}

/** `[NOT] DEFERRABLE [INITIALLY DEFERRED | IMMEDIATE]`: whether it was there. */
function parseDeferred(p: Parser, context: ConstraintContext): boolean {
  const negated = p.isKeyword('NOT') && p.isKeywordAhead(1, 'DEFERRABLE')
  if (negated) p.advance()
  if (!p.accept('DEFERRABLE')) return false
  let deferred = false
  if (p.accept('INITIALLY') && !p.accept('IMMEDIATE')) {
    p.expect('DEFERRED')
    deferred = !negated
  }
  if (context.reference !== null) context.reference.deferred = deferred
  return true
}

function parseForeignKeyAction(p: Parser): ForeignKeyAction {
  if (p.accept('SET')) {
    if (p.accept('NULL')) return 'SET NULL'
    p.expect('DEFAULT')
    return 'SET DEFAULT'
  }
  if (p.accept('CASCADE')) return 'CASCADE'
  if (p.accept('RESTRICT')) return 'RESTRICT'
  p.expect('NO')
  p.expect('ACTION')
  return 'NO ACTION'
}
