/** Collations: BINARY is the order of UTF-8 bytes, NOCASE folds 26 letters, RTRIM forgets spaces at the end. */
import test from 'ava'
import * as fc from 'fast-check'
import {
  collationByName,
  compareBinary,
  compareNocase,
  compareRtrim,
  encodeText,
} from '../../packages/engine/src/record/index.ts'
import { literal, openOracle } from '../support/oracle.ts'
import { seed, shortText } from '../support/values.ts'

const escaped = fc
  .array(fc.constantFrom('a', 'é', '€', '😀', '\uffff', '\udce2', '\udc80', '\udcc3', '\udcff'), {
    maxLength: 5,
  })
  .map((parts) => parts.join(''))

test('collation: BINARY orders by UTF-8 bytes, escaped bytes included', (t) => {
  fc.assert(
    fc.property(escaped, escaped, (a, b) => {
      const bytes = Buffer.compare(encodeText(a, 'utf8'), encodeText(b, 'utf8'))
      t.is(Math.sign(compareBinary(a, b)), bytes)
    }),
    { seed, numRuns: 3000 },
  )
})

test('collation: U+FFFF comes before U+10000, unlike in JavaScript', (t) => {
  t.deepEqual(['\uffff', '\u{10000}'].sort(), ['\u{10000}', '\uffff'])
  t.true(compareBinary('\uffff', '\u{10000}') < 0)
  t.true(compareNocase('\uffff', '\u{10000}') < 0)
})

test('collation: NOCASE knows A to Z and nothing else', (t) => {
  t.is(compareNocase('aZ', 'Az'), 0)
  t.not(compareNocase('É', 'é'), 0)
  t.true(compareNocase('[', 'a') < 0)
  t.true(compareNocase('_', 'A') < 0)
})

test('collation: RTRIM takes spaces, not tabs', (t) => {
  t.is(compareRtrim('a  ', 'a'), 0)
  t.true(compareRtrim('a\t', 'a') > 0)
  t.true(compareRtrim(' a', 'a') < 0)
})

test('collation: names fold case, others are unknown', (t) => {
  t.is(collationByName('nocase')?.name, 'NOCASE')
  t.is(collationByName('Binary', 'utf16le')?.name, 'BINARY')
  t.is(collationByName('utf8'), null)
})

test('collation: all three agree with SQLite', async (t) => {
  const oracle = openOracle()
  if (oracle === null) return void t.pass()
  const pairs = fc.sample(fc.tuple(shortText, shortText), { seed, numRuns: 1500 })
  for (const name of ['BINARY', 'NOCASE', 'RTRIM']) {
    const compare = collationByName(name)!.compare
    const answers = await oracle.evaluate(
      pairs.map(([a, b]) => {
        const left = `${literal(a)} COLLATE ${name}`
        return `(${left} > ${literal(b)}) - (${left} < ${literal(b)})`
      }),
    )
    pairs.forEach(([a, b], i) =>
      t.deepEqual(
        answers[i],
        { kind: 'value', value: Math.sign(compare(a, b)) + 0 },
        `seed ${seed}: ${JSON.stringify(a)} ${name} ${JSON.stringify(b)}`,
      ),
    )
  }
  oracle.close()
})
