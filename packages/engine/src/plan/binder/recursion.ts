/**
 * Recursive common tables: which SELECTs of a compound name the table that they define, and what the name means there: the one row that is being
 * worked on. (`resolveFromTermToCte`, `generateWithRecursiveQuery`)
 */
import { sqlError } from '../../base/error.ts'
import { foldName } from '../../schema/index.ts'
import type {
  CommonTable,
  FromClause,
  SelectCore,
  TableFunction,
  TableName,
  TableReference,
} from '../../sql/index.ts'
import type { Affinity } from '../../record/index.ts'
import type { BoundColumn, BoundExpression, SourceId } from '../expression.ts'
import type { PlanNode } from '../node.ts'

/** What a name that means the table itself is told, by where it stands. */
type SelfReference = 'circular reference' | 'multiple recursive references'

/** With parentheses behind it, too, in which nothing may stand. */
type OwnName = TableName | TableFunction

interface Column {
  readonly name: string
  readonly affinity: Affinity | null
  readonly collation: string | null
}

/** A query of the row that is being worked on. */
interface CurrentRow<Columns> {
  readonly plan: PlanNode
  readonly source: SourceId
  readonly columns: Columns
}

/** @typeParam Columns those of the table */
export class Recursion<Columns extends readonly Column[]> {
  readonly table: CommonTable
  /** The first SELECT that names the table; all after it do. */
  readonly firstStep: number
  readonly #references: ReadonlySet<OwnName>
  /** The row as the SELECTs have it in their FROM. */
  readonly #rows = new Set<SourceId>()
  /** Set once the rows to begin with are known. */
  #current: { readonly id: SourceId; readonly columns: Columns } | null = null

  private constructor(table: CommonTable, firstStep: number, references: ReadonlySet<OwnName>) {
    this.table = table
    this.firstStep = firstStep
    this.#references = references
  }

  /** null: the table is not recursive. */
  static of<Columns extends readonly Column[]>(table: CommonTable): Recursion<Columns> | null {
    const { compounds } = table.select
    const operator = compounds.at(-1)?.operator
    if (operator !== 'UNION' && operator !== 'UNION ALL') return null
    const references = new Set<OwnName>()
    let firstStep = compounds.length + 1
    while (firstStep > 1 && compounds[firstStep - 2]!.operator === operator) {
      const own = referencesIn(compounds[firstStep - 2]!.core, foldName(table.name))
      if (own.length > 1) throw sqlError(`multiple references to recursive table: ${table.name}`)
      if (own.length === 0) break
      references.add(own[0]!)
      firstStep--
    }
    return references.size === 0 ? null : new Recursion(table, firstStep, references)
  }

  /** Whether a term of FROM is the row that is being worked on. */
  isRow(reference: TableReference): boolean {
    return isOwnName(reference) && this.#references.has(reference)
  }

  /** How the first of the SELECTs calls it. */
  get alias(): string {
    const [reference] = this.#references
    return reference?.alias ?? this.table.name
  }

  /** From here on the table has columns, and `id` is the row that is being worked on. */
  begin(id: SourceId, columns: Columns): void {
    this.#current = { id, columns }
  }

  /** What a reference that means the row is, under a source of its own; null: it is none of those that may. */
  row(reference: OwnName, source: SourceId): CurrentRow<Columns> | null {
    if (this.#current === null || !this.#references.has(reference)) return null
    const { id, columns } = this.#current
    const plan: PlanNode = {
      kind: 'project',
      source,
      input: { kind: 'single-row' },
      columns: columns.map(({ name, affinity, collation }, column): BoundColumn => ({
        kind: 'column',
        source: id,
        column,
        name,
        affinity: affinity ?? 'blob',
        collation: collation ?? 'BINARY',
      })),
    }
    return { plan, source, columns }
  }

  /** The source is the row, as a SELECT has it in its FROM. */
  noteRow(source: SourceId): void {
    this.#rows.add(source)
  }

  /** The column of the row that an expression is; -1: it is none. */
  columnOf(expression: BoundExpression): number {
    const isOwn = expression.kind === 'column' && this.#rows.has(expression.source)
    return isOwn ? expression.column : -1
  }

  get selfReference(): SelfReference {
    return this.#current === null ? 'circular reference' : 'multiple recursive references'
  }
}

/** The terms of a FROM that have the name. */
function referencesIn(core: SelectCore, folded: string): OwnName[] {
  if (core.kind === 'values' || core.from === null) return []
  return termsOf(core.from).filter(
    (term): term is OwnName =>
      isOwnName(term) && term.schema === null && foldName(term.name) === folded,
  )
}

function isOwnName(reference: TableReference): reference is OwnName {
  return reference.kind === 'table' || reference.kind === 'table-function'
}

/** Parentheses that begin a FROM only group. */
function termsOf({ first, joins }: FromClause): TableReference[] {
  const start = first.kind === 'nested' && first.alias === null ? termsOf(first.from) : [first]
  return [...start, ...joins.map(({ right }) => right)]
}

/** Whether a SELECT groups or aggregates, which one that names its own table may not. */
export function isAggregate(plan: PlanNode): boolean {
  switch (plan.kind) {
    case 'aggregate':
      return true
    case 'project':
    case 'distinct':
    case 'filter':
    case 'sort':
      return isAggregate(plan.input)
    default:
      return false
  }
}

/** Whether a SELECT has window functions, which one that names its own table may not. */
export function hasWindow(plan: PlanNode): boolean {
  switch (plan.kind) {
    case 'window':
      return true
    case 'project':
    case 'distinct':
    case 'sort':
      return hasWindow(plan.input)
    default:
      return false
  }
}
