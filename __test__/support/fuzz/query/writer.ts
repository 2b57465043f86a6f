/**
 * What all parts of the grammar of queries share: random numbers, what the schema has, what a query may name.
 *
 * Values are drawn so that no two of them are equal and differ: which of two equal ones DISTINCT shows is open. Whole numbers are INTEGERs, REALs have a
 * fraction that is exact in binary, so that sums do not depend on the order of rows, and no two texts agree under NOCASE or RTRIM.
 */
import type { Random } from '../../random.ts'

export type Kind = 'integer' | 'real' | 'text' | 'blob' | 'json'

export interface Column {
  readonly name: string
  readonly kind: Kind
}

/** Something that stands in FROM, by the name that columns are qualified with. */
export interface Source {
  readonly name: string
  readonly columns: readonly Column[]
  /** Columns that tell its rows apart. Where none are known: all of them, for rows that agree on all are alike. */
  readonly key: readonly string[]
  /** Its columns have the affinity that they were declared with: they may be compared with values of another class. */
  readonly isTable: boolean
}

/** Sources whose columns may be named: those of the query, and behind them those of the queries around it. */
export type Scope = readonly Source[]

/** What stands at the other end of the grammar: expressions have queries in them. */
export interface Grammar {
  /** A query that delivers columns `c0`, `c1` … of these kinds, in any order. */
  query(w: Writer, scope: Scope, kinds: readonly Kind[]): string
  /** FROM of a query, and what it may name. */
  from(w: Writer, scope: Scope, most: number): From
}

export interface From {
  readonly text: string
  readonly sources: readonly Source[]
}

export const kinds: readonly Kind[] = ['integer', 'integer', 'real', 'text', 'text', 'blob']

export class Writer {
  readonly random: Random
  readonly grammar: Grammar
  /** Tables and views. */
  readonly tables: readonly Source[]
  /** Common tables in sight. */
  common: readonly Source[] = []
  /** The text is kept in the schema: it must be the same on both sides. */
  isStored = false
  /** Queries inside others that are being written. */
  innerQueries = 0
  #aliases = 0
  #depth: number

  /** `depth`: queries that are around what is written; from 2 on none is written. */
  constructor(random: Random, grammar: Grammar, tables: readonly Source[], depth = 0) {
    this.random = random
    this.grammar = grammar
    this.tables = tables
    this.#depth = depth
  }

  alias(): string {
    return `q${this.#aliases++}`
  }

  oneIn(count: number): boolean {
    return this.random.below(count) === 0
  }

  list<T>(count: number, make: (place: number) => T): T[] {
    return Array.from({ length: count }, (_, place) => make(place))
  }

  /** One of several ways to write something. Only that one is drawn. */
  either(...ways: readonly (() => string)[]): string {
    return this.random.pick(ways)()
  }

  /** Writes what has a query in it; `otherwise` where there are too many around it. */
  nested(write: () => string, otherwise: () => string): string {
    if (this.#depth >= 2 || (this.#depth === 1 && this.oneIn(2))) return otherwise()
    this.#depth++
    const { common } = this
    try {
      return write()
    } finally {
      this.common = common
      this.#depth--
    }
  }
}

/** A column of one of these kinds, qualified; null: there is none. */
export function columnOf(w: Writer, scope: Scope, wanted: readonly Kind[]): string | null {
  if (scope.length === 0) return null
  // Those of the query itself, which stand in front, more often than those around it.
  const order = w.oneIn(3) ? [...scope].reverse() : scope
  const start = w.random.below(Math.min(order.length, 3))
  for (let i = 0; i < order.length; i++) {
    const source = order[(start + i) % order.length]!
    const columns = source.columns.filter(({ kind }) => wanted.includes(kind))
    if (columns.length > 0) return `${source.name}.${w.random.pick(columns).name}`
  }
  return null
}

/** Terms of ORDER BY under which rows of these sources that are not alike come in one order. */
export function totalOrder(sources: readonly Source[]): string[] {
  return sources.flatMap(({ name, key }) => key.map((column) => `${name}.${column}`))
}
