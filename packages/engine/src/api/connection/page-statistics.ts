/**
 * `dbstat`: a row for each page of a database, or for each of its trees, where `aggregate` is asked for. (The DBSTAT Virtual Table)
 *
 * `dbstat('main', 1)` names the database and says which of the two; `CREATE VIRTUAL TABLE temp.s USING dbstat(aux)` makes one that is about
 * another database than main where none is named.
 */
import { sqlError } from '../../base/error.ts'
import { DatabaseNames } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import { toReal, toText } from '../../runtime/index.ts'
import type {
  AccessAnswer,
  AccessQuestion,
  Module,
  VirtualColumn,
  VirtualCursor,
  VirtualTable,
} from '../../schema/index.ts'
import { quoteName } from '../../sql/index.ts'
import { pagesOfTree, type PageUse } from '../../storage/index.ts'
import type { OpenDatabase } from './open-database.ts'
import type { Session } from './session.ts'

const column = (name: string, type: string, hidden = false): VirtualColumn => ({
  name,
  type,
  hidden,
})

const columns: readonly VirtualColumn[] = [
  column('name', 'TEXT'),
  column('path', 'TEXT'),
  column('pageno', 'INTEGER'),
  column('pagetype', 'TEXT'),
  column('ncell', 'INTEGER'),
  column('payload', 'INTEGER'),
  column('unused', 'INTEGER'),
  column('mx_payload', 'INTEGER'),
  column('pgoffset', 'INTEGER'),
  column('pgsize', 'INTEGER'),
  column('schema', 'TEXT', true),
  column('aggregate', 'BOOLEAN', true),
]
const nameColumn = 0
const pathColumn = 1
const pageColumn = 2
const schemaColumn = 10
const aggregateColumn = 11

const hasSchema = 1
const hasName = 2
const hasAggregate = 4
const isSorted = 8

/** (`statBestIndex`) */
function bestIndex({ constraints, orderBy }: AccessQuestion): AccessAnswer | null {
  let [schema, name, aggregate] = [-1, -1, -1]
  for (const [i, constraint] of constraints.entries()) {
    if (constraint.operator !== '=') continue
    // It wants to be the last in a join.
    if (!constraint.usable) return null
    if (constraint.column === schemaColumn) schema = i
    if (constraint.column === nameColumn) name = i
    if (constraint.column === aggregateColumn) aggregate = i
  }
  const isOrdered =
    orderBy.length > 0 &&
    orderBy.length <= 2 &&
    orderBy.every(
      ({ column, descending }, i) => !descending && column === [nameColumn, pathColumn][i],
    )
  const plan =
    (schema < 0 ? 0 : hasSchema) |
    (name < 0 ? 0 : hasName) |
    (aggregate < 0 ? 0 : hasAggregate) |
    (isOrdered ? isSorted : 0)
  const args = [schema, name, aggregate].filter((i) => i >= 0)
  return {
    args,
    consumed: schema < 0 ? [] : [schema],
    plan,
    isHex: true,
    cost: 1,
    rows: 25,
    isOrdered,
  }
}

export function statisticsModule(connection: Session): Module {
  const table = (database: string): VirtualTable => ({
    columns,
    isDirectOnly: true,
    bestIndex,
    open: () => new StatisticsCursor(connection, database),
  })
  return {
    name: 'dbstat',
    eponymous: () => table('main'),
    create: ({ args }) => {
      const database = args[0] === undefined ? 'main' : unquoted(args[0])
      if (connection.databases.find(database) === null && database.toLowerCase() !== 'temp') {
        throw sqlError(`no such database: ${args[0]!}`)
      }
      return table(database)
    },
  }
}

