/**
 * Whether the rows that an UPDATE or a DELETE finds can be changed as its scan comes to them, many of a page at once. What is changed waits
 * for a moment, so nothing may look at the table meanwhile but the scan: no triggers, no foreign keys, no functions of the user's, and no
 * other query on the same table.
 */
import { firesAny } from './fires.ts'
import type { BoundExpression } from './expression.ts'
import type { PlanNode } from './node.ts'
import { isSameTable } from './reads-table.ts'
import type { BoundDelete, BoundUpdate } from './statement.ts'
import { visitorOf } from './walk/visit.ts'

export function isFoundInPlace(statement: BoundUpdate | BoundDelete, callsUsers: boolean): boolean {
  const { target, input, keys, returning } = statement
  if (target.primary !== null || callsUsers || keys !== null || firesAny(statement)) return false
  const conditions: BoundExpression[] = []
  if (input === null || !scansForward(input, target.oldRow, conditions)) return false
  const values =
    statement.kind === 'update' ? statement.values.filter((value) => value !== null) : []
  const returned = returning === null ? [] : returning.expressions
  return [...conditions, ...values, ...returned].every(
    (expression) => !mayRead(expression, statement),
  )
}

/** Filters over a scan of the table's own tree, in the order of the rowids. */
function scansForward(input: PlanNode, source: number, conditions: BoundExpression[]): boolean {
  if (input.kind === 'filter') {
    conditions.push(input.condition)
    return scansForward(input.input, source, conditions)
  }
  if (input.kind !== 'scan' || input.source !== source) return false
  const { access, table } = input
  if (table.virtual !== undefined) return false
  return (access.kind === 'full' || access.kind === 'rowid-range') && !access.reverse
}

/** It asks a query that may read the table; so may a virtual table. */
function mayRead(expression: BoundExpression, { target }: BoundUpdate | BoundDelete): boolean {
  let found = false
  const visitor = visitorOf({
    node: (node) => {
      if (node.kind !== 'scan') return
      if (node.table.virtual !== undefined || isSameTable(node.table, target.table)) found = true
    },
  })
  visitor.expression(expression)
  return found
}
