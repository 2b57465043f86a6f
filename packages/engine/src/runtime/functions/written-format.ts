/** `printf()` with a pattern that is written out, as bytes: each conversion appends what it makes of its argument to a text that is being written. */
import { tooBig } from '../../base/error.ts'
import { maxTextLength } from '../../base/long-text.ts'
import { Real } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { untilNul } from '../characters.ts'
import { convertAlone, partsOf } from './printf.ts'
import type { Conversion } from './printf.ts'
import { digitCount } from './text-writer.ts'
import type { TextWriter } from './text-writer.ts'

/** A conversion that writes its argument alone. */
export interface WrittenConversion extends Readonly<Conversion> {
  /** A text is written as it is, up to a NUL. */
  readonly isWhole: boolean
}

/** Letters of conversions that always write something, and go on. */
const writing = 'diruxXopfeEgGszqQw'

/** The parts of a pattern of ASCII, each of whose conversions has an argument of its own; null: it is none, or writes nothing. */
export function conversionsOf(pattern: string): readonly (string | WrittenConversion)[] | null {
  for (let i = 0; i < pattern.length; i++) {
    const unit = pattern.charCodeAt(i)
    if (unit === 0 || unit >= 0x80) return null
  }
  const parts = partsOf(pattern)
  if (parts === null || parts.length === 0) return null
  const written: (string | WrittenConversion)[] = []
  for (const part of parts) {
    if (typeof part === 'string') written.push(part)
    else if (part.letter === '%' && part.width === 0) written.push('%')
    else if (part.letter === '' || !writing.includes(part.letter)) return null
    else {
      const isText = part.letter === 's' || part.letter === 'z'
      written.push({ ...part, isWhole: isText && part.width === 0 && part.precision < 0 })
    }
  }
  return written
}

/** Appends what a conversion makes of its argument. @returns true */
export function appendConversion(
  writer: TextWriter,
  conversion: WrittenConversion,
  value: Value,
): boolean {
  const { letter, isWhole, leftJustify, thousands, plus, precision, width } = conversion
  if (isWhole && typeof value === 'string') return writer.string(untilNul(value))
  if (typeof value === 'number' && value >= 0 && !leftJustify && !thousands && plus === '') {
    if ((letter === 'd' || letter === 'i') && (value | 0) === value && precision < 0) {
      const missing = width - digitCount(value)
      if (missing > maxTextLength) throw tooBig()
      if (missing > 0) writer.fill(conversion.zeroPad ? 0x30 : 0x20, missing)
      return writer.integer(value)
    }
  }
  if (letter === 'f' && width === 0 && !leftJustify && !thousands && plus === '') {
    const number = value instanceof Real ? value.value : value
    if (typeof number === 'number' && appendFixed(writer, conversion, number)) return true
  }
  const text = convertAlone(conversion, value)
  return text === null || writer.byteString(text)
}

const powersOfTen = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6]

/** A number of few digits that has no more decimals than are wanted, as `shortFixed`; false: it is none, and nothing was appended. */
function appendFixed(
  writer: TextWriter,
  { alternate, exact, precision }: WrittenConversion,
  value: number,
): boolean {
  const places = precision < 0 ? 6 : precision
  if (alternate || exact || places > 6 || !(value >= 1e-4)) return false
  const power = powersOfTen[places]!
  const scaled = Math.round(value * power)
  if (scaled > 0x7fffffff || scaled / power !== value) return false
  const whole = Math.floor(scaled / power)
  writer.integer(whole)
  if (places === 0) return true
  writer.fill(0x2e, 1)
  const fraction = scaled - whole * power
  const missing = places - digitCount(fraction)
  if (missing > 0) writer.fill(0x30, missing)
  return writer.integer(fraction)
}
