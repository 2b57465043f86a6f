/** Sorting: the radix sort agrees with comparing, stability included; spilled runs merge; a heap keeps the first. */
import test from 'ava'
import * as fc from 'fast-check'
import { Real } from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import {
  Slice,
  Sorter,
  TopRows,
  complete,
  rowComparison,
  sortRows,
} from '../../packages/engine/src/runtime/index.ts'
import type { Row, RowKey, RowPart } from '../../packages/engine/src/runtime/index.ts'
import { literal, openOracle, show } from '../support/oracle.ts'
import { openSpill } from '../support/spilling.ts'
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

function all(first: RowPart | null): Row[] {
  const rows: Row[] = []
  for (let part = first; part !== null; part = part.next()) rows.push(...part.rows)
  return rows
}

for (const limit of [1024, 20_000, 400_000])
  test(`sorter: what does not fit into ${limit} bytes is spilled and merged, in order and complete`, (t) => {
    const cells = fc.sample(value, { seed, numRuns: 5000 })
    const keys = [key(0, { collation: 'NOCASE' }), key(1, { descending: true })]
    const rows: Row[] = cells.map((one, i) => [one, i % 5, 'x'.repeat(i % 100), i])
    rows[77] = ['long', 0, 'y'.repeat(200_000), 77]
    const spill = openSpill(limit)
    const compare = rowComparison(keys)
    const sorter = new Sorter(spill, keys, compare, 'utf8')
    for (const row of rows) sorter.add(row)
    const sorted = all(sorter.sorted())
    t.true(spill.isUsed)
    spill.close()
    const wanted = [...rows].sort(compare)
    t.is(sorted.length, wanted.length)
    sorted.forEach((row, i) => t.deepEqual(row.map(show), wanted[i]!.map(show), `seed ${seed}`))
  })

test('sorter: within the limit no file is made', (t) => {
  const spill = openSpill(1_000_000)
  const keys = [key(0)]
  const sorter = new Sorter(spill, keys, rowComparison(keys), 'utf8')
  for (let i = 0; i < 1000; i++) sorter.add([999 - i])
  t.deepEqual(
    all(sorter.sorted()),
    Array.from({ length: 1000 }, (_, i) => [i]),
  )
  t.false(spill.isUsed)
})

for (const limit of [1024, Infinity])
  test(`sorter: of ${limit} bytes the first rows of an order are kept, and of equal ones the first to come`, (t) => {
    const cell = fc.integer({ min: 0, max: 20 })
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 100 }), fc.nat(60), (cells, most) => {
        const keys = [key(0)]
        const compare = rowComparison(keys)
        const top = new TopRows(openSpill(limit), most, keys, compare, 'utf8')
        const rows: Row[] = cells.map((one, i) => [one, i])
        for (const row of rows) {
          const kept = top.wouldKeep(row)
          if (top.full && most > 0) t.is(kept, compare(row, top.last!) < 0)
          top.add(row)
        }
        t.deepEqual(all(top.sorted()), [...rows].sort(compare).slice(0, most))
      }),
      { seed, numRuns: 300 },
    )
  })

for (const limit of [1024, Infinity])
  test(`sorter: of ${limit} bytes the first rows of an order are kept in slices, which may come late`, (t) => {
    const cell = fc.integer({ min: 0, max: 200 })
    const cells = fc.array(cell, { maxLength: 3000, size: 'max' })
    fc.assert(
      fc.property(cells, fc.nat(4000), fc.integer({ min: 1, max: 50 }), (values, most, late) => {
        const keys = [key(0)]
        const compare = rowComparison(keys)
        const slice = new Slice()
        const top = new TopRows(openSpill(limit, slice), most, keys, compare, 'utf8')
        const rows: Row[] = values.map((one, i) => [one, i])
        for (const [i, row] of rows.entries()) {
          if (i % late === 0) complete(slice.settle())
          top.add(row)
        }
        t.deepEqual(all(complete(top.sorting(slice))), rows.toSorted(compare).slice(0, most))
      }),
      { seed, numRuns: 60 },
    )
  })
