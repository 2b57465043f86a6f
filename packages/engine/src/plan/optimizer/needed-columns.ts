/** Which columns of each source anybody reads: what an index must hold so that the table can stay closed. */
import type { BoundExpression, SourceId } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import { visitorOf } from '../walk/visit.ts'

/** null: all columns of the source. */
export type NeededColumns = ReadonlyMap<SourceId, ReadonlySet<number> | null>

export function neededColumns(plan: PlanNode): NeededColumns {
  const needed = new Map<SourceId, Set<number>>()
  collector(needed).node(plan)
  return needed
}

export function neededByExpression(expression: BoundExpression): NeededColumns {
  const needed = new Map<SourceId, Set<number>>()
  collector(needed).expression(expression)
  return needed
}

function collector(needed: Map<SourceId, Set<number>>): ReturnType<typeof visitorOf> {
  return visitorOf({
    expression: (expression) => {
      if (expression.kind !== 'column') return
      const columns = needed.get(expression.source)
      if (columns === undefined) needed.set(expression.source, new Set([expression.column]))
      else columns.add(expression.column)
    },
  })
}
