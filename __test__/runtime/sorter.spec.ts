/** Sorting: the radix sort agrees with comparing, stability included; spilled runs merge; a heap keeps the first. */
import test from 'ava'
import * as fc from 'fast-check'
import { Real } from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import {
  Sorter,
  TopRows,
  rowComparison,
  sortRows,
} from '../../packages/engine/src/runtime/index.ts'
import type { Row, RowKey, SpillFile } from '../../packages/engine/src/runtime/index.ts'
import { literal, openOracle, show } from '../support/oracle.ts'
import { integer, real, seed, shortText, value } from '../support/values.ts'

function key(place: number, options: Partial<RowKey> = {}): RowKey {
  const descending = options.descending ?? false
  return { place, descending, nullsFirst: !descending, collation: 'BINARY', ...options }
}

const longText = fc
  .tuple(fc.constantFrom('', 'user', 'userabcdefgh'), shortText)
  .map((p) => p.join(''))
const kinds: [string, fc.Arbitrary<Value>][] = [
  ['integers', fc.integer({ min: -500, max: 500 })],
  ['numbers', fc.oneof(integer, real)],
  ['numbers and NULL', fc.oneof(integer, real, fc.constant(null))],
  ['texts', longText],
  ['texts and NULL', fc.oneof(shortText, fc.constant(null))],
  ['anything', value],
]
const order = fc.record({
  descending: fc.boolean(),
  nullsFirst: fc.boolean(),
  collation: fc.constantFrom('BINARY', 'NOCASE', 'RTRIM'),
})

for (const [name, cell] of kinds)
  test(`sorter: ${name} come out as comparing would have them`, (t) => {
    const size = { minLength: 300, maxLength: 600, size: 'max' as const }
    fc.assert(
      fc.property(fc.array(cell, size), order, order, (cells, first, second) => {
        const keys = [key(0, first), key(1, second)].slice(0, 1 + (cells.length % 2))
        const rows: Row[] = cells.map((one, i) => [one, i % 3, i])
        const compare = rowComparison(keys)
        const wanted = [...rows].sort(compare)
        const sorted = sortRows([...rows], keys, compare)
        t.true(sorted.every((row, i) => row === wanted[i]))
      }),
      { seed, numRuns: 40 },
    )
  })

test('sorter: texts that share more and more are still sorted', (t) => {
  const rows: Row[] = Array.from({ length: 3000 }, (_, i) => ['a'.repeat((i * 7919) % 3000), i])
  const keys = [key(0)]
  const sorted = sortRows([...rows], keys, rowComparison(keys))
  t.true(sorted.every((row, i) => (row[0] as string).length === i))
})

test('sorter: -0.0 and 0 are equal, so they stay in order', (t) => {
  const rows: Row[] = Array.from({ length: 400 }, (_, i) => [i % 2 === 0 ? new Real(-0) : 0, i])
  const keys = [key(0)]
  t.deepEqual(sortRows([...rows], keys, rowComparison(keys)), rows)
})

test('sorter: the order is that of SQLite', async (t) => {
  const oracle = openOracle()
  if (oracle === null) return void t.pass()
  const cells = fc.sample(value, { seed, numRuns: 400 })
  for (const collation of ['BINARY', 'NOCASE', 'RTRIM'])
    for (const direction of ['ASC', 'DESC', 'ASC NULLS LAST', 'DESC NULLS FIRST']) {
      const values = cells.map((one, i) => `(${literal(one)}, ${i})`).join(', ')
      const theirs = await oracle.query(
        `SELECT column2 FROM (VALUES ${values}) ORDER BY column1 COLLATE ${collation} ${direction}, column2`,
      )
      const descending = direction.startsWith('DESC')
      const nullsFirst = direction.includes('NULLS') ? direction.endsWith('FIRST') : !descending
      const keys = [key(0, { descending, nullsFirst, collation })]
      const rows: Row[] = cells.map((one, i) => [one, i])
      const ours = sortRows(rows, keys, rowComparison(keys))
      t.deepEqual(
        ours.map((row) => row[1]),
        theirs.map((row) => row[0]),
        `seed ${seed}: ${collation} ${direction}`,
      )
    }
  oracle.close()
})

class MemorySpill implements SpillFile {
  static opened = 0
  static closed = 0
  #bytes = Buffer.alloc(0)
  #reads = 0

  constructor() {
    MemorySpill.opened++
  }

  append(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes])
  }

  read(offset: number, target: Uint8Array): number {
    // Now and then less than asked for, as a file may give.
    const size = this.#reads++ % 3 === 0 && target.length > 100 ? 100 : target.length
    return this.#bytes.copy(target, 0, offset, Math.min(this.#bytes.length, offset + size))
  }

  close(): void {
    MemorySpill.closed++
  }
}

test('sorter: what does not fit into memory is spilled and merged, in order and complete', (t) => {
  const cells = fc.sample(value, { seed, numRuns: 5000 })
  const keys = [key(0, { collation: 'NOCASE' }), key(1, { descending: true })]
  const rows: Row[] = cells.map((one, i) => [one, i % 5, 'x'.repeat(i % 100), i])
  rows[77] = ['long', 0, 'y'.repeat(200_000), 77]
  const sorter = new Sorter({ keys, openSpill: () => new MemorySpill(), memoryLimit: 100_000 })
  for (const row of rows) sorter.add(row)
  sorter.finish()
  t.is(MemorySpill.opened, 1)
  const sorted: Row[] = []
  for (let row = sorter.next(); row !== null; row = sorter.next()) sorted.push(row)
  sorter.close()
  t.is(MemorySpill.closed, 1)
  const wanted = [...rows].sort(rowComparison(keys))
  t.is(sorted.length, wanted.length)
  sorted.forEach((row, i) => t.deepEqual(row.map(show), wanted[i]!.map(show)))
})

test('sorter: without a spill file everything stays in memory', (t) => {
  const sorter = new Sorter({ keys: [key(0)], memoryLimit: 10 })
  for (let i = 0; i < 1000; i++) sorter.add([999 - i])
  sorter.finish()
  for (let i = 0; i < 1000; i++) t.deepEqual(sorter.next(), [i])
  t.is(sorter.next(), null)
})

test('sorter: the first rows of an order are kept, and of equal ones the first to come', (t) => {
  const cell = fc.integer({ min: 0, max: 20 })
  fc.assert(
    fc.property(fc.array(cell, { maxLength: 100 }), fc.nat(30), (cells, limit) => {
      const compare = rowComparison([key(0)])
      const top = new TopRows(limit, compare)
      const rows: Row[] = cells.map((one, i) => [one, i])
      for (const row of rows) {
        const kept = top.wouldKeep(row)
        if (top.full && limit > 0) t.is(kept, compare(row, top.last!) < 0)
        top.add(row)
      }
      top.finish()
      const found: Row[] = []
      for (let row = top.next(); row !== null; row = top.next()) found.push(row)
      t.deepEqual(found, [...rows].sort(compare).slice(0, limit))
    }),
    { seed, numRuns: 300 },
  )
})
