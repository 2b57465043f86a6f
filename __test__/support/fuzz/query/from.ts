/** FROM: tables, views, derived and common tables, table-valued functions, and joins of every kind between them. */
import { condition } from './condition.ts'
import { leaf } from './expression.ts'
import { tableFunction } from './table-function.ts'
import { literal } from './values.ts'
import {
  kinds,
  type Column,
  type From,
  type Kind,
  type Scope,
  type Source,
  type Writer,
} from './writer.ts'

interface Item {
  readonly text: string
  readonly sources: readonly Source[]
}

/** One to `most` sources, joined. */
export function from(w: Writer, scope: Scope, most: number): From {
  let item = w.oneIn(10) && most > 2 ? named(w) : single(w, scope, scope)
  for (let count = w.random.below(most); count > 0; count--) item = joined(w, scope, item)
  return { text: `FROM ${item.text}`, sources: item.sources }
}

function joined(w: Writer, scope: Scope, left: Item): Item {
  const inParentheses = w.oneIn(8)
  const right = inParentheses ? nestedJoin(w, scope) : single(w, scope, [...left.sources, ...scope])
  const sources = [...left.sources, ...right.sources]
  if (w.oneIn(10)) return { text: `${left.text}, ${right.text}`, sources }
  if (w.oneIn(16)) return { text: `${left.text} CROSS JOIN ${right.text}`, sources }
  const verb = w.random.pick([
    'JOIN',
    'JOIN',
    'INNER JOIN',
    'LEFT JOIN',
    'LEFT JOIN',
    'LEFT OUTER JOIN',
    'RIGHT JOIN',
    'FULL JOIN',
  ])
  const safe =
    /json|pragma/.test(right.text) && w.oneIn(2) ? verb.replace(/RIGHT|FULL/, 'LEFT') : verb
  return {
    text: `${left.text} ${safe} ${right.text} ON ${on(w, left.sources, right.sources, scope)}`,
    sources,
  }
}

function nestedJoin(w: Writer, scope: Scope): Item {
  const left = single(w, scope, scope)
  const right = single(w, scope, scope)
  const verb = w.random.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])
  return {
    text: `(${left.text} ${verb} ${right.text} ON ${on(w, left.sources, right.sources, scope)})`,
    sources: [...left.sources, ...right.sources],
  }
}

/** A condition of a join: an equality of columns mostly. */
function on(w: Writer, left: Scope, right: Scope, scope: Scope): string {
  const kind: Kind = w.random.pick(kinds)
  const equality = `${leaf(w, left, kind)} ${w.random.pick(['=', '=', '=', 'IS', '<', '>='])} ${leaf(w, right, kind)}`
  if (w.oneIn(3)) return `${equality} AND ${condition(w, [...left, ...right], 2)}`
  if (w.oneIn(12)) return withoutBareTerms(condition(w, [...left, ...right, ...scope], 1))
  return equality
}

/**
 * A column that alone is a term, and belongs to a query around it that has windows, is no term of the outer join any more to SQLite.
 * (COMPATIBILITY)
 */
function withoutBareTerms(on: string): string {
  return on.replaceAll(/(^|\(|AND )(q\d+\.\w+)(?= AND|\)|$)/g, '$1+$2')
}

/** NATURAL and USING: the columns that are joined by have one name, and are named without their table. */
function named(w: Writer): Item {
  const tables = w.tables.filter(({ isTable }) => isTable)
  const [first, second] = [w.random.pick(tables), w.random.pick(tables)]
  const [left, right] = [w.alias(), w.alias()]
  const names = first.columns.filter((column) =>
    second.columns.some(({ name }) => name === column.name),
  )
  const verb = w.random.pick(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN', 'FULL OUTER JOIN'])
  const isNatural = w.oneIn(3) || names.length === 0
  const some = names.filter(() => w.oneIn(2))
  const columns = some.length > 0 ? some : names.slice(0, 1)
  const joint = isNatural ? '' : ` USING (${columns.map(({ name }) => name).join(', ')})`
  return {
    text: `${first.name} AS ${left} ${isNatural ? 'NATURAL ' : ''}${verb} ${second.name} AS ${right}${joint}`,
    sources: [aliased(first, left), aliased(second, right)],
  }
}

function aliased(source: Source, name: string): Source {
  return { ...source, name }
}

/** `inSight`: what a table-valued function may name in its arguments. */
function single(w: Writer, scope: Scope, inSight: Scope): Item {
  const kind = w.random.below(16)
  if (kind === 0) {
    const found = tableFunction(w, inSight)
    return { text: found.text, sources: [found.source] }
  }
  if (kind < 4) {
    let item: Item | null = null
    w.nested(
      () => {
        item = derived(w, scope)
        return ''
      },
      () => '',
    )
    return item ?? table(w)
  }
  if (kind === 4 && w.common.length > 0) {
    const common = w.random.pick(w.common)
    const name = w.alias()
    return { text: `${common.name} AS ${name}`, sources: [aliased(common, name)] }
  }
  // In a subquery SQLite may go on with NULL for a constant beside it, once LEFT JOIN has found no row. (COMPATIBILITY)
  if (kind === 5 && w.innerQueries === 0) return values(w)
  return table(w)
}

function table(w: Writer): Item {
  const source = w.random.pick(w.tables)
  const name = w.alias()
  return { text: `${source.name} AS ${name}`, sources: [aliased(source, name)] }
}

/** Columns `c0`, `c1` … of a query. */
export function columnsOf(wanted: readonly Kind[]): Column[] {
  return wanted.map((kind, place) => ({ name: `c${place}`, kind }))
}

/** A query in FROM. It names nothing of its neighbours. */
function derived(w: Writer, scope: Scope): Item {
  const wanted = w.list(1 + w.random.below(3), () => w.random.pick(kinds))
  const name = w.alias()
  const columns = columnsOf(wanted)
  const key = columns.map((column) => column.name)
  const text = `(${w.grammar.query(w, scope, wanted)}) AS ${name}`
  return { text, sources: [{ name, columns, key, isTable: false }] }
}

function values(w: Writer): Item {
  const wanted: Kind[] = w.list(1 + w.random.below(2), () => w.random.pick(kinds))
  const rows = w.list(1 + w.random.below(4), () => {
    const row = wanted.map((kind) => (w.oneIn(8) ? 'NULL' : literal(w, kind)))
    return `(${row.join(', ')})`
  })
  const name = w.alias()
  const columns = wanted.map((kind, place) => ({ name: `column${place + 1}`, kind }))
  const key = columns.map((column) => column.name)
  const text = `(VALUES ${rows.join(', ')}) AS ${name}`
  return { text, sources: [{ name, columns, key, isTable: false }] }
}
