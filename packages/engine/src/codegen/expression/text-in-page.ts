/** Comparisons of a column's text with a constant where the text lies, in its page: BINARY and NOCASE, in a database of UTF-8. */
import type { BoundComparison, BoundExpression } from '../../plan/index.ts'
import {
  bytesOfText,
  compareAny,
  compareFoldedText,
  compareText,
  isSameText,
} from '../../runtime/index.ts'
import type { Affinity } from '../../record/index.ts'
import type { OrderOperator } from '../../runtime/index.ts'
import { collationSlot } from './collation.ts'
import { convertedValue } from './converted-value.ts'
import type { Generation, TextBytes } from '../source/generation.ts'

const turned = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

/** The undecoded text of an expression that is a column; null: it is none, or has been decoded. */
export function textInPage(generation: Generation, expression: BoundExpression): TextBytes | null {
  if (expression.kind !== 'column' || generation.encoding !== 'utf8') return null
  const source = generation.source(expression.source)
  if (source.frame !== generation.emitter.frame) return null
  return source.textBytes?.(expression.column) ?? null
}

/** A comparison as a condition; null: it is not one of a column's text with a literal text. */
export function comparisonInPage(
  generation: Generation,
  { operator, left, right, rule }: BoundComparison,
  whenNull: boolean,
): string | null {
  if (operator === 'IS' || operator === 'IS NOT') return null
  if (rule.collation !== 'BINARY' && rule.collation !== 'NOCASE') return null
  if (isConstantText(right) && isKept(rule.leftAffinity))
    return inPage(generation, operator, left, right, rule.rightAffinity, rule.collation, whenNull)
  if (isConstantText(left) && isKept(rule.rightAffinity))
    return inPage(
      generation,
      turned[operator],
      right,
      left,
      rule.leftAffinity,
      rule.collation,
      whenNull,
    )
  return null
}

/** It may be a text, and is the same throughout a run. */
function isConstantText({ kind }: BoundExpression): boolean {
  return kind === 'literal' || kind === 'parameter'
}

/** The comparison takes a text as it is. */
function isKept(affinity: Affinity | null): boolean {
  return affinity === null || affinity === 'blob' || affinity === 'text'
}

function inPage(
  generation: Generation,
  operator: OrderOperator,
  column: BoundExpression,
  constant: BoundExpression,
  affinity: Affinity | null,
  collation: 'BINARY' | 'NOCASE',
  whenNull: boolean,
): string | null {
  // Of a column that may be a number the number would be made a text.
  if (column.kind !== 'column' || column.affinity !== 'text') return null
  const bytes = textInPage(generation, column)
  if (bytes === null) return null
  const { emitter } = generation
  const value = convertedValue(generation, constant, affinity)
  const known = value.constant
  if (!value.simple || (known !== undefined && typeof known !== 'string')) return null
  let other = ''
  let isText = bytes.isText
  if (known !== undefined) other = emitter.slot(bytesOfText(known))
  else {
    other = emitter.fresh('k')
    emitter.atStart(`const ${other} = ${emitter.use('bytesOfText', bytesOfText)}(${value.text})`)
    isText = `${other} !== null && ${isText}`
  }
  const args = `${bytes.data}, ${bytes.offset}, ${bytes.size}, ${other}`
  const isEquality = operator === '=' || operator === '<>'
  let test = ''
  if (isEquality && collation === 'BINARY') {
    const same = `${emitter.use('isSameText', isSameText)}(${args})`
    test = operator === '=' ? same : `!${same}`
  } else {
    const compare =
      collation === 'BINARY'
        ? emitter.use('compareText', compareText)
        : emitter.use('compareFoldedText', compareFoldedText)
    const sign = operator === '=' ? '===' : operator === '<>' ? '!==' : operator
    test = `${compare}(${args}) ${sign} 0`
  }
  const any = emitter.use('compareAny', compareAny)
  const slow = `${any}(${bytes.other}, '${operator}', ${value.text}, ${collationSlot(generation, collation)}, ${whenNull})`
  return `(${isText} ? ${test} : ${slow})`
}
