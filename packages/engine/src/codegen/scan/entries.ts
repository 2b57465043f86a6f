/**
 * Entries of an index: a loop over those that begin with the keys of an access and lie in its range. The consumer's code stands where the
 * cursor is on an entry.
 */
import type { InKeys, IndexAccess, RangeBound, ScanNode } from '../../plan/index.ts'
import { builtInCollations, decodeColumn, SearchKey } from '../../record/index.ts'
import type { Affinity, KeyField } from '../../record/index.ts'
import { compareEntry } from '../../runtime/index.ts'
import type { Index, Table } from '../../schema/index.ts'
import type { Generation } from '../source/generation.ts'
import { anyValue, mayBe, notNullText, nullKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { keyCode, sortedKeys } from './keys.ts'
import { cursorOf } from './table-cursor.ts'

/** Of the column that an index has at a place; null: it is an expression. Behind its columns stands the rowid. */
function keyAffinity(table: Table, index: Index, place: number): Affinity | null {
  const column = index.columns[place]?.column ?? -1
  if (column === -1) return 'integer'
  return column < 0 ? null : table.columns[column]!.affinity
}

/** One end of the entries to visit, in the order of the index. */
interface Edge {
  readonly key: string
  readonly inclusive: boolean
}

/** `consume` gets the name of the cursor on an entry, once. */
export function produceEntries(
  generation: Generation,
  { table }: ScanNode,
  access: IndexAccess,
  consume: (cursor: string) => void,
): void {
  const { emitter } = generation
  const { index, skipped } = access
  const cursor = cursorOf(generation, table.database, index.root, true)
  const keysFrom = (place: number, parts: IndexAccess['equal']): Code[] =>
    parts.map(({ key, nullSafe }, i) => {
      const code = keyCode(generation, key, keyAffinity(table, index, place + i))
      if (!nullSafe && mayBe(code, nullKind)) emitter.guard(notNullText(code))
      return code
    })
  const visit = (prefix: readonly Code[]): void => {
    const first = [...prefix, ...keysFrom(skipped, access.equal)]
    if (access.in === null) {
      visitEntries(generation, table, access, cursor, first, consume)
      return
    }
    const list = keyList(generation, table, access, access.in)
    const last = keysFrom(first.length + 1, access.afterIn)
    const key = emitter.fresh('key')
    emitter.loop(`for (const ${key} of ${list})`, () => {
      const code: Code = { text: key, kinds: anyValue, simple: true }
      visitEntries(generation, table, access, cursor, [...first, code, ...last], consume)
    })
  }
  if (skipped === 0) visit([])
  else eachPrefix(generation, table, access, visit)
}

/** A loop over the values that the first columns of the entries have, each combination once, in the order of the scan. (Skip-Scan) */
function eachPrefix(
  generation: Generation,
  table: Table,
  { index, skipped, reverse }: IndexAccess,
  body: (prefix: readonly Code[]) => void,
): void {
  const { emitter, encoding } = generation
  const cursor = cursorOf(generation, table.database, index.root, true)
  const key = newSearchKey(generation, index)
  const values = emitter.fresh('kv')
  const decode = emitter.use('decodeColumn', decodeColumn)
  emitter.link(`const ${values} = [${Array.from({ length: skipped }, () => 'null').join(', ')}]`)
  const [start, step] = reverse ? ['last', 'seekBefore'] : ['first', 'seekAfter']
  emitter.loop(
    `for (let more = ${cursor}.${start}(); more; more = ${cursor}.${step}(${key}))`,
    () => {
      emitter.line(`if (${cursor}.localSize < ${cursor}.payloadSize) ${cursor}.loadPayload()`)
      const prefix: Code[] = []
      for (let place = 0; place < skipped; place++) {
        const args = `${cursor}.data, ${cursor}.payloadOffset, ${cursor}.payloadSize, ${place}`
        const text = `${values}[${place}]`
        emitter.line(`${text} = ${decode}(${args}, '${encoding}')`)
        prefix.push(emitter.name({ text, kinds: anyValue, simple: false }))
      }
      emitter.line(`${key}.set(${values}, ${skipped})`)
      body(prefix)
    },
  )
}

/** The keys of an IN: each once, in the order of the index (backwards for a scan that runs so). */
function keyList(generation: Generation, table: Table, access: IndexAccess, keys: InKeys): string {
  const place = access.skipped + access.equal.length
  const { collation, descending } = access.index.columns[place]!
  const affinity = keyAffinity(table, access.index, place)
  return sortedKeys(generation, keys, affinity, collation, descending !== access.reverse)
}

/** Runs over the entries that begin with `prefix` and lie in the range, if there is one. */
function visitEntries(
  generation: Generation,
  table: Table,
  access: IndexAccess,
  cursor: string,
  prefix: readonly Code[],
  consume: (cursor: string) => void,
): void {
  const { emitter } = generation
  const { index } = access
  const row = (): void => consume(cursor)
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
      access.skipped === 0 &&
      [...access.equal, ...access.afterIn].every(({ nullSafe }) => !nullSafe)
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
  const { first, last, gap } = edges(generation, table, access, prefix)
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
  const isBefore = gap === null ? '' : emitter.state('before')
  if (gap !== null) emitter.line(`${isBefore} = true`)
  emitter.loop(
    `for (let more = ${cursor}.${positioned}; more${test}; more = ${cursor}.${step}())`,
    () => {
      if (gap !== null) {
        const reached = `${compare}(${cursor}, ${gap.from.key}) ${access.reverse ? '<' : '>'}${gap.from.inclusive ? '' : '='} 0`
        const leap = `${cursor}.${gap.to.inclusive ? within : beyond}(${gap.to.key})`
        emitter.nested(`if (${isBefore} && ${reached})`, () => {
          emitter.line(`${isBefore} = false`)
          emitter.line(`if (!(${leap}${test})) break`)
        })
      }
      row()
    },
  )
}

/** Entries in the middle of a range that are passed over, in the order of the scan: from behind one place to another. */
interface Gap {
  readonly from: Edge
  readonly to: Edge
}

interface Edges {
  readonly first: Edge | null
  readonly last: Edge | null
  readonly gap: Gap | null
}

/** Both ends of a range. A descending column has its greatest values first, and its NULLs last. */
function edges(
  generation: Generation,
  table: Table,
  access: IndexAccess,
  prefix: readonly Code[],
): Edges {
  const { emitter } = generation
  const { index } = access
  const descending = index.columns[prefix.length]?.descending === true
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
    access.low === null || access.low.notNull === true
      ? { key: searchKey(generation, index, [...prefix, emitter.literal(null)]), inclusive: false }
      : edge(access.low)
  const bound = access.high
  const isTextOnly = bound?.thenBlobs === true
  const high = bound === null || isTextOnly ? whole() : edge(bound)
  const [first, last] = descending ? [high, low] : [low, high]
  if (!isTextOnly) return { first, last, gap: null }
  const texts = edge(bound)
  const blobs = {
    key: searchKey(generation, index, [...prefix, emitter.literal(noBytes)]),
    inclusive: true,
  }
  const gap =
    descending === access.reverse ? { from: texts, to: blobs } : { from: blobs, to: texts }
  return { first, last, gap }
}

/** The least BLOB. */
const noBytes = new Uint8Array(0)

/** A key for entries of an index, made when the program is linked; its name. */
function newSearchKey(generation: Generation, index: Index): string {
  const { emitter } = generation
  const name = emitter.fresh('k')
  const fields = index.columns.map(({ collation, descending }) => ({ collation, descending }))
  emitter.link(`const ${name} = ${searchKeyText(generation, fields)}`)
  return name
}

export function searchKeyText(
  { emitter, encoding }: Generation,
  fields: readonly KeyField[],
): string {
  const isBuiltIn = fields.every(({ collation }) => builtInCollations.collation(collation) !== null)
  const collations = isBuiltIn ? '' : ', ctx.collations'
  const use = emitter.use('SearchKey', SearchKey)
  return `new ${use}(${emitter.slot(fields)}, '${encoding}'${collations})`
}

/** A key made when the program is linked, set here; its name. */
function searchKey(generation: Generation, index: Index, codes: readonly Code[]): string {
  const { emitter } = generation
  const name = newSearchKey(generation, index)
  const values = emitter.fresh('kv')
  emitter.link(`const ${values} = [${codes.map(() => 'null').join(', ')}]`)
  for (const [i, code] of codes.entries()) emitter.line(`${values}[${i}] = ${code.text}`)
  emitter.line(`${name}.set(${values}, ${codes.length})`)
  return name
}
