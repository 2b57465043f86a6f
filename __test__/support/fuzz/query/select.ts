/** SELECT: plain, DISTINCT, grouped, over windows; VALUES, compounds and common tables. */
import { aggregate } from './aggregate.ts'
import { condition } from './condition.ts'
import { leaf, value } from './expression.ts'
import { columnsOf, from } from './from.ts'
import { recursiveTable } from './recursive.ts'
import { literal } from './values.ts'
import { windowCall, windows } from './window.ts'
import {
  kinds as allKinds,
  totalOrder,
  type Grammar,
  type Kind,
  type Scope,
  type Source,
  type Writer,
} from './writer.ts'

export const grammar: Grammar = { query, from }

/** A SELECT before its ORDER BY. */
interface Core {
  readonly text: string
  /** Terms that tell its rows apart, and may stand in its ORDER BY; null: only its columns may. */
  readonly order: readonly string[] | null
  readonly scope: Scope
}

/** A number in GROUP BY or ORDER BY would be the place of a column. */
export const notNumber = (text: string): string => (/^[-+]?\d+$/.test(text) ? `${text} + 0` : text)

const named = (results: readonly string[]): string =>
  results.map((text, place) => `${text} AS c${place}`).join(', ')

function whereOf(w: Writer, scope: Scope): string {
  if (w.oneIn(3)) return ''
  const terms = w.list(1 + w.random.below(3), () => condition(w, scope, w.random.below(3)))
  return ` WHERE ${terms.map((term) => (/ OR /.test(term) ? `(${term})` : term)).join(' AND ')}`
}

function plain(w: Writer, scope: Scope, wanted: readonly Kind[], most: number): Core {
  const { text, sources } = from(w, scope, most)
  const inner = [...sources, ...scope]
  const results = wanted.map((kind) => value(w, inner, kind, w.random.below(3)))
  return {
    text: `SELECT ${named(results)} ${text}${whereOf(w, inner)}`,
    order: totalOrder(sources),
    scope: sources,
  }
}

/** What a star means goes by the join. */
function star(w: Writer): Core {
  const { text, sources } = from(w, [], 3)
  const results = w.either(
    () => '*',
    () => sources.map(({ name }) => `${name}.*`).join(', '),
    () => `*, ${value(w, sources, 'integer')}`,
  )
  return {
    text: `SELECT ${results} ${text}${whereOf(w, sources)}`,
    order: totalOrder(sources),
    scope: sources,
  }
}

function distinct(w: Writer, scope: Scope, wanted: readonly Kind[], most: number): Core {
  const core = plain(w, scope, wanted, most)
  return { text: core.text.replace('SELECT', 'SELECT DISTINCT'), order: null, scope: [] }
}

function grouped(w: Writer, scope: Scope, wanted: readonly Kind[], most: number): Core {
  const { text, sources } = from(w, scope, most)
  const inner = [...sources, ...scope]
  const count = w.random.below(wanted.length + 1)
  const keys = wanted.slice(0, count).map((kind) => value(w, sources, kind, 1 + w.random.below(2)))
  const isWhole = keys.length === 0 && w.oneIn(2)
  const extra =
    keys.length === 0 && !isWhole ? [notNumber(leaf(w, sources, w.random.pick(allKinds)))] : []
  const results = wanted.map((kind, place) =>
    place < count ? keys[place]! : aggregateResult(w, sources, sources, kind),
  )
  const terms = [
    ...keys.map((key, place) => (w.oneIn(4) ? String(place + 1) : notNumber(key))),
    ...extra,
  ]
  const by = isWhole || terms.length === 0 ? '' : ` GROUP BY ${terms.join(', ')}`
  const having = w.oneIn(3)
    ? ` HAVING ${aggregate(w, sources, sources, 'integer')} ${w.random.pick(['>', '<=', 'IS NOT', '='])} ${literal(w, 'integer')}`
    : ''
  return {
    text: `SELECT ${named(results)} ${text}${whereOf(w, inner)}${by}${having}`,
    order: null,
    scope: [],
  }
}

