/** ln, log2, log10 and log as C's library has them, to the last bit. */
import test from 'ava'
import { ln, log2 } from '../../packages/engine/src/runtime/functions/logarithm.ts'
import { sameAnswers } from '../support/same-answers.ts'
import { createRandom } from '../support/random.ts'

test('logarithms: values that are not the nearest double in V8', (t) => {
  t.is(ln(3), 1.0986122886681098)
  t.is(ln(1.4), 0.3364722366212129)
  t.is(log2(1.3), 0.37851162325372983)
  t.is(log2(2 ** -1074), -1074)
  t.is(ln(1), 0)
  t.is(ln(Infinity), Infinity)
})

test('logarithms: as SQLite answers', (t) => {
  const random = createRandom(7)
  const values = Array.from({ length: 300 }, () => Math.exp((random.next() - 0.5) * 40))
  const calls = (x: number): string =>
    `SELECT ln(${x}), log2(${x}), log(7.5, ${x}), log(2.0, ${x}), log(0, ${x})`
  return sameAnswers(
    t,
    [],
    ['SELECT log(2.0, 3.0), log(10, 1000), log(3, 9)', ...values.map(calls)],
  )
})
