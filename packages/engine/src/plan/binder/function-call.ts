/**
 * Calls of functions. An aggregate belongs to the innermost query whose columns its arguments name, which may be one
 * around the query that it is written in. (SQL Language Expressions §9; Built-in Aggregate Functions)
 */
import { sqlError } from '../../base/error.ts'
import type { SqliteError } from '../../base/error.ts'
import { windowFunctions } from '../../runtime/index.ts'
import type { AggregateFunction, ScalarFunction } from '../../runtime/index.ts'
import { foldName } from '../../schema/index.ts'
import type { Expression, FunctionCall, LikeExpression } from '../../sql/index.ts'
import type {
  AggregateCall,
  BoundColumn,
  BoundExpression,
  SortKey,
  SourceId,
} from '../expression.ts'
import { addSources } from '../optimizer/sources.ts'
import { pin } from '../literal.ts'
import { visitorOf } from '../walk/visit.ts'
import { sameAggregate } from '../same-expression.ts'
import type { Grouping, Scope } from '../scope.ts'
import type { Binder } from './binder.ts'
import { collationOf, collationOfArguments } from './comparison.ts'
import { checkAllowed, checkDirect, refused, storedPlace, unknownFunction } from './prohibited.ts'
import { markJson } from './json-mark.ts'
import { sortKey } from './sort-key.ts'
import { bindWindowFunction, misuseOfWindow } from './window-call.ts'
import { lookThroughCall } from './written-call.ts'

export function bindFunctionCall(b: Binder, call: FunctionCall, scope: Scope): BoundExpression {
  if (call.over !== null && b.writtenNames !== null) return lookThroughCall(b, call, scope)
  const count = call.args.length
  const { environment } = b.catalog
  const aggregate = environment.aggregate(call.name, count)
  if (aggregate.kind === 'found') {
    if (!call.star || aggregate.function.minArgs === 0) {
      return call.over === null
        ? bindAggregate(b, call, aggregate.function, scope)
        : bindWindowAggregate(b, call, aggregate.function, scope)
    }
  }
  const scalar = environment.scalar(call.name, count)
  if (scalar.kind === 'found' && (!call.star || scalar.function.isUsers)) {
    if (call.over === null) return bindScalar(b, call, scalar.function, scope)
    throw refused(b, call, sqlError(`${call.name}() may not be used as a window function`))
  }
  if (b.writtenNames !== null) return lookThroughCall(b, call, scope)
  const window = windowFunctions.get(foldName(call.name))
  if (window !== undefined && count >= window.minArgs && count <= window.maxArgs) {
    if (call.over === null) throw refused(b, call, misuseOfWindow(call))
    const chosen = { kind: 'window', function: window } as const
    return bindWindowFunction(b, call, chosen, 'BINARY', scope)
  }
  if (window === undefined && scalar.kind === 'unknown' && aggregate.kind === 'unknown') {
    throw refused(b, call, unknownFunction(b, call.name, scope))
  }
  if (call.over !== null && window === undefined && aggregate.kind === 'unknown') {
    throw refused(b, call, sqlError(`${call.name}() may not be used as a window function`))
  }
  const message = `wrong number of arguments to function ${call.name}()`
  throw refused(b, call, sqlError(message))
}

function bindWindowAggregate(
  b: Binder,
  call: FunctionCall,
  definition: AggregateFunction,
  scope: Scope,
): BoundExpression {
  if (definition.directOnly === true) checkDirect(b, call.name, scope)
  if (definition.isUsers === true) b.callsUsers = true
  if (definition.isWindow === false) {
    throw sqlError(`${call.name}() may not be used as a window function`)
  }
  const chosen = { kind: 'aggregate', function: definition } as const
  return bindWindowFunction(b, call, chosen, definition.needsCollation ? null : 'BINARY', scope)
}

function bindScalar(
  b: Binder,
  call: FunctionCall,
  definition: ScalarFunction,
  scope: Scope,
): BoundExpression {
  if (call.filter !== null) {
    const message = `FILTER may not be used with non-aggregate ${call.name}()`
    throw refused(b, call, sqlError(message))
  }
  if (call.orderBy.length > 0) {
    const message = `ORDER BY may not be used with non-aggregate ${call.name}()`
    throw refused(b, call, sqlError(message))
  }
  if (!definition.isUsers) call.args.filter((_, i) => decides(definition.name, i)).forEach(pin)
  if (definition.name === 'likelihood' && !definition.isUsers) checkLikelihood(b, call)
  return callScalar(b, definition, call.name, call.args, scope)
}

