/**
 * Scans: loops over the rows of a table, by one of the ways that `Access` names. The consumer's code stands where the
 * cursor is on a row; what can be decided before (a NULL key, no such rowid) leaves the row around the scan.
 */
import type { InKeys, RangeBound, ScanNode } from '../../plan/index.ts'
import type { IndexAccess, VirtualColumns } from '../../plan/index.ts'
import { builtInCollations, SearchKey, readIndexRowid } from '../../record/index.ts'
import type { Affinity, KeyField } from '../../record/index.ts'
import {
  IndexCursor,
  TableCursor,
  addRowid,
  compareEntry,
  highRowid,
  lowRowid,
  rowidsOf,
  seekEntryRow,
  seekPrimaryKey,
  seekRowid,
  sortRowids,
} from '../../runtime/index.ts'
import {
  entryColumns,
  entryPlaces,
  isVirtual,
  primaryIndex,
  storedColumns,
} from '../../schema/index.ts'
import type { Index, Table } from '../../schema/index.ts'
import { constantArray, manyConstants } from '../source/constants.ts'
import { integerText } from '../emit/quote.ts'
import type { Generation } from '../source/generation.ts'
import { produceHashScan } from './hash.ts'
import { keyCode, sortedKeys } from './keys.ts'
import { produceVirtualScan } from './virtual.ts'
import { anyValue, integerKind, isOnly, mayBe, notNullText, nullKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { GeneratedSource } from '../source/generated.ts'
import { RecordSource } from '../source/record.ts'
import type { RecordPlaces } from '../source/record.ts'
import { functionOf } from '../expression/subquery.ts'

export function produceScan(generation: Generation, node: ScanNode, consume: () => void): void {
  const { emitter } = generation
  const { access, table } = node
  switch (access.kind) {
    case 'full': {
      emitter.comment(`scan ${table.name}`)
      const cursor = tableCursor(generation, table)
      const [start, step] = access.reverse ? ['last', 'previous'] : ['first', 'next']
      emitter.loop(
        `for (let more = ${cursor}.${start}(); more; more = ${cursor}.${step}())`,
        () => {
          bindRow(generation, node, cursor)
          consume()
        },
      )
      return
    }
    case 'rowid': {
      emitter.comment(`search ${table.name} by rowid`)
      const cursor = tableCursor(generation, table)
      emitter.guard(seekText(generation, cursor, generation.named(access.key)))
      bindRow(generation, node, cursor)
      consume()
      return
    }
    case 'rowid-range':
      produceRowidRange(generation, node, access, consume)
      return
    case 'rowid-in': {
      emitter.comment(`search ${table.name} by a list of rowids`)
      const cursor = tableCursor(generation, table)
      const rowid = emitter.fresh('id')
      emitter.loop(`for (const ${rowid} of ${rowidList(generation, access.keys)})`, () => {
        emitter.guard(`${cursor}.seek(${rowid})`)
        bindRow(generation, node, cursor)
        consume()
      })
      return
    }
    case 'index':
      produceIndexScan(generation, node, access, consume)
      return
    case 'hash':
      emitter.comment(`search ${table.name} by a hash table`)
      produceHashScan(generation, node, access, consume)
      return
    case 'virtual':
      produceVirtualScan(generation, node, access, consume)
      return
    default:
      access satisfies never
  }
}

/** A cursor on the table's own tree; its name. */
export function tableCursor(generation: Generation, table: Table): string {
  return cursorOf(generation, table.database, table.root, table.withoutRowid)
}

function cursorOf(
  generation: Generation,
  database: string,
  root: number,
  isIndex: boolean,
): string {
  const { emitter } = generation
  const context = generation.database(database)
  const name = emitter.fresh('c')
  const made = isIndex
    ? emitter.use('IndexCursor', IndexCursor)
    : emitter.use('TableCursor', TableCursor)
  emitter.link(`const ${name} = new ${made}(${context}.pages, ${integerText(root)})`)
  emitter.atEnd(`${name}.close()`)
  return name
}

/** From here on `cursor` stands on a row of the scan. */
function bindRow(generation: Generation, node: ScanNode, cursor: string): void {
  bindTableRow(generation, node.source, node.table, cursor, node.virtual)
}

/** Binds `source` to the row of `table` under `cursor`, in the current block. */
export function bindTableRow(
  generation: Generation,
  source: number,
  table: Table,
  cursor: string,
  virtual?: VirtualColumns,
): void {
  const record = new RecordSource(generation, source, table, cursor, tablePlaces(table))
  generation.sources.set(
    source,
    virtual === undefined ? record : new GeneratedSource(generation, record, table, virtual),
  )
}

/** Where a table's columns are in its own records. */
function tablePlaces(table: Table): RecordPlaces {
  if (!table.withoutRowid && !table.columns.some(isVirtual)) {
    return { place: (column) => column, rowid: 'cursor' }
  }
  if (!table.withoutRowid) {
    const stored = storedColumns(table)
    return { place: (column) => stored.indexOf(column), rowid: 'cursor' }
  }
  const order = entryColumns(table, primaryIndex(table)!)
  return { place: (column) => order.indexOf(column), rowid: null }
}

function seekText(generation: Generation, cursor: string, key: Code): string {
  if (isOnly(key, integerKind)) return `${cursor}.seek(${key.text})`
  const { emitter } = generation
  return `${emitter.use('seekRowid', seekRowid)}(${cursor}, ${generation.toValue(key).text})`
}

function produceRowidRange(
  generation: Generation,
  node: ScanNode,
  access: Extract<ScanNode['access'], { kind: 'rowid-range' }>,
  consume: () => void,
): void {
  const { emitter } = generation
  emitter.comment(`search ${node.table.name} by a range of rowids`)
  const cursor = tableCursor(generation, node.table)
  const low = access.low === null ? null : boundText(generation, access.low, 'low')
  const high = access.high === null ? null : boundText(generation, access.high, 'high')
  const start = access.reverse
    ? high === null
      ? 'last()'
      : `seekAtMost(${high})`
    : low === null
      ? 'first()'
      : `seekAtLeast(${low})`
  const step = access.reverse ? 'previous' : 'next'
  const test = access.reverse
    ? low === null
      ? ''
      : ` && ${cursor}.rowid >= ${low}`
    : high === null
      ? ''
      : ` && ${cursor}.rowid <= ${high}`
  emitter.loop(
    `for (let more = ${cursor}.${start}; more${test}; more = ${cursor}.${step}())`,
    () => {
      bindRow(generation, node, cursor)
      consume()
    },
  )
}

/** The first or last rowid of a range, in a variable; rows around the scan without one are left. */
function boundText(generation: Generation, bound: RangeBound, side: 'low' | 'high'): string {
  const { emitter } = generation
  const key = generation.named(bound.key)
  if (isOnly(key, integerKind) && bound.inclusive) return key.text
  const use =
    side === 'low' ? emitter.use('lowRowid', lowRowid) : emitter.use('highRowid', highRowid)
  const name = emitter.fresh(side)
  emitter.line(`const ${name} = ${use}(${generation.toValue(key).text}, ${bound.inclusive})`)
  emitter.guard(`${name} !== null`)
  return name
}

/** The rowids of `rowid IN (…)`, each once, ascending. */
function rowidList(generation: Generation, keys: InKeys): string {
  const { emitter } = generation
  const add = emitter.use('addRowid', addRowid)
  const sort = emitter.use('sortRowids', sortRowids)
  if (keys.kind === 'list') {
    const many = manyConstants(keys.items)
    const name = emitter.fresh('ids')
    if (many !== null) {
      const rowids = emitter.use('rowidsOf', rowidsOf)
      const list = constantArray(generation, many)
      emitter.atStart(`const ${name} = ${sort}(${rowids}(${list}))`)
      return name
    }
    emitter.line(`const ${name} = []`)
    for (const item of keys.items)
      emitter.line(`${add}(${name}, ${generation.plainValue(item).text})`)
    emitter.line(`${sort}(${name})`)
    return name
  }
  const { query } = keys
  return functionOf(generation, query, 'rowids', () => {
    const name = emitter.state('ids')
    emitter.line(`${name} = []`)
    emitter.once(() => {
      generation.produce(query.plan, () => {
        const code = generation.toValue(generation.column(query.source, 0))
        emitter.line(`${add}(${name}, ${code.text})`)
      })
    })
    emitter.line(`return ${sort}(${name})`)
  })
}

/** The column of a table that an index column is; null: an expression, or the rowid. */
function keyAffinity(table: Table, index: Index, place: number): Affinity | null {
  const { column } = index.columns[place]!
  if (column === -1) return 'integer'
  return column < 0 ? null : table.columns[column]!.affinity
}

/** One end of the entries to visit, in the order of the index. */
interface Edge {
  readonly key: string
  readonly inclusive: boolean
}

function produceIndexScan(
  generation: Generation,
  node: ScanNode,
  access: IndexAccess,
  consume: () => void,
): void {
  const { emitter } = generation
  const { index } = access
  const { table } = node
  emitter.comment(
    `search ${table.name} by index ${index.name}${access.covering ? ', covering' : ''}`,
  )
  const cursor = cursorOf(generation, table.database, index.root, true)
  const prefix: Code[] = []
  for (const [place, { key, nullSafe }] of access.equal.entries()) {
    const code = keyCode(generation, key, keyAffinity(table, index, place))
    if (!nullSafe && mayBe(code, nullKind)) emitter.guard(notNullText(code))
    prefix.push(code)
  }
  if (access.in === null) {
    visitEntries(generation, node, access, cursor, prefix, consume)
    return
  }
  const list = keyList(generation, table, access, access.in)
  const key = emitter.fresh('key')
  emitter.loop(`for (const ${key} of ${list})`, () => {
    const code: Code = { text: key, kinds: anyValue, simple: true }
    visitEntries(generation, node, access, cursor, [...prefix, code], consume)
  })
}

/** The keys of an IN: each once, in the order of the index (backwards for a scan that runs so). */
function keyList(generation: Generation, table: Table, access: IndexAccess, keys: InKeys): string {
  const place = access.equal.length
  const { collation, descending } = access.index.columns[place]!
  const affinity = keyAffinity(table, access.index, place)
  return sortedKeys(generation, keys, affinity, collation, descending !== access.reverse)
}

/** Runs over the entries that begin with `prefix` and lie in the range, if there is one. */
function visitEntries(
  generation: Generation,
  node: ScanNode,
  access: IndexAccess,
  cursor: string,
  prefix: readonly Code[],
  consume: () => void,
): void {
  const { emitter } = generation
  const { index } = access
  const row = (): void => {
    bindEntry(generation, node, access, cursor)
    consume()
  }
  const compare = emitter.use('compareEntry', compareEntry)
  const isRange = access.low !== null || access.high !== null
  if (prefix.length === 0 && !isRange) {
    const [start, step] = access.reverse ? ['last', 'previous'] : ['first', 'next']
    emitter.loop(`for (let more = ${cursor}.${start}(); more; more = ${cursor}.${step}())`, row)
    return
  }
  if (!isRange) {
    const key = searchKey(generation, index, prefix)
    const isOne =
      index.unique &&
      prefix.length === index.columns.length &&
      access.equal.every(({ nullSafe }) => !nullSafe)
    if (isOne) {
      emitter.guard(`${cursor}.seekAtLeast(${key}) && ${compare}(${cursor}, ${key}) === 0`)
      row()
      return
    }
    const [start, step] = access.reverse ? ['seekAtMost', 'previous'] : ['seekAtLeast', 'next']
    emitter.loop(
      `for (let more = ${cursor}.${start}(${key}); more && ${compare}(${cursor}, ${key}) === 0; more = ${cursor}.${step}())`,
      row,
    )
    return
  }
  const { first, last } = edges(generation, node.table, access, prefix)
  const start = access.reverse ? last : first
  const end = access.reverse ? first : last
  const [within, beyond, step] = access.reverse
    ? ['seekAtMost', 'seekBefore', 'previous']
    : ['seekAtLeast', 'seekAfter', 'next']
  const positioned =
    start === null
      ? `${access.reverse ? 'last' : 'first'}()`
      : `${start.inclusive ? within : beyond}(${start.key})`
  const operator = access.reverse ? '>' : '<'
  const test =
    end === null
      ? ''
      : ` && ${compare}(${cursor}, ${end.key}) ${operator}${end.inclusive ? '=' : ''} 0`
  emitter.loop(
    `for (let more = ${cursor}.${positioned}; more${test}; more = ${cursor}.${step}())`,
    row,
  )
}

/** Both ends of a range. A descending column has its greatest values first, and its NULLs last. */
function edges(
  generation: Generation,
  table: Table,
  access: IndexAccess,
  prefix: readonly Code[],
): { readonly first: Edge | null; readonly last: Edge | null } {
  const { emitter } = generation
  const { index } = access
  const { descending } = index.columns[prefix.length]!
  const affinity = keyAffinity(table, index, prefix.length)
  const edge = (bound: RangeBound): Edge => {
    const code = keyCode(generation, bound.key, affinity)
    if (mayBe(code, nullKind)) emitter.guard(notNullText(code))
    return { key: searchKey(generation, index, [...prefix, code]), inclusive: bound.inclusive }
  }
  const whole = (): Edge | null =>
    prefix.length === 0 ? null : { key: searchKey(generation, index, prefix), inclusive: true }
  // Without a lower bound the range begins after the NULLs: no comparison holds for them.
  const low =
    access.low === null
      ? { key: searchKey(generation, index, [...prefix, emitter.literal(null)]), inclusive: false }
      : edge(access.low)
  const high = access.high === null ? whole() : edge(access.high)
  return descending ? { first: high, last: low } : { first: low, last: high }
}

function newSearchKey({ emitter, encoding }: Generation, fields: readonly KeyField[]): string {
  const isBuiltIn = fields.every(({ collation }) => builtInCollations.collation(collation) !== null)
  const collations = isBuiltIn ? '' : ', ctx.collations'
  const use = emitter.use('SearchKey', SearchKey)
  return `new ${use}(${emitter.slot(fields)}, '${encoding}'${collations})`
}

/** A key made when the program is linked, set here; its name. */
function searchKey(generation: Generation, index: Index, codes: readonly Code[]): string {
  const { emitter } = generation
  const name = emitter.fresh('k')
  const values = emitter.fresh('kv')
  const fields = index.columns.map(({ collation, descending }) => ({ collation, descending }))
  emitter.link(`const ${name} = ${newSearchKey(generation, fields)}`)
  emitter.link(`const ${values} = [${codes.map(() => 'null').join(', ')}]`)
  for (const [i, code] of codes.entries()) emitter.line(`${values}[${i}] = ${code.text}`)
  emitter.line(`${name}.set(${values}, ${codes.length})`)
  return name
}

/** The row that belongs to the index entry under `cursor`. */
function bindEntry(
  generation: Generation,
  node: ScanNode,
  access: IndexAccess,
  cursor: string,
): void {
  const { emitter, encoding } = generation
  const { table, source } = node
  if (access.index === primaryIndex(table)) {
    bindRow(generation, node, cursor)
    return
  }
  if (access.covering) {
    emitter.line(`if (${cursor}.localSize < ${cursor}.payloadSize) ${cursor}.loadPayload()`)
    const { places } = access
    generation.sources.set(
      source,
      new RecordSource(generation, source, table, cursor, {
        place: (column) => places.get(column) ?? -1,
        rowid: 'last',
      }),
    )
    return
  }
  const row = tableCursor(generation, table)
  if (table.withoutRowid) {
    const primary = primaryIndex(table)!
    const key = emitter.fresh('k')
    const fields = primary.columns.map(({ collation, descending }) => ({ collation, descending }))
    emitter.link(`const ${key} = ${newSearchKey(generation, fields)}`)
    const places = emitter.slot(entryPlaces(table, access.index))
    emitter.guard(
      `${emitter.use('seekPrimaryKey', seekPrimaryKey)}(${cursor}, ${row}, ${key}, ${places}, '${encoding}')`,
    )
  } else {
    emitter.line(`if (${cursor}.localSize < ${cursor}.payloadSize) ${cursor}.loadPayload()`)
    const read = emitter.use('readIndexRowid', readIndexRowid)
    emitter.line(
      `${emitter.use('seekEntryRow', seekEntryRow)}(${row}, ${read}(${cursor}.data, ${cursor}.payloadOffset, ${cursor}.payloadSize))`,
    )
  }
  bindRow(generation, node, row)
}
