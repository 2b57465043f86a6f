/**
 * About the order of many values, for those who gain by it and need not have it: entries that reach an index in order fill page
 * after page. The order is that of 64-bit words, which hold as much of a value as there is room for, and its row; the
 * runtime sorts them natively.
 */
import { Real } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'

const float = new Float64Array(1)
const floatHalves = new Uint32Array(float.buffer)
const highFirst = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 0 : 1

/**
 * The rows in about the ascending order of the values at `place`, where each row has `width` values; null: they are in order
 * already, or neither numbers nor texts alone.
 */
export function approximateOrder(
  values: readonly Value[],
  place: number,
  width: number,
): Uint32Array | null {
  const count = values.length / width
  const rowBits = 32 - Math.clz32(count)
  if (rowBits > 24) return null
  const keyMask = -1 << rowBits
  const words = new BigUint64Array(count)
  const halves = new Uint32Array(words.buffer)
  const first = values[place]!
  const isText = typeof first === 'string'
  const shared = isText ? sharedSize(values, place, width, first) : 0
  let isAscending = true
  let highBefore = 0
  let lowBefore = 0
  for (let row = 0, at = place; row < count; row++, at += width) {
    const value = values[at]!
    let high = 0
    let low = 0
    if (isText) {
      if (typeof value !== 'string') return null
      // What is not there is NaN, which counts as 0.
      high =
        (byteOf(value.charCodeAt(shared)) << 24) |
        (byteOf(value.charCodeAt(shared + 1)) << 16) |
        (byteOf(value.charCodeAt(shared + 2)) << 8) |
        byteOf(value.charCodeAt(shared + 3))
      low =
        (byteOf(value.charCodeAt(shared + 4)) << 24) | (byteOf(value.charCodeAt(shared + 5)) << 16)
    } else {
      const number = value instanceof Real ? value.value : value
      if (typeof number !== 'number') return null
      float[0] = number
      const sign = floatHalves[1 - highFirst]! >> 31
      high = floatHalves[1 - highFirst]! ^ (sign | 0x80000000)
      low = floatHalves[highFirst]! ^ sign
    }
    high >>>= 0
    low = (low & keyMask) >>> 0
    if (high < highBefore || (high === highBefore && low < lowBefore)) isAscending = false
    highBefore = high
    lowBefore = low
    halves[2 * row + 1 - highFirst] = high
    halves[2 * row + highFirst] = low | row
  }
  if (isAscending) return null
  words.sort()
  const order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = halves[2 * i + highFirst]! & ~keyMask
  return order
}

function byteOf(unit: number): number {
  return unit < 0x80 ? unit : unit >= 0x80 ? 0x80 : 0
}

/** How many characters all texts begin with alike. */
function sharedSize(values: readonly Value[], place: number, width: number, text: string): number {
  let size = text.length
  let prefix = text
  for (let at = place; at < values.length && size > 0; at += width) {
    const other = values[at]!
    if (typeof other !== 'string') return 0
    while (!other.startsWith(prefix)) prefix = text.slice(0, --size)
  }
  return size
}
