/**
 * The element of a path, found in the bytes of JSON text without parsing it into anything.
 *
 * All of the text is gone through, for a mistake anywhere in it is an error, but of most of it nothing is kept. This is done for plain JSON
 * only (RFC 8259) and for plain paths: labels and places counted from the beginning. Whatever is unusual, be it a mistake, JSON5 or great depth, is answered by
 * `unusual`; then the text has to be parsed.
 *
 * No loop looks for the end of the text. What runs over it reads what lies behind in the same array, comes out at another place
 * than the end, and is unusual.
 */
import { inText, isDigit, skipEscape } from './characters.ts'
import type { JsonPath } from './path.ts'

/** What a scan came to. */
export const unusual = 0
export const absent = 1
export const present = 2

/** Longer texts are better parsed once, and remembered. */
export const longestScanned = 8192

let found = 0
let foundEnd = 0
let isCompact = false
let hasEscapes = false

/** Where the element begins that was found. */
export function foundStart(): number {
  return found
}

export function foundStop(): number {
  return foundEnd
}

/** There is no white space in it, so its text is what SQLite would write. */
export function foundIsCompact(): boolean {
  return isCompact
}

/** All of the text is as SQLite would write it. */
export function isWholeCompact(): boolean {
  return isCompactWhole
}

/** Where the label of the element begins, in quotes; -1: it has none. */
export function foundLabelStart(): number {
  return labelAt
}

/** Of an element that is not there, where only the last step leads nowhere: the bracket before which it would stand; else -1. */
export function missingPlace(): number {
  return missingAt
}

/** There are escapes in it. */
export function foundHasEscapes(): boolean {
  return hasEscapes
}

let isCompactWhole = true
let labelAt = -1
let missingAt = -1

/** An escape has been passed. */
let sawEscape = false

/** Where white space ends that begins at `i`. */
export function skipSpace(data: Uint8Array, i: number): number {
  let byte = data[i]!
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) {
    byte = data[++i]!
  }
  return i
}

/** Where a text ends whose first character is at `i`; -1: unusual. */
export function skipText(data: Uint8Array, i: number): number {
  for (;;) {
    i = skipPlain(data, i)
    const byte = data[i]!
    if (byte === 0x22) return i + 1
    if (byte !== 0x5c) return -1
    sawEscape = true
    i = skipEscape(data, i + 1)
    if (i < 0) return -1
  }
}

/** Four bytes in a round: most of the time goes here. */
function skipPlain(data: Uint8Array, i: number): number {
  while (inText[data[i]!] === 1) {
    if (inText[data[i + 1]!] !== 1) return i + 1
    if (inText[data[i + 2]!] !== 1) return i + 2
    if (inText[data[i + 3]!] !== 1) return i + 3
    i += 4
  }
  return i
}

function skipDigits(data: Uint8Array, i: number): number {
  while (isDigit(data[i]!)) i++
  return i
}

function skipNumber(data: Uint8Array, start: number): number {
  let i = data[start] === 0x2d ? start + 1 : start
  const first = data[i]!
  if (!isDigit(first)) return -1
  i = first === 0x30 ? i + 1 : skipDigits(data, i + 1)
  if (data[i] === 0x2e) {
    const end = skipDigits(data, i + 1)
    if (end === i + 1) return -1
    i = end
  }
  if ((data[i]! | 0x20) === 0x65) {
    i++
    if (data[i] === 0x2b || data[i] === 0x2d) i++
    const end = skipDigits(data, i)
    if (end === i) return -1
    i = end
  }
  return i
}

function skipWord(data: Uint8Array, i: number): number {
  switch (data[i]) {
    case 0x74:
      return data[i + 1] === 0x72 && data[i + 2] === 0x75 && data[i + 3] === 0x65 ? i + 4 : -1
    case 0x66:
      return data[i + 1] === 0x61 &&
        data[i + 2] === 0x6c &&
        data[i + 3] === 0x73 &&
        data[i + 4] === 0x65
        ? i + 5
        : -1
    case 0x6e:
      return data[i + 1] === 0x75 && data[i + 2] === 0x6c && data[i + 3] === 0x6c ? i + 4 : -1
    default:
      return -1
  }
}

/** Where the value of a label begins, from behind the label; -1: unusual. */
function skipColon(data: Uint8Array, i: number): number {
  if (data[i]! <= 0x20) i = skipSpace(data, i)
  if (data[i] !== 0x3a) return -1
  i++
  return data[i]! <= 0x20 ? skipSpace(data, i) : i
}

/** Whether the label stands at `i`, and a quote behind it. */
function isLabel(data: Uint8Array, i: number, label: Uint8Array): boolean {
  const { length } = label
  if (data[i + length] !== 0x22) return false
  for (let k = 0; k < length; k++) if (data[i + k] !== label[k]) return false
  return true
}

/** Levels of arrays and objects: one bit for each. */
const deepest = 30

/**
 * Looks for the element of a path that is `isPlain` in the text of `size` bytes at `offset`. One loop, a round for each value: calls would cost more
 * than what they do.
 */
