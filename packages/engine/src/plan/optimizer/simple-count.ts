/** SELECT count(*) FROM t. SQLite counts the entries of whichever tree is smallest, and does not look at INDEXED BY. (`isSimpleCount`) */
import type { ProjectNode } from '../node.ts'

/** The projection without the hint that its count does not go by; itself where there is none. */
export function withoutCountHint(node: ProjectNode): ProjectNode {
  const { input, columns } = node
  if (input.kind !== 'aggregate' || input.groupBy.length > 0 || input.input.kind !== 'scan')
    return node
  const scan = input.input
  const [call, ...others] = input.aggregates
  const [shown, ...more] = columns
  if (typeof scan.hint !== 'string' || others.length > 0 || more.length > 0) return node
  const isCount =
    call?.function.name === 'count' &&
    call.args.length === 0 &&
    !call.distinct &&
    call.filter === null &&
    shown?.kind === 'column' &&
    shown.source === input.source
  if (!isCount) return node
  return { ...node, input: { ...input, input: { ...scan, hint: null } } }
}
