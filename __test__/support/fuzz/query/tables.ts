/** The schema of a round of queries: tables of every kind over the same few names of columns, indexes, views, rows. */
import type { Random } from '../../random.ts'
import { condition } from './condition.ts'
import { grammar, viewQuery } from './select.ts'
import { literal } from './values.ts'
import { kinds, Writer, type Column, type Kind, type Source } from './writer.ts'

interface Declared extends Column {
  readonly type: string
}

/** What tables choose their columns from; a name has one kind everywhere, so that NATURAL and USING join what belongs together. */
const pool: readonly Declared[] = [
  { name: 'n', kind: 'integer', type: 'INTEGER' },
  { name: 'm', kind: 'integer', type: 'INT' },
  { name: 'o', kind: 'integer', type: '' },
  { name: 'r', kind: 'real', type: 'REAL' },
  { name: 's', kind: 'text', type: 'TEXT' },
  { name: 'u', kind: 'text', type: 'TEXT COLLATE NOCASE' },
  { name: 'v', kind: 'text', type: 'VARCHAR(10) COLLATE RTRIM' },
  { name: 'x', kind: 'text', type: '' },
  { name: 'd', kind: 'real', type: 'NUMERIC' },
  { name: 'b', kind: 'blob', type: 'BLOB' },
  { name: 'j', kind: 'json', type: 'TEXT' },
]

export interface QueryTable extends Source {
  /** Columns that are given values, the key first. */
  readonly given: readonly Column[]
  /** Columns of its key that are declared; empty: it is the rowid. */
  readonly declared: readonly string[]
  /** Columns of a UNIQUE constraint. */
  readonly unique: readonly string[]
  readonly hasRowid: boolean
  /** Its columns hold values of other classes, too. */
  readonly isWild: boolean
}

export interface Database {
  readonly setup: readonly string[]
  readonly tables: readonly QueryTable[]
  readonly sources: readonly Source[]
}

/** What a column of a wild table may hold beside what it is made for. */
const strangers: Readonly<Record<Kind, readonly Kind[]>> = {
  integer: ['real', 'text'],
  real: ['integer', 'text'],
  text: ['integer', 'real'],
  blob: ['text', 'integer'],
  json: ['json'],
}

/** A row, some of whose values are NULL. */
export function randomRow(w: Writer, { given, declared, isWild }: QueryTable): string {
  const values = given.map(({ kind, name }) => {
    if (name === 'id') return w.oneIn(4) ? 'NULL' : String(w.random.below(16))
    if (w.oneIn(7) && !declared.includes(name)) return 'NULL'
    return literal(w, isWild && w.oneIn(5) ? w.random.pick(strangers[kind]) : kind)
  })
  return `(${values.join(', ')})`
}

function makeTable(w: Writer, name: string, setup: string[]): QueryTable {
  const random = w.random
  const isStrict = w.oneIn(4)
  const chosen = pool.filter(
    ({ name: column }) => column === 'n' || column === 's' || random.below(5) < 2,
  )
  const kind = random.below(4)
  const definitions = chosen.map((column) => definition(w, column, isStrict))
  const given: Column[] = [...chosen]
  const columns: Column[] = [...chosen]
  let key = ['rowid']
  let declared: string[] = []
  let unique: string[] = []
  if (w.oneIn(3)) {
    const computed = w.random.pick(['n + 1', 'n * 2 % 7', 'length(s)', 'coalesce(n, 0) - 1'])
    definitions.push(
      `g ${isStrict ? 'INTEGER' : w.random.pick(['INT', '', 'INTEGER'])} AS (${computed}) ${w.random.pick(['STORED', 'VIRTUAL', ''])}`,
    )
    columns.push({ name: 'g', kind: 'integer' })
  }
  if (kind === 0) {
    definitions.unshift(`id INTEGER PRIMARY KEY${w.random.pick(['', ' AUTOINCREMENT'])}`)
    given.unshift({ name: 'id', kind: 'integer' })
    columns.unshift({ name: 'id', kind: 'integer' })
    key = ['id']
  } else if (kind === 1) {
    declared = random.pick([['n'], ['s', 'n'], ['n', 's'], ['s']])
    const terms = declared.map(
      (column) => column + random.pick(['', ' DESC', ' COLLATE NOCASE', '']),
    )
    definitions.push(`PRIMARY KEY (${terms.join(', ')})`)
    key = declared
  } else if (kind === 2) {
    unique = random.pick([['n', 's'], ['s', 'n'], ['n']])
    definitions.push(`UNIQUE (${unique.join(', ')})`)
  }
  const options = [...(isStrict ? ['STRICT'] : []), ...(kind === 1 ? ['WITHOUT ROWID'] : [])]
  setup.push(
    `CREATE TABLE ${name}(${definitions.join(', ')})${options.length > 0 ? ` ${options.join(', ')}` : ''}`,
  )
  const table: QueryTable = {
    name,
    columns,
    given,
    key,
    declared,
    unique,
    hasRowid: kind !== 1,
    isTable: true,
    isWild: !isStrict && w.oneIn(3),
  }
  for (let count = random.below(4); count > 0; count--) setup.push(indexOf(w, table, count))
  const rows = w.list(3 + random.below(9), () => randomRow(w, table))
  setup.push(
    `INSERT OR IGNORE INTO ${name}(${given.map((one) => one.name).join(', ')}) VALUES ${rows.join(', ')}`,
  )
  return table
}

