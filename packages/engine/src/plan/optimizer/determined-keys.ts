/**
 * Keys of GROUP BY that say nothing new. Rows that agree in the rowid of a table, or in all columns of a UNIQUE index of it that holds no NULL, are of one
 * row of it, so that they agree in all of its columns; and in those of the one row that another table has for it. Such keys need not be compared.
 */
import type { BoundExpression, SourceId } from '../expression.ts'
import type { Access, AggregateNode, GroupKey, PlanNode, ScanNode } from '../node.ts'
import { isCopyable, sourcesOf } from './sources.ts'

/** A table under an aggregate. `isInner`: no outer join may have a row of NULLs in its place. */
interface Scanned {
  readonly scan: ScanNode
  readonly isInner: boolean
}

/** The keys, with those marked that others determine. `input` is planned. */
export function withDetermined(node: AggregateNode, input: PlanNode): readonly GroupKey[] {
  const { groupBy } = node
  if (groupBy.length < 2) return groupBy
  const scans: Scanned[] = []
  addScans(scans, input, true)
  const given = groupBy.map((key) => (key.expression.kind === 'column' ? key : null))
  const determining = new Set<GroupKey>()
  const sources = new Set<SourceId>()
  for (const { scan } of scans) {
    const keys = identifying(scan, given)
    if (keys === null) continue
    sources.add(scan.source)
    for (const key of keys) determining.add(key)
  }
  if (sources.size === 0) return groupBy
  while (scans.some(({ scan, isInner }) => isInner && follows(scan, sources))) {
    for (const { scan, isInner } of scans)
      if (isInner && follows(scan, sources)) sources.add(scan.source)
  }
  return groupBy.map((key) => {
    const { expression } = key
    const isDetermined =
      !determining.has(key) && expression.kind === 'column' && sources.has(expression.source)
    return isDetermined ? { ...key, isDetermined } : key
  })
}

function addScans(scans: Scanned[], node: PlanNode, isInner: boolean): void {
  switch (node.kind) {
    case 'scan':
      scans.push({ scan: node, isInner })
      return
    case 'filter':
      addScans(scans, node.input, isInner)
      return
    case 'join':
      addScans(scans, node.left, isInner)
      addScans(scans, node.right, isInner && node.type !== 'left')
      return
    default:
  }
}

/** The keys that name one row of the scan's table; null: none do. */
function identifying(
  { source, table }: ScanNode,
  keys: readonly (GroupKey | null)[],
): readonly GroupKey[] | null {
  const keyOf = (column: number, collation: string | null): GroupKey | undefined =>
    keys.find((key) => {
      if (key === null || key.expression.kind !== 'column') return false
      if (key.expression.source !== source || key.expression.column !== column) return false
      return collation === null || key.collation === collation || key.collation === 'BINARY'
    }) ?? undefined
  const rowid = table.withoutRowid || table.virtual !== undefined ? undefined : keyOf(-1, null)
  if (rowid !== undefined) return [rowid]
  for (const { unique, where, columns } of table.indexes) {
    if (!unique || where !== null) continue
    const found = columns.map(({ column, collation }) => {
      // Rows with a NULL are all different.
      if (column < 0 || table.columns[column]!.notNull === null) return undefined
      return keyOf(column, collation)
    })
    if (found.every((key) => key !== undefined)) return found
  }
  return null
}

/** The one row that the scan has is known where those of `sources` are. */
function follows({ source, access }: ScanNode, sources: ReadonlySet<SourceId>): boolean {
  if (sources.has(source)) return false
  const keys = keysOfOne(access)
  return keys !== null && keys.every((key) => isCopyable(key) && isWithin(key, sources))
}

function isWithin(key: BoundExpression, sources: ReadonlySet<SourceId>): boolean {
  for (const source of sourcesOf(key)) if (!sources.has(source)) return false
  return true
}

/** The keys by which at most one row is reached; null: there may be more. */
function keysOfOne(access: Access): readonly BoundExpression[] | null {
  if (access.kind === 'rowid') return [access.key]
  if (access.kind !== 'index' || !access.index.unique || access.skipped > 0) return null
  if (access.equal.length !== access.index.columns.length) return null
  if (access.equal.some(({ nullSafe }) => nullSafe)) return null
  return access.equal.map(({ key }) => key)
}
