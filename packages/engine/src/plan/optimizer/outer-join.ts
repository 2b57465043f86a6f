/**
 * RIGHT and FULL JOIN in a plan: which equalities of ON find the rows of the right side in a hash table, and the order of what stands
 * to the left, which is that of writing. (`whereLoopAddAll`: no term moves across a RIGHT JOIN)
 */
import { conjunctsOf, joined } from '../conditions.ts'
import type { BoundExpression, ComparisonRule, SourceId } from '../expression.ts'
import type { OuterJoinNode, PlanNode } from '../node.ts'
import { hashRule } from './item-paths.ts'
import { addVisibleSources, isCopyable, sourcesOf } from './sources.ts'

/** ON, taken apart: what the hash table decides, and what is tested of its rows. */
export function hashedConditions({
  on,
  left,
  right,
}: OuterJoinNode): Pick<OuterJoinNode, 'on' | 'hash'> {
  if (on === null) return { on, hash: null }
  const ofLeft = visible(left)
  const ofRight = visible(right)
  const buildKeys: BoundExpression[] = []
  const probeKeys: BoundExpression[] = []
  const rules: ComparisonRule[] = []
  const rest: BoundExpression[] = []
  for (const condition of conjunctsOf(on)) {
    const sides = equality(condition, ofLeft, ofRight)
    if (sides === null) {
      rest.push(condition)
      continue
    }
    buildKeys.push(sides.own)
    probeKeys.push(sides.other)
    rules.push(sides.rule)
  }
  if (buildKeys.length === 0) return { on, hash: null }
  const others = rest.length === 0 ? null : joined('and', rest)
  return { on: others, hash: { buildKeys, probeKeys, rules } }
}

interface Equality {
  readonly own: BoundExpression
  readonly other: BoundExpression
  readonly rule: ComparisonRule
}

/** `own` names the right side alone, `other` the left one and whatever is around; null: it is no such equality. */
function equality(
  condition: BoundExpression,
  ofLeft: ReadonlySet<SourceId>,
  ofRight: ReadonlySet<SourceId>,
): Equality | null {
  if (condition.kind !== 'compare' || condition.operator !== '=') return null
  const { left, right, rule } = condition
  if (!isCopyable(left) || !isCopyable(right)) return null
  const isOwn = (e: BoundExpression): boolean => isOf(e, ofRight)
  const isOther = (e: BoundExpression): boolean => {
    const named = [...sourcesOf(e)]
    return named.some((s) => ofLeft.has(s)) && !named.some((s) => ofRight.has(s))
  }
  if (isOwn(left) && isOther(right)) return { own: left, other: right, rule: hashRule(rule, false) }
  if (isOwn(right) && isOther(left)) return { own: right, other: left, rule: hashRule(rule, true) }
  return null
}

function isOf(e: BoundExpression, sources: ReadonlySet<SourceId>): boolean {
  const named = sourcesOf(e)
  return named.size > 0 && [...named].every((source) => sources.has(source))
}

function visible(node: PlanNode): ReadonlySet<SourceId> {
  const sources = new Set<SourceId>()
  addVisibleSources(node, sources)
  return sources
}

/** The same joins with their order as written. */
export function inWrittenOrder(node: PlanNode): PlanNode {
  if (node.kind === 'filter') {
    const input = inWrittenOrder(node.input)
    return input === node.input ? node : { ...node, input }
  }
  if (node.kind !== 'join') return node
  const left = inWrittenOrder(node.left)
  if (node.type !== 'inner' && left === node.left) return node
  return { ...node, type: node.type === 'inner' ? 'cross' : node.type, left }
}
