/** `json_extract()`, `->` and `->>`: what a path leads to, as SQL or as JSON. */
import type { Value } from '../../../record/index.ts'
import { checkTextLength } from '../../../base/long-text.ts'
import { decodeUtf8 } from '../../../record/index.ts'
import { isJsonbAt, jsonOf } from './argument.ts'
import { extractBytes, extractText } from './extract-text.ts'
import type { Wanted } from './extract-text.ts'
import { JsonText, unmarked } from './json-text.ts'
import { Jsonb } from './jsonb.ts'
import { lookup, lookupError, notFound } from './lookup.ts'
import { parseJson } from './parse.ts'
import { badPath, isPath, operandPathOf, pathOf } from './path.ts'
import type { JsonPath } from './path.ts'
import { jsonText } from './render.ts'
import { longestScanned } from './scan.ts'
import { joinedLength, primitiveValue } from './value.ts'

/** The element's place; `notFound`. Any other outcome is an error. */
function placeOf(json: Jsonb, path: JsonPath, root: number = 0): number {
  const place = lookup(json, path, root)
  if (place < 0 && place !== notFound) throw lookupError(place, path)
  return place
}

/** One path: SQL values, arrays and objects as JSON, marked. */
export function extractOne(value: Value, path: JsonPath): Value | JsonText {
  const json = jsonOf(value)
  if (json === null) return null
  if (!isPath(path)) throw badPath(path)
  const place = placeOf(json, path)
  if (place === notFound) return null
  const primitive = primitiveValue(json, place)
  return primitive === undefined ? new JsonText(jsonText(json, place)) : primitive
}

/** Several paths: an array. NULL if one of them is NULL. */
function extractMany(value: Value, paths: readonly Value[], asBlob: boolean): Value {
  const json = jsonOf(value)
  if (json === null) return null
  const elements: string[] = []
  for (const each of paths) {
    const path = pathOf(each)
    if (path === null) return null
    if (!isPath(path)) throw badPath(path)
    const place = placeOf(json, path)
    elements.push(place === notFound ? 'null' : jsonText(json, place))
  }
  checkTextLength(joinedLength(elements))
  const text = `[${elements.join(',')}]`
  return asBlob ? parseJson(text)!.bytes : text
}

/** An array or object comes marked. */
export function extractMarked(...args: Value[]): Value | JsonText {
  const [value, ...paths] = args
  if (value === undefined || paths.length === 0) return null
  if (paths.length > 1) {
    const text = extractMany(value, paths, false)
    return typeof text === 'string' ? new JsonText(text) : text
  }
  if (value === null) return null
  const path = pathOf(paths[0]!)
  if (path !== null) return extractOne(value, path)
  jsonOf(value)
  return null
}

export function extract(...args: Value[]): Value {
  if (args.length !== 2) return unmarked(extractMarked(...args))
  const path = args[0] === null ? null : pathOf(args[1]!)
  return path === null ? unmarked(extractMarked(...args)) : extractAt(args[0]!, path)
}

/** One path: SQL values, arrays and objects as JSON text. */
export function extractAt(value: Value, path: JsonPath): Value {
  if (typeof value === 'string') {
    const quick = extractText(value, path, 'sql')
    if (quick !== undefined) return quick
  }
  return unmarked(extractOne(value, path))
}

/** Arrays and objects as JSONB. */
export function extractJsonb(...args: Value[]): Value {
  const [value, ...paths] = args
  if (value === undefined || paths.length === 0) return null
  if (paths.length > 1) return extractMany(value, paths, true)
  const json = jsonOf(value)
  if (json === null) return null
  const path = pathOf(paths[0]!)
  if (path === null) return null
  if (!isPath(path)) throw badPath(path)
  const place = placeOf(json, path)
  if (place === notFound) return null
  const primitive = primitiveValue(json, place)
  if (primitive !== undefined) return primitive
  const size = json.headerSize(place) + json.payloadSize
  return Uint8Array.prototype.slice.call(json.bytes, place, place + size)
}

