/**
 * The binder's front door: a statement's syntax becomes a plan in which every name is resolved and every conversion
 * explicit. What the engine does not support yet is refused here, by name.
 */
import { notSupported } from '../../base/error.ts'
import type { Schema } from '../../schema/index.ts'
import type { Statement } from '../../sql/index.ts'
import type { BoundStatement } from '../plan-node.ts'
import { Binder } from './binder.ts'
import { bindExpression } from './expression.ts'
import { bindQuery } from './query.ts'
import { bindSelect } from './select.ts'

/**
 * Binds one statement against a schema.
 * @param sql the text that the statement was parsed from
 * @throws SqliteError with SQLite's sentence
 */
export function bindStatement(statement: Statement, sql: string, schema: Schema): BoundStatement {
  const b = new Binder(schema, sql, bindExpression, bindSelect)
  switch (statement.kind) {
    case 'select':
      return bindQuery(b, statement)
    default:
      throw notSupported(statement.kind)
  }
}
