/** The rows that an INSERT is given, and the columns that their values are for. */
import { sqlError } from '../../base/error.ts'
import { foldName, isRowidName } from '../../schema/index.ts'
import type { Insert } from '../../sql/index.ts'
import type { PlanNode } from '../node.ts'
import type { AssignedRow } from './assignments.ts'
import type { Binder } from './binder.ts'

export interface InsertRows {
  readonly plan: PlanNode
  readonly source: number
  readonly columnCount: number
}

export function bindRows(b: Binder, insert: Insert): InsertRows {
  if (insert.source === null) {
    const source = b.newSource()
    const plan: PlanNode = {
      kind: 'project',
      source,
      input: { kind: 'single-row' },
      columns: [],
    }
    return { plan, source, columnCount: 0 }
  }
  const { first, compounds } = insert.source
  if (first.kind === 'values' && first.rows.length === 1 && compounds.length === 0) {
    b.givenRow = first
  }
  const { plan, source, columns } = b.select(b, insert.source, b.outer)
  b.givenRow = null
  return { plan, source, columnCount: columns.length }
}

/** For each value in order the column that it is for; -1: the rowid. */
export function placesOf(insert: Insert, row: AssignedRow): readonly number[] {
  const { rowidAlias, columnCount, places } = row
  if (insert.columns === null) {
    const all = Array.from({ length: columnCount }, (_, place) => place)
    return all
      .filter((place) => !row.generated.has(place))
      .map((place) => (place === rowidAlias ? -1 : place))
  }
  return insert.columns.map((name) => {
    const folded = foldName(name)
    const place = places.get(folded)
    const generated = place === undefined ? undefined : row.generated.get(place)
    if (generated !== undefined) {
      throw sqlError(`cannot INSERT into generated column "${generated}"`)
    }
    if (place !== undefined) return place === rowidAlias ? -1 : place
    if (row.hasRowid && isRowidName(folded)) return -1
    throw sqlError(`table ${writtenName(insert)} has no column named ${name}`)
  })
}

function writtenName({ table: { schema, name } }: Insert): string {
  return schema === null ? name : `${schema}.${name}`
}

export function checkCount(insert: Insert, expected: number, given: number): void {
  if (given === expected) return
  if (insert.columns !== null) throw sqlError(`${given} values for ${expected} columns`)
  throw sqlError(
    `table ${writtenName(insert)} has ${expected} columns but ${given} values were supplied`,
  )
}
