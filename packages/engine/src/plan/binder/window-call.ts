/**
 * Calls of window functions: the window that OVER names or describes, and the call's place among those of the query's windows. Its answer
 * is a column of the window; `window-plan.ts` makes the plan when all of them are known. (Window Functions)
 */
import { sqlError, type SqliteError } from '../../base/error.ts'
import type { WindowFunctionName } from '../../runtime/index.ts'
import { chainedWindow, findWindow, syntaxVisitor } from '../../sql/index.ts'
import type { Expression, FrameBound, FunctionCall, WindowSpecification } from '../../sql/index.ts'
import { cannotFail } from '../cannot-fail.ts'
import type { BoundColumn, BoundExpression, SortKey } from '../expression.ts'
import { lookAt } from '../literal.ts'
import type { FrameEdge, WindowCall, WindowFrame, WindowNode } from '../node.ts'
import { traitsOf } from '../optimizer/sources.ts'
import { sameExpression } from '../same-expression.ts'
import { Scope, type QueryWindow, type QueryWindowCall } from '../scope.ts'
import type { Binder } from './binder.ts'
import { collationOf, collationOfArguments } from './comparison.ts'
import { markJson } from './json-mark.ts'
import { refused } from './prohibited.ts'
import { sortKey } from './sort-key.ts'

export function misuseOfWindow({ name }: { readonly name: string }): SqliteError {
  return sqlError(`misuse of window function ${name}()`)
}

/** @param collation null: that of the arguments */
export function bindWindowFunction(
  b: Binder,
  call: FunctionCall,
  chosen: WindowCall['function'],
  collation: string | null,
  scope: Scope,
): BoundColumn {
  if (!scope.allowsWindows) throw refused(b, call, misuseOfWindow(call))
  scope.allowsWindows = false
  try {
    const plain = withFilter(b, call, scope)
    const isJson = chosen.kind === 'aggregate' && chosen.function.isJson === true
    const args = isJson ? plain.map((arg) => markJson(b, scope, arg)) : plain
    const specification =
      typeof call.over === 'string'
        ? findWindow(call.over, scope.windowDefinitions)
        : chainedWindow(call.over!, scope.windowDefinitions)
    const { unit, start, end } = specification.frame ?? defaultFrame
    if (unit === 'RANGE' && (hasOffset(start) || hasOffset(end))) {
      if (specification.orderBy.length !== 1) {
        throw sqlError('RANGE with offset PRECEDING/FOLLOWING requires one ORDER BY expression')
      }
    }
    if (chosen.kind === 'window' && call.filter !== null) {
      throw sqlError('FILTER clause may only be used with aggregate window functions')
    }
    const { partitionBy, orderBy, filter } = bindParts(b, specification, call, scope)
    const frame = frameOf(b, specification, chosen)
    const window = windowOf(b, scope, { partitionBy, orderBy, frame })
    const known = chosen.kind === 'window' ? knownOffset(chosen.function.name, args) : args
    return answerOf(window, {
      function: chosen,
      args: isJson ? known.map((arg) => whereFiltered(arg, filter)) : known,
      filter,
      collation: collation ?? collationOfArguments(b, call.args, args),
    })
  } finally {
    scope.allowsWindows = true
  }
}

/**
 * An argument that may fail is evaluated for those rows that the filter lets through: SQLite evaluates those of functions that ask whether
 * they are JSON when a row enters the frame, all others for every row. (`bExprArgs`)
 */
function whereFiltered(arg: BoundExpression, filter: BoundExpression | null): BoundExpression {
  if (filter === null || cannotFail(arg) || traitsOf(filter).volatile) return arg
  return { kind: 'case', branches: [{ when: filter, then: arg }], otherwise: null }
}

