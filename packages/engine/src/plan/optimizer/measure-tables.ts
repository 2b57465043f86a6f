/**
 * The tables of a join that nobody has analysed are measured: about how many rows each has, from its tree. Which of them are small and which large
 * decides about the order of loops. Where all are small, or one alone is read, nothing is asked: estimates are then SQLite's, and so is the order in
 * which rows come.
 */
import type { Catalog } from '../../runtime/index.ts'
import type { Table } from '../../schema/index.ts'
import type { PlanNode, ScanNode } from '../node.ts'
import { mapFrom, visitFrom } from '../walk/from.ts'
import { rewritePlan } from '../walk/rewrite.ts'

/** The largest table of a join has so many rows at least. */
const leastRows = 500
/** A table is not taken to have fewer: it may grow before the statement runs. */
const fewestRows = 50

export function measureTables(plan: PlanNode, catalog: Catalog): PlanNode {
  const { sizesOf } = catalog
  if (sizesOf === undefined) return plan
  return rewritePlan(plan, {
    node: (node) => {
      if (node.kind !== 'join') return node
      const scans: ScanNode[] = []
      visitFrom(node, (leaf) => {
        if (leaf.kind === 'scan') scans.push(leaf)
      })
      const unknown = scans.map(({ table }) => table).filter(isUnknown)
      if (scans.length < 2 || unknown.length === 0) return node
      const sizes = sizesOf(unknown)
      const known = scans.map(({ table }) => table.rowEstimate ?? 0)
      if (Math.max(...known, ...sizes.map((size) => size ?? 0)) < leastRows) return node
      return measured(node, new Map(unknown.map((table, i) => [table, sizes[i] ?? null])))
    },
  })
}

function isUnknown({ rowEstimate, virtual }: Table): boolean {
  return rowEstimate === null && virtual === undefined
}

function measured(node: PlanNode, sizes: ReadonlyMap<Table, number | null>): PlanNode {
  return mapFrom(node, (leaf) => {
    const size = leaf.kind === 'scan' ? (sizes.get(leaf.table) ?? null) : null
    if (leaf.kind !== 'scan' || size === null) return leaf
    return { ...leaf, table: { ...leaf.table, rowEstimate: Math.max(fewestRows, size) } }
  })
}
