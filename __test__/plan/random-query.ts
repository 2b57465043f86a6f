/** Random tables and SELECTs over them, small enough that every answer can be compared row by row. */
import type { Random } from '../support/random.ts'

export interface RandomTables {
  /** Statements that make and fill them. */
  readonly setup: readonly string[]
  readonly columns: ReadonlyMap<string, readonly string[]>
}

const types = ['INT', 'TEXT', 'REAL', '', 'NUMERIC', 'BLOB', 'INT', 'TEXT']
const constants = [
  'NULL',
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '-1',
  '1.0',
  '2.5',
  "'a'",
  "'b'",
  "'1'",
  "'2.0'",
  "x'61'",
  "'abc'",
  '10',
]

export function randomConstant(random: Random): string {
  return random.pick(constants)
}

export function randomTables(random: Random): RandomTables {
  const setup: string[] = []
  const tables = new Map<string, readonly string[]>()
  for (const name of ['t', 'u', 'v']) {
    const columns = ['a', 'b', 'c', 'd', 'e'].slice(0, 2 + random.below(3))
    const hasAlias = random.below(3) === 0
    const definitions = columns.map((column, i) => {
      if (i === 0 && hasAlias) return `${column} INTEGER PRIMARY KEY`
      return `${column} ${random.pick(types)}${random.below(8) === 0 ? ' NOT NULL DEFAULT 0' : ''}`
    })
    setup.push(`CREATE TABLE ${name}(${definitions.join(', ')})`)
    for (let i = random.below(4); i > 0; i--) {
      const parts = Array.from({ length: 1 + random.below(3) }, () => indexed(random, columns))
      const condition = random.pick(['IS NOT NULL', 'IS NOT NULL', '> 1 + 1', "= 'a'"])
      const where = random.below(4) === 0 ? ` WHERE ${random.pick(columns)} ${condition}` : ''
      setup.push(`CREATE INDEX ${name}${i} ON ${name}(${parts.join(', ')})${where}`)
    }
    for (let i = random.below(14); i > 0; i--) {
      const values = columns.map((_, column) =>
        column === 0 && hasAlias ? String(random.below(12)) : randomConstant(random),
      )
      setup.push(`INSERT OR IGNORE INTO ${name} VALUES (${values.join(', ')})`)
    }
    tables.set(name, columns)
  }
  return { setup, columns: tables }
}

/** A column of an index: a column or an expression, collated and descending or not. */
function indexed(random: Random, columns: readonly string[]): string {
  const column = random.pick(columns)
  const isExpression = random.below(5) === 0
  const part = isExpression
    ? random.pick([`lower(${column})`, `${column} || ''`, `-${column}`])
    : column
  return part + random.pick(['', '', '', ' COLLATE NOCASE']) + random.pick(['', '', ' DESC'])
}

interface Source {
  readonly alias: string
  readonly columns: readonly string[]
}

/** Those that have an ON. */
const joins = [' JOIN ', ' LEFT JOIN ', ' LEFT JOIN ', ' RIGHT JOIN ', ' FULL JOIN ']

/** Writes queries whose answer is the same whichever way they are run, up to the order of rows. */
export class QueryWriter {
  readonly #random: Random
  readonly #tables: RandomTables
  #depth = 0
  #aliases = 0

  constructor(random: Random, tables: RandomTables) {
    this.#random = random
    this.#tables = tables
  }

  /** A SELECT of `width` columns named c0, c1 … */
  query(width: number): string {
    this.#depth = 0
    this.#aliases = 0
    return this.#select([], width)
  }

  #column(sources: readonly Source[]): string {
    const source = this.#random.pick(sources)
    return `${source.alias}.${this.#random.pick(source.columns)}`
  }

  #expression(sources: readonly Source[]): string {
    const column = this.#column(sources)
    const forms = [
      column,
      column,
      `${column} + 1`,
      `coalesce(${column}, 'x')`,
      `coalesce(${column}, 1)`,
      `-${column}`,
    ]
    return this.#random.pick([...forms, randomConstant(this.#random)])
  }

  #condition(sources: readonly Source[]): string {
    const random = this.#random
    const column = this.#column(sources)
    const constant = (): string => randomConstant(random)
    switch (random.below(14)) {
      case 0:
      case 1:
        return `${column} = ${constant()}`
      case 2:
      case 3:
        return `${column} = ${this.#column(sources)}`
      case 4:
        return `${column} > ${constant()}`
      case 5:
        return `${column} <= ${this.#expression(sources)}`
      case 6:
        return `${column} IN (${constant()}, ${constant()}, ${constant()})`
      case 7:
        return `${column} BETWEEN ${constant()} AND ${constant()}`
      case 8:
        return `(${column} = ${constant()} OR ${random.pick([column, this.#column(sources)])} = ${constant()})`
      case 9:
        return `${column} IS ${random.pick(['', 'NOT '])}NULL`
      case 10:
        return this.#nested(() => `${column} IN (${this.#select(sources, 1)})`) ?? `${column} IS 1`
      case 11:
        return this.#nested(() => `EXISTS (${this.#select(sources, 1)})`) ?? `${column} <> 2`
      case 12:
        return `${column} LIKE '${random.pick(['a%', '%b', '1%'])}'`
      default:
        return `NOT (${column} = ${constant()})`
    }
  }

  #nested(write: () => string): string | null {
    if (this.#depth >= 2) return null
    this.#depth++
    const text = write()
    this.#depth--
    return text
  }

  #source(): { readonly text: string; readonly source: Source } {
    const random = this.#random
    const alias = `q${this.#aliases++}`
    if (random.below(5) === 0) {
      const width = 1 + random.below(2)
      const query = this.#nested(() => this.#select([], width))
      if (query !== null) {
        const columns = Array.from({ length: width }, (_, i) => `c${i}`)
        return { text: `(${query}) AS ${alias}`, source: { alias, columns } }
      }
    }
    const [table, columns] = random.pick([...this.#tables.columns])
    return { text: `${table} AS ${alias}`, source: { alias, columns } }
  }

  #select(outer: readonly Source[], width: number): string {
    const random = this.#random
    const sources: Source[] = []
    let from = ''
    const count = 1 + (random.below(2) === 0 ? 0 : random.below(3))
    for (let i = 0; i < count; i++) {
      const { text, source } = this.#source()
      sources.push(source)
      if (i === 0) {
        from = text
        continue
      }
      const join = random.pick([...joins, ', ', ' CROSS JOIN '])
      from += join + text
      if (joins.includes(join)) from += ` ON ${this.#condition(sources)}`
    }
    const visible = random.below(2) === 0 ? sources : [...sources, ...outer]
    const conditions = Array.from({ length: random.below(4) }, () => this.#condition(visible))
    const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
    const named = (make: () => string): string =>
      Array.from({ length: width }, (_, i) => `${make()} AS c${i}`).join(', ')
    if (random.below(4) === 0) {
      const key = this.#column(sources)
      const aggregates = (): string =>
        random.pick([
          key,
          'count(*)',
          `min(${this.#column(sources)})`,
          `sum(${this.#column(sources)})`,
        ])
      return `SELECT ${named(aggregates)} FROM ${from}${where} GROUP BY ${key}`
    }
    const distinct = random.below(5) === 0 ? 'DISTINCT ' : ''
    const select = `SELECT ${distinct}${named(() => this.#expression(sources))} FROM ${from}${where}`
    if (random.below(8) !== 0) return select
    const operator = random.pick(['UNION', 'UNION ALL', 'INTERSECT', 'EXCEPT'])
    return this.#nested(() => `${select} ${operator} ${this.#select(outer, width)}`) ?? select
  }
}
