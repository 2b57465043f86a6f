/**
 * A block is what a FROM clause and its WHERE come to: items (scans and other row sources) and conjuncts,
 * with the joins between them taken apart. Inner joins leave no trace but their conditions. The right
 * side of a LEFT JOIN is an item that keeps its ON to itself and comes after all items to its left; so
 * does the right side of a CROSS JOIN, by SQLite's promise not to reorder it. A RIGHT or FULL JOIN is one item with all that is to
 * its left; it comes before all that is to its right.
 *
 * Moving an inner item before a LEFT JOIN that stood to its left is right: the join adds rows to what it finds,
 * whatever else is multiplied in, and conditions on the optional side are tested after it all the same.
 */
import type { SourceId } from '../expression.ts'
import type { DerivedNode, PlanNode, ScanNode } from '../node.ts'
import { conjunctsOf } from '../conditions.ts'
import { addVisibleSources } from './sources.ts'
import { conjunct, termsOf } from './terms.ts'
import type { Conjunct, Term } from './terms.ts'

export interface Item {
  readonly place: number
  readonly type: 'inner' | 'left'
  /** What is joined. For a `left` item the tree as the binder made it. */
  readonly node: PlanNode
  /** `node`, where it is a plain scan (perhaps after its filters joined the conditions). */
  readonly scan: ScanNode | null
  readonly derived: DerivedNode | null
  readonly sources: ReadonlySet<SourceId>
  /** Items that must come first. */
  readonly after: readonly number[]
  /** ON, and the filters of the right side, of a `left` item. */
  readonly own: readonly Conjunct[]
}

export interface Block {
  readonly items: readonly Item[]
  readonly conjuncts: readonly Conjunct[]
  /** Which item a source belongs to; sources of queries outside are not there. */
  readonly itemOf: ReadonlyMap<SourceId, number>
}

/** A node that `collectBlock` takes apart. */
export function startsBlock(node: PlanNode): boolean {
  switch (node.kind) {
    case 'join':
    case 'outer-join':
    case 'scan':
    case 'derived':
    case 'values':
    case 'single-row':
      return true
    case 'filter':
      return startsBlock(node.input)
    default:
      return false
  }
}

export function collectBlock(root: PlanNode, extra: readonly Conjunct[]): Block {
  const items: Item[] = []
  const conjuncts: Conjunct[] = [...extra]

  const walk = (node: PlanNode, after: readonly number[]): void => {
    if (node.kind === 'filter' && startsBlock(node.input)) {
      for (const c of conjunctsOf(node.condition)) conjuncts.push(conjunct(c))
      walk(node.input, after)
      return
    }
    if (node.kind === 'join') {
      const first = items.length
      walk(node.left, after)
      const left = items.slice(first).map((item) => item.place)
      if (node.type === 'left') {
        addLeft(
          node.right,
          node.on === null ? [] : conjunctsOf(node.on).map((c) => conjunct(c)),
          left,
        )
        return
      }
      if (node.on !== null) for (const c of conjunctsOf(node.on)) conjuncts.push(conjunct(c))
      const isKept = node.type === 'cross' || left.some((place) => isOuterJoin(items[place]!.node))
      walk(node.right, isKept ? [...after, ...left] : after)
      return
    }
    items.push(itemOver(items.length, 'inner', node, node, after, []))
  }

  const addLeft = (right: PlanNode, on: readonly Conjunct[], left: readonly number[]): void => {
    const own = [...on]
    let leaf = right
    while (leaf.kind === 'filter') {
      for (const c of conjunctsOf(leaf.condition)) own.push(conjunct(c))
      leaf = leaf.input
    }
    const isPlain = leaf.kind === 'scan' || leaf.kind === 'derived'
    if (isPlain) items.push(itemOver(items.length, 'left', right, leaf, left, own))
    else items.push(itemOver(items.length, 'left', right, right, left, on))
  }

  walk(root, [])
  const itemOf = new Map<SourceId, number>()
  for (const item of items) for (const source of item.sources) itemOf.set(source, item.place)
  return { items, conjuncts, itemOf }
}

function isOuterJoin(node: PlanNode): boolean {
  return node.kind === 'outer-join'
}

function itemOver(
  place: number,
  type: Item['type'],
  node: PlanNode,
  leaf: PlanNode,
  after: readonly number[],
  own: readonly Conjunct[],
): Item {
  const sources = new Set<SourceId>()
  addVisibleSources(node, sources)
  return {
    place,
    type,
    node,
    scan: leaf.kind === 'scan' ? leaf : null,
    derived: leaf.kind === 'derived' ? leaf : null,
    sources,
    after,
    own,
  }
}

/** Items of the block that a set of sources belongs to. */
export function itemsOf(block: Block, sources: ReadonlySet<SourceId>): readonly number[] {
  const result: number[] = []
  for (const source of sources) {
    const place = block.itemOf.get(source)
    if (place !== undefined && !result.includes(place)) result.push(place)
  }
  return result
}

/** At least one of the sources is a row of a query outside the block. */
export function namesOuter(block: Block, sources: ReadonlySet<SourceId>): boolean {
  for (const source of sources) if (!block.itemOf.has(source)) return true
  return false
}

/** A condition with the items that it needs. */
export interface PlacedConjunct {
  readonly conjunct: Conjunct
  readonly needs: readonly number[]
}

/** A term with the items that its key needs. */
export interface PlacedTerm {
  readonly term: Term
  readonly needs: readonly number[]
}

/** The terms on a scan item that some conditions give. */
export function termsFor(
  block: Block,
  item: Item,
  conditions: readonly Conjunct[],
): readonly PlacedTerm[] {
  const source = item.scan?.source
  const result: PlacedTerm[] = []
  for (const from of conditions) {
    if (from.volatile) continue
    if (!from.sources.has(source!)) continue
    for (const term of termsOf(from)) {
      if (term.source !== source) continue
      const needs = itemsOf(block, term.keySources)
      // A set that depends on loops around would have to be made anew in every turn of theirs.
      if (term.keys?.kind === 'query' && needs.length > 0) continue
      result.push({ term, needs })
    }
  }
  return result
}
