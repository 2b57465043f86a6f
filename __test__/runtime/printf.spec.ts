/** format(): every conversion, flag, width and precision against SQLite, and golden edges. */
import test from 'ava'
import * as fc from 'fast-check'
import type { Value } from '../../packages/engine/src/record/index.ts'
import { lookupScalar } from '../../packages/engine/src/runtime/index.ts'
import { literal, openOracle, show, showAnswer, showOurs } from '../support/oracle.ts'
import { seed, value } from '../support/values.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const found = lookupScalar('format', 2)
const format = (found.kind === 'found' ? found.function.invoke : null) as (
  ...args: Value[]
) => Value

const conversion = fc
  .tuple(
    fc.array(fc.constantFrom('-', '+', ' ', '0', '#', '!', ','), { maxLength: 3 }),
    fc.constantFrom('', '', '1', '5', '12', '*'),
    fc.constantFrom('', '', '.0', '.1', '.3', '.10', '.20', '.', '.*'),
    fc.constantFrom('', '', '', 'l', 'll'),
    fc.constantFrom(...'diufeEgGxXoscqQwrpzn%'),
  )
  .map(
    ([flags, width, precision, long, letter]) =>
      `%${flags.join('')}${width}${precision}${long}${letter}`,
  )

const pattern = fc
  .array(fc.oneof(conversion, fc.constantFrom('|', 'é', 'a b')), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(''))

test('printf: random patterns and arguments', async (t) => {
  if (oracle === null) return void t.pass()
  const small = fc.integer({ min: -15, max: 25 })
  const args = fc.array(fc.oneof(value, small), { maxLength: 5 })
  // A `*` with a huge argument asks for gigabytes.
  const isSmall = (one: Value): boolean => Math.abs(Number(one)) < 1000
  const cases = fc
    .sample(fc.tuple(pattern, args), { seed, numRuns: 6000 })
    .filter(([text, list]) => !text.includes('*') || list.every(isSmall))
  const answers = await oracle.evaluate(
    cases.map(([text, list]) => `format(${[text, ...list].map(literal).join(', ')})`),
  )
  cases.forEach(([text, list], i) => {
    t.is(
      showOurs(() => format(text, ...list)),
      showAnswer(answers[i]!),
      `seed ${seed}: format(${JSON.stringify(text)}, ${list.map(show).join(', ')})`,
    )
  })
})

test('printf: golden values', (t) => {
  const golden: [Value, Value[]][] = [
    ['1,234,567', ['%,d', 1234567]],
    ['0x1f', ['%#x', 31]],
    ["'it''s'", ['%Q', "it's"]],
    ['NULL', ['%Q', null]],
    ['(NULL)', ['%q', null]],
    ['100%', ['%d%%', 100]],
    ['21st', ['%r', 21]],
    [null, ['%y']],
    [null, ['']],
    ['   é', ['%!4s', 'é']],
    ['  é', ['%4s', 'é']],
    ["unistr('a\\u000a')", ['%#Q', 'a\n']],
  ]
  for (const [wanted, args] of golden) {
    t.is(format(...args), wanted, JSON.stringify(args))
  }
})
