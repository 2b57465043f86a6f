/** Which sources a plan node delivers under, and which columns of each a statement names. */
import type { PlanNode, SourceId } from '../../plan/index.ts'

/** The sources whose columns a node's consumer may name. */
export function visibleSources(node: PlanNode): SourceId[] {
  switch (node.kind) {
    case 'single-row':
      return []
    case 'join':
      return [...visibleSources(node.left), ...visibleSources(node.right)]
    case 'filter':
    case 'distinct':
    case 'sort':
    case 'limit':
      return visibleSources(node.input)
    default:
      return [node.source]
  }
}

/** Members of plans and expressions that hold no expressions. */
const opaque = new Set([
  'table',
  'index',
  'function',
  'rule',
  'rules',
  'lowRule',
  'highRule',
  'places',
  'value',
])

/** The columns that a plan (or an expression, or anything made of them) names, by source. */
export function usedColumns(tree: object): Map<SourceId, Set<number>> {
  const used = new Map<SourceId, Set<number>>()
  collect(tree, used, null)
  return used
}

/** The columns that expressions name themselves, not those that their subqueries name. */
export function directColumns(expressions: readonly object[]): Map<SourceId, Set<number>> {
  const used = new Map<SourceId, Set<number>>()
  collect(expressions, used, 'query')
  return used
}

function collect(tree: object, used: Map<SourceId, Set<number>>, except: string | null): void {
  if (Array.isArray(tree)) {
    for (const item of tree)
      if (typeof item === 'object' && item !== null) collect(item, used, except)
    return
  }
  const node = tree as { kind?: unknown; source?: unknown; column?: unknown; value?: unknown }
  if (node.kind === 'literal' || node.kind === 'constant-rows') return
  if (node.kind === 'column') {
    const { source, column } = node as { source: SourceId; column: number }
    const columns = used.get(source)
    if (columns === undefined) used.set(source, new Set([column]))
    else columns.add(column)
    return
  }
  // A `let` has an expression for its value.
  if (node.kind === 'let') collect(node.value as object, used, except)
  for (const key in tree) {
    if (opaque.has(key) || key === except) continue
    const member = (tree as Record<string, unknown>)[key]
    if (typeof member === 'object' && member !== null) collect(member, used, except)
  }
}