function definition(w: Writer, { name, kind, type }: Declared, isStrict: boolean): string {
  const strictTypes: Record<Kind, string> = {
    integer: 'INTEGER',
    real: 'REAL',
    text: 'TEXT',
    blob: 'BLOB',
    json: 'TEXT',
  }
  const declared = isStrict ? (w.oneIn(5) ? 'ANY' : strictTypes[kind]) : type
  const collation = isStrict && type.includes('COLLATE') ? type.slice(type.indexOf('COLLATE')) : ''
  const fallback = w.oneIn(6) ? `DEFAULT ${literal(w, kind)}` : ''
  return [name, declared, collation, fallback].filter((part) => part !== '').join(' ')
}

export function indexOf(w: Writer, table: QueryTable, number: number): string {
  const [database, plain] = table.name.includes('.') ? table.name.split('.') : ['', table.name]
  // Names of the table are not qualified in an index.
  const bare = [{ ...table, name: '' }]
  const unqualified = (text: string): string => text.replaceAll(/(?<![\w'.])\.(?=[a-z])/g, '')
  const terms = w.list(1 + w.random.below(3), () => {
    const term = w.oneIn(4)
      ? w.random.pick([
          'n + 1',
          'lower(s)',
          '-n',
          "s || ''",
          'length(s)',
          'abs(n)',
          'coalesce(n, 0)',
        ])
      : w.random.pick(table.columns).name
    return term + w.random.pick(['', '', '', ' COLLATE NOCASE']) + w.random.pick(['', '', ' DESC'])
  })
  const where = w.oneIn(4)
    ? ` WHERE ${w.random.pick(['n IS NOT NULL', 'n > 2', "s <> 'a'", 's IS NOT NULL AND n < 9', 'n IN (1, 2, 3)', unqualified(condition(w, bare, 2))])}`
    : ''
  return `CREATE INDEX IF NOT EXISTS ${database === '' ? '' : `${database}.`}${plain}_i${number} ON ${plain}(${terms.join(', ')})${where}`
}

function makeView(
  w: Writer,
  name: string,
  temporary: string,
): { readonly sql: string; readonly source: Source } {
  const wanted = w.list(1 + w.random.below(3), () => w.random.pick(kinds))
  const columns = wanted.map((kind, place) => ({ name: `c${place}`, kind }))
  const list = w.oneIn(3) ? `(${columns.map((column) => column.name).join(', ')})` : ''
  const key = columns.map((column) => column.name)
  return {
    sql: `CREATE ${temporary}VIEW ${name}${list} AS ${viewQuery(w, wanted)}`,
    source: { name, columns, key, isTable: false },
  }
}

/** Tables `t`, `u`, `temp.w` and `aux.z`, and views over them. */
export function randomDatabase(random: Random): Database {
  const setup: string[] = ["ATTACH ':memory:' AS aux"]
  const bare = new Writer(random, grammar, [], 2)
  const names = [
    't',
    'u',
    ...(bare.oneIn(2) ? ['temp.w'] : []),
    ...(bare.oneIn(2) ? ['aux.z'] : []),
  ]
  const tables = names.map((name) => makeTable(bare, name, setup))
  const sources: Source[] = [...tables]
  for (const name of ['v0', 'v1'].slice(random.below(2))) {
    const inMain = sources.filter((source) => !source.name.includes('.'))
    // A view of main knows no temporary one, which would be the first.
    const temporary = name === 'v1' && bare.oneIn(3) ? 'TEMP ' : ''
    const { sql, source } = makeView(new Writer(random, grammar, inMain), name, temporary)
    setup.push(sql)
    sources.push(source)
  }
  if (bare.oneIn(3)) setup.push('ANALYZE')
  return { setup, tables, sources }
}
