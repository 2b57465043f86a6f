/**
 * Window functions: all of them, every frame, EXCLUDE, FILTER, windows with names and windows over windows. Where an answer depends on the order of peers, the
 * window's order has none.
 */
import { condition } from './condition.ts'
import { leaf, value } from './expression.ts'
import { totalOrder, type Kind, type Scope, type Source, type Writer } from './writer.ts'

/** Windows of one query. */
export interface Windows {
  /** The WINDOW clause, or nothing. */
  readonly clause: string
  /** Names of windows whose order has no peers. */
  readonly total: readonly string[]
  /** Names of those that have only a PARTITION BY. */
  readonly partitions: readonly string[]
}

const excludes = [
  '',
  '',
  '',
  ' EXCLUDE NO OTHERS',
  ' EXCLUDE CURRENT ROW',
  ' EXCLUDE GROUP',
  ' EXCLUDE TIES',
]

function partition(w: Writer, scope: Scope): string {
  if (w.oneIn(2)) return ''
  const terms = w.list(1 + w.random.below(2), () =>
    w.oneIn(3) ? value(w, scope, 'integer', 2) : leaf(w, scope, w.random.pick(['integer', 'text'])),
  )
  return `PARTITION BY ${terms.join(', ')}`
}

const directions = ['', '', ' DESC', ' ASC', ' NULLS LAST', ' DESC NULLS FIRST', ' COLLATE NOCASE']

/** ORDER BY. */
function order(w: Writer, scope: Scope, sources: readonly Source[], isTotal: boolean): string {
  const terms = w.list(
    w.random.below(3),
    () => leaf(w, scope, w.random.pick(['integer', 'text', 'real'])) + w.random.pick(directions),
  )
  if (isTotal) {
    const key = totalOrder(sources)
    terms.push(...key.map((term) => term + (w.oneIn(4) ? ' DESC' : '')))
  }
  return terms.length === 0 ? '' : `ORDER BY ${terms.join(', ')}`
}

function offset(w: Writer): string {
  return w.random.pick(['0', '1', '1', '2', '3', '100', '1 + 1', "'1'", '2.0'])
}

/** Bounds, the first not behind the second; now and then it is, which is a mistake or an empty frame. */
function bounds(w: Writer, distance: () => string): string {
  const all = [
    () => 'UNBOUNDED PRECEDING',
    () => `${distance()} PRECEDING`,
    () => 'CURRENT ROW',
    () => `${distance()} FOLLOWING`,
    () => 'UNBOUNDED FOLLOWING',
  ]
  if (w.oneIn(4)) return w.random.pick(all.slice(0, 3))()
  const start = w.random.below(4)
  const end = Math.max(start, 1 + w.random.below(4))
  return w.oneIn(80)
    ? `BETWEEN ${all[end]!()} AND ${all[start]!()}`
    : `BETWEEN ${all[start]!()} AND ${all[end]!()}`
}

/** A window definition without its parentheses. */
function definition(
  w: Writer,
  scope: Scope,
  sources: readonly Source[],
  isTotal: boolean,
  base: string,
): string {
  const head = base === '' ? partition(w, scope) : base
  const unit = w.random.pick(isTotal ? ['ROWS', 'ROWS', 'RANGE', 'GROUPS'] : ['RANGE', 'GROUPS'])
  if (unit === 'RANGE' && w.oneIn(2)) {
    // Distances are of the one term of the order; an order by one number alone may have peers.
    const term = isTotal && totalOrder(sources).length === 1 ? totalOrder(sources)[0]! : null
    if (term !== null || !isTotal) {
      const by = term ?? leaf(w, scope, w.random.pick(['integer', 'real']))
      const distance = (): string =>
        w.random.pick(['0', '1', '2', '0.5', '1.5', '7', '1000', offset(w)])
      return `${head} ORDER BY ${by}${w.random.pick(['', ' DESC', ' NULLS LAST', ' DESC NULLS FIRST'])} RANGE ${bounds(w, distance)}${w.random.pick(excludes)}`
    }
  }
  const by = order(w, scope, sources, isTotal)
  if (w.oneIn(3)) return `${head} ${by}`
  if (unit === 'RANGE') {
    const ends = w.random.pick([
      'UNBOUNDED PRECEDING',
      'CURRENT ROW',
      'BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW',
      'BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING',
      'BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING',
      'BETWEEN CURRENT ROW AND CURRENT ROW',
    ])
    return `${head} ${by} RANGE ${ends}${w.random.pick(excludes)}`
  }
  // Without an order GROUPS is a mistake.
  const safe =
    unit === 'GROUPS' && by === '' && !w.oneIn(20) ? `ORDER BY ${leaf(w, scope, 'integer')}` : by
  return `${head} ${safe} ${unit} ${bounds(w, () => offset(w))}${w.random.pick(excludes)}`
}

