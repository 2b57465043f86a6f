/**
 * printf() and format(): SQLite's own conversions. (Built-in printf §2 and §3.)
 *
 *     % flags width .precision conversion
 *
 * | conversion | argument |
 * |------------|----------|
 * | d i u      | an integer in decimal, `,` groups thousands; r an ordinal (1st) |
 * | x X o p    | an integer as 64 unsigned bits |
 * | f e E g G  | a REAL; `!` up to 20 digits instead of 16 and always a point, `#` always a point |
 * | s z c      | text; its first character |
 * | q Q w      | text with ' doubled; in quotes, NULL for NULL; with " doubled |
 * | n %        | nothing; a percent sign |
 *
 * Widths and precisions of texts count bytes, with `!` characters. So everything is done on byte strings, where a
 * JavaScript character is one byte of UTF-8, and only the finished text is decoded. Missing arguments are
 * NULL; an unknown conversion ends the output.
 */
import { tooBig } from '../../base/error.ts'
import { decodeDecimal, normalizeText } from '../../record/index.ts'
import type { Value } from '../../record/index.ts'
import { fromByteString, toByteString, untilNul } from '../characters.ts'
import { toInt64, toReal, toText } from '../convert.ts'
import { changeInPieces, maxTextLength, repeated, replaceAll } from '../../base/long-text.ts'

/** Digits that a conversion of a REAL may be asked for. */
const maxPrecision = 100_000_000

export interface Conversion {
  letter: string
  leftJustify: boolean
  /** Sign of numbers that are not negative: '', '+' or ' '. */
  plus: string
  thousands: boolean
  alternate: boolean
  /** The `!` flag. */
  exact: boolean
  zeroPad: boolean
  width: number
  /** -1: none given. */
  precision: number
}

const plainConversion: Readonly<Conversion> = {
  letter: '',
  leftJustify: false,
  plus: '',
  thousands: false,
  alternate: false,
  exact: false,
  zeroPad: false,
  width: 0,
  precision: -1,
}

/** `format(pattern, …)`. NULL where nothing was written, not even an empty argument. */
export function format(pattern?: Value, ...args: Value[]): string | null {
  const text = pattern === undefined ? null : toText(pattern)
  if (text === null) return null
  const read = cString(text)
  const parts = partsOf(read)
  // Of a pattern of ASCII, what is most common needs no bytes.
  const quick = parts === null || read !== text ? undefined : formatPlain(parts, args)
  if (quick !== undefined) return quick
  const bytes = new Formatter(read, args).run(parts)
  return bytes === null ? null : fromCString(bytes)
}

/** Integers of 32 bits, REALs of few decimals and whole texts; undefined: there is something else. */
function formatPlain(parts: readonly Part[], args: readonly Value[]): string | undefined {
  if (parts.length === 0) return undefined
  let output = ''
  for (let i = 0, used = 0; i < parts.length; i++) {
    const part = parts[i]!
    if (typeof part === 'string') {
      output += part
      continue
    }
    const piece = plainPiece(args[used++] ?? null, part)
    if (piece === undefined) return undefined
    output += piece
  }
  return output.length > maxTextLength ? undefined : normalizeText(output)
}

function plainPiece(value: Value, conversion: Readonly<Conversion>): string | undefined {
  const { letter, width, thousands } = conversion
  if (thousands || conversion.leftJustify) return undefined
  if (letter === 'd') {
    if (typeof value !== 'number' || (value | 0) !== value || width > 64) return undefined
    if (conversion.precision > 64) return undefined
    const text = smallInteger(value, conversion)
    return width > text.length ? text.padStart(width) : text
  }
  if (letter === 's') {
    if (typeof value !== 'string' || width > 0 || conversion.precision >= 0) return undefined
    return untilNul(value)
  }
  if (letter !== 'f' || typeof value !== 'number' || !(value > 0) || width > 0) return undefined
  if (conversion.alternate || conversion.exact || conversion.plus !== '') return undefined
  return shortFixed(value, conversion.precision < 0 ? 6 : conversion.precision) ?? undefined
}

/** What a pattern is made of: text, and conversions. */
export type Part = string | Readonly<Conversion>

/** Patterns that have been taken apart: mostly constants of a statement, asked for in every row. */
const knownParts = new Map<string, readonly Part[] | null>()
let lastPattern = ''
let lastParts: readonly Part[] | null = []

