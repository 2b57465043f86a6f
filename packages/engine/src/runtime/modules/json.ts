/** `json_each`, `json_tree`, `jsonb_each` and `jsonb_tree` as table-valued functions: `JsonEachCursor` behind the interface of modules. */
import type { Value } from '../../record/index.ts'
import type {
  AccessAnswer,
  AccessQuestion,
  Module,
  VirtualCursor,
  VirtualTable,
} from '../../schema/index.ts'
import {
  JsonEachCursor,
  jsonColumn,
  jsonEachColumns,
  rootColumn,
  typeColumn,
  valueColumn,
} from '../functions/json/each.ts'

const hasJson = 1
const hasRoot = 2

/** Both arguments are equalities; without JSON there are no rows. (`jsonEachBestIndex`) */
function bestIndex({ constraints, orderBy }: AccessQuestion): AccessAnswer | null {
  const given = [-1, -1]
  let unusable = 0
  for (const [i, { column, operator, usable }] of constraints.entries()) {
    if (column < jsonColumn) continue
    const place = column - jsonColumn
    if (!usable) unusable |= 1 << place
    else if (operator === '=') given[place] = i
  }
  const known = (given[0]! >= 0 ? hasJson : 0) | (given[1]! >= 0 ? hasRoot : 0)
  if ((unusable & ~known) !== 0) return null
  const isOrdered = orderBy[0]?.column === -1 && !orderBy[0].descending
  if ((known & hasJson) === 0)
    return { args: [], consumed: [], plan: 0, cost: 2147483647, rows: 25, isOrdered }
  const args = given.filter((i) => i >= 0)
  return { args, consumed: args, plan: known, cost: 1, rows: 25, isOrdered }
}

class JsonTableCursor implements VirtualCursor {
  readonly #rows: JsonEachCursor

  constructor(isTree: boolean, isBlob: boolean) {
    this.#rows = new JsonEachCursor(isTree, isBlob)
  }

  begin(plan: number, _text: string, args: readonly Value[]): boolean {
    if (plan === 0) return false
    this.#rows.open(args[0]!, (plan & hasRoot) === 0 ? undefined : args[1]!)
    return this.#rows.next()
  }

  next(): boolean {
    return this.#rows.next()
  }

  column(place: number): Value {
    return this.#rows.column(place)
  }

  rowid(): number {
    return this.#rows.rowid
  }

  close(): void {
    this.#rows.close()
  }
}

function jsonModule(name: string): Module {
  const isTree = name.endsWith('tree')
  const isBlob = name.startsWith('jsonb')
  const table: VirtualTable = {
    columns: jsonEachColumns.map((column, place) => ({
      name: column,
      type: '',
      hidden: place === jsonColumn || place === rootColumn,
    })),
    json: { value: valueColumn, type: typeColumn },
    bestIndex,
    open: () => new JsonTableCursor(isTree, isBlob),
  }
  return { name, eponymous: () => table, create: null }
}

export const jsonModules: readonly Module[] = [
  'json_each',
  'json_tree',
  'jsonb_each',
  'jsonb_tree',
].map(jsonModule)
