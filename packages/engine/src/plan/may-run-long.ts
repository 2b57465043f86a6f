/**
 * Whether a statement may run for long: it loops over rows of which nobody knows how many there are. Where rows are looked up by what only one
 * of them can have, or are written out, it does not.
 */
import { rowCount } from './constant-rows.ts'
import type { BoundExpression, Subquery } from './expression.ts'
import { mapAccess, mapNode, mapOperands } from './optimizer/tree.ts'
import type { PlanNode, ScanNode } from './node.ts'
import type { BoundStatement, Returning } from './statement.ts'

/** Rows and index entries that are stored within a few milliseconds. */
const mostRows = 1024

export function mayRunLong(statement: BoundStatement): boolean {
  switch (statement.kind) {
    case 'query':
      return isLong(statement.plan)
    case 'insert': {
      const { input, target, values, rowid, returning } = statement
      const perRow = 1 + target.indexes.length
      if (input.kind === 'values' && rowCount(input.rows) * perRow > mostRows) return true
      return isLong(input) || isAnyLong([...values, rowid]) || isReturningLong(returning)
    }
    case 'update': {
      const { input, values, rowid, returning } = statement
      return isLong(input) || isAnyLong([...values, rowid]) || isReturningLong(returning)
    }
    case 'delete':
      return (
        statement.input === null || isLong(statement.input) || isReturningLong(statement.returning)
      )
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

function isReturningLong(returning: Returning | null): boolean {
  return returning !== null && isAnyLong(returning.expressions)
}

function isAnyLong(expressions: readonly (BoundExpression | null)[]): boolean {
  return expressions.some((expression) => expression !== null && asksLong(expression))
}

/** It asks a query that may run for long. */
function asksLong(expression: BoundExpression): boolean {
  let found = false
  const visit = (operand: BoundExpression): BoundExpression => {
    found = found || asksLong(operand)
    return operand
  }
  mapOperands(expression, visit, (query) => {
    found = found || isLong(query.plan)
    return query
  })
  return found
}

function isLong(plan: PlanNode): boolean {
  if (plan.kind === 'scan' && isLongScan(plan)) return true
  if (plan.kind === 'values' && rowCount(plan.rows) > mostRows) return true
  let found = false
  mapNode(
    plan,
    (input) => {
      found = found || isLong(input)
      return input
    },
    (expression) => {
      found = found || asksLong(expression)
      return expression
    },
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
  mapAccess(
    access,
    (key) => {
      found = found || asksLong(key)
      return key
    },
    (query: Subquery) => {
      found = true
      return query
    },
  )
  return found
}
