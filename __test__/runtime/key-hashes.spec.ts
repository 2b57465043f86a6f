/** The set of hashes of keys: it finds every entry that has a hash, once, and no other. */
import test from 'ava'
import { KeyHashes } from '../../packages/engine/src/runtime/change/key-hashes.ts'

/** Words of 32 bits that are not 0. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state | 0
  }
}

/** In the order of their numbers. */
function entriesOf(hashes: KeyHashes, hash: number): number[] {
  const found: number[] = []
  for (let at = hashes.latest(hash); at !== -1; at = hashes.before(at)) found.push(at)
  return found.sort((a, z) => a - z)
}

for (const count of [1, 100, 257, 5000, 70_000, 300_000]) {
  test(`what was added is found, and nothing else: ${count}`, (t) => {
    const hashes = new KeyHashes()
    for (const seed of [7, 9]) {
      const next = generator(seed * count)
      const known = new Map<number, number[]>()
      let entry = 0
      let latest: number | undefined
      for (let i = 0; i < count; i++) {
        // Some entries have no hash, some that of another, some one that differs in a few bits.
        if (i % 7 === 0) entry += i % 3
        const hash =
          latest === undefined || i % 5 > 1
            ? next()
            : i % 5 === 1
              ? latest
              : latest ^ (1 << 20) || 1
        if (!hashes.mayHave(hash) && known.has(hash)) t.fail(String(hash))
        hashes.add(entry, hash)
        known.set(hash, [...(known.get(hash) ?? []), entry])
        latest = hash
        entry++
        if (i > 1000) continue
        t.deepEqual(entriesOf(hashes, hash), known.get(hash))
        const other = next()
        if (!hashes.mayHave(other) && known.has(other)) t.fail(String(other))
        t.deepEqual(entriesOf(hashes, other), known.get(other) ?? [])
      }
      const wrong = [...known].filter(
        ([hash, entries]) => entriesOf(hashes, hash).join() !== entries.join(),
      )
      t.deepEqual(wrong, [])
      t.deepEqual(
        [...known.keys()].filter((hash) => !hashes.mayHave(hash)),
        [],
      )
      hashes.clear()
      t.deepEqual(
        [...known.keys()].filter((hash) => hashes.latest(hash) !== -1),
        [],
      )
    }
  })
}
