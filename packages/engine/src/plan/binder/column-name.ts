/**
 * Resolves the names of columns: the innermost query that knows the name decides. (`lookupName` of SQLite)
 *
 * Within one query a column of FROM comes before an alias of the result, except that ORDER BY looks for aliases
 * first (`order-by.ts`). A name that nothing knows is, when it was written in double quotes, a string.
 */
import { SqliteError, sqlError } from '../../base/error.ts'
import { foldName, isRowidName } from '../../schema/index.ts'
import type { ColumnName, Expression } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import { columnOf, rowidOf, type JoinTerm, type Scope, type ScopeSource } from '../scope.ts'
import type { Binder } from './binder.ts'
import { joinedColumn } from './join-names.ts'
import { lastMistake } from './last-mistake.ts'

export function bindColumnName(b: Binder, name: ColumnName, scope: Scope): BoundExpression {
  if (name.isRowid) return rowidOf(scope.sources[0]!.id, name.column)
  const found = findColumn(b, name, scope)
  if (found !== null) return found
  if (name.quoted && name.table === null) {
    if (b.doubleQuotedStrings) {
      b.writtenNames?.text(name)
      return { kind: 'literal', value: name.column }
    }
    throw sqlError(
      `no such column: "${name.column}" - should this be a string literal in single-quotes?`,
    )
  }
  throw unknownColumn(name)
}

/** TRUE or FALSE written bare, where no column is called so. */
export function bindTrueFalse(
  b: Binder,
  literal: Expression & { readonly kind: 'boolean' },
  scope: Scope,
): BoundExpression {
  const { start, end } = literal
  const name: ColumnName = {
    kind: 'column',
    schema: null,
    table: null,
    column: literal.name,
    quoted: false,
    start,
    end,
  }
  b.writtenNames?.stands(name, literal)
  return findColumn(b, name, scope) ?? { kind: 'literal', value: literal.value ? 1 : 0 }
}

export function isColumn(
  b: Binder,
  literal: Expression & { kind: 'boolean' },
  scope: Scope,
): boolean {
  return bindTrueFalse(b, literal, scope).kind !== 'literal'
}

function unknownColumn(name: ColumnName): Error {
  return sqlError(`no such column: ${written(name)}`)
}

function written(name: ColumnName): string {
  const { schema, table, column } = name
  if (table === null) return column
  return schema === null ? `${table}.${column}` : `${schema}.${table}.${column}`
}

function findColumn(b: Binder, name: ColumnName, scope: Scope): BoundExpression | null {
  if (name.table !== null && scope.place === 'index') {
    throw sqlError('the "." operator prohibited in index expressions')
  }
  if (name.table !== null && scope.place === 'generated') {
    throw sqlError('the "." operator prohibited in generated columns')
  }
  const column = foldName(name.column)
  const table = name.table === null ? null : foldName(name.table)
  const schema = name.schema === null ? null : foldName(name.schema)
  for (let at: Scope | null = scope; at !== null; at = at.parent) {
    const found = findInSources(b, name, at, column, table, schema)
    if (found !== null) return found
    if (table === null && at.aliases !== null) {
      const meant = at.aliases.get(column)
      if (meant !== undefined) {
        const window = at.windowAliases?.get(column)
        if (window !== undefined && (!at.allowsWindows || at !== scope)) {
          throw sqlError(`misuse of aliased window function ${window}`)
        }
        return bindAlias(b, name, meant, at)
      }
    }
  }
  return null
}

