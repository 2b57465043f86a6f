/**
 * What an item of a block costs at its turn: its access paths, given which items run before it, with the
 * conditions that can be tested at that point. The join planner asks again and again for the same
 * combinations, so answers are kept by the earlier items that matter to this one.
 */
import type { Catalog } from '../../runtime/index.ts'
import type { BoundColumn, BoundExpression, ComparisonRule, SourceId } from '../expression.ts'
import type { DerivedNode, ScanNode } from '../node.ts'
import { sameExpression } from '../same-expression.ts'
import { noOrder, type OrderColumn, type RowOrder } from '../row-order.ts'
import { cannotFail } from '../cannot-fail.ts'
import { accessPaths } from './access-path.ts'
import type { AccessPath, Choice, ChoiceArm, HashChoice } from './access-path.ts'
import { simplifiedConjuncts } from './simplify-conditions.ts'
import { filterShare, probeRows, tableRows } from './estimate.ts'
import type { Block, Item, PlacedConjunct, PlacedTerm } from './join-block.ts'
import { itemsOf, namesOuter, termsFor } from './join-block.ts'
import { holdsAllRows } from './partial-index.ts'
import { freeSources, isCopyable, sourcesOf } from './sources.ts'
import { conjunct } from './terms.ts'
import type { Conjunct } from './terms.ts'
import { virtualPaths } from './virtual-path.ts'

/** What is known of a source that is not a scan. */
export interface LeafEstimate {
  readonly rows: number
  readonly cost: number
  readonly order: RowOrder
}

/** The condition that a hash table over derived rows is probed with. */
export interface DerivedHash {
  readonly conjuncts: readonly Conjunct[]
  readonly buildColumns: readonly number[]
  readonly probeKeys: readonly BoundExpression[]
  readonly rules: readonly ComparisonRule[]
}

/** One way to run an item at its turn. */
export interface ItemPath {
  /** null: not a scan. */
  readonly access: AccessPath | null
  readonly derivedHash: DerivedHash | null
  readonly setup: number
  readonly cost: number
  /** Rows delivered for each row of the items before it, after all conditions that can be tested by now. */
  readonly rows: number
}

/** An OR with more sides is no choice. */
const mostArms = 50

/** The paths of one item of a block. */
export class ItemPaths {
  readonly item: Item
  /** Conditions that name this item, and what else they need. */
  readonly conditions: readonly PlacedConjunct[]
  readonly #catalog: Catalog
  readonly #block: Block
  readonly #terms: readonly PlacedTerm[]
  readonly #needed: ReadonlySet<number> | null
  readonly #estimate: LeafEstimate | null
  /** What has been read of the item may serve a later run of the block. */
  readonly isKept: boolean
  /** Earlier items that make a difference. */
  readonly neighbours: readonly number[]
  /** The order that is wanted of it, where all of that is about its columns; else empty. */
  readonly #wanted: readonly OrderColumn[]
  readonly #known = new Map<string, readonly ItemPath[]>()

  constructor(
    catalog: Catalog,
    block: Block,
    item: Item,
    conjuncts: readonly PlacedConjunct[],
    needed: ReadonlySet<number> | null,
    estimate: LeafEstimate | null,
    isKept: boolean,
    wanted: readonly OrderColumn[] = [],
  ) {
    this.#catalog = catalog
    this.#block = block
    this.item = item
    this.#needed = needed
    this.#wanted = wanted
    this.#estimate = estimate
    this.isKept = isKept
    this.conditions =
      item.type === 'left'
        ? item.own.map((c) => ({ conjunct: c, needs: itemsOf(block, c.sources) }))
        : conjuncts.filter((c) => !c.conjunct.volatile && c.needs.includes(item.place))
    this.#terms =
      item.scan === null || item.scan.table.virtual !== undefined
        ? []
        : termsFor(
            block,
            item,
            this.conditions.map((c) => c.conjunct),
          )
    const neighbours = new Set<number>()
    for (const { needs } of this.conditions) for (const n of needs) neighbours.add(n)
    neighbours.delete(item.place)
    this.neighbours = [...neighbours].sort((a, b) => a - b)
  }

  /** In which its rows arrive where it is no scan, and is not looked up in. */
  get order(): RowOrder {
    return this.#estimate?.order ?? noOrder
  }

  /** The item's turn may come: all that must stand before it is there. */
  isReady(placed: Uint8Array): boolean {
    return this.item.after.every((other) => placed[other] === 1)
  }

  paths(placed: Uint8Array): readonly ItemPath[] {
    let key = ''
    for (const n of this.neighbours) key += placed[n] === 1 ? '1' : '0'
    let paths = this.#known.get(key)
    if (paths === undefined) {
      paths = this.#enumerate(placed)
      this.#known.set(key, paths)
    }
    return paths
  }

  /** The conditions that can be tested when this item runs after `placed`. */
  testable(placed: Uint8Array): readonly Conjunct[] {
    const { place } = this.item
    return this.conditions
      .filter((c) => c.needs.every((n) => n === place || placed[n] === 1))
      .map((c) => c.conjunct)
  }

