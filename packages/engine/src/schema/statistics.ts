/**
 * `sqlite_stat1`, what ANALYZE left: for each index the number of its rows, then how many rows share the values of
 * its first column, of its first two, and so on. (Database File Format §2.6.3 The sqlite_stat1 Table)
 *
 * Only the leading integers of `stat` are read; words after them (`unordered`, `sz=N`) are hints to SQLite's planner.
 * A row that makes no sense is passed over, as SQLite does: estimates cannot make an answer wrong.
 */
import { decodeRecord, type TextEncoding } from '../record/index.ts'
import { TableCursor, type Pages } from '../storage/index.ts'
import { foldName } from './name.ts'

/** Rows, then average rows for each distinct prefix of 1, 2 … columns. */
export type IndexStatistics = readonly number[]

/** By `table\nindex`, both folded; a table without an index has an empty index name. */
export function readStatistics(
  pages: Pages,
  root: number,
  encoding: TextEncoding,
): ReadonlyMap<string, IndexStatistics> {
  const statistics = new Map<string, IndexStatistics>()
  const cursor = new TableCursor(pages, root)
  try {
    for (let more = cursor.first(); more; more = cursor.next()) {
      if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
      const { data, payloadOffset, payloadSize } = cursor
      const [table, index, stat] = decodeRecord(data, payloadOffset, payloadSize, encoding)
      if (typeof table !== 'string' || typeof stat !== 'string') continue
      const numbers = leadingNumbers(stat)
      const indexName = typeof index === 'string' ? foldName(index) : ''
      if (numbers.length > 0) statistics.set(`${foldName(table)}\n${indexName}`, numbers)
    }
  } finally {
    cursor.close()
  }
  return statistics
}

function leadingNumbers(stat: string): number[] {
  const numbers: number[] = []
  for (const word of stat.split(' ')) {
    if (!/^\d{1,15}$/.test(word)) break
    numbers.push(Number(word))
  }
  return numbers
}
