/**
 * Names in a FROM clause with RIGHT or FULL JOIN or parentheses. A name that USING or NATURAL joins by means the left column of an inner or LEFT JOIN, the
 * right one of a RIGHT JOIN, and of a FULL JOIN the first of both that is not NULL. (`lookupName`, `sqlite3ProcessJoin`, `selectExpander`)
 *
 * A join in parentheses is to SQLite a query of its own, of all columns of all its terms: before those of a term come the columns that the
 * next one is joined by, and these alone are seen by a star.
 */
import { sqlError } from '../../base/error.ts'
import { foldName } from '../../schema/index.ts'
import type { FromClause, TableReference } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import {
  columnOf,
  isHidden,
  type ExportedColumn,
  type JoinTerm,
  type ScopeSource,
} from '../scope.ts'
import type { Binder } from './binder.ts'
import { uniqueNames } from './unique-names.ts'

/** Parentheses that begin a FROM clause and have no alias only group. */
export function isGroup(first: TableReference): first is Group {
  return first.kind === 'nested' && first.alias === null
}

type Group = Extract<TableReference, { readonly kind: 'nested' }> & { readonly alias: null }

/** Whether what a name means in a FROM clause depends on more than its sources. */
export function needsTerms({ first, joins }: FromClause): boolean {
  if (isGroup(first) ? needsTerms(first.from) : first.kind === 'nested') return true
  return joins.some(
    ({ operator, right }) => operator === 'right' || operator === 'full' || right.kind === 'nested',
  )
}

/** What a bare name means among some terms; null: none has such a column. */
export function joinedColumn(
  b: Binder,
  terms: readonly JoinTerm[],
  name: string,
): BoundExpression | 'ambiguous' | null {
  let count = 0
  let found: BoundExpression | null = null
  let from: JoinTerm | null = null
  let earlier: BoundExpression[] = []
  for (const term of terms) {
    for (const candidate of columnsOf(term, name)) {
      if (count > 0) {
        if (!term.using.has(name) || from === term) earlier = []
        else if (term.type === 'inner' || term.type === 'left') continue
        else if (term.type === 'right') {
          count = 0
          earlier = []
        } else earlier.push(found!)
      }
      count++
      found = candidate
      from = term
    }
  }
  if (count <= 1) return found
  return count === earlier.length + 1 ? b.joinedColumn([...earlier, found!]) : 'ambiguous'
}

/** The columns of a name that a term has, as its neighbours see them. */
function columnsOf({ source, exported }: JoinTerm, name: string): readonly BoundExpression[] {
  if (source !== null) {
    const place = source.places.get(name)
    return place === undefined ? [] : [columnOf(source, place)]
  }
  const columns: BoundExpression[] = []
  for (const column of exported) {
    if (column.innerName !== name) continue
    columns.push(column.bound)
    if (column.isUsing) break
  }
  return columns
}

function expectColumn(b: Binder, terms: readonly JoinTerm[], name: string): BoundExpression {
  const column = joinedColumn(b, terms, foldName(name))
  if (column === null) throw sqlError(`no such column: ${name}`)
  if (column === 'ambiguous') throw sqlError(`ambiguous column name: ${name}`)
  return column
}

/**
 * The two sides of an equality by which the last term is joined with those before it; both have such a column. With `gathers` the left side
 * is that of all of them.
 */
export function usingSides(
  b: Binder,
  terms: readonly JoinTerm[],
  written: string,
  gathers: boolean,
): readonly [BoundExpression, BoundExpression] {
  const name = foldName(written)
  const right = columnsOf(terms.at(-1)!, name)[0]!
  const columns: BoundExpression[] = []
  for (const term of terms.slice(0, -1)) {
    const column = columnsOf(term, name)[0]
    if (column === undefined || (columns.length > 0 && !gathers)) continue
    if (columns.length > 0 && !term.using.has(name)) {
      throw sqlError(`ambiguous reference to ${written} in USING()`)
    }
    columns.push(column)
  }
  return [columns.length === 1 ? columns[0]! : b.joinedColumn(columns), right]
}

/** A column of a source, as a star shows it. */
export interface StarColumn {
  readonly source: ScopeSource
  readonly place: number
  readonly bound: BoundExpression
  readonly name: string
}

