/** SELECT, VALUES, compounds, FROM and WITH. (SELECT; WITH Clause.) */
import { sqlError } from '../../base/error.ts'
import { limits, maxFromTerms } from '../../base/limits.ts'
import type {
  CommonTable,
  CompoundOperator,
  Expression,
  FromClause,
  Join,
  JoinOperator,
  ManyRows,
  OrderingTerm,
  ResultColumn,
  Select,
  SelectCore,
  TableReference,
  WindowSpecification,
  WithClause,
} from '../ast/query.ts'
import { KEYWORD } from '../lexer.ts'
import { visitParts } from '../walk.ts'
import { chainedWindow } from '../window-chain.ts'
import { isConstantRows, parseConstantRows } from './constant-rows.ts'
import { parseExpression, parseWhole } from './expression.ts'
import { parseExpressionList, parseOrderingTerms, startsSelect } from './list.ts'
import type { Parser } from './parser.ts'
import { parseWindow } from './window.ts'

/** Runs `parse` behind so many entries of the parser's stack. */
function behind<Result>(p: Parser, entries: number, parse: (p: Parser) => Result): Result {
  p.enter(entries)
  const result = parse(p)
  p.leave(entries)
  return result
}

/** A whole query, WITH and LIMIT included. */
export function parseSelect(p: Parser): Select {
  const { start } = p
  const withClause = parseWith(p)
  if (withClause === null) return parseSelectAfterWith(p, null, start)
  p.enter(2)
  const select = parseSelectAfterWith(p, withClause, start)
  p.leave(2)
  return select
}

export function parseSelectAfterWith(
  p: Parser,
  withClause: WithClause | null,
  start: number,
): Select {
  const outer = p.tallest
  p.tallest = 0
  const first = parseCore(p)
  const compounds: { operator: CompoundOperator; core: SelectCore }[] = []
  let last = first
  let misplaced: string | null = null
  let tail = parseTailOf(p, last)
  count(p, first)
  for (;;) {
    const operator = parseCompoundOperator(p)
    if (operator === null) break
    const { orderBy, limit } = tail
    if (orderBy.length > 0 || limit !== null) {
      const clause = orderBy.length > 0 ? 'ORDER BY' : 'LIMIT'
      misplaced = `${clause} clause should come after ${operator} not before`
    }
    p.enter(2)
    last = parseCore(p)
    p.leave(2)
    compounds.push({ operator, core: last })
    tail = parseTailOf(p, last)
    count(p, last)
  }
  const { compoundSelect } = limits.current
  // As in SQLite, none stands for any number.
  if (last.kind !== 'values' && compoundSelect > 0 && compounds.length >= compoundSelect) {
    throw sqlError('too many terms in compound SELECT')
  }
  if (misplaced !== null) p.refuse(misplaced)
  p.height = p.tallest
  p.tallest = outer
  return {
    kind: 'select',
    with: withClause,
    first,
    compounds,
    ...tail,
    start,
    end: p.lastEnd,
  }
}

/** Gives a SELECT its number, ORDER BY and LIMIT being behind. Several rows of VALUES count twice, as in SQLite, where they are a query of their own. */
function count(p: Parser, core: SelectCore): void {
  p.selects += core.kind === 'values' && core.rows.length > 1 ? 2 : 1
  const numbered: { -readonly [Key in 'number']?: SelectCore[Key] } = core
  numbered.number = p.selects
}

export type Tail = Pick<Select, 'orderBy' | 'limit' | 'offset'>

/** ORDER BY and LIMIT. */
export function parseTail(p: Parser): Tail {
  return { orderBy: parseOrderBy(p), ...parseLimit(p) }
}

/** SQLite's grammar has none after VALUES. */
function parseTailOf(p: Parser, core: SelectCore): Tail {
  return core.kind === 'values' ? { orderBy: [], limit: null, offset: null } : parseTail(p)
}

function parseOrderBy(p: Parser): readonly OrderingTerm[] {
  if (!p.accept('ORDER')) return []
  p.expect('BY')
  return behind(p, 9, parseOrderingTerms)
}

