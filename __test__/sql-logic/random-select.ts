/**
 * Random schemas and SELECTs over them for comparisons with SQLite: tables with and without a rowid; indexes that are
 * partial, descending, collated, on expressions; views over compounds of several affinities; LEFT JOINs of nested
 * joins and of derived tables; orders, groups and DISTINCT over whatever is indexed.
 *
 * What SQL leaves open is left out or levelled by `comparable`: which of two equal values stands for both.
 */
import type { Random } from '../support/random.ts'

export interface RandomSchema {
  readonly setup: readonly string[]
  readonly sources: readonly Source[]
}

/** A table or a view, or an alias of one. */
interface Source {
  readonly name: string
  readonly columns: readonly string[]
  readonly isTable: boolean
}

/** How far an answer is determined. */
export interface RandomSelect {
  readonly sql: string
  /** So many of its first columns are the keys of ORDER BY; the rows come in their order. */
  readonly keyCount: number
}

const types = ['INT', 'TEXT', 'TEXT COLLATE NOCASE', 'REAL', '', 'NUMERIC', 'BLOB', 'INT NOT NULL']
const collations = ['', '', '', ' COLLATE NOCASE', ' COLLATE RTRIM', ' COLLATE BINARY']
const directions = ['', '', ' DESC']
const constants = [
  'NULL',
  '0',
  '1',
  '2',
  '3',
  '5',
  '-1',
  '2.5',
  '0.5',
  "'a'",
  "'A'",
  "'b'",
  "'b '",
  "'B'",
  "'1'",
  "'2'",
  "'2.5'",
  "'ab'",
  "x'61'",
]

/** A value in which what may differ between two right answers is levelled: 1 and 1.0, `a` and `A`, `b` and `b `. */
export function comparable(value: unknown): string {
  if (typeof value === 'bigint' || typeof value === 'number') return String(Number(value))
  if (typeof value === 'string') {
    const text = value.toLowerCase().trimEnd()
    if (text === 'integer' || text === 'real') return "'number'"
    return `'${/^-?\d+\.0$/.test(text) ? text.slice(0, -2) : text}'`
  }
  return value === null ? 'null' : `x'${Buffer.from(value as Uint8Array).toString('hex')}'`
}

export class SelectWriter {
  readonly #random: Random
  readonly #sources: Source[] = []
  #aliases = 0
  #depth = 0

  constructor(random: Random) {
    this.#random = random
  }

  // ── the schema ──

  schema(): readonly string[] {
    const setup: string[] = []
    for (const name of ['t', 'u', 'v']) this.#table(name, setup)
    const plain = [...this.#sources]
    for (const name of ['w1', 'w2']) {
      const width = 1 + this.#random.below(2)
      const columns = Array.from({ length: width }, (_, i) => `c${i}`)
      const body = this.#random.below(3) > 0 ? this.#compound(plain, width) : this.#simple(width)
      setup.push(`CREATE VIEW ${name} AS ${body}`)
      this.#sources.push({ name, columns, isTable: false })
    }
    return setup
  }

  #table(name: string, setup: string[]): void {
    const random = this.#random
    const columns = ['a', 'b', 'c', 'd', 'e'].slice(0, 3 + random.below(3))
    const kind = random.below(3)
    const definitions = columns.map((column, i) =>
      kind === 1 && i === 0 ? `${column} INTEGER PRIMARY KEY` : `${column} ${random.pick(types)}`,
    )
    if (kind === 2) {
      const key = [columns[0]!, ...(random.below(2) === 0 ? [random.pick(columns.slice(1))] : [])]
      const parts = key.map((c) => c + random.pick(collations) + random.pick(directions))
      definitions.push(`PRIMARY KEY(${parts.join(', ')})`)
    }
    setup.push(
      `CREATE TABLE ${name}(${definitions.join(', ')})${kind === 2 ? ' WITHOUT ROWID' : ''}`,
    )
    for (let i = random.below(5); i > 0; i--) {
      const parts = Array.from({ length: 1 + random.below(3) }, () => this.#indexed(columns))
      const where =
        random.below(4) === 0
          ? ` WHERE ${random.pick(columns)} ${random.pick(['IS NOT NULL', '> 1', "<> 'a'", '> 1 + 1'])}`
          : ''
      const unique = random.below(6) === 0 ? 'UNIQUE ' : ''
      // Rows come after: a UNIQUE index keeps some of them out.
      setup.push(`CREATE ${unique}INDEX ${name}${i} ON ${name}(${parts.join(', ')})${where}`)
    }
    for (let i = 4 + random.below(16); i > 0; i--) {
      const values = columns.map((_, place) =>
        kind === 1 && place === 0 ? String(random.below(20)) : random.pick(constants),
      )
      setup.push(`INSERT OR IGNORE INTO ${name} VALUES (${values.join(', ')})`)
    }
    this.#sources.push({ name, columns, isTable: true })
  }

  #indexed(columns: readonly string[]): string {
    const random = this.#random
    const column = random.pick(columns)
    const part =
      random.below(4) === 0
        ? random.pick([`lower(${column})`, `${column} || ''`, `typeof(${column})`, `-${column}`])
        : column
    return part + random.pick(collations) + random.pick(directions)
  }

