/**
 * What a name in an expression can mean: the row sources of the query it stands in, then those of the queries
 * around it, innermost first; and, in most clauses, the aliases of the query's own result columns.
 */
import type { Affinity } from '../record/index.ts'
import { foldName, type Table } from '../schema/index.ts'
import type { Expression, SelectClause } from '../sql/index.ts'
import type {
  AggregateCall,
  BoundColumn,
  BoundExpression,
  SortKey,
  SourceId,
} from './expression.ts'
import type { WindowCall, WindowFrame, WindowNode } from './node.ts'

/** The column of a table that a result column or a column of a subquery passes on unchanged. */
export interface Origin {
  readonly database: string
  readonly table: string
  readonly column: string
  /** Its declared type; null: none. */
  readonly type: string | null
}

/** A column of a row source, as names see it. */
export interface SourceColumn {
  readonly name: string
  /** null: no affinity at all, which a comparison tells from BLOB. (Datatypes In SQLite §4.2) */
  readonly affinity: Affinity | null
  readonly collation: string
  readonly origin: Origin | null
}

/** A table, view or subquery in FROM. */
export interface ScopeSource {
  readonly id: SourceId
  /** Its alias or name, folded; null: a subquery without one. */
  readonly name: string | null
  /** null: a subquery or view, which has no rowid. */
  readonly table: Table | null
  /** The database of the table or view; null: a subquery. */
  readonly database: string | null
  readonly columns: readonly SourceColumn[]
  /** Folded name → place. */
  readonly places: ReadonlyMap<string, number>
  /** What its columns are called in an answer, where that differs: it stands in parentheses beside others with such columns. */
  shownNames?: readonly string[]
  /** Folded names that USING or NATURAL joins with a source to the left; null: none. */
  using: ReadonlySet<string> | null
  /** The side of an outer join that may have no row: its columns may be NULL whatever the table says. */
  isOptional: boolean
  /** Its columns are found only where its name is written: OLD and NEW. */
  readonly isHidden?: boolean
}

/** A column of a join in parentheses, as its neighbours see it. */
export interface ExportedColumn {
  readonly source: ScopeSource
  readonly place: number
  readonly bound: BoundExpression
  /** No other has it. */
  readonly name: string
  /** Folded: what it is called in the parentheses. */
  readonly innerName: string
  /** It stands for the columns that USING joins by. */
  readonly isUsing: boolean
  /** A star does not show it. */
  readonly isHidden: boolean
}

/**
 * A term of a FROM clause with RIGHT or FULL JOIN or parentheses in it, where a name that USING joins by may mean columns of several
 * terms.
 */
export interface JoinTerm {
  /** null: a join in parentheses. */
  readonly source: ScopeSource | null
  /** Of a join in parentheses: its columns, and its alias, folded. */
  readonly exported: readonly ExportedColumn[]
  readonly alias: string | null
  /** How it is joined with what stands to its left. */
  readonly type: 'inner' | 'left' | 'right' | 'full'
  /** Folded names that USING or NATURAL joins it by. */
  readonly using: Set<string>
}

/**
 * Where an expression stands that is no part of a query: what it may not contain depends on it. `look`: nowhere, it is
 * only compared with others.
 */
export type ScopePlace =
  | 'query'
  | 'check'
  | 'index'
  | 'partial-index'
  | 'generated'
  | 'constant'
  | 'look'

/** What a call of an aggregate function means at this moment. */
export type AggregateMode =
  /** It is one of the query's aggregates. */
  | 'allowed'
  /** The three ways in which SQLite says that it must not stand here. */
  | 'misused-function'
  | 'misused'
  | 'group-by'

/** The aggregates of one query, as its expressions name them. */
export interface Grouping {
  /** Columns: the keys of GROUP BY, then `calls`, then bare columns. */
  readonly source: SourceId
  readonly keyCount: number
  readonly calls: AggregateCall[]
}

/** The windows of one query, as its expressions name the answers of their functions. */
export interface QueryWindow {
  /** Columns: the answers of `calls`. */
  readonly source: SourceId
  readonly partitionBy: WindowNode['partitionBy']
  readonly orderBy: readonly SortKey[]
  readonly frame: WindowFrame
  readonly calls: QueryWindowCall[]
}

export type QueryWindowCall = Omit<WindowCall, 'frame'>