/** (`sqlite3Dequote`) */
function unquoted(text: string): string {
  const quote = text[0] === '[' ? ']' : text[0]!
  if (!/["'`[]/.test(text[0]!) || !text.endsWith(quote)) return text
  return text.slice(1, -1).replaceAll(quote + quote, quote)
}

/** A page, or all pages of a tree together. */
interface Line extends Omit<PageUse, 'path' | 'type'> {
  readonly name: string
  readonly pageCount: number
  readonly path: string | null
  readonly type: string | null
  /** The page whose place in the file is shown. */
  readonly placePgno: number
}

class StatisticsCursor implements VirtualCursor {
  readonly #connection: Session
  readonly #database: string
  #of: OpenDatabase | null = null
  #isAggregate = false
  #lines: Iterator<Line> | null = null
  #line: Line | null = null

  constructor(connection: Session, database: string) {
    this.#connection = connection
    this.#database = database
  }

  begin(plan: number, _text: string, args: readonly Value[]): boolean {
    let taken = 0
    const argument = (flag: number): Value => ((plan & flag) === 0 ? null : args[taken++]!)
    const schema = argument(hasSchema)
    const name = argument(hasName)
    this.#isAggregate = toReal(argument(hasAggregate)) !== 0
    const wanted = (plan & hasSchema) === 0 ? this.#database : toText(schema)
    this.#of = wanted === null ? null : this.#connection.databases.find(wanted)
    if (this.#of === null) return false
    this.#connection.enter({ reads: new DatabaseNames(this.#of.name), writes: new DatabaseNames() })
    this.#lines = this.#linesOf(this.#of, (plan & hasName) === 0 ? undefined : toText(name), plan)
    return this.next()
  }

  *#linesOf(
    database: OpenDatabase,
    wanted: string | null | undefined,
    plan: number,
  ): Generator<Line, void, undefined> {
    for (const { name, root } of this.#trees(database, (plan & isSorted) !== 0)) {
      if (wanted !== undefined && wanted !== name) continue
      if (database.pages.pageCount === 0) return
      const pages = pagesOfTree(database.pages, root)
      if (this.#isAggregate) yield summary(name, pages)
      else yield* eachPage(name, pages)
    }
  }

  /** In the order of their rows in the schema, or of their names. */
  #trees(
    { name }: OpenDatabase,
    isSorted: boolean,
  ): readonly { readonly name: string; readonly root: number }[] {
    const others = `SELECT name, rootpage FROM ${quoteName(name)}.sqlite_schema WHERE rootpage <> 0`
    const order = isSorted ? ' ORDER BY name' : ''
    const sql = `SELECT * FROM (SELECT 'sqlite_schema' AS name, 1 UNION ALL ${others})${order}`
    const rows = this.#connection.prepareOwn(sql).all([], 'raw', 'rounded') as [string, number][]
    return rows.map(([name, root]) => ({ name, root }))
  }

  next(): boolean {
    const result = this.#lines!.next()
    if (result.done === true) return false
    this.#line = result.value
    return true
  }

  column(place: number): Value {
    const line = this.#line!
    switch (place) {
      case nameColumn:
        return line.name
      case pathColumn:
        return line.path
      case pageColumn:
        return this.#isAggregate ? line.pageCount : line.pgno
      case 3:
        return line.type
      case 4:
        return line.cellCount
      case 5:
        return line.payload
      case 6:
        return line.unused
      case 7:
        return line.maxPayload
      case 8:
        return this.#isAggregate ? null : (line.placePgno - 1) * this.#of!.pages.pageSize
      case 9:
        return line.pageCount * this.#of!.pages.pageSize
      case schemaColumn:
        return this.#of!.name
      default:
        return this.#isAggregate ? 1 : 0
    }
  }

  rowid(): number {
    return this.#line!.pgno
  }

  close(): void {
    this.#lines = null
    this.#line = null
  }
}

/** Of an overflow page SQLite shows the place of the page before it. (`statNext`) */
function* eachPage(name: string, pages: Iterable<PageUse>): Generator<Line, void, undefined> {
  let last = 0
  for (const page of pages) {
    const { pgno, type } = page
    yield { ...page, name, pageCount: 1, placePgno: type === 'overflow' ? last : pgno }
    last = pgno
  }
}

function summary(name: string, pages: Iterable<PageUse>): Line {
  let [pgno, pageCount, cellCount, payload, unused, maxPayload] = [0, 0, 0, 0, 0, 0]
  for (const page of pages) {
    if (page.type !== 'overflow') pgno = page.pgno
    pageCount++
    cellCount += page.cellCount
    payload += page.payload
    unused += page.unused
    maxPayload = Math.max(maxPayload, page.maxPayload)
  }
  const none = { path: null, type: null, placePgno: 0 }
  return { name, ...none, pgno, pageCount, cellCount, payload, unused, maxPayload }
}
