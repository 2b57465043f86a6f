/**
 * Statements that the connection answers by itself, without a compiled program: transactions,
 * savepoints, PRAGMA and EXPLAIN QUERY PLAN. What SQLite has and this engine has not is refused here by name.
 */
import { notSupported } from '../../base/error.ts'
import { compiling } from '../../base/v8-error.ts'
import { bindStatement, explainQueryPlan, optimize } from '../../plan/index.ts'
import type { Explain, ParameterTable, Statement } from '../../sql/index.ts'
import type { Value } from '../../record/index.ts'
import { prepareAlter } from './alter/alter.ts'
import { prepareAttach, prepareDetach } from '../connection/attach.ts'
import type { Session } from '../connection/session.ts'
import { explainColumns, explainRows } from './explain-rows.ts'
import { prepareAnalyze } from './analyze.ts'
import { preparePragma } from './pragma/pragma.ts'
import { PreparedAction } from './prepared-action.ts'
import { prepareVacuum } from './vacuum.ts'

type Rows = readonly (readonly Value[])[]

const noRows: Rows = []

/** The statement as an action of the connection; null: it has to be compiled. */
export function prepareAction(
  connection: Session,
  statement: Statement,
  sql: string,
  parameters: ParameterTable,
): PreparedAction | null {
  const action = (run: () => void, writes = false): PreparedAction =>
    new PreparedAction(connection, parameters, [], writes, () => {
      connection.checkOpen()
      run()
      return noRows
    })
  switch (statement.kind) {
    case 'begin': {
      const { mode } = statement
      if (mode === 'CONCURRENT') throw notSupported('BEGIN CONCURRENT')
      return action(() => connection.begin(mode), mode !== 'DEFERRED')
    }
    case 'commit':
      return action(() => connection.commit())
    case 'rollback': {
      const { savepoint } = statement
      if (savepoint === null) return action(() => connection.rollback())
      return action(() => connection.rollbackTo(savepoint))
    }
    case 'savepoint':
      return action(() => connection.savepoint(statement.name))
    case 'release':
      return action(() => connection.release(statement.name))
    case 'pragma':
      return preparePragma(connection, statement, sql, parameters)
    case 'explain':
      return prepareExplain(connection, statement, sql, parameters)
    case 'attach':
      return prepareAttach(connection, statement, sql, parameters)
    case 'detach':
      return prepareDetach(connection, statement, sql, parameters)
    case 'vacuum':
      return prepareVacuum(connection, statement, sql, parameters)
    case 'analyze':
      return prepareAnalyze(connection, statement, sql, parameters)
    case 'alter-table':
      return prepareAlter(connection, statement, sql, parameters)
    default:
      return null
  }
}

function prepareExplain(
  connection: Session,
  { statement, queryPlan, selects }: Explain,
  sql: string,
  parameters: ParameterTable,
): PreparedAction {
  // What cannot be prepared is not explained either.
  const action = prepareAction(connection, statement, sql, parameters)
  const isReadonly = action === null ? statement.kind === 'select' : action.isReadonly
  if (!queryPlan) {
    if (action === null)
      connection.withSchemas(() => connection.compile(statement, sql, parameters))
    const answer = (): Rows => {
      if (action !== null) return explainRows(`connection.${statement.kind}()`)
      const compile = (): string =>
        connection.compile(statement, sql, parameters).program.sourceText()
      return explainRows(connection.withSchemas(compile))
    }
    return new PreparedAction(connection, parameters, explainColumns, false, answer, isReadonly)
  }
  const names = ['id', 'parent', 'notused', 'detail']
  const answer = (): Rows => {
    // What the connection does itself has no plan.
    if (action !== null) return []
    return connection.withSchemas(() => {
      const { catalog } = connection.context
      const plan = compiling(() => optimize(bindStatement(statement, sql, catalog), catalog))
      return explainQueryPlan(plan, selects).map((row) => [row.id, row.parent, 0, row.detail])
    })
  }
  return new PreparedAction(connection, parameters, names, false, answer, isReadonly)
}
