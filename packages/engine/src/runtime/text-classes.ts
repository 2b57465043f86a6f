/**
 * Keys of values under a collation that is a function of the user's (see `keys.ts`). Which texts are equal only the function says,
 * so the key of a text is the first text that was found equal to it. The texts that are keys are kept in order, in blocks, so that
 * another one is found with as many comparisons as a search takes, and added without moving all.
 */
import { compareValues } from '../record/index.ts'
import type { Collation, Value } from '../record/index.ts'
import { keyOf } from './keys.ts'
import type { Key } from './keys.ts'

const fullBlock = 512

/** What makes keys under `collation`, the same as long as it is used. */
export function classKeys(collation: Collation): (value: Value) => Key {
  const blocks: string[][] = []
  const known = new Map<string, string>()
  const classOf = (text: string): string => {
    if (blocks.length === 0) {
      blocks.push([text])
      return text
    }
    const at = lastNotAfter(blocks, (block) => compareValues(block[0]!, text, collation))
    const block = blocks[at < 0 ? 0 : at]!
    const place = lastNotAfter(block, (other) => compareValues(other, text, collation))
    if (place >= 0 && compareValues(block[place]!, text, collation) === 0) return block[place]!
    block.splice(place + 1, 0, text)
    if (block.length > fullBlock) {
      blocks.splice((at < 0 ? 0 : at) + 1, 0, block.splice(fullBlock / 2))
    }
    return text
  }
  return (value) => {
    if (typeof value !== 'string') return keyOf(value)
    let key = known.get(value)
    if (key === undefined) {
      key = classOf(value)
      known.set(value, key)
    }
    return key
  }
}

/** The place of the last item that `compare` does not put after what is looked for; -1: there is none. */
function lastNotAfter<Item>(items: readonly Item[], compare: (item: Item) => number): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compare(items[middle]!) <= 0) low = middle + 1
    else high = middle
  }
  return low - 1
}
