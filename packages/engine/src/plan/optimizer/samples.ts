/**
 * How many entries of an index a condition finds, from samples of the index (`sqlite_stat4`): each says how many entries share its first
 * columns, and how many come before. What lies between two samples is taken to be spread evenly, numbers by their distances. (`whereKeyStats`, `whereRangeScanEst`)
 *
 * The values of keys have to be known. Asking for a literal that texts differ in ties their program to it: that is done where values are unevenly
 * frequent, and not for the bounds of a range.
 */
import { applyComparisonAffinity, compareValues } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import type { Environment } from '../../runtime/index.ts'
import type { Index, IndexSample } from '../../schema/index.ts'
import type { BoundExpression } from '../expression.ts'
import { lookAt } from '../literal.ts'
import type { RangeBound } from '../node.ts'
import { inQueryRows, prefixRows, rangeShare } from './estimate.ts'
import type { Conjunct, Term } from './terms.ts'

/** The bounds of a range on one column. */
export interface Range {
  readonly low: RangeBound | null
  readonly high: RangeBound | null
  /** What needs no test any more. */
  readonly used: ReadonlySet<Conjunct>
  /** Where the bounds are from. */
  readonly bounds: readonly Term[]
}

/** An index of which samples may be known. */
export interface SampledIndex {
  readonly index: Index
  readonly rows: number
  /** Columns in front that no condition names. */
  readonly skipped: number
  readonly environment: Environment
}

/** How many keys an IN looks for. */
export function keyCount(term: Term): number {
  return term.keys?.kind === 'list' ? term.keys.items.length : inQueryRows
}

/** The entries that equal the keys of `prefix` and lie in the range, if there is one; null: the samples do not say. */
export function rowsWithin(
  known: SampledIndex,
  prefix: readonly Term[],
  range: Range,
): number | null {
  const samples = samplesOf(known)
  if (samples === null || (prefix.length === 0 && range.bounds.length === 0)) return null
  const keys = keysOf(known, samples, prefix)
  if (keys === null) return null
  const own = keys.length === 0 ? null : placeOf(known, samples, keys)
  if (range.bounds.length === 0) return Math.max(1, own!.equal)
  const ends = rangeEnds(known, samples, keys, range)
  if (ends === null) {
    const share = rangeShare(range.low !== null, range.high !== null)
    return own && Math.max(1, own.equal * share)
  }
  const first = Math.max(own?.less ?? 0, ends.first ?? 0)
  const last = Math.min(own === null ? known.rows : own.less + own.equal, ends.last ?? Infinity)
  return Math.max(1, last - first)
}

/** The entries that equal the keys of `prefix` and one of those of an IN; null: the samples do not say. */
export function rowsAmong(
  known: SampledIndex,
  prefix: readonly Term[],
  among: Term,
): number | null {
  const samples = samplesOf(known)
  if (samples === null || among.keys?.kind !== 'list') return null
  const keys = keysOf(known, samples, prefix)
  if (keys === null) return null
  let total = 0
  for (const item of among.keys.items) {
    const value = valueOf(item, among, isSkewed(known, samples, keys.length))
    if (value === undefined) return null
    if (value !== null) total += placeOf(known, samples, [...keys, value]).equal
  }
  return Math.min(known.rows, total)
}

function samplesOf({ index, skipped, environment }: SampledIndex): readonly IndexSample[] | null {
  if (skipped > 0 || index.samples === null) return null
  return index.columns.every(({ collation }) => environment.hasCollation(collation))
    ? index.samples
    : null
}

function keysOf(
  known: SampledIndex,
  samples: readonly IndexSample[],
  terms: readonly Term[],
): readonly Value[] | null {
  const keys: Value[] = []
  for (const [column, term] of terms.entries()) {
    const value = valueOf(term.key, term, isSkewed(known, samples, column))
    if (value === undefined) return null
    keys.push(value)
  }
  return keys
}

/**
 * As the index has it; undefined: it is not known, or not worth tying a program to it that texts share which differ in it.
 */
