/** Keys that have been seen: all of them are found again, and no others, in however many runs they were written. */
import test from 'ava'
import { KeySet, unsliced } from '../../packages/engine/src/runtime/index.ts'
import { openSpill } from '../support/spilling.ts'

test('key set: numbers, texts and bigints come back from runs of a few', (t) => {
  const keys = new KeySet(openSpill(1))
  const all = Array.from({ length: 20_000 }, (_, i) =>
    i % 3 === 0 ? i * 0.5 : i % 3 === 1 ? `name ${i}` : 2n ** 60n + BigInt(i),
  )
  for (const key of all) t.true(keys.add(key))
  for (const key of all) t.false(keys.add(key))
  const found = keys.done()
  t.not(found.size, 0)
  t.is(found.size, all.length)
  t.true(all.every((key) => found.has(key)))
  t.false(found.has(-1) || found.has('name 0') || found.has(1n << 60n))
  keys.close()
})

test('key set: more keys than a run may have are written as several', (t) => {
  const spill = openSpill(2 ** 29)
  const keys = new KeySet(spill)
  const count = 2 ** 21 + 1000
  for (let i = 0; i < count; i++) keys.add(i)
  for (const _ of keys.settle(unsliced));
  t.is(keys.size, count)
  // The first and the last of each run, and some between.
  for (const key of [0, 1, 2 ** 21 - 1, 2 ** 21, count - 1]) t.true(keys.has(key), `${key}`)
  for (let key = 0; key < count; key += 997) t.true(keys.has(key), `${key}`)
  t.false(keys.has(count) || keys.has(-1))
  keys.close()
})
