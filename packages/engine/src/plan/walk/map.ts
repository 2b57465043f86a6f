/**
 * One step of a rewriting: a node, an expression or an access with its direct parts mapped.
 *
 * A tree never changes: a function here returns the same object when nothing below it differs, else a new one, so that
 * a pass that finds nothing to do costs a walk and no memory, and `===` tells whether it did anything.
 *
 * The functions of `plan/walk` are the only ones that know what every kind of node is made of. `visit.ts` has the same
 * steps for those who only look.
 */
import { joined } from '../conditions.ts'
import { isConstantRows } from '../constant-rows.ts'
import type { AggregateCall, BoundExpression, SortKey, Subquery } from '../expression.ts'
import type {
  Access,
  FrameEdge,
  InKeys,
  IndexAccess,
  PlanNode,
  RangeBound,
  VirtualArgument,
  WindowCall,
  WindowFrame,
  WindowNode,
} from '../node.ts'

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

/** Maps what may be absent. */
export function mapNullable<T>(item: T | null, map: (item: T) => T): T | null {
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

/** The node with its direct inputs, its own expressions and the subqueries that it names itself mapped. */
export function mapNode(
  node: PlanNode,
  mapInput: NodeMap,
  map: ExpressionMap,
  mapQuery: SubqueryMap,
): PlanNode {
  switch (node.kind) {
    case 'single-row':
      return node
    case 'scan': {
      const access = mapAccess(node.access, map, mapQuery)
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
    case 'outer-join': {
      const left = mapInput(node.left)
      const right = mapInput(node.right)
      const on = mapNullable(node.on, map)
      const hash = mapNullable(node.hash, (keys) => {
        const buildKeys = mapArray(keys.buildKeys, map)
        const probeKeys = mapArray(keys.probeKeys, map)
        if (buildKeys === keys.buildKeys && probeKeys === keys.probeKeys) return keys
        return { ...keys, buildKeys, probeKeys }
      })
      const isSame = left === node.left && right === node.right
      if (isSame && on === node.on && hash === node.hash) return node
      return { ...node, left, right, on, hash }
    }
    case 'aggregate': {
      const input = mapInput(node.input)
      const groupBy = mapArray(node.groupBy, (key) => {
        const expression = map(key.expression)
        return expression === key.expression ? key : { ...key, expression }
      })
      const aggregates = mapArray(node.aggregates, (call) => mapCall(call, map))
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
    case 'recursive': {
      const setup = mapInput(node.setup)
      const step = mapInput(node.step)
      const order = node.order === null ? null : mapSortKeys(node.order, map)
      if (setup === node.setup && step === node.step && order === node.order) return node
      return { ...node, setup, step, order }
    }
    case 'window':
      return mapWindow(node, mapInput, map)
    default:
      return node satisfies never
  }
}

function mapWindow(node: WindowNode, mapInput: NodeMap, map: ExpressionMap): WindowNode {
  const input = mapInput(node.input)
  const partitionBy = mapArray(node.partitionBy, (key) => {
    const expression = map(key.expression)
    return expression === key.expression ? key : { ...key, expression }
  })
  const orderBy = mapSortKeys(node.orderBy, map)
  const frames = mapArray(node.frames, (frame): WindowFrame => {
    const start = mapEdge(frame.start, map)
    const end = mapEdge(frame.end, map)
    return start === frame.start && end === frame.end ? frame : { ...frame, start, end }
  })
  const calls = mapArray(node.calls, (call): WindowCall => {
    const args = mapArray(call.args, map)
    const filter = mapNullable(call.filter, map)
    return args === call.args && filter === call.filter ? call : { ...call, args, filter }
  })
  const kept = mapArray(node.kept, map)
  if (
    input === node.input &&
    partitionBy === node.partitionBy &&
    orderBy === node.orderBy &&
    frames === node.frames &&
    calls === node.calls &&
    kept === node.kept
  ) {
    return node
  }
  return { ...node, input, partitionBy, orderBy, frames, calls, kept }
}

function mapEdge(edge: FrameEdge, map: ExpressionMap): FrameEdge {
  if (edge.kind !== 'preceding' && edge.kind !== 'following') return edge
  const offset = map(edge.offset)
  return offset === edge.offset ? edge : { ...edge, offset }
}

function mapCall(call: AggregateCall, map: ExpressionMap): AggregateCall {
  const args = mapArray(call.args, map)
  const filter = mapNullable(call.filter, map)
  const orderBy = mapSortKeys(call.orderBy, map)
  if (args === call.args && filter === call.filter && orderBy === call.orderBy) return call
  return { ...call, args, filter, orderBy }
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

function mapKeys(keys: InKeys, map: ExpressionMap, mapQuery: SubqueryMap): InKeys {
  if (keys.kind === 'list') {
    const items = mapArray(keys.items, map)
    return items === keys.items ? keys : { ...keys, items }
  }
  const query = mapQuery(keys.query)
  return query === keys.query ? keys : { ...keys, query }
}

/** The access with its keys mapped, and the subquery of an IN. */
export function mapAccess(access: Access, map: ExpressionMap, mapQuery: SubqueryMap): Access {
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
      const part = (one: IndexAccess['equal'][number]): IndexAccess['equal'][number] => {
        const key = map(one.key)
        return key === one.key ? one : { ...one, key }
      }
      const equal = mapArray(access.equal, part)
      const keys = access.in === null ? null : mapKeys(access.in, map, mapQuery)
      const afterIn = mapArray(access.afterIn, part)
      const low = mapBound(access.low, map)
      const high = mapBound(access.high, map)
      if (
        equal === access.equal &&
        keys === access.in &&
        afterIn === access.afterIn &&
        low === access.low &&
        high === access.high
      ) {
        return access
      }
      return { ...access, equal, in: keys, afterIn, low, high }
    }
    case 'any': {
      const arms = mapArray(access.arms, (arm) => {
        const own = mapAccess(arm.access, map, mapQuery)
        const filter = mapNullable(arm.filter, map)
        return own === arm.access && filter === arm.filter ? arm : { access: own, filter }
      })
      return arms === access.arms ? access : { ...access, arms }
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
    case 'virtual': {
      const args = mapArray(access.args, (arg): VirtualArgument => {
        if (arg.kind === 'in') {
          const keys = mapKeys(arg.keys, map, mapQuery)
          return keys === arg.keys ? arg : { ...arg, keys }
        }
        const key = map(arg.key)
        return key === arg.key ? arg : { ...arg, key }
      })
      return args === access.args ? access : { ...access, args }
    }
    default:
      return access satisfies never
  }
}
