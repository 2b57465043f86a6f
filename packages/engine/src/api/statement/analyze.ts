/**
 * ANALYZE: counts for each index how many rows share the values of its first column, of its first two, and so on, and writes it into
 * `sqlite_stat1`, of which the planner reads it. (ANALYZE; Database File Format §2.6.3) Of an index with a thousand rows or more it writes samples
 * too, into `sqlite_stat4` (§2.6.5), as SQLite does that was built with SQLITE_ENABLE_STAT4; any other leaves that table alone until its own
 * ANALYZE empties it.
 *
 * All is done inside one statement that writes: the tables of statistics are what they were before, or all new. The numbers are exact;
 * `PRAGMA analysis_limit` does not shorten the counting.
 */
import { sqlError } from '../../base/error.ts'
import { StatementLabel } from '../../coordination/index.ts'
import { DatabaseNames } from '../../plan/index.ts'
import type { Value } from '../../record/index.ts'
import { createTable, type Slice, type Work } from '../../runtime/index.ts'
import {
  foldName,
  newestFirst,
  sameName,
  tablesInHashOrder,
  type Index,
  type Table,
} from '../../schema/index.ts'
import { quoteName, writtenWord, type ParameterTable, type Statement } from '../../sql/index.ts'
import type { OpenDatabase } from '../connection/open-database.ts'
import type { Session } from '../connection/session.ts'
import { countEntries, type IndexCounts } from './analyze-index.ts'
import { slicedAction, type PreparedAction } from './prepared-action.ts'
import { countRows } from './sliced-query.ts'
import { inSlicesAsStatement, stepsOf } from './sliced-statement.ts'
import { withStoredMeaning } from './stored-meaning.ts'

type Analyze = Extract<Statement, { readonly kind: 'analyze' }>

/** What is counted in one database. */
interface Task {
  readonly database: OpenDatabase
  /** null: everything. */
  readonly table: Table | null
  readonly index: Index | null
}

function statisticsTable(name: string, columns: string): Parameters<typeof createTable>[1] {
  return {
    name,
    sql: `CREATE TABLE ${name}(${columns})`,
    withoutRowid: false,
    autoincrement: false,
    automaticIndexes: [],
  }
}

const countsTable = statisticsTable('sqlite_stat1', 'tbl,idx,stat')
const samplesTable = statisticsTable('sqlite_stat4', 'tbl,idx,neq,nlt,ndlt,sample')

/** An index with fewer rows is read as fast whatever is known of it. */
const fewestSampled = 1000

export function prepareAnalyze(
  connection: Session,
  statement: Analyze,
  sql: string,
  parameters: ParameterTable,
): PreparedAction {
  connection.withSchemas(() => tasksOf(connection, statement, sql))
  const label = new StatementLabel('ANALYZE')
  return slicedAction(connection, parameters, true, (_, slice) => {
    const tasks = connection.withSchemas(() => tasksOf(connection, statement, sql))
    return analyze(connection, tasks, label, slice)
  })
}

/** ANALYZE of one table. */
export function analyzeOne(
  connection: Session,
  database: OpenDatabase,
  table: Table,
  slice: Slice,
): Work<void> {
  const task = { database, table, index: null }
  return analyze(connection, [task], new StatementLabel('ANALYZE'), slice)
}

/** A database's name comes first, then an index, then a table. (`sqlite3Analyze`) */
function tasksOf(connection: Session, { schema, name, start }: Analyze, sql: string): Task[] {
  const { databases } = connection
  const databaseOf = (name: string): OpenDatabase | null =>
    sameName(name, 'temp') ? connection.openTemporary() : databases.find(name)
  const whole = (database: OpenDatabase): Task => ({ database, table: null, index: null })
  if (name === null) return databases.all.filter(({ name }) => name !== 'temp').map(whole)
  if (schema === null) {
    const named = databaseOf(name)
    if (named !== null) return [whole(named)]
  }
  const given = schema === null ? null : databaseOf(schema)
  if (schema !== null && given === null)
    throw sqlError(`unknown database ${writtenWord(sql, start, 1)}`)
  const searched = given === null ? inSearchOrder(databases.all) : [given]
  const folded = foldName(name)
  for (const database of searched) {
    for (const table of database.schema.tables.values()) {
      const index = table.indexes.find((one) => foldName(one.name) === folded)
      if (index !== undefined) return [{ database, table, index }]
    }
  }
  for (const database of searched) {
    const table = database.schema.tables.get(folded)
    if (table !== undefined) return [{ database, table, index: null }]
    if (database.schema.views.has(folded)) return []
  }
  throw sqlError(`no such table: ${schema === null ? '' : `${schema}.`}${name}`)
}

function inSearchOrder(databases: readonly OpenDatabase[]): OpenDatabase[] {
  const isTemporary = ({ name }: OpenDatabase): boolean => name === 'temp'
  return [...databases.filter(isTemporary), ...databases.filter((one) => !isTemporary(one))]
}

