/** Which columns of each source a statement names. */
import { ignoreQuery, visitStatement, visitOperands, visitorOf } from '../../plan/index.ts'
import type {
  BoundExpression,
  BoundStatement,
  PlanNode,
  SourceId,
  VirtualColumns,
} from '../../plan/index.ts'

/** Columns by the source that they belong to. */
export type ColumnsBySource = Map<SourceId, Set<number>>

/** The columns that a plan names, down to those of its subqueries. */
export function columnsOfPlan(plan: PlanNode): ColumnsBySource {
  const used: ColumnsBySource = new Map()
  const { node, addGenerated } = collector(used)
  node(plan)
  addGenerated()
  return used
}

/** The columns that a statement names anywhere. */
export function columnsOfStatement(statement: BoundStatement): ColumnsBySource {
  const used: ColumnsBySource = new Map()
  const { node, expression, addGenerated } = collector(used)
  visitStatement(statement, node, expression)
  addGenerated()
  return used
}

/** The columns that expressions name, their subqueries included. */
export function columnsOfExpressions(expressions: readonly BoundExpression[]): ColumnsBySource {
  const used: ColumnsBySource = new Map()
  const { expression } = collector(used)
  for (const one of expressions) expression(one)
  return used
}

/** The columns that expressions name themselves, not those that their subqueries name. */
export function directColumns(expressions: readonly BoundExpression[]): ColumnsBySource {
  const used: ColumnsBySource = new Map()
  const visit = (expression: BoundExpression): void => {
    if (expression.kind === 'column') note(expression, used)
    else visitOperands(expression, visit, ignoreQuery)
  }
  for (const one of expressions) visit(one)
  return used
}

interface Collector extends ReturnType<typeof visitorOf> {
  /** Adds the columns from which the virtual ones are computed that are there. */
  readonly addGenerated: () => void
}

function collector(used: ColumnsBySource): Collector {
  const virtual: [SourceId, VirtualColumns][] = []
  const visitor = visitorOf({
    node: (node) => {
      if (node.kind === 'scan' && node.virtual !== undefined) {
        virtual.push([node.source, node.virtual])
      }
    },
    expression: (expression) => {
      if (expression.kind === 'column') note(expression, used)
    },
  })
  const addGenerated = (): void => {
    for (const [source, values] of virtual) {
      // Columns that are added are looked at, too.
      for (const column of used.get(source) ?? []) {
        const value = values.get(column)
        if (value !== undefined) visitor.expression(value)
      }
    }
  }
  return { ...visitor, addGenerated }
}

function note(
  { source, column }: Extract<BoundExpression, { kind: 'column' }>,
  used: ColumnsBySource,
): void {
  const columns = used.get(source)
  if (columns === undefined) used.set(source, new Set([column]))
  else columns.add(column)
}
