/**
 * The decimal digits of a double, exactly the ones that SQLite prints.
 *
 * SQLite turns m·2^e into d·10^p with one 64×64-bit product against a table of powers of ten, keeps 18 digits
 * (fewer when fewer were asked for, then without rounding the product) and rounds those in decimal. The
 * answer is not always the nearest decimal, and every text form of a REAL rests on it, so the arithmetic
 * is repeated here step by step. (`sqlite3FpDecode`, `sqlite3Fp2Convert10`; Floating Point Numbers §2.)
 *
 * Powers of ten: 10^p is held as 96 significant bits, the upper 64 in `high`, 32 more in `low`, cut off, not
 * rounded. Powers 0 to 26 fit 64 bits exactly; the others are a multiple of 27 times one of those.
 */

/** Digits of a finite number: 0.d₁d₂d₃… × 10^point, no zeros at the end; a zero is the digit 0 with point 1. */
export interface Decimal {
  readonly negative: boolean
  readonly digits: string
  readonly point: number
}

const mask64 = (1n << 64n) - 1n

function powerOfFive27(group: number): { readonly high: bigint; readonly low: bigint } {
  // The table of SQLite has 10^-1 in place of 10^0, which is never looked up as a group.
  const exponent = group === 0 ? -1 : group * 27
  const bits = exponent < 0 ? reciprocalBits(10n ** BigInt(-exponent)) : 10n ** BigInt(exponent)
  const length = bits.toString(2).length
  const top = length > 96 ? bits >> BigInt(length - 96) : bits << BigInt(96 - length)
  return { high: top >> 32n, low: top & 0xffffffffn }
}

/** 1/divisor, scaled by a power of two that leaves far more than 96 bits. */
function reciprocalBits(divisor: bigint): bigint {
  return (1n << BigInt(divisor.toString(2).length + 128)) / divisor
}

const powers: (bigint | undefined)[] = []

/** The upper 64 bits of 10^power. */
function powerOfTen(power: number): bigint {
  const known = powers[power + 400]
  if (known !== undefined) return known
  const high = computePowerOfTen(power)
  powers[power + 400] = high
  return high
}

function computePowerOfTen(power: number): bigint {
  if (power === -1) return powerOfFive27(0).high
  if (power >= 0 && power < 27) return normalized(10n ** BigInt(power))
  const group = Math.floor(power / 27)
  const scale = powerOfFive27(group)
  const rest = power - group * 27
  if (rest === 0) return scale.high
  const factor = normalized(10n ** BigInt(rest))
  const product = scale.high * factor + ((scale.low * factor) >> 32n)
  const high = product >> 64n
  if (high >> 63n) return high
  return ((high << 1n) | ((product >> 63n) & 1n)) & mask64
}

function normalized(value: bigint): bigint {
  return value << BigInt(64 - value.toString(2).length)
}

const doubles = new Float64Array(1)
const words = new BigUint64Array(doubles.buffer)

/**
 * Decodes a finite `x`. `round` > 0 asks for that many significant digits; `round` <= 0 for -`round` digits
 * after the decimal point. In no case more than `maxDigits`.
 */
export function decodeDecimal(x: number, round: number, maxDigits: number): Decimal {
  if (x === 0) return { negative: false, digits: '0', point: 1 }
  const negative = x < 0
  const magnitude = negative ? -x : x
  const wanted = round <= 0 || round >= 18 ? 18 : round + 1
  doubles[0] = magnitude
  const bits = words[0]!
  let exponent = Number(bits >> 52n)
  let mantissa = bits & 0xfffffffffffffn
  if (exponent === 0) {
    const shift = 64 - mantissa.toString(2).length
    mantissa <<= BigInt(shift)
    exponent = -1074 - shift
  } else {
    mantissa = (mantissa << 11n) | (1n << 63n)
    exponent -= 1086
  }
  // wanted - 1 - floor(log10(2^(exponent+63)))
  const power = wanted - 1 - (((exponent + 63) * 78913) >> 18)
  const product = (mantissa * powerOfTen(power)) >> 64n
  const powerBits = (power * 108853) >> 15
  let value: bigint
  if (wanted === 18) {
    const kept = product >> BigInt(-(exponent + powerBits + 2))
    value = (kept + ((kept << 1n) & 2n)) >> 1n
  } else {
    value = product >> BigInt(-(exponent + powerBits + 1))
  }
  return roundDecimal(magnitude, negative, value.toString(), -power, round, maxDigits)
}

function roundDecimal(
  magnitude: number,
  negative: boolean,
  allDigits: string,
  exponent: number,
  round: number,
  maxDigits: number,
): Decimal {
  let digits = allDigits
  let point = digits.length + exponent
  let keep = round
  if (keep <= 0) {
    keep = point - keep
    if (keep === 0 && digits.charCodeAt(0) >= 0x35) {
      keep = 1
      digits = '0' + digits
      point++
    }
  }
  if (keep > 0 && (keep < digits.length || digits.length > maxDigits)) {
    if (keep > maxDigits) keep = maxDigits
    if (keep === 17) keep = shorterRoundTrip(magnitude, digits, point, exponent)
    if (digits.charCodeAt(keep) >= 0x35) {
      const up = (BigInt(digits.slice(0, keep)) + 1n).toString().padStart(keep, '0')
      if (up.length > keep) point++
      digits = up
    } else {
      digits = digits.slice(0, keep)
    }
  }
  let end = digits.length
  while (end > 1 && digits.charCodeAt(end - 1) === 0x30) end--
  return { negative, digits: digits.slice(0, end), point }
}

/**
 * How many of 17 digits to keep: fewer where the digits look like a short decimal plus noise (they end in
 * nines or in zeros) and the short decimal reads back as the same number. So 49.47 is not 49.469999999999999.
 */
function shorterRoundTrip(
  magnitude: number,
  digits: string,
  point: number,
  exponent: number,
): number {
  if (digits[15] === '9' && digits[14] === '9') {
    let short = 14
    while (short > 0 && digits[short - 1] === '9') short--
    const candidate = short === 0 ? '1' : (BigInt(digits.slice(0, short)) + 1n).toString()
    const power = exponent + digits.length - short
    return Number(`${candidate}e${power}`) === magnitude ? short + 1 : 17
  }
  if (point >= digits.length || (digits[15] === '0' && digits[14] === '0' && digits[13] === '0')) {
    let short = 13
    while (short > 1 && digits[short - 1] === '0') short--
    const power = exponent + digits.length - short
    return Number(`${digits.slice(0, short)}e${power}`) === magnitude ? short + 1 : 17
  }
  return 17
}
