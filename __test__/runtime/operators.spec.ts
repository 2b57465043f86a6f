/**
 * Operators, comparisons and CAST on any pair of values: SQLite computes the same expression, and class and
 * value have to be the same.
 */
import test from 'ava'
import * as fc from 'fast-check'
import {
  Real,
  binaryCollation,
  nocaseCollation,
  rtrimCollation,
} from '../../packages/engine/src/record/index.ts'
import type { Affinity, Value } from '../../packages/engine/src/record/index.ts'
import * as runtime from '../../packages/engine/src/runtime/index.ts'
import { literal, openOracle, show, showAnswer, showOurs } from '../support/oracle.ts'
import { integer, seed, value } from '../support/values.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

type Binary = (a: Value, b: Value) => Value

const binary: [string, Binary][] = [
  ['+', runtime.add],
  ['-', runtime.subtract],
  ['*', runtime.multiply],
  ['/', runtime.divide],
  ['%', runtime.remainder],
  ['&', runtime.bitAnd],
  ['|', runtime.bitOr],
  ['<<', runtime.shiftLeft],
  ['>>', runtime.shiftRight],
  ['||', runtime.concat],
  ['AND', runtime.and],
  ['OR', runtime.or],
]

const pair = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(value, value) },
  { weight: 1, arbitrary: fc.tuple(integer, integer) },
  { weight: 1, arbitrary: fc.tuple(integer, fc.integer({ min: -70, max: 70 })) },
)

for (const [operator, compute] of binary)
  test(`operators: ${operator} is SQLite's`, async (t) => {
    if (oracle === null) return void t.pass()
    const pairs = fc.sample(pair, { seed, numRuns: 1500 })
    const expressions = pairs.map(([a, b]) => `${literal(a)} ${operator} ${literal(b)}`)
    const answers = await oracle.evaluate(expressions)
    pairs.forEach(([a, b], i) =>
      t.is(
        showOurs(() => compute(a, b)),
        showAnswer(answers[i]!),
        `seed ${seed}: ${show(a)} ${operator} ${show(b)}`,
      ),
    )
  })

const unary: [string, (a: Value) => Value][] = [
  ['-', runtime.negate],
  ['~', runtime.bitNot],
  ['NOT ', runtime.not],
]

for (const [operator, compute] of unary)
  test(`operators: unary ${operator.trim()} is SQLite's`, async (t) => {
    if (oracle === null) return void t.pass()
    const values = fc.sample(value, { seed, numRuns: 1500 })
    // A literal with a minus sign of its own is folded by the parser: the operand comes from a subquery.
    const answers = await oracle.evaluate(values.map((a) => `${operator}(SELECT ${literal(a)})`))
    values.forEach((a, i) =>
      t.is(
        showOurs(() => compute(a)),
        showAnswer(answers[i]!),
        `seed ${seed}: ${operator}${show(a)}`,
      ),
    )
  })

const comparisons: [string, (a: Value, b: Value, c: typeof binaryCollation) => Value][] = [
  ['=', runtime.equal],
  ['<>', runtime.notEqual],
  ['<', runtime.lessThan],
  ['<=', runtime.lessOrEqual],
  ['>', runtime.greaterThan],
  ['>=', runtime.greaterOrEqual],
  ['IS', runtime.isSame],
  ['IS NOT', runtime.isNotSame],
]

for (const collation of [binaryCollation, nocaseCollation, rtrimCollation])
  test(`operators: comparisons are SQLite's under ${collation.name}`, async (t) => {
    if (oracle === null) return void t.pass()
    const pairs = fc.sample(fc.tuple(value, value), { seed, numRuns: 600 })
    pairs.push(...pairs.slice(0, 50).map(([a]): [Value, Value] => [a, a]))
    for (const [operator, compute] of comparisons) {
      const answers = await oracle.evaluate(
        // CAST would give the sides an affinity; a subquery of a VALUES clause has none.
        pairs.map(
          ([a, b]) =>
            `SELECT column1 ${operator} column2 COLLATE ${collation.name} FROM (VALUES (${literal(a)}, ${literal(b)}))`,
        ),
      )
      pairs.forEach(([a, b], i) =>
        t.is(
          showOurs(() => compute(a, b, collation)),
          showAnswer(answers[i]!),
          `seed ${seed}: ${show(a)} ${operator} ${show(b)} ${collation.name}`,
        ),
      )
    }
  })

const casts: [string, Affinity][] = [
  ['INTEGER', 'integer'],
  ['REAL', 'real'],
  ['NUMERIC', 'numeric'],
  ['TEXT', 'text'],
  ['BLOB', 'blob'],
]

for (const [type, affinity] of casts)
  test(`operators: CAST AS ${type} is SQLite's`, async (t) => {
    if (oracle === null) return void t.pass()
    const values = fc.sample(value, { seed, numRuns: 2000 })
    const answers = await oracle.evaluate(values.map((a) => `CAST(${literal(a)} AS ${type})`))
    values.forEach((a, i) =>
      t.is(
        showOurs(() => runtime.cast(a, affinity)),
        showAnswer(answers[i]!),
        `seed ${seed}: CAST(${show(a)} AS ${type})`,
      ),
    )
  })

test('operators: golden edges of 64 bits', (t) => {
  const max = 9223372036854775807n
  const min = -9223372036854775808n
  t.is(runtime.add(9007199254740991, 1), 9007199254740992n)
  t.is(runtime.subtract(9007199254740992n, 1), 9007199254740991)
  t.is(show(runtime.add(max, 1)), 'real 9223372036854776000')
  t.is(show(runtime.divide(min, -1)), 'real 9223372036854776000')
  t.is(runtime.remainder(min, -1), 0)
  t.is(runtime.multiply(0, -5), 0)
  t.is(show(runtime.negate(min)), 'real 9223372036854776000')
  t.is(runtime.shiftLeft(1, 63), min)
  t.is(runtime.shiftLeft(1, 64), 0)
  t.is(runtime.shiftRight(-1, 64), -1)
  t.is(runtime.divide(1, 0), null)
  t.is(runtime.divide(7, -2), -3)
  t.is(show(runtime.multiply(new Real(1e300), new Real(1e300))), 'real Infinity')
  t.is(runtime.subtract(new Real(Infinity), new Real(Infinity)), null)
})

test('operators: truth is a number other than zero', (t) => {
  t.is(runtime.truth('0.5abc'), true)
  t.is(runtime.truth('abc'), false)
  t.is(runtime.truth(null), null)
  t.true(runtime.isTrue(new Uint8Array(Buffer.from('1'))))
})
