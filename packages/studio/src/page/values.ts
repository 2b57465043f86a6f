/** Values as people read and write them. */
import type { WireValue } from '../protocol.ts'

export type ValueType = 'NULL' | 'INTEGER' | 'REAL' | 'TEXT' | 'BLOB'

export const valueTypes: readonly ValueType[] = ['NULL', 'INTEGER', 'REAL', 'TEXT', 'BLOB']

export function typeOf(value: WireValue): ValueType {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return 'INTEGER'
  if (typeof value === 'string') return 'TEXT'
  switch (value[0]) {
    case 'i':
      return 'INTEGER'
    case 'r':
      return 'REAL'
    case 't':
      return 'TEXT'
    case 'b':
      return 'BLOB'
    default:
      return value satisfies never
  }
}

/** A REAL is never mistaken for an INTEGER: one without a fraction is shown with one. */
export function realText(text: string): string {
  if (text === 'Infinity') return 'Inf'
  if (text === '-Infinity') return '-Inf'
  return /^-?\d+$/.test(text) ? `${text}.0` : text
}

/** What stands in a cell. */
export function shortText(value: WireValue): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string')
    return visible(value.length > 300 ? `${value.slice(0, 300)}…` : value)
  switch (value[0]) {
    case 'i':
      return value[1]
    case 'r':
      return realText(value[1])
    case 't':
      return visible(`${value[1].slice(0, 300)}…`)
    case 'b':
      return blobText(value[1], value[2])
    default:
      return value satisfies never
  }
}

/** Of a BLOB the first bytes, and its size. */
function blobText(base64: string, size: number): string {
  const bytes = bytesOf(base64.slice(0, 32))
  const hex = hexOf(bytes.subarray(0, 12), '')
  return `x'${hex}${size > 12 ? '…' : ''}' ${sizeText(size)}`
}

/** Line ends and tabs are seen, and stay in their line. */
function visible(text: string): string {
  return (
    text
      .replaceAll(/\r\n|\n|\r/g, '↵')
      .replaceAll('\t', '⇥')
      // eslint-disable-next-line no-control-regex -- these are meant
      .replaceAll(/[\u0000-\u001f\u007f]/g, '·')
  )
}

/** The whole of it, for the clipboard and for editing. */
export function plainText(value: WireValue): string {
  if (value === null) return ''
  if (typeof value !== 'object') return String(value)
  if (value[0] === 'r') return realText(value[1])
  if (value[0] === 'b') return hexOf(bytesOf(value[1]), ' ')
  return value[1]
}

/** Whether it is here whole. */
export function isWhole(value: WireValue): boolean {
  if (value === null || typeof value !== 'object') return true
  if (value[0] === 't') return false
  return value[0] !== 'b' || base64Size(value[1]) === value[2]
}

function base64Size(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return (base64.length / 4) * 3 - padding
}

/** Right-aligned are numbers. */
export function isNumber(value: WireValue): boolean {
  const type = typeOf(value)
  return type === 'INTEGER' || type === 'REAL'
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64)
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

export function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  }
  return btoa(text)
}

export function hexOf(bytes: Uint8Array, separator: string): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(separator)
}

export function blobOf(bytes: Uint8Array): WireValue {
  return ['b', base64Of(bytes), bytes.length]
}

/** What was written in the editor. @throws Error with a sentence for the user */
export function parseValue(type: ValueType, text: string): WireValue {
  switch (type) {
    case 'NULL':
      return null
    case 'TEXT':
      return text
    case 'INTEGER':
      return parseInteger(text.trim())
    case 'REAL':
      return parseReal(text.trim())
    case 'BLOB': {
      const digits = text.replaceAll(/\s/g, '')
      if (!/^(?:[\da-f]{2})*$/i.test(digits)) {
        throw new Error('A BLOB is written as pairs of hexadecimal digits.')
      }
      const bytes = Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
      return blobOf(bytes)
    }
    default:
      return type satisfies never
  }
}

function parseInteger(text: string): WireValue {
  if (!/^[-+]?\d+$/.test(text)) throw new Error('An INTEGER is written in digits.')
  const value = BigInt(text.replace('+', ''))
  if (value < -(2n ** 63n) || value >= 2n ** 63n) throw new Error('An INTEGER has 64 bits.')
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : ['i', String(value)]
}

function parseReal(text: string): WireValue {
  const named = { inf: 'Infinity', '-inf': '-Infinity' }[text.toLowerCase()]
  if (named !== undefined) return ['r', named]
  const value = text === '' ? Number.NaN : Number(text)
  if (Number.isNaN(value)) throw new Error('A REAL is written as 1.5 or 1e9.')
  return ['r', Object.is(value, -0) ? '-0' : String(value)]
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']

export function sizeText(bytes: number): string {
  let unit = 0
  let size = bytes
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024
    unit++
  }
  const digits = unit === 0 || size >= 100 ? 0 : 1
  const name = unit === 0 && bytes === 1 ? 'byte' : units[unit]!
  return `${size.toFixed(digits)} ${name}`
}

const numbers = new Intl.NumberFormat('en')

export function countText(count: number): string {
  return numbers.format(count)
}

/** `1 row`, `2 rows`. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${countText(count)} ${count === 1 ? noun : nouns}`
}

export function durationText(ms: number): string {
  if (ms < 1) return `${ms.toFixed(2)} ms`
  if (ms < 100) return `${ms.toFixed(1)} ms`
  if (ms < 1000) return `${Math.round(ms)} ms`
  const seconds = ms / 1000
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`
  const hours = Math.floor(minutes / 60)
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days`
}
