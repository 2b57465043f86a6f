/**
 * The result columns of a SELECT: stars expanded, names given. (SELECT §2.4; `sqlite3ColumnsFromExprList`,
 * `generateColumnNames`)
 *
 * A column without AS is called by the column of a table that it is, however that was written; else by its text.
 */
import { sqlError, type SqliteError } from '../../base/error.ts'
import { limits } from '../../base/limits.ts'
import { foldName, sameName } from '../../schema/index.ts'
import type { Expression, ResultColumn } from '../../sql/index.ts'
import type { BoundColumn, BoundExpression } from '../expression.ts'
import { pin } from '../literal.ts'
import {
  columnOf,
  isHidden,
  originOf,
  type JoinTerm,
  type Origin,
  type Scope,
  type ScopeSource,
} from '../scope.ts'
import type { Binder, Side } from './binder.ts'
import { affinityOf, collationOf, explicitCollation } from './comparison.ts'
import { sourceById } from './from.ts'
import { starColumns } from './join-names.ts'
import type { Affinity } from '../../record/index.ts'

export interface ResultItem {
  /** As the column of an answer is called. */
  readonly name: string
  /** As the column of a subquery or view is called: a COLLATE around a column does not count. */
  readonly columnName: string
  /** AS. */
  readonly alias: string | null
  /** null: it came from a star. */
  readonly ast: Expression | null
  readonly bound: BoundExpression
  readonly affinity: Affinity | null
  readonly collation: string | null
  readonly isExplicit: boolean
  readonly origin: Origin | null
  /** What it is to a comparison where the query is a value, if that is something else. */
  readonly asValue?: Side
}

export function bindResultColumns(
  b: Binder,
  columns: readonly ResultColumn[],
  scope: Scope,
): ResultItem[] {
  const items: ResultItem[] = []
  for (const column of columns) {
    switch (column.kind) {
      case 'star':
        if (scope.sources.length === 0) throw sqlError('no tables specified')
        if (scope.terms !== null) addJoinedStar(b, scope, scope.terms, null, items)
        else for (const source of scope.sources) addStar(b, source, scope, true, items)
        break
      case 'table-star':
        addTableStar(b, column, scope, items)
        break
      case 'expression':
        items.push(bindItem(b, column, scope))
        break
      default:
        column satisfies never
    }
  }
  if (items.length > limits.current.column) throw sqlError('too many columns in result set')
  return items
}

/** Stars that mean nothing are refused before names are looked for. (`selectExpander`) */
export function checkStars(columns: readonly ResultColumn[], scope: Scope): void {
  for (const column of columns) {
    if (column.kind === 'expression') continue
    if (column.kind === 'table-star') meantBy(column, scope)
    else if (scope.sources.length === 0) throw noTables()
  }
}

/** Of `*`. */
export function noTables(): SqliteError {
  return sqlError('no tables specified')
}

/** Of `table.*`. */
export function noSuchStar(table: string): SqliteError {
  return sqlError(`no such table: ${table}`)
}

/** The sources of `table.*`. */
function meantBy(
  { schema, table }: ResultColumn & { readonly kind: 'table-star' },
  { sources }: Scope,
): ScopeSource[] {
  const folded = foldName(table)
  const meant = sources.filter((source) => source.name === folded && isIn(source, schema))
  if (meant.length === 0) throw noSuchStar(table)
  return meant
}

function bindItem(
  b: Binder,
  column: Extract<ResultColumn, { kind: 'expression' }>,
  scope: Scope,
): ResultItem {
  const { expression, alias } = column
  // The text is its name.
  if (alias === null) pin(expression)
  const bound = b.expression(b, expression, scope)
  const explicit = b.hasCollate ? explicitCollation(b, expression) : null
  const isName = expression.kind === 'column' || expression.kind === 'boolean'
  const isColumn = isName && bound.kind === 'column' && !b.groupings.has(bound.source)
  const text = b.text.slice(column.textStart, column.textEnd)
  return {
    name:
      alias ?? (isColumn ? nameOfColumn(b, scope, expression, bound as BoundColumn, text) : text),
    columnName: alias ?? innerName(b, expression, bound) ?? text,
    alias,
    ast: expression,
    bound,
    affinity: affinityOf(b, bound),
    collation: collationOf(b, expression, bound),
    isExplicit: explicit !== null,
    origin: isColumn ? originOfColumn(scope, bound as BoundColumn) : originOfQuery(b, bound),
  }
}

/** A column of a join in parentheses has a name among all of that join. */
function shownName({ terms, sources }: Scope, ast: Expression, column: BoundColumn): string {
  if (terms === null) return column.name
  const alias = ast.kind === 'column' && ast.table !== null ? foldName(ast.table) : null
  if (alias !== null && terms.some((term) => term.alias === alias)) return column.name
  const source = sources.find(({ id }) => id === column.source)
  const names = source?.shownNames
  if (source === undefined || names === undefined) return column.name
  if (column.column >= 0) return names[column.column]!
  return names[source.table?.rowidAlias ?? -1] ?? '_ROWID_'
}

