/** Conditions over a scope. None of them fails. */
import { leaf, value } from './expression.ts'
import { literal, oddLiteral } from './values.ts'
import { columnOf, type Kind, type Scope, type Writer } from './writer.ts'

const comparisons = ['=', '=', '=', '<>', '<', '<=', '>', '>=', 'IS', 'IS NOT', '==', '!=']
const compared: readonly Kind[] = ['integer', 'integer', 'text', 'text', 'real', 'blob']
const patterns = ["'a%'", "'%B%'", "'_'", "'c_'", "'%'", "''", "'É%'", "'%''%'", "'_%_'", "'1%x'"]
const globs = ["'a*'", "'*[B-f]*'", "'?'", "'[^a-c]*'", "'*'", "'[]]'", "'E[a-g]'", "'[a'"]

export function condition(w: Writer, scope: Scope, depth = 0): string {
  const kind = w.random.pick(compared)
  const inner = (): string => value(w, scope, kind, depth + 1)
  const plain = (): string => leaf(w, scope, kind)
  const test = (): string => condition(w, scope, depth + 1)
  const not = w.oneIn(4) ? 'NOT ' : ''
  if (depth < 2 && w.oneIn(4)) {
    return w.either(
      () => `(${test()} AND ${test()})`,
      () => `(${test()} OR ${test()})`,
      () => `(${test()} OR ${test()} OR ${test()})`,
      () => `NOT (${test()})`,
      () =>
        `(${test()}) ${w.random.pick(['IS TRUE', 'IS FALSE', 'IS NOT TRUE', 'IS NULL', '= 1', 'IS NOT FALSE'])}`,
    )
  }
  if (depth < 2 && w.oneIn(5)) return w.nested(() => ofQuery(w, scope, kind, not, depth), test)
  return w.either(
    () => `${plain()} ${w.random.pick(comparisons)} ${literal(w, kind)}`,
    () => `${plain()} ${w.random.pick(comparisons)} ${plain()}`,
    () => `${inner()} ${w.random.pick(comparisons)} ${inner()}`,
    () => `${literal(w, kind)} ${w.random.pick(comparisons)} ${plain()}`,
    () => `${plain()} IS ${not}NULL`,
    () => `${inner()} ${w.random.pick(['ISNULL', 'NOTNULL', 'NOT NULL'])}`,
    () => `${plain()} IS ${not}DISTINCT FROM ${inner()}`,
    () => `${plain()} ${not}IN (${w.list(w.random.below(5), () => literal(w, kind)).join(', ')})`,
    () => `${plain()} ${not}IN (${literal(w, kind)}, NULL, ${inner()})`,
    () => `${plain()} ${not}BETWEEN ${literal(w, kind)} AND ${inner()}`,
    () => `${leaf(w, scope, 'text')} ${not}LIKE ${w.random.pick(patterns)}`,
    () => `${value(w, scope, 'text', 1)} ${not}LIKE '!%%' ESCAPE '!'`,
    () => `${leaf(w, scope, 'text')} ${not}GLOB ${w.random.pick(globs)}`,
    () => value(w, scope, w.random.pick(['integer', 'real', 'text']), depth + 1),
    () =>
      `(${leaf(w, scope, 'integer')}, ${leaf(w, scope, 'text')}) ${w.random.pick(['=', '<', '>=', '<>', 'IS', 'IS NOT', '>'])} (${value(w, scope, 'integer', 2)}, ${value(w, scope, 'text', 2)})`,
    () =>
      `${leaf(w, scope, 'text')} COLLATE ${w.random.pick(['NOCASE', 'RTRIM', 'BINARY'])} ${w.random.pick(comparisons)} ${w.random.pick(["'A'", "'b'", "'CD '", "'ef'"])}`,
    () => odd(w, scope),
    () => odd(w, scope),
  )
}

/** A column of a table beside a value of another class. What becomes of it depends on the column's affinity. */
function odd(w: Writer, scope: Scope): string {
  const tables = scope.filter(({ isTable }) => isTable)
  const column = columnOf(w, tables, ['integer', 'text', 'real', 'blob'])
  if (column === null) return `${literal(w, 'integer')} > ${literal(w, 'real')}`
  return w.either(
    () => `${column} ${w.random.pick(comparisons)} ${oddLiteral(w)}`,
    () => `${oddLiteral(w)} ${w.random.pick(comparisons)} ${column}`,
    () => `${column} IN (${oddLiteral(w)}, ${oddLiteral(w)}, ${oddLiteral(w)})`,
    () => `${column} BETWEEN ${oddLiteral(w)} AND ${oddLiteral(w)}`,
    () =>
      `${column} ${w.random.pick(comparisons)} ${columnOf(w, tables, ['integer', 'text', 'real'])}`,
    () =>
      `CAST(${column} AS ${w.random.pick(['TEXT', 'INTEGER', 'REAL', 'NUMERIC', 'BLOB'])}) ${w.random.pick(comparisons)} ${oddLiteral(w)}`,
    () => `+${column} = ${oddLiteral(w)}`,
    () => `${column} LIKE ${w.random.pick(patterns)}`,
  )
}

/** EXISTS, IN, comparisons with what a query delivers. */
function ofQuery(w: Writer, scope: Scope, kind: Kind, not: string, depth: number): string {
  const query = (...kinds: Kind[]): string => w.grammar.query(w, scope, kinds)
  return w.either(
    () => `${not}EXISTS (${query(kind)})`,
    () => {
      const from = w.grammar.from(w, scope, 2)
      const inner = condition(w, [...from.sources, ...scope], depth + 1)
      return `${not}EXISTS (SELECT ${w.random.pick(['1', '*', 'NULL'])} ${from.text} WHERE ${inner})`
    },
    () => `${leaf(w, scope, kind)} ${not}IN (${query(kind)})`,
    () => `${value(w, scope, kind, 2)} ${not}IN (${query(kind)})`,
    () =>
      `(${leaf(w, scope, kind)}, ${leaf(w, scope, 'integer')}) ${not}IN (${query(kind, 'integer')})`,
    () =>
      `${leaf(w, scope, kind)} ${w.random.pick(comparisons)} (SELECT max(c0) FROM (${query(kind)}))`,
    () => {
      const from = w.grammar.from(w, scope, 1)
      const order = from.sources.flatMap((s) => s.key.map((column) => `${s.name}.${column}`))
      return `(${leaf(w, scope, 'integer')}, ${leaf(w, scope, kind)}) ${w.random.pick(['=', '<', '<>', '>='])} (SELECT ${leaf(w, from.sources, 'integer')}, ${leaf(w, from.sources, kind)} ${from.text} ORDER BY ${order.join(', ')} LIMIT 1)`
    },
  )
}