/** The alias stands for its expression, bound where the result columns are bound: without aliases. */
function bindAlias(b: Binder, name: ColumnName, meant: Expression, scope: Scope): BoundExpression {
  if (scope.skipsAliases) return { kind: 'literal', value: null }
  const { aliases, aggregateMode, aliasInAggregate } = scope
  scope.aliases = null
  if (scope.isInAggregate) scope.aliasInAggregate = name.column
  // Only where it is the whole term is its aggregate seen to stand in GROUP BY.
  if (aggregateMode === 'group-by' && scope.groupTerm !== name) scope.aggregateMode = 'misused'
  try {
    const bound = b.expression(b, meant, scope)
    b.noteAlias(name, meant)
    return bound
  } catch (error) {
    // What it stands for has been looked at by itself; of several aggregates in it the last one is told.
    if (error instanceof SqliteError && b.mistakes.late.has(error)) {
      throw lastMistake(b, meant, scope) ?? error
    }
    throw error
  } finally {
    scope.aliases = aliases
    scope.aggregateMode = aggregateMode
    scope.aliasInAggregate = aliasInAggregate
  }
}

function findInSources(
  b: Binder,
  name: ColumnName,
  scope: Scope,
  column: string,
  table: string | null,
  schema: string | null,
): BoundExpression | null {
  const { sources, terms } = scope
  if (terms !== null && table === null) {
    const joined = joinedColumn(b, terms, column)
    if (joined === 'ambiguous') throw sqlError(`ambiguous column name: ${written(name)}`)
    if (joined !== null) return reported(b, name, scope, joined)
  }
  let found: BoundExpression | null =
    terms === null || table === null || schema !== null ? null : ofAlias(terms, table, column)
  if (found !== null) return reported(b, name, scope, found)
  let rowidSource: ScopeSource | null = null
  let rowidCount = 0
  for (let i = 0; i < sources.length; i++) {
    const source = sources[i]!
    if (table === null ? source.isHidden === true : !isNamed(source, table, schema)) continue
    const place = source.places.get(column)
    if (place === undefined) {
      if (source.table !== null && !source.table.withoutRowid) {
        rowidSource ??= source
        rowidCount++
      }
      continue
    }
    if (found !== null) {
      // Joined by USING: the left one stands for both.
      if (source.using !== null && source.using.has(column)) continue
      throw sqlError(`ambiguous column name: ${written(name)}`)
    }
    found = columnOf(source, place)
    b.writtenNames?.column(name, source, place)
  }
  if (found !== null || rowidSource === null || !isRowidName(column)) return found
  if (scope.place === 'index' || scope.place === 'generated') return null
  if (rowidCount > 1) throw sqlError(`ambiguous column name: ${written(name)}`)
  b.writtenNames?.column(name, rowidSource, -1)
  return rowidOf(rowidSource.id, rowidName(rowidSource))
}

/** Tells who looks for names what a column of a join is, where it is one source's. */
function reported(
  b: Binder,
  name: ColumnName,
  { sources }: Scope,
  bound: BoundExpression,
): BoundExpression {
  if (b.writtenNames === null || bound.kind !== 'column') return bound
  const source = sources.find(({ id }) => id === bound.source)
  if (source !== undefined) b.writtenNames.column(name, source, bound.column)
  return bound
}

/** A column of a join in parentheses, by the alias of the whole. */
function ofAlias(
  terms: readonly JoinTerm[],
  alias: string,
  column: string,
): BoundExpression | null {
  const term = terms.find((one) => one.alias === alias)
  return term?.exported.find(({ name }) => foldName(name) === column)?.bound ?? null
}

function rowidName(source: ScopeSource): string {
  const alias = source.table!.rowidAlias
  return alias >= 0 ? source.columns[alias]!.name : 'rowid'
}

function isNamed(source: ScopeSource, table: string, schema: string | null): boolean {
  if (schema !== null && (source.database === null || foldName(source.database) !== schema)) {
    return false
  }
  if (source.name === table) return true
  if (source.table?.root !== 1) return false
  // The table with the schema has an old name and a new one; beside its database's name the temporary one's has all four.
  if (source.name === 'sqlite_master') return table === 'sqlite_schema'
  if (source.name !== 'sqlite_temp_master') return false
  if (table === 'sqlite_temp_schema') return true
  return schema !== null && (table === 'sqlite_schema' || table === 'sqlite_master')
}
