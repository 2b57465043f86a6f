/**
 * SQL values for property tests: mostly the ones at which something changes (ends of integer sizes, numbers that
 * look like another class, text that is nearly a number, bytes that are no text).
 */
import * as fc from 'fast-check'
import { Real, integerValue, realValue } from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'

const edges: Value[] = [
  0,
  1,
  -1,
  2,
  7,
  63,
  64,
  127,
  128,
  -128,
  -129,
  255,
  32767,
  32768,
  -32769,
  8388607,
  8388608,
  -8388609,
  2147483647,
  2147483648,
  -2147483648,
  -2147483649,
  140737488355327,
  140737488355328,
  -140737488355329,
  4503599627370496,
  9007199254740991,
  -9007199254740991,
  9007199254740992n,
  9007199254740993n,
  -9007199254740992n,
  4611686018427387904n,
  9223372036854775807n,
  -9223372036854775807n,
  -9223372036854775808n,
]

const reals: number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  0.1,
  1e-5,
  5e-324,
  1e15,
  1e16,
  1e17,
  1e300,
  -1e300,
  123.456,
  9007199254740992,
  9007199254740994,
  2 ** 63,
  -(2 ** 63),
  2251799813685248.5,
  2251799813685248,
  1.7976931348623157e308,
  Infinity,
  -Infinity,
]

const numericTexts: string[] = [
  '',
  ' ',
  '0',
  '1',
  '-1',
  '+1',
  '12',
  ' 12 ',
  '12abc',
  '1.5',
  '1.0',
  '.5',
  '5.',
  '.',
  '-',
  '1e3',
  '1e',
  '1e+',
  '1e-2',
  '0x10',
  'abc',
  '9223372036854775807',
  '9223372036854775808',
  '-9223372036854775808',
  '9007199254740993',
  '9007199254740993.0',
  '1e18',
  '1e19',
  '1e400',
  'inf',
  'nan',
  '00012',
  '1_000',
  '12345678901234567890.5',
  '1 2',
  '\t7\n',
  '-0',
  '-0.0',
  '1e3x',
  '2251799813685247.0',
  '2251799813685248.0',
]

/** Texts of few different characters, so that they often meet. */
export const shortText: fc.Arbitrary<string> = fc
  .array(fc.constantFrom('a', 'b', 'A', 'B', ' ', 'é', '€', '😀', '\uffff', 'z', '0', '%', '_'), {
    maxLength: 6,
  })
  .map((parts) => parts.join(''))

export const integer: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom(...edges),
  fc.integer({ min: -1000, max: 1000 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(integerValue),
)

export const real: fc.Arbitrary<Value> = fc
  .oneof(
    fc.constantFrom(...reals),
    fc.double({ noNaN: true }),
    fc.integer({ min: -100000, max: 100000 }).map((n) => n / 100),
  )
  .map((x) => realValue(x) ?? new Real(0))

export const text: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...numericTexts),
  shortText,
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
)

export const blob: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc.constantFrom('1', '12abc', '-3.5', 'a').map((part) => new Uint8Array(Buffer.from(part))),
)

/** Any value. */
export const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 4, arbitrary: integer },
  { weight: 4, arbitrary: real },
  { weight: 4, arbitrary: text },
  { weight: 1, arbitrary: blob },
)

/** A number to start random tests from: `SEED=…` repeats a run. */
export const seed: number = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
