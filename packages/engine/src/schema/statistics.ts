/**
 * What ANALYZE left. `sqlite_stat1`: for each index the number of its rows, then how many rows share the values of
 * its first column, of its first two, and so on. (Database File Format §2.6.3 The sqlite_stat1 Table)
 *
 * Only the leading integers of `stat` are read; words after them (`unordered`, `sz=N`) are hints to SQLite's planner.
 * `sqlite_stat4`: some entries of each index, in its order, and for the first column of an entry, its first two, and so on: how many entries share
 * them, how many come before, and how many different ones those have. (§2.6.5 The sqlite_stat4 Table)
 *
 * A row that makes no sense is passed over, as SQLite does: estimates cannot make an answer wrong.
 */
import { SqliteError } from '../base/error.ts'
import { decodeRecord, type TextEncoding, type Value } from '../record/index.ts'
import { TableCursor, type Pages } from '../storage/index.ts'
import { foldName } from './name.ts'
import type { Index, IndexSample } from './table.ts'

/** Rows, then average rows for each distinct prefix of 1, 2 … columns. */
export type IndexStatistics = readonly number[]

/** What the tables of statistics say, by `table\nindex`, both folded; a table without an index has an empty index name. */
export interface Statistics {
  readonly counts: ReadonlyMap<string, IndexStatistics>
  readonly samples: ReadonlyMap<string, readonly IndexSample[]>
}

export const noStatistics: Statistics = { counts: new Map(), samples: new Map() }

/** @param samplesRoot that of `sqlite_stat4`; null: it is not there */
export function readStatistics(
  pages: Pages,
  root: number,
  samplesRoot: number | null,
  encoding: TextEncoding,
): Statistics {
  const counts = new Map<string, IndexStatistics>()
  readRows(pages, root, encoding, ([table, index, stat]) => {
    if (typeof table !== 'string' || typeof stat !== 'string') return
    const numbers = leadingNumbers(stat)
    if (numbers.length > 0) counts.set(keyOf(table, index), numbers)
  })
  const samples = new Map<string, IndexSample[]>()
  if (samplesRoot !== null) {
    readRows(pages, samplesRoot, encoding, ([table, index, ...row]) => {
      const sample = sampleOf(row, encoding)
      if (typeof table !== 'string' || sample === null) return
      const key = keyOf(table, index)
      const others = samples.get(key)
      if (others === undefined) samples.set(key, [sample])
      else others.push(sample)
    })
  }
  return { counts, samples }
}

function keyOf(table: string, index: Value | undefined): string {
  return `${foldName(table)}\n${typeof index === 'string' ? foldName(index) : ''}`
}

function readRows(
  pages: Pages,
  root: number,
  encoding: TextEncoding,
  read: (values: readonly Value[]) => void,
): void {
  const cursor = new TableCursor(pages, root)
  try {
    for (let more = cursor.first(); more; more = cursor.next()) {
      if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
      const { data, payloadOffset, payloadSize } = cursor
      read(decodeRecord(data, payloadOffset, payloadSize, encoding))
    }
  } finally {
    cursor.close()
  }
}

function sampleOf(
  [equal, less, distinctLess, entry]: readonly Value[],
  encoding: TextEncoding,
): IndexSample | null {
  if (typeof equal !== 'string' || typeof less !== 'string') return null
  if (typeof distinctLess !== 'string' || !(entry instanceof Uint8Array)) return null
  try {
    const values = decodeRecord(entry, 0, entry.length, encoding)
    return {
      values,
      equal: leadingNumbers(equal),
      less: leadingNumbers(less),
      distinctLess: leadingNumbers(distinctLess),
    }
  } catch (error) {
    if (error instanceof SqliteError && error.code === 'SQLITE_CORRUPT') return null
    throw error
  }
}

/** The samples, if they fit the index and are in its order; null: they are no use. */
export function usableSamples(
  samples: readonly IndexSample[] | undefined,
  { columns }: Index,
): readonly IndexSample[] | null {
  if (samples === undefined) return null
  const fits = ({ values, equal, less, distinctLess }: IndexSample): boolean =>
    [values, equal, less, distinctLess].every((list) => list.length >= columns.length)
  const follows = (sample: IndexSample, i: number): boolean =>
    i === 0 || samples[i - 1]!.less[columns.length - 1]! <= sample.less[columns.length - 1]!
  return samples.every(fits) && samples.every(follows) ? samples : null
}

function leadingNumbers(stat: string): number[] {
  const numbers: number[] = []
  for (const word of stat.split(' ')) {
    if (!/^\d{1,15}$/.test(word)) break
    numbers.push(Number(word))
  }
  return numbers
}
