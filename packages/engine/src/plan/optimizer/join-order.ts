/**
 * In which order the items of a block run, and by which path each. Up to ten items all orders are
 * weighed, by dynamic programming over sets of items; beyond that the next item is always the one that
 * adds least. Orders that cost the same stay as written.
 *
 * Where somebody above wants an order, each item that can deliver it is also tried in first place, and the
 * saving is set against the cost.
 */
import { sqlError, type SqliteError } from '../../base/error.ts'
import type { SourceId } from '../expression.ts'
import { prefixRows } from './estimate.ts'
import type { ItemPath, ItemPaths } from './item-paths.ts'
import { delivers, nested, noOrder, oneRow, withSettled } from '../row-order.ts'
import type { RowOrder, SettledColumn } from '../row-order.ts'
import type { WantedOrder } from './wanted-order.ts'

/** More than this many items are ordered greedily. */
const maxExhaustive = 10
/** How much better another path must be than one before it. */
const clearly = 0.9999
/** How much better another order must be than the one as written where sizes are only measured: they are no better than that. */
const clearlyMeasured = 0.97

export interface Step {
  readonly place: number
  readonly path: ItemPath
}

export interface JoinOrder {
  readonly steps: readonly Step[]
  readonly cost: number
  readonly rows: number
  /** In which rows arrive; where nobody has asked for one, it is not looked for. */
  readonly order: RowOrder
}

/** Columns that conditions hold to one value while an item runs, given the items before it. */
export type FixedColumns = (place: number, placed: Uint8Array) => readonly SettledColumn[]

export function orderJoins(
  items: readonly ItemPaths[],
  wanted: WantedOrder | null,
  fixed: FixedColumns,
  /** How often the whole block runs. */
  runs: number,
): JoinOrder {
  const plain = search(items, null, runs)
  if (wanted === null) {
    const only = items.length === 1 ? plain.steps[0]! : null
    return { ...plain, order: only === null ? noOrder : pathOrder(items, only) }
  }
  const loopOrder = (step: Step, placed: Uint8Array): RowOrder =>
    withSettled(pathOrder(items, step), fixed(step.place, placed))
  const orderOf = (steps: readonly Step[]): RowOrder => {
    const placed = new Uint8Array(items.length)
    let order = oneRow
    let sources: readonly SourceId[] = []
    for (const step of steps) {
      order = nested(order, sources, loopOrder(step, placed))
      placed[step.place] = 1
      sources = [...sources, ...items[step.place]!.item.sources]
      if (!order.isTotal) break
    }
    return order
  }
  const priced = (found: Found): Priced => {
    const order = orderOf(found.steps)
    const isWanted = delivers(order, wanted.keys)
    const isPartly = !isWanted && helpsPartly(order, wanted)
    const penalty = isWanted ? 0 : wanted.penalty(found.rows)
    if (!isWanted && !isPartly) return { ...found, order, isWanted, total: found.cost + penalty }
    // Of rows that are ordered in part those are read, too, that equal the last one wanted.
    const read = wanted.limit === null ? Infinity : wanted.limit + (isPartly ? runOf(found) : 0)
    const share = found.rows <= read ? 1 : read / found.rows
    const total = found.setup + (found.cost - found.setup + penalty) * share
    return { ...found, order, isWanted: isWanted || isPartly, total }
  }
  let best = priced(plain)
  const none = new Uint8Array(items.length)
  for (const item of items) {
    if (item.item.type === 'left' || !item.isReady(none) || item.item.scan === null) continue
    const first = wanted.keys[0]
    if (first !== undefined && !wanted.keys.some((key) => key.source === item.item.scan!.source)) {
      continue
    }
    for (const path of item.paths(none)) {
      if (path.access === null || path.access.order.columns.length === 0) continue
      const step = { place: item.item.place, path }
      // Most paths can be told from their own order alone.
      const own = wanted.keys.filter((key) => key.source === item.item.scan!.source)
      const leading = wanted.keys.slice(0, own.length)
      if (!leading.every((key, i) => key === own[i])) continue
      const delivered = loopOrder(step, none)
      if (!delivers(delivered, own) && !helpsPartly(delivered, wanted)) continue
      const candidate = priced(search(items, step, runs))
      if (candidate.isWanted && candidate.total < best.total * (best.isWanted ? clearly : 1)) {
        best = candidate
      }
    }
  }
  return best
}

/** Only the first rows are wanted, and they come in the order of the first key. */
function helpsPartly(order: RowOrder, { keys, limit }: WantedOrder): boolean {
  return limit !== null && keys.length > 1 && delivers(order, keys.slice(0, 1))
}

/** How many rows of the outermost loop have the same value in the first column of its order. */
function runOf({ steps }: Found): number {
  const path = steps[0]?.path.access
  if (path?.access.kind !== 'index') return 1
  const { index, skipped, equal } = path.access
  return prefixRows(index, skipped + equal.length + 1, path.rows)
}

/** In which one item is run through. */
function pathOrder(items: readonly ItemPaths[], { place, path }: Step): RowOrder {
  if (path.access !== null) return path.access.order
  return path.derivedHash === null ? items[place]!.order : noOrder
}

