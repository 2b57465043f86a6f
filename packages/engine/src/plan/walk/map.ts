/**
 * Rewriting of plans and expressions. A tree never changes: a function here returns the same object when
 * nothing below it differs, else a new one, so that a pass that finds nothing to do costs a walk and no
 * memory, and `===` tells whether it did anything.
 *
 * The plans of subqueries hang on expressions; `rewritePlan` goes into them too. A `Subquery` that is
 * named twice (`(a, b) = (SELECT …)`) stays one object, for the emitter runs it once.
 */
import { isConstantRows } from '../constant-rows.ts'
import type { BoundExpression, SortKey, Subquery } from '../expression.ts'
import type { Access, InKeys, PlanNode, RangeBound } from '../node.ts'
import type { BoundStatement } from '../statement.ts'

export type ExpressionMap = (expression: BoundExpression) => BoundExpression
export type NodeMap = (node: PlanNode) => PlanNode
export type SubqueryMap = (query: Subquery) => Subquery

/** Maps every item; the same array when no item differs. */
export function mapArray<T>(items: readonly T[], map: (item: T) => T): readonly T[] {
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!
    const mapped = map(item)
    if (mapped === item) continue
    const result = items.slice(0, i)
    result.push(mapped)
    for (let j = i + 1; j < items.length; j++) result.push(map(items[j]!))
    return result
  }
  return items
}

function mapNullable<T>(item: T | null, map: (item: T) => T): T | null {
  return item === null ? null : map(item)
}

/** The expression with its direct operands mapped, and the subqueries it names itself. */
export function mapOperands(
  expression: BoundExpression,
  map: ExpressionMap,
  mapQuery: SubqueryMap,
): BoundExpression {
  switch (expression.kind) {
    case 'literal':
    case 'parameter':
    case 'column':
    case 'local':
      return expression
    case 'negate':
    case 'bit-not':
    case 'not':
    case 'is-null':
    case 'is-truth':
    case 'cast': {
      const operand = map(expression.operand)
      return operand === expression.operand ? expression : { ...expression, operand }
    }
    case 'arithmetic': {
      const left = map(expression.left)
      const right = map(expression.right)
      if (left === expression.left && right === expression.right) return expression
      return { ...expression, left, right }
    }
    case 'compare': {
      const left = map(expression.left)
      const right = map(expression.right)
      if (left === expression.left && right === expression.right) return expression
      return { ...expression, left, right }
    }
    case 'and':
    case 'or': {
      const operands = mapArray(expression.operands, map)
      if (operands === expression.operands) return expression
      return expression.isRow === true
        ? { ...expression, operands }
        : joined(expression.kind, operands)
    }
    case 'between': {
      const operand = map(expression.operand)
      const low = map(expression.low)
      const high = map(expression.high)
      if (operand === expression.operand && low === expression.low && high === expression.high) {
        return expression
      }
      return { ...expression, operand, low, high }
    }
    case 'in-list': {
      const operand = map(expression.operand)
      const items = mapArray(expression.items, map)
      if (operand === expression.operand && items === expression.items) return expression
      return { ...expression, operand, items }
    }
    case 'in-query': {
      const operands = mapArray(expression.operands, map)
      const query = mapQuery(expression.query)
      if (operands === expression.operands && query === expression.query) return expression
      return { ...expression, operands, query }
    }
    case 'exists':
    case 'scalar-query': {
      const query = mapQuery(expression.query)
      return query === expression.query ? expression : { ...expression, query }
    }
    case 'case': {
      const branches = mapArray(expression.branches, (branch) => {
        const when = map(branch.when)
        const then = map(branch.then)
        return when === branch.when && then === branch.then ? branch : { when, then }
      })
      const otherwise = mapNullable(expression.otherwise, map)
      if (branches === expression.branches && otherwise === expression.otherwise) return expression
      return { ...expression, branches, otherwise }
    }
    case 'let': {
      const value = map(expression.value)
      const body = map(expression.body)
      if (value === expression.value && body === expression.body) return expression
      return { ...expression, value, body }
    }
    case 'function': {
      const args = mapArray(expression.args, map)
      return args === expression.args ? expression : { ...expression, args }
    }
    default:
      return expression satisfies never
  }
}

/** AND or OR of operands: nested nodes of the same kind are drawn up, one operand stands alone. */
export function joined(kind: 'and' | 'or', operands: readonly BoundExpression[]): BoundExpression {
  if (operands.length === 1) return operands[0]!
  const isChain = (
    o: BoundExpression,
  ): o is Extract<BoundExpression, { readonly kind: 'and' | 'or' }> =>
    o.kind === kind && o.isRow !== true
  if (!operands.some(isChain)) return { kind, operands }
  return { kind, operands: operands.flatMap((o) => (isChain(o) ? o.operands : [o])) }
}

