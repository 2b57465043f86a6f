/** Keys that a scan looks up by, as what it looks in has them. */
import type { BoundExpression, InKeys } from '../../plan/index.ts'
import { applyComparisonAffinity, compareValues } from '../../record/index.ts'
import type { Affinity, Collation, Value } from '../../record/index.ts'
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
  const sort = emitter.use('sortKeys', sortKeys)
  const sorted = (list: string): string =>
    `${sort}(${list}, ${collationSlot(generation, collation)}, ${descending})`
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
    emitter.line(`return ${sorted(name)}`)
  })
}

/** Keys as an index has them. */
function convertedKeys(keys: readonly Value[], affinity: Affinity | null): Value[] {
  return keys.map((key) => applyComparisonAffinity(key, affinity))
}

/** Sorts keys and drops NULLs and duplicates. */
function sortKeys(keys: Value[], collation: Collation, descending: boolean): Value[] {
  const sorted = keys.filter((key) => key !== null).sort((a, b) => compareValues(a, b, collation))
  const distinct = sorted.filter(
    (key, i) => i === 0 || compareValues(key, sorted[i - 1]!, collation) !== 0,
  )
  return descending ? distinct.reverse() : distinct
}
