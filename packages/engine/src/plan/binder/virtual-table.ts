/**
 * Virtual tables in FROM: those that were created, and those that go by their module's name. What is written in parentheses behind a name are
 * constraints on the hidden columns of its table, in their order. (`sqlite3WhereTabFuncArgs`)
 */
import { sqlError } from '../../base/error.ts'
import type { Table, VirtualDefinition } from '../../schema/index.ts'
import type { Expression } from '../../sql/index.ts'
import type { BoundExpression } from '../expression.ts'
import { joined } from '../conditions.ts'
import type { Access, FilterNode, PlanNode } from '../node.ts'
import { columnOf, type Scope, type ScopeSource } from '../scope.ts'
import type { Binder } from './binder.ts'
import { comparisonRule } from './comparison.ts'

/** Before the optimizer has asked the table how it would answer. */
export const unplannedAccess: Access = {
  kind: 'virtual',
  plan: 0,
  text: '',
  isHex: false,
  args: [],
}

/** The table of a CREATE VIRTUAL TABLE. */
export function createdTable(b: Binder, definition: VirtualDefinition): Table {
  const table = b.catalog.environment.virtualTable(definition)
  if (table === null) throw sqlError(`no such module: ${definition.module}`)
  return table
}

/** Notes that a statement reads the table. What is written in a view must be for anybody to use. */
export function noteVirtual(b: Binder, table: Table): void {
  if (table.virtual?.isUsers === true) b.callsUsers = true
  if (table.virtual?.isDirectOnly === true && b.viewDatabase !== null) {
    throw sqlError(`unsafe use of virtual table "${table.name}"`)
  }
}

/** The places of the columns that are parameters. */
function parametersOf(table: Table): readonly number[] {
  const places: number[] = []
  if (table.virtual === undefined) return places
  for (const [place, { hidden }] of table.columns.entries()) if (hidden === true) places.push(place)
  return places
}

/** A scan under the conditions that its arguments are; they are bound when all names of the query are known. */
export interface Called {
  readonly node: PlanNode
  readonly bindArguments: (scope: Scope) => void
}

export function call(
  b: Binder,
  scan: PlanNode,
  table: Table,
  source: ScopeSource,
  args: readonly Expression[],
): Called {
  const parameters = parametersOf(table)
  if (args.length > parameters.length) {
    throw sqlError(`too many arguments on ${table.name}() - max ${parameters.length}`)
  }
  if (args.length === 0) return { node: scan, bindArguments: () => {} }
  const condition: BoundExpression = { kind: 'literal', value: 1 }
  const node: { -readonly [Key in keyof FilterNode]: FilterNode[Key] } = {
    kind: 'filter',
    input: scan,
    condition,
  }
  const bindArguments = (scope: Scope): void => {
    const conditions = args.map((arg, i): BoundExpression => {
      const value = b.expression(b, arg, scope)
      const column = columnOf(source, parameters[i]!)
      // As under a unary plus: neither side converts the other.
      const none = { affinity: null, collation: null, isExplicit: false }
      const rule = comparisonRule(none, none)
      return { kind: 'compare', operator: '=', left: column, right: value, rule, isArgument: true }
    })
    node.condition = joined('and', conditions)
  }
  return { node, bindArguments }
}