/** Where an argument is mistaken, SQLite looks at the filter all the same, and reports the last mistake. */
function withFilter(b: Binder, call: FunctionCall, scope: Scope): BoundExpression[] {
  try {
    return call.args.map((arg) => b.expression(b, arg, scope))
  } catch (error) {
    if (call.filter !== null) b.expression(b, call.filter, scope)
    throw error
  }
}

interface WindowParts {
  readonly partitionBy: WindowNode['partitionBy']
  readonly orderBy: readonly SortKey[]
  readonly filter: BoundExpression | null
}

/** PARTITION BY, ORDER BY and FILTER: of several mistakes the last one is reported. */
function bindParts(
  b: Binder,
  specification: WindowSpecification,
  call: FunctionCall,
  scope: Scope,
): WindowParts {
  const errors: unknown[] = []
  const attempt = <Result>(bind: () => Result, otherwise: Result): Result => {
    try {
      return bind()
    } catch (error) {
      errors.push(error)
      return otherwise
    }
  }
  const partitionBy = attempt(
    () =>
      specification.partitionBy.map((term) => {
        const expression = b.expression(b, term, scope)
        return { expression, collation: b.collation(collationOf(b, term, expression) ?? 'BINARY') }
      }),
    [],
  )
  const orderBy = attempt(
    () =>
      specification.orderBy.map((term): SortKey => {
        const bound = b.expression(b, term.expression, scope)
        return sortKey(b, bound, term, collationOf(b, term.expression, bound))
      }),
    [],
  )
  const { filter } = call
  const condition = attempt(() => (filter === null ? null : b.expression(b, filter, scope)), null)
  if (errors.length > 0) throw errors.at(-1)
  return { partitionBy, orderBy, filter: condition }
}

const defaultFrame = {
  unit: 'RANGE',
  start: { kind: 'unbounded-preceding' },
  end: { kind: 'current-row' },
  exclude: 'NO OTHERS',
} as const

function hasOffset(bound: FrameBound): boolean {
  return bound.kind === 'preceding' || bound.kind === 'following'
}

const unbounded: FrameEdge = { kind: 'unbounded' }
const currentRow: FrameEdge = { kind: 'current-row' }

/** The frames that functions have whatever the window says. (`sqlite3WindowUpdate`) */
const ownFrames: Readonly<Partial<Record<WindowFunctionName, Omit<WindowFrame, 'exclude'>>>> = {
  row_number: { unit: 'rows', start: unbounded, end: currentRow },
  rank: { unit: 'range', start: unbounded, end: currentRow },
  dense_rank: { unit: 'range', start: unbounded, end: currentRow },
  percent_rank: { unit: 'groups', start: currentRow, end: unbounded },
  cume_dist: {
    unit: 'groups',
    start: { kind: 'following', offset: { kind: 'literal', value: 1 } },
    end: unbounded,
  },
  ntile: { unit: 'rows', start: currentRow, end: unbounded },
  lead: { unit: 'rows', start: unbounded, end: unbounded },
  lag: { unit: 'rows', start: unbounded, end: currentRow },
}

function frameOf(
  b: Binder,
  { frame }: WindowSpecification,
  chosen: WindowCall['function'],
): WindowFrame {
  const own = chosen.kind === 'window' ? ownFrames[chosen.function.name] : undefined
  if (own !== undefined) return { ...own, exclude: 'no-others' }
  const { unit, start, end, exclude } = frame ?? defaultFrame
  return {
    unit: unit.toLowerCase() as WindowFrame['unit'],
    start: edgeOf(b, start),
    end: edgeOf(b, end),
    exclude: exclude.toLowerCase().replace(' ', '-') as WindowFrame['exclude'],
  }
}

function edgeOf(b: Binder, bound: FrameBound): FrameEdge {
  switch (bound.kind) {
    case 'unbounded-preceding':
    case 'unbounded-following':
      return unbounded
    case 'current-row':
      return currentRow
    case 'preceding':
    case 'following': {
      // What is not constant as it is written is NULL, and so no offset. (`sqlite3WindowOffsetExpr`)
      const offset: BoundExpression = isWrittenConstant(bound.offset)
        ? b.expression(b, bound.offset, new Scope(null))
        : { kind: 'literal', value: null }
      return { kind: bound.kind, offset }
    }
    default:
      return bound satisfies never
  }
}

