/**
 * LIKE and GLOB: on strings and on bytes, compiled and not, the answer is that of SQLite, and no pattern takes
 * forever.
 */
import test from 'ava'
import * as fc from 'fast-check'
import { encodeText } from '../../packages/engine/src/record/index.ts'
import {
  compileGlob,
  compileGlobBytes,
  compileLike,
  compileLikeBytes,
  glob,
  like,
} from '../../packages/engine/src/runtime/index.ts'
import { literal, openOracle, showAnswer, showOurs } from '../support/oracle.ts'
import { seed, value } from '../support/values.ts'

const oracle = openOracle()
test.after.always(() => oracle?.close())

function joined(parts: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...parts), { maxLength }).map((list) => list.join(''))
}

const subject = joined(['a', 'b', 'A', 'B', 'é', 'É', '😀', '-', ']', '%', '_', '^', '\\', 'ab'], 8)
const likeText = joined(['a', 'b', 'A', 'é', '😀', '%', '%', '_', '\\', '\\%', '\\_', 'ab'], 7)
const globText = joined(
  [
    'a',
    'b',
    'A',
    'é',
    '😀',
    '*',
    '*',
    '?',
    '[ab]',
    '[^a]',
    '[a-c]',
    '[]]',
    '[^]]',
    '[a-',
    '[-a]',
    '[é-😀]',
    ']',
    '^',
    '-',
  ],
  6,
)

test('like: random patterns match as in SQLite', async (t) => {
  if (oracle === null) return void t.pass()
  const cases = fc.sample(fc.tuple(subject, likeText, fc.constantFrom(null, '\\', 'a', '%', '_')), {
    seed,
    numRuns: 4000,
  })
  const answers = await oracle.evaluate(
    cases.map(
      ([text, pattern, escape]) =>
        `${literal(text)} LIKE ${literal(pattern)}${escape === null ? '' : ` ESCAPE '${escape}'`}`,
    ),
  )
  cases.forEach(([text, pattern, escape], i) => {
    const wanted = showAnswer(answers[i]!)
    const message = `seed ${seed}: ${JSON.stringify(text)} LIKE ${JSON.stringify(pattern)} ESCAPE ${escape}`
    const bytes = encodeText(text, 'utf8')
    t.is(
      showOurs(() => like(pattern, text, ...(escape === null ? [] : [escape]))),
      wanted,
      message,
    )
    t.is(`integer ${Number(compileLike(pattern, escape)(text))}`, wanted, message)
    const inPage = Buffer.concat([Buffer.from('ab'), bytes, Buffer.from('ab')])
    t.is(
      `integer ${Number(compileLikeBytes(pattern, escape)(inPage, 2, bytes.length))}`,
      wanted,
      'bytes: ' + message,
    )
  })
})

test('glob: random patterns match as in SQLite', async (t) => {
  if (oracle === null) return void t.pass()
  const cases = fc.sample(fc.tuple(subject, globText), { seed, numRuns: 4000 })
  const answers = await oracle.evaluate(
    cases.map(([text, pattern]) => `${literal(text)} GLOB ${literal(pattern)}`),
  )
  cases.forEach(([text, pattern], i) => {
    const wanted = showAnswer(answers[i]!)
    const message = `seed ${seed}: ${JSON.stringify(text)} GLOB ${JSON.stringify(pattern)}`
    const bytes = encodeText(text, 'utf8')
    t.is(
      showOurs(() => glob(pattern, text)),
      wanted,
      message,
    )
    t.is(`integer ${Number(compileGlob(pattern)(text))}`, wanted, message)
    t.is(
      `integer ${Number(compileGlobBytes(pattern)(bytes, 0, bytes.length))}`,
      wanted,
      'bytes: ' + message,
    )
  })
})

test('like: operands of any class', async (t) => {
  if (oracle === null) return void t.pass()
  const pairs = fc.sample(fc.tuple(value, value), { seed, numRuns: 800 })
  for (const [operator, compute] of [
    ['LIKE', like],
    ['GLOB', glob],
  ] as const) {
    const answers = await oracle.evaluate(
      pairs.map(([a, b]) => `${literal(a)} ${operator} ${literal(b)}`),
    )
    pairs.forEach(([a, b], i) =>
      t.is(
        showOurs(() => compute(b, a)),
        showAnswer(answers[i]!),
        `seed ${seed}`,
      ),
    )
  }
})

test('like: a NUL ends pattern and text', async (t) => {
  const cases = [
    ['a\0b', 'a'],
    ['a', 'a\0%'],
    ['\0a', '%a%'],
    ['ab\0', '%b'],
    ['a\0b', '%b%'],
    ['ab\0c', 'a%b'],
    ['a\0b', 'a_b'],
  ] as const
  for (const [text, pattern] of cases) {
    const ours = compileLike(pattern)(text)
    const bytes = encodeText(text, 'utf8')
    t.is(compileLikeBytes(pattern)(bytes, 0, bytes.length), ours)
    if (oracle === null) continue
    const [answer] = await oracle.evaluate([`${literal(text)} LIKE ${literal(pattern)}`])
    t.is(`integer ${Number(ours)}`, showAnswer(answer!), JSON.stringify([text, pattern]))
  }
})

test('like: mistakes have the sentences of SQLite', (t) => {
  t.throws(() => like('a', 'b', ''), { message: 'ESCAPE expression must be a single character' })
  t.throws(() => like(null, 'b', 'ab'), { message: 'ESCAPE expression must be a single character' })
  t.throws(() => like('x'.repeat(50_001), 'b'), { message: 'LIKE or GLOB pattern too complex' })
  t.is(like('a', 'a', null), null)
})

test('like: a hostile pattern is no slower than the product of both lengths', (t) => {
  const text = 'a'.repeat(5000)
  const bytes = encodeText(text, 'utf8')
  const start = performance.now()
  for (const pattern of [
    '%a'.repeat(500) + 'b',
    '%a_'.repeat(300) + 'b',
    '%' + 'a'.repeat(400) + 'b%',
  ]) {
    t.false(compileLike(pattern)(text))
    t.false(compileLikeBytes(pattern)(bytes, 0, bytes.length))
  }
  t.true(performance.now() - start < 5000)
})
