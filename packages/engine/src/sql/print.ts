/**
 * Syntax tree to SQL, in one canonical form: every operand that is itself an operation stands in
 * parentheses, names are quoted where they must be. Parsing the answer gives the same tree, but for spans.
 */
import { checkTextLength, replaceAll } from '../base/long-text.ts'
import type {
  ConstantRows,
  ManyRows,
  ParameterRows,
  ConstantValue,
  Expression,
  FrameBound,
  FromClause,
  FunctionCall,
  OrderingTerm,
  ResultColumn,
  Select,
  SelectCore,
  TableName,
  TableReference,
  WindowSpecification,
  WithClause,
} from './ast/query.ts'
import { keywords } from './keywords.ts'
import { isConstantRows } from './parser/constant-rows.ts'

/** A name, in double quotes unless it is a plain word and no keyword. */
export function quoteName(name: string): string {
  const isPlain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
  if (isPlain && !keywords.has(name.toUpperCase()) && !/^(true|false)$/i.test(name)) return name
  return `"${name.replaceAll('"', '""')}"`
}

/** A text literal. */
export function quoteText(text: string): string {
  const quoted = replaceAll(text, "'", "''")
  checkTextLength(quoted.length + 2)
  return `'${quoted}'`
}

export function printExpression(e: Expression): string {
  switch (e.kind) {
    case 'null':
      return 'NULL'
    case 'integer':
      return printInteger(e.value)
    case 'real':
      return printReal(e.value)
    case 'text':
      return quoteText(e.value)
    case 'blob':
      return `x'${Buffer.from(e.value).toString('hex')}'`
    case 'boolean':
      return e.name
    case 'current':
      return e.what
    case 'parameter':
      return e.name ?? '?'
    case 'column': {
      const outer = [e.schema, e.table].filter((part) => part !== null).map(quoteName)
      return [...outer, printColumn(e.column, e.quoted)].join('.')
    }
    case 'unary':
      return `${e.operator}${e.operator === 'NOT' ? ' ' : ''}${operand(e.operand)}`
    case 'binary':
      return `${operand(e.left)} ${e.operator} ${operand(e.right)}`
    case 'collate':
      return `${operand(e.operand)} COLLATE ${quoteName(e.collation)}`
    case 'is-null':
      return `${operand(e.operand)} ${e.negated ? 'NOTNULL' : 'ISNULL'}`
    case 'between':
      return `${operand(e.operand)} ${not(e.negated)}BETWEEN ${operand(e.low)} AND ${operand(e.high)}`
    case 'like': {
      const escape = e.escape === null ? '' : ` ESCAPE ${operand(e.escape)}`
      return `${operand(e.operand)} ${not(e.negated)}${e.operator} ${operand(e.pattern)}${escape}`
    }
    case 'in':
      return `${operand(e.operand)} ${not(e.negated)}IN ${printInSource(e.source)}`
    case 'exists':
      return `EXISTS (${printSelect(e.select)})`
    case 'subquery':
      return `(${printSelect(e.select)})`
    case 'case':
      return printCase(e)
    case 'cast':
      return `CAST(${printExpression(e.operand)} AS ${e.type})`
    case 'function':
      return printFunction(e)
    case 'row':
      return `(${list(e.items)})`
    case 'raise':
      return `RAISE(${e.action}${e.message === null ? '' : `, ${printExpression(e.message)}`})`
    default:
      return e satisfies never
  }
}

/** A negative literal was hexadecimal, or is the smallest INTEGER, which is read together with its sign. */
function printInteger(value: number | bigint): string {
  if (value >= 0 || value === -(2n ** 63n)) return String(value)
  return `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}`
}

/** A number that reads back as the same REAL. */
function printReal(value: number): string {
  if (value === Infinity) return '9e999'
  const text = String(value)
  return /[.e]/.test(text) ? text : `${text}.0`
}

/** In double quotes where it was, for only then may it be a text; in other marks where it needs some. */
function printColumn(name: string, quoted: boolean): string {
  if (quoted) return `"${name.replaceAll('"', '""')}"`
  return quoteName(name) === name ? name : `\`${name.replaceAll('`', '``')}\``
}