/** `json -> path`: always JSON. */
export function arrow(value: Value, path: Value): string | null {
  const steps = operandPathOf(path)
  if (steps !== null) return arrowAt(value, steps)
  jsonOf(value)
  return null
}

export function arrowAt(value: Value, path: JsonPath): string | null {
  if (typeof value === 'string') {
    const quick = extractText(value, path, 'json')
    if (quick !== undefined) return quick as string | null
  }
  const json = jsonOf(value)
  if (json === null) return null
  const place = placeOf(json, path)
  return place === notFound ? null : jsonText(json, place)
}

/** `json ->> path`: always SQL. */
export function doubleArrow(value: Value, path: Value): Value {
  const steps = operandPathOf(path)
  if (steps !== null) return doubleArrowAt(value, steps)
  jsonOf(value)
  return null
}

export function doubleArrowAt(value: Value, path: JsonPath): Value {
  if (typeof value === 'string') {
    const quick = extractText(value, path, 'sql')
    if (quick !== undefined) return quick
  }
  const json = jsonOf(value)
  if (json === null) return null
  const place = placeOf(json, path)
  if (place === notFound) return null
  const primitive = primitiveValue(json, place)
  return primitive === undefined ? jsonText(json, place) : primitive
}

/** A call with a path that stays the same. */
export interface FixedExtraction {
  readonly path: JsonPath
  readonly ofValue: (value: Value, path: JsonPath) => Value
  /** Of a text of UTF-8 that is still in its page. */
  readonly ofBytes: (data: Uint8Array, offset: number, size: number, path: JsonPath) => Value
  /** Of a BLOB that is still in its page. */
  readonly ofBlob: (data: Uint8Array, offset: number, size: number, path: JsonPath) => Value
}

const viewed = new Jsonb(new Uint8Array(0))

function ofBlob(ofValue: FixedExtraction['ofValue'], wanted: Wanted): FixedExtraction['ofBlob'] {
  return (data, offset, size, path) => {
    const json = viewed
    json.bytes = data
    json.size = offset + size
    if (!isJsonbAt(json, offset))
      return ofValue(Uint8Array.prototype.slice.call(data, offset, offset + size), path)
    const place = placeOf(json, path, offset)
    if (place === notFound) return null
    if (wanted === 'json') return jsonText(json, place)
    const primitive = primitiveValue(json, place)
    return primitive === undefined ? jsonText(json, place) : primitive
  }
}

function ofBytes(ofValue: FixedExtraction['ofValue'], wanted: Wanted): FixedExtraction['ofBytes'] {
  return (data, offset, size, path) => {
    const quick =
      size <= longestScanned ? extractBytes(data, offset, size, path, wanted) : undefined
    return quick === undefined ? ofValue(decodeUtf8(data, offset, size), path) : quick
  }
}

function formsOf(
  ofValue: FixedExtraction['ofValue'],
  wanted: Wanted,
): Omit<FixedExtraction, 'path'> {
  return { ofValue, ofBytes: ofBytes(ofValue, wanted), ofBlob: ofBlob(ofValue, wanted) }
}

const fixed: ReadonlyMap<
  string,
  Omit<FixedExtraction, 'path'> & { readonly pathOf: (value: Value) => JsonPath | null }
> = new Map([
  ['json_extract', { pathOf, ...formsOf(extractAt, 'sql') }],
  ['->', { pathOf: operandPathOf, ...formsOf(arrowAt, 'json') }],
  ['->>', { pathOf: operandPathOf, ...formsOf(doubleArrowAt, 'sql') }],
])

/** The function of this name, with a path that is known; null: it is none of those, or the path is not plain. */
export function fixedExtraction(name: string, path: Value): FixedExtraction | null {
  const operation = fixed.get(name)
  const steps = operation?.pathOf(path) ?? null
  if (operation === undefined || steps === null || !steps.isPlain) return null
  const { ofValue, ofBytes: ofText, ofBlob: ofJsonb } = operation
  return { path: steps, ofValue, ofBytes: ofText, ofBlob: ofJsonb }
}
