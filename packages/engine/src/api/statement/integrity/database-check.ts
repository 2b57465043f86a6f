/**
 * What `PRAGMA integrity_check` asks of one database, in SQLite's order: whether every page is used once and every tree is in order, all in
 * one row; whether each index has as many entries as its table has rows; and then the rows of one table after the other.
 */
import {
  checkedCollation,
  newestFirst,
  tablesInHashOrder,
  type Index,
  type Table,
} from '../../../schema/index.ts'
import { checkStructure, readingDamaged } from '../../../storage/index.ts'
import { inSlices, type Slice, type Work } from '../../../runtime/index.ts'
import type { OpenDatabase } from '../../connection/open-database.ts'
import type { Session } from '../../connection/session.ts'
import { EnoughFound, type Complaints } from './complaints.ts'
import { RowCheck } from './row-check.ts'
import { DamagedRecord } from './stored-row.ts'

export interface CheckOrder {
  /** Folded name of a table, or of something else that has no rows here; null: the whole database. */
  readonly only: string | null
  /** The indexes of each row too. */
  readonly full: boolean
}

/**
 * In an open read transaction, and in slices.
 * @returns whether there is reason to go on with other databases
 */
export function* checkOne(
  connection: Session,
  database: OpenDatabase,
  { only, full }: CheckOrder,
  complaints: Complaints,
  slice: Slice,
): Work<boolean> {
  const { schema } = database
  const named = only === null ? null : schema.tables.get(only)
  const tables = named === null ? tablesInHashOrder(schema) : named === undefined ? [] : [named]
  for (const table of tables) checkCollations(connection, table)
  try {
    const readable = yield* checkTrees(database, tables, only !== null, complaints, slice)
    yield* readingDamaged(database.pages, readable, function* (): Work<void> {
      for (const table of tables) {
        yield* checkRows(new RowCheck(connection, database, table, full, complaints), slice)
      }
    })
    return true
  } catch (error) {
    if (error instanceof EnoughFound) return false
    if (!(error instanceof DamagedRecord)) throw error
    complaints.rows.push('database disk image is malformed')
    return false
  }
}

/** A table whose indexes cannot be compared cannot be checked. */
function checkCollations({ context: { collations } }: Session, { indexes }: Table): void {
  for (const { columns } of indexes) {
    for (const { collation } of columns) checkedCollation(collations, collation)
  }
}

/** A tree: of a table with rowids, or of an index. */
interface Tree {
  readonly table: Table
  readonly index: Index | null
  readonly root: number
}

function treesOf(table: Table): Tree[] {
  const trees: Tree[] = table.withoutRowid ? [] : [{ table, index: null, root: table.root }]
  for (const index of newestFirst(table.indexes)) trees.push({ table, index, root: index.root })
  return trees
}

/** @returns the pages that are damaged, and can be read all the same */
function* checkTrees(
  { name, pages }: OpenDatabase,
  tables: readonly Table[],
  isPartial: boolean,
  complaints: Complaints,
  slice: Slice,
): Work<readonly number[]> {
  const trees = tables.flatMap(treesOf)
  const limit = complaints.left
  const steps = checkStructure(pages, trees, { limit, isPartial })
  const found = yield* inSlices(steps, slice)
  if (found.complaints.length > 0) {
    const text = [`*** in database ${name} ***`, ...found.complaints].join('\n')
    complaints.add(text, found.complaints.length)
  }
  const rowCounts = new Map<Table, number>()
  trees.forEach(({ table, root }, i) => {
    if (root === table.root) rowCounts.set(table, found.entryCounts[i]!)
  })
  trees.forEach(({ table, index }, i) => {
    if (index === null || index.where !== null) return
    if (found.entryCounts[i] === rowCounts.get(table)) return
    complaints.add(`wrong # of entries in index ${index.name}`)
  })
  return found.readable
}

function* checkRows(check: RowCheck, slice: Slice): Work<void> {
  try {
    yield* check.running(slice)
  } finally {
    check.close()
  }
}