/** What `*` shows; `only`: `t.*`, of the sources that are called so. */
export function starColumns(
  b: Binder,
  terms: readonly JoinTerm[],
  only: ReadonlySet<ScopeSource> | null,
): readonly StarColumn[] {
  const result: StarColumn[] = []
  for (const [i, term] of terms.entries()) {
    for (const column of termStar(term, only)) {
      const name = foldName(column.name)
      if (only === null && i > 0 && term.using.has(name)) continue
      const isJoined = isBeforeRight(terms, i) && terms.slice(i + 1).some((t) => t.using.has(name))
      // The columns of a single term are spelled out without its name.
      const isBare = isJoined || (terms.length === 1 && term.source === null)
      result.push(isBare ? { ...column, bound: expectColumn(b, terms, column.name) } : column)
    }
  }
  return result
}

/** Whether a RIGHT or FULL JOIN stands behind a term. */
function isBeforeRight(terms: readonly JoinTerm[], place: number): boolean {
  return terms.slice(place + 1).some(({ type }) => type === 'right' || type === 'full')
}

function termStar(
  { source, exported }: JoinTerm,
  only: ReadonlySet<ScopeSource> | null,
): readonly StarColumn[] {
  if (source === null) {
    return exported.filter((c) => (only === null ? !c.isHidden : !c.isUsing && only.has(c.source)))
  }
  if (only !== null && !only.has(source)) return []
  const columns = source.columns.map(({ name }, place) => {
    return { source, place, bound: columnOf(source, place), name }
  })
  return columns.filter(({ place }) => !isHidden(source, place))
}

/**
 * Two sources of one name in one database must not have a column of one name, nor a rowid: all columns are spelled out with the names of their
 * sources.
 */
function checkSpelled(source: ScopeSource, place: number, terms: readonly JoinTerm[]): void {
  const { name, database } = source
  if (name === null) return
  const prefix = `${database ?? '*'}.${name}`
  terms.forEach((term, i) => {
    const others = term.source === null ? term.exported.map((c) => c.source) : [term.source]
    const using = i > place ? term.using : terms[place]!.using
    for (const other of new Set(others)) {
      if (other === source || other.name !== name || other.database !== database) continue
      for (const column of source.columns) {
        const folded = foldName(column.name)
        if (!other.places.has(folded) || using.has(folded)) continue
        throw sqlError(`ambiguous column name: ${prefix}.${column.name}`)
      }
      const haveRowids = [source, other].every(({ table }) => table?.withoutRowid === false)
      if (haveRowids) throw sqlError(`ambiguous column name: ${prefix}._ROWID_`)
    }
  })
}

/** All columns of a join in parentheses, each by a name of its own. */
export function exportedColumns(b: Binder, terms: readonly JoinTerm[]): readonly ExportedColumn[] {
  const columns: ExportedColumn[] = []
  for (const [i, term] of terms.entries()) {
    const next = terms[i + 1]?.using ?? noNames
    if (term.source !== null) checkSpelled(term.source, i, terms)
    for (const name of next) {
      const shown = terms.flatMap((t) => termStar(t, null)).find((c) => foldName(c.name) === name)!
      const bound = expectColumn(b, terms, shown.name)
      columns.push({ ...shown, bound, innerName: name, isUsing: true, isHidden: false })
    }
    const isJoined = (name: string): boolean => term.using.has(name) || next.has(name)
    const { source, exported } = term
    if (source === null) {
      for (const column of exported) {
        columns.push({ ...column, isHidden: column.isHidden || isJoined(column.innerName) })
      }
      continue
    }
    for (const column of termStar(term, null)) {
      const innerName = foldName(column.name)
      columns.push({ ...column, innerName, isUsing: false, isHidden: isJoined(innerName) })
    }
  }
  const names = uniqueNames(columns.map(({ name }) => name))
  const shown = new Map<ScopeSource, string[]>()
  columns.forEach(({ source, place, isUsing }, i) => {
    if (isUsing) return
    const list = shown.get(source) ?? []
    list[place] = names[i]!
    shown.set(source, list)
  })
  for (const [source, list] of shown) source.shownNames = list
  return columns.map((column, i) => ({ ...column, name: names[i]! }))
}

const noNames: ReadonlySet<string> = new Set()