interface Priced extends JoinOrder {
  /** The order is the one that is wanted. */
  readonly isWanted: boolean
  readonly total: number
}

interface Found {
  readonly steps: readonly Step[]
  readonly cost: number
  readonly setup: number
  readonly rows: number
}

/** The best order found, its cost and rows for one of `runs` runs. */
function search(items: readonly ItemPaths[], first: Step | null, runs: number): Found {
  const found =
    items.length === 1
      ? searchOne(items[0]!, first, runs)
      : items.length <= maxExhaustive
        ? searchAll(items, first, runs)
        : searchGreedily(items, first, runs)
  if (runs === 1) return found
  return {
    steps: found.steps,
    cost: found.cost / runs,
    setup: found.setup / runs,
    rows: found.rows / runs,
  }
}

function searchOne(item: ItemPaths, first: Step | null, runs: number): Found {
  const path = first?.path ?? cheapest(item, new Uint8Array(1), runs)
  if (path === null) throw noSolution()
  return {
    steps: [{ place: 0, path }],
    cost: path.setup + runs * path.cost,
    setup: path.setup,
    rows: runs * path.rows,
  }
}

/** Some source is never reached. */
export function noSolution(): SqliteError {
  return sqlError('no query solution')
}

/** The cheapest path of an item that starts `runs` times; null: its turn cannot be yet. */
function cheapest(item: ItemPaths, placed: Uint8Array, runs: number): ItemPath | null {
  const paths = item.paths(placed)
  let best = paths[0]
  if (best === undefined) return null
  let least = price(best, runs)
  for (let i = 1; i < paths.length; i++) {
    const cost = price(paths[i]!, runs)
    if (cost < least * clearly) {
      best = paths[i]!
      least = cost
    }
  }
  return best
}

/** Its own cost, and a little for each row that it hands on: fewer are better. */
function price(path: ItemPath, runs: number): number {
  return path.setup + runs * (path.cost + path.rows * 0.1)
}

/** How many rows the table has is known, and nothing else. */
function isMeasured({ item: { scan } }: ItemPaths): boolean {
  if (scan === null || scan.table.rowEstimate === null) return false
  return scan.table.indexes.every(({ statistics }) => statistics === null)
}

/** A set of items in its best order: the last step, and the set before it. */
interface Partial {
  readonly step: Step
  readonly before: number
  readonly cost: number
  readonly setup: number
  readonly rows: number
}

function searchAll(items: readonly ItemPaths[], first: Step | null, blockRuns: number): Found {
  const count = items.length
  const best: (Partial | undefined)[] = Array.from({ length: 1 << count }, () => undefined)
  const placed = new Uint8Array(count)
  const margin = items.some(isMeasured) ? clearlyMeasured : clearly
  for (let set = 0; set < 1 << count; set++) {
    const reached = best[set]
    if (set !== 0 && reached === undefined) continue
    for (let i = 0; i < count; i++) placed[i] = (set >> i) & 1
    const runs = reached?.rows ?? blockRuns
    for (let i = 0; i < count; i++) {
      if (placed[i] === 1) continue
      const item = items[i]!
      if (set === 0 ? first !== null && first.place !== i : false) continue
      if (!item.isReady(placed)) continue
      const path = set === 0 && first !== null ? first.path : cheapest(item, placed, runs)
      if (path === null) continue
      const cost = (reached?.cost ?? 0) + path.setup + runs * path.cost
      const rows = runs * path.rows
      const target = set | (1 << i)
      const known = best[target]
      const value = cost + rows * 0.1
      if (known === undefined || value < (known.cost + known.rows * 0.1) * margin) {
        best[target] = {
          step: { place: i, path },
          before: set,
          cost,
          setup: (reached?.setup ?? 0) + path.setup,
          rows,
        }
      }
    }
  }
  const steps: Step[] = []
  const last = best[(1 << count) - 1]
  if (last === undefined) throw noSolution()
  for (let at: Partial | undefined = last; at !== undefined; at = best[at.before])
    steps.push(at.step)
  steps.reverse()
  return { steps, cost: last.cost, setup: last.setup, rows: last.rows }
}

function searchGreedily(items: readonly ItemPaths[], first: Step | null, runs: number): Found {
  const count = items.length
  const placed = new Uint8Array(count)
  const steps: Step[] = []
  let cost = 0
  let setup = 0
  let rows = runs
  while (steps.length < count) {
    let next: Step | null = null
    let least = Infinity
    if (steps.length === 0 && first !== null) next = first
    else {
      for (let i = 0; i < count; i++) {
        const item = items[i]!
        if (placed[i] === 1 || !item.isReady(placed)) continue
        const path = cheapest(item, placed, rows)
        if (path === null) continue
        // The rows handed on are what the next item will pay for.
        const value = path.setup + rows * (path.cost + path.rows)
        if (next === null || value < least * clearly) {
          next = { place: i, path }
          least = value
        }
      }
    }
    if (next === null) throw noSolution()
    steps.push(next)
    placed[next.place] = 1
    cost += next.path.setup + rows * next.path.cost
    setup += next.path.setup
    // Guesses multiply; beyond this they say nothing.
    rows = Math.min(1e30, rows * next.path.rows)
  }
  return { steps, cost, setup, rows }
}