function parseCompoundOperator(p: Parser): CompoundOperator | null {
  if (p.kind !== KEYWORD) return null
  switch (p.text) {
    case 'UNION':
      p.advance()
      return p.accept('ALL') ? 'UNION ALL' : 'UNION'
    case 'INTERSECT':
    case 'EXCEPT': {
      const operator = p.text as CompoundOperator
      p.advance()
      return operator
    }
    default:
      return null
  }
}

/** `LIMIT n`, `LIMIT n OFFSET m`, `LIMIT m, n`. */
function parseLimit(p: Parser): { limit: Expression | null; offset: Expression | null } {
  if (!p.accept('LIMIT')) return { limit: null, offset: null }
  const limit = behind(p, 9, parseWhole)
  if (p.accept('OFFSET')) return { limit, offset: behind(p, 11, parseWhole) }
  if (p.acceptOperator(',')) return { limit: behind(p, 11, parseWhole), offset: limit }
  return { limit, offset: null }
}

export function parseWith(p: Parser): WithClause | null {
  if (!p.isKeyword('WITH')) return null
  p.advance()
  const recursive = p.accept('RECURSIVE')
  const tables: CommonTable[] = []
  const names = new Set<string>()
  do {
    const table = behind(p, tables.length === 0 ? 5 : 7, parseCommonTable)
    const folded = table.name.replace(/[A-Z]+/g, (word) => word.toLowerCase())
    if (names.has(folded)) p.refuse(`duplicate WITH table name: ${table.name}`)
    names.add(folded)
    tables.push(table)
  } while (p.acceptOperator(','))
  return { recursive, tables }
}

function parseCommonTable(p: Parser): CommonTable {
  const name = p.name()
  p.hasWith = true
  const columns = p.isOperator('(') ? parseColumnNames(p) : null
  p.expect('AS')
  let materialized: boolean | null = null
  if (p.isKeyword('NOT')) {
    p.advance()
    p.expect('MATERIALIZED')
    materialized = false
  } else if (p.accept('MATERIALIZED')) {
    materialized = true
  }
  p.expectOperator('(')
  const select = parseSelect(p)
  p.expectOperator(')')
  return { name, columns, materialized, select }
}

/** `(a, b, c)` */
export function parseNameList(p: Parser): string[] {
  p.expectOperator('(')
  const names: string[] = []
  do names.push(p.placedName(names))
  while (p.acceptOperator(','))
  p.expectOperator(')')
  return names
}

/** Names of columns where SQLite once took COLLATE and ASC too, and now complains about them. */
export function parseColumnNames(p: Parser): string[] {
  p.expectOperator('(')
  const names: string[] = []
  do {
    const { start, end } = p
    names.push(p.placedName(names))
    const isCollated = p.accept('COLLATE')
    if (isCollated) p.plainName()
    if (p.accept('ASC') || p.accept('DESC') || isCollated) {
      throw sqlError(`syntax error after column name "${p.sql.slice(start, end)}"`)
    }
  } while (p.acceptOperator(','))
  p.expectOperator(')')
  return names
}

function parseCore(p: Parser): SelectCore {
  const { start } = p
  if (p.accept('VALUES')) return parseValues(p, start)
  p.expect('SELECT')
  const distinct = p.accept('DISTINCT')
  if (!distinct) p.accept('ALL')
  const columns = behind(p, 4, parseResultColumns)
  const from = p.accept('FROM') ? behind(p, 4, parseFrom) : null
  const where = p.accept('WHERE') ? behind(p, 5, parseWhole) : null
  let groupBy: readonly Expression[] = []
  if (p.accept('GROUP')) {
    p.expect('BY')
    groupBy = behind(p, 7, (inner) => parseExpressionList(inner, parseWhole))
  }
  const having = p.accept('HAVING') ? behind(p, 7, parseWhole) : null
  const windows = parseWindows(p)
  const end = p.lastEnd
  return {
    kind: 'select-core',
    distinct,
    columns,
    from,
    where,
    groupBy,
    having,
    windows,
    start,
    end,
  }
}