export function windows(w: Writer, scope: Scope, sources: readonly Source[]): Windows {
  if (w.oneIn(2)) return { clause: '', total: [], partitions: [] }
  const clauses: string[] = []
  const total: string[] = []
  const partitions: string[] = []
  if (w.oneIn(2)) {
    clauses.push(`w0 AS (${partition(w, scope)})`)
    partitions.push('w0')
  }
  const count = 1 + w.random.below(2)
  for (let i = 1; i <= count; i++) {
    const base = w.oneIn(2) ? (partitions[0] ?? '') : ''
    clauses.push(`w${i} AS (${definition(w, scope, sources, true, base)})`)
    total.push(`w${i}`)
  }
  return { clause: ` WINDOW ${clauses.join(', ')}`, total, partitions }
}

/** OVER and what follows. */
function over(
  w: Writer,
  scope: Scope,
  sources: readonly Source[],
  isTotal: boolean,
  known: Windows,
): string {
  if (known.total.length > 0 && w.oneIn(3)) return `OVER ${w.random.pick(known.total)}`
  const base = known.partitions.length > 0 && w.oneIn(2) ? w.random.pick(known.partitions) : ''
  return `OVER (${definition(w, scope, sources, isTotal || w.oneIn(2), base)})`
}

/** A call of a window function. */
export function windowCall(
  w: Writer,
  scope: Scope,
  sources: readonly Source[],
  kind: Kind,
  known: Windows,
): string {
  const total = (call: string): string => `${call} ${over(w, scope, sources, true, known)}`
  const loose = (call: string): string => {
    const filter = w.oneIn(5) ? ` FILTER (WHERE ${condition(w, scope, 2)})` : ''
    return `${call}${filter} ${over(w, scope, sources, false, known)}`
  }
  const ordered = (call: string): string => {
    const filter = w.oneIn(5) ? ` FILTER (WHERE ${condition(w, scope, 2)})` : ''
    return `${call}${filter} ${over(w, scope, sources, true, known)}`
  }
  const inner = (of: Kind = kind): string =>
    w.oneIn(2) ? leaf(w, scope, of) : value(w, scope, of, 1)
  const passing = [
    () => total(`lag(${inner()})`),
    () =>
      total(
        `lead(${inner()}, ${w.random.pick(['1', '2', '0', leaf(w, scope, 'integer').replace(/^-/, '')])})`,
      ),
    () => total(`lag(${inner()}, ${w.random.pick(['1', '2', '0', '3'])}, ${inner()})`),
    () => total(`first_value(${inner()})`),
    () => total(`last_value(${inner()})`),
    () => total(`nth_value(${inner()}, ${w.random.pick(['1', '2', '3', '100'])})`),
    () => loose(`max(${inner()})`),
    () => loose(`min(${inner()})`),
  ]
  switch (kind) {
    case 'integer':
      return w.either(
        ...passing,
        () => total('row_number()'),
        () => `rank() ${over(w, scope, sources, false, known)}`,
        () => `dense_rank() ${over(w, scope, sources, false, known)}`,
        () => total('rank()'),
        () => total('dense_rank()'),
        () => total(`ntile(${w.random.pick(['1', '2', '3', '7', '100'])})`),
        () => loose('count(*)'),
        () => loose(`count(${inner(w.random.pick(['text', 'integer', 'blob']))})`),
        () => loose(`sum(${inner('integer')})`),
      )
    case 'real':
      return w.either(
        ...passing,
        () => `(${total('percent_rank()')} + 0.0625)`,
        () => `(${total('cume_dist()')} + 0.0625)`,
        () => `(${ordered(`sum(${inner('real')} * 0.1)`)} + 0.0625)`,
        () => `(${ordered(`avg(${inner('real')} * 1e3)`)} + 0.0625)`,
        () => `(${ordered(`total(${inner('integer')})`)} + 0.0625)`,
        () => `(${loose(`avg(${inner('integer')})`)} + 0.0625)`,
        () => `(${loose(`sum(${inner('real')})`)} + 0.0625)`,
      )
    case 'text':
      return w.either(
        ...passing,
        // Nothing but empty texts is a NUL in SQLite. (COMPATIBILITY)
        () =>
          ordered(
            `group_concat(${inner('integer')}, ${w.random.pick(["'-'", "''", inner('text')])})`,
          ),
        () => ordered(`group_concat(${inner('text')} || '.')`),
        () => ordered(`string_agg('.' || ${inner('text')}, '|')`),
      )
    case 'json':
      return w.either(
        ...passing,
        () => ordered(`json_group_array(${inner('integer')})`),
        () => ordered(`json_group_object(${inner('text')}, ${inner('integer')})`),
      )
    case 'blob':
      return w.either(...passing)
  }
}
