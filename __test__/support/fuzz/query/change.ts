/**
 * Statements that change the tables of a round of queries, by values that queries find: INSERT … SELECT, UPSERT, UPDATE and DELETE by subqueries,
 * UPDATE … FROM joins, common tables in front, RETURNING. Changes that meet a UNIQUE constraint ignore it or replace, one row at a time.
 */
import { inTwoWays } from './comparison.ts'
import { condition } from './condition.ts'
import { leaf, value } from './expression.ts'
import { columnsOf } from './from.ts'
import { grammar, notNumber } from './select.ts'
import { randomRow, type QueryTable } from './tables.ts'
import { literal } from './values.ts'
import type { Random } from '../../random.ts'
import { kinds, totalOrder, Writer, type Column, type Source } from './writer.ts'

/** The table by the name that its columns are qualified with. */
function plainly(table: QueryTable): Source {
  return { ...table, name: table.name.split('.').at(-1)! }
}

/** RETURNING, which sees one row. */
function returning(w: Writer, table: QueryTable): string {
  if (!w.oneIn(3)) return ''
  const self = [plainly(table)]
  const results = w.list(1 + w.random.below(3), () =>
    w.either(
      () => '*',
      () => leaf(w, self, w.random.pick(kinds)),
      () => `${returned(w, self)} AS k`,
      () => (table.hasRowid ? 'rowid' : 'n'),
      () => `(SELECT count(*) FROM sqlite_schema WHERE name = ${w.random.pick(["'t'", "'none'"])})`,
    ),
  )
  return ` RETURNING ${results.join(', ')}`
}

/**
 * An expression of RETURNING. What is joined in it SQLite may have read once, for the first row, before others were changed. (COMPATIBILITY)
 */
function returned(w: Writer, self: readonly Source[]): string {
  const kind = w.random.pick(kinds)
  const text = value(w, self, kind, 2)
  return /\bJOIN\b|AS q\d+,|\bv[01]\b/.test(text) ? leaf(w, self, kind) : text
}

const isKey = (table: QueryTable, { name }: Column): boolean =>
  name === 'id' || table.declared.includes(name) || table.unique.includes(name)

/** Columns that may be set without another row being in the way. */
function settable(table: QueryTable): readonly Column[] {
  return table.given.filter((column) => !isKey(table, column))
}

function insert(w: Writer, table: QueryTable): string {
  const names = table.given.map(({ name }) => name).join(', ')
  const verb = w.random.pick([
    'INSERT',
    'INSERT OR IGNORE',
    'INSERT OR REPLACE',
    'REPLACE',
    'INSERT OR FAIL',
    'INSERT OR ABORT',
  ])
  if (w.oneIn(3)) {
    const rows = w.list(1 + w.random.below(3), () => randomRow(w, table))
    return `${verb} INTO ${table.name}(${names}) VALUES ${rows.join(', ')}${upsert(w, table)}${returning(w, table)}`
  }
  const wanted = table.given.map(({ kind }) => kind)
  const columns = columnsOf(wanted)
  const order = columns.map((column) => column.name).join(', ')
  const results = table.given.map((column, place) =>
    column.name === 'id'
      ? 'NULL'
      : table.declared.includes(column.name)
        ? `coalesce(c${place}, ${literal(w, column.kind)})`
        : `c${place}`,
  )
  const from = `(${grammar.query(w, [], wanted)})`
  return `${verb} INTO ${table.name}(${names}) SELECT ${results.join(', ')} FROM ${from} WHERE true ORDER BY ${order} LIMIT ${1 + w.random.below(3)}${upsert(w, table)}${returning(w, table)}`
}

/** What ON CONFLICT may name: the key, and anything at all at the end. */
function upsert(w: Writer, table: QueryTable): string {
  if (!w.oneIn(3)) return ''
  const set = w.random.pick(settable(table))
  if (set === undefined) return ' ON CONFLICT DO NOTHING'
  const self: Source[] = [plainly(table), { ...table, columns: table.given, name: 'excluded' }]
  const action = (): string =>
    w.either(
      () => 'DO NOTHING',
      () =>
        `DO UPDATE SET ${set.name} = ${w.oneIn(2) ? `excluded.${set.name}` : value(w, self, set.kind, 1)}${w.oneIn(3) ? ` WHERE ${condition(w, self, 1)}` : ''}`,
    )
  const key = table.given[0]?.name === 'id' ? 'id' : table.declared.join(', ')
  const first = key === '' ? '' : ` ON CONFLICT (${key}) ${action()}`
  return `${first}${first === '' || w.oneIn(2) ? ` ON CONFLICT ${action()}` : ''}`
}

