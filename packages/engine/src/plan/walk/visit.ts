/**
 * Looking at plans and expressions: the steps of `map.ts` for those who change nothing, and allocate nothing.
 *
 * `visitOperands`, `visitNode` and `visitAccess` take one step, in the order in which `map.ts` takes it. `visitExpression` goes
 * through one expression, `visitorOf` through all that hangs on a tree, subqueries included.
 */
import { isConstantRows } from '../constant-rows.ts'
import type { BoundExpression, SortKey, Subquery } from '../expression.ts'
import type { Access, InKeys, PlanNode, RangeBound, WindowNode } from '../node.ts'

export type ExpressionVisit = (expression: BoundExpression) => void
export type NodeVisit = (node: PlanNode) => void
export type SubqueryVisit = (query: Subquery) => void

/** For those whom subqueries do not concern. */
export function ignoreQuery(_query: Subquery): void {
  // What a subquery does is its own affair.
}

/** For those who ask about a node alone. */
export function ignoreInput(_input: PlanNode): void {
  // Its inputs are looked at by whoever looks at them.
}

export function visitEach<T>(items: readonly T[], visit: (item: T) => void): void {
  for (let i = 0; i < items.length; i++) visit(items[i]!)
}

/** The expression's direct operands, and the subqueries that it names itself. */
export function visitOperands(
  expression: BoundExpression,
  visit: ExpressionVisit,
  visitQuery: SubqueryVisit,
): void {
  switch (expression.kind) {
    case 'literal':
    case 'parameter':
    case 'column':
    case 'local':
      return
    case 'negate':
    case 'bit-not':
    case 'not':
    case 'is-null':
    case 'is-truth':
    case 'cast':
      visit(expression.operand)
      return
    case 'arithmetic':
    case 'compare':
      visit(expression.left)
      visit(expression.right)
      return
    case 'and':
    case 'or':
      visitEach(expression.operands, visit)
      return
    case 'between':
      visit(expression.operand)
      visit(expression.low)
      visit(expression.high)
      return
    case 'in-list':
      visit(expression.operand)
      visitEach(expression.items, visit)
      return
    case 'in-query':
      visitEach(expression.operands, visit)
      visitQuery(expression.query)
      return
    case 'exists':
    case 'scalar-query':
      visitQuery(expression.query)
      return
    case 'case':
      for (const { when, then } of expression.branches) {
        visit(when)
        visit(then)
      }
      if (expression.otherwise !== null) visit(expression.otherwise)
      return
    case 'let':
      visit(expression.value)
      visit(expression.body)
      return
    case 'function':
      visitEach(expression.args, visit)
      return
    default:
      expression satisfies never
  }
}

/** The node's direct inputs, its own expressions, and the subqueries that it names itself. */
export function visitNode(
  node: PlanNode,
  visitInput: NodeVisit,
  visit: ExpressionVisit,
  visitQuery: SubqueryVisit,
): void {
  switch (node.kind) {
    case 'single-row':
      return
    case 'scan':
      visitAccess(node.access, visit, visitQuery)
      return
    case 'derived':
      visitInput(node.input)
      if (node.hash !== null) visitEach(node.hash.probeKeys, visit)
      return
    case 'values':
      for (const row of node.rows) if (!isConstantRows(row)) visitEach(row, visit)
      return
    case 'filter':
      visitInput(node.input)
      visit(node.condition)
      return
    case 'join':
      visitInput(node.left)
      visitInput(node.right)
      if (node.on !== null) visit(node.on)
      return
    case 'outer-join':
      visitInput(node.left)
      visitInput(node.right)
      if (node.on !== null) visit(node.on)
      if (node.hash !== null) {
        visitEach(node.hash.buildKeys, visit)
        visitEach(node.hash.probeKeys, visit)
      }
      return
    case 'aggregate':
      visitInput(node.input)
      for (const { expression } of node.groupBy) visit(expression)
      for (const { args, filter, orderBy } of node.aggregates) {
        visitEach(args, visit)
        if (filter !== null) visit(filter)
        visitSortKeys(orderBy, visit)
      }
      visitEach(node.bare, visit)
      return
    case 'project':
      visitInput(node.input)
      visitEach(node.columns, visit)
      return
    case 'distinct':
      visitInput(node.input)
      return
    case 'sort':
      visitInput(node.input)
      visitSortKeys(node.keys, visit)
      if (node.top !== null) visit(node.top)
      return
    case 'limit':
      visitInput(node.input)
      visit(node.limit)
      if (node.offset !== null) visit(node.offset)
      return
    case 'compound':
      visitInput(node.left)
      visitInput(node.right)
      return
    case 'recursive':
      visitInput(node.setup)
      visitInput(node.step)
      if (node.order !== null) visitSortKeys(node.order, visit)
      return
    case 'window':
      visitWindow(node, visitInput, visit)
      return
    default:
      node satisfies never
  }
}

