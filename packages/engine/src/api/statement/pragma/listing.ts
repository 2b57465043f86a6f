/** What a connection can name besides tables: functions, modules, collations. */
import type { Value } from '../../../record/index.ts'
import {
  allAggregateFunctions,
  allScalarFunctions,
  windowFunctions,
} from '../../../runtime/index.ts'
import type { AggregateFunction, ScalarFunction } from '../../../runtime/index.ts'
import type { Session } from '../../connection/session.ts'
import type { PragmaDefinition, Rows } from './definition.ts'

/** SQLITE_DETERMINISTIC, SQLITE_DIRECTONLY, SQLITE_SUBTYPE, SQLITE_INNOCUOUS. */
const deterministicFlag = 0x800
const directOnlyFlag = 0x80000
const subtypeFlag = 0x100000
const innocuousFlag = 0x200000

/** How SQLite writes any number of arguments, none, one or two at the least. (`FuncDef.nArg`) */
const anyNumber = [-1, -3, -4]

/** SQLite's rows come in the order of its hash table; these come by name. Each number of arguments has a row of its own. */
function functionList({ context }: Session): Rows {
  const rows: Value[][] = []
  const add = (
    definition: Pick<ScalarFunction, 'name' | 'minArgs' | 'maxArgs'>,
    isBuiltIn: boolean,
    type: string,
    flags: number,
  ): void => {
    const { name, minArgs, maxArgs } = definition
    const row = (count: number): void => {
      rows.push([name, isBuiltIn ? 1 : 0, type, 'utf8', count, flags])
    }
    // With one argument min() and max() are aggregates, which SQLite does not count here.
    const least = name === 'min' || name === 'max' ? 1 : minArgs
    if (maxArgs < 0) row(anyNumber[least] ?? -1)
    else for (let count = minArgs; count <= maxArgs; count++) row(count)
  }
  const addScalar = (definition: ScalarFunction, isBuiltIn: boolean): void => {
    const { deterministic, directOnly, takesJson, name } = definition
    // These answer the same throughout a statement only.
    const isConstant = deterministic && !name.startsWith('current_')
    const flags =
      (isConstant ? deterministicFlag : 0) |
      (directOnly ? directOnlyFlag : 0) |
      (isBuiltIn && takesJson ? subtypeFlag : 0)
    add(definition, isBuiltIn, 's', flags | (isBuiltIn && !directOnly ? innocuousFlag : 0))
  }
  const addAggregate = (definition: AggregateFunction): void =>
    add(definition, true, 'w', aggregateFlags(definition))
  for (const definition of context.catalog.environment.ownScalars) addScalar(definition, false)
  for (const definition of allScalarFunctions()) addScalar(definition, true)
  allAggregateFunctions().forEach(addAggregate)
  for (const definition of windowFunctions.values()) add(definition, true, 'w', innocuousFlag)
  return rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0))
}

/** Percentiles came from an extension, and say nothing. */
function aggregateFlags({ name, isJson }: AggregateFunction): number {
  if (/^(?:median|percentile)/.test(name)) return 0
  return innocuousFlag | (isJson === true ? subtypeFlag | deterministicFlag : 0)
}

function moduleList({ context }: Session): Rows {
  return context.catalog.environment.modules.names.map((name) => [name])
}

function collationList({ context }: Session): Rows {
  const names = [...context.catalog.environment.ownCollations, 'RTRIM', 'NOCASE', 'BINARY']
  return names.map((name, place) => [place, name])
}

export const listingPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  [
    'function_list',
    {
      columns: ['name', 'builtin', 'type', 'enc', 'narg', 'flags'],
      needs: 'nothing',
      answer: functionList,
    },
  ],
  ['module_list', { columns: ['name'], needs: 'nothing', answer: moduleList }],
  ['collation_list', { columns: ['seq', 'name'], needs: 'schemas', answer: collationList }],
]