/** The parts of a pattern; null: they depend on arguments (`*`), or it is long. */
export function partsOf(pattern: string): readonly Part[] | null {
  if (pattern === lastPattern) return lastParts
  if (pattern.length > 256) return null
  let parts = knownParts.get(pattern)
  if (parts === undefined) {
    parts = pattern.includes('*') ? null : new Formatter(pattern, []).parts()
    if (knownParts.size === 64) knownParts.clear()
    knownParts.set(pattern, parts)
  }
  lastPattern = pattern
  lastParts = parts
  return parts
}

/** What a conversion makes of its argument, as a byte string; null: nothing. */
export function convertAlone(conversion: Readonly<Conversion>, argument: Value): string | null {
  return new Formatter('', [argument]).run([conversion])
}

/** The real `x` with so many digits after the point, at most 20 significant ones: `%!.nf`. */
export function fixedReal(x: number, places: number): string {
  return formatReal(x, { ...plainConversion, letter: 'f', exact: true, precision: places })
}

/** UTF-8 bytes as characters U+0000 … U+00FF; up to a NUL, as C strings are. */
function cString(text: string): string {
  const whole = untilNul(text)
  for (let i = 0; i < whole.length; i++) if (whole.charCodeAt(i) >= 0x80) return toByteString(whole)
  return whole
}

function fromCString(bytes: string): string {
  for (let i = 0; i < bytes.length; i++)
    if (bytes.charCodeAt(i) >= 0x80) return fromByteString(bytes)
  return bytes
}

function isContinuation(bytes: string, i: number): boolean {
  return (bytes.charCodeAt(i) & 0xc0) === 0x80
}

class Formatter {
  readonly #pattern: string
  readonly #args: readonly Value[]
  #used = 0
  #at = 0
  #output = ''
  #wrote = false

  constructor(pattern: string, args: readonly Value[]) {
    this.#pattern = pattern
    this.#args = args
  }