function analyze(
  connection: Session,
  tasks: readonly Task[],
  label: StatementLabel,
  slice: Slice,
): Work<void> {
  const { context } = connection
  const names = tasks.map(({ database }) => database.name)
  const uses = { reads: new DatabaseNames(...names), writes: new DatabaseNames(...names) }
  const { changes, totalChanges, lastInsertRowid } = context
  const uncounted = <Step>(step: () => Step): Step => {
    try {
      return withStoredMeaning(connection, step)
    } finally {
      // What it writes counts for nobody.
      Object.assign(context, { changes, totalChanges, lastInsertRowid })
    }
  }
  const statement = { uses, label, admits: 'reads', changes: 'savepoint' } as const
  return inSlicesAsStatement(connection, statement, slice, () =>
    stepsOf(analyzeAll(connection, tasks, slice), uncounted),
  )
}

function* analyzeAll(connection: Session, tasks: readonly Task[], slice: Slice): Work<void> {
  for (const task of tasks) yield* analyzeDatabase(connection, task, slice)
  for (const { database } of tasks) database.readAgain()
  connection.namesChanged()
}

function* analyzeDatabase(
  connection: Session,
  { database, table, index }: Task,
  slice: Slice,
): Work<void> {
  const of = index !== null ? ' WHERE idx=?' : table !== null ? ' WHERE tbl=?' : ''
  const named =
    index !== null ? [statisticsName(table!, index)] : table !== null ? [table.name] : []
  const nameOf = (name: string): string => `${quoteName(database.name)}.${name}`
  const isThere = (name: string): boolean => database.schema.tables.has(name)
  for (const { name } of [countsTable, samplesTable]) {
    if (isThere(name)) connection.prepareOwn(`DELETE FROM ${nameOf(name)}${of}`).run(named)
  }
  const create = (definition: typeof countsTable): void => {
    if (isThere(definition.name)) return
    createTable(database, definition)
    database.schemaChanged()
  }
  create(countsTable)
  const count = `INSERT INTO ${nameOf(countsTable.name)}(tbl,idx,stat) VALUES(?,?,?)`
  const sample = `INSERT INTO ${nameOf(samplesTable.name)}(tbl,idx,neq,nlt,ndlt,sample) VALUES(?,?,?,?,?,?)`
  const added: Added = {
    count: (...row) => connection.prepareOwn(count).run(row),
    sample: (...row) => {
      create(samplesTable)
      connection.prepareOwn(sample).run(row)
    },
  }
  const tables = table === null ? tablesInHashOrder(database.schema) : [table]
  for (const one of tables) {
    if (one.sql === '' || /^sqlite_/i.test(one.name)) continue
    yield* analyzeTable(connection, database, one, index, added, slice)
  }
}

/** Rows of the tables of statistics. */
interface Added {
  readonly count: (...row: Value[]) => void
  readonly sample: (...row: Value[]) => void
}

/** The index that a table without rowids is, is called by the table's name. */
function statisticsName(table: Table, index: Index): string {
  return index.root === table.root ? table.name : index.name
}

function* analyzeTable(
  connection: Session,
  database: OpenDatabase,
  table: Table,
  only: Index | null,
  added: Added,
  slice: Slice,
): Work<void> {
  for (const index of newestFirst(table.indexes)) {
    if (only !== null && index !== only) continue
    const name = statisticsName(table, index)
    const counts = yield* countEntries(database, table, index, fewestSampled, slice)
    const stat = statOf(index, counts)
    if (stat !== null) added.count(table.name, name, stat)
    for (const { equal, less, distinctLess, entry } of counts.samples) {
      const lists = [equal, less, distinctLess].map((list) => list.join(' '))
      added.sample(table.name, name, ...lists, entry)
    }
  }
  const isCounted = table.indexes.some(({ where }) => where === null)
  if (only !== null || isCounted) return
  const count = yield* countRows(connection, `${fullName(table)} NOT INDEXED`, slice)
  if (count > 0) added.count(table.name, null, String(count))
}

function fullName({ database, name }: Table): string {
  return `${quoteName(database)}.${quoteName(name)}`
}

/**
 * Rows, then for each prefix the average number of rows that share it, rounded up. null: there are no rows, which is said of a partial
 * index all the same. (`statGet`)
 */
function statOf(index: Index, { rows, distinct }: IndexCounts): string | null {
  if (rows === 0)
    return index.where === null ? null : ['0', ...index.columns.map(() => '0')].join(' ')
  const numbers = distinct.map((count) => {
    const average = Math.floor((rows + count - 1) / count)
    return average === 2 && rows * 10 <= count * 11 ? 1 : average
  })
  return [rows, ...numbers].join(' ')
}
