/**
 * The state of one binding: numbers given out so far, the text that spans point into, and what is known about
 * bound expressions besides what they say themselves.
 *
 * Expressions contain queries and queries contain expressions. The functions that bind them reach each other
 * through `expression` and `select` here, which `bindStatement` fills in.
 */
import { SqliteError, sqlError } from '../../base/error.ts'
import { assert } from '../../base/assert.ts'
import { collationByName } from '../../record/index.ts'
import type { Affinity } from '../../record/index.ts'
import type { Catalog } from '../../runtime/index.ts'
import { noSuchCollation } from '../../schema/index.ts'
import type { Column, Table } from '../../schema/index.ts'
import type { CommonTable, Expression, Select, ValuesClause } from '../../sql/index.ts'
import type {
  BoundColumn,
  BoundExpression,
  ComparisonRule,
  SourceId,
  Subquery,
} from '../expression.ts'
import type { CommonUse, PlanNode } from '../node.ts'
import { DatabaseNames, type DatabaseUses } from '../database-uses.ts'
import type { Origin, Scope } from '../scope.ts'
import { noMistakes, type Mistakes } from './mistakes.ts'
import { Programs } from './programs.ts'
import { Recursion } from './recursion.ts'
import type { WrittenNames } from './written-names.ts'

/** One side of a comparison: its affinity and collation are all that counts. */
export interface Side {
  readonly affinity: Affinity | null
  readonly collation: string | null
  readonly isExplicit: boolean
  /** Its values are not all such as the affinity leaves them: arms of a compound may have others. */
  readonly isMixed?: boolean
}

/** A column that a bound query delivers. */
export interface SelectColumn {
  /** As a subquery's column is called. */
  readonly name: string
  readonly affinity: Affinity | null
  /** null: none of its own, compared as BINARY. */
  readonly collation: string | null
  /** The collation was written, with COLLATE. */
  readonly isExplicit: boolean
  readonly origin: Origin | null
  /**
   * What a comparison with the query as a value, or as the set of an IN, asks. Of a compound the last arm says it.
   * (`sqlite3ExprAffinity` of a Select)
   */
  readonly asValue: Side
}

/** A query, bound: `plan` delivers `columns` under `source` (and perhaps hidden ones after them). */
export interface BoundSelect {
  readonly plan: PlanNode
  readonly source: SourceId
  readonly columns: readonly SelectColumn[]
}

/** The common tables that a query sees: its own WITH, then those around it. */
export interface WithFrame {
  readonly parent: WithFrame | null
  readonly tables: ReadonlyMap<string, CommonTable>
}

export type BindExpression = (b: Binder, expression: Expression, scope: Scope) => BoundExpression
export type BindSelect = (b: Binder, select: Select, parent: Scope | null) => BoundSelect

/** Row sources of one statement, all subqueries together. */
const maxSources = 10_000

