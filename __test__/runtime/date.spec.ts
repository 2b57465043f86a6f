/**
 * Date and time functions: random moments under random modifiers, all conversions of strftime, timediff, and
 * the local time of this process, as SQLite computes them.
 */
import test from 'ava'
import * as fc from 'fast-check'
import type { Value } from '../../packages/engine/src/record/index.ts'
import {
  currentDate,
  currentTime,
  currentTimestamp,
  lookupScalar,
} from '../../packages/engine/src/runtime/index.ts'
import type { FunctionContext } from '../../packages/engine/src/runtime/index.ts'
import { literal, openOracle, show, showAnswer, showOurs } from '../support/oracle.ts'
import { seed, value } from '../support/values.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

const now = Date.UTC(2024, 1, 29, 13, 5, 9, 678)
const context: FunctionContext = {
  changes: 0,
  totalChanges: 0,
  lastInsertRowid: 0,
  encoding: 'utf8',
  now: () => now,
}

function call(name: string, args: readonly Value[]): Value {
  const found = lookupScalar(name, args.length)
  if (found.kind !== 'found') throw new Error(found.kind)
  return (found.function.invoke as (...all: unknown[]) => Value)(context, ...args)
}

const pad = (x: number, width = 2): string => String(x).padStart(width, '0')

const calendar = fc
  .record({
    negative: fc.integer({ min: 0, max: 20 }),
    year: fc.oneof(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: 1960, max: 2040 })),
    month: fc.integer({ min: 1, max: 12 }),
    day: fc.integer({ min: 1, max: 31 }),
  })
  .map(
    ({ negative, year, month, day }) =>
      `${negative === 0 ? '-' : ''}${pad(year, 4)}-${pad(month)}-${pad(day)}`,
  )
const clock = fc
  .record({
    hour: fc.integer({ min: 0, max: 24 }),
    minute: fc.integer({ min: 0, max: 59 }),
    second: fc.constantFrom(
      '',
      ':00',
      ':59',
      ':07.5',
      ':31.999',
      ':59.9999',
      ':10.0004',
      ':05.',
      ':60',
    ),
    zone: fc.constantFrom('', '', '', 'Z', '+00:00', '-05:30', ' +14:00', '+15:00', 'z '),
  })
  .map(({ hour, minute, second, zone }) => `${pad(hour)}:${pad(minute)}${second}${zone}`)
