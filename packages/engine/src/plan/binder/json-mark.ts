/**
 * Which arguments are known to be JSON, so that a JSON function takes them as such and not as text to be quoted. (JSON Functions And
 * Operators §3.4)
 *
 * SQLite marks what a JSON function answers with a subtype, which goes with the value from expression to expression,
 * and out of a scalar subquery, but is lost where the value becomes a column of a row. A virtual column is as its expression. So it is
 * known here who may see a mark: the marks are functions of the plan, and no other value carries one.
 */
import {
  jsonMark,
  jsonMarkByType,
  jsonMarkLike,
  markedExtreme,
  markedForm,
  markedText,
} from '../../runtime/index.ts'
import { isVirtual, type Table } from '../../schema/index.ts'
import { isConstantRows } from '../constant-rows.ts'
import type { AggregateCall, BoundColumn, BoundExpression, SourceId } from '../expression.ts'
import type { AggregateNode, PlanNode, WindowCall } from '../node.ts'
import { Scope, tableSource } from '../scope.ts'
import { visitFrom } from '../walk/from.ts'
import { rewritePlan } from '../walk/rewrite.ts'
import { visitExpression } from '../walk/visit.ts'
import type { Binder } from './binder.ts'
import { generatedValue } from './generated.ts'

type Call = Extract<BoundExpression, { kind: 'function' }>

/** The call that a column of an aggregation or a window is. */
type Aggregated = Pick<AggregateCall, 'function' | 'args'> & {
  /** Its arguments have been columns of a row, and have lost their marks. */
  readonly isWindow?: true
}

/** null: it is none. */
type CallOf = (source: SourceId, column: number) => Aggregated | null

/** An aggregation whose calls may become more. */
interface Aggregation {
  readonly call: AggregateCall
  /** Answers the column of a call that has not been there. */
  readonly add: (call: AggregateCall) => number
  /** The tables of its rows. */
  readonly tableOf: Marks['tableOf']
}

/** What is known of the columns in an expression. */
interface Marks {
  /** null: the column is no aggregate. */
  readonly aggregationOf: (source: SourceId, column: number) => Aggregation | null
  readonly callOf: CallOf
  /** A virtual column marked as its expression is; null: it is none, or is never JSON. */
  readonly generated: (column: BoundColumn, table: Table) => BoundExpression | null
  /** The table that a source is; null: it is none. */
  readonly tableOf: (source: SourceId) => Table | null
}

/** The expression with marks on what JSON functions answer in it. */
export function markJson(b: Binder, scope: Scope, expression: BoundExpression): BoundExpression {
  const generated = (column: BoundColumn, table: Table): BoundExpression | null =>
    markedGenerated(b, column, table)
  return mark(expression, {
    generated,
    callOf: callsOf(scope),
    tableOf: tablesOf(scope),
    aggregationOf: aggregationsOf(scope),
  })
}

/** The aggregations of the queries around an expression. */
function aggregationsOf(scope: Scope): Marks['aggregationOf'] {
  return (source, column) => {
    for (let at: Scope | null = scope; at !== null; at = at.parent) {
      const { grouping } = at
      if (grouping === null || grouping.source !== source) continue
      const { calls, keyCount } = grouping
      const call = calls[column - keyCount]
      if (call === undefined) return null
      const add = (one: AggregateCall): number => keyCount + calls.push(one) - 1
      return { call, add, tableOf: tablesOf(at) }
    }
    return null
  }
}

/** The tables of the queries around an expression. */
function tablesOf(scope: Scope): Marks['tableOf'] {
  return (source) => {
    for (let at: Scope | null = scope; at !== null; at = at.parent) {
      const found = at.sources.find(({ id }) => id === source)
      if (found !== undefined) return found.table
    }
    return null
  }
}

/** The aggregates of the queries around an expression. */
function callsOf(scope: Scope): CallOf {
  return (source, column) => {
    for (let at: Scope | null = scope; at !== null; at = at.parent) {
      const { grouping } = at
      if (grouping !== null && grouping.source === source)
        return grouping.calls[column - grouping.keyCount] ?? null
      const window = at.windows.find((one) => one.source === source)
      const call = aggregated(window?.calls[column])
      if (call !== null) return call
    }
    return null
  }
}

function markedGenerated(b: Binder, column: BoundColumn, table: Table): BoundExpression | null {
  const definition = table.columns[column.column]
  if (definition === undefined || !isVirtual(definition)) return null
  // Columns that are computed from each other are refused when they are read.
  if (b.marking.includes(definition)) return null
  b.marking.push(definition)
  try {
    const row = tableSource(column.source, table, table.name)
    const inner = new Scope(null, 'generated')
    inner.sources.push(row)
    const like = markJson(b, inner, generatedValue(b, table, definition, row))
    if (!mayMark(like)) return null
    return { kind: 'function', function: jsonMarkLike, args: [column, like], collation: 'BINARY' }
  } finally {
    b.marking.pop()
  }
}

