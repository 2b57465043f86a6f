/**
 * The entries of an index, counted in its order: how many rows share the values of its first column, of its first two, and so on, and samples,
 * which say so of single entries. (Database File Format §2.6.3, §2.6.5)
 *
 * Sampled are the entries whose first columns most others share, and some at equal distances from the first to the last. SQLite chooses 24 too,
 * by a rule of its own.
 */
import { compareValues, decodeRecord, encodeRecord } from '../../record/index.ts'
import type { Collation, Value } from '../../record/index.ts'
import { noSuchCollation, primaryIndex, type Index, type Table } from '../../schema/index.ts'
import type { Slice, Work } from '../../runtime/index.ts'
import { IndexCursor } from '../../storage/index.ts'
import type { OpenDatabase } from '../connection/open-database.ts'

export interface IndexCounts {
  readonly rows: number
  /** How many different values the first column has, the first two, and so on. */
  readonly distinct: readonly number[]
  readonly samples: readonly EntrySample[]
}

/** A row of `sqlite_stat4`; the lists have a number for each column of the entry. */
export interface EntrySample {
  readonly equal: readonly number[]
  readonly less: readonly number[]
  readonly distinctLess: readonly number[]
  readonly entry: Uint8Array
}

/** So many samples of an index. */
const mostSamples = 24
/** So many of them at equal distances. */
const regularSamples = 8

/** @param fewest an index with fewer rows has no samples */
export function* countEntries(
  database: OpenDatabase,
  table: Table,
  index: Index,
  fewest: number,
  slice: Slice,
): Work<IndexCounts> {
  const walk = new EntryWalk(database, table, index)
  const common = new CommonRuns(mostSamples - regularSamples)
  const { rows, distinct } = yield* walk.run(slice, (level, run) => {
    if (level < index.columns.length && run.equal > 1) common.add(run.first, run.equal)
  })
  if (rows === 0 || rows < fewest) return { rows, distinct, samples: [] }
  const places = new Set(common.places)
  for (let i = 0; i < regularSamples; i++) {
    places.add(Math.floor((i * (rows - 1)) / (regularSamples - 1)))
  }
  const samples = yield* new EntryWalk(database, table, index).samples(slice, places)
  return { rows, distinct, samples }
}

/** Entries with the same first columns. */
interface Run {
  /** The place of the first one among all entries. */
  first: number
  /** How many there are. */
  equal: number
  /** How many different ones come before. */
  distinct: number
}

class EntryWalk {
  readonly #database: OpenDatabase
  readonly #index: Index
  readonly #collations: readonly Collation[]
  /** Columns of an entry that are looked at. */
  readonly #width: number
  readonly #isOwnTree: boolean

  constructor(database: OpenDatabase, table: Table, index: Index) {
    this.#database = database
    this.#index = index
    this.#isOwnTree = index === primaryIndex(table)
    const { collations, encoding } = database
    this.#collations = index.columns.map(({ collation }) => {
      const known = collations.collation(collation, encoding)
      if (known === null) throw noSuchCollation(collation)
      return known
    })
    this.#width = index.columns.length
  }

  /** Tells of each run of entries that agree on their first columns when it ends: on one column at `level` 0. */
  *run(
    slice: Slice,
    ended: (level: number, run: Run) => void,
  ): Work<{ rows: number; distinct: readonly number[] }> {
    const runs = this.#newRuns()
    let rows = 0
    yield* this.#each(slice, (_, changed) => {
      for (let level = this.#width - 1; level >= changed; level--) {
        if (rows > 0) ended(level, runs[level]!)
        this.#begin(runs[level]!, rows)
      }
      for (const run of runs) run.equal++
      rows++
    })
    if (rows > 0) runs.forEach((run, level) => ended(level, run))
    return { rows, distinct: runs.map((run) => run.distinct + 1) }
  }

  /** The entries at these places. */
  *samples(slice: Slice, places: ReadonlySet<number>): Work<readonly EntrySample[]> {
    const { encoding } = this.#database
    const runs = this.#newRuns()
    const samples: {
      equal: number[]
      less: number[]
      distinctLess: number[]
      entry: Uint8Array
    }[] = []
    /** For each level the lists of samples whose run has not ended. */
    const open = runs.map((): number[][] => [])
    let rows = 0
    const end = (level: number): void => {
      for (const equal of open[level]!) equal[level] = runs[level]!.equal
      open[level]!.length = 0
    }
    yield* this.#each(slice, (values, changed) => {
      for (let level = this.#width - 1; level >= changed; level--) {
        end(level)
        this.#begin(runs[level]!, rows)
      }
      for (const run of runs) run.equal++
      if (places.has(rows)) {
        // What tells entries apart behind the columns of the key is no other entry's.
        const rest = this.#isOwnTree ? 0 : values.length - this.#width
        const alone = Array.from({ length: rest }, () => 1)
        const before = alone.map(() => rows)
        const equal = [...runs.map(() => 1), ...alone]
        samples.push({
          equal,
          less: [...runs.map((run) => run.first), ...before],
          distinctLess: [...runs.map((run) => run.distinct), ...before],
          entry: encodeRecord(this.#isOwnTree ? values.slice(0, this.#width) : values, encoding),
        })
        for (const list of open) list.push(equal)
      }
      rows++
    })
    for (let level = 0; level < this.#width; level++) end(level)
    return samples
  }

  #newRuns(): Run[] {
    return this.#index.columns.map(() => ({ first: 0, equal: 0, distinct: -1 }))
  }

  #begin(run: Run, place: number): void {
    run.first = place
    run.equal = 0
    run.distinct++
  }

  /** Gives `body` each entry, and the first column that differs from that of the entry before. */
  *#each(slice: Slice, body: (values: readonly Value[], changed: number) => void): Work<void> {
    const { pages, encoding } = this.#database
    const cursor = new IndexCursor(pages, this.#index.root)
    let last: readonly Value[] | null = null
    try {
      for (let more = cursor.first(); more; more = cursor.next()) {
        if (slice.isDue()) yield slice
        if (cursor.localSize < cursor.payloadSize) cursor.loadPayload()
        const { data, payloadOffset, payloadSize } = cursor
        const values = decodeRecord(data, payloadOffset, payloadSize, encoding)
        body(values, last === null ? 0 : this.#firstChange(last, values))
        last = values
      }
    } finally {
      cursor.close()
    }
  }

  #firstChange(last: readonly Value[], values: readonly Value[]): number {
    let column = 0
    while (column < this.#width) {
      if (compareValues(last[column]!, values[column]!, this.#collations[column]!) !== 0) break
      column++
    }
    return column
  }
}

/** The places of the longest runs. */
class CommonRuns {
  readonly #most: number
  readonly #runs = new Map<number, number>()
  #shortest = 0

  constructor(most: number) {
    this.#most = most
  }

  get places(): Iterable<number> {
    return this.#runs.keys()
  }

  add(place: number, length: number): void {
    const known = this.#runs.get(place)
    if (known === undefined && this.#runs.size >= this.#most) {
      if (length <= this.#shortest) return
      for (const [other, of] of this.#runs) {
        if (of !== this.#shortest) continue
        this.#runs.delete(other)
        break
      }
    }
    this.#runs.set(place, Math.max(known ?? 0, length))
    if (this.#runs.size >= this.#most) this.#shortest = Math.min(...this.#runs.values())
  }
}
