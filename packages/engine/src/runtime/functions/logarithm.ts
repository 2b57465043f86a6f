/**
 * Logarithms to the last bit. JavaScript leaves open how good `Math.log` is, and V8's misses the nearest double once in seventy times; C's library, which
 * SQLite asks, practically never does.
 *
 * x is m · 2^k with m between √½ and √2, and ln m = 2 artanh s with s = (m − 1) / (m + 1): a series in s² that converges fast. It is summed in pairs of
 * doubles, the second of which holds what the first has lost. (T. J. Dekker, *A floating-point technique for extending the available precision*)
 */

/** A number as the sum of two doubles, the second of which is less than a unit in the last place of the first. */
interface Pair {
  readonly high: number
  readonly low: number
}

/** 2^27 + 1: parts a double into halves of its bits. */
const splitter = 134_217_729

function normalized(a: number, b: number): Pair {
  const high = a + b
  return { high, low: b - (high - a) }
}

/** The exact sum of any two. */
function sum(a: number, b: number): Pair {
  const high = a + b
  const part = high - a
  return { high, low: a - (high - part) + (b - part) }
}

/** The exact product. */
function product(a: number, b: number): Pair {
  const high = a * b
  const aBig = splitter * a
  const aHigh = aBig - (aBig - a)
  const aLow = a - aHigh
  const bBig = splitter * b
  const bHigh = bBig - (bBig - b)
  const bLow = b - bHigh
  return { high, low: aLow * bLow - (high - aHigh * bHigh - aLow * bHigh - aHigh * bLow) }
}

function add(a: Pair, b: Pair): Pair {
  const { high, low } = sum(a.high, b.high)
  return normalized(high, low + a.low + b.low)
}

function multiply(a: Pair, b: Pair): Pair {
  const { high, low } = product(a.high, b.high)
  return normalized(high, low + a.high * b.low + a.low * b.high)
}

function divide(a: Pair, b: Pair): Pair {
  const high = a.high / b.high
  const back = product(high, b.high)
  const rest = a.high - back.high - back.low + a.low - high * b.low
  return normalized(high, rest / b.high)
}

const one: Pair = { high: 1, low: 0 }
/** Enough bits for any exponent. */
const ln2: Pair = { high: Math.LN2, low: 2.3190468138462996e-17 }

/** 1/3, 1/5, 1/7 …: as many as make a difference. */
const reciprocals: readonly Pair[] = Array.from({ length: 18 }, (_, i) =>
  divide(one, { high: 2 * i + 3, low: 0 }),
)

const bits = new DataView(new ArrayBuffer(8))

/** A positive finite number as fraction · 2^exponent, the fraction from 1 to 2. */
function parted(x: number): { readonly fraction: number; readonly exponent: number } {
  const isSmall = x < 2.2250738585072014e-308
  bits.setFloat64(0, isSmall ? x * 2 ** 54 : x)
  const exponent = ((bits.getUint16(0) >> 4) & 0x7ff) - 1023 - (isSmall ? 54 : 0)
  bits.setUint16(0, (bits.getUint16(0) & 0x000f) | 0x3ff0)
  return { fraction: bits.getFloat64(0), exponent }
}

/** The natural logarithm of a positive finite number. */
function lnPair(x: number): Pair {
  const parts = parted(x)
  let m = parts.fraction
  let { exponent } = parts
  if (m > Math.SQRT2) {
    m /= 2
    exponent++
  }
  const s = divide({ high: m - 1, low: 0 }, sum(m, 1))
  const square = multiply(s, s)
  let series: Pair = { high: 0, low: 0 }
  for (let i = reciprocals.length - 1; i >= 0; i--) {
    series = multiply(square, add(reciprocals[i]!, series))
  }
  const twice = { high: 2 * s.high, low: 2 * s.low }
  const ofM = add(twice, multiply(twice, series))
  return exponent === 0 ? ofM : add(multiply(ln2, { high: exponent, low: 0 }), ofM)
}

function isOrdinary(x: number): boolean {
  return x > 0 && x < Infinity && x !== 1
}

export function ln(x: number): number {
  return isOrdinary(x) ? lnPair(x).high : Math.log(x)
}

export function log2(x: number): number {
  return isOrdinary(x) ? divide(lnPair(x), ln2).high : Math.log2(x)
}

/** As C's library has it, which is less exact here: of the logarithm of the fraction and the exponent. (`__ieee754_log10` of glibc) */
export function log10(x: number): number {
  if (!isOrdinary(x)) return Math.log10(x)
  const { fraction, exponent } = parted(x)
  const isNegative = exponent < 0
  const whole = isNegative ? exponent + 1 : exponent
  const rest =
    whole * 3.69423907715893078616e-13 + Math.LOG10E * ln(isNegative ? fraction / 2 : fraction)
  return rest + whole * 3.01029995663611771306e-1
}
