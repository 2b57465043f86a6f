/**
 * Scans: loops over the rows of a table, by one of the ways that `Access` names. The consumer's code stands where the
 * cursor is on a row; what can be decided before (a NULL key, no such rowid) leaves the row around the scan.
 */
import { used } from '../../base/first-use.ts'
import type { BoundExpression, InKeys, RangeBound, ScanNode } from '../../plan/index.ts'
import type { Access, AccessArm, IndexAccess, VirtualColumns } from '../../plan/index.ts'
import { readIndexRowid } from '../../record/index.ts'
import {
  addRowid,
  highRowid,
  joinKeys,
  lowRowid,
  rowidsOf,
  seekEntryRow,
  seekPrimaryKey,
  seekRowid,
  sortRowids,
  sortingRowids,
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
import type { Frame } from '../emit/block.ts'
import type { Generation } from '../source/generation.ts'
import { produceEntries, searchKeyText } from './entries.ts'
import { produceHashScan } from './hash.ts'
import { tableCursor } from './table-cursor.ts'
import { produceVirtualScan } from './virtual.ts'
import { integerKind, isOnly } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { GeneratedSource } from '../source/generated.ts'
import { RecordSource } from '../source/record.ts'
import type { RecordPlaces } from '../source/record.ts'
import { keyText } from '../expression/keys.ts'
import { functionOf } from '../expression/subquery.ts'

export function produceScan(generation: Generation, node: ScanNode, consume: () => void): void {
  const { access, table } = node
  const { emitter } = generation
  used.add(access.kind)
  switch (access.kind) {
    case 'full':
    case 'rowid':
    case 'rowid-range':
    case 'rowid-in':
      produceRows(generation, node, access, (cursor) => {
        bindRow(generation, node, cursor)
        consume()
      })
      return
    case 'index':
      emitter.comment(
        `search ${table.name} by index ${access.index.name}${access.covering ? ', covering' : ''}`,
      )
      produceEntries(generation, node, access, (cursor) => {
        bindEntry(generation, node, access, cursor)
        consume()
      })
      return
    case 'any':
      emitter.comment(`search ${table.name} in ${access.arms.length} ways`)
      produceAny(generation, node, access.arms, consume)
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

type RowAccess = Extract<Access, { kind: 'full' | 'rowid' | 'rowid-range' | 'rowid-in' }>

/** Ways that lead to rows of the table itself: `consume` gets the name of the cursor on one, once. */
function produceRows(
  generation: Generation,
  { table }: ScanNode,
  access: RowAccess,
  consume: (cursor: string) => void,
): void {
  const { emitter } = generation
  switch (access.kind) {
    case 'full': {
      emitter.comment(`scan ${table.name}`)
      const cursor = tableCursor(generation, table)
      const [start, step] = access.reverse ? ['last', 'previous'] : ['first', 'next']
      emitter.loop(`for (let more = ${cursor}.${start}(); more; more = ${cursor}.${step}())`, () =>
        consume(cursor),
      )
      return
    }
    case 'rowid': {
      emitter.comment(`search ${table.name} by rowid`)
      const cursor = tableCursor(generation, table)
      emitter.guard(seekText(generation, cursor, generation.named(access.key)))
      consume(cursor)
      return
    }
    case 'rowid-range':
      produceRowidRange(generation, table, access, consume)
      return
    case 'rowid-in': {
      emitter.comment(`search ${table.name} by a list of rowids`)
      const cursor = tableCursor(generation, table)
      const rowid = emitter.fresh('id')
      emitter.loop(`for (const ${rowid} of ${rowidList(generation, access.keys)})`, () => {
        emitter.guard(`${cursor}.seek(${rowid})`)
        consume(cursor)
      })
      return
    }
    default:
      access satisfies never
  }
}

/** The rows that one of several accesses finds, each once: those of the first, then what the others add. */
function produceAny(
  generation: Generation,
  node: ScanNode,
  arms: readonly AccessArm[],
  consume: () => void,
): void {
  const { emitter } = generation
  const { frame } = emitter
  const seen = emitter.state('seen')
  emitter.line(`${seen} = new Set()`)
  const row = tableCursor(generation, node.table)
  const findByKey = node.table.withoutRowid ? keyFinder(generation, node.table, row) : null
  let consumer: Frame | null = null
  /** The row under `row` is one of those that an arm finds. */
  const take = (key: string, filter: BoundExpression | null): void => {
    if (filter !== null) generation.guard(filter)
    emitter.line(`${seen}.add(${key})`)
    const body = (): void => {
      consume()
      emitter.line('return 0')
    }
    consumer ??= emitter.function('row', 'return 0', body, new Set(), frame)
    emitter.callConsumer(consumer)
  }
  const takeRowid = (rowid: string, filter: BoundExpression | null): void => {
    const id = emitter.fresh('id')
    emitter.line(`const ${id} = ${rowid}`)
    emitter.guard(`!${seen}.has(${id})`)
    emitter.line(`${emitter.use('seekEntryRow', seekEntryRow)}(${row}, ${id})`)
    bindRow(generation, node, row)
    take(id, filter)
  }
  const takeEntry = (cursor: string, index: Index, filter: BoundExpression | null): void => {
    findByKey!(cursor, index)
    bindRow(generation, node, row)
    const key = primaryKeyText(generation, node)
    emitter.guard(`!${seen}.has(${key})`)
    take(key, filter)
  }
  for (const { access, filter } of arms) {
    emitter.once(() => {
      if (access.kind === 'index') {
        emitter.comment(`by index ${access.index.name}`)
        produceEntries(generation, node, access, (cursor) => {
          if (findByKey === null) takeRowid(entryRowid(generation, cursor), filter)
          else takeEntry(cursor, access.index, filter)
        })
      } else {
        produceRows(generation, node, access as RowAccess, (cursor) =>
          takeRowid(`${cursor}.rowid`, filter),
        )
      }
    })
  }
}

/** One key for the row of a table without rowids that is current: what tells it apart. */
function primaryKeyText(generation: Generation, { source, table }: ScanNode): string {
  const { emitter } = generation
  const keys = primaryIndex(table)!.columns.map(({ column, collation }) =>
    keyText(generation, emitter.name(generation.column(source, column)), collation),
  )
  const text =
    keys.length === 1 ? keys[0]! : `${emitter.use('joinKeys', joinKeys)}([${keys.join(', ')}])`
  return emitter.name({ text, kinds: 0, simple: false }).text
}

/** The rowid at the end of the entry under `cursor`. */
function entryRowid({ emitter }: Generation, cursor: string): string {
  emitter.line(`if (${cursor}.localSize < ${cursor}.payloadSize) ${cursor}.loadPayload()`)
  const read = emitter.use('readIndexRowid', readIndexRowid)
  return `${read}(${cursor}.data, ${cursor}.payloadOffset, ${cursor}.payloadSize)`
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
  table: Table,
  access: Extract<Access, { kind: 'rowid-range' }>,
  consume: (cursor: string) => void,
): void {
  const { emitter } = generation
  emitter.comment(`search ${table.name} by a range of rowids`)
  const cursor = tableCursor(generation, table)
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
  emitter.loop(`for (let more = ${cursor}.${start}; more${test}; more = ${cursor}.${step}())`, () =>
    consume(cursor),
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
    if (emitter.isSliced) {
      const sorting = emitter.use('sortingRowids', sortingRowids)
      emitter.line(`return ${emitter.work('', sorting, name)}`)
    } else emitter.line(`return ${sort}(${name})`)
  })
}

/** What emits the way of the cursor `row` to the row of an index entry, by the primary key in it. */
function keyFinder(
  generation: Generation,
  table: Table,
  row: string,
): (entry: string, index: Index) => void {
  const { emitter, encoding } = generation
  const key = emitter.fresh('k')
  const fields = primaryIndex(table)!.columns.map(({ collation, descending }) => ({
    collation,
    descending,
  }))
  emitter.link(`const ${key} = ${searchKeyText(generation, fields)}`)
  const seek = emitter.use('seekPrimaryKey', seekPrimaryKey)
  return (entry, index) => {
    const places = emitter.slot(entryPlaces(table, index))
    emitter.guard(`${seek}(${entry}, ${row}, ${key}, ${places}, '${encoding}')`)
  }
}

/** The row that belongs to the index entry under `cursor`. */
function bindEntry(
  generation: Generation,
  node: ScanNode,
  access: IndexAccess,
  cursor: string,
): void {
  const { emitter } = generation
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
    keyFinder(generation, table, row)(cursor, access.index)
  } else {
    const rowid = entryRowid(generation, cursor)
    emitter.line(`${emitter.use('seekEntryRow', seekEntryRow)}(${row}, ${rowid})`)
  }
  bindRow(generation, node, row)
}
