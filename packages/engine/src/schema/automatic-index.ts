/**
 * The indexes that PRIMARY KEY and UNIQUE constraints make by themselves, `sqlite_autoindex_TABLE_N`. They
 * are numbered in the order in which the constraints were written. A constraint over the same columns, under
 * the same collations, as one before it makes none: it merges into that one.
 * (Database File Format §2.6.2 Internal Schema Objects; `sqlite3CreateIndex`)
 */
import { sqlError } from '../base/error.ts'
import type { ConflictAction, OrderingTerm } from '../sql/index.ts'
import type { CollationReader } from './collation-name.ts'
import { foldName } from './name.ts'
import type { Index, IndexColumn } from './table.ts'

/** A column of a constraint's key. */
export interface KeyPart {
  readonly column: number
  /** As written; null: the column's own. */
  readonly collation: string | null
  readonly descending: boolean
}

interface AutomaticIndex {
  readonly name: string
  readonly parts: readonly KeyPart[]
  origin: 'u' | 'pk'
  onConflict: ConflictAction | null
}

/** The columns that a PRIMARY KEY or UNIQUE constraint of the table names. */
export function keyColumns(
  terms: readonly OrderingTerm[],
  places: ReadonlyMap<string, number>,
  readCollation: CollationReader,
): KeyPart[] {
  return terms.map((term) => {
    if (term.nulls !== null) throw sqlError(`unsupported use of NULLS ${term.nulls}`)
    let { expression } = term
    let collation: string | null = null
    while (expression.kind === 'collate') {
      collation ??= readCollation(expression.collation)
      expression = expression.operand
    }
    const name = keyColumnName(expression)
    if (name === null) {
      throw sqlError('expressions prohibited in PRIMARY KEY and UNIQUE constraints')
    }
    const column = places.get(foldName(name))
    if (column === undefined) throw sqlError(`no such column: ${name}`)
    return { column, collation, descending: term.descending }
  })
}

/** A bare name, or a string, which is a name here. */
function keyColumnName(expression: OrderingTerm['expression']): string | null {
  switch (expression.kind) {
    case 'column':
      return expression.table === null ? expression.column : null
    case 'text':
      return expression.value
    case 'boolean':
      return expression.name
    default:
      return null
  }
}

export class AutomaticIndexes {
  readonly #table: string
  readonly #columns: readonly { readonly collation: string }[]
  readonly #indexes: AutomaticIndex[] = []

  constructor(table: string, columns: readonly { readonly collation: string }[]) {
    this.#table = table
    this.#columns = columns
  }

  add(parts: readonly KeyPart[], origin: 'u' | 'pk', onConflict: ConflictAction | null): void {
    const twin = this.#indexes.find((index) => this.#isSame(index.parts, parts))
    if (twin === undefined) {
      const name = `sqlite_autoindex_${this.#table}_${this.#indexes.length + 1}`
      this.#indexes.push({ name, parts, origin, onConflict })
      return
    }
    if (twin.onConflict !== null && onConflict !== null && twin.onConflict !== onConflict) {
      throw sqlError('conflicting ON CONFLICT clauses specified')
    }
    twin.onConflict ??= onConflict
    if (origin === 'pk') twin.origin = 'pk'
  }

  /** Parts ask their column late: a COLLATE may be written after the UNIQUE it concerns. */
  #collationOf(part: KeyPart): string {
    return part.collation ?? this.#columns[part.column]!.collation
  }

  #isSame(left: readonly KeyPart[], right: readonly KeyPart[]): boolean {
    return (
      left.length === right.length &&
      left.every((part, i) => {
        const other = right[i]!
        return part.column === other.column && this.#collationOf(part) === this.#collationOf(other)
      })
    )
  }

  /**
   * The indexes in order; with `primaryRoot` the primary key's has that root. The column `rowidAlias` (-1: none) is the
   * rowid.
   */
  finish(primaryRoot: number | null, rowidAlias: number): Index[] {
    return this.#indexes.map((index): Index => {
      const isOwnTree = primaryRoot !== null && index.origin === 'pk'
      return {
        kind: 'index',
        name: index.name,
        table: this.#table,
        root: isOwnTree ? primaryRoot : 0,
        columns: this.#indexColumns(index.parts, isOwnTree, rowidAlias),
        unique: true,
        origin: index.origin,
        onConflict: index.onConflict ?? 'ABORT',
        where: null,
        statistics: null,
        samples: null,
        sql: null,
      }
    })
  }

  /** The key of a WITHOUT ROWID table names no column twice. */
  #indexColumns(parts: readonly KeyPart[], once: boolean, rowidAlias: number): IndexColumn[] {
    const columns: IndexColumn[] = []
    for (const part of parts) {
      const collation = this.#collationOf(part)
      const { descending } = part
      const column = part.column === rowidAlias ? -1 : part.column
      const isDuplicate = columns.some((c) => c.column === column && c.collation === collation)
      if (once && isDuplicate) continue
      columns.push({ column, expression: null, collation, descending })
    }
    return columns
  }
}