function mayMark(expression: BoundExpression): boolean {
  let may = false
  visitExpression(expression, (part) => {
    if (part.kind === 'scalar-query') may = true
    if (part.kind === 'function' && part.function.marksJson) may = true
  })
  return may
}

/** A column whose value may be JSON without being an aggregate; null: it is none. */
function markedColumn(column: BoundColumn, marks: Marks): BoundExpression | null {
  const table = marks.tableOf(column.source)
  if (table === null) return null
  return markedElement(column, table) ?? marks.generated(column, table)
}

/** `value` of json_each and its kin, which a column beside it says to be JSON or not; null: another column. */
function markedElement(column: BoundColumn, table: Table): BoundExpression | null {
  const json = table.virtual?.json
  if (json === undefined || json.value !== column.column) return null
  const { name, affinity, collation } = table.columns[json.type]!
  const { source } = column
  const type: BoundColumn = { kind: 'column', source, column: json.type, name, affinity, collation }
  return { kind: 'function', function: jsonMarkByType, args: [column, type], collation: 'BINARY' }
}

function mark(expression: BoundExpression, marks: Marks): BoundExpression {
  switch (expression.kind) {
    case 'function':
      return markCall(expression, marks)
    case 'case': {
      const { branches, otherwise } = expression
      return {
        ...expression,
        // oxlint-disable-next-line unicorn/no-thenable -- the plan's name for what a CASE branch gives
        branches: branches.map(({ when, then }) => ({ when, then: mark(then, marks) })),
        otherwise: otherwise === null ? null : mark(otherwise, marks),
      }
    }
    case 'let':
      return { ...expression, body: mark(expression.body, marks) }
    case 'cast': {
      if (expression.affinity !== 'text') return expression
      const operand = mark(expression.operand, marks)
      if (operand === expression.operand) return expression
      return { kind: 'function', function: markedText, args: [operand], collation: 'BINARY' }
    }
    case 'column':
      if (isJson(expression, marks.callOf)) return marked(expression)
      return markedColumn(expression, marks) ?? markedLeast(expression, marks) ?? expression
    case 'scalar-query': {
      const { query } = expression
      if (query.columnCount !== 1) return expression
      if (isDistinctJson(query.plan, marks)) return marked(expression)
      return { ...expression, query: { ...query, plan: markPlan(query.plan, marks) } }
    }
    default:
      return expression
  }
}

/** The least or greatest of values of which some may be JSON: a call of its own, which keeps the mark; null: it is none. */
function markedLeast(column: BoundColumn, marks: Marks): BoundColumn | null {
  const found = marks.aggregationOf(column.source, column.column)
  if (found === null) return null
  const { call, add, tableOf } = found
  const form = markedExtreme(call.function)
  const [operand] = call.args
  if (form === null || operand === undefined || call.args.length > 1) return null
  const arg = mark(operand, { ...marks, tableOf })
  if (arg === operand || !mayMark(arg)) return null
  return { ...column, column: add({ ...call, function: form, args: [arg] }) }
}

function marked(expression: BoundExpression): Call {
  return { kind: 'function', function: jsonMark, args: [expression], collation: 'BINARY' }
}

function markCall(call: Call, marks: Marks): BoundExpression {
  const { givesJson, form } = call.function
  if (givesJson === true) return marked(call)
  if (givesJson !== false) return { ...call, function: givesJson }
  if (form === 'iif') {
    // Conditions stand before values.
    const last = call.args.length - 1
    const args = call.args.map((arg, i) => (i % 2 === 1 || i === last ? mark(arg, marks) : arg))
    return { ...call, args }
  }
  const withMarks = form === null ? markedForm(call.function) : call.function
  if (withMarks === null) return call
  return { ...call, function: withMarks, args: call.args.map((arg) => mark(arg, marks)) }
}

/** Whether a text that the expression gives is JSON always. */
function isJson(expression: BoundExpression, callOf: CallOf): boolean {
  if (expression.kind === 'function') return expression.function.givesJson === true
  if (expression.kind !== 'column') return false
  const call = callOf(expression.source, expression.column)
  if (call === null) return false
  // The arguments of min() and max() are none that take JSON, so they are not marked.
  return (
    (call.function.isJson === true && call.function.keepsMarks !== true) ||
    (call.function.extreme !== null && call.isWindow !== true && isJson(call.args[0]!, callOf))
  )
}