  #enumerate(placed: Uint8Array): readonly ItemPath[] {
    const testable = this.testable(placed)
    const { scan } = this.item
    const virtual = scan?.table.virtual
    if (scan !== null && virtual !== undefined) {
      const { place } = this.item
      const paths = virtualPaths({
        scan,
        virtual,
        conditions: this.conditions.filter(({ needs }) => !needs.some((n) => this.#isBehind(n))),
        isUsable: ({ needs }) => needs.every((n) => n === place || placed[n] === 1),
        needed: this.#needed,
        wanted: this.#wanted,
      })
      return this.#sameRows(paths.map((access) => scanPath(access, testable)))
    }
    const paths =
      scan === null
        ? this.#leafPaths(testable)
        : accessPaths({
            scan,
            terms: this.#terms
              .filter((t) => t.needs.every((n) => placed[n] === 1))
              .map((t) => t.term),
            needed: this.#needed,
            isComparable: ({ columns }) =>
              columns.every((c) => this.#catalog.environment.collation(c.collation) !== null),
            holdsAllRows: (index) =>
              index.where === null || holdsAllRows(this.#catalog, scan, index, testable),
            hash: this.isKept ? this.#hashChoice(scan, testable) : null,
            choices: this.#choices(scan, testable, placed),
            environment: this.#catalog.environment,
            distinctKeys: (key) => this.#distinctKeys(key),
          }).map((access) => scanPath(access, testable))
    return this.#sameRows(paths)
  }

  /** An item that an outer or a CROSS JOIN keeps behind this one: a virtual table is not told of conditions with it. (`whereLoopAddAll`) */
  #isBehind(other: number): boolean {
    const { place } = this.item
    const between = this.#block.items.slice(place + 1, other + 1)
    return between.some(({ type, after }) => type === 'left' || after.includes(place))
  }

  /** How many different values a key has that is a unique column of another item, or equals one; null: it is none. */
  #distinctKeys(key: BoundExpression): number | null {
    if (key.kind !== 'column') return null
    const own = this.#uniqueRows(key)
    if (own !== null) return own
    for (const { expression } of this.#block.conjuncts) {
      if (expression.kind !== 'compare' || expression.operator !== '=') continue
      const { left, right } = expression
      const other = sameExpression(left, key) ? right : sameExpression(right, key) ? left : null
      const rows = other?.kind === 'column' ? this.#uniqueRows(other) : null
      if (rows !== null) return rows
    }
    return null
  }

  /** How many rows a column tells apart; null: it does not. */
  #uniqueRows(column: BoundColumn): number | null {
    const place = this.#block.itemOf.get(column.source)
    const scan = place === undefined ? null : this.#block.items[place]!.scan
    return scan !== null && isUniqueColumn(scan, column) ? tableRows(scan.table) : null
  }

  /** The ORs among conditions. */
  #choices(scan: ScanNode, testable: readonly Conjunct[], placed: Uint8Array): readonly Choice[] {
    const choices: Choice[] = []
    if (typeof scan.hint === 'string') return choices
    for (const c of testable) {
      const { expression } = c
      if (expression.kind !== 'or' || c.volatile || !c.sources.has(scan.source)) continue
      if (expression.operands.length > mostArms) continue
      const arms: ChoiceArm[] = []
      for (const operand of expression.operands) {
        const conjuncts = simplifiedConjuncts(operand).map((part) => conjunct(part))
        const terms = termsFor(this.#block, this.item, conjuncts)
          .filter((t) => t.needs.every((n) => placed[n] === 1))
          .map((t) => t.term)
        if (terms.length === 0) break
        const known = [...testable, ...conjuncts]
        arms.push({
          conjuncts,
          terms,
          holdsAllRows: (index) => holdsAllRows(this.#catalog, scan, index, known),
        })
      }
      if (arms.length === expression.operands.length) choices.push({ conjunct: c, arms })
    }
    return choices
  }

  /**
   * However the item is reached, the rows that pass all conditions are the same: the lowest estimate knows most. A
   * LEFT JOIN delivers at least one row.
   */
  #sameRows(paths: readonly ItemPath[]): readonly ItemPath[] {
    let rows = Infinity
    for (const path of paths) rows = Math.min(rows, path.rows)
    if (this.item.type === 'left') rows = Math.max(1, rows)
    return paths.map((path) => (path.rows === rows ? path : { ...path, rows }))
  }

