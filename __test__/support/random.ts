/** Random numbers that can be had again: tests print their seed, and `SEED=…` brings the same numbers back. */

export interface Random {
  readonly seed: number
  /** From 0 up to, but not including, 1. */
  next(): number
  /** A whole number from 0 up to, but not including, `limit`. */
  below(limit: number): number
  pick<T>(values: readonly T[]): T
  bytes(size: number): Uint8Array
}

function seedOfRun(): number {
  return process.env['SEED'] === undefined ? Date.now() % 1_000_000 : Number(process.env['SEED'])
}

/** Numbers from `SEED`, or from a seed that is new each time. `salt` keeps several tests of one run apart. */
export function createRandom(salt: number = 0, seed: number = seedOfRun()): Random {
  // mulberry32
  let state = (seed * 0x9e3779b1 + salt * 0x85ebca6b) | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    seed,
    next,
    below,
    pick: <T>(values: readonly T[]): T => values[below(values.length)]!,
    bytes: (size: number): Uint8Array => {
      const bytes = new Uint8Array(size)
      for (let i = 0; i < size; i++) bytes[i] = below(256)
      return bytes
    },
  }
}