const atoms = new Set<Expression['kind']>([
  'null',
  'integer',
  'real',
  'text',
  'blob',
  'boolean',
  'current',
  'parameter',
  'column',
  'exists',
  'subquery',
  'case',
  'cast',
  'function',
  'row',
  'raise',
])

/** Within an operation. The smallest INTEGER brings its sign along, which must not meet another. */
function operand(e: Expression): string {
  const isAtom = e.kind === 'integer' ? e.value !== -(2n ** 63n) : atoms.has(e.kind)
  return isAtom ? printExpression(e) : `(${printExpression(e)})`
}

function not(negated: boolean): string {
  return negated ? 'NOT ' : ''
}

function list(items: readonly Expression[]): string {
  return items.map(printExpression).join(', ')
}

function printInSource(source: Extract<Expression, { kind: 'in' }>['source']): string {
  if (source.kind === 'list') return `(${list(source.items)})`
  if (source.kind === 'select') return `(${printSelect(source.select)})`
  const name = qualified(source.schema, source.name)
  return source.args === null ? name : `${name}(${list(source.args)})`
}

export function qualified(schema: string | null, name: string): string {
  return schema === null ? quoteName(name) : `${quoteName(schema)}.${quoteName(name)}`
}

function printCase(e: Extract<Expression, { kind: 'case' }>): string {
  const branches = e.branches.map(
    ({ when, then }) => `WHEN ${printExpression(when)} THEN ${printExpression(then)}`,
  )
  const first = e.operand === null ? [] : [printExpression(e.operand)]
  const last = e.otherwise === null ? [] : [`ELSE ${printExpression(e.otherwise)}`]
  return ['CASE', ...first, ...branches, ...last, 'END'].join(' ')
}

function printFunction(e: FunctionCall): string {
  const order = e.orderBy.length === 0 ? '' : ` ORDER BY ${printTerms(e.orderBy)}`
  const args = e.star ? '*' : `${e.distinct ? 'DISTINCT ' : ''}${list(e.args)}${order}`
  const filter = e.filter === null ? '' : ` FILTER (WHERE ${printExpression(e.filter)})`
  const over =
    e.over === null ? '' : ` OVER ${typeof e.over === 'string' ? e.over : printWindow(e.over)}`
  return `${quoteName(e.name)}(${args})${filter}${over}`
}

export function printTerms(terms: readonly OrderingTerm[]): string {
  return terms
    .map(({ expression, descending, nulls }) => {
      const direction = descending ? ' DESC' : ''
      return `${printExpression(expression)}${direction}${nulls === null ? '' : ` NULLS ${nulls}`}`
    })
    .join(', ')
}

function printWindow(window: WindowSpecification): string {
  const parts: string[] = []
  if (window.base !== null) parts.push(window.base)
  if (window.partitionBy.length > 0) parts.push(`PARTITION BY ${list(window.partitionBy)}`)
  if (window.orderBy.length > 0) parts.push(`ORDER BY ${printTerms(window.orderBy)}`)
  if (window.frame !== null) {
    const { unit, start, end, exclude } = window.frame
    parts.push(`${unit} BETWEEN ${printBound(start)} AND ${printBound(end)}`)
    if (exclude !== 'NO OTHERS') parts.push(`EXCLUDE ${exclude}`)
  }
  return `(${parts.join(' ')})`
}

function printBound(bound: FrameBound): string {
  switch (bound.kind) {
    case 'preceding':
      return `${operand(bound.offset)} PRECEDING`
    case 'following':
      return `${operand(bound.offset)} FOLLOWING`
    default:
      return bound.kind.toUpperCase().replace('-', ' ')
  }
}

/** A whole query. */
export function printSelect(select: Select): string {
  const parts: string[] = []
  if (select.with !== null) parts.push(printWith(select.with))
  parts.push(printCore(select.first))
  for (const { operator, core } of select.compounds) parts.push(operator, printCore(core))
  if (select.orderBy.length > 0) parts.push(`ORDER BY ${printTerms(select.orderBy)}`)
  if (select.limit !== null) parts.push(`LIMIT ${printExpression(select.limit)}`)
  if (select.offset !== null) parts.push(`OFFSET ${printExpression(select.offset)}`)
  return parts.join(' ')
}

