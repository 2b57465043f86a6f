/**
 * What may not stand in the expressions of a schema: they are evaluated outside any query, and those of an index
 * must always give the same answer. (CREATE TABLE §3.7, CREATE INDEX §1.2; `sqlite3ResolveNotValid`)
 */
import { sqlError, type SqliteError } from '../../base/error.ts'
import { raise, raising, type StoredPlace } from '../../runtime/index.ts'
import type { Expression, Raise } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import type { Scope, ScopePlace } from '../scope.ts'
import { visitExpression } from '../walk/visit.ts'
import type { Binder } from './binder.ts'

const placeNames: Readonly<Record<ScopePlace, string>> = {
  query: '',
  check: 'CHECK constraints',
  index: 'index expressions',
  'partial-index': 'partial index WHERE clauses',
  generated: 'generated columns',
  constant: '',
  look: 'an ORDER BY over a compound',
}

/** Refuses `what` where the expression belongs to the schema. */
export function checkAllowed(what: string, scope: Scope): void {
  const place = placeNames[scope.place]
  if (place === '') return
  const mayVary = scope.place === 'check' || scope.place === 'look'
  if (what === 'non-deterministic functions' && mayVary) return
  throw sqlError(`${what} prohibited in ${place}`)
}

/** Refuses a function that only statements may call. (`sqlite3ExprFunctionUsable`) */
export function checkDirect(b: Binder, name: string, scope: Scope): void {
  const isStored = scope.place === 'query' ? b.viewDatabase !== null : !b.isTemporary
  if (isStored && scope.place !== 'look') throw sqlError(`unsafe use of ${name}()`)
}

/** A function that nobody has defined. What is stored already was known when it was. */
export function unknownFunction(b: Binder, name: string, scope: Scope): SqliteError {
  const isStored = scope.place !== 'query' && scope.place !== 'look' && !b.isDefining
  return sqlError(isStored ? `unknown function: ${name}()` : `no such function: ${name}`)
}

/** Where in a schema an expression stands; null: its answer is not relied on later. */
export function storedPlace(scope: Scope): StoredPlace | null {
  switch (scope.place) {
    case 'check':
      return 'a CHECK constraint'
    case 'index':
    case 'partial-index':
      return 'an index'
    case 'generated':
      return 'a generated column'
    default:
      return null
  }
}

function misplacedRaise(): Error {
  return sqlError('RAISE() may only be used within a trigger-program')
}

/** RAISE belongs to triggers. A table may have it in a CHECK, and is refused when that has to be checked. */
export function bindRaise(b: Binder, e: Raise, scope: Scope): BoundExpression {
  const { action, message } = e
  const isInTrigger = scope.place === 'query' && b.raises !== null
  const args = message === null ? [] : [b.expression(b, message, scope)]
  if (scope.place !== 'check' && !isInTrigger) throw misplacedRaise()
  if (isInTrigger && action === 'IGNORE') b.raises!.ignores = true
  const called = isInTrigger ? raising[action] : raise
  return { kind: 'function', function: called, args, collation: 'BINARY' }
}

/** Refuses a CHECK that holds RAISE. */
export function checkNoRaise(condition: BoundExpression): void {
  visitExpression(condition, (part) => {
    if (part.kind === 'function' && part.function === raise) throw misplacedRaise()
  })
}

/** What is wrong with a call itself. A mistake in its arguments may be told instead (`last-mistake.ts`). */
export function refused(b: Binder, call: Expression, error: SqliteError): SqliteError {
  b.mistakes.calls.set(call, error)
  return error
}
