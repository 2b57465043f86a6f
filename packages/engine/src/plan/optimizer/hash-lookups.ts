/**
 * Look-ups by a UNIQUE index become look-ups in a hash table where all rows of a much larger table are read first, one after the other, and
 * nobody stops before the last: the smaller table is then read once, in far less time than its index is descended for each row.
 *
 * Whether many of the look-ups come to be made is not asked, for conditions are guesses: reading the smaller table costs little beside reading the
 * larger one, which is done in any case. The rows and their order stay the same.
 */
import type { BoundExpression, Subquery } from '../expression.ts'
import type { Access, AggregateNode, IndexAccess, PlanNode, ScanNode } from '../node.ts'
import { mapNode, mapOperands } from '../walk/map.ts'
import { isCopyable } from './sources.ts'

/** The larger table has at least so many times the rows of the smaller one, each of which is copied and put under its key. */
const timesLarger = 6

const hashedCollations: ReadonlySet<string> = new Set(['BINARY', 'NOCASE', 'RTRIM'])

export function hashLookups(plan: PlanNode): PlanNode {
  const done = new Map<Subquery, Subquery>()
  const subquery = (query: Subquery): Subquery => {
    let result = done.get(query)
    if (result === undefined) {
      const inner = onNode(query.plan, false)
      result = inner === query.plan ? query : { ...query, plan: inner }
      done.set(query, result)
    }
    return result
  }
  const onExpression = (expression: BoundExpression): BoundExpression =>
    mapOperands(expression, onExpression, subquery)
  /** @param isRead to its last row */
  const onNode = (node: PlanNode, isRead: boolean): PlanNode => {
    const mapped = mapNode(
      node,
      (input) => onNode(input, isInputRead(node, isRead)),
      onExpression,
      subquery,
    )
    return isRead && mapped.kind === 'join' ? hashed(mapped) : mapped
  }
  return onNode(plan, false)
}

/** Whether the rows of a node's input are all read, given whether its own are. */
function isInputRead(node: PlanNode, isRead: boolean): boolean {
  switch (node.kind) {
    case 'sort':
      return node.presorted === undefined
    case 'aggregate':
      return readsAll(node) ?? isRead
    case 'project':
    case 'filter':
    case 'distinct':
      return isRead
    default:
      // Within a join its outermost one decides.
      return false
  }
}

/** null: as many as are wanted of its groups. */
function readsAll({ strategy }: AggregateNode): boolean | null {
  if (strategy === 'hash' || strategy === 'single') return true
  return strategy === 'ordered' ? null : false
}

/** A whole join. */
function hashed(join: PlanNode): PlanNode {
  const rows = rowsOfWhole(outermost(join))
  return rows === null ? join : withHashes(join, rows / timesLarger)
}

function outermost(node: PlanNode): PlanNode {
  if (node.kind === 'join') return outermost(node.left)
  return node.kind === 'filter' ? outermost(node.input) : node
}

/** How many rows a scan reads that goes through all of a table; null: not so many as is known. */
function rowsOfWhole(node: PlanNode): number | null {
  if (node.kind !== 'scan' || !isWhole(node.access)) return null
  return node.table.rowEstimate
}

function isWhole(access: Access): boolean {
  if (access.kind === 'full') return true
  if (access.kind !== 'index' || access.skipped > 0 || access.in !== null) return false
  return access.equal.length === 0 && access.low === null && access.high === null
}

function withHashes(node: PlanNode, mostRows: number): PlanNode {
  switch (node.kind) {
    case 'join': {
      const left = withHashes(node.left, mostRows)
      const right = node.right.kind === 'join' ? node.right : withHashes(node.right, mostRows)
      return left === node.left && right === node.right ? node : { ...node, left, right }
    }
    case 'filter': {
      const input = withHashes(node.input, mostRows)
      return input === node.input ? node : { ...node, input }
    }
    case 'scan': {
      const { rowEstimate } = node.table
      if (rowEstimate === null || rowEstimate > mostRows) return node
      const access = hashOf(node)
      return access === null ? node : { ...node, access }
    }
    default:
      return node
  }
}

/** null: it is not reached by all columns of a UNIQUE index, or they are not compared as a hash table does. */
function hashOf({ access, source, table, hint, virtual }: ScanNode): Access | null {
  if (access.kind !== 'index' || typeof hint === 'string' || !isOneRow(access)) return null
  const { columns } = access.index
  if (columns.some((c) => c.column < 0 || !hashedCollations.has(c.collation))) return null
  if (columns.some((c) => virtual?.has(c.column))) return null
  if (access.equal.some(({ key, nullSafe }) => nullSafe || !isCopyable(key))) return null
  return {
    kind: 'hash',
    buildKeys: columns.map(({ column, collation }) => {
      const { name, affinity } = table.columns[column]!
      return { kind: 'column', source, column, name, affinity, collation }
    }),
    probeKeys: access.equal.map(({ key }) => key),
    // As for a search: the key gets the affinity of its column.
    rules: columns.map(({ column, collation }) => ({
      leftAffinity: null,
      rightAffinity: table.columns[column]!.affinity,
      collation,
    })),
    filter: null,
  }
}

function isOneRow({ index, skipped, equal, in: keys }: IndexAccess): boolean {
  if (!index.unique || index.where !== null || skipped > 0 || keys !== null) return false
  return equal.length === index.columns.length
}
