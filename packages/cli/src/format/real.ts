/**
 * REALs as text, as sqlite3 before 3.43 writes them: with 15 digits where rows are shown (`%!.15g`), and with 20 where they are to be read
 * again (`%!.20g`). The first are the digits of the number itself; the second are those that its algorithm makes in `long double`.
 */
import {
  add,
  divide,
  extended,
  isLess,
  multiply,
  subtract,
  wholePart,
  type Extended,
} from './extended.ts'

/** A REAL with 15 significant digits. */
export function realText(value: number): string {
  const special = specialText(value)
  if (special !== null) return special
  const [digits, exponent] = Math.abs(value).toExponential(14).split('e')
  // Halfway between two texts the algorithm decides, not the number.
  if (isHalfway(value)) return generic(value, 14, halfOf15)
  return layOut(value < 0, digits!.replace('.', ''), Number(exponent), 14)
}

/** A REAL with 20 significant digits. */
export function longRealText(value: number): string {
  return specialText(value) ?? generic(value, 19, halfOf20)
}

function specialText(value: number): string | null {
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : value < 0 ? '-Inf' : 'NaN'
  return value === 0 ? '0.0' : null
}

/** Whether the shortest text of a number has 16 digits, of which the last is 5. */
function isHalfway(value: number): boolean {
  const digits = String(Math.abs(value)).replace(/e.*$/, '').replace('.', '').replace(/^0+/, '')
  return digits.replace(/0+$/, '').length === 16 && digits[15] === '5'
}

/** The digits that SQLite's algorithm makes, laid out. `half` is that of the last digit. */
function generic(value: number, precision: number, half: Extended): string {
  let { number, exponent } = normalised(Math.abs(value))
  number = add(number, half)
  if (!isLess(number, ten)) {
    number = multiply(number, tenth)
    exponent++
  }
  let digits = ''
  for (let i = 0; i <= precision; i++) {
    const digit = wholePart(number)
    digits += digit
    number = multiply(subtract(number, small[digit]!), ten)
  }
  return layOut(value < 0, digits, exponent, precision)
}

const one = extended(1)
const ten = extended(10)
const tenth = extended(0.1)
const tenTo8 = extended(1e8)
const tenTo10 = extended(1e10)
const tenTo100 = extended(1e100)
const tenToMinus8 = extended(1e-8)
const small: readonly Extended[] = Array.from({ length: 10 }, (_, i) => extended(i))
/** Half of the last of 15 and of 20 digits, as two doubles multiply to it. */
const halfOf15 = extended(5e-5 * 1e-10)
const halfOf20 = extended(5e-10 * 1e-10)

/** A positive number as one from 1 to 10, and its power of ten. */
function normalised(value: number): { number: Extended; exponent: number } {
  let number = extended(value)
  let exponent = 0
  let scale = one
  const scaleWhile = (factor: Extended, power: number): void => {
    while (!isLess(number, multiply(factor, scale)) && exponent <= 350) {
      scale = multiply(scale, factor)
      exponent += power
    }
  }
  scaleWhile(tenTo100, 100)
  scaleWhile(tenTo10, 10)
  scaleWhile(ten, 1)
  number = divide(number, scale)
  while (isLess(number, tenToMinus8)) {
    number = multiply(number, tenTo8)
    exponent -= 8
  }
  while (isLess(number, one)) {
    number = multiply(number, ten)
    exponent--
  }
  return { number, exponent }
}

/** `%!g` of C with SQLite's `!`: a decimal point and a digit behind it always. */
function layOut(isNegative: boolean, digits: string, exponent: number, precision: number): string {
  const sign = isNegative ? '-' : ''
  if (exponent < -4 || exponent > precision) {
    const fraction = digits.slice(1).replace(/0+$/, '')
    const power = String(Math.abs(exponent)).padStart(2, '0')
    return `${sign}${digits[0]}.${fraction === '' ? '0' : fraction}e${exponent < 0 ? '-' : '+'}${power}`
  }
  const whole = exponent < 0 ? '0' : digits.slice(0, exponent + 1)
  const rest = exponent < 0 ? '0'.repeat(-exponent - 1) + digits : digits.slice(exponent + 1)
  const fraction = rest.replace(/0+$/, '')
  return `${sign}${whole}.${fraction === '' ? '0' : fraction}`
}