/** The conjuncts of a condition. */
export function conjunctsOf(condition: BoundExpression): readonly BoundExpression[] {
  if (condition.kind !== 'and') return [condition]
  const { operands } = condition
  return operands.some((o) => o.kind === 'and') ? operands.flatMap(conjunctsOf) : operands
}

/** `node` under conditions; none: `node` itself. */
export function filtered(node: PlanNode, conditions: readonly BoundExpression[]): PlanNode {
  if (conditions.length === 0) return node
  return { kind: 'filter', input: node, condition: joined('and', conditions) }
}

/** The node with its direct inputs and its own expressions mapped. */
export function mapNode(node: PlanNode, mapInput: NodeMap, map: ExpressionMap): PlanNode {
  switch (node.kind) {
    case 'single-row':
      return node
    case 'scan': {
      const access = mapAccess(node.access, map, null)
      return access === node.access ? node : { ...node, access }
    }
    case 'derived': {
      const input = mapInput(node.input)
      const probeKeys = node.hash === null ? null : mapArray(node.hash.probeKeys, map)
      if (input === node.input && (node.hash === null || probeKeys === node.hash.probeKeys)) {
        return node
      }
      return { ...node, input, hash: node.hash && { ...node.hash, probeKeys: probeKeys! } }
    }
    case 'values': {
      const rows = mapArray(node.rows, (row) => (isConstantRows(row) ? row : mapArray(row, map)))
      return rows === node.rows ? node : { ...node, rows }
    }
    case 'filter': {
      const input = mapInput(node.input)
      const condition = map(node.condition)
      if (input === node.input && condition === node.condition) return node
      return { ...node, input, condition }
    }
    case 'join': {
      const left = mapInput(node.left)
      const right = mapInput(node.right)
      const on = mapNullable(node.on, map)
      if (left === node.left && right === node.right && on === node.on) return node
      return { ...node, left, right, on }
    }
    case 'aggregate': {
      const input = mapInput(node.input)
      const groupBy = mapArray(node.groupBy, (key) => {
        const expression = map(key.expression)
        return expression === key.expression ? key : { ...key, expression }
      })
      const aggregates = mapArray(node.aggregates, (call) => {
        const args = mapArray(call.args, map)
        const filter = mapNullable(call.filter, map)
        const orderBy = mapSortKeys(call.orderBy, map)
        if (args === call.args && filter === call.filter && orderBy === call.orderBy) return call
        return { ...call, args, filter, orderBy }
      })
      const bare = mapArray(node.bare, map)
      if (
        input === node.input &&
        groupBy === node.groupBy &&
        aggregates === node.aggregates &&
        bare === node.bare
      ) {
        return node
      }
      return { ...node, input, groupBy, aggregates, bare }
    }
    case 'project': {
      const input = mapInput(node.input)
      const columns = mapArray(node.columns, map)
      if (input === node.input && columns === node.columns) return node
      return { ...node, input, columns }
    }
    case 'distinct': {
      const input = mapInput(node.input)
      return input === node.input ? node : { ...node, input }
    }
    case 'sort': {
      const input = mapInput(node.input)
      const keys = mapSortKeys(node.keys, map)
      const top = mapNullable(node.top, map)
      if (input === node.input && keys === node.keys && top === node.top) return node
      return { ...node, input, keys, top }
    }
    case 'limit': {
      const input = mapInput(node.input)
      const limit = map(node.limit)
      const offset = mapNullable(node.offset, map)
      if (input === node.input && limit === node.limit && offset === node.offset) return node
      return { ...node, input, limit, offset }
    }
    case 'compound': {
      const left = mapInput(node.left)
      const right = mapInput(node.right)
      if (left === node.left && right === node.right) return node
      return { ...node, left, right }
    }
    default:
      return node satisfies never
  }
}

function mapSortKeys(keys: readonly SortKey[], map: ExpressionMap): readonly SortKey[] {
  return mapArray(keys, (key) => {
    const expression = map(key.expression)
    return expression === key.expression ? key : { ...key, expression }
  })
}

function mapBound(bound: RangeBound | null, map: ExpressionMap): RangeBound | null {
  if (bound === null) return null
  const key = map(bound.key)
  return key === bound.key ? bound : { ...bound, key }
}

function mapKeys(keys: InKeys, map: ExpressionMap, mapQuery: SubqueryMap | null): InKeys {
  if (keys.kind === 'list') {
    const items = mapArray(keys.items, map)
    return items === keys.items ? keys : { ...keys, items }
  }
  if (mapQuery === null) return keys
  const query = mapQuery(keys.query)
  return query === keys.query ? keys : { ...keys, query }
}