export class Binder {
  readonly catalog: Catalog
  /** The databases that the statement has been found to touch. */
  readonly uses: DatabaseUses = { reads: new DatabaseNames(), writes: new DatabaseNames() }
  readonly expression: BindExpression
  readonly select: BindSelect
  /** The text that spans point into; another one while a view or a definition of the schema is bound. */
  text: string
  withFrame: WithFrame | null = null
  /** A name in double quotes that nothing knows is a string. */
  doubleQuotedStrings: boolean
  /** Views and common tables being bound: one that names itself has no end. */
  readonly open: Set<object> = new Set()
  /** Recursive common tables that are being bound, by their queries. */
  readonly recursions: Map<Select, Recursion<readonly SelectColumn[]>> = new Map()
  /** Common tables that are being bound, by their queries. */
  readonly definitions: Map<Select, CommonTable> = new Map()
  readonly #commonUses = new Map<WithFrame, Map<CommonTable, CommonUse>>()
  /** A COLLATE has been met: only then is it worth looking for one. */
  hasCollate = false
  /** Sources whose columns are aggregates: without affinity and collation. */
  readonly groupings: Set<SourceId> = new Set()
  /** The one row that an INSERT gives: not a query in which aggregates could stand. */
  givenRow: ValuesClause | null = null
  /** The expression of the schema that is being bound is new: it says what is to be stored. */
  isDefining = false
  /** Nothing is to be done by what is bound: it is only to be seen whether it makes sense. */
  looksOnly = false
  /** The table whose rows change from one evaluation to the next of what is being bound (RETURNING); null: none do. */
  changing: Table | null = null
  /** It is one of the temporary database. */
  isTemporary = false
  /** The virtual columns whose expressions are being looked at, each named by the one before: do they give JSON? */
  readonly marking: Column[] = []
  /** The scope around all queries of a statement: OLD and NEW, where it stands in a trigger; null: there is none. */
  outer: Scope | null = null
  /** What RAISE is to note, where it stands in a trigger; null: it stands in none. */
  raises: { ignores: boolean } | null = null
  /** The programs of triggers that may fire. */
  readonly programs: Programs = new Programs()
  /** What decides about which of several mistakes is told. */
  readonly mistakes: Mistakes = noMistakes()
  /** Told what names mean; null: nobody asks. */
  writtenNames: WrittenNames | null = null
  /** A function or a collation has been met that the connection has defined. */
  callsUsers = false
  /** A function has been met that may run statements of the connection. */
  callsReentrant = false
  /** Columns of derived sources, where some have no affinity. */
  readonly #affinities = new Map<SourceId, readonly (Affinity | null)[]>()
  /** Columns under a unary plus, which takes the affinity away. */
  readonly #bare = new Set<BoundExpression>()
  readonly #plus = new WeakSet<BoundExpression>()
  readonly #joinedColumns = new WeakSet<BoundExpression>()
  readonly #subqueries = new Map<Subquery, readonly SelectColumn[]>()
  readonly #aliases = new Map<Expression, Expression>()
  #nextSource = 0
  #nextSubquery = 0
  #nextLocal = 0
  /** The database of the view whose text is being bound, in which alone its names are looked for; null: no view, or a temporary one. */
  viewDatabase: string | null = null

  constructor(catalog: Catalog, text: string, expression: BindExpression, select: BindSelect) {
    this.catalog = catalog
    this.text = text
    this.doubleQuotedStrings = catalog.environment.settings.doubleQuotedStrings
    this.expression = expression
    this.select = select
  }

  /** Views and common tables may name each other so that their expansion grows beyond all measure. */
  newSource(): SourceId {
    if (this.#nextSource >= maxSources) throw sqlError('too many FROM clause terms, max: 200')
    return this.#nextSource++
  }

  /** Subqueries that have been met so far. */
  get subqueryCount(): number {
    return this.#nextSubquery
  }

  newSubqueryId(): number {
    return this.#nextSubquery++
  }

  newLocal(): number {
    return this.#nextLocal++
  }

  /** The name of a collation by which something is to be compared, as everything that is bound carries it. */
  collation(name: string): string {
    const collation = this.catalog.environment.collation(name)
    if (collation === null) throw noSuchCollation(name)
    if (collationByName(name) === null) this.callsUsers = true
    return collation.name
  }

  /** A rule by which something is to be compared. */
  known(rule: ComparisonRule): ComparisonRule {
    this.collation(rule.collation)
    return rule
  }

  /** Remembers the columns of a derived source whose affinity is none. */
  noteAffinities(
    source: SourceId,
    columns: readonly { readonly affinity: Affinity | null }[],
  ): void {
    if (columns.some((column) => column.affinity === null)) {
      this.#affinities.set(
        source,
        columns.map((column) => column.affinity),
      )
    }
  }

  /** What stands under a unary plus: it has lost its affinity, and no index serves it. An object of its own. */
  withoutAffinity(expression: BoundExpression): BoundExpression {
    const copy =
      expression.kind === 'column' ? { ...expression, isUnindexed: true } : { ...expression }
    this.#bare.add(copy)
    return copy
  }

  /** A unary plus that changes nothing: it counts only where expressions are compared as they are written. */
  notePlus(expression: BoundExpression): void {
    this.#plus.add(expression)
  }

  isUnderPlus(expression: BoundExpression): boolean {
    return this.#plus.has(expression) || this.isWithoutAffinity(expression)
  }