/** Whether the value of an argument decides how a call is compiled: paths and labels of JSON, patterns, separators. */
function decides(name: string, place: number): boolean {
  switch (name) {
    case 'json_extract':
      return place > 0
    case 'json_object':
      return place % 2 === 0
    case 'printf':
    case 'format':
    case 'concat_ws':
      return place === 0
    default:
      return false
  }
}

/** A call of a scalar function with these arguments. */
function callScalar(
  b: Binder,
  definition: ScalarFunction,
  name: string,
  args: readonly Expression[],
  scope: Scope,
): BoundExpression {
  if (definition.stored === 'never') checkAllowed('non-deterministic functions', scope)
  const isTrusted = !definition.isUsers || b.catalog.environment.settings.trustsSchema
  if (definition.directOnly || !isTrusted) checkDirect(b, name, scope)
  if (definition.isUsers) b.callsUsers = true
  if (definition.isReentrant) b.callsReentrant = true
  const plain = args.map((arg) => b.expression(b, arg, scope))
  const bound = definition.takesJson ? plain.map((arg) => markJson(b, scope, arg)) : plain
  const collation = definition.needsCollation ? collationOfArguments(b, args, bound) : 'BINARY'
  const call = { kind: 'function', function: definition, args: bound, collation } as const
  const storedIn = definition.stored === 'timeless' ? storedPlace(scope) : null
  return storedIn === null ? call : { ...call, storedIn }
}

function checkLikelihood(b: Binder, call: FunctionCall): void {
  const share = call.args[1]!
  pin(share)
  if (share.kind === 'real' && share.value >= 0 && share.value <= 1) return
  const message = 'second argument to likelihood() must be a constant between 0.0 and 1.0'
  throw refused(b, call, sqlError(message))
}

/** `x LIKE y ESCAPE z` is `like(y, x, z)`, and so for GLOB; REGEXP and MATCH
 * are functions that nobody has defined. */
export function bindLike(b: Binder, e: LikeExpression, scope: Scope): BoundExpression {
  const args = [e.pattern, e.operand]
  // What a pattern begins with decides about an index, and how it is matched.
  pin(e.pattern)
  if (e.escape !== null) {
    pin(e.escape)
    args.push(e.escape)
  }
  const found = b.catalog.environment.scalar(e.operator, args.length)
  if (found.kind !== 'found') {
    if (e.operator === 'MATCH') {
      const message = 'unable to use function MATCH in the requested context'
      throw refused(b, e, sqlError(message))
    }
    const between = b.text.slice(e.operand.end, e.pattern.start)
    const word = /\b(?:regexp|match|glob|like)\b/i.exec(between)?.[0] ?? e.operator
    if (found.kind === 'unknown') throw refused(b, e, unknownFunction(b, word, scope))
    throw refused(b, e, sqlError(`wrong number of arguments to function ${word}()`))
  }
  const call = callScalar(b, found.function, e.operator, args, scope)
  return e.negated ? { kind: 'not', operand: call } : call
}

/** `x -> y` and `x ->> y` are functions of these names. */
export function bindArrow(
  b: Binder,
  operator: '->' | '->>',
  left: Expression,
  right: Expression,
  scope: Scope,
): BoundExpression {
  const found = b.catalog.environment.scalar(operator, 2)
  if (found.kind !== 'found') throw unknownFunction(b, operator, scope)
  // How a path is looked for is decided once.
  pin(right)
  return callScalar(b, found.function, operator, [left, right], scope)
}

/** CURRENT_TIME and its kin are functions without parentheses. */
export function bindCurrent(b: Binder, name: string, scope: Scope): BoundExpression {
  const found = b.catalog.environment.scalar(name, 0)
  if (found.kind !== 'found') throw sqlError(`no such function: ${name}`)
  return callScalar(b, found.function, name, [], scope)
}

