/**
 * The rows of a child table that refer to one row of its parent, as a plan over that row. The values are compared by the affinity and
 * the collation of the parent's columns. (`fkScanChildren`)
 */
import type { ParentKey, Reference, Table } from '../../schema/index.ts'
import { joined } from '../conditions.ts'
import type { BoundColumn, BoundExpression, SourceId } from '../expression.ts'
import type { PlanNode } from '../node.ts'
import { columnOf, rowidOf, tableSource } from '../scope.ts'
import type { WriteTarget } from '../statement.ts'
import type { Binder } from './binder.ts'
import { comparisonRule, ruleOf } from './comparison.ts'
import { virtualColumns } from './generated.ts'

/** Places of the parent's columns, in the order of its key. */
function parentPlaces({ rowidAlias }: Table, { index }: ParentKey): readonly number[] {
  if (index === null) return [rowidAlias]
  return index.columns.map(({ column }) => (column === -1 ? rowidAlias : column))
}

/** Both sides have the same affinity, and the parent's index the collation of its column. */
export function isPlain(parent: Table, { child }: Reference, key: ParentKey): boolean {
  return parentPlaces(parent, key).every((place, i) => {
    const own = parent.columns[place]!
    const other = child.columns[key.columns[i]!]!
    const collation = key.index?.columns[i]!.collation ?? own.collation
    const affinity = key.index === null ? 'integer' : own.affinity
    return affinity === other.affinity && collation === own.collation
  })
}

/** The affinity that a comparison sees. */
function affinityOf({ columns, rowidAlias }: Table, place: number): BoundColumn['affinity'] {
  return place === rowidAlias ? 'integer' : columns[place]!.affinity
}

/**
 * @param row what the parent's row is: `oldRow` or `newRow` of the target
 * @param isGone the row goes away: where the table refers to itself, it is not one of those that are left
 * @param conditions null: rows are counted; else those of RESTRICT, for which the parent's values have no affinity, and under which it holds
 */
export function referringRows(
  b: Binder,
  { table, primary }: WriteTarget,
  row: SourceId,
  { child }: Reference,
  key: ParentKey,
  isGone = false,
  conditions: readonly BoundExpression[] | null = null,
): PlanNode {
  const source = b.newSource()
  const rows = tableSource(source, child, child.name)
  const parent = tableSource(row, table, table.name)
  const terms = parentPlaces(table, key).map((place, i): BoundExpression => {
    const left = columnOf(parent, place)
    const right = columnOf(rows, key.columns[i]!)
    const isRowid = place === table.rowidAlias
    const bare = conditions !== null && !isRowid
    const rule = comparisonRule(
      {
        affinity: bare ? null : affinityOf(table, place),
        collation: isRowid ? null : table.columns[place]!.collation,
        isExplicit: conditions === null && !isRowid,
      },
      {
        affinity: affinityOf(child, key.columns[i]!),
        collation: right.column < 0 ? null : right.collation,
        isExplicit: false,
      },
    )
    return { kind: 'compare', operator: '=', left, right, rule: b.known(rule) }
  })
  if (isGone && child === table) terms.push(isAnotherRow(b, table, primary, row, source, key))
  const virtual = virtualColumns(b, child, source)
  const input: PlanNode = {
    kind: 'scan',
    source,
    table: child,
    alias: child.name,
    access: { kind: 'full', reverse: false },
    hint: null,
    ...(virtual === null ? {} : { virtual }),
    estimatedRows: null,
  }
  const condition = joined('and', [...(conditions ?? []), ...terms])
  // Nothing of them is wanted, so an index may do.
  const found: PlanNode = { kind: 'filter', input, condition }
  return { kind: 'project', source: b.newSource(), input: found, columns: [] }
}

/** By its rowid, or in a WITHOUT ROWID table by the key that is referred to. */
function isAnotherRow(
  b: Binder,
  table: Table,
  primary: WriteTarget['primary'],
  row: SourceId,
  source: SourceId,
  key: ParentKey,
): BoundExpression {
  if (primary === null) {
    const left = rowidOf(row, 'rowid')
    const right = rowidOf(source, 'rowid')
    const rule = ruleOf(null, null, 'BINARY')
    return { kind: 'compare', operator: '<>', left, right, rule }
  }
  const own = tableSource(row, table, table.name)
  const other = tableSource(source, table, table.name)
  const same = parentPlaces(table, key).map((place): BoundExpression => {
    const left = columnOf(own, place)
    const rule = b.known(ruleOf(null, null, left.collation))
    return { kind: 'compare', operator: 'IS', left, right: columnOf(other, place), rule }
  })
  return { kind: 'not', operand: joined('and', same) }
}

/** An UPDATE has changed the key: what the action of ON UPDATE waits for. */
export function conditionsOf(
  { table, oldRow, newRow }: WriteTarget,
  key: ParentKey,
): readonly BoundExpression[] {
  const before = tableSource(oldRow, table, table.name)
  const now = tableSource(newRow, table, table.name)
  const same = parentPlaces(table, key).map((place): BoundExpression => {
    const left = columnOf(before, place)
    const rule = ruleOf(null, null, left.collation)
    return { kind: 'compare', operator: 'IS', left, right: columnOf(now, place), rule }
  })
  return [{ kind: 'not', operand: joined('and', same) }]
}

/** The names of the columns on both sides, in the order of the parent's key. */
export function keyNames(
  parent: Table,
  { child }: Reference,
  key: ParentKey,
): readonly { readonly own: string; readonly other: string; readonly place: number }[] {
  return parentPlaces(parent, key).map((place, i) => ({
    own: parent.columns[place]!.name,
    other: child.columns[key.columns[i]!]!.name,
    place: key.columns[i]!,
  }))
}
