/** The opposite of an emitted condition is its opposite for all values, NaN and undefined among them. */
import test from 'ava'
import { negation } from '../../packages/engine/src/codegen/emit/negation.ts'
import { createRandom, type Random } from '../support/random.ts'

test('negation: what is simple is turned', (t) => {
  t.is(negation('a !== null'), 'a === null')
  t.is(negation('f(a, b)'), '!f(a, b)')
  t.is(negation('!f(a)'), 'f(a)')
  t.is(negation('!(a && b)'), 'a && b')
  t.is(negation('(a || b) && c'), '!a && !b || !c')
  t.is(negation('a === 1 || b'), 'a !== 1 && !b')
  t.is(negation('a < b'), '!(a < b)')
  t.is(negation("a === ' || '"), "a !== ' || '")
  t.is(negation('a ? b : c'), '!(a ? b : c)')
  t.is(negation('(v = f(a), v !== null)'), '!(v = f(a), v !== null)')
})

function condition(random: Random, depth: number): string {
  const part = (): string => condition(random, depth - 1)
  switch (depth === 0 ? random.below(6) : random.below(10)) {
    case 0:
      return `${random.pick(['a', 'b', 'c'])} ${random.pick(['===', '!==', '<', '>='])} ${random.pick(['a', '1', 'null'])}`
    case 1:
      return random.pick(['a', 'b', 'f(a, b)'])
    case 2:
      return `!${random.pick(['a', 'f(a, c)'])}`
    case 3:
      return `a + 1 ${random.pick(['===', '!==', '<'])} b`
    case 4:
      return `f(a, ' && ') === b`
    case 5:
      return `(typeof a === 'number' ? a < b : !c)`
    case 6:
      return `${part()} && ${part()}`
    case 7:
      return `(${part()} || ${part()})`
    case 8:
      return `!(${part()})`
    default:
      return `(${part()})`
  }
}

test('negation: random conditions are turned into their opposites', (t) => {
  const random = createRandom(5)
  t.log(`SEED=${random.seed}`)
  const values = [0, 1, 2, NaN, null, undefined, 'x', ' && ']
  for (let i = 0; i < 3000; i++) {
    const text = condition(random, 3)
    const evaluate = new Function('a', 'b', 'c', 'f', `return [!!(${text}), !!(${negation(text)})]`)
    for (let n = 0; n < 20; n++) {
      const f = (x: unknown, y: unknown): boolean => x === y
      const [is, isNot] = evaluate(random.pick(values), random.pick(values), random.pick(values), f)
      t.is(isNot, !is, `${text} → ${negation(text)}`)
    }
  }
})