export function printWith(clause: WithClause): string {
  const tables = clause.tables.map(({ name, columns, materialized, select }) => {
    const names = columns === null ? '' : printNames(columns)
    const hint = materialized === null ? '' : `${not(!materialized)}MATERIALIZED `
    return `${quoteName(name)}${names} AS ${hint}(${printSelect(select)})`
  })
  return `WITH ${clause.recursive ? 'RECURSIVE ' : ''}${tables.join(', ')}`
}

/** `(a, b)` */
export function printNames(names: readonly string[]): string {
  return `(${names.map(quoteName).join(', ')})`
}

/** A row of VALUES, or many. */
function printRows(row: readonly Expression[] | ManyRows): string {
  if (!isConstantRows(row)) return `(${list(row)})`
  return row.kind === 'constant-rows' ? printConstantRows(row) : printParameterRows(row)
}

function printParameterRows({ width, count }: ParameterRows): string {
  const row = `(${Array(width).fill('?').join(', ')})`
  return Array(count / width)
    .fill(row)
    .join(', ')
}

function printConstantRows({ width, values, ...rows }: ConstantRows): string {
  const reals = new Set(rows.wholeReals)
  const cells = values.map((value, place) => printConstant(value, reals.has(place)))
  rows.parameterPlaces.forEach((place, i) => (cells[place] = rows.parameterNames[i] ?? '?'))
  const texts: string[] = []
  for (let i = 0; i < cells.length; i += width) {
    texts.push(`(${cells.slice(i, i + width).join(', ')})`)
  }
  return texts.join(', ')
}

function printConstant(value: ConstantValue, isReal: boolean): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return quoteText(value)
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (value < 0) return `-${printConstant(-value, isReal)}`
  return isReal || (typeof value === 'number' && !Number.isInteger(value))
    ? printReal(Number(value))
    : String(value)
}

function printCore(core: SelectCore): string {
  if (core.kind === 'values') return `VALUES ${core.rows.map(printRows).join(', ')}`
  const parts = [
    `SELECT ${core.distinct ? 'DISTINCT ' : ''}${core.columns.map(printResult).join(', ')}`,
  ]
  if (core.from !== null) parts.push(`FROM ${printFrom(core.from)}`)
  if (core.where !== null) parts.push(`WHERE ${printExpression(core.where)}`)
  if (core.groupBy.length > 0) parts.push(`GROUP BY ${list(core.groupBy)}`)
  if (core.having !== null) parts.push(`HAVING ${printExpression(core.having)}`)
  if (core.windows.length > 0) {
    const windows = core.windows.map(({ name, window }) => `${name} AS ${printWindow(window)}`)
    parts.push(`WINDOW ${windows.join(', ')}`)
  }
  return parts.join(' ')
}

export function printResult(column: ResultColumn): string {
  if (column.kind === 'star') return '*'
  if (column.kind === 'table-star') return `${quoteName(column.table)}.*`
  return printExpression(column.expression) + printAlias(column.alias)
}

export function printAlias(alias: string | null): string {
  return alias === null ? '' : ` AS ${quoteName(alias)}`
}

export function printFrom(from: FromClause): string {
  const joins = from.joins.map(({ operator, natural, right, on, using }) => {
    const word =
      operator === 'comma' ? ', ' : ` ${natural ? 'NATURAL ' : ''}${operator.toUpperCase()} JOIN `
    const condition =
      on !== null
        ? ` ON ${printExpression(on)}`
        : using === null
          ? ''
          : ` USING (${using.map(quoteName).join(', ')})`
    return word + printTable(right) + condition
  })
  return printTable(from.first) + joins.join('')
}

export function printTableName(table: Omit<TableName, 'kind'>): string {
  const { schema, name, alias, indexedBy } = table
  const hint =
    indexedBy === null
      ? ''
      : indexedBy === false
        ? ' NOT INDEXED'
        : ` INDEXED BY ${quoteName(indexedBy)}`
  return qualified(schema, name) + printAlias(alias) + hint
}

function printTable(table: TableReference): string {
  switch (table.kind) {
    case 'table':
      return printTableName(table)
    case 'table-function':
      return `${qualified(table.schema, table.name)}(${list(table.args)})${printAlias(table.alias)}`
    case 'subquery':
      return `(${printSelect(table.select)})${printAlias(table.alias)}`
    case 'nested':
      return `(${printFrom(table.from)})${printAlias(table.alias)}`
    default:
      return table satisfies never
  }
}