function aggregateResult(w: Writer, scope: Scope, sources: readonly Source[], kind: Kind): string {
  const call = (): string => aggregate(w, scope, sources, kind)
  return w.either(
    call,
    call,
    call,
    () => `coalesce(${call()}, ${literal(w, kind)})`,
    () =>
      `CASE WHEN ${aggregate(w, scope, sources, 'integer')} > ${literal(w, 'integer')} THEN ${call()} END`,
  )
}

function windowed(w: Writer, scope: Scope, wanted: readonly Kind[], most: number): Core {
  const { text, sources } = from(w, scope, most)
  const inner = [...sources, ...scope]
  const known = windows(w, sources, sources)
  const results = wanted.map((kind) =>
    w.oneIn(4) ? value(w, inner, kind, 1) : windowCall(w, sources, sources, kind, known),
  )
  return {
    text: `SELECT ${named(results)} ${text}${whereOf(w, inner)}${known.clause}`,
    order: w.oneIn(2) ? totalOrder(sources) : null,
    scope: sources,
  }
}

/** Windows over groups: what is named is a key or an aggregate. */
function windowedGroups(w: Writer, scope: Scope, wanted: readonly Kind[], most: number): Core {
  const { text, sources } = from(w, scope, most)
  const inner = [...sources, ...scope]
  const keys = w.list(1 + w.random.below(2), () =>
    notNumber(leaf(w, sources, w.random.pick(['integer', 'text']))),
  )
  const call = (kind: Kind): string => aggregate(w, sources, sources, kind)
  const by = keys.map((key) => key + w.random.pick(['', ' DESC'])).join(', ')
  const frame = w.random.pick([
    '',
    ' ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING',
    ' GROUPS 1 PRECEDING',
  ])
  const results = wanted.map((kind) =>
    w.either(
      () => call(kind),
      () => `max(${call(kind)}) OVER (ORDER BY ${by}${frame})`,
      () => (kind === 'integer' ? `sum(count(*)) OVER (ORDER BY ${by}${frame})` : call(kind)),
      () =>
        kind === 'integer' ? `row_number() OVER (ORDER BY ${call('integer')}, ${by})` : call(kind),
      () => `first_value(${call(kind)}) OVER (PARTITION BY ${keys[0]!} ORDER BY ${by})`,
    ),
  )
  return {
    text: `SELECT ${named(results)} ${text}${whereOf(w, inner)} GROUP BY ${keys.join(', ')}`,
    order: null,
    scope: [],
  }
}

function core(w: Writer, scope: Scope, wanted: readonly Kind[], most: number): Core {
  const kind = w.random.below(12)
  if (kind < 5) return plain(w, scope, wanted, most)
  if (kind === 5) return distinct(w, scope, wanted, most)
  if (kind < 8) return grouped(w, scope, wanted, most)
  if (kind === 8) return windowedGroups(w, scope, wanted, most)
  if (kind < 11) return windowed(w, scope, wanted, most)
  const rows = w.list(
    1 + w.random.below(3),
    () => `SELECT ${named(wanted.map((one) => literal(w, one)))}`,
  )
  return { text: rows.join(' UNION ALL '), order: null, scope: [] }
}

const operators = ['UNION ALL', 'UNION ALL', 'UNION', 'INTERSECT', 'EXCEPT']

function compound(w: Writer, scope: Scope, wanted: readonly Kind[], most: number): Core {
  const arm = (): string => core(w, scope, wanted, Math.max(1, most - 1)).text
  let text = arm()
  for (let count = 1 + w.random.below(2); count > 0; count--) {
    text += ` ${w.random.pick(operators)} ${arm()}`
  }
  return { text, order: null, scope: [] }
}

const suffixes = ['', '', '', ' DESC', ' ASC', ' NULLS LAST', ' DESC NULLS FIRST']

