/**
 * Comparisons of a text by its bytes, in a database of UTF-8: of a column's text where it lies, in its page, or of one that is computed, with a constant under
 * BINARY and NOCASE; of the texts of two columns under BINARY.
 */
import type { BoundComparison, BoundExpression, ComparisonRule } from '../../plan/index.ts'
import {
  bytesOfText,
  compareAny,
  compareFoldedText,
  compareText,
  compareTexts,
  isNoNumber,
  isSameText,
  numericOf,
} from '../../runtime/index.ts'
import { applyTextAffinity, isNumericAffinity } from '../../record/index.ts'
import type { Affinity } from '../../record/index.ts'
import type { OrderOperator } from '../../runtime/index.ts'
import { collationSlot } from './collation.ts'
import { convertedValue } from './converted-value.ts'
import type { Generation, TextBytes } from '../source/generation.ts'
import { textInPage } from './text-in-page.ts'
import { isWritten, textBytesOf } from './written-text.ts'

const turned = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' } as const

/** A comparison as a condition; null: it is not one of a column's text with a literal text or another column's. */
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
  return rule.collation === 'BINARY'
    ? columnsInPage(generation, operator, left, right, rule, whenNull)
    : null
}

/** Two columns that are likely to hold texts, by their types. */
function columnsInPage(
  generation: Generation,
  operator: OrderOperator,
  left: BoundExpression,
  right: BoundExpression,
  { leftAffinity, rightAffinity }: ComparisonRule,
  whenNull: boolean,
): string | null {
  const a = textInPage(generation, left)
  const b = a?.isLikely === true ? textInPage(generation, right) : null
  if (a === null || b?.isLikely !== true) return null
  const { emitter } = generation
  const first = bytesText(a)
  const second = bytesText(b)
  // What numeric affinity makes a number of is compared as one.
  const isNo = emitter.use('isNoNumber', isNoNumber)
  const tests = [a.isText, b.isText]
  if (isNumericAffinity(leftAffinity)) tests.push(`${isNo}(${first})`)
  if (isNumericAffinity(rightAffinity)) tests.push(`${isNo}(${second})`)
  const sign = operator === '=' ? '===' : operator === '<>' ? '!==' : operator
  const test = `${emitter.use('compareTexts', compareTexts)}(${first}, ${second}) ${sign} 0`
  const values = `${convertedText(generation, a, leftAffinity)}, '${operator}', ${convertedText(generation, b, rightAffinity)}`
  const any = emitter.use('compareAny', compareAny)
  return `(${tests.join(' && ')} ? ${test} : ${any}(${values}, ${collationSlot(generation, 'BINARY')}, ${whenNull}))`
}

function bytesText({ data, offset, size }: TextBytes): string {
  return `${data}, ${offset}, ${size}`
}

/** The value of a column, whatever it is, as the comparison takes it. */
function convertedText(
  { emitter }: Generation,
  { other }: TextBytes,
  affinity: Affinity | null,
): string {
  if (isNumericAffinity(affinity)) return `${emitter.use('numericOf', numericOf)}(${other})`
  if (affinity !== 'text') return other
  return `${emitter.use('applyTextAffinity', applyTextAffinity)}(${other})`
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
  const isColumn = column.kind === 'column' && column.affinity === 'text'
  if (!isColumn && !isWritten(generation, column)) return null
  const { emitter } = generation
  const value = convertedValue(generation, constant, affinity)
  const known = value.constant
  if (!value.simple || (known !== undefined && typeof known !== 'string')) return null
  const bytes = textBytesOf(generation, column)
  if (bytes === null) return null
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
