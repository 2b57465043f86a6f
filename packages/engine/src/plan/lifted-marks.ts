/** Which literals of a text become parameters of the program that it shares with others. */
import type { LiteralMark } from '../sql/index.ts'
import type { BoundStatement } from './statement.ts'
import { visitStatement } from './walk/statement.ts'
import { visitorOf } from './walk/visit.ts'

/** The literals that nobody has looked at, and that the plan still has. */
export function liftedMarks(statement: BoundStatement): ReadonlySet<LiteralMark> {
  const lifted = new Set<LiteralMark>()
  const visitor = visitorOf({
    expression: (e) => {
      if (e.kind === 'parameter' && e.mark !== undefined && !e.mark.isPinned) lifted.add(e.mark)
    },
  })
  visitStatement(statement, visitor.node, visitor.expression)
  return lifted
}