function labelOf({ table, name }: ScopeSource): string {
  return table !== null && foldName(table.name) === name ? table.name : (name ?? '')
}

/** As PRAGMA short_column_names and full_column_names want it. (`sqlite3GenerateColumnNames`) */
function nameOfColumn(
  b: Binder,
  scope: Scope,
  ast: Expression,
  column: BoundColumn,
  text: string,
): string {
  const { fullColumnNames, shortColumnNames } = b.catalog.environment.settings
  if (fullColumnNames) {
    const source = sourceById(scope, column.source)
    if (source !== null) return `${source.table?.name ?? labelOf(source)}.${column.name}`
  }
  return shortColumnNames || fullColumnNames ? shownName(scope, ast, column) : text
}

/** The name of the column that an expression is, under COLLATE and hints to the planner. (`sqlite3ExprSkipCollateAndLikely`) */
export function innerName(b: Binder, ast: Expression, bound: BoundExpression): string | null {
  let inner = ast
  let column = bound
  for (;;) {
    if (inner.kind === 'collate') {
      inner = inner.operand
    } else if (inner.kind === 'function' && column.kind === 'function' && isHint(column)) {
      inner = inner.args[0]!
      column = column.args[0]!
    } else {
      break
    }
  }
  const isName = inner.kind === 'column' || inner.kind === 'boolean'
  return isName && column.kind === 'column' && !b.groupings.has(column.source) ? column.name : null
}

function isHint(call: BoundExpression & { readonly kind: 'function' }): boolean {
  return call.function.form === 'identity'
}

function originOfColumn(scope: Scope, column: BoundColumn): Origin | null {
  const source = sourceById(scope, column.source)
  return source === null ? null : originOf(source, column.column)
}

function originOfQuery(b: Binder, bound: BoundExpression): Origin | null {
  if (bound.kind !== 'scalar-query') return null
  return b.subqueryColumn(bound.query, bound.column)?.origin ?? null
}

function addTableStar(
  b: Binder,
  column: ResultColumn & { readonly kind: 'table-star' },
  scope: Scope,
  items: ResultItem[],
): void {
  const meant = meantBy(column, scope)
  if (b.writtenNames !== null) for (const source of meant) b.writtenNames.star(column, source)
  if (scope.terms !== null) addJoinedStar(b, scope, scope.terms, new Set(meant), items)
  else for (const source of meant) addStar(b, source, scope, false, items)
}

/** A star over a FROM clause with RIGHT or FULL JOIN; `only`: that of some sources. */
function addJoinedStar(
  b: Binder,
  scope: Scope,
  terms: readonly JoinTerm[],
  only: ReadonlySet<ScopeSource> | null,
  items: ResultItem[],
): void {
  for (const source of scope.sources) {
    if (only === null || only.has(source)) checkNamesake(source, scope)
  }
  for (const { bound, name } of starColumns(b, terms, only)) {
    items.push({
      name,
      columnName: name,
      alias: null,
      ast: null,
      bound,
      affinity: affinityOf(b, bound),
      collation: collationOf(b, null, bound),
      isExplicit: false,
      origin: bound.kind === 'column' ? originOfColumn(scope, bound) : null,
    })
  }
}

function isIn({ database }: ScopeSource, schema: string | null): boolean {
  return schema === null || (database !== null && sameName(database, schema))
}

function addStar(
  b: Binder,
  source: ScopeSource,
  scope: Scope,
  hidesUsing: boolean,
  items: ResultItem[],
): void {
  const { columns, using } = source
  checkNamesake(source, scope)
  const { fullColumnNames, shortColumnNames } = b.catalog.environment.settings
  const prefix = fullColumnNames && !shortColumnNames ? `${labelOf(source)}.` : ''
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]!
    if (isHidden(source, i)) continue
    if (hidesUsing && using !== null && using.has(foldName(column.name))) continue
    const bound = columnOf(source, i)
    items.push({
      name: prefix + column.name,
      columnName: column.name,
      alias: null,
      ast: null,
      bound,
      affinity: column.affinity,
      collation: bound.column < 0 ? null : column.collation,
      isExplicit: false,
      origin: column.origin,
    })
  }
}

/** Two sources of one name in one database must not have a column of one name: the star spells it out, and it is ambiguous. */
function checkNamesake(source: ScopeSource, scope: Scope): void {
  for (const other of scope.sources) {
    if (other === source || source.name === null || other.name !== source.name) continue
    if (other.database !== source.database) continue
    const later = scope.sources.indexOf(other) > scope.sources.indexOf(source) ? other : source
    for (const [place, column] of source.columns.entries()) {
      if (isHidden(source, place)) continue
      const folded = foldName(column.name)
      if (!other.places.has(folded) || later.using?.has(folded) === true) continue
      const prefix = source.database === null ? '' : `${source.database}.`
      throw sqlError(`ambiguous column name: ${prefix}${source.name}.${column.name}`)
    }
  }
}
