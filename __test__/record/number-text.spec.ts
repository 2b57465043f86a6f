/**
 * Numbers as text and back, digit for digit as SQLite has them: random doubles of every size, short decimals,
 * and decimals with far more digits than a double holds.
 */
import test from 'ava'
import * as fc from 'fast-check'
import {
  Real,
  affinityOfType,
  applyAffinity,
  realToText,
  textToInteger,
  textToReal,
} from '../../packages/engine/src/record/index.ts'
import type { Affinity, Value } from '../../packages/engine/src/record/index.ts'
import { literal, openOracle, show, showAnswer } from '../support/oracle.ts'
import { createRandom } from '../support/random.ts'
import { seed, value } from '../support/values.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

function randomDoubles(count: number): number[] {
  const random = createRandom(1)
  const bits = new DataView(new ArrayBuffer(8))
  const numbers: number[] = []
  while (numbers.length < count) {
    bits.setUint32(0, random.below(2 ** 32))
    bits.setUint32(4, random.below(2 ** 32))
    const scale = 10 ** (random.below(60) - 30)
    const digits = Number(random.next().toPrecision(1 + random.below(17)))
    numbers.push(bits.getFloat64(0), random.next() * scale, digits * scale, random.below(1e9) / 100)
  }
  return numbers.filter(Number.isFinite)
}

test('number text: golden values', (t) => {
  const golden: [number, string][] = [
    [0.1, '0.1'],
    [1, '1.0'],
    [-0, '0.0'],
    [49.47, '49.47'],
    [1e15, '1000000000000000.0'],
    [1e16, '10000000000000000.0'],
    [1e17, '1.0e+17'],
    [123456789012345680, '1.2345678901234568e+17'],
    [1e-4, '0.0001'],
    [1e-5, '1.0e-05'],
    [5e-324, '4.9406564584124654e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    // Rounded twice, first to 18 digits: not what C's %.17g gives.
    [1 / 3, '0.33333333333333332'],
    [0.1 + 0.2, '0.30000000000000004'],
    [Infinity, 'Inf'],
    [-Infinity, '-Inf'],
  ]
  for (const [x, text] of golden) t.is(realToText(x), text)
})

test('number text: a REAL reads back as the number it was', (t) => {
  for (const x of randomDoubles(4000)) t.is(textToReal(realToText(x)), x + 0)
})

test('number text: REALs are written as SQLite writes them', async (t) => {
  if (oracle === null) return void t.pass()
  const numbers = randomDoubles(8000)
  const answers = await oracle.evaluate(
    numbers.map((x) => `CAST(${literal(Number.isInteger(x) ? new Real(x) : x)} AS TEXT)`),
  )
  numbers.forEach((x, i) =>
    t.is(`text "${realToText(x)}"`, showAnswer(answers[i]!), `seed ${seed}`),
  )
})

test('number text: decimals of any length are read as SQLite reads them', async (t) => {
  if (oracle === null) return void t.pass()
  const digits = fc
    .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 })
    .map((list) => list.join(''))
  const decimal = fc
    .tuple(
      fc.constantFrom('', '-', '+', ' '),
      digits,
      fc.option(digits),
      fc.option(fc.integer({ min: -340, max: 320 })),
    )
    .map(
      ([sign, whole, fraction, exponent]) =>
        sign +
        whole +
        (fraction === null ? '' : '.' + fraction) +
        (exponent === null ? '' : 'e' + exponent),
    )
  const texts = fc.sample(decimal, { seed, numRuns: 4000 })
  const answers = await oracle.evaluate(texts.map((text) => `CAST('${text}' AS REAL)`))
  texts.forEach((text, i) => {
    const x = textToReal(text)
    t.is(
      show(Number.isInteger(x) || !Number.isFinite(x) ? new Real(x) : x),
      showAnswer(answers[i]!),
      text,
    )
  })
})

test('affinity: declared types have the affinity of SQLite', (t) => {
  const golden: [string, Affinity][] = [
    ['', 'blob'],
    ['INT', 'integer'],
    ['bigint', 'integer'],
    ['CHARINT', 'integer'],
    ['FLOATING POINT', 'integer'],
    ['varchar(10)', 'text'],
    ['CLOB', 'text'],
    ['blob', 'blob'],
    ['DOUBLE PRECISION', 'real'],
    ['float', 'real'],
    ['STRING', 'numeric'],
    ['DECIMAL(10,5)', 'numeric'],
    ['DATE', 'numeric'],
    ['BLOBREAL', 'blob'],
  ]
  for (const [type, affinity] of golden) t.is(affinityOfType(type), affinity, type)
})

test('affinity: columns convert values as those of SQLite', async (t) => {
  if (oracle === null) return void t.pass()
  const columns: [string, Affinity][] = [
    ['i', 'integer'],
    ['n', 'numeric'],
    ['r', 'real'],
    ['x', 'text'],
    ['b', 'blob'],
  ]
  // A NUL ends a number, and the largest integers before one are read as REALs.
  const beforeNul = [
    '12',
    ' 12 ',
    '1.5',
    '1e3',
    '-9223372036854775808',
    '9007199254740993',
    '0',
    'a',
  ]
  const values: Value[] = [
    ...fc.sample(value, { seed, numRuns: 1500 }),
    ...beforeNul.flatMap((text) => [`${text}\0`, `${text}\0x`, `${text} \0`]),
  ]
  await oracle.reset('CREATE TABLE t (i INTEGER, n NUMERIC, r REAL, x TEXT, b BLOB)')
  const rows = values.map((one) => `(${Array(5).fill(literal(one)).join(', ')})`)
  for (let i = 0; i < rows.length; i += 100)
    await oracle.exec(`INSERT INTO t VALUES ${rows.slice(i, i + 100).join(', ')}`)
  for (const [name, affinity] of columns) {
    const stored = await oracle.query(`SELECT ${name} FROM t ORDER BY rowid`)
    values.forEach((one, i) => {
      const ours = show(applyAffinity(one, affinity))
      t.is(ours, show(stored[i]![0]!), `seed ${seed}: ${show(one)} in a column of ${affinity}`)
    })
  }
})

test('number text: CAST AS INTEGER takes the leading digits and stays inside 64 bits', (t) => {
  t.is(textToInteger(' -12abc'), -12)
  t.is(textToInteger('1e3'), 1)
  t.is(textToInteger('99999999999999999999'), 9223372036854775807n)
  t.is(textToInteger('-99999999999999999999'), -9223372036854775808n)
  t.is(textToInteger('-'), 0)
})
