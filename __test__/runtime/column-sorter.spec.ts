/** Rows sorted in columns come out as comparing would have them, in memory, in slices and through the temporary file. */
import test from 'ava'
import * as fc from 'fast-check'
import { collationByName } from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import {
  ColumnSorter,
  Slice,
  complete,
  rowComparison,
} from '../../packages/engine/src/runtime/index.ts'
import type { Row, RowKey } from '../../packages/engine/src/runtime/index.ts'
import { openSpill } from '../support/spilling.ts'
import { integer, real, seed, shortText, value } from '../support/values.ts'

const cells: [string, fc.Arbitrary<Value>][] = [
  ['few integers and NULL', fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(null))],
  ['integers', integer],
  ['numbers and NULL', fc.oneof(integer, real, fc.constant(null))],
  [
    'texts and NULL',
    fc.oneof(shortText, fc.constantFrom('', 'userabc', 'userabcdefg'), fc.constant(null)),
  ],
  ['anything', value],
]
const order = fc.record({
  descending: fc.boolean(),
  nullsFirst: fc.boolean(),
  collation: fc.constantFrom('BINARY', 'NOCASE', 'RTRIM'),
})

for (const [name, cell] of cells)
  for (const memoryLimit of [1 << 22, 4096])
    for (const isSliced of [false, true])
      test(`column sorter: ${name}, ${memoryLimit} bytes${isSliced ? ', in slices' : ''}`, (t) => {
        const size = { minLength: 0, maxLength: 700, size: 'max' as const }
        fc.assert(
          fc.property(fc.array(cell, size), order, order, (values, first, second) => {
            const keys: RowKey[] = [
              { place: 0, ...first },
              { place: 1, ...second },
            ].slice(0, 1 + (values.length % 2))
            const rows: Row[] = values.map((one, i) => [one, values[(i * 7) % 5] ?? null, i])
            const compare = rowComparison(keys)
            const spill = openSpill(memoryLimit)
            const collations = keys.map(({ collation }) => collationByName(collation)!)
            const sorter = new ColumnSorter(spill, 3, keys, collations, compare, 'utf8')
            for (const row of rows) {
              row.forEach((one, field) => sorter.columns[field]!.push(one))
              sorter.end()
            }
            const sorted: Value[] = []
            const parts = isSliced ? complete(sorter.sorting(new Slice())) : sorter.sorted()
            for (let part = parts; part !== null; part = part.next())
              for (let i = 0; i < part.order.length; i++)
                sorted.push(part.columns[2]![part.order[i]!]!)
            t.deepEqual(
              sorted,
              rows.toSorted(compare).map((row) => row[2]!),
            )
            sorter.close()
            spill.close()
          }),
          { seed, numRuns: 15 },
        )
      })
