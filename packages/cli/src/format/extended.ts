/**
 * Numbers with 64 bits of mantissa, as the x87 unit and `long double` have them: sqlite3 up to 3.42 makes the digits of a REAL with
 * them, and what it makes of more than 17 digits depends on their rounding.
 */

/** A positive number: `mantissa` × 2^`exponent`, the mantissa with exactly 64 bits; zero has none. */
export interface Extended {
  readonly mantissa: bigint
  readonly exponent: number
}

const bits = 64

/** Rounds to 64 bits, to the even one of two that are equally near. */
function rounded(mantissa: bigint, exponent: number): Extended {
  if (mantissa === 0n) return { mantissa, exponent: 0 }
  const size = bitLength(mantissa)
  const excess = size - bits
  if (excess <= 0) return { mantissa: mantissa << BigInt(-excess), exponent: exponent + excess }
  const shift = BigInt(excess)
  let kept = mantissa >> shift
  const rest = mantissa - (kept << shift)
  const half = 1n << (shift - 1n)
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept++
  // Rounding up may need one bit more.
  return bitLength(kept) > bits
    ? { mantissa: kept >> 1n, exponent: exponent + excess + 1 }
    : { mantissa: kept, exponent: exponent + excess }
}

function bitLength(value: bigint): number {
  const hex = value.toString(16)
  return (hex.length - 1) * 4 + (32 - Math.clz32(Number.parseInt(hex[0]!, 16)))
}

const view = new DataView(new ArrayBuffer(8))

/** A finite number that is not negative, exactly. */
export function extended(value: number): Extended {
  view.setFloat64(0, value)
  const raw = view.getBigUint64(0)
  const exponent = Number(raw >> 52n) & 0x7ff
  const fraction = raw & 0xf_ffff_ffff_ffffn
  if (exponent === 0) return rounded(fraction, -1074)
  return rounded(fraction | (1n << 52n), exponent - 1075)
}

export function multiply(a: Extended, b: Extended): Extended {
  return rounded(a.mantissa * b.mantissa, a.exponent + b.exponent)
}

/** `b` is not zero. */
export function divide(a: Extended, b: Extended): Extended {
  const dividend = a.mantissa << 66n
  const quotient = dividend / b.mantissa
  // A bit behind all others stands for the rest.
  const sticky = quotient * b.mantissa === dividend ? 0n : 1n
  return rounded((quotient << 1n) | sticky, a.exponent - b.exponent - 67)
}

export function add(a: Extended, b: Extended): Extended {
  const exponent = Math.min(a.exponent, b.exponent)
  return rounded(
    (a.mantissa << BigInt(a.exponent - exponent)) + (b.mantissa << BigInt(b.exponent - exponent)),
    exponent,
  )
}

/** `b` is not larger than `a`. */
export function subtract(a: Extended, b: Extended): Extended {
  const exponent = Math.min(a.exponent, b.exponent)
  return rounded(
    (a.mantissa << BigInt(a.exponent - exponent)) - (b.mantissa << BigInt(b.exponent - exponent)),
    exponent,
  )
}

export function isLess(a: Extended, b: Extended): boolean {
  if (a.mantissa === 0n || b.mantissa === 0n) return b.mantissa > a.mantissa
  if (a.exponent !== b.exponent) return a.exponent < b.exponent
  return a.mantissa < b.mantissa
}

/** The whole part of a number below 16. */
export function wholePart({ mantissa, exponent }: Extended): number {
  return exponent >= 0
    ? Number(mantissa << BigInt(exponent))
    : Number(mantissa >> BigInt(-exponent))
}
