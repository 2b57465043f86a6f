/** `json_each`, `json_tree`, `jsonb_each` and `jsonb_tree` as table-valued functions: `JsonEachCursor` behind the interface of modules. */
import { decodeUtf8, writeText } from '../../record/index.ts'
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
  atomColumn,
  fullkeyColumn,
  jsonColumn,
  jsonEachColumns,
  keyColumn,
  pathColumn,
  rootColumn,
  typeColumn,
  valueColumn,
} from '../functions/json/each.ts'
import { pathOf } from '../functions/json/path.ts'
import { longestScanned } from '../functions/json/scan.ts'
import { JsonTextRows } from '../functions/json/text-rows.ts'

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
  readonly #parsed: JsonEachCursor
  /** Rows out of the text itself; null: what is given is JSONB, or arrays and objects are wanted so. */
  readonly #text: JsonTextRows | null
  /** Which of the two it is. */
  #isParsed = true
  /** What only JSONB tells has been asked for. */
  #asksJsonb = false
  #root: Value | undefined = undefined

  constructor(isTree: boolean, isBlob: boolean) {
    this.#parsed = new JsonEachCursor(isTree, isBlob)
    this.#text = isBlob ? null : new JsonTextRows(isTree)
  }

  begin(plan: number, _text: string, args: readonly Value[]): boolean {
    if (plan === 0) return false
    const root = (plan & hasRoot) === 0 ? undefined : args[1]!
    const json = args[0]!
    if (typeof json === 'string' && 3 * json.length < given.length && this.#mayScan()) {
      const size = writeText(given, 0, json, 'utf8')
      return this.#beginWith(given, 0, size, root)
    }
    return this.#parse(json, root)
  }

  beginBytes(
    plan: number,
    _text: string,
    data: Uint8Array,
    offset: number,
    size: number,
    args: readonly Value[],
  ): boolean {
    return this.#beginWith(data, offset, size, (plan & hasRoot) === 0 ? undefined : args[0]!)
  }

  #mayScan(): boolean {
    return this.#text !== null && !this.#asksJsonb
  }

  #beginWith(data: Uint8Array, offset: number, size: number, root: Value | undefined): boolean {
    if (this.#mayScan()) {
      const path = root === undefined ? null : pathOf(root)
      const isPlain = root === undefined || path !== null
      if (isPlain && this.#text!.open(data, offset, size, path)) {
        this.#isParsed = false
        this.#root = root
        return this.#text!.next()
      }
    }
    return this.#parse(decodeUtf8(data, offset, size), root)
  }

  #parse(json: Value, root: Value | undefined): boolean {
    this.#isParsed = true
    this.#parsed.open(json, root)
    return this.#parsed.next()
  }

  next(): boolean {
    return this.#isParsed ? this.#parsed.next() : this.#text!.next()
  }

  column(place: number): Value {
    if (this.#isParsed) return this.#parsed.column(place)
    const text = this.#text!
    switch (place) {
      case keyColumn:
        return text.key()
      case valueColumn:
        return text.value()
      case typeColumn:
        return text.type()
      case atomColumn:
        return text.atom()
      case fullkeyColumn:
        return text.fullkey()
      case pathColumn:
        return text.path()
      case jsonColumn:
        return text.given()
      case rootColumn:
        return this.#root === undefined ? '$' : pathOf(this.#root)!.text
      default:
        this.#goOnParsed()
        return this.#parsed.column(place)
    }
  }

  /** `id` or `parent` is asked for: the rows go on where they are, out of JSONB, and so do those of the scans that follow. */
  #goOnParsed(): void {
    const { rowid } = this.#text!
    this.#asksJsonb = true
    this.#parse(this.#text!.given(), this.#root)
    while (this.#parsed.rowid < rowid) this.#parsed.next()
  }

  rowid(): number {
    return this.#isParsed ? this.#parsed.rowid : this.#text!.rowid
  }

  close(): void {
    this.#parsed.close()
    this.#isParsed = true
    this.#root = undefined
  }
}

/** Where a text becomes bytes. */
const given = Buffer.alloc(3 * longestScanned)

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
    takesBytes: true,
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
