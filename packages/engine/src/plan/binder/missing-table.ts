/**
 * Which table, view or index of a query is missing. SQLite looks all of them up before it looks at any name: from the last SELECT of a compound to the first,
 * in FROM, and then in the subqueries of expressions. (`sqlite3SelectExpand`, `sqlite3WalkSelect`)
 *
 * Here each is looked up where binding comes to it; where that has ended with a mistake, this tells the one that SQLite comes to first.
 */
import { SqliteError, sqlError } from '../../base/error.ts'
import { foldName } from '../../schema/index.ts'
import { visitParts } from '../../sql/index.ts'
import type {
  CommonTable,
  Expression,
  FromClause,
  ResultColumn,
  Select,
  SelectClause,
  SelectCore,
  TableFunction,
  TableName,
  TableReference,
} from '../../sql/index.ts'
import { Scope } from '../scope.ts'
import type { Binder } from './binder.ts'
import { tableOfIn } from './in.ts'
import { noSuchStar, noTables } from './result-column.ts'
import {
  findCommonTable,
  findTable,
  noSuchTable,
  tableReference,
  withFrameOf,
} from './table-reference.ts'

/** The mistake that SQLite tells of a query with which no table is wrong but those that are missing; null: none is. */
export function missingTable(b: Binder, select: Select): SqliteError | null {
  const { mistakes, withFrame, writtenNames } = b
  const { isExpanded } = mistakes
  mistakes.isExpanded = false
  b.writtenNames = null
  try {
    return new Expansion(b).lookAt(select)
  } catch (error) {
    if (error instanceof SqliteError) return error
    throw error
  } finally {
    mistakes.isExpanded = isExpanded
    b.withFrame = withFrame
    b.writtenNames = writtenNames
  }
}

class Expansion {
  readonly #b: Binder
  /** Common tables that have been looked through, or are being so. */
  readonly #seen = new Set<CommonTable>()

  /** A star, which ends the look at the next SELECT whose tables are there. */
  #passed: SqliteError | null = null

  constructor(b: Binder) {
    this.#b = b
  }

  lookAt(select: Select): SqliteError | null {
    this.#select(select)
    return this.#passed
  }

  #select(select: Select): void {
    const b = this.#b
    const { withFrame } = b
    if (select.with !== null) b.withFrame = withFrameOf(select.with.tables, withFrame)
    const { first, compounds, orderBy, limit, offset } = select
    const rest = [...orderBy.map(({ expression }) => expression), limit, offset]
    for (let i = compounds.length; i > 0; i--) {
      this.#core(compounds[i - 1]!.core, i === compounds.length ? rest : [])
    }
    this.#core(first, compounds.length === 0 ? rest : [])
    b.withFrame = withFrame
  }

  /** @param rest what stands behind the last SELECT, which is part of it */
  #core(core: SelectCore, rest: readonly (Expression | null)[]): void {
    if (core.kind === 'values') {
      this.#end()
      for (const row of core.rows) if (!('kind' in row)) row.forEach(this.#expression)
    } else this.#clause(core)
    for (const e of rest) if (e !== null) this.#expression(e)
  }

  #clause({ from, columns, where, groupBy, having }: SelectClause): void {
    if (from !== null) this.#from(from)
    this.#end()
    for (const column of columns) this.#star(column, from)
    for (const column of columns) {
      if (column.kind === 'expression') this.#expression(column.expression)
    }
    if (where !== null) this.#expression(where)
    for (const { on } of from?.joins ?? []) if (on !== null) this.#expression(on)
    groupBy.forEach(this.#expression)
    if (having !== null) this.#expression(having)
    if (from === null) return
    for (const reference of [from.first, ...from.joins.map(({ right }) => right)]) {
      if (reference.kind === 'table-function') reference.args.forEach(this.#expression)
    }
  }

  #end(): void {
    if (this.#passed !== null) throw this.#passed
  }

  #star(column: ResultColumn, from: FromClause | null): void {
    if (column.kind === 'star' && from === null) this.#passed = noTables()
    if (column.kind !== 'table-star' || column.schema !== null) return
    const { table } = column
    const isThere = from !== null && namesOf(from).includes(foldName(table))
    if (!isThere) this.#passed = noSuchStar(table)
  }

  #from({ first, joins }: FromClause): void {
    this.#reference(first)
    for (const { right } of joins) this.#reference(right)
  }

  #reference(reference: TableReference): void {
    switch (reference.kind) {
      case 'subquery':
        this.#select(reference.select)
        return
      case 'nested':
        this.#from(reference.from)
        for (const { on } of reference.from.joins) if (on !== null) this.#expression(on)
        return
      case 'table':
      case 'table-function':
        this.#named(reference)
        return
      default:
        reference satisfies never
    }
  }

  #named(reference: TableName | TableFunction): void {
    const b = this.#b
    const folded = foldName(reference.name)
    const common = reference.schema === null ? findCommonTable(b, folded) : null
    if (common !== null) {
      const { table, frame } = common
      if (this.#seen.has(table)) return
      this.#seen.add(table)
      const { withFrame } = b
      b.withFrame = frame
      this.#select(table.select)
      b.withFrame = withFrame
      return
    }
    const found = findTable(b, reference.schema, folded)
    if (found === null) throw noSuchTable(b, reference.schema, reference.name)
    if (reference.kind === 'table')
      tableReference(b, reference, new Scope(null, 'query', 'misused'))
    else if (found.kind !== 'table' || found.virtual === undefined) {
      throw sqlError(`'${reference.name}' is not a function`)
    }
  }

  readonly #expression = (e: Expression): void => {
    visitParts(e, this.#expression, (select) => this.#select(select))
    if (e.kind === 'in' && e.source.kind === 'table') this.#named(tableOfIn(e.source))
  }
}

/** What a star may name of a FROM clause. */
function namesOf({ first, joins }: FromClause): string[] {
  return [first, ...joins.map(({ right }) => right)].flatMap((reference) => {
    const inside = reference.kind === 'nested' ? namesOf(reference.from) : []
    const isNamed = reference.kind === 'table' || reference.kind === 'table-function'
    const name = reference.alias ?? (isNamed ? reference.name : null)
    return name === null ? inside : [...inside, foldName(name)]
  })
}