  // ── queries ──

  query(): RandomSelect {
    this.#aliases = 0
    this.#depth = 0
    const random = this.#random
    const { from, scope } = this.#from()
    const where = this.#where(scope)
    switch (random.below(5)) {
      case 0: {
        const keys = this.#list(1 + random.below(2), () => this.#key(scope))
        const having = random.below(4) === 0 ? ` HAVING count(*) > ${random.below(3)}` : ''
        const results = [...keys, ...this.#list(1 + random.below(2), () => this.#aggregate(scope))]
        const order = this.#order(keys)
        return {
          sql: `SELECT ${results.join(', ')} FROM ${from}${where} GROUP BY ${keys.join(', ')}${having}${order.text}`,
          keyCount: order.count,
        }
      }
      case 1: {
        const results = this.#list(1 + random.below(3), () => this.#aggregate(scope))
        return { sql: `SELECT ${results.join(', ')} FROM ${from}${where}`, keyCount: 0 }
      }
      case 2: {
        const keys = this.#list(1 + random.below(3), () => this.#key(scope))
        const order = this.#order(keys)
        return {
          sql: `SELECT DISTINCT ${keys.join(', ')} FROM ${from}${where}${order.text}`,
          keyCount: order.count,
        }
      }
      case 3: {
        const keys = this.#list(1 + random.below(3), () => this.#key(scope))
        const order = this.#order(keys)
        // Beyond the keys it is open which rows a LIMIT lets through.
        const limited = order.count === keys.length && random.below(2) === 0
        const limit = limited ? ` LIMIT ${1 + random.below(5)}` : ''
        const offset = limited && random.below(3) === 0 ? ` OFFSET ${random.below(3)}` : ''
        return {
          sql: `SELECT ${keys.join(', ')} FROM ${from}${where}${order.text}${limit}${offset}`,
          keyCount: order.count,
        }
      }
      default: {
        const results = this.#list(1 + random.below(3), () => this.#expression(scope))
        return { sql: `SELECT ${results.join(', ')} FROM ${from}${where}`, keyCount: 0 }
      }
    }
  }

  #list<T>(length: number, make: () => T): T[] {
    return Array.from({ length }, make)
  }