const moment: fc.Arbitrary<Value> = fc.oneof(
  calendar,
  fc.tuple(calendar, fc.constantFrom('T', ' ', '  ', ''), clock).map((parts) => parts.join('')),
  clock,
  fc.integer({ min: -1000, max: 6_000_000 }),
  fc.integer({ min: -210866760000, max: 253402300799 }),
  fc
    .double({ min: -10, max: 5373485, noNaN: true })
    .map((x) => (Number.isInteger(x) ? x + 0.5 : x)),
  fc.integer({ min: 0, max: 5373484 }).map((x) => `${x}.25`),
  fc.constantFrom<Value>(
    '2024-02-30',
    '2023-02-31',
    '0000-01-01',
    '-4713-11-24 12:00:00',
    '9999-12-31 23:59:59.999',
    '24:00',
    ' 2024-01-01',
    '2024-1-1',
    'nonsense',
    '',
  ),
  value,
)
const amount = fc.oneof(
  fc.integer({ min: -40, max: 40 }).map((n) => (n < 0 ? String(n) : `+${n}`)),
  fc.constantFrom('1', '+1.5', '-0.25', '+100000', '-1e3', '+1e20', '+14712', '+', '1.5e1'),
)
const modifier: fc.Arbitrary<Value> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        amount,
        fc.constantFrom(
          ' day',
          ' days',
          ' hour',
          ' minutes',
          ' second',
          ' month',
          ' months',
          ' year',
          ' years',
          ' Years',
          'day',
          ' fortnight',
          ' d',
          '  seconds',
        ),
      )
      .map((parts) => parts.join('')),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      'start of day',
      'start of month',
      'start of year',
      'Start of Month',
      'start of',
      'start of week',
      'unixepoch',
      'auto',
      'julianday',
      'floor',
      'ceiling',
      'subsec',
      'subsecond',
      'utc',
      'UTC',
      'nonsense',
      '',
    ),
  },
  { weight: 1, arbitrary: fc.integer({ min: -1, max: 8 }).map((n) => `weekday ${n}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('weekday 1.5', 'weekday 2.0', 'weekday x', 'weekday  3'),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.constantFrom('+', '-', ''), clock).map((parts) => parts.join('')),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('+', '-'),
        fc.constantFrom('0000', '0001', '0100', '10000', '00001'),
        fc.constantFrom('-00-00', '-11-30', '-12-00', '-01-31', '-05-15'),
        fc.constantFrom('', '', ' 01:30', ' 23:59:59.5', ' 25:00', 'x'),
      )
      .map((parts) => parts.join('')),
  },
  { weight: 1, arbitrary: value },
)

for (const name of ['date', 'time', 'datetime', 'julianday', 'unixepoch'])
  test(`date: ${name} of random moments under random modifiers`, async (t) => {
    if (oracle === null) return void t.pass()
    const cases = fc.sample(fc.tuple(moment, fc.array(modifier, { maxLength: 3 })), {
      seed,
      numRuns: 4000,
    })
    const answers = await oracle.evaluate(
      cases.map(([first, rest]) => `${name}(${[first, ...rest].map(literal).join(', ')})`),
    )
    cases.forEach(([first, rest], i) =>
      t.is(
        showOurs(() => call(name, [first, ...rest])),
        showAnswer(answers[i]!),
        `seed ${seed}: ${name}(${[first, ...rest].map(show).join(', ')})`,
      ),
    )
  })

test('date: every conversion of strftime', async (t) => {
  if (oracle === null) return void t.pass()
  const letters = 'deFfGgHIjJklmMpPRsSTuUVwWYaq%'.split('').map((letter) => `%${letter}`)
  const pattern = fc
    .array(fc.constantFrom(...letters, 'x', 'é', ' '), { maxLength: 3 })
    .map((parts) => parts.join(''))
  const cases = fc.sample(fc.tuple(pattern, moment, fc.array(modifier, { maxLength: 1 })), {
    seed,
    numRuns: 6000,
  })
  const answers = await oracle.evaluate(
    cases.map(
      ([text, first, rest]) => `strftime(${[text, first, ...rest].map(literal).join(', ')})`,
    ),
  )
  cases.forEach(([text, first, rest], i) =>
    t.is(
      showOurs(() => call('strftime', [text, first, ...rest])),
      showAnswer(answers[i]!),
      `seed ${seed}: strftime(${[text, first, ...rest].map(show).join(', ')})`,
    ),
  )
})

test('date: timediff of random moments', async (t) => {
  if (oracle === null) return void t.pass()
  const pairs = fc.sample(fc.tuple(moment, moment), { seed, numRuns: 3000 })
  const answers = await oracle.evaluate(
    pairs.map(([a, b]) => `timediff(${literal(a)}, ${literal(b)})`),
  )
  pairs.forEach(([a, b], i) =>
    t.is(
      showOurs(() => call('timediff', [a, b])),
      showAnswer(answers[i]!),
      `seed ${seed}: timediff(${show(a)}, ${show(b)})`,
    ),
  )
})

test('date: local time and back', async (t) => {
  if (oracle === null) return void t.pass()
  const cases = fc.sample(fc.tuple(calendar, fc.constantFrom('localtime', 'utc')), {
    seed,
    numRuns: 500,
  })
  const answers = await oracle.evaluate(
    cases.map(([first, zone]) => `datetime('${first} 12:30:15', '${zone}')`),
  )
  cases.forEach(([first, zone], i) =>
    t.is(
      showOurs(() => call('datetime', [`${first} 12:30:15`, zone])),
      showAnswer(answers[i]!),
      `seed ${seed}: ${first} ${zone}`,
    ),
  )
})

test('date: now is the moment of the statement', (t) => {
  t.is(call('datetime', []), '2024-02-29 13:05:09')
  t.is(call('datetime', ['now', 'subsec']), '2024-02-29 13:05:09.678')
  t.is(call('datetime', ['subsec']), '2024-02-29 13:05:09.678')
  t.is(call('date', ['NOW', '+1 year']), '2025-03-01')
  t.is(call('date', ['now', '+1 year', 'floor']), '2025-02-28')
  t.is(call('unixepoch', []), 1709211909)
  t.is(call('unixepoch', ['subsec']), 1709211909.678)
  t.is(call('strftime', ['%Y']), '2024')
  t.is(currentTimestamp(context), '2024-02-29 13:05:09')
  t.is(currentDate(context), '2024-02-29')
  t.is(currentTime(context), '13:05:09')
})
