/**
 * A block whose order of loops is decided becomes a tree: joins from the left down, each condition at the first
 * place where all its sources run.
 */
import { cannotFail } from '../cannot-fail.ts'
import type { BoundExpression, SourceId, Subquery } from '../expression.ts'
import type { DerivedNode, IndexAccess, PlanNode, ScanNode } from '../node.ts'
import { unfolded } from './fold-constants.ts'
import type { DerivedHash, ItemPaths } from './item-paths.ts'
import { itemsOf } from './join-block.ts'
import type { Block } from './join-block.ts'
import type { Step } from './join-order.ts'
import { freeSources, outerSources, sourcesOf } from './sources.ts'
import type { Conjunct } from './terms.ts'
import { filtered } from '../conditions.ts'
import { mapAccess } from '../walk/map.ts'
import { visitExpression } from '../walk/visit.ts'

/** What the planner does to expressions and subqueries that go into the tree. */
export interface ExpressionPlanner {
  readonly expression: (expression: BoundExpression) => BoundExpression
  readonly subquery: (query: Subquery) => Subquery
}

/** A condition that has no place yet. */
interface Pending {
  readonly conjunct: Conjunct
  /** Items that it names. */
  readonly needs: readonly number[]
  /** The step at which it is tested at the earliest; null: not known yet. */
  until: number | null
}

/** A subquery is asked later where so few of the rows are left. */
const clearlyFewer = 0.5

/** Makes the tree of a block whose order is decided. */
export class BlockBuilder {
  readonly #items: readonly ItemPaths[]
  readonly #leaves: readonly ({ readonly node: PlanNode } | null)[]
  readonly #planner: ExpressionPlanner
  readonly #inLoop: boolean
  readonly #pending: Pending[]

  constructor(
    block: Block,
    items: readonly ItemPaths[],
    conjuncts: readonly Conjunct[],
    leaves: readonly ({ readonly node: PlanNode } | null)[],
    planner: ExpressionPlanner,
    inLoop: boolean,
  ) {
    this.#items = items
    this.#leaves = leaves
    this.#planner = planner
    this.#inLoop = inLoop
    this.#pending = conjuncts
      .filter((c) => !c.implied)
      .map((c) => ({ conjunct: c, needs: itemsOf(block, c.sources), until: null }))
  }

