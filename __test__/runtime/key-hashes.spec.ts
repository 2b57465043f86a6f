/** The set of hashes of keys: it forgets none that it was told, and says of hardly any other that it may be there. */
import test from 'ava'
import { KeyHashes } from '../../packages/engine/src/runtime/change/key-hashes.ts'

/** Pairs as `KeyHash` makes them: the last bit of the second is set. */
function generator(seed: number): () => readonly [number, number] {
  let state = seed
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state | 0
  }
  return () => [next(), next() | 1]
}

const nameOf = ([first, second]: readonly [number, number]): string => `${first} ${second}`

for (const count of [1, 100, 257, 5000, 70_000]) {
  test(`what was added is there, and nothing else: ${count}`, (t) => {
    const hashes = new KeyHashes()
    for (const seed of [7, 9]) {
      const next = generator(seed * count)
      const known = new Set<string>()
      const pairs: (readonly [number, number])[] = []
      for (let i = 0; i < count; i++) {
        const pair = next()
        const wasKnown = known.has(nameOf(pair))
        if (hashes.has(...pair) !== wasKnown) t.fail(nameOf(pair))
        hashes.add(...pair)
        known.add(nameOf(pair))
        pairs.push(pair)
        // One that differs in one word alone, now and then.
        const [first, second] = i % 3 === 0 ? [pair[0], next()[1]] : [next()[0], pair[1]]
        if (hashes.has(first, second) !== known.has(nameOf([first, second]))) t.fail(`${i}`)
      }
      t.deepEqual(
        pairs.filter((pair) => !hashes.has(...pair)),
        [],
      )
      hashes.clear()
      t.false(hashes.has(...pairs[0]!))
    }
  })
}
