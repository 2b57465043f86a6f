/** The keys of an IN, sorted in one go and in slices: each once, none NULL, in the order of what is searched. */
import test from 'ava'
import * as fc from 'fast-check'
import { collationByName } from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'
import {
  Slice,
  sortingKeys,
  sortingRowids,
  sortKeys,
  sortRowids,
} from '../../packages/engine/src/runtime/index.ts'
import type { Work } from '../../packages/engine/src/runtime/index.ts'
import { seed, value } from '../support/values.ts'

/** Runs it under a clock that is late whenever it is looked at. */
function inSlices<Result>(begin: (slice: Slice) => Work<Result>): [Result, number] {
  const slice = new Slice()
  let now = 0
  slice.clock = () => (now += 1000)
  slice.begin()
  const work = begin(slice)
  for (let pauses = 0; ; pauses++) {
    const step = work.next()
    if (step.done === true) return [step.value, pauses]
    slice.begin()
  }
}

/** Many more than are sorted at once, of few values. */
const many = <T>(values: readonly T[]): T[] => {
  if (values.length === 0) return []
  return Array.from({ length: 5000 }, (_, i) => values[(i * 7919) % values.length]!)
}

test('sorted keys: in slices they are what they are in one go', (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(value, fc.constant(null)), { maxLength: 40 }),
      fc.constantFrom('BINARY', 'NOCASE', 'RTRIM'),
      fc.boolean(),
      (values: Value[], name, descending) => {
        const collation = collationByName(name)!
        const keys = many(values)
        const whole = sortKeys([...keys], collation, descending)
        const [sliced, pauses] = inSlices((slice) =>
          sortingKeys(slice, keys, collation, descending),
        )
        t.deepEqual(sliced, whole)
        t.true(pauses > 0 || keys.length === 0)
        t.false(whole.includes(null))
      },
    ),
    { seed, numRuns: 30 },
  )
})

test('sorted keys: so are rowids', (t) => {
  const rowid = fc.oneof(
    fc.integer(),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 63n - 1n }),
    fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
  )
  fc.assert(
    fc.property(fc.array(rowid, { maxLength: 40 }), (values) => {
      const rowids = many(values)
      const whole = sortRowids([...rowids])
      const [sliced, pauses] = inSlices((slice) => sortingRowids(slice, rowids))
      t.deepEqual(sliced, whole)
      t.deepEqual(
        whole,
        [...new Set(values)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
      )
      t.true(pauses > 0 || rowids.length === 0)
    }),
    { seed, numRuns: 30 },
  )
})