function bindAggregate(
  b: Binder,
  call: FunctionCall,
  definition: AggregateFunction,
  scope: Scope,
): BoundExpression {
  if (definition.directOnly === true) checkDirect(b, call.name, scope)
  if (definition.isUsers === true) b.callsUsers = true
  if (call.distinct && call.args.length !== 1) {
    throw sqlError('DISTINCT aggregates must have exactly one argument')
  }
  if (scope.aliasInAggregate !== null) {
    throw sqlError(`misuse of aliased aggregate ${scope.aliasInAggregate}`)
  }
  if (scope.aggregateMode === 'misused-function') {
    const message = `misuse of aggregate function ${call.name}()`
    throw refused(b, call, sqlError(message))
  }
  // Inside the arguments another aggregate of the same query makes no sense.
  const { aggregateMode: mode, allowsWindows, isInAggregate } = scope
  if (mode === 'allowed') scope.aggregateMode = 'misused-function'
  scope.allowsWindows = false
  scope.isInAggregate = true
  const plain = call.args.map((arg) => b.expression(b, arg, scope))
  const args = definition.isJson === true ? plain.map((arg) => markJson(b, scope, arg)) : plain
  const filter = call.filter === null ? null : b.expression(b, call.filter, scope)
  const orderBy = call.orderBy.map((term): SortKey => {
    const bound = b.expression(b, term.expression, scope)
    return sortKey(b, bound, term, collationOf(b, term.expression, bound))
  })
  scope.aggregateMode = mode
  scope.allowsWindows = allowsWindows
  scope.isInAggregate = isInAggregate
  const parts = [...args, ...(filter === null ? [] : [filter]), ...orderBy.map((k) => k.expression)]
  const owner = ownerOf(scope, parts)
  checkMode(b, owner, call.name)
  checkNotNested(owner, parts)
  const needsCollation = definition.needsCollation || call.distinct
  const collation = needsCollation ? collationOfArguments(b, call.args, args) : 'BINARY'
  return aggregateColumn(b, owner, {
    function: definition,
    args,
    distinct: call.distinct,
    filter,
    orderBy,
    collation,
  })
}

/** The query that the aggregate belongs to must be able to have one here. */
function checkMode(b: Binder, owner: Scope, name: string): void {
  switch (owner.aggregateMode) {
    case 'allowed':
      return
    case 'misused':
    case 'misused-function': {
      // SQLite finds that when all names are known. (`sqlite3ExprCodeTarget`)
      const error = sqlError(`misuse of aggregate: ${name}()`)
      b.mistakes.late.add(error)
      throw error
    }
    case 'group-by':
      throw aggregateInGroupBy(b)
    default:
      owner.aggregateMode satisfies never
  }
}

/** SQLite finds that when all names are known, too. (`resolveSelectStep`) */
export function aggregateInGroupBy(b: Binder): SqliteError {
  const error = sqlError('aggregate functions are not allowed in the GROUP BY clause')
  b.mistakes.late.add(error)
  return error
}

/** The innermost query that the call names, be it by an aggregate of that query; its own when it names none. */
function ownerOf(scope: Scope, parts: readonly BoundExpression[]): Scope {
  if (scope.parent === null) return scope
  const named = new Set<SourceId>()
  for (const part of parts) addSources(part, named)
  if (named.size === 0) return scope
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    if (at.grouping !== null && named.has(at.grouping.source)) return at
    if (!at.isRow && at.sources.some((source) => named.has(source.id))) return at
  }
  return scope
}

/** An aggregate whose arguments ask, in a subquery, for another of the same query has no value. */
function checkNotNested({ grouping }: Scope, parts: readonly BoundExpression[]): void {
  if (grouping === null || grouping.calls.length === 0) return
  const { expression } = visitorOf({
    expression: (e) => {
      if (e.kind === 'column' && e.source === grouping.source && e.column >= grouping.keyCount) {
        throw sqlError(`misuse of aggregate: ${e.name}()`)
      }
    },
  })
  for (const part of parts) expression(part)
}

/** The column that the aggregate's answer is; an aggregate that is written twice is computed once. */
function aggregateColumn(b: Binder, owner: Scope, call: AggregateCall): BoundColumn {
  const grouping = groupingOf(b, owner)
  let index = grouping.calls.findIndex((known) => sameAggregate(known, call))
  if (index < 0) index = grouping.calls.push(call) - 1
  return {
    kind: 'column',
    source: grouping.source,
    column: grouping.keyCount + index,
    name: call.function.name,
    affinity: 'blob',
    collation: 'BINARY',
  }
}

/** The query's aggregation, which makes it an aggregate query. */
export function groupingOf(b: Binder, scope: Scope): Grouping {
  let { grouping } = scope
  if (grouping === null) {
    grouping = { source: b.newSource(), keyCount: scope.keyCount, calls: [] }
    scope.grouping = grouping
    b.groupings.add(grouping.source)
  }
  return grouping
}
