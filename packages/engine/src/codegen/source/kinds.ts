/**
 * What the emitter knows of an expression that it has emitted: its text, and which JavaScript values it
 * can have. A check that the kinds make needless is not emitted.
 *
 * A number is of one of two domains. In the *value* domain (`integer`, `fraction`, `real`) a JavaScript number that
 * is an integer means INTEGER, and whole REALs are boxed (`record/value.ts`). In the *raw* domain (`raw`) a
 * JavaScript number is REAL whatever it is: columns with REAL affinity are read like that, so that 10.0 is not
 * boxed only to be unboxed by the next operator. An expression is never of both domains.
 */
import type { BoundExpression } from '../../plan/index.ts'
import { Real } from '../../record/index.ts'
import type { Affinity, Value } from '../../record/index.ts'

/** A set of kinds. */
export type Kinds = number

export const nullKind = 1
/** A number that is an INTEGER. */
export const integerKind = 2
/** A number with a fraction: REAL. */
export const fractionKind = 4
/** A bigint: an INTEGER beyond ±2^53. */
export const bigintKind = 8
/** A `Real`. */
export const realKind = 16
export const textKind = 32
export const blobKind = 64
/** A number that is REAL, whole or not. */
export const rawKind = 128

/** Any INTEGER. */
export const anyInteger: Kinds = integerKind | bigintKind
/** Any number of the value domain. */
export const anyNumber: Kinds = integerKind | fractionKind | bigintKind | realKind
/** Anything of the value domain. */
export const anyValue: Kinds = nullKind | anyNumber | textKind | blobKind
/** `typeof x === 'number'`, of either domain. */
export const plainNumber: Kinds = integerKind | fractionKind | rawKind

/** A column that is copied from another record, if it can stay as it is. */
export interface CopiedColumn {
  /** The condition for that. */
  readonly test: string
  /** Emits what puts it into a record, `target`. */
  readonly into: (target: string) => void
  /** Where it is. */
  readonly field: {
    readonly data: string
    readonly type: string
    readonly offset: string
    readonly place: number
    readonly record: {
      readonly cursor: string
      readonly start: string
      readonly header: string
      readonly columnCount: number
      readonly rowidPlace: number
    }
  }
}

/** An emitted expression. */
export interface Code {
  /** JavaScript that can stand as an operand anywhere. */
  readonly text: string
  readonly kinds: Kinds
  /** A name or a short literal: may be repeated, and moved past other code. */
  readonly simple: boolean
  /**
   * A variable that holds the value wherever that is a JavaScript number, and NaN elsewhere: it need not be boxed. For
   * columns with REAL affinity.
   */
  readonly double?: string
  /** The value where that is NaN. */
  readonly rest?: string
  /** A BLOB was decoded here, for nobody else: the application may have it without a copy. */
  readonly fresh?: boolean
  /** The value, where it is a constant of the statement. */
  readonly constant?: Value
  /** The column is copied from another record; `text` says no more than whether it is NULL. */
  readonly copied?: CopiedColumn
  /** The value is joined from bytes: emits what puts it into a record, at a place; `text` says no more than whether it is NULL. */
  readonly joined?: (target: string) => void
}

/** Whether all kinds of `code` are among `kinds`. */
export function isOnly(code: Code, kinds: Kinds): boolean {
  return (code.kinds & ~kinds) === 0
}

/** Whether `code` may have one of `kinds`. */
export function mayBe(code: Code, kinds: Kinds): boolean {
  return (code.kinds & kinds) !== 0
}

/** What a table's column can hold, by its affinity, when it is read with `raw` numbers for REAL. */
export function kindsOfAffinity(affinity: Affinity, strictType: string | null): Kinds {
  switch (strictType) {
    case 'INT':
    case 'INTEGER':
      return nullKind | anyInteger
    case 'REAL':
      return nullKind | rawKind
    case 'TEXT':
      return nullKind | textKind
    case 'BLOB':
      return nullKind | blobKind
    default:
      return affinity === 'real' ? nullKind | rawKind | textKind | blobKind : anyValue
  }
}

/** The kind of a constant. */
export function kindOfValue(value: Value): Kinds {
  switch (typeof value) {
    case 'number':
      return Number.isInteger(value) ? integerKind : fractionKind
    case 'bigint':
      return bigintKind
    case 'string':
      return textKind
    default:
      if (value === null) return nullKind
      return value instanceof Real ? realKind : blobKind
  }
}

/** What a parameter can be: a literal of a text that others share is of the same type in all of them. */
export function kindsOfParameter({
  mark,
}: Extract<BoundExpression, { readonly kind: 'parameter' }>): Kinds {
  if (mark === undefined) return anyValue
  switch (mark.type) {
    case 'integer':
      return integerKind
    case 'real':
      return fractionKind | realKind
    case 'text':
      return textKind
    default:
      return mark.type satisfies never
  }
}

/** The value where it is no JavaScript number; elsewhere it may be anything. */
export function restText(code: Code): string {
  return code.rest ?? code.text
}

/** JavaScript for the number, given that `numberTest` holds. */
export function numberText(code: Code): string {
  return code.double ?? code.text
}

/** A test that the value is a JavaScript number; null: it always is. */
export function numberTest(code: Code): string | null {
  if (isOnly(code, plainNumber)) return null
  return code.double === undefined
    ? `typeof ${code.text} === 'number'`
    : `${code.double} === ${code.double}`
}

/** A test that the value is not NULL; null: it never is. */
export function notNullTest(code: Code): string | null {
  return mayBe(code, nullKind) ? notNullText(code) : null
}

/** Whether the value is not NULL. */
export function notNullText(code: Code): string {
  if (code.double === undefined) return `${code.text} !== null`
  return `(${code.double} === ${code.double} || ${restText(code)} !== null)`
}

/** Whether the value is NULL. */
export function nullText(code: Code): string {
  if (code.double === undefined) return `${code.text} === null`
  return `(${code.double} !== ${code.double} && ${restText(code)} === null)`
}
