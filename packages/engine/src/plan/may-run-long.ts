/**
 * Whether a statement may run for long: it loops over rows of which nobody knows how many there are. Where rows are looked up by what only one
 * of them can have, or are written out, it does not.
 */
import { rowCount } from './constant-rows.ts'
import type { BoundExpression } from './expression.ts'
import type { PlanNode, ScanNode } from './node.ts'
import type { BoundStatement, BoundUpsert, Returning } from './statement.ts'
import { visitAccess, visitNode, visitOperands } from './walk/visit.ts'

/** Rows and index entries that are stored within a few milliseconds. */
const mostRows = 1024

export function mayRunLong(statement: BoundStatement): boolean {
  switch (statement.kind) {
    case 'query':
      return isLong(statement.plan)
    case 'insert': {
      const { input, target, values, rowid, upserts, returning } = statement
      const perRow = 1 + target.indexes.length
      if (input.kind === 'values' && rowCount(input.rows) * perRow > mostRows) return true
      if (isLong(input) || isAnyLong([...values, rowid])) return true
      return upserts.some(isUpsertLong) || isReturningLong(returning)
    }
    case 'update': {
      const { input, values, rowid, returning } = statement
      return isLong(input) || isAnyLong([...values, rowid]) || isReturningLong(returning)
    }
    case 'delete':
      return (
        statement.input === null || isLong(statement.input) || isReturningLong(statement.returning)
      )
    case 'view-change':
      return isLong(statement.input) || isReturningLong(statement.returning)
    case 'create-table':
      return statement.query !== null && isLong(statement.query.plan)
    case 'create-index':
      return !statement.exists
    case 'drop':
      return statement.exists
    case 'reindex':
      return true
    default:
      return false
  }
}

function isUpsertLong({ update }: BoundUpsert): boolean {
  return update !== null && isAnyLong([...update.values, update.rowid, update.where])
}

function isReturningLong(returning: Returning | null): boolean {
  return returning !== null && isAnyLong(returning.expressions)
}

function isAnyLong(expressions: readonly (BoundExpression | null)[]): boolean {
  return expressions.some((expression) => expression !== null && asksLong(expression))
}

/** It asks a query that may run for long. */
function asksLong(expression: BoundExpression): boolean {
  let found = false
  visitOperands(
    expression,
    (operand) => (found ||= asksLong(operand)),
    ({ plan }) => (found ||= isLong(plan)),
  )
  return found
}

function isLong(plan: PlanNode): boolean {
  if (plan.kind === 'scan' && isLongScan(plan)) return true
  if (plan.kind === 'recursive') return true
  if (plan.kind === 'values' && rowCount(plan.rows) > mostRows) return true
  let found = false
  visitNode(
    plan,
    (input) => (found ||= isLong(input)),
    (expression) => (found ||= asksLong(expression)),
    (query) => (found ||= isLong(query.plan)),
  )
  return found
}

function isLongScan({ access }: ScanNode): boolean {
  switch (access.kind) {
    case 'rowid':
      return false
    case 'rowid-in':
      return access.keys.kind === 'query' || access.keys.items.length > mostRows
    case 'index': {
      const { index, equal } = access
      if (access.in !== null || !index.unique || equal.length < index.columns.length) return true
      return asksLongKey(access)
    }
    default:
      return true
  }
}

function asksLongKey(access: ScanNode['access']): boolean {
  let found = false
  visitAccess(
    access,
    (key) => (found ||= asksLong(key)),
    () => (found = true),
  )
  return found
}