/** A subquery's plan with a marked answer. Where rows are kept between, they keep no marks. */
function markPlan(plan: PlanNode, marks: Marks): PlanNode {
  switch (plan.kind) {
    case 'limit':
      return { ...plan, input: markPlan(plan.input, marks) }
    case 'sort':
      // One row is in every order, and is not sorted.
      if (isOneRow(plan.input)) return markPlan(plan.input, marks)
      if (plan.input.kind !== 'project') return plan
      return { ...plan, input: markPlan(plan.input, marks), isMarked: true }
    case 'values': {
      const [row] = plan.rows
      if (plan.rows.length > 1 || row === undefined) return plan
      if (isConstantRows(row)) return plan
      return { ...plan, rows: [row.map((value) => mark(value, marks))] }
    }
    case 'compound':
      if (plan.operator !== 'UNION ALL') return plan
      return { ...plan, left: markPlan(plan.left, marks), right: markPlan(plan.right, marks) }
    case 'distinct':
      return isOneRow(plan) ? markPlan(plan.input, marks) : plan
    case 'project': {
      const aggregate = aggregateUnder(plan.input)
      const callOf = callsUnder(plan.input, marks)
      const tables = aggregate === null ? tablesUnder(plan.input) : noTables
      const tableOf: Marks['tableOf'] = (source) => tables.get(source) ?? marks.tableOf(source)
      const more: AggregateCall[] = []
      const aggregationOf = aggregationUnder(aggregate, marks, more)
      const inside = { ...marks, callOf, tableOf, aggregationOf }
      const columns = plan.columns.map((column) => mark(column, inside))
      return aggregate === null || more.length === 0
        ? { ...plan, columns }
        : withCalls({ ...plan, columns }, aggregate, more)
    }
    default:
      return plan
  }
}

/** What is known of calls above an aggregate or a window. */
function callsUnder(plan: PlanNode, marks: Marks): CallOf {
  const aggregate = aggregateUnder(plan)
  return (source, column) => {
    if (plan.kind === 'window' && plan.source === source) return aggregated(plan.calls[column])
    if (aggregate === null || aggregate.source !== source) return marks.callOf(source, column)
    return aggregate.aggregates[column - aggregate.groupBy.length] ?? null
  }
}

/** Calls that are added to an aggregation have columns below zero at first: −1, −2 … */
function aggregationUnder(
  aggregate: AggregateNode | null,
  marks: Marks,
  more: AggregateCall[],
): Marks['aggregationOf'] {
  if (aggregate === null) return marks.aggregationOf
  const tables = tablesUnder(aggregate.input)
  return (source, column) => {
    if (source !== aggregate.source) return marks.aggregationOf(source, column)
    const call = aggregate.aggregates[column - aggregate.groupBy.length]
    if (call === undefined) return null
    return {
      call,
      add: (one) => -more.push(one),
      tableOf: (of) => tables.get(of) ?? marks.tableOf(of),
    }
  }
}

/** The plan with calls behind those of its aggregation, where its bare columns have been. */
function withCalls(
  plan: PlanNode,
  { source, groupBy, aggregates }: AggregateNode,
  more: readonly AggregateCall[],
): PlanNode {
  const first = groupBy.length + aggregates.length
  return rewritePlan(plan, {
    node: (node) =>
      node.kind === 'aggregate' && node.source === source
        ? { ...node, aggregates: [...aggregates, ...more] }
        : node,
    expression: (e) => {
      if (e.kind !== 'column' || e.source !== source) return e
      if (e.column < 0) return { ...e, column: first - 1 - e.column }
      return e.column < first ? e : { ...e, column: e.column + more.length }
    },
  })
}

/** A call over a window that is one of an aggregate function. */
function aggregated(call: Pick<WindowCall, 'function' | 'args'> | undefined): Aggregated | null {
  if (call?.function.kind !== 'aggregate') return null
  return { function: call.function.function, args: call.args, isWindow: true }
}

/** Different rows of which each is JSON: they are compared without marks. */
function isDistinctJson(plan: PlanNode, marks: Marks): boolean {
  if (plan.kind === 'limit') return isDistinctJson(plan.input, marks)
  if (plan.kind !== 'distinct' || plan.input.kind !== 'project') return false
  const { input, columns } = plan.input
  return isJson(columns[0]!, callsUnder(input, marks))
}

/** An aggregate without GROUP BY. */
function isOneRow(plan: PlanNode): boolean {
  if (plan.kind === 'distinct') return isOneRow(plan.input)
  return plan.kind === 'project' && aggregateUnder(plan.input)?.groupBy.length === 0
}

const noTables: ReadonlyMap<SourceId, Table> = new Map()

/** The tables whose columns are there as they are. */
function tablesUnder(plan: PlanNode): ReadonlyMap<SourceId, Table> {
  const tables = new Map<SourceId, Table>()
  visitFrom(plan, (leaf) => {
    if (leaf.kind === 'scan') tables.set(leaf.source, leaf.table)
  })
  return tables
}

function aggregateUnder(plan: PlanNode): AggregateNode | null {
  if (plan.kind === 'filter') return aggregateUnder(plan.input)
  return plan.kind === 'aggregate' ? plan : null
}