/** Free of names, functions and queries. */
function isWrittenConstant(expression: Expression): boolean {
  let result = true
  const visitor = syntaxVisitor({
    expression: (e) => {
      switch (e.kind) {
        case 'column':
        case 'function':
        case 'current':
        case 'like':
        case 'exists':
        case 'subquery':
        case 'raise':
          result = false
          break
        case 'in':
          if (e.source.kind !== 'list') result = false
          break
        default:
      }
    },
  })
  visitor.expression(expression)
  return result
}

/** A literal offset of lag() or lead() is part of the program. */
function knownOffset(
  name: WindowFunctionName,
  args: readonly BoundExpression[],
): readonly BoundExpression[] {
  const [first, offset, ...more] = args
  if ((name !== 'lag' && name !== 'lead') || offset === undefined) return args
  const value = lookAt(offset)
  return value === undefined ? args : [first!, { kind: 'literal', value }, ...more]
}

/** The query's window that is like this one, or a new one. */
function windowOf(
  b: Binder,
  scope: Scope,
  window: Pick<QueryWindow, 'partitionBy' | 'orderBy' | 'frame'>,
): QueryWindow {
  const known = scope.windows.find(
    (other) => sameOrder(other, window) && sameFrame(other.frame, window.frame),
  )
  if (known !== undefined) return known
  const source = b.newSource()
  b.groupings.add(source)
  const added: QueryWindow = { ...window, source, calls: [] }
  scope.windows.push(added)
  return added
}

/** Whether the rows of both come in the same partitions and the same order. */
export function sameOrder(
  left: Pick<QueryWindow, 'partitionBy' | 'orderBy'>,
  right: Pick<QueryWindow, 'partitionBy' | 'orderBy'>,
): boolean {
  return (
    left.partitionBy.length === right.partitionBy.length &&
    left.orderBy.length === right.orderBy.length &&
    left.partitionBy.every(({ expression, collation }, i) => {
      const other = right.partitionBy[i]!
      return collation === other.collation && sameExpression(expression, other.expression)
    }) &&
    left.orderBy.every(({ expression, collation, descending, nulls }, i) => {
      const other = right.orderBy[i]!
      return (
        collation === other.collation &&
        descending === other.descending &&
        nulls === other.nulls &&
        sameExpression(expression, other.expression)
      )
    })
  )
}

function sameFrame(left: WindowFrame, right: WindowFrame): boolean {
  return (
    left.unit === right.unit &&
    left.exclude === right.exclude &&
    sameEdge(left.start, right.start) &&
    sameEdge(left.end, right.end)
  )
}

function sameEdge(left: FrameEdge, right: FrameEdge): boolean {
  if (left.kind !== right.kind) return false
  if (!('offset' in left) || !('offset' in right)) return true
  return sameExpression(left.offset, right.offset)
}

/** The column that the answer is; a call that is written twice is computed once. */
function answerOf({ source, calls }: QueryWindow, call: QueryWindowCall): BoundColumn {
  let column = calls.findIndex((known) => sameCall(known, call))
  if (column < 0) column = calls.push(call) - 1
  const { name } = call.function.function
  return { kind: 'column', source, column, name, affinity: 'blob', collation: 'BINARY' }
}

function sameCall(left: QueryWindowCall, right: QueryWindowCall): boolean {
  return (
    left.function.function === right.function.function &&
    left.collation === right.collation &&
    left.args.length === right.args.length &&
    left.args.every((arg, i) => sameExpression(arg, right.args[i]!)) &&
    (left.filter === null || right.filter === null
      ? left.filter === right.filter
      : sameExpression(left.filter, right.filter))
  )
}
