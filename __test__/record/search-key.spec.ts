/**
 * Search keys: comparing the bytes of an index entry with a key agrees with comparing the values, for every
 * collation, direction and encoding.
 */
import test from 'ava'
import * as fc from 'fast-check'
import {
  SearchKey,
  collationByName,
  compareValues,
  encodeRecord,
} from '../../packages/engine/src/record/index.ts'
import type { KeyField, TextEncoding, Value } from '../../packages/engine/src/record/index.ts'
import { show } from '../support/oracle.ts'
import { seed, value } from '../support/values.ts'

const field: fc.Arbitrary<KeyField> = fc.record({
  collation: fc.constantFrom('BINARY', 'NOCASE', 'RTRIM'),
  descending: fc.boolean(),
})

function expected(
  entry: readonly Value[],
  key: readonly Value[],
  fields: readonly KeyField[],
  encoding: TextEncoding,
): number {
  for (let i = 0; i < key.length; i++) {
    if (i >= entry.length) return 0
    const collation = collationByName(fields[i]?.collation ?? 'BINARY', encoding)!
    const order = Math.sign(compareValues(entry[i]!, key[i]!, collation))
    if (order !== 0) return fields[i]?.descending ? -order : order
  }
  return 0
}

for (const encoding of ['utf8', 'utf16le', 'utf16be'] as const)
  test(`search key: bytes compare as values do in ${encoding}`, (t) => {
    const scene = fc.record({
      fields: fc.array(field, { minLength: 1, maxLength: 3 }),
      entry: fc.array(value, { minLength: 1, maxLength: 4 }),
      key: fc.array(value, { maxLength: 4 }),
      same: fc.nat(3),
    })
    fc.assert(
      fc.property(scene, ({ fields, entry, key, same }) => {
        // Share a prefix, so that later fields get to decide.
        const wanted = key
          .slice(0, fields.length + 1)
          .map((one, i) => (i < same ? (entry[i] ?? one) : one))
        const search = new SearchKey(fields, encoding)
        search.set(wanted)
        const bytes = encodeRecord(entry, encoding)
        const order = Math.sign(search.compare(bytes, 0, bytes.length))
        t.is(
          order + 0,
          expected(entry, wanted, fields, encoding) + 0,
          `${entry.map(show).join()} against ${wanted.map(show).join()}`,
        )
      }),
      { seed, numRuns: 2000 },
    )
  })

test('search key: a key can be set again with fewer fields', (t) => {
  const search = new SearchKey(
    [
      { collation: 'BINARY', descending: false },
      { collation: 'BINARY', descending: true },
    ],
    'utf8',
  )
  const bytes = encodeRecord([5, 'b', 77], 'utf8')
  search.set([5, 'a', 1])
  t.true(search.compare(bytes, 0, bytes.length) < 0)
  search.set([5, 'b', 78])
  t.true(search.compare(bytes, 0, bytes.length) < 0)
  search.set([5, 'b', 77])
  t.is(search.compare(bytes, 0, bytes.length), 0)
  search.set([5, 'zzz'], 1)
  t.is(search.compare(bytes, 0, bytes.length), 0)
  t.is(search.count, 1)
})

test('search key: a damaged entry is corrupt', (t) => {
  const search = new SearchKey([{ collation: 'BINARY', descending: false }], 'utf8')
  for (const hex of ['0a00', '02176161', '020a'])
    for (const key of ['aaaa', 5]) {
      search.set([key])
      const bytes = Buffer.from(hex, 'hex')
      if (hex === '020a' && key === 'aaaa') continue
      t.throws(() => search.compare(bytes, 0, bytes.length), { code: 'SQLITE_CORRUPT' }, hex)
    }
})