  #order(keys: readonly string[]): { readonly text: string; readonly count: number } {
    const random = this.#random
    if (random.below(4) === 0) return { text: '', count: 0 }
    const count = 1 + random.below(keys.length)
    const nulls = ['', '', '', ' NULLS FIRST', ' NULLS LAST']
    const terms = keys
      .slice(0, count)
      .map((key) => key + random.pick(collations) + random.pick(directions) + random.pick(nulls))
    return { text: ` ORDER BY ${terms.join(', ')}`, count }
  }

  #where(scope: readonly Source[]): string {
    const conditions = this.#list(this.#random.below(3), () => this.#condition(scope))
    return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  }

  #from(): { readonly from: string; readonly scope: readonly Source[] } {
    const random = this.#random
    const scope: Source[] = []
    let from = this.#source(scope)
    for (let i = random.below(3); i > 0; i--) {
      const join = random.pick([
        ' JOIN ',
        ' LEFT JOIN ',
        ' LEFT JOIN ',
        ' RIGHT JOIN ',
        ' FULL JOIN ',
      ])
      if (random.below(3) === 0) {
        const inner: Source[] = []
        const first = this.#source(inner)
        const nested = `${first}${random.pick([' JOIN ', ' LEFT JOIN ', ' RIGHT JOIN ', ' FULL JOIN '])}${this.#source(inner)}`
        const on = this.#on(inner)
        scope.push(...inner)
        from += `${join}(${nested} ON ${on}) ON ${this.#on(scope)}`
      } else {
        const right = this.#source(scope)
        from += `${join}${right} ON ${this.#on(scope)}`
      }
    }
    return { from, scope }
  }

  /** A table, a view or a derived table under an alias of its own, which `scope` then has. */
  #source(scope: Source[]): string {
    const random = this.#random
    const alias = `q${this.#aliases++}`
    if (this.#depth === 0 && random.below(3) === 0) {
      this.#depth++
      const width = 1 + random.below(2)
      const body =
        random.below(2) === 0 ? this.#simple(width) : this.#compound(this.#sources, width)
      this.#depth--
      const columns = Array.from({ length: width }, (_, i) => `c${i}`)
      scope.push({ name: alias, columns, isTable: false })
      return `(${body}) AS ${alias}`
    }
    const source = random.pick(this.#sources)
    scope.push({ ...source, name: alias })
    return `${source.name} AS ${alias}`
  }

  #simple(width: number): string {
    const random = this.#random
    const named = (make: () => string): string =>
      this.#list(width, make)
        .map((text, i) => `${text} AS c${i}`)
        .join(', ')
    if (random.below(6) === 0) return `SELECT ${named(() => random.pick(constants))}`
    const table = random.pick(this.#sources)
    const scope = [table]
    const distinct = random.below(4) === 0 ? 'DISTINCT ' : ''
    const results = named(() => this.#key(scope))
    return `SELECT ${distinct}${results} FROM ${table.name}${this.#where(scope)}`
  }

  #compound(sources: readonly Source[], width: number): string {
    const random = this.#random
    const arm = (first: boolean, isSet: boolean): string => {
      // Equal values of a set operation are alike as texts under BINARY: which of them it delivers is open.
      const value = (text: string): string =>
        isSet ? `CAST(${text} AS TEXT) COLLATE BINARY` : text
      const values = this.#list(width, () => value(random.pick(constants)))
      const table = random.pick(sources)
      const columns = this.#list(width, () => value(`${table.name}.${random.pick(table.columns)}`))
      const isConstant = random.below(3) === 0
      const results = (isConstant ? values : columns).map((r, i) => (first ? `${r} AS c${i}` : r))
      return `SELECT ${results.join(', ')}${isConstant ? '' : ` FROM ${table.name}`}`
    }
    const isSet = random.below(3) === 0
    const operators = isSet ? ['UNION ALL', 'UNION', 'EXCEPT', 'INTERSECT'] : ['UNION ALL']
    let text = arm(true, isSet)
    for (let i = 1 + random.below(2); i > 0; i--) {
      text += ` ${random.pick(operators)} ${arm(false, isSet)}`
    }
    return text
  }

  #column(scope: readonly Source[]): string {
    const { name, columns } = this.#random.pick(scope)
    return `${name}.${this.#random.pick(columns)}`
  }

  /** What an index may hold. */
  #key(scope: readonly Source[]): string {
    const column = this.#column(scope)
    return this.#random.pick([
      column,
      column,
      column,
      column,
      `lower(${column})`,
      `${column} || ''`,
      `-${column}`,
      `typeof(${column})`,
    ])
  }

  #expression(scope: readonly Source[]): string {
    const column = this.#column(scope)
    return this.#random.pick([
      this.#key(scope),
      `${column} / 2`,
      `typeof(${column})`,
      `coalesce(${column}, ${this.#column(scope)})`,
      `${column} IS NULL`,
      `(${this.#condition(scope)})`,
      `CASE WHEN ${this.#condition(scope)} THEN ${column} END`,
    ])
  }

  #aggregate(scope: readonly Source[]): string {
    const column = this.#column(scope)
    return this.#random.pick([
      'count(*)',
      `count(${column})`,
      `count(DISTINCT ${column})`,
      `min(${column})`,
      `max(${column})`,
      `total(${column})`,
    ])
  }

  /**
   * A condition of a join. How SQLite compares a column of a compound there depends on whether it moves the condition
   * into the arms: only equalities of columns name one.
   */
  #on(scope: readonly Source[]): string {
    const tables = scope.filter((source) => source.isTable)
    if (tables.length === 0 || this.#random.below(2) === 0) {
      return `${this.#column(scope)} = ${this.#column(scope)}`
    }
    return this.#condition(tables)
  }

  #condition(scope: readonly Source[]): string {
    const random = this.#random
    const tables = scope.filter((source) => source.isTable)
    const column = this.#column(scope)
    const constant = (): string => random.pick(constants)
    const operator = random.pick(['=', '=', '=', '<', '<=', '>', '>=', '<>', 'IS', 'IS NOT'])
    switch (random.below(14)) {
      case 0:
      case 1:
      case 2:
        return `${column}${random.pick(collations)} ${operator} ${constant()}`
      case 3:
      case 4:
      case 5:
        return `${column} ${operator} ${this.#column(scope)}`
      case 6:
        return `${column} IN (${constant()}, ${constant()}, ${constant()})`
      case 7:
        return `${column} BETWEEN ${constant()} AND ${constant()}`
      case 8:
        return `(${column} = ${constant()} OR ${column} = ${constant()})`
      case 9:
        return `${column} IS ${random.pick(['', 'NOT '])}NULL`
      case 10:
        return `${column} > 1 + 1`
      case 11:
        return `${column} LIKE '${random.pick(['a%', 'B%', '%b'])}'`
      case 12:
        if (tables.length === 0) return '1'
        return this.#nested(() => `${this.#column(tables)} IN (${this.#simple(1)})`)
      default:
        return this.#nested(() => {
          const table = random.pick(this.#sources)
          return `EXISTS (SELECT 1 FROM ${table.name} WHERE ${this.#on([...scope, table])})`
        })
    }
  }

  #nested(write: () => string): string {
    if (this.#depth >= 2) return '1'
    this.#depth++
    const text = write()
    this.#depth--
    return text
  }
}