function parseWindows(p: Parser): { name: string; window: WindowSpecification }[] {
  const windows: { name: string; window: WindowSpecification }[] = []
  if (!p.accept('WINDOW')) return windows
  do {
    const name = p.writtenName()
    p.expect('AS')
    const window = parseWindow(p, parseExpression, parseOrderingTerms)
    // The first one sees no others, whatever it names.
    if (windows.length > 0) chainedWindow(window, windows)
    windows.push({ name, window })
  } while (p.acceptOperator(','))
  return windows
}

/** After so many rows it is a bulk insert. */
const fewRows = 8

function isConstantRow(row: readonly Expression[] | ManyRows): boolean {
  return isConstantRows(row) || row.every(isConstant)
}

/** Whether SQLite's parser takes it for a constant: no name, no call, no query. */
function isConstant(e: Expression): boolean {
  switch (e.kind) {
    case 'boolean':
    case 'current':
    case 'column':
    case 'function':
    case 'like':
    case 'exists':
    case 'subquery':
    case 'raise':
      return false
    default: {
      let result = true
      visitParts(
        e,
        (part) => (result &&= isConstant(part)),
        () => (result = false),
      )
      return result
    }
  }
}

function parseValues(p: Parser, start: number): SelectCore {
  const rows: (readonly Expression[] | ManyRows)[] = []
  let width = 0
  do {
    if (rows.length >= fewRows && p.marks === null && p.isOperator('(')) {
      const constant = parseConstantRows(p, width)
      if (constant.length > 0) {
        rows.push(...constant)
        p.expectOperator(')')
        continue
      }
    }
    p.expectOperator('(')
    const entries = rows.length === 0 ? 2 : 3
    p.enter(entries)
    const row = parseExpressionList(p, parseWhole)
    p.leave(entries)
    p.expectOperator(')')
    if (rows.length === 0) width = row.length
    rows.push(row)
    // Other rows are SELECTs of a compound, whose columns are counted when their names are known. (`sqlite3MultiValues`)
    if (row.length !== width && !p.hasWith && rows.every(isConstantRow)) {
      p.refuse('all VALUES must have the same number of terms')
    }
  } while (p.acceptOperator(','))
  return { kind: 'values', rows, start, end: p.lastEnd }
}

/** The columns of SELECT and of RETURNING. */
export function parseResultColumns(p: Parser): ResultColumn[] {
  const columns: ResultColumn[] = []
  do columns.push(parseResultColumn(p))
  while (p.acceptOperator(','))
  return columns
}

function parseResultColumn(p: Parser): ResultColumn {
  if (p.acceptOperator('*')) return { kind: 'star' }
  if (p.isName() && p.isOperatorAhead(1, '.') && p.isOperatorAhead(2, '*')) {
    const { start } = p
    const table = p.name()
    const star: ResultColumn = { kind: 'table-star', schema: null, table }
    p.places?.add(star, start, p.lastEnd)
    p.advance()
    p.advance()
    return star
  }
  const textStart = p.start
  const expression = parseWhole(p)
  const { textEnd } = p
  return { kind: 'expression', expression, alias: parseAlias(p), textStart, textEnd }
}

/** `AS name`, or a bare name. */
function parseAlias(p: Parser): string | null {
  if (p.accept('AS')) return p.name()
  return p.isPlainName() ? p.plainName() : null
}

export function parseFrom(p: Parser): FromClause {
  const first = parseTable(p)
  if (p.isKeyword('ON') || p.isKeyword('USING')) {
    const word = p.text
    p.advance()
    if (word === 'USING') parseNameList(p)
    else parseWhole(p)
    // `INSERT … SELECT * FROM t ON CONFLICT DO …`: SQLite too takes this ON for a join's, and stumbles next.
    if (p.isKeyword('DO')) throw p.syntaxError()
    p.refuse(`a JOIN clause is required before ${word}`)
  }
  const joins: Join[] = []
  for (;;) {
    const operator = parseJoinOperator(p)
    if (operator === null) return { first, joins }
    const right = parseTable(p)
    const on = p.accept('ON') ? behind(p, 5, parseWhole) : null
    const using = on === null && p.accept('USING') ? parseNameList(p) : null
    if (operator.natural && (on !== null || using !== null)) {
      p.refuseLast('a NATURAL join may not have an ON or USING clause')
    }
    joins.push({ ...operator, right, on, using })
    if (joins.length >= maxFromTerms) {
      throw sqlError(`too many FROM clause terms, max: ${maxFromTerms}`)
    }
  }
}

