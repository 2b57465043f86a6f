/**
 * The binder's front door: a statement's syntax becomes a plan in which every name is resolved and every conversion
 * explicit. What the engine does not support yet is refused here, by name.
 */
import { notSupported } from '../../base/error.ts'
import type { Catalog } from '../../runtime/index.ts'
import type { Select, Statement } from '../../sql/index.ts'
import type { DatabaseUses } from '../database-uses.ts'
import type { BoundStatement } from '../statement.ts'
import { Binder } from './binder.ts'
import { bindExpression } from './expression.ts'
import {
  bindCreateIndex,
  bindCreateTable,
  bindCreateView,
  bindCreateVirtualTable,
} from './create.ts'
import { declaredColumn, type DeclaredColumn } from './declared-columns.ts'
import { bindDelete } from './delete.ts'
import { bindDrop } from './drop.ts'
import { bindInsert } from './insert.ts'
import { bindBehindRows } from './mistakes.ts'
import { bindQuery } from './query.ts'
import { bindReindex } from './reindex.ts'
import { bindSelect } from './select.ts'
import { withPrograms } from './trigger-program.ts'
import { bindCreateTrigger } from './create-trigger.ts'
import { bindUpdate } from './update.ts'

/** A bound statement, and the databases whose state its meaning and its run depend on. */
export interface BoundWithUses {
  readonly bound: BoundStatement
  readonly uses: DatabaseUses
  /** It calls functions that the connection has defined, or compares by them. */
  readonly callsUsers: boolean
  /** Functions that may run statements of the connection are among them. */
  readonly callsReentrant: boolean
}

/**
 * Binds one statement against the schemas of a connection.
 * @param sql the text that the statement was parsed from
 * @throws SqliteError with SQLite's sentence
 */
export function bindStatement(statement: Statement, sql: string, catalog: Catalog): BoundStatement {
  return bindWithUses(statement, sql, catalog).bound
}

/** As `bindStatement`; says also which databases the statement touches. */
export function bindWithUses(statement: Statement, sql: string, catalog: Catalog): BoundWithUses {
  return bindBehindRows((passed, note) => {
    const b = new Binder(catalog, sql, bindExpression, bindSelect)
    b.mistakes.passed = passed
    note(b.mistakes)
    const bound = withPrograms(b, bind(b, statement))
    const { uses, callsUsers, callsReentrant } = b
    return { bound, uses, callsUsers, callsReentrant }
  })
}

/** The columns that a table of a query's rows would have. @throws SqliteError where the query makes no sense */
export function bindColumns(
  select: Select,
  sql: string,
  catalog: Catalog,
): readonly DeclaredColumn[] {
  const b = new Binder(catalog, sql, bindExpression, bindSelect)
  return bindQuery(b, select).columns.map(declaredColumn)
}

function bind(b: Binder, statement: Statement): BoundStatement {
  switch (statement.kind) {
    case 'select':
      return bindQuery(b, statement).query
    case 'insert':
      return bindInsert(b, statement)
    case 'update':
      return bindUpdate(b, statement)
    case 'delete':
      return bindDelete(b, statement)
    case 'create-table':
      return bindCreateTable(b, statement)
    case 'create-index':
      return bindCreateIndex(b, statement)
    case 'reindex':
      return bindReindex(b, statement)
    case 'create-view':
      return bindCreateView(b, statement)
    case 'create-trigger':
      return bindCreateTrigger(b, statement)
    case 'create-virtual-table':
      return bindCreateVirtualTable(b, statement)
    case 'drop':
      return bindDrop(b, statement)
    case 'alter-table':
    case 'attach':
    case 'detach':
    case 'vacuum':
    case 'analyze':
    case 'begin':
    case 'commit':
    case 'rollback':
    case 'savepoint':
    case 'release':
    case 'pragma':
    case 'explain':
      throw notSupported(statement.kind.replaceAll('-', ' ').toUpperCase())
    default:
      return statement satisfies never
  }
}
