/** Whether a statement changes one row at most. */
import { primaryIndex } from '../schema/index.ts'
import type { PlanNode } from './node.ts'
import type { BoundDelete, BoundInsert, BoundUpdate } from './statement.ts'

/** It changes one row at most. A function of its condition may change what it has found; triggers come when it has been found. */
export function changesOneRow(
  statement: BoundInsert | BoundUpdate | BoundDelete,
  callsUsers: boolean,
): boolean {
  if (statement.kind === 'insert') return deliversOneRow(statement.input)
  if (statement.input === null || callsUsers) return false
  return reachesOneRow(statement.input)
}

/** One row at most. */
function deliversOneRow(input: PlanNode): boolean {
  switch (input.kind) {
    case 'single-row':
      return true
    case 'values':
      return input.rows.length === 1
    case 'project':
    case 'filter':
      return deliversOneRow(input.input)
    default:
      return false
  }
}

/** The input looks a row up by its identity, and tests no more than that row. */
function reachesOneRow(input: PlanNode): boolean {
  if (input.kind === 'filter') return reachesOneRow(input.input)
  if (input.kind !== 'scan') return false
  const { access, table } = input
  if (access.kind === 'rowid') return true
  if (access.kind !== 'index' || access.index !== primaryIndex(table)) return false
  return access.in === null && access.equal.length === access.index.columns.length
}