  #leafPaths(testable: readonly Conjunct[]): readonly ItemPath[] {
    const { rows, cost } = this.#estimate ?? { rows: 1, cost: 1 }
    const share = testable.reduce((product, c) => product * filterShare(c), 1)
    const { derived, node } = this.item
    const standsAlone =
      (derived !== null && freeSources(derived.input).size === 0) ||
      (node.kind === 'outer-join' && freeSources(node).size === 0)
    const plain: ItemPath = {
      access: null,
      derivedHash: null,
      setup: standsAlone ? cost : 0,
      cost: standsAlone ? rows : cost,
      rows: rows * share,
    }
    if (derived === null || !standsAlone) return [plain]
    const hash = this.#derivedHash(derived, testable)
    if (hash === null) return [plain]
    const found = Math.min(rows, probeRows / hash.conjuncts.length)
    return [
      plain,
      { ...plain, derivedHash: hash, setup: cost + rows * 2, cost: 2 + found, rows: found },
    ]
  }

  /** An equality between this source and others: own side, other side, rule turned so that own is left. */
  #equalitySides(
    source: SourceId,
    { expression }: Conjunct,
  ): {
    own: BoundExpression
    other: BoundExpression
    rule: ComparisonRule
    turned: boolean
  } | null {
    if (expression.kind !== 'compare' || expression.operator !== '=') return null
    const { left, right, rule } = expression
    const leftSources = sourcesOf(left)
    const rightSources = sourcesOf(right)
    const isOwn = (s: ReadonlySet<SourceId>): boolean => s.size === 1 && s.has(source)
    if (isOwn(leftSources) && rightSources.size > 0 && !rightSources.has(source)) {
      return { own: left, other: right, rule, turned: false }
    }
    if (isOwn(rightSources) && leftSources.size > 0 && !leftSources.has(source)) {
      return { own: right, other: left, rule, turned: true }
    }
    return null
  }

  #hashChoice(scan: ScanNode, testable: readonly Conjunct[]): HashChoice | null {
    const conjuncts: Conjunct[] = []
    const buildKeys: BoundExpression[] = []
    const probeKeys: BoundExpression[] = []
    const rules: ComparisonRule[] = []
    const filters: Conjunct[] = []
    let unique = false
    for (const c of impliedLast(testable)) {
      const sides = this.#equalitySides(scan.source, c)
      if (sides !== null && isCopyable(sides.own) && isCopyable(sides.other)) {
        if (c.implied && buildKeys.some((key) => sameExpression(key, sides.own))) continue
        conjuncts.push(c)
        buildKeys.push(sides.own)
        probeKeys.push(sides.other)
        rules.push(hashRule(sides.rule, sides.turned))
        if (sides.own.kind === 'column' && isUniqueColumn(scan, sides.own)) unique = true
      } else if (
        !c.implied &&
        c.sources.size === 1 &&
        c.sources.has(scan.source) &&
        isCopyable(c.expression)
      ) {
        filters.push(c)
      }
    }
    if (conjuncts.length === 0) return null
    // Filters are asked of all rows, also those that nobody looks up. So they are in a join of SQLite's, but not where the
    // keys come from a query outside.
    const isJoined = probeKeys.some((key) => itemsOf(this.#block, sourcesOf(key)).length > 0)
    const asked = isJoined ? filters : filters.filter((c) => cannotFail(c.expression))
    return { conjuncts, buildKeys, probeKeys, rules, filters: asked, unique }
  }

  #derivedHash(derived: DerivedNode, testable: readonly Conjunct[]): DerivedHash | null {
    const conjuncts: Conjunct[] = []
    const buildColumns: number[] = []
    const probeKeys: BoundExpression[] = []
    const rules: ComparisonRule[] = []
    for (const c of impliedLast(testable)) {
      const sides = this.#equalitySides(derived.source, c)
      if (sides === null || sides.own.kind !== 'column' || !isCopyable(sides.other)) continue
      if (c.implied && buildColumns.includes(sides.own.column)) continue
      conjuncts.push(c)
      buildColumns.push(sides.own.column)
      probeKeys.push(sides.other)
      rules.push(hashRule(sides.rule, sides.turned))
    }
    return conjuncts.length === 0 ? null : { conjuncts, buildColumns, probeKeys, rules }
  }

  /** The conditions name rows of a query outside: the item runs again and again. */
  get isCorrelated(): boolean {
    return this.conditions.some((c) => namesOuter(this.#block, c.conjunct.sources))
  }
}

/** A column is one key, by the condition that has to be tested. */
function impliedLast(conditions: readonly Conjunct[]): readonly Conjunct[] {
  if (!conditions.some((c) => c.implied)) return conditions
  return [...conditions.filter((c) => !c.implied), ...conditions.filter((c) => c.implied)]
}

/** In a hash access the build side is the left one. */
export function hashRule(rule: ComparisonRule, turned: boolean): ComparisonRule {
  if (!turned) return rule
  return { ...rule, leftAffinity: rule.rightAffinity, rightAffinity: rule.leftAffinity }
}

function isUniqueColumn(scan: ScanNode, column: BoundColumn): boolean {
  if (column.column === -1) return true
  return scan.table.indexes.some(
    (index) =>
      index.unique &&
      index.where === null &&
      index.columns.length === 1 &&
      index.columns[0]!.column === column.column,
  )
}

function scanPath(access: AccessPath, testable: readonly Conjunct[]): ItemPath {
  let share = 1
  for (const c of testable) if (!access.consumed.has(c)) share *= filterShare(c)
  return {
    access,
    derivedHash: null,
    setup: access.setup,
    cost: access.cost,
    rows: access.rows * share,
  }
}