/** The access with its keys mapped; `mapQuery`: also the subquery of an IN. */
export function mapAccess(
  access: Access,
  map: ExpressionMap,
  mapQuery: SubqueryMap | null,
): Access {
  switch (access.kind) {
    case 'full':
      return access
    case 'rowid': {
      const key = map(access.key)
      return key === access.key ? access : { ...access, key }
    }
    case 'rowid-range': {
      const low = mapBound(access.low, map)
      const high = mapBound(access.high, map)
      return low === access.low && high === access.high ? access : { ...access, low, high }
    }
    case 'rowid-in': {
      const keys = mapKeys(access.keys, map, mapQuery)
      return keys === access.keys ? access : { ...access, keys }
    }
    case 'index': {
      const equal = mapArray(access.equal, (part) => {
        const key = map(part.key)
        return key === part.key ? part : { ...part, key }
      })
      const keys = access.in === null ? null : mapKeys(access.in, map, mapQuery)
      const low = mapBound(access.low, map)
      const high = mapBound(access.high, map)
      if (
        equal === access.equal &&
        keys === access.in &&
        low === access.low &&
        high === access.high
      ) {
        return access
      }
      return { ...access, equal, in: keys, low, high }
    }
    case 'hash': {
      const buildKeys = mapArray(access.buildKeys, map)
      const probeKeys = mapArray(access.probeKeys, map)
      const filter = mapNullable(access.filter, map)
      if (
        buildKeys === access.buildKeys &&
        probeKeys === access.probeKeys &&
        filter === access.filter
      ) {
        return access
      }
      return { ...access, buildKeys, probeKeys, filter }
    }
    default:
      return access satisfies never
  }
}

/** What one rewriting does at each place, from the leaves up. */
export interface Rewriter {
  /** After its inputs and expressions. */
  readonly node?: NodeMap
  /** After its operands. */
  readonly expression?: ExpressionMap
}

/** Rewrites a plan from the leaves up, subqueries included. */
export function rewritePlan(plan: PlanNode, rewriter: Rewriter): PlanNode {
  return planRewriter(rewriter).node(plan)
}

/** The two mutually recursive functions of a rewriting; subqueries met twice are rewritten once. */
export function planRewriter(rewriter: Rewriter): { node: NodeMap; expression: ExpressionMap } {
  const done = new Map<Subquery, Subquery>()
  const rewriteNode = rewriter.node
  const rewriteExpression = rewriter.expression
  const subquery = (query: Subquery): Subquery => {
    let result = done.get(query)
    if (result === undefined) {
      const plan = node(query.plan)
      result = plan === query.plan ? query : { ...query, plan }
      done.set(query, result)
    }
    return result
  }
  const expression = (e: BoundExpression): BoundExpression => {
    const mapped = mapOperands(e, expression, subquery)
    return rewriteExpression === undefined ? mapped : rewriteExpression(mapped)
  }
  const node = (n: PlanNode): PlanNode => {
    let mapped = mapNode(n, node, expression)
    if (mapped.kind === 'scan') {
      const access = mapAccess(mapped.access, (e) => e, subquery)
      if (access !== mapped.access) mapped = { ...mapped, access }
    }
    return rewriteNode === undefined ? mapped : rewriteNode(mapped)
  }
  return { node, expression }
}

/**
 * Rewrites all plans and expressions of a statement. The plans of one statement share nothing but
 * sources, so each of them is handed to `plan` whole.
 */
export function mapStatement(
  statement: BoundStatement,
  plan: NodeMap,
  expression: ExpressionMap,
): BoundStatement {
  switch (statement.kind) {
    case 'query': {
      const mapped = plan(statement.plan)
      return mapped === statement.plan ? statement : { ...statement, plan: mapped }
    }
    case 'insert': {
      const input = plan(statement.input)
      const values = mapArray(statement.values, expression)
      const rowid = mapNullable(statement.rowid, expression)
      if (input === statement.input && values === statement.values && rowid === statement.rowid) {
        return statement
      }
      return { ...statement, input, values, rowid }
    }
    case 'update': {
      const input = plan(statement.input)
      const values = mapArray(statement.values, (value) => mapNullable(value, expression))
      const rowid = mapNullable(statement.rowid, expression)
      if (input === statement.input && values === statement.values && rowid === statement.rowid) {
        return statement
      }
      return { ...statement, input, values, rowid }
    }
    case 'delete': {
      const input = mapNullable(statement.input, plan)
      return input === statement.input ? statement : { ...statement, input }
    }
    case 'create-table': {
      if (statement.query === null) return statement
      const mapped = plan(statement.query.plan)
      if (mapped === statement.query.plan) return statement
      return { ...statement, query: { ...statement.query, plan: mapped } }
    }
    case 'create-index':
    case 'drop':
      return statement
    default:
      return statement
  }
}
