/**
 * Whether the programs of a statement's triggers may fail when something has been changed. Where they cannot, a statement of one row needs no savepoint, as
 * in SQLite. (`sqlite3MayAbort`)
 */
import { limits } from '../base/limits.ts'
import { cannotFail, planCannotFail } from './cannot-fail.ts'
import { isConstantRows } from './constant-rows.ts'
import type { BoundExpression } from './expression.ts'
import { hasActions, hasTriggers } from './fires.ts'
import type { PlanNode } from './node.ts'
import type {
  BoundDelete,
  BoundInsert,
  BoundStatement,
  BoundUpdate,
  RowTriggers,
  TriggerProgram,
  WriteTarget,
} from './statement.ts'

type RowChange = BoundInsert | BoundUpdate | BoundDelete

export function programsMayFail(statement: RowChange): boolean {
  const { programs, triggers, keys, target } = statement
  if (programs.length === 0) return false
  if (programs.length > limits.current.triggerDepth) return true
  if (hasActions(keys) || target.victimKeys !== null || hasTriggers(target.victims)) return true
  if (statement.kind === 'insert' && statement.upserts.length > 0) return true
  // What comes before the row may only ask, for the row itself may be refused. Then nothing has been changed, unless a program starts them, too.
  const started = new Set(programs.flatMap(({ steps }) => steps.flatMap(startedBy)))
  const first = new Set(triggers.before)
  return programs.some((program, place) => {
    if (!first.has(place)) return mayFail(program)
    const asks = program.steps.every(({ kind }) => kind === 'query')
    return !asks || (started.has(place) && mayFail(program))
  })
}

function startedBy(step: BoundStatement): readonly number[] {
  if (!('triggers' in step)) return []
  const all = ({ before, early, after }: RowTriggers): number[] => [...before, ...early, ...after]
  return all(step.triggers)
}

function mayFail({ recurs, action, when, steps }: TriggerProgram): boolean {
  if (recurs || action !== null) return true
  return (when !== null && !cannotFail(when)) || !steps.every(isSafe)
}

/** A step that cannot fail, whatever the rows hold. */
function isSafe(step: BoundStatement): boolean {
  switch (step.kind) {
    case 'query':
      return planCannotFail(step.plan)
    case 'insert':
      return isSafeInsert(step)
    case 'update':
      return isSafeUpdate(step)
    case 'delete':
      return step.keys === null && (step.input === null || planCannotFail(step.input))
    default:
      return false
  }
}

function isSafeInsert(step: BoundInsert): boolean {
  const { target, input, values, rowid, upserts, keys } = step
  const { table, checks, indexes } = target
  if (rowid !== null || upserts.length > 0 || keys !== null || !isSafeInput(input)) return false
  if (table.autoincrement || checks.length > 0 || !isPlain(target)) return false
  if (indexes.some(({ index }) => index.unique)) return false
  return table.columns.every(({ notNull }, i) => {
    if (i === table.rowidAlias) return true
    return isSafeValue(values[i]!) && (notNull === null || isNoNull(values[i]!))
  })
}

function isSafeInput(input: PlanNode): boolean {
  if (input.kind === 'values')
    return input.rows.every((row) => isConstantRows(row) || row.every(isSafeValue))
  if (input.kind === 'project')
    return input.columns.every(isSafeValue) && planCannotFail(input.input)
  return planCannotFail(input)
}

function isSafeUpdate(step: BoundUpdate): boolean {
  const { target, input, joined, values, rowid, keys } = step
  const { table, checks, indexes } = target
  if (joined !== null || rowid !== null || keys !== null || !planCannotFail(input)) return false
  if (checks.length > 0 || !isPlain(target)) return false
  const isSet = (column: number): boolean => values[column] !== null
  if (indexes.some(({ index }) => index.unique && index.columns.some((c) => isSet(c.column))))
    return false
  return table.columns.every(({ notNull }, i) => {
    const value = values[i] ?? null
    return value === null || (isSafeValue(value) && (notNull === null || isNoNull(value)))
  })
}

/** Rows are stored as they are given, and indexes hold columns. */
function isPlain({
  table,
  primary,
  generated,
  indexes,
  victims,
  victimKeys,
}: WriteTarget): boolean {
  if (primary !== null || table.strict || generated.length > 0) return false
  if (hasTriggers(victims) || victimKeys !== null) return false
  return indexes.every(
    ({ newKey, oldKey, newWhere }) =>
      newWhere === null && [...newKey, ...oldKey].every(({ kind }) => kind === 'column'),
  )
}

/** Moments of constants have no errors. */
const moments = new Set(['date', 'time', 'datetime', 'julianday', 'unixepoch'])

function isSafeValue(value: BoundExpression): boolean {
  if (cannotFail(value)) return true
  if (value.kind !== 'function' || value.function.isUsers || value.storedIn !== undefined)
    return false
  const { name } = value.function
  return (
    (moments.has(name) || name.startsWith('current_')) &&
    value.args.every(({ kind }) => kind === 'literal')
  )
}

function isNoNull(value: BoundExpression): boolean {
  return value.kind === 'literal' && value.value !== null
}
