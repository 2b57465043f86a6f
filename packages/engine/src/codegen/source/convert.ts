/** Values as columns keep them: with the affinity of the column. */
import { applyNumericAffinity, applyTextAffinity } from '../../record/index.ts'
import { toRaw } from '../../runtime/index.ts'
import type { Column } from '../../schema/index.ts'
import type { Emitter } from '../emit/emitter.ts'
import type { Generation } from './generation.ts'
import {
  anyInteger,
  anyNumber,
  blobKind,
  fractionKind,
  isOnly,
  nullKind,
  plainNumber,
  rawKind,
  textKind,
} from './kinds.ts'
import type { Code } from './kinds.ts'

/** A value as its column keeps it. */
export function converted(
  generation: Generation,
  column: Pick<Column, 'affinity'>,
  code: Code,
): Code {
  const { emitter } = generation
  const { affinity } = column
  if (affinity === 'real') return raw(emitter, code)
  const value = generation.toValue(code)
  if (affinity === 'blob') return value
  if (affinity === 'text') {
    if (isOnly(value, nullKind | textKind | blobKind)) return value
    const named = emitter.name(value)
    const use = emitter.use('applyTextAffinity', applyTextAffinity)
    return {
      text: `(typeof ${named.text} === 'string' ? ${named.text} : ${use}(${named.text}))`,
      kinds: nullKind | textKind | blobKind,
      simple: false,
    }
  }
  if (isOnly(value, nullKind | anyInteger | fractionKind | blobKind)) return value
  const named = emitter.name(value)
  const use = emitter.use('applyNumericAffinity', applyNumericAffinity)
  return {
    text: `(typeof ${named.text} === 'number' ? ${named.text} : ${use}(${named.text}))`,
    kinds: value.kinds | anyNumber,
    simple: false,
  }
}

function raw(emitter: Emitter, code: Code): Code {
  if (isOnly(code, nullKind | rawKind | blobKind)) return code
  // Integers and fractions are plain numbers already; in the raw domain both mean REAL.
  if (isOnly(code, nullKind | plainNumber)) {
    return { ...code, kinds: rawKind | (code.kinds & nullKind) }
  }
  const named = emitter.name(code)
  const use = emitter.use('toRaw', toRaw)
  const kinds = rawKind | (code.kinds & (nullKind | blobKind | textKind))
  return {
    text: `(typeof ${named.text} === 'number' ? ${named.text} : ${use}(${named.text}))`,
    kinds,
    simple: false,
  }
}