  columnAffinity(column: BoundColumn): Affinity | null {
    if (this.#bare.size > 0 && this.#bare.has(column)) return null
    if (column.affinity !== 'blob') return column.affinity
    if (this.groupings.has(column.source)) return null
    const known = this.#affinities.get(column.source)
    return known === undefined || column.column < 0 ? column.affinity : known[column.column]!
  }

  /** A column that a FULL JOIN joins by: coalesce() of those columns, with the affinity and the collation of the first. */
  joinedColumn(columns: readonly BoundExpression[]): BoundExpression {
    const { environment } = this.catalog
    const found = environment.scalar('coalesce', columns.length)
    assert(found.kind === 'found', 'coalesce() is built in')
    const call = {
      kind: 'function',
      function: found.function,
      args: columns,
      collation: 'BINARY',
    } as const
    this.#joinedColumns.add(call)
    return call
  }

  isJoinedColumn(
    expression: BoundExpression,
  ): expression is Extract<BoundExpression, { readonly kind: 'function' }> {
    return this.#joinedColumns.has(expression)
  }

  isWithoutAffinity(expression: BoundExpression): boolean {
    return this.#bare.size > 0 && this.#bare.has(expression)
  }

  noteSubquery(query: Subquery, columns: readonly SelectColumn[]): void {
    this.#subqueries.set(query, columns)
  }

  subqueryColumn(query: Subquery, column: number): SelectColumn | null {
    return this.#subqueries.get(query)?.[column] ?? null
  }

  /** The name was an alias of a result column. */
  noteAlias(name: Expression, meant: Expression): void {
    this.#aliases.set(name, meant)
  }

  meaningOf(name: Expression): Expression | null {
    return this.#aliases.size === 0 ? null : (this.#aliases.get(name) ?? null)
  }

  /**
   * The query of a common table, with those in sight that its own clause sees. It may not be met again meanwhile. (They lie inside
   * each other hundreds of levels deep: each function on the way takes its part of the stack.)
   */
  commonTable(table: CommonTable, frame: WithFrame, parent: Scope | null): ReturnType<BindSelect> {
    const recursion = Recursion.of<readonly SelectColumn[]>(table)
    const { withFrame } = this
    this.withFrame = frame
    this.open.add(table)
    this.definitions.set(table.select, table)
    if (recursion !== null) this.recursions.set(table.select, recursion)
    try {
      return this.select(this, table.select, parent)
    } finally {
      if (recursion !== null) this.recursions.delete(table.select)
      this.definitions.delete(table.select)
      this.open.delete(table)
      this.withFrame = withFrame
    }
  }

  /** Notes another use of a common table: of this WITH clause, which is bound anew for each use of what it stands in. */
  commonUse(frame: WithFrame, table: CommonTable): CommonUse {
    let uses = this.#commonUses.get(frame)
    if (uses === undefined) {
      uses = new Map()
      this.#commonUses.set(frame, uses)
    }
    let use = uses.get(table)
    if (use === undefined) {
      const { materialized } = table
      const hint = materialized === null ? null : materialized ? 'materialized' : 'not-materialized'
      use = { count: 0, hint }
      uses.set(table, use)
    }
    use.count++
    return use
  }

  /** Runs `bind` for a view, which may not be met again meanwhile. */
  whileOpen<Result>(definition: object, bind: () => Result): Result {
    this.open.add(definition)
    try {
      return bind()
    } finally {
      this.open.delete(definition)
    }
  }

  /** Runs `bind` over the text of a view of `database`, in which alone its names are looked for; null: in all. */
  inView<Result>(text: string, database: string | null, bind: () => Result): Result {
    const { viewDatabase, outer, mistakes } = this
    const { isExpanded } = mistakes
    this.viewDatabase = database
    this.outer = null
    mistakes.isExpanded = false
    try {
      return this.inText(text, bind)
    } finally {
      this.viewDatabase = viewDatabase
      this.outer = outer
      mistakes.isExpanded = isExpanded
    }
  }

  /** What is being bound stands in the schema: a view, a trigger. */
  isInText = false

  /** Runs `bind` over another text, with no common tables around. */
  inText<Result>(text: string, bind: () => Result): Result {
    const { text: outerText, withFrame, isInText } = this
    this.text = text
    this.withFrame = null
    this.isInText = true
    try {
      return bind()
    } finally {
      this.text = outerText
      this.isInText = isInText
      this.withFrame = withFrame
    }
  }
}

/** `1st`, `2nd`, `3rd`, `4th` … */
export function ordinal(n: number): string {
  const tens = n % 100
  const suffix = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${suffix}`
}

export function columnCountError(columns: number, expected: number): SqliteError {
  return sqlError(`sub-select returns ${columns} columns - expected ${expected}`)
}
