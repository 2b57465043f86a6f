/**
 * Which of several mistakes in one expression is told. SQLite walks through an expression from the top down, operands from left to right, and tells
 * the last mistake that it meets; most mistakes end the walk, but one in a call, or in what IS NULL asks of, only ends the look at its arguments. After a
 * mistake it goes on with names and calls, looks at the tables and the first column of a query, and stops at anything else. (`resolveExprStep`,
 * `sqlite3WalkExprNN`, `resolveSelectStep`)
 *
 * Here binding ends with the first mistake. Then what stands behind it is looked at in SQLite's order.
 */
import { SqliteError } from '../../base/error.ts'
import { visitParts } from '../../sql/index.ts'
import type {
  Expression,
  FunctionCall,
  InExpression,
  ResultColumn,
  Select,
  SelectClause,
} from '../../sql/index.ts'
import type { Scope } from '../scope.ts'
import type { Binder } from './binder.ts'
import { withoutCollate } from './order-by.ts'
import { isRow, rowMisused, widthOf } from './row-value.ts'

/** Binds what SQLite resolves in one go: a result column, a condition, a term. */
export function bindWhole<Result>(
  b: Binder,
  e: Expression,
  scope: Scope,
  bind: () => Result,
): Result {
  const { mistakes } = b
  if (mistakes.isInside) return bind()
  const before = stateOf(scope)
  mistakes.isInside = true
  try {
    return bind()
  } catch (error) {
    if (mistakes.isLooking || !(error instanceof SqliteError)) throw error
    Object.assign(scope, before)
    throw lastMistake(b, e, scope) ?? error
  } finally {
    mistakes.isInside = false
  }
}

/** The mistake that SQLite tells of an expression; null: none is found. */
export function lastMistake(b: Binder, e: Expression, scope: Scope): Error | null {
  const { mistakes } = b
  const { isLooking } = mistakes
  mistakes.isLooking = true
  try {
    return new Look(b, scope).lastOf(e)
  } finally {
    mistakes.isLooking = isLooking
  }
}

/** What a mistake leaves as it was within a part: who goes on behind it assigns this to the scope. */
export function stateOf({
  aliases,
  aggregateMode,
  allowsWindows,
  isInAggregate,
  aliasInAggregate,
  isCondition,
  isOuterOn,
}: Scope): Partial<Scope> {
  return {
    aliases,
    aggregateMode,
    allowsWindows,
    isInAggregate,
    aliasInAggregate,
    isCondition,
    isOuterOn,
  }
}

const comparisons: ReadonlySet<string> = new Set(['=', '<>', '<', '<=', '>', '>=', 'IS', 'IS NOT'])

class Look {
  readonly #b: Binder
  readonly #scope: Scope
  #last: Error | null = null
  /** The last one of those that are found when all names are known. */
  #late: Error | null = null

  constructor(b: Binder, scope: Scope) {
    this.#b = b
    this.#scope = scope
  }

  lastOf(e: Expression): Error | null {
    this.#isEnd(e)
    return this.#last ?? this.#late
  }

  /** What is wrong with a part; null: nothing, as far as names go. */
  #mistakeIn(bind: () => unknown): Error | null {
    const before = stateOf(this.#scope)
    try {
      bind()
      return null
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
      if (!this.#b.mistakes.late.has(error)) return error
      this.#late = error
      return null
    } finally {
      Object.assign(this.#scope, before)
    }
  }

  #bind(e: Expression): Error | null {
    return this.#mistakeIn(() => this.#b.expression(this.#b, e, this.#scope))
  }

  /** Looks at a part and what is inside it; answers whether the walk ends there. */
  #isEnd(e: Expression): boolean {
    switch (e.kind) {
      case 'column':
      case 'boolean':
        return this.#isName(e)
      case 'function':
        this.#call(e, e.args, e)
        return false
      case 'current':
        this.#call(e, [])
        return false
      case 'like':
        this.#call(e, [e.pattern, e.operand, ...(e.escape === null ? [] : [e.escape])])
        return false
      case 'is-null':
        this.#isEnd(e.operand)
        return false
      case 'subquery':
      case 'exists':
        return this.#isQuery(e.select)
      case 'in':
        return this.#isIn(e)
      case 'binary': {
        const { operator } = e
        if (operator === '->' || operator === '->>') {
          this.#call(e, [e.left, e.right])
          return false
        }
        // It might be TRUE or FALSE.
        const right = withoutCollate(e.right)
        const isName = right.kind === 'column' && right.table === null
        const isFirst = isName && (operator === 'IS' || operator === 'IS NOT')
        if (isFirst && this.#isName(right)) return true
        return (comparisons.has(operator) && this.#differ(e.left, e.right)) || this.#partsEnd(e)
      }
      case 'between':
        return (
          this.#differ(e.operand, e.low) || this.#differ(e.operand, e.high) || this.#partsEnd(e)
        )
      default:
        return this.#partsEnd(e)
    }
  }

  /** Rows of different widths are not compared, whatever is in them. */
  #differ(left: Expression, right: Expression): boolean {
    if (this.#last !== null || (!isRow(left) && !isRow(right))) return false
    const mistake = this.#mistakeIn(() => {
      const [a, z] = [left, right].map((side) => this.#width(side))
      if (a !== null && z !== null && a !== z) throw rowMisused()
    })
    this.#last = mistake
    return mistake !== null
  }

  /** null: that is not known, for there is a mistake in it. */
  #width(e: Expression): number | null {
    const looked = e.kind === 'subquery' ? { ...e, select: columnsOf(e.select) } : e
    let width: number | null = null
    this.#mistakeIn(() => (width = widthOf(this.#b, looked, this.#scope)))
    return width
  }

