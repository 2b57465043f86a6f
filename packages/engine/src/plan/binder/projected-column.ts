/** What a projection computes, as the columns that those above it read. */
import type { BoundColumn, BoundExpression, SourceId } from '../expression.ts'

/** Column `column` of a projection. */
export function resultColumn(
  source: SourceId,
  column: number,
  projected: BoundExpression,
): BoundColumn {
  const isColumn = projected.kind === 'column'
  return {
    kind: 'column',
    source,
    column,
    name: isColumn ? projected.name : `column${column + 1}`,
    affinity: isColumn || projected.kind === 'cast' ? projected.affinity : 'blob',
    collation: isColumn ? projected.collation : 'BINARY',
  }
}