export function scanJson(
  data: Uint8Array,
  offset: number,
  size: number,
  path: JsonPath,
): typeof unusual | typeof absent | typeof present {
  const { steps } = path
  let depth = 0
  /** From the lowest bit, which is the innermost: 1 for an object. */
  let objects = 0
  /** How many steps have been taken. */
  let taken = 0
  /** The value that comes is where they lead. */
  let isOnPath = true
  /** The depth of the array or object in which the next step is looked for; 0: in none. */
  let searched = 0
  /** Elements before the one that is looked for. */
  let left = 0
  let start = -1
  let startDepth = 0
  let end = -1
  let hasSpace = false
  /** Before the element too. */
  let sawSpace = false
  let label = -1
  missingAt = -1
  let i = offset
  if (data[i]! <= 0x20) {
    i = skipSpace(data, i)
    sawSpace = true
  }
  for (;;) {
    let byte = data[i]!
    if (isOnPath && taken === steps.length) {
      start = i
      startDepth = depth
      labelAt = label
      sawSpace ||= hasSpace
      hasSpace = false
      sawEscape = false
    }
    let isOpen = false
    if (byte === 0x22) {
      i = skipPlain(data, i + 1)
      i = data[i] === 0x22 ? i + 1 : skipText(data, i)
    } else if (byte <= 0x39) {
      const first = i
      if (byte > 0x30) while (isDigit(data[++i]!));
      // Anything but digits.
      if (byte <= 0x30 || data[i] === 0x2e || (data[i]! | 0x20) === 0x65)
        i = skipNumber(data, first)
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) return unusual
      const isObject = byte === 0x7b
      objects = (objects << 1) | (isObject ? 1 : 0)
      isOpen = true
      i++
      if (isOnPath && taken < steps.length) {
        const step = steps[taken]!
        left = step.kind === 'index' ? step.index : 0
        if ((step.kind === 'label') === isObject) searched = depth
      }
    } else i = skipWord(data, i)
    if (i < 0) return unusual
    // What is complete here, and what it is the last of.
    for (;;) {
      if (start >= 0 && end < 0 && depth === startDepth && !isOpen) {
        end = i
        isCompact = !hasSpace
        hasEscapes = sawEscape
      }
      byte = data[i]!
      if (depth === 0) break
      if (byte <= 0x20) {
        hasSpace = true
        i = skipSpace(data, i)
        byte = data[i]!
      }
      if (byte !== ((objects & 1) === 1 ? 0x7d : 0x5d)) break
      if (depth === searched) {
        if (taken + 1 === steps.length) missingAt = left === 0 ? i : -1
        searched = 0
      }
      objects >>>= 1
      depth--
      i++
      isOpen = false
    }
    if (depth === 0) break
    if (!isOpen) {
      if (byte !== 0x2c) return unusual
      byte = data[++i]!
      if (byte <= 0x20) {
        hasSpace = true
        i = skipSpace(data, i)
        byte = data[i]!
      }
    }
    isOnPath = false
    if ((objects & 1) === 0) {
      if (depth === searched && left-- === 0) {
        isOnPath = true
        label = -1
      }
    } else {
      if (byte !== 0x22) return unusual
      const step = depth === searched ? steps[taken] : undefined
      if (step === undefined) {
        i = skipPlain(data, i + 1)
        i = data[i] === 0x22 ? i + 1 : skipText(data, i)
      } else if (step.kind === 'label' && isLabel(data, i + 1, step.label)) {
        isOnPath = true
        label = i
        i += step.label.length + 2
      } else {
        i = skipPlain(data, i + 1)
        // A label with escapes may be the same in other words.
        if (data[i] !== 0x22) return unusual
        i++
      }
      if (i < 0) return unusual
      if (data[i] === 0x3a && data[i + 1]! > 0x20) i++
      else {
        i = skipColon(data, i)
        if (i < 0) return unusual
        hasSpace = true
      }
    }
    if (isOnPath) {
      taken++
      searched = 0
    }
  }
  if (i !== offset + size) {
    i = skipSpace(data, i)
    sawSpace = true
    if (i !== offset + size) return unusual
  }
  isCompactWhole = !(sawSpace || hasSpace)
  found = start
  foundEnd = end
  return start < 0 ? absent : present
}

/** Where the element ends that begins at `i`, of plain text. */
export function skipElement(data: Uint8Array, i: number): number {
  const first = data[i]!
  if (first === 0x22) return skipText(data, i + 1)
  if (first !== 0x5b && first !== 0x7b) {
    // A number or a word ends where what is around it goes on.
    for (let byte = first; byte > 0x20 && byte !== 0x2c && byte !== 0x5d && byte !== 0x7d;)
      byte = data[++i]!
    return i
  }
  let depth = 0
  for (;;) {
    const byte = data[i]!
    if (byte === 0x22) {
      i = skipText(data, i + 1)
      continue
    }
    i++
    if (byte === 0x5b || byte === 0x7b) depth++
    else if ((byte === 0x5d || byte === 0x7d) && --depth === 0) return i
  }
}

/** How many elements the array has that begins at `i`, and is plain. */
export function countElements(data: Uint8Array, i: number): number {
  if (data[skipSpace(data, i + 1)] === 0x5d) return 0
  let count = 1
  let depth = 0
  for (;;) {
    const byte = data[i]!
    if (byte === 0x22) {
      i = skipText(data, i + 1)
      continue
    }
    if (byte === 0x5b || byte === 0x7b) depth++
    else if (byte === 0x5d || byte === 0x7d) depth--
    else if (byte === 0x2c && depth === 1) count++
    if (depth === 0) return count
    i++
  }
}
