/** Varints: golden bytes from Database File Format §1.6, and every boundary read back. */
import test from 'ava'
import {
  readVarint,
  readVarintBig,
  varintLength,
  varintSize,
  writeVarint,
} from '../../packages/engine/src/record/index.ts'

const golden: [number | bigint, string][] = [
  [0, '00'],
  [1, '01'],
  [127, '7f'],
  [128, '8100'],
  [16383, 'ff7f'],
  [16384, '818000'],
  [2097151, 'ffff7f'],
  [2097152, '81808000'],
  [268435455, 'ffffff7f'],
  [268435456, '8180808000'],
  [2 ** 35 - 1, 'ffffffff7f'],
  [2 ** 35, '818080808000'],
  [2 ** 42, '81808080808000'],
  [2 ** 49, '8180808080808000'],
  [2n ** 56n - 1n, 'ffffffffffffff7f'],
  [-1, 'ffffffffffffffffff'],
  [2n ** 63n - 1n, 'bfffffffffffffffff'],
]

test('varint: golden values are written as SQLite writes them', (t) => {
  for (const [value, hex] of golden) {
    const bytes = Buffer.alloc(9)
    const size = writeVarint(bytes, 0, value)
    t.is(bytes.subarray(0, size).toString('hex'), hex, String(value))
  }
})

test('varint: 2^56 takes nine bytes, the last of them whole', (t) => {
  const bytes = Buffer.alloc(9)
  t.is(writeVarint(bytes, 0, 2n ** 56n), 9)
  t.is(bytes.toString('hex'), '80c080808080808000')
  t.is(writeVarint(bytes, 0, -(2n ** 63n)), 9)
  t.is(bytes.toString('hex'), 'c08080808080808000')
})

test('varint: what was written is read back, with its length', (t) => {
  const values: (number | bigint)[] = golden.map(([value]) => value)
  for (let bit = 0n; bit < 63n; bit++)
    for (const delta of [-1n, 0n, 1n]) {
      const value = 2n ** bit + delta
      values.push(value <= 9007199254740991n ? Number(value) : value)
      values.push(-value >= -9007199254740991n ? -Number(value) + 0 : -value)
    }
  const bytes = Buffer.alloc(12)
  for (const value of values) {
    const size = writeVarint(bytes, 2, value)
    t.is(size, varintSize(value), String(value))
    t.is(varintLength(bytes, 2), size)
    t.is(readVarintBig(bytes, 2), value)
    if (typeof value === 'number' && value >= 0) t.is(readVarint(bytes, 2), value)
  }
})

test('varint: one that runs past the end of the page ends there', (t) => {
  t.is(readVarint(Buffer.from([0x81]), 0), 128)
  t.is(readVarint(Buffer.from([]), 0), 0)
})
