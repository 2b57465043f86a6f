/**
 * Names of columns in calls and windows that mean nothing else while names are only looked for: SQLite then asks neither whether there is
 * such a function nor what a window is good for. (`IN_RENAME_OBJECT` in resolve.c)
 */
import { SqliteError } from '../../base/error.ts'
import type { FunctionCall, SelectClause, WindowSpecification } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import type { Scope } from '../scope.ts'
import type { Binder, WithFrame } from './binder.ts'

/** What stands in the call is bound; the call itself is nothing. */
export function lookThroughCall(b: Binder, call: FunctionCall, scope: Scope): BoundExpression {
  for (const arg of call.args) b.expression(b, arg, scope)
  for (const { expression } of call.orderBy) b.expression(b, expression, scope)
  if (call.filter !== null) b.expression(b, call.filter, scope)
  if (call.over !== null && typeof call.over !== 'string') lookThroughWindow(b, call.over, scope)
  return { kind: 'literal', value: null }
}

/** Common tables, used or not: those that nobody uses may be wrong. (`renameWalkWith`) */
export function lookThroughTables(b: Binder, frame: WithFrame, parent: Scope | null): void {
  for (const table of frame.tables.values()) {
    try {
      b.commonTable(table, frame, parent)
    } catch (error) {
      if (!(error instanceof SqliteError)) throw error
    }
  }
}

/** The windows that a query defines, used or not. */
export function lookThroughWindows(b: Binder, { windows }: SelectClause, scope: Scope): void {
  for (const { window } of windows) lookThroughWindow(b, window, scope)
}

function lookThroughWindow(b: Binder, window: WindowSpecification, scope: Scope): void {
  for (const expression of window.partitionBy) b.expression(b, expression, scope)
  for (const { expression } of window.orderBy) b.expression(b, expression, scope)
  if (window.frame === null) return
  for (const bound of [window.frame.start, window.frame.end]) {
    if ('offset' in bound) b.expression(b, bound.offset, scope)
  }
}