function valueOf(key: BoundExpression, { affinity }: Term, isWorthIt: boolean): Value | undefined {
  const value = key.kind === 'parameter' && !isWorthIt ? undefined : lookAt(key)
  return value === undefined ? undefined : applyComparisonAffinity(value, affinity)
}

/** Some values of the first columns, up to `column`, are far more frequent than others: the average says little. */
function isSkewed(known: SampledIndex, samples: readonly IndexSample[], column: number): boolean {
  const average = prefixRows(known.index, column + 1, known.rows)
  const others = othersShare(known, samples, column)
  return others * 4 < average || samples.some(({ equal }) => equal[column]! > 4 * average)
}

/** Between which places the entries of a range lie. A descending column begins with its greatest values. */
function rangeEnds(
  known: SampledIndex,
  samples: readonly IndexSample[],
  keys: readonly Value[],
  { bounds }: Range,
): { readonly first: number | null; readonly last: number | null } | null {
  let first: number | null = null
  let last: number | null = null
  const { descending } = known.index.columns[keys.length]!
  for (const term of bounds) {
    const value = valueOf(term.key, term, false)
    if (value === undefined) return null
    const { less, equal } = placeOf(known, samples, [...keys, value])
    const isLow = term.operator === '>' || term.operator === '>='
    const isInclusive = term.operator === '>=' || term.operator === '<='
    if (isLow !== descending) first = isInclusive ? less : less + equal
    else last = isInclusive ? less + equal : less
  }
  return { first, last }
}

interface EntryPlace {
  /** Entries before. */
  readonly less: number
  /** Entries that begin with the key. */
  readonly equal: number
}

function placeOf(
  known: SampledIndex,
  samples: readonly IndexSample[],
  keys: readonly Value[],
): EntryPlace {
  const column = keys.length - 1
  let before: IndexSample | null = null
  let after: IndexSample | null = null
  for (const sample of samples) {
    const order = compareToKey(known, sample, keys)
    if (order === 0) return { less: sample.less[column]!, equal: sample.equal[column]! }
    if (order > 0) {
      after = sample
      break
    }
    before = sample
  }
  const from = before === null ? 0 : before.less[column]! + before.equal[column]!
  const to = after === null ? known.rows : after.less[column]!
  const gap = Math.max(0, to - from)
  const share = shareBetween(before, after, keys[column]!, column)
  return { less: from + gap * share, equal: Math.min(gap, othersShare(known, samples, column)) }
}

/** How far a key is from one sample on the way to the next: of numbers that can be told. */
function shareBetween(
  before: IndexSample | null,
  after: IndexSample | null,
  key: Value,
  column: number,
): number {
  const first = before?.values[column]
  const last = after?.values[column]
  if (typeof first !== 'number' || typeof last !== 'number' || typeof key !== 'number') return 0.5
  const share = (key - first) / (last - first)
  return share >= 0 && share <= 1 ? share : 0.5
}

function compareToKey(
  { index, environment }: SampledIndex,
  { values }: IndexSample,
  keys: readonly Value[],
): number {
  for (const [i, key] of keys.entries()) {
    const { collation, descending } = index.columns[i]!
    const order = compareValues(values[i] ?? null, key, environment.collation(collation)!)
    if (order !== 0) return descending ? -order : order
  }
  return 0
}

/** How many entries a key has on average that is not among the samples. (`initAvgEq`) */
function othersShare(
  { index, rows }: SampledIndex,
  samples: readonly IndexSample[],
  column: number,
): number {
  const average = prefixRows(index, column + 1, rows)
  let sampledRows = 0
  let sampledKeys = 0
  let last = -1
  for (const { equal, distinctLess } of samples) {
    if (distinctLess[column] === last) continue
    last = distinctLess[column]!
    sampledRows += equal[column]!
    sampledKeys++
  }
  const otherKeys = rows / average - sampledKeys
  return otherKeys < 1 ? 1 : Math.max(1, (rows - sampledRows) / otherKeys)
}