/** One query's names. */
export class Scope {
  readonly parent: Scope | null
  readonly place: ScopePlace
  readonly sources: ScopeSource[] = []
  /** The sources as terms of FROM; null: each of them is one, and none is joined by RIGHT or FULL JOIN. */
  terms: readonly JoinTerm[] | null = null
  /** Folded alias → the result column's expression. null where aliases are not seen. */
  aliases: ReadonlyMap<string, Expression> | null = null
  aggregateMode: AggregateMode
  /** Created by the first aggregate or by GROUP BY. */
  grouping: Grouping | null = null
  /** Window functions may stand here. */
  allowsWindows = false
  /** The WINDOW clause. */
  windowDefinitions: SelectClause['windows'] = []
  /** The windows of the functions that have been met, each once, in the order in which they were. */
  readonly windows: QueryWindow[] = []
  /** Folded aliases of result columns with window functions in them → as they are written. */
  windowAliases: ReadonlyMap<string, string> | null = null
  /** Binds the arguments of a table-valued function of FROM. */
  readonly pendingArguments: ((scope: Scope) => void)[] = []
  /** Terms of GROUP BY. */
  keyCount = 0
  /** The term of GROUP BY that is being bound, without COLLATE; null: none is. */
  groupTerm: Expression | null = null
  /** Aliases stand for NULL: what they mean has been looked at. */
  skipsAliases = false
  /** What is being bound stands in an aggregate of this query. */
  isInAggregate = false
  /** There stands an alias, and what it means is being bound; null: neither. */
  aliasInAggregate: string | null = null
  /** What is being bound stands in WHERE or ON. */
  isCondition = false
  /** It stands in the ON of an outer join. */
  isOuterOn = false
  /** Its source is a row that no FROM names (RETURNING): for aggregates in subqueries its columns are constants. */
  isRow = false
  /** It is that of a SELECT, and of no other statement. */
  isSelect = false

  constructor(
    parent: Scope | null,
    place: ScopePlace = 'query',
    aggregateMode: AggregateMode = 'misused-function',
  ) {
    this.parent = parent
    this.place = place
    this.aggregateMode = aggregateMode
  }

  /**
   * The same names without the queries around, for a look at what an expression would mean here: aggregates that it
   * calls are found among those of this query, and are not added to them.
   */
  detached(): Scope {
    const copy = new Scope(null, 'look', 'allowed')
    copy.sources.push(...this.sources)
    copy.terms = this.terms
    copy.aliases = this.aliases
    copy.keyCount = this.keyCount
    copy.allowsWindows = true
    copy.windowDefinitions = this.windowDefinitions
    copy.windows.push(...this.windows.map((window) => ({ ...window, calls: [...window.calls] })))
    copy.grouping = this.grouping && { ...this.grouping, calls: [...this.grouping.calls] }
    return copy
  }
}

interface TableShape {
  readonly columns: readonly SourceColumn[]
  readonly places: ReadonlyMap<string, number>
}

const shapes = new WeakMap<Table, TableShape>()

/** A table's columns, computed once for each `Table`. */
export function shapeOf(table: Table): TableShape {
  let shape = shapes.get(table)
  if (shape === undefined) {
    const columns = table.columns.map((column, i) => ({
      name: column.name,
      affinity: i === table.rowidAlias ? ('integer' as const) : column.affinity,
      collation: column.collation,
      origin: {
        database: table.database,
        table: table.name,
        column: column.name,
        type: column.type === '' ? null : column.type,
      },
    }))
    shape = { columns, places: placesByName(columns) }
    shapes.set(table, shape)
  }
  return shape
}

/** Folded name → first place. */
export function placesByName(columns: readonly { readonly name: string }[]): Map<string, number> {
  const places = new Map<string, number>()
  for (let i = 0; i < columns.length; i++) {
    const name = foldName(columns[i]!.name)
    if (!places.has(name)) places.set(name, i)
  }
  return places
}

/** A table as a source of names. */
export function tableSource(id: SourceId, table: Table, name: string): ScopeSource {
  const { columns, places } = shapeOf(table)
  const { database } = table
  const folded = foldName(name)
  return { id, name: folded, table, database, columns, places, using: null, isOptional: false }
}

/** Whether the place, and that of each query around it, is a WHERE or an ON. */
export function isInConditions(scope: Scope): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent) if (!at.isCondition) return false
  return true
}

/** Whether the schema says that a column is never NULL. */
export function isNeverNull({ source, column }: BoundColumn, scope: Scope): boolean {
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = at.sources.find(({ id }) => id === source)
    if (found === undefined) continue
    if (found.table === null || found.isOptional) return false
    return column === -1 || found.table.columns[column]!.notNull !== null
  }
  return false
}

/** Column `place` of a source. A table's alias of the rowid is the rowid. */
export function columnOf(source: ScopeSource, place: number): BoundColumn {
  const { table } = source
  if (table !== null && place === table.rowidAlias) {
    return rowidOf(source.id, source.columns[place]!.name)
  }
  const { name, affinity, collation } = source.columns[place]!
  return {
    kind: 'column',
    source: source.id,
    column: place,
    name,
    affinity: affinity ?? 'blob',
    collation,
  }
}

/** Whether `*` and NATURAL leave a column out. */
export function isHidden({ table }: ScopeSource, place: number): boolean {
  return table?.columns[place]!.hidden === true
}

export function rowidOf(source: SourceId, name: string): BoundColumn {
  return { kind: 'column', source, column: -1, name, affinity: 'integer', collation: 'BINARY' }
}

/** Where a column comes from, for the description of a result. */
export function originOf(source: ScopeSource, place: number): Origin | null {
  if (place >= 0) return source.columns[place]!.origin
  const { table } = source
  if (table === null) return null
  if (table.rowidAlias >= 0) return source.columns[table.rowidAlias]!.origin
  return { database: table.database, table: table.name, column: 'rowid', type: 'INTEGER' }
}
