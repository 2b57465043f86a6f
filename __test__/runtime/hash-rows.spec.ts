/** The rows of a hash join: found by their keys in the order in which they came, whatever the keys are. */
import test from 'ava'
import * as fc from 'fast-check'
import { HashRows, joinKeys, keyOf } from '../../packages/engine/src/runtime/index.ts'
import type { Row } from '../../packages/engine/src/runtime/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import { openSpill } from '../support/spilling.ts'
import { integer, real, seed, shortText, value } from '../support/values.ts'

type Key = ReturnType<typeof keyOf>

function rowsOf(rows: HashRows, keys: readonly Key[]): (readonly Row[])[] {
  const table = rows.done()
  return keys.map((key) => {
    const found: Row[] = []
    for (let part = table.get(key) ?? null; part !== null; part = part.next())
      found.push(...part.rows)
    return found
  })
}

const few = fc.integer({ min: -3, max: 3 })
const keys: [string, fc.Arbitrary<Value>][] = [
  ['few integers', few],
  ['integers', integer],
  ['numbers', fc.oneof(few, real, integer)],
  ['multiples of large powers', fc.integer({ min: 0, max: 40 }).map((i) => i * 2 ** 32)],
  ['texts', shortText],
  [
    'texts behind numbers',
    fc.oneof({ weight: 9, arbitrary: few }, { weight: 1, arbitrary: shortText }),
  ],
  ['anything', value.filter((one) => one !== null)],
]

for (const [name, key] of keys)
  for (const memoryLimit of [1 << 20, 1024])
    test(`hash rows: ${name} find their rows, ${memoryLimit} bytes`, (t) => {
      fc.assert(
        fc.property(
          fc.array(key, { maxLength: 200 }),
          fc.array(key, { maxLength: 20 }),
          (built, others) => {
            const spill = openSpill(memoryLimit)
            const rows = new HashRows(spill)
            const wanted = new Map<Key, Row[]>()
            built.forEach((one, i) => {
              const row: Row = [i, 'some text of a row']
              rows.add(keyOf(one), row)
              wanted.set(keyOf(one), [...(wanted.get(keyOf(one)) ?? []), row])
            })
            const asked = [...built, ...others].map(keyOf)
            t.deepEqual(
              rowsOf(rows, asked),
              asked.map((one) => wanted.get(one) ?? []),
            )
            rows.close()
            spill.close()
          },
        ),
        { seed, numRuns: 30 },
      )
    })

test('hash rows: keys of two values are equal where both values are', (t) => {
  const values: Key[] = [
    0,
    -0,
    1,
    -1,
    33554431,
    -33554432,
    33554432,
    -33554433,
    0.5,
    1e300,
    'a',
    '1',
    '',
    null,
    2n ** 60n,
  ]
  const pairs = values.flatMap((a) => values.map((b) => [a, b] as const))
  const known = new Map<Key, string>()
  for (const [a, b] of pairs) {
    const shown = [a, b].map((one) => `${typeof one} ${one === 0 ? 0 : one}`).join(', ')
    const key = joinKeys([a, b])
    t.is(known.get(key) ?? shown, shown)
    known.set(key, shown)
  }
})
