/** Recursive common tables that end: counted ones, and walks over the rows of a table. */
import { leaf, value } from './expression.ts'
import { columnsOf } from './from.ts'
import { literal } from './values.ts'
import { columnOf, type Kind, type Source, type Writer } from './writer.ts'

export function recursiveTable(
  w: Writer,
  name: string,
): { readonly text: string; readonly source: Source } {
  const wanted: Kind[] = ['integer', w.random.pick(['text', 'integer', 'real'])]
  const columns = columnsOf(wanted)
  const source: Source = { name, columns, key: ['c0', 'c1'], isTable: false }
  const list = w.oneIn(8) ? '' : '(c0, c1)'
  const text = w.oneIn(2) ? counted(w, source) : walk(w, source)
  const seed =
    list === ''
      ? text.replace(/^SELECT (.*?), (.*?) (FROM|UNION)/, 'SELECT $1 AS c0, $2 AS c1 $3')
      : text
  const hint = w.random.pick(['', '', '', '', ' MATERIALIZED', ' NOT MATERIALIZED'])
  const safe = list === '' && !/ AS c0, .* AS c1 /.test(seed) ? '(c0, c1)' : list
  return { text: `${name}${safe} AS${hint} (${seed})`, source }
}

const orders = [
  '',
  '',
  '',
  ' ORDER BY 1',
  ' ORDER BY 2, 1',
  ' ORDER BY 1 DESC, 2',
  ' ORDER BY 2 DESC, 1 DESC',
]

/** Counts from one number to another; one or two steps lead on from each row. */
function counted(w: Writer, self: Source): string {
  const { name, columns } = self
  const kind = columns[1]!.kind
  const end = 2 + w.random.below(6)
  const on = (): string => {
    if (kind === 'text')
      return w.random.pick([`c1 || 'x'`, `substr(c1 || c0, 1, 6)`, 'upper(c1)', `'=' || c0`])
    if (kind === 'real') return w.random.pick(['c1 + 0.5', 'c1 * 1.5', '-c1'])
    return w.random.pick(['c1 + c0', 'c1 * 2 % 7', 'c0 % 3', 'c1'])
  }
  const seed = w.oneIn(3)
    ? `VALUES (0, ${literal(w, kind)}), (1, ${literal(w, kind)})`
    : `SELECT ${w.random.pick(['0', '1', '-1'])}, ${literal(w, kind)}`
  const all = w.random.pick([' UNION ALL', ' UNION ALL', ' UNION'])
  const step = `SELECT c0 + 1, ${on()} FROM ${name} WHERE c0 < ${end}`
  const second = w.oneIn(4) ? `${all} SELECT c0 + 2, ${on()} FROM ${name} WHERE c0 < ${end}` : ''
  const order = w.random.pick(orders)
  // Without an order rows come in that of the queue, whichever step has made them.
  const limit =
    w.oneIn(4) && (second === '' || order !== '')
      ? ` LIMIT ${w.random.pick(['3', '5', '1', '0', '20', '3 OFFSET 2'])}`
      : ''
  return `${seed}${all} ${step}${second}${order}${limit}`
}

/** From a row of a table to others, three steps at most, or until nothing new is found. */
function walk(w: Writer, self: Source): string {
  const { name, columns } = self
  const kind = columns[1]!.kind
  const table = w.random.pick(w.tables.filter((one) => one.isTable))
  const [first, other] = [w.alias(), w.alias()]
  const [start, next]: Source[] = [
    { ...table, name: first },
    { ...table, name: other },
  ]
  const number = columnOf(w, [start!], ['integer'])!
  const order = w.random.pick(orders)
  const join = w.random.pick(['JOIN', 'LEFT JOIN', ','])
  const link = `${columnOf(w, [next!], ['integer'])} = ${name}.c0 ${w.random.pick(['', '+ 1', '- 1'])}`
  const met = join === ',' ? ` WHERE ${link} AND` : ` ON ${link} WHERE`
  const second = w.oneIn(2) ? `${name}.c1` : value(w, [next!], kind, 2)
  if (w.oneIn(2)) {
    // UNION: there are only so many rows.
    return `SELECT ${number}, ${leaf(w, [start!], kind)} FROM ${table.name} AS ${first} UNION SELECT ${columnOf(w, [next!], ['integer'])}, ${leaf(w, [next!, self], kind)} FROM ${name} ${join === 'LEFT JOIN' ? 'JOIN' : join} ${table.name} AS ${other}${met} ${name}.c0 IS NOT NULL${order}`
  }
  return `SELECT ${number} * 0, ${leaf(w, [start!], kind)} FROM ${table.name} AS ${first} UNION ALL SELECT ${name}.c0 + 1, ${second} FROM ${name} ${join} ${table.name} AS ${other}${met} ${name}.c0 < 2${order}`
}