const isInner = 1
const isCross = 2
const isLeft = 4
const isRight = 8
const isOuter = 16
const isNatural = 32

const joinWords: ReadonlyMap<string, number> = new Map([
  ['CROSS', isInner | isCross],
  ['FULL', isLeft | isRight | isOuter],
  ['INNER', isInner],
  ['LEFT', isLeft | isOuter],
  ['NATURAL', isNatural],
  ['OUTER', isOuter],
  ['RIGHT', isRight | isOuter],
])

/** What the words before JOIN mean together; null: they contradict each other. */
function joinOperatorOf(flags: number): JoinOperator | null {
  const isSided = (flags & (isLeft | isRight)) !== 0
  if ((flags & isOuter) !== 0 && ((flags & isInner) !== 0 || !isSided)) return null
  if ((flags & isLeft) !== 0) return (flags & isRight) !== 0 ? 'full' : 'left'
  if ((flags & isRight) !== 0) return 'right'
  return (flags & isCross) !== 0 ? 'cross' : 'inner'
}

/** The operator between two tables; null: the FROM clause ends here. */
function parseJoinOperator(p: Parser): { operator: JoinOperator; natural: boolean } | null {
  if (p.acceptOperator(',')) return { operator: 'comma', natural: false }
  if (p.accept('JOIN')) return { operator: 'inner', natural: false }
  if (p.kind !== KEYWORD || !joinWords.has(p.text)) return null
  const words: string[] = []
  while (words.length < 3 && !p.isKeyword('JOIN') && p.isName()) {
    words.push(p.sql.slice(p.start, p.end))
    p.advance()
  }
  p.expect('JOIN')
  let flags = 0
  let known = true
  for (const word of words) {
    const flag = joinWords.get(word.toUpperCase())
    if (flag === undefined) known = false
    else flags |= flag
  }
  const operator = known ? joinOperatorOf(flags) : null
  if (operator === null) throw sqlError(`unknown join type: ${words.join(' ')}`)
  return { operator, natural: (flags & isNatural) !== 0 }
}

function parseTable(p: Parser): TableReference {
  if (p.acceptOperator('(')) {
    if (startsSelect(p)) {
      const select = behind(p, 2, parseSelect)
      p.expectOperator(')')
      return { kind: 'subquery', select, alias: parseAlias(p) }
    }
    const inner = behind(p, 2, parseFrom)
    p.expectOperator(')')
    const alias = parseAlias(p)
    if (inner.joins.length > 0) p.selects++
    // Parentheses around nothing but parentheses, or around one table, mean nothing.
    const only = inner.joins.length === 0 ? inner.first : null
    if (only !== null && only.kind !== 'nested') {
      return alias === null ? only : p.placed({ ...only, alias })
    }
    return { kind: 'nested', from: only === null ? inner : only.from, alias }
  }
  const { schema, name } = behind(p, 2, () => p.qualifiedName())
  if (p.acceptOperator('(')) {
    const args = p.isOperator(')') ? [] : parseExpressionList(p)
    p.expectOperator(')')
    return { kind: 'table-function', schema, name, args, alias: parseAlias(p) }
  }
  const alias = parseAlias(p)
  return p.placed({ kind: 'table', schema, name, alias, indexedBy: parseIndexedBy(p) })
}

/** `INDEXED BY name`, `NOT INDEXED`, or nothing. */
export function parseIndexedBy(p: Parser): string | false | null {
  if (p.accept('INDEXED')) {
    p.expect('BY')
    return p.name()
  }
  if (!p.accept('NOT')) return null
  p.expect('INDEXED')
  return false
}
