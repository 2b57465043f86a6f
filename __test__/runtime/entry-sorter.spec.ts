/** Index entries sorted by their bytes: the order is that of comparing their values, equal ones stay in the order in which they came, and runs merge. */
import test from 'ava'
import * as fc from 'fast-check'
import {
  decodeRecord,
  encodeRecord,
  RecordComparison,
} from '../../packages/engine/src/record/index.ts'
import type { KeyField, TextEncoding, Value } from '../../packages/engine/src/record/index.ts'
import {
  complete,
  rowComparison,
  Slice,
  unsliced,
} from '../../packages/engine/src/runtime/index.ts'
import type { Row } from '../../packages/engine/src/runtime/index.ts'
import { EntrySorter } from '../../packages/engine/src/runtime/sort/entry-sorter.ts'
import { openSpill } from '../support/spilling.ts'
import { integer, real, seed, shortText, value } from '../support/values.ts'

/** The entries as they come out; the last value of each says which it was. */
function sorted(
  entries: readonly Value[][],
  fields: readonly KeyField[],
  count: number,
  memoryLimit: number,
  slice: Slice = unsliced,
  encoding: TextEncoding = 'utf8',
): unknown[] {
  const comparison = new RecordComparison(fields, encoding)
  const sorter = new EntrySorter(openSpill(memoryLimit), comparison, count)
  for (const entry of entries) {
    const record = encodeRecord(entry, encoding)
    sorter.add(record, 0, record.length)
  }
  const found: unknown[] = []
  const source = complete(sorter.sorting(slice))
  while (source.next())
    found.push(decodeRecord(source.data, source.offset, source.size, encoding).at(-1))
  sorter.close()
  return found
}

/** The same by comparing values. */
function compared(
  entries: readonly Value[][],
  fields: readonly KeyField[],
  count: number,
  encoding: TextEncoding = 'utf8',
): unknown[] {
  const keys = fields.slice(0, count).map(({ collation, descending }, place) => ({
    place,
    descending,
    nullsFirst: !descending,
    collation,
  }))
  const compare = rowComparison(keys, encoding)
  return [...entries].sort((a, b) => compare(a as Row, b as Row)).map((entry) => entry.at(-1))
}

const longText = fc
  .tuple(fc.constantFrom('', 'user', 'userABCdefgh', 'userabcdefghijklmnopqrst'), shortText)
  .map((parts) => parts.join(''))
const kinds: [string, fc.Arbitrary<Value>][] = [
  ['small integers', fc.integer({ min: -5, max: 5 })],
  ['integers', integer],
  ['numbers', fc.oneof(integer, real)],
  ['numbers and NULL', fc.oneof(integer, real, fc.constant(null))],
  ['texts', longText],
  [
    'texts of few letters',
    fc.string({ unit: fc.constantFrom('a', 'B', 'b', ' ', '\0'), maxLength: 9 }),
  ],
  ['anything', value],
]
const field = fc.record({
  descending: fc.boolean(),
  collation: fc.constantFrom('BINARY', 'NOCASE', 'RTRIM'),
})

for (const [name, cell] of kinds) {
  test(`entries: ${name} come out as comparing would have them`, (t) => {
    const size = { minLength: 1, maxLength: 700, size: 'max' as const }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell), size),
        fc.tuple(field, field),
        fc.constantFrom(1, 2),
        fc.constantFrom('utf8' as const, 'utf16le' as const),
        (cells, two, count, encoding) => {
          const fields = [...two, { descending: false, collation: 'BINARY' }]
          const entries = cells.map(([a, b], i): Value[] => [a, b, i])
          const wanted = compared(entries, fields, count, encoding)
          const all = 1 << 26
          t.deepEqual(sorted(entries, fields, count, all, unsliced, encoding), wanted)
          t.deepEqual(sorted(entries, fields, count, 2048, unsliced, encoding), wanted)
        },
      ),
      { seed, numRuns: 25 },
    )
  })
}

test('entries: many are sorted in slices, in runs and at once alike', (t) => {
  const fields = [
    { descending: false, collation: 'BINARY' },
    { descending: true, collation: 'NOCASE' },
    { descending: false, collation: 'BINARY' },
  ]
  const entries = Array.from({ length: 40_000 }, (_, i): Value[] => {
    const n = (i * 7919) % 10_007
    return [n % 3 === 0 ? `a text that many share ${n % 50}` : n % 100, `B${n}`, i]
  })
  const wanted = compared(entries, fields, 2)
  const slice = new Slice()
  slice.begin()
  t.deepEqual(sorted(entries, fields, 2, 1 << 26), wanted)
  t.deepEqual(sorted(entries, fields, 2, 1 << 16), wanted)
  t.deepEqual(sorted(entries, fields, 2, 1 << 26, slice), wanted)
  t.deepEqual(sorted(entries, fields, 3, 1 << 26), wanted)
})

test('entries: texts that share more and more are still sorted', (t) => {
  const fields = [{ descending: false, collation: 'BINARY' }]
  const entries = Array.from({ length: 2000 }, (_, i): Value[] => [
    'a'.repeat((i * 7919) % 2000),
    (i * 7919) % 2000,
  ])
  t.deepEqual(
    sorted(entries, fields, 1, 1 << 26),
    entries.map((_, i) => i),
  )
})
