/**
 * The walkers over syntax: what each kind of expression and each clause of a query is made of, in the order of writing.
 *
 * `visitParts` takes one step into an expression. `syntaxVisitor` goes through all that hangs on an expression or a query,
 * subqueries included.
 */
import type {
  Expression,
  FromClause,
  ManyRows,
  OrderingTerm,
  ResultColumn,
  Select,
  SelectCore,
  TableReference,
  WindowFrame,
  WindowSpecification,
} from './ast/query.ts'
import type { Assignment, CreateTrigger, Statement } from './ast/statement.ts'

type ExpressionVisit = (expression: Expression) => void
type SelectVisit = (select: Select) => void

/** The right side of `x IN name`: a table in all but its place. */
export type InTable = Extract<
  Extract<Expression, { readonly kind: 'in' }>['source'],
  { readonly kind: 'table' }
>

/** What is looked at: each before what is inside it. */
export interface SyntaxVisitor {
  readonly expression?: ExpressionVisit
  /** What stands in FROM. */
  readonly table?: (table: TableReference) => void
  readonly inTable?: (table: InTable) => void
  /** Rows of VALUES in one piece. */
  readonly rows?: (rows: ManyRows) => void
}

/** The expressions that stand in another one, and its subqueries. */
export function visitParts(e: Expression, visit: ExpressionVisit, visitSelect: SelectVisit): void {
  switch (e.kind) {
    case 'null':
    case 'integer':
    case 'real':
    case 'text':
    case 'blob':
    case 'boolean':
    case 'current':
    case 'parameter':
    case 'column':
      return
    case 'unary':
    case 'collate':
    case 'is-null':
    case 'cast':
      visit(e.operand)
      return
    case 'binary':
      visit(e.left)
      visit(e.right)
      return
    case 'between':
      visit(e.operand)
      visit(e.low)
      visit(e.high)
      return
    case 'like':
      visit(e.operand)
      visit(e.pattern)
      if (e.escape !== null) visit(e.escape)
      return
    case 'in':
      visit(e.operand)
      if (e.source.kind === 'list') e.source.items.forEach(visit)
      else if (e.source.kind === 'select') visitSelect(e.source.select)
      else e.source.args?.forEach(visit)
      return
    case 'exists':
    case 'subquery':
      visitSelect(e.select)
      return
    case 'case':
      if (e.operand !== null) visit(e.operand)
      for (const { when, then } of e.branches) {
        visit(when)
        visit(then)
      }
      if (e.otherwise !== null) visit(e.otherwise)
      return
    case 'function':
      e.args.forEach(visit)
      visitTerms(e.orderBy, visit)
      if (e.filter !== null) visit(e.filter)
      if (e.over !== null && typeof e.over !== 'string') visitWindow(e.over, visit)
      return
    case 'row':
      e.items.forEach(visit)
      return
    case 'raise':
      if (e.message !== null) visit(e.message)
      return
    default:
      e satisfies never
  }
}

function visitTerms(terms: readonly OrderingTerm[], visit: ExpressionVisit): void {
  for (const { expression } of terms) visit(expression)
}

function visitWindow(window: WindowSpecification, visit: ExpressionVisit): void {
  window.partitionBy.forEach(visit)
  visitTerms(window.orderBy, visit)
  if (window.frame !== null) visitFrame(window.frame, visit)
}

function visitFrame({ start, end }: WindowFrame, visit: ExpressionVisit): void {
  for (const bound of [start, end]) {
    switch (bound.kind) {
      case 'preceding':
      case 'following':
        visit(bound.offset)
        break
      case 'unbounded-preceding':
      case 'current-row':
      case 'unbounded-following':
        break
      default:
        bound satisfies never
    }
  }
}

/** Functions that go through an expression, a query or a trigger, down to the last leaf. */
export function syntaxVisitor(visitor: SyntaxVisitor): {
  readonly expression: ExpressionVisit
  readonly select: SelectVisit
  readonly trigger: (trigger: CreateTrigger) => void
} {
  const expression = (e: Expression): void => {
    visitor.expression?.(e)
    visitParts(e, expression, select)
    if (e.kind === 'in' && e.source.kind === 'table') visitor.inTable?.(e.source)
  }
  const select = (s: Select): void => {
    for (const common of s.with?.tables ?? []) select(common.select)
    core(s.first)
    for (const compound of s.compounds) core(compound.core)
    visitTerms(s.orderBy, expression)
    if (s.limit !== null) expression(s.limit)
    if (s.offset !== null) expression(s.offset)
  }
  const core = (c: SelectCore): void => {
    switch (c.kind) {
      case 'select-core':
        c.columns.forEach(column)
        if (c.from !== null) from(c.from)
        if (c.where !== null) expression(c.where)
        c.groupBy.forEach(expression)
        if (c.having !== null) expression(c.having)
        for (const { window } of c.windows) visitWindow(window, expression)
        return
      case 'values':
        for (const row of c.rows) {
          if ('kind' in row) visitor.rows?.(row)
          else row.forEach(expression)
        }
        return
      default:
        c satisfies never
    }
  }
  const column = (c: ResultColumn): void => {
    if (c.kind === 'expression') expression(c.expression)
  }
  const from = ({ first, joins }: FromClause): void => {
    table(first)
    for (const { right, on } of joins) {
      table(right)
      if (on !== null) expression(on)
    }
  }
  const table = (t: TableReference): void => {
    visitor.table?.(t)
    switch (t.kind) {
      case 'table':
        return
      case 'table-function':
        t.args.forEach(expression)
        return
      case 'subquery':
        select(t.select)
        return
      case 'nested':
        from(t.from)
        return
      default:
        t satisfies never
    }
  }
  const columns = (list: readonly ResultColumn[]): void => list.forEach(column)
  const assignments = (list: readonly Assignment[]): void =>
    list.forEach(({ value }) => expression(value))
  const step = (s: Statement): void => {
    switch (s.kind) {
      case 'select':
        select(s)
        return
      case 'insert':
        if (s.source !== null) select(s.source)
        for (const { target, update } of s.upserts) {
          visitTerms(target?.columns ?? [], expression)
          if (target?.where != null) expression(target.where)
          if (update === null) continue
          assignments(update.assignments)
          if (update.where !== null) expression(update.where)
        }
        columns(s.returning)
        return
      case 'update':
        assignments(s.assignments)
        if (s.from !== null) from(s.from)
        if (s.where !== null) expression(s.where)
        return
      case 'delete':
        if (s.where !== null) expression(s.where)
        return
      default:
    }
  }
  const trigger = ({ when, body }: CreateTrigger): void => {
    body.forEach(step)
    if (when !== null) expression(when)
  }
  return { expression, select, trigger }
}