function sets(w: Writer, table: QueryTable, scope: readonly Source[]): string {
  const columns = settable(table)
  if (columns.length === 0) return 'n = n'
  const chosen = [...new Set([w.random.pick(columns), w.random.pick(columns)])]
  if (chosen.length === 2 && w.oneIn(4)) {
    const [first, second] = chosen as [Column, Column]
    return `(${first.name}, ${second.name}) = ${w.either(
      () => `(${value(w, scope, first.kind, 1)}, ${value(w, scope, second.kind, 1)})`,
      () => {
        const from = grammar.from(w, scope, 1)
        const inner = [...from.sources, ...scope]
        return `(SELECT ${value(w, inner, first.kind, 2)}, ${value(w, inner, second.kind, 2)} ${from.text} ORDER BY ${totalOrder(from.sources).join(', ')} LIMIT 1)`
      },
    )}`
  }
  return chosen
    .map(({ name, kind }) => `${name} = ${value(w, scope, kind, w.random.below(2))}`)
    .join(', ')
}

function update(w: Writer, table: QueryTable): string {
  const self = plainly(table)
  const verb = `UPDATE${w.random.pick(['', '', ' OR IGNORE', ' OR REPLACE', ' OR FAIL'])} ${table.name}`
  if (w.oneIn(3)) {
    // One row of FROM at most for each of the table: which of several counts depends on how they are found.
    const other = w.random.pick(w.tables)
    const kind = w.random.pick(kinds)
    const name = w.alias()
    const column = leaf(w, [{ ...other, name }], kind)
    const grouped = `(SELECT ${column} AS c0, count(*) AS c1, max(${leaf(w, [{ ...other, name }], 'text')}) AS c2 FROM ${other.name} AS ${name} GROUP BY 1) AS f`
    const found: Source = {
      name: 'f',
      columns: [
        { name: 'c0', kind },
        { name: 'c1', kind: 'integer' },
        { name: 'c2', kind: 'text' },
      ],
      key: ['c0'],
      isTable: false,
    }
    return `${verb} SET ${sets(w, table, [found, self])} FROM ${grouped} WHERE f.c0 = ${leaf(w, [self], kind)}${w.oneIn(2) ? ` AND ${condition(w, [self, found], 1)}` : ''}${returning(w, table)}`
  }
  return `${verb} SET ${sets(w, table, [self])}${w.oneIn(5) ? '' : ` WHERE ${condition(w, [self])}`}${returning(w, table)}`
}

function remove(w: Writer, table: QueryTable): string {
  const self = [plainly(table)]
  // A few rows, so that there is something left to ask.
  const few = table.hasRowid ? `rowid % 3 = ${w.random.below(3)}` : `n % 3 = ${w.random.below(3)}`
  return `DELETE FROM ${table.name} WHERE ${few} AND ${condition(w, self)}${returning(w, table)}`
}

/** UPDATE and DELETE with LIMIT: so many rows in an order that is total. */
function limited(w: Writer, table: QueryTable): string {
  const self = plainly(table)
  // One value: SQLite 3.53 misses rows of `(a, b) IN (SELECT …)`. (COMPATIBILITY)
  const key = self.key.length === 1 ? self.key[0]! : `json_array(${self.key.join(', ')})`
  const by = w.oneIn(2) ? `${notNumber(leaf(w, [self], w.random.pick(kinds)))} DESC, ` : ''
  const order = `ORDER BY ${by}${totalOrder([self]).join(', ')} LIMIT ${w.random.below(4)}${w.oneIn(3) ? ' OFFSET 1' : ''}`
  const where = condition(w, [self])
  const rows = inTwoWays(
    `${where} ${order}`,
    `(${key}) IN (SELECT ${key} FROM ${table.name} WHERE ${where} ${order})`,
  )
  const verb = w.oneIn(2)
    ? `DELETE FROM ${table.name}`
    : `UPDATE ${table.name} SET ${sets(w, table, [self])}`
  return `${verb} WHERE ${rows}`
}

function common(w: Writer): string {
  if (!w.oneIn(5)) return ''
  const kind = w.random.pick(kinds)
  const name = `k${w.alias()}`
  const text = `WITH ${name}(c0) AS (${grammar.query(w, [], [kind])}) `
  w.common = [{ name, columns: [{ name: 'c0', kind }], key: ['c0'], isTable: false }]
  return text
}

export function changeStatement(
  random: Random,
  sources: readonly Source[],
  table: QueryTable,
): string {
  const kind = random.below(10)
  // An UPDATE that reads its table sees what it has changed already, in an order of its own.
  const readable =
    kind < 5 || kind > 7
      ? sources
      : sources.filter(({ name, isTable }) => isTable && name !== table.name)
  const w = new Writer(random, grammar, readable)
  const head = common(w)
  const text =
    kind < 5
      ? insert(w, table)
      : kind < 8
        ? w.oneIn(5)
          ? limited(w, table)
          : update(w, table)
        : remove(w, table)
  return `${head}${text} /* changed */`
}
