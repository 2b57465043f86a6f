/** Keys by which values are looked up: groups, DISTINCT, IN, hash joins (`runtime/keys.ts`). */
import { classKeys, keyOf, nocaseKey, rtrimKey } from '../../runtime/index.ts'
import { collationSlot } from './collation.ts'
import { isOnly, mayBe, nullKind, plainNumber, restText, textKind } from '../source/kinds.ts'
import type { Generation } from '../source/generation.ts'
import type { Code } from '../source/kinds.ts'

/** The name of the function that makes keys under a collation. */
export function keyFunction(generation: Generation, collation: string): string {
  const { emitter } = generation
  if (collation === 'NOCASE') return emitter.use('nocaseKey', nocaseKey)
  if (collation === 'RTRIM') return emitter.use('rtrimKey', rtrimKey)
  if (collation === 'BINARY') return emitter.use('keyOf', keyOf)
  const known = generation.keyFunctions.get(collation)
  if (known !== undefined) return known
  const name = emitter.fresh('keyBy')
  const make = emitter.use('classKeys', classKeys)
  emitter.atStart(`const ${name} = ${make}(${collationSlot(generation, collation)})`)
  generation.keyFunctions.set(collation, name)
  return name
}

/** The key of a value (`runtime/keys.ts`); `code` is simple. */
export function keyText(generation: Generation, code: Code, collation: string): string {
  const texts = collation === 'BINARY' ? textKind : 0
  if (isOnly(code, nullKind | plainNumber | texts)) return code.text
  const call = `${keyFunction(generation, collation)}(${restText(code)})`
  if (!mayBe(code, plainNumber | texts)) return call
  const checks: string[] = []
  if (mayBe(code, plainNumber)) {
    if (code.double !== undefined)
      return `(${code.double} === ${code.double} ? ${code.double} : ${call})`
    checks.push(`typeof ${code.text} === 'number'`)
  }
  if (mayBe(code, texts)) checks.push(`typeof ${code.text} === 'string'`)
  return `(${checks.join(' || ')} ? ${code.text} : ${call})`
}
