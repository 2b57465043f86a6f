/** Expressions that the schema keeps: CHECK, DEFAULT, generated columns, indexes. They are bound for each statement, over their own text. */
import type { Expression } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import { Scope, type ScopePlace, type ScopeSource } from '../scope.ts'
import type { Binder } from './binder.ts'

/** An expression of the schema of `database` over a row of its table; `sql` is the text it was parsed from. */
export function bindStored(
  b: Binder,
  expression: Expression,
  sql: string,
  source: ScopeSource | null,
  place: ScopePlace,
  database = 'main',
): BoundExpression {
  const scope = new Scope(null, place)
  if (source !== null) scope.sources.push(source)
  const { doubleQuotedStrings } = b
  b.isTemporary = database === 'temp'
  // What is in the schema already keeps the meaning that it was given.
  if (sql !== b.text) b.doubleQuotedStrings = true
  try {
    return b.inText(sql, () => b.expression(b, expression, scope))
  } finally {
    b.doubleQuotedStrings = doubleQuotedStrings
  }
}
