/** JSON loses its mark where rows are sorted: what was marked in the hope that they need not be is so no more. */
import { jsonMark, jsonMarkByType, jsonMarkLike, jsonUnmark } from '../../runtime/index.ts'
import type { BoundExpression } from '../expression.ts'
import { isConstant } from '../literal.ts'
import type { PlanNode, ProjectNode, SortNode } from '../node.ts'

/**
 * What a sort is made of, or what stands in its place where `rows` arrive in its order: with marks if so. By constants SQLite sorts, though they are
 * in every order.
 */
export function inOrder(sort: SortNode, rows: PlanNode, isDelivered: boolean): PlanNode {
  if (sort.isMarked !== true || rows.kind !== 'project') return rows
  if (isDelivered && !isByConstants(sort, rows)) return rows
  const [first, ...others] = rows.columns
  const isMarked = keepsMark(first!, rows.input)
  return { ...rows, columns: [isMarked ? unmarked(first!) : withoutMark(first!), ...others] }
}

function isByConstants({ keys }: SortNode, { source, columns }: ProjectNode): boolean {
  return keys.every(({ expression }) => {
    if (expression.kind !== 'column' || expression.source !== source) return isConstant(expression)
    return isConstant(columns[expression.column]!)
  })
}

/** Whether it is the least or greatest of marked values. */
function keepsMark(expression: BoundExpression, rows: PlanNode): boolean {
  if (rows.kind === 'filter') return keepsMark(expression, rows.input)
  if (rows.kind !== 'aggregate' || expression.kind !== 'column') return false
  const { source, groupBy, aggregates } = rows
  const call = aggregates[expression.column - groupBy.length]
  return expression.source === source && call?.function.keepsMarks === true
}

function withoutMark(expression: BoundExpression): BoundExpression {
  switch (expression.kind) {
    case 'function': {
      const { function: called, args } = expression
      const isMark = called === jsonMark || called === jsonMarkByType || called === jsonMarkLike
      if (isMark) return args[0]!
      return called.marksJson || called.form !== null ? unmarked(expression) : expression
    }
    case 'case':
    case 'let':
    case 'scalar-query':
      return unmarked(expression)
    default:
      return expression
  }
}

function unmarked(expression: BoundExpression): BoundExpression {
  return { kind: 'function', function: jsonUnmark, args: [expression], collation: 'BINARY' }
}
