/** Keys that a scan looks up by, as what it looks in has them. */
import type { BoundExpression, InKeys } from '../../plan/index.ts'
import { applyComparisonAffinity } from '../../record/index.ts'
import type { Affinity, Value } from '../../record/index.ts'
import { sortingKeys, sortKeys } from '../../runtime/index.ts'
import { collationSlot } from '../expression/collation.ts'
import { convertedCode } from '../expression/comparison.ts'
import { convertedValue } from '../expression/converted-value.ts'
import { functionOf } from '../expression/subquery.ts'
import { constantArray, manyConstants } from '../source/constants.ts'
import type { Generation } from '../source/generation.ts'
import type { Code } from '../source/kinds.ts'

/** The value of a key as an index has it, in a variable. */
export function keyCode(
  generation: Generation,
  key: BoundExpression,
  affinity: Affinity | null,
): Code {
  return generation.emitter.name(convertedValue(generation, key, affinity))
}

/** The keys of an IN that are not NULL, each once, sorted: an expression that is an array. */
export function sortedKeys(
  generation: Generation,
  keys: InKeys,
  affinity: Affinity | null,
  collation: string,
  descending: boolean,
): string {
  const { emitter } = generation
  const args = (list: string): string =>
    `${list}, ${collationSlot(generation, collation)}, ${descending}`
  const sorted = (list: string): string => `${emitter.use('sortKeys', sortKeys)}(${args(list)})`
  if (keys.kind === 'list') {
    const many = manyConstants(keys.items)
    if (many !== null) {
      const converted = emitter.use('convertedKeys', convertedKeys)
      const name = emitter.fresh('keys')
      const array = `${converted}(${constantArray(generation, many)}, ${emitter.slot(affinity)})`
      emitter.atStart(`const ${name} = ${sorted(array)}`)
      return name
    }
    const codes = keys.items.map((item) => keyCode(generation, item, affinity).text)
    const name = emitter.fresh('keys')
    emitter.line(`const ${name} = ${sorted(`[${codes.join(', ')}]`)}`)
    return name
  }
  const { query } = keys
  const order = descending ? ' descending' : ''
  return functionOf(generation, query, `sorted ${affinity} ${collation}${order}`, () => {
    const name = emitter.state('keys')
    emitter.line(`${name} = []`)
    emitter.once(() => {
      generation.produce(query.plan, () => {
        const code = generation.toValue(
          emitter.name(convertedCode(generation, generation.column(query.source, 0), affinity)),
        )
        emitter.line(`${name}.push(${code.text})`)
      })
    })
    if (!emitter.isSliced) emitter.line(`return ${sorted(name)}`)
    else {
      const sorting = emitter.use('sortingKeys', sortingKeys)
      emitter.line(`return ${emitter.work('', sorting, args(name))}`)
    }
  })
}

/** Keys as an index has them. */
function convertedKeys(keys: readonly Value[], affinity: Affinity | null): Value[] {
  return keys.map((key) => applyComparisonAffinity(key, affinity))
}