  build(steps: readonly Step[]): PlanNode {
    // To SQLite a subquery is no constant, nor what folding makes of columns: where an error may show, they wait for their turn.
    const isSafe = this.#pending.every((c) => cannotFail(c.conjunct.expression))
    const guards = this.#take(
      ({ needs, conjunct: { volatile, costly, expression } }) =>
        needs.length === 0 && !volatile && (isSafe || !(costly || namesColumns(expression))),
    )
    const placed = new Uint8Array(this.#items.length)
    let tree: PlanNode | null =
      guards.length === 0 ? null : this.#filter({ kind: 'single-row' }, guards, null)
    for (const [at, step] of steps.entries()) {
      const { item } = this.#items[step.place]!
      const isFirst = placed.every((p) => p === 0)
      if (item.type === 'left') tree = this.#addLeft(tree!, step)
      else tree = this.#addInner(tree, step, isFirst)
      placed[step.place] = 1
      const ready = this.#take((c) => {
        if (!c.needs.every((n) => placed[n] === 1)) return false
        if (c.conjunct.volatile) return placed.every((p) => p === 1)
        c.until ??= isSafe && asksCorrelated(c.conjunct) ? this.#fewestRows(steps, at) : at
        return at >= c.until
      })
      tree = this.#addFilter(tree, ready, step)
    }
    return tree!
  }

  /** The step, from `at` on, at which clearly fewer rows than there have to be asked about. */
  #fewestRows(steps: readonly Step[], at: number): number {
    let rows = 1
    let fewest = clearlyFewer
    let best = at
    for (let i = at + 1; i < steps.length; i++) {
      const { place, path } = steps[i]!
      if (this.#items[place]!.item.type === 'left') break
      rows *= path.rows
      if (rows >= fewest) continue
      fewest = rows
      best = i
    }
    return best
  }

  #addInner(tree: PlanNode | null, step: Step, isFirst: boolean): PlanNode {
    const source = this.#source(step, !isFirst || this.#inLoop)
    const consumed = consumedBy(step)
    this.#take((c) => consumed.has(c.conjunct))
    if (tree === null) return source
    if (source.kind === 'single-row') return tree
    return { kind: 'join', type: 'inner', left: tree, right: source, on: null }
  }

  #addLeft(tree: PlanNode, step: Step): PlanNode {
    const { item } = this.#items[step.place]!
    const source = this.#source(step, true)
    const isNested = item.scan === null && item.derived === null
    const consumed = consumedBy(step)
    const rest = isNested ? [] : item.own.filter((c) => !consumed.has(c))
    const own = (c: Conjunct): boolean => {
      for (const s of item.sources) if (c.sources.has(s)) return true
      return c.volatile
    }
    // What names nothing on the right decides before the right side runs at all.
    const isSafe = rest.every((c) => cannotFail(c.expression))
    const guards = isSafe ? rest.filter((c) => !own(c)) : []
    const tests = isSafe ? rest.filter(own) : rest
    let right = this.#filter(source, tests, step)
    if (guards.length > 0) {
      const guard = this.#filter({ kind: 'single-row' }, guards, null)
      right = { kind: 'join', type: 'inner', left: guard, right, on: null }
    }
    return { kind: 'join', type: 'left', left: tree, right, on: null }
  }

  #source(step: Step, inLoop: boolean): PlanNode {
    const { item, isKept } = this.#items[step.place]!
    if (item.scan !== null) return this.#scan(item.scan, step)
    const planned = this.#leaves[step.place]!.node
    if (planned.kind === 'outer-join') {
      const materialized = inLoop && isKept && freeSources(planned).size === 0
      return materialized ? { ...planned, materialized } : planned
    }
    if (planned.kind !== 'derived') return planned
    return this.#derived(planned, step.path.derivedHash, inLoop && isKept)
  }

  #scan(scan: ScanNode, step: Step): ScanNode {
    const path = step.path.access!
    const { expression, subquery } = this.#planner
    const access = mapAccess(path.access, expression, subquery)
    return { ...scan, access, estimatedRows: Math.round(path.rows) }
  }

  #derived(node: DerivedNode, hash: DerivedHash | null, inLoop: boolean): DerivedNode {
    const materialized =
      hash !== null || node.shared || (inLoop && freeSources(node.input).size === 0)
    return {
      ...node,
      materialized,
      hash:
        hash === null
          ? null
          : {
              buildColumns: hash.buildColumns,
              probeKeys: hash.probeKeys.map(this.#planner.expression),
              rules: hash.rules,
            },
    }
  }

  #take(wants: (c: Pending) => boolean): Conjunct[] {
    const taken: Conjunct[] = []
    let kept = 0
    for (const c of this.#pending) {
      if (wants(c)) taken.push(c.conjunct)
      else this.#pending[kept++] = c
    }
    this.#pending.length = kept
    return taken
  }

  /**
   * Cheap conditions first, else in the order of writing. Where one may fail, as SQLite has them: what the index alone decides, the
   * others, what asks a correlated subquery. (`sqlite3WhereCodeOneLoopStart`)
   */
  #filter(node: PlanNode, conditions: readonly Conjunct[], step: Step | null): PlanNode {
    if (conditions.length === 0) return node
    const isSafe = conditions.every((c) => cannotFail(c.expression))
    const rank = isSafe ? costRank : this.#sqliteRank(step)
    const ranked = conditions.length === 1 ? conditions : sortedBy(conditions, rank)
    return filtered(
      node,
      ranked.map((c) => this.#planner.expression(c.expression)),
    )
  }

  #sqliteRank(step: Step | null): (c: Conjunct) => number {
    const access = step?.path.access?.access
    const scan = step === null ? null : this.#items[step.place]!.item.scan
    const index = access?.kind === 'index' && !access.covering ? access : null
    return (conjunct) => {
      const { expression } = conjunct
      if (asksCorrelated(conjunct)) return 2
      return index !== null && scan !== null && isCovered(expression, scan.source, index) ? 0 : 1
    }
  }

  #addFilter(tree: PlanNode, conditions: readonly Conjunct[], step: Step): PlanNode {
    if (conditions.length === 0) return tree
    // Inner joins: the condition belongs to the right side, nearest to its scan.
    if (tree.kind === 'join' && tree.type === 'inner') {
      return { ...tree, right: this.#filter(tree.right, conditions, step) }
    }
    return this.#filter(tree, conditions, step)
  }
}

/** Names columns, or did before it was folded. */
function namesColumns(expression: BoundExpression): boolean {
  if (expression.kind !== 'literal' || expression.written === undefined) return false
  return sourcesOf(unfolded(expression)).size > 0
}

const costRank = ({ costly }: Conjunct): number => (costly ? 1 : 0)

function sortedBy(
  conditions: readonly Conjunct[],
  rank: (c: Conjunct) => number,
): readonly Conjunct[] {
  return conditions
    .map((condition) => ({ condition, place: rank(condition) }))
    .sort((a, b) => a.place - b.place)
    .map(({ condition }) => condition)
}

/** Is answered by running a query once more. */
function asksCorrelated({ costly, expression }: Conjunct): boolean {
  return costly && isCorrelated(expression)
}

function isCorrelated(expression: BoundExpression): boolean {
  let found = false
  visitExpression(expression, (e) => {
    if (e.kind !== 'in-query' && e.kind !== 'exists' && e.kind !== 'scalar-query') return
    if (outerSources(e.query).size > 0) found = true
  })
  return found
}

/** All columns that the expression names of the table are in the entries of the index, which end with the rowid or the primary key. */
function isCovered(
  expression: BoundExpression,
  source: SourceId,
  { places }: IndexAccess,
): boolean {
  let isInEntry = true
  visitExpression(expression, (e) => {
    if (e.kind === 'column' && e.source === source && !places.has(e.column)) isInEntry = false
  })
  return isInEntry
}

function consumedBy(step: Step): ReadonlySet<Conjunct> {
  const { access, derivedHash } = step.path
  if (access !== null) return access.consumed
  return new Set(derivedHash?.conjuncts ?? [])
}
