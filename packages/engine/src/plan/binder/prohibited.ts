/**
 * What may not stand in the expressions of a schema: they are evaluated outside any query, and those of an index
 * must always give the same answer. (CREATE TABLE §3.7, CREATE INDEX §1.2; `sqlite3ResolveNotValid`)
 */
import { sqlError } from '../../base/error.ts'
import type { Scope, ScopePlace } from '../scope.ts'

const placeNames: Readonly<Record<ScopePlace, string>> = {
  query: '',
  check: 'CHECK constraints',
  index: 'index expressions',
  'partial-index': 'partial index WHERE clauses',
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