/** ORDER BY that leaves no two rows that differ in either order, with what a LIMIT may then cut off. */
function ordered(w: Writer, made: Core, wanted: readonly Kind[]): string {
  const byColumns = wanted.map((_, place) => String(place + 1))
  const shuffled = byColumns.sort(() => w.random.next() - 0.5)
  const first =
    made.order === null
      ? []
      : w
          .list(w.random.below(3), () => value(w, made.scope, w.random.pick(allKinds), 2))
          .filter((text) => !/^[-'(]?[\d.]+\)?$|^x?'/.test(text))
  const rest = made.order ?? shuffled
  const terms = [...first, ...rest].map((term) => term + w.random.pick(suffixes))
  return `${made.text} ORDER BY ${terms.join(', ')}`
}

function limitOf(w: Writer): string {
  const count = (): string =>
    w.random.pick(['0', '1', '2', '3', '5', '10', '-1', '1 + 1', "'2'", '2.0', 'abs(-3)'])
  return w.either(
    () => ` LIMIT ${count()}`,
    () => ` LIMIT ${count()}`,
    () => ` LIMIT ${count()} OFFSET ${count()}`,
    () => ` LIMIT ${count()}, ${count()}`,
  )
}

/** A query inside another one. */
function query(w: Writer, scope: Scope, wanted: readonly Kind[]): string {
  w.innerQueries++
  const made = w.oneIn(5) ? compound(w, scope, wanted, 2) : core(w, scope, wanted, 2)
  const isOrdered = w.oneIn(4)
  const text = isOrdered ? ordered(w, made, wanted) + (w.oneIn(2) ? limitOf(w) : '') : made.text
  w.innerQueries--
  return text
}

/** WITH: tables that what follows may name. */
function commonTables(w: Writer): string {
  const tables: string[] = []
  let isRecursive = w.oneIn(6)
  for (let count = 1 + w.random.below(2); count > 0; count--) {
    const name = `k${w.alias()}`
    if (w.oneIn(2)) {
      const { text, source } = recursiveTable(w, name)
      isRecursive = true
      tables.push(text)
      w.common = [...w.common, source]
      continue
    }
    const wanted = w.list(1 + w.random.below(3), () => w.random.pick(allKinds))
    const columns = columnsOf(wanted)
    const list = w.oneIn(2) ? `(${columns.map((one) => one.name).join(', ')})` : ''
    const hint = w.random.pick(['', '', '', ' MATERIALIZED', ' NOT MATERIALIZED'])
    tables.push(`${name}${list} AS${hint} (${query(w, [], wanted)})`)
    const key = columns.map((one) => one.name)
    w.common = [...w.common, { name, columns, key, isTable: false }]
  }
  return `WITH ${isRecursive ? 'RECURSIVE ' : ''}${tables.join(', ')} `
}

/** A query by itself. Ends with how its rows are to be compared (`comparison.ts`). */
export function question(w: Writer): string {
  const wanted = w.list(1 + w.random.below(4), () =>
    w.oneIn(10) ? 'json' : w.random.pick(allKinds),
  )
  const head = w.oneIn(4) ? commonTables(w) : ''
  const isCompound = w.oneIn(5)
  const made = isCompound
    ? compound(w, [], wanted, 3)
    : w.oneIn(10)
      ? star(w)
      : core(w, [], wanted, 3)
  w.common = []
  if (w.oneIn(2)) return `${head}${made.text} /* rows */`
  return `${head}${ordered(w, made, wanted)}${w.oneIn(3) ? limitOf(w) : ''} /* order */`
}

/** A query for a view, with names for its columns. */
export function viewQuery(w: Writer, wanted: readonly Kind[]): string {
  w.isStored = true
  w.innerQueries++
  const head = w.oneIn(4) ? commonTables(w) : ''
  const text = head + (w.oneIn(4) ? compound(w, [], wanted, 2) : core(w, [], wanted, 2)).text
  w.common = []
  return text
}