  #isName(e: Expression): boolean {
    const mistake = this.#bind(e)
    if (mistake !== null) this.#last = mistake
    return mistake !== null
  }

  /** The query of an IN comes before its left side. */
  #isIn(e: InExpression): boolean {
    const { source, operand } = e
    if (source.kind === 'select' && this.#isQuery(source.select)) return true
    if (source.kind !== 'table') return this.#partsEnd(e)
    const whole = this.#bind(e)
    const isRow = operand.kind === 'row'
    const { start, end } = e
    const alone: Expression = { ...e, operand: { kind: 'null', start, end } }
    const mistake = whole === null || isRow ? whole : this.#bind(alone)
    if (mistake !== null) this.#last = mistake
    return this.#last !== null || this.#isEnd(operand)
  }

  /** Nothing is looked at behind a query once there has been a mistake. */
  #isQuery(select: Select): boolean {
    const { mistakes } = this.#b
    const { first } = select
    const looked =
      this.#last === null || first.kind !== 'select-core'
        ? select
        : firstColumn(select, first, this.#scope.isSelect)
    const mistake = this.#mistakeIn(() => {
      const known = mistakes.queries.get(select)
      if (known !== undefined) throw known
      return this.#b.select(this.#b, looked, this.#scope)
    })
    if (mistake !== null) this.#last = mistake
    return this.#last !== null
  }

  /** An operator, or a value. */
  #partsEnd(e: Expression): boolean {
    if (this.#last !== null) return true
    let isEnd = false
    const visit = (part: Expression): void => {
      isEnd ||= this.#isEnd(part)
    }
    // Queries have been looked at.
    visitParts(e, visit, () => {})
    return isEnd
  }

  #call(e: Expression, args: readonly Expression[], call: FunctionCall | null = null): void {
    const late = this.#late
    const mistake = this.#bind(e)
    if (mistake === null) {
      if (this.#late !== late) args.some((arg) => this.#isEnd(arg))
      return
    }
    const own = this.#b.mistakes.calls.get(e)
    if (own !== undefined) this.#last = own
    const before = this.#last
    args.some((arg) => this.#isEnd(arg))
    if (call !== null && own === undefined && call.over === null) {
      call.orderBy.some(({ expression }) => this.#isEnd(expression))
      if (call.filter !== null) this.#isEnd(call.filter)
    }
    this.#last ??= before ?? mistake
  }
}

/** The tables of a query and its first column; of one that stands in no SELECT the tables alone. */
function firstColumn(select: Select, first: SelectClause, isInSelect: boolean): Select {
  return bare(select, first, isInSelect ? first.columns.slice(0, 1) : [nothing(select)])
}

/** The tables of a query and its columns, whose expressions are nothing: those of the last one of a compound. */
function columnsOf(select: Select): Select {
  const last = select.compounds.at(-1)?.core ?? select.first
  if (last.kind !== 'select-core') return { ...select, first: last, compounds: [] }
  const column = nothing(select)
  const columns = last.columns.map((one) => (one.kind === 'expression' ? column : one))
  return bare(select, last, columns)
}

function nothing({ start, end }: Select): ResultColumn {
  const expression: Expression = { kind: 'null', start, end }
  return { kind: 'expression', expression, alias: null, textStart: start, textEnd: end }
}

function bare(select: Select, core: SelectClause, columns: readonly ResultColumn[]): Select {
  const from = core.from && { ...core.from, joins: core.from.joins.map(withoutOn) }
  return {
    ...select,
    first: { ...core, columns, from, where: null, groupBy: [], having: null },
    compounds: [],
    orderBy: [],
    limit: null,
    offset: null,
  }
}

function withoutOn<Part extends object>(join: Part): Part & { on: null } {
  return { ...join, on: null }
}