function visitWindow(node: WindowNode, visitInput: NodeVisit, visit: ExpressionVisit): void {
  visitInput(node.input)
  for (const { expression } of node.partitionBy) visit(expression)
  visitSortKeys(node.orderBy, visit)
  for (const { start, end } of node.frames) {
    for (const edge of [start, end]) {
      if (edge.kind === 'preceding' || edge.kind === 'following') visit(edge.offset)
    }
  }
  for (const { args, filter } of node.calls) {
    visitEach(args, visit)
    if (filter !== null) visit(filter)
  }
  visitEach(node.kept, visit)
}

function visitSortKeys(keys: readonly SortKey[], visit: ExpressionVisit): void {
  for (const { expression } of keys) visit(expression)
}

function visitBound(bound: RangeBound | null, visit: ExpressionVisit): void {
  if (bound !== null) visit(bound.key)
}

function visitKeys(keys: InKeys, visit: ExpressionVisit, visitQuery: SubqueryVisit): void {
  if (keys.kind === 'list') visitEach(keys.items, visit)
  else visitQuery(keys.query)
}

/** The access's keys, and the subquery of an IN. */
export function visitAccess(
  access: Access,
  visit: ExpressionVisit,
  visitQuery: SubqueryVisit,
): void {
  switch (access.kind) {
    case 'full':
      return
    case 'rowid':
      visit(access.key)
      return
    case 'rowid-range':
      visitBound(access.low, visit)
      visitBound(access.high, visit)
      return
    case 'rowid-in':
      visitKeys(access.keys, visit, visitQuery)
      return
    case 'index':
      for (const { key } of access.equal) visit(key)
      if (access.in !== null) visitKeys(access.in, visit, visitQuery)
      for (const { key } of access.afterIn) visit(key)
      visitBound(access.low, visit)
      visitBound(access.high, visit)
      return
    case 'any':
      for (const arm of access.arms) {
        visitAccess(arm.access, visit, visitQuery)
        if (arm.filter !== null) visit(arm.filter)
      }
      return
    case 'hash':
      visitEach(access.buildKeys, visit)
      visitEach(access.probeKeys, visit)
      if (access.filter !== null) visit(access.filter)
      return
    case 'virtual':
      for (const arg of access.args) {
        if (arg.kind === 'in') visitKeys(arg.keys, visit, visitQuery)
        else visit(arg.key)
      }
      return
    default:
      access satisfies never
  }
}

/** Calls `visit` for the expression and everything in it, without going into the plans of subqueries. */
export function visitExpression(expression: BoundExpression, visit: ExpressionVisit): void {
  visit(expression)
  visitOperands(expression, (operand) => visitExpression(operand, visit), ignoreQuery)
}

/** What is looked at: each before what is inside it. */
export interface Visitor {
  readonly node?: NodeVisit
  readonly expression?: ExpressionVisit
}

/** Two functions that go through a plan, or an expression, down to its last leaf, into subqueries too. */
export function visitorOf(visitor: Visitor): { node: NodeVisit; expression: ExpressionVisit } {
  const seeNode = visitor.node
  const seeExpression = visitor.expression
  const query = ({ plan }: Subquery): void => node(plan)
  const expression = (e: BoundExpression): void => {
    seeExpression?.(e)
    visitOperands(e, expression, query)
  }
  const node = (n: PlanNode): void => {
    seeNode?.(n)
    visitNode(n, node, expression, query)
  }
  return { node, expression }
}