  /** Takes a pattern apart in which nothing depends on arguments. */
  parts(): Part[] {
    const pattern = this.#pattern
    const parts: Part[] = []
    while (this.#at < pattern.length) {
      const percent = pattern.indexOf('%', this.#at)
      if (percent < 0) {
        parts.push(pattern.slice(this.#at))
        break
      }
      if (percent > this.#at) parts.push(pattern.slice(this.#at, percent))
      this.#at = percent + 1
      parts.push(this.#at === pattern.length ? '%' : this.#readConversion())
    }
    return parts
  }

  /** @param parts those of the pattern, where they are known */
  run(parts: readonly Part[] | null): string | null {
    if (parts === null) return this.#runPattern()
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i]!
      if (typeof part === 'string') this.#append(part)
      else if (!this.#convert(part)) break
    }
    return this.#wrote ? this.#output : null
  }

  #runPattern(): string | null {
    const pattern = this.#pattern
    while (this.#at < pattern.length) {
      const percent = pattern.indexOf('%', this.#at)
      if (percent < 0) {
        this.#append(pattern.slice(this.#at))
        break
      }
      if (percent > this.#at) this.#append(pattern.slice(this.#at, percent))
      this.#at = percent + 1
      if (this.#at === pattern.length) {
        this.#append('%')
        break
      }
      if (!this.#convert(this.#readConversion())) break
    }
    return this.#wrote ? this.#output : null
  }

  #append(bytes: string): void {
    this.#wrote = true
    if (this.#output.length + bytes.length > maxTextLength) throw tooBig()
    this.#output += bytes
  }

  #argument(): Value {
    return this.#args[this.#used++] ?? null
  }

  #integerArgument(): bigint {
    return BigInt(toInt64(this.#argument()))
  }

  /** A width or precision given as `*`: 32 bits of the argument. */
  #starArgument(): number {
    return Number(BigInt.asIntN(32, this.#integerArgument()))
  }

  #textArgument(): string | null {
    const text = toText(this.#argument())
    return text === null ? null : cString(text)
  }

  /** Digits from `#at`, modulo 2^31 as SQLite keeps them. */
  #readDigits(): number {
    let value = 0
    for (; isDigit(this.#pattern.charCodeAt(this.#at)); this.#at++)
      value = (Math.imul(value, 10) + this.#pattern.charCodeAt(this.#at) - 0x30) >>> 0
    return value & 0x7fffffff
  }

  #readConversion(): Conversion {
    const conversion: Conversion = { ...plainConversion }
    while (this.#readFlag(conversion)) this.#at++
    const pattern = this.#pattern
    if (pattern[this.#at] === '*') {
      this.#at++
      const width = this.#starArgument()
      if (width < 0) conversion.leftJustify = true
      conversion.width = width > -2147483648 ? Math.abs(width) : 0
    } else if (isDigit(pattern.charCodeAt(this.#at))) {
      conversion.width = this.#readDigits()
    }
    if (pattern[this.#at] === '.') this.#readPrecision(conversion)
    if (pattern[this.#at] === 'l') this.#at += pattern[this.#at + 1] === 'l' ? 2 : 1
    conversion.letter = pattern[this.#at] ?? ''
    this.#at++
    return conversion
  }

  #readFlag(conversion: Conversion): boolean {
    switch (this.#pattern[this.#at]) {
      case '-':
        conversion.leftJustify = true
        return true
      case '+':
        conversion.plus = '+'
        return true
      case ' ':
        conversion.plus = ' '
        return true
      case '#':
        conversion.alternate = true
        return true
      case '!':
        conversion.exact = true
        return true
      case '0':
        conversion.zeroPad = true
        return true
      case ',':
        conversion.thousands = true
        return true
      default:
        return false
    }
  }

  #readPrecision(conversion: Conversion): void {
    this.#at++
    if (this.#pattern[this.#at] === '*') {
      this.#at++
      const precision = this.#starArgument()
      conversion.precision = precision > -2147483648 ? Math.abs(precision) : -1
    } else {
      conversion.precision = this.#readDigits()
    }
  }

  /** Writes one conversion; false if its letter is unknown. */
  #convert(conversion: Readonly<Conversion>): boolean {
    switch (conversion.letter) {
      case 'd':
      case 'i': {
        const value = this.#argument()
        const isSmall = typeof value === 'number' && (value | 0) === value
        const text =
          isSmall && !conversion.thousands
            ? smallInteger(value, conversion)
            : signedInteger(BigInt(toInt64(value)), conversion)
        this.#pad(text, conversion)
        return true
      }
      case 'r':
        this.#pad(signedInteger(this.#integerArgument(), conversion), conversion)
        return true
      case 'u':
      case 'x':
      case 'X':
      case 'o':
      case 'p':
        this.#pad(unsignedInteger(this.#integerArgument(), conversion), conversion)
        return true
      case 'f':
      case 'e':
      case 'E':
      case 'g':
      case 'G':
        this.#pad(formatReal(toReal(this.#argument()), conversion), conversion)
        return true
      case 's':
      case 'z':
        this.#padText(formatString(this.#textArgument() ?? '', conversion), conversion)
        return true
      case 'c':
        this.#convertCharacter(conversion)
        return true
      case 'q':
      case 'Q':
      case 'w':
        this.#padText(quoteText(this.#textArgument(), conversion), conversion)
        return true
      case '%':
        this.#pad('%', conversion)
        return true
      case 'n':
        this.#append('')
        return true
      default:
        return false
    }
  }

  /** The first character; a precision repeats it. */
  #convertCharacter(conversion: Readonly<Conversion>): void {
    const text = this.#textArgument()
    let length = 1
    if (text !== null && text.charCodeAt(0) >= 0xc0)
      while (length < 4 && length < text.length && isContinuation(text, length)) length++
    const character = text === null || text === '' ? '\0' : text.slice(0, length)
    const count = Math.max(1, conversion.precision)
    if (count * length > maxTextLength) throw tooBig()
    // The width counts characters; but a lone continuation byte takes no place of its own.
    let width = conversion.width - (count - 1)
    if (count === 1 || conversion.leftJustify)
      for (let i = 0; i < length; i++) width -= isContinuation(character, i) ? 0 : 1
    else width--
    const padding = width > 0 ? repeated(' ', width) : ''
    const body = character.repeat(count)
    this.#append(conversion.leftJustify ? body + padding : padding + body)
  }

  /** With `!` the width counts characters: continuation bytes make room for themselves. */
  #padText(bytes: string, { exact, width, leftJustify }: Readonly<Conversion>): void {
    let places = width
    if (exact && width > 0)
      for (let i = 0; i < bytes.length; i++) if (isContinuation(bytes, i)) places++
    this.#pad(bytes, { width: places, leftJustify })
  }

  #pad(bytes: string, conversion: Readonly<Pick<Conversion, 'width' | 'leftJustify'>>): void {
    const missing = conversion.width - bytes.length
    if (missing <= 0) return this.#append(bytes)
    if (missing > maxTextLength) throw tooBig()
    const padding = ' '.repeat(missing)
    this.#append(conversion.leftJustify ? bytes + padding : padding + bytes)
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** `signedInteger` of 32 bits, without thousands. */
function smallInteger(value: number, conversion: Readonly<Conversion>): string {
  const prefix = value < 0 ? '-' : conversion.plus
  const digits = String(Math.abs(value))
  const { precision, width, zeroPad } = conversion
  const least = zeroPad ? Math.max(precision, width - prefix.length) : precision
  if (least > maxTextLength) throw tooBig()
  return prefix + (least > digits.length ? digits.padStart(least, '0') : digits)
}

function signedInteger(value: bigint, conversion: Readonly<Conversion>): string {
  const prefix = value < 0n ? '-' : conversion.plus
  return integerDigits(value < 0n ? -value : value, 10, prefix, conversion)
}

function unsignedInteger(value: bigint, conversion: Readonly<Conversion>): string {
  const bits = BigInt.asUintN(64, value)
  const base = conversion.letter === 'u' ? 10 : conversion.letter === 'o' ? 8 : 16
  const body = integerDigits(bits, base, '', conversion)
  if (!conversion.alternate || bits === 0n || base === 10) return body
  return (base === 8 ? '0' : conversion.letter === 'X' ? '0X' : '0x') + body
}

function integerDigits(
  magnitude: bigint,
  base: number,
  prefix: string,
  conversion: Readonly<Conversion>,
): string {
  let precision = conversion.precision
  if (conversion.zeroPad && precision < conversion.width - prefix.length)
    precision = conversion.width - prefix.length
  if (precision > maxTextLength) throw tooBig()
  let digits = magnitude.toString(base)
  if (conversion.letter === 'X' || conversion.letter === 'p') digits = digits.toUpperCase()
  if (conversion.letter === 'r') digits += ordinalSuffix(magnitude)
  digits = digits.padStart(precision, '0')
  const decimal =
    conversion.letter === 'd' || conversion.letter === 'i' || conversion.letter === 'u'
  if (conversion.thousands && decimal) digits = groupThousands(digits)
  return prefix + digits
}

function ordinalSuffix(magnitude: bigint): string {
  if ((magnitude / 10n) % 10n === 1n) return 'th'
  return ['th', 'st', 'nd', 'rd'][Number(magnitude % 10n)] ?? 'th'
}

function groupThousands(digits: string): string {
  if (digits.length <= 3) return digits
  const count = Math.floor((digits.length - 1) / 3)
  if (digits.length + count > maxTextLength) throw tooBig()
  const grouped = Buffer.alloc(digits.length + count, ',')
  for (let from = digits.length - 1, to = grouped.length - 1, place = 0; from >= 0; place++) {
    if (place % 4 !== 3) grouped[to] = digits.charCodeAt(from--)
    to--
  }
  return grouped.toString('latin1')
}

/** `%f`, `%e` and `%g`. */
function formatReal(x: number, conversion: Readonly<Conversion>): string {
  let precision = Math.min(conversion.precision < 0 ? 6 : conversion.precision, maxPrecision)
  const kind = conversion.letter.toLowerCase()
  let round = -precision
  if (kind === 'g') {
    if (precision === 0) precision = 1
    round = precision
  } else if (kind === 'e') round = precision + 1
  let negative = x < 0
  if (kind === 'f' && !conversion.alternate && !conversion.exact && !conversion.thousands) {
    const body = shortFixed(negative ? -x : x, precision)
    if (body !== null) {
      const prefix = negative ? '-' : conversion.plus
      const isPadded = conversion.zeroPad && !conversion.leftJustify
      return prefix + (isPadded ? body.padStart(conversion.width - prefix.length, '0') : body)
    }
  }
  let digits = '9'
  let point = 1000
  if (Number.isFinite(x)) {
    const decimal = decodeDecimal(x, round, conversion.exact ? 20 : 16)
    ;({ digits, point } = decimal)
    negative = decimal.negative
  } else if (!conversion.zeroPad) {
    // With the 0 flag infinity is a number too large for any double: 9.0e+999.
    return (negative ? '-' : conversion.plus) + 'Inf'
  }
  // `%#f` without `+` shows no minus sign before zeros.
  const showsZero = conversion.alternate && conversion.plus === '' && kind === 'f' && point <= round
  const prefix = negative ? (showsZero ? '' : '-') : conversion.plus
  const exponent = point - 1
  let exponential = kind === 'e'
  let trimZeros = conversion.exact
  if (kind === 'g') {
    precision--
    trimZeros = !conversion.alternate
    exponential = exponent < -4 || exponent > precision
    if (!exponential) precision -= exponent
  }
  let body = layOut(digits, exponential ? 0 : exponent, precision, trimZeros, conversion)
  if (exponential) body += exponentSuffix(exponent, conversion.letter)
  if (conversion.zeroPad && !conversion.leftJustify)
    body = body.padStart(conversion.width - prefix.length, '0')
  return prefix + body
}

/**
 * A number above 0 that has no more decimals than are wanted, with so many; null: it is not so. 15 digits are the most that are sure to come back
 * out of a double.
 */
function shortFixed(x: number, precision: number): string | null {
  if (!(x >= 1e-4 && x < 1e15) || precision > 15) return null
  const text = String(x)
  const point = text.indexOf('.')
  const whole = point < 0 ? text.length : point
  const places = point < 0 ? 0 : text.length - point - 1
  if (places > precision || whole + precision > 15) return null
  if (precision === 0) return text
  return (point < 0 ? text + '.' : text) + '0'.repeat(precision - places)
}

/** Digits with a decimal point; `exponent` is the power of ten of the first of them. */
function layOut(
  digits: string,
  exponent: number,
  precision: number,
  trimZeros: boolean,
  conversion: Readonly<Conversion>,
): string {
  let whole = '0'
  let rest = digits
  if (exponent >= 0) {
    whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
    rest = digits.slice(exponent + 1)
    if (conversion.thousands) whole = groupThousands(whole)
  }
  const leading = Math.min(precision, exponent < 0 ? -exponent - 1 : 0)
  const places = Math.max(0, precision - leading)
  let fraction = '0'.repeat(leading) + rest.slice(0, places).padEnd(places, '0')
  const hasPoint = precision > 0 || conversion.alternate || conversion.exact
  if (!hasPoint) return whole
  if (!trimZeros) return `${whole}.${fraction}`
  fraction = fraction.replace(/0+$/, '')
  if (fraction !== '') return `${whole}.${fraction}`
  return conversion.exact ? whole + '.0' : whole
}

function exponentSuffix(exponent: number, letter: string): string {
  const size = Math.abs(exponent)
  const e = letter === 'E' || letter === 'G' ? 'E' : 'e'
  return e + (exponent < 0 ? '-' : '+') + (size < 10 ? '0' : '') + size
}

function formatString(bytes: string, conversion: Readonly<Conversion>): string {
  if (conversion.precision < 0) return bytes
  if (!conversion.exact) return bytes.slice(0, conversion.precision)
  return bytes.slice(0, characterEnd(bytes, conversion.precision))
}

/** Where the first `count` characters end. */
function characterEnd(bytes: string, count: number): number {
  let end = 0
  for (let i = 0; i < count && end < bytes.length; i++) {
    const lead = bytes.charCodeAt(end++)
    if (lead >= 0xc0) while (end < bytes.length && isContinuation(bytes, end)) end++
  }
  return end
}

function quoteText(bytes: string | null, conversion: Readonly<Conversion>): string {
  const { letter } = conversion
  const text = bytes ?? (letter === 'Q' ? 'NULL' : '(NULL)')
  const cut = conversion.precision < 0 ? text : formatString(text, conversion)
  const quote = letter === 'w' ? '"' : "'"
  const escaped = replaceAll(cut, quote, quote + quote)
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const unistr = conversion.alternate && letter !== 'w' && /[\x01-\x1f]/.test(cut)
  if (conversion.alternate && letter === 'q') return escapeControls(escaped)
  if (letter !== 'Q' || bytes === null) return escaped
  return unistr ? `unistr('${escapeControls(escaped)}')` : `'${escaped}'`
}

/** Control characters and backslashes as unistr() reads them. */
function escapeControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  return changeInPieces(text, (piece) => piece.replace(/[\x01-\x1f\\]/g, escapeControl))
}

function escapeControl(character: string): string {
  return character === '\\' ? '\\\\' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
