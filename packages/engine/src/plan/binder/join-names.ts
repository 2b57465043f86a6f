/**
 * Names in a FROM clause with RIGHT or FULL JOIN. A name that USING or NATURAL joins by means the left column of an inner or LEFT JOIN, the
 * right one of a RIGHT JOIN, and of a FULL JOIN the first of both that is not NULL. (`lookupName`, `sqlite3ProcessJoin`, `selectExpander`)
 *
 * A join in parentheses is to SQLite a query of its own, of all columns of all its terms: before those of a term come the columns that the
 * next one is joined by, and these alone are seen by a star.
 */
import { sqlError } from '../../base/error.ts'
import { foldName } from '../../schema/index.ts'
import type { FromClause } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import { columnOf, type JoinTerm, type ScopeSource } from '../scope.ts'
import type { Binder } from './binder.ts'

/** Whether there is a RIGHT or FULL JOIN in a FROM clause, parentheses included. */
export function hasRightJoin({ first, joins }: FromClause): boolean {
  if (first.kind === 'nested' && hasRightJoin(first.from)) return true
  return joins.some(
    ({ operator, right }) =>
      operator === 'right' ||
      operator === 'full' ||
      (right.kind === 'nested' && hasRightJoin(right.from)),
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
    for (const candidate of columnsOf(b, term, name)) {
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
function columnsOf(b: Binder, term: JoinTerm, name: string): readonly BoundExpression[] {
  const { source, inner } = term
  if (source !== null) {
    const place = source.places.get(name)
    return place === undefined ? [] : [columnOf(source, place)]
  }
  const columns: BoundExpression[] = []
  for (const [i, one] of inner.entries()) {
    if (inner[i + 1]?.using.has(name) === true) {
      columns.push(expectColumn(b, inner, name))
      break
    }
    columns.push(...columnsOf(b, one, name))
  }
  return columns
}

function expectColumn(b: Binder, terms: readonly JoinTerm[], name: string): BoundExpression {
  const column = joinedColumn(b, terms, name)
  if (column === null || column === 'ambiguous') throw sqlError(`ambiguous column name: ${name}`)
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
  const right = columnsOf(b, terms.at(-1)!, name)[0]!
  const columns: BoundExpression[] = []
  for (const term of terms.slice(0, -1)) {
    const column = columnsOf(b, term, name)[0]
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
}

/** What `*` shows; `only`: `t.*`, of the sources that are called so. */
export function starColumns(
  b: Binder,
  terms: readonly JoinTerm[],
  only: ReadonlySet<ScopeSource> | null,
): readonly StarColumn[] {
  const result: StarColumn[] = []
  for (const [i, term] of terms.entries()) {
    for (const column of termStar(b, term, only)) {
      const name = foldName(column.source.columns[column.place]!.name)
      if (only === null && i > 0 && term.using.has(name)) continue
      const isJoined = isBeforeRight(terms, i) && terms.slice(i + 1).some((t) => t.using.has(name))
      const bound = isJoined ? expectColumn(b, terms, name) : column.bound
      result.push({ ...column, bound })
    }
  }
  return result
}

/** Whether a RIGHT or FULL JOIN stands behind a term. */
function isBeforeRight(terms: readonly JoinTerm[], place: number): boolean {
  return terms.slice(place + 1).some(({ type }) => type === 'right' || type === 'full')
}

function termStar(
  b: Binder,
  { source, inner }: JoinTerm,
  only: ReadonlySet<ScopeSource> | null,
): readonly StarColumn[] {
  const result: StarColumn[] = []
  if (source !== null) {
    if (only !== null && !only.has(source)) return []
    source.columns.forEach((_, place) => {
      result.push({ source, place, bound: columnOf(source, place) })
    })
    return result
  }
  for (const [i, term] of inner.entries()) {
    const next = inner[i + 1]?.using ?? noNames
    const columns = termStar(b, term, only)
    const nameOf = ({ source: s, place }: StarColumn): string => foldName(s.columns[place]!.name)
    if (only === null) {
      // Each of them once, in the order of USING, before all that the term has.
      for (const name of next) {
        const shown = inner.flatMap((t) => termStar(b, t, null)).find((c) => nameOf(c) === name)!
        result.push({ ...shown, bound: expectColumn(b, inner, name) })
      }
    }
    for (const column of columns) {
      const name = nameOf(column)
      if (only === null && (term.using.has(name) || next.has(name))) continue
      result.push(column)
    }
  }
  return result
}

const noNames: ReadonlySet<string> = new Set()
