/**
 * The scalar functions on JSON. (JSON Functions And Operators §4.) Each that answers JSON comes twice, as text and as JSONB.
 */
import { sqlError } from '../../../base/error.ts'
import { checkTextLength } from '../../../base/long-text.ts'
import { decodeUtf8, encodeText } from '../../../record/index.ts'
import type { Value } from '../../../record/index.ts'
import { toInt64, toText } from '../../convert.ts'
import { scalar } from '../function.ts'
import type { BytesForm, ScalarFunction } from '../function.ts'
import { jsonbOfBlob, jsonOf, parsedText } from './argument.ts'
import { JsonBuilder } from './builder.ts'
import { EditedJsonb, editJson } from './edit.ts'
import type { EditKind } from './edit.ts'
import {
  arrayLengthInBytes,
  arrayLengthInText,
  compactText,
  isPlainJson,
  typeInBytes,
  typeInText,
} from './extract-text.ts'
import {
  appendChanged,
  appendCompact,
  appendPatched,
  appendWithout,
  changeInBytes,
  changeInText,
  patchInBytes,
  removeInBytes,
} from './change-text.ts'
import { arrow, doubleArrow, extract, extractMarked, extractJsonb } from './extract.ts'
import { JsonText, unmarked } from './json-text.ts'
import { arrayType, copyOf, typeNames } from './jsonb.ts'
import type { Jsonb } from './jsonb.ts'
import { lookup, lookupError, notFound } from './lookup.ts'
import { jsonErrorPosition, parseJson, parseJsonBytes } from './parse.ts'
import { mergePatch } from './patch.ts'
import { badPath, isPath, malformedJson, pathOf, wholePath } from './path.ts'
import type { JsonPath } from './path.ts'
import { jsonText, prettyText } from './render.ts'
import { isWholeCompact, longestScanned, present, scanJson } from './scan.ts'
import { findInvalid } from './validity.ts'
import { jsonbOfValue, textAsJson, valueAsJson } from './value.ts'

type Argument = Value | JsonText

/** JSON as the one or the other form. */
type Finish = (json: Jsonb) => Value

const asText: Finish = (json) => {
  json.delta = 0
  return jsonText(json, 0)
}
const asBlob: Finish = ({ bytes, size }) => copyOf(bytes, size)

/** JSONB of a text that is right. */
const toBlob = (text: string): Uint8Array => parseJson(text)!.bytes

/** Used again and again: nothing else is changed before what it holds has been written out. */
const edited = new EditedJsonb(new Uint8Array(1024))

/** JSON that may be changed. */
function editable(value: Value): EditedJsonb | null {
  const json = jsonOf(value)
  return json === null ? null : edited.load(json)
}

function json(finish: Finish): (value: Value) => Value {
  return (value) => {
    if (finish === asText && typeof value === 'string') {
      const quick = compactText(value)
      if (quick !== undefined) return quick
    }
    const parsed = jsonOf(value)
    return parsed === null ? null : finish(parsed)
  }
}

const textAsText = json(asText)

function jsonOfBytes(data: Uint8Array, offset: number, size: number): Value {
  const text = decodeUtf8(data, offset, size)
  const isKnown = size <= longestScanned && scanJson(data, offset, size, wholePath) === present
  return isKnown && isWholeCompact() ? text : textAsText(text)
}

function remove(finish: Finish): (...args: Value[]) => Value {
  return (value, ...paths) => {
    if (value === undefined) return null
    const target = paths.length === 0 ? jsonOf(value) : editable(value)
    if (target === null) return null
    for (const each of paths) {
      const path = pathOf(each)
      if (path === null) return null
      if (!isPath(path)) throw badPath(path)
      // Nothing is left.
      if (path.steps.length === 0) return null
      const code = editJson(target as EditedJsonb, path, 'remove')
      if (code < 0 && code !== notFound) throw lookupError(code, path)
    }
    return finish(target)
  }
}

/** Changes of a text that is still in its page. */
function changedBytes(kind: EditKind): BytesForm {
  const whole = change(kind, kind, asText) as (...args: Argument[]) => Value
  const invoke = (data: Uint8Array, offset: number, size: number, ...pairs: Argument[]): Value =>
    changeInBytes(kind, data, offset, size, pairs) ??
    whole(decodeUtf8(data, offset, size), ...pairs)
  return { argument: 0, invoke, append: appendChanged(kind) }
}

const removedText = remove(asText)

function removeOfBytes(data: Uint8Array, offset: number, size: number, ...paths: Value[]): Value {
  return (
    removeInBytes(data, offset, size, paths) ??
    removedText(decodeUtf8(data, offset, size), ...paths)
  )
}

/** A function of one path that is looked for in the bytes; `inText` has the text, where it has to be parsed. */
function lookOfBytes<Answer extends Value>(
  inBytes: (
    data: Uint8Array,
    offset: number,
    size: number,
    path: JsonPath,
  ) => Answer | null | undefined,
  inText: (value: Value, path?: Value) => Value,
): BytesForm {
  const invoke = (data: Uint8Array, offset: number, size: number, path?: Value): Value => {
    const known = givenPath(path)
    if (known?.isPlain === true && size <= longestScanned) {
      const quick = inBytes(data, offset, size, known)
      if (quick !== undefined) return quick
    }
    const text = decodeUtf8(data, offset, size)
    return path === undefined ? inText(text) : inText(text, path)
  }
  return { argument: 0, invoke }
}

/** `json_insert`, `json_replace`, `json_set`, `json_array_insert`: pairs of path and value. */
function change(name: string, kind: EditKind, finish: Finish): (...args: Argument[]) => Value {
  return (target, ...pairs) => {
    if (target === undefined) return null
    const value = unmarked(target)
    if (pairs.length % 2 === 1) throw sqlError(`json_${name}() needs an odd number of arguments`)
    if (finish === asText && typeof value === 'string' && pairs.length > 0) {
      const quick = changeInText(kind, value, pairs)
      if (quick !== undefined) return quick
    }
    const json = editable(value)
    if (json === null) return null
    for (let i = 0; i < pairs.length; i += 2) {
      const path = pathOf(unmarked(pairs[i]!))
      if (path === null) continue
      if (!isPath(path)) throw badPath(path)
      const given = jsonbOfValue(pairs[i + 1]!)
      if (path.steps.length > 0) {
        const code = editJson(json, path, kind, given)
        if (code < 0 && code !== notFound) throw lookupError(code, path)
      } else if (kind === 'replace' || kind === 'set')
        json.splice(0, json.size, given, 0, given.length)
    }
    return finish(json)
  }
}

function arrayText(values: readonly Argument[]): string {
  let text = '['
  for (let i = 0; i < values.length; i++) {
    const entry = valueAsJson(values[i]!)
    checkTextLength(text.length + entry.length + 2)
    text += i === 0 ? entry : ',' + entry
  }
  return text + ']'
}

function objectText(members: readonly Argument[]): string {
  if (members.length % 2 === 1) throw sqlError('json_object() requires an even number of arguments')
  let text = '{'
  for (let i = 0; i < members.length; i += 2) {
    const label = unmarked(members[i]!)
    if (typeof label !== 'string') throw sqlError('json_object() labels must be TEXT')
    const entry = `${labelText(label)}${valueAsJson(members[i + 1]!)}`
    checkTextLength(text.length + entry.length + 2)
    text += i === 0 ? entry : ',' + entry
  }
  return text + '}'
}

/** Labels that were written lately, as JSON and with a colon: mostly they are constants of a statement. */
const knownLabels = new Map<string, string>()

function labelText(label: string): string {
  const known = knownLabels.get(label)
  if (known !== undefined) return known
  const text = `${textAsJson(label)}:`
  if (label.length > 64) return text
  if (knownLabels.size === 64) knownLabels.clear()
  knownLabels.set(label, text)
  return text
}

function patch(finish: Finish): (target: Value, by: Value) => Value {
  return (target, by) => {
    const json = editable(target)
    if (json === null) return null
    const wanted = jsonOf(by)
    if (wanted === null) return null
    mergePatch(json, 0, wanted, 0)
    return finish(json)
  }
}

/** JSON of a text in its page, which may be changed. */
function editableOfBytes(data: Uint8Array, offset: number, size: number): EditedJsonb {
  const bytes = parseJsonBytes(data, offset, size)
  if (bytes === null) throw malformedJson()
  return new EditedJsonb(bytes)
}

function patchOfBytes(data: Uint8Array, offset: number, size: number, by: Value): Value {
  const quick = patchInBytes(data, offset, size, by)
  if (quick !== undefined) return quick
  const json = editableOfBytes(data, offset, size)
  const wanted = jsonOf(by)
  if (wanted === null) return null
  mergePatch(json, 0, wanted, 0)
  return asText(json)
}

function jsonbOfBytes(data: Uint8Array, offset: number, size: number): Uint8Array {
  return editableOfBytes(data, offset, size).bytes
}

/** Where the element stands that a path leads to; `notFound`. */
function placeOf(value: Jsonb, at: Value): number | null {
  const path = pathOf(at)
  if (path === null) return null
  const place = lookup(value, path)
  if (place < 0 && place !== notFound) throw lookupError(place, path)
  return place
}

/** The path that is asked for; undefined: not a right one. */
function givenPath(path: Value | undefined): JsonPath | undefined {
  if (path === undefined) return wholePath
  return pathOf(path) ?? undefined
}

function arrayLength(value: Value, path?: Value): number | null {
  const known = givenPath(path)
  if (typeof value === 'string' && known !== undefined) {
    const quick = arrayLengthInText(value, known)
    if (quick !== undefined) return quick
  }
  const parsed = jsonOf(value)
  if (parsed === null) return null
  const place = path === undefined ? 0 : placeOf(parsed, path)
  if (place === null || place === notFound) return null
  return parsed.type(place) === arrayType ? parsed.arrayLength(place) : 0
}

function type(value: Value, path?: Value): string | null {
  const known = givenPath(path)
  if (typeof value === 'string' && known !== undefined) {
    const quick = typeInText(value, known)
    if (quick !== undefined) return quick
  }
  const parsed = jsonOf(value)
  if (parsed === null) return null
  const place = path === undefined ? 0 : placeOf(parsed, path)
  if (place === null || place === notFound) return null
  return typeNames[parsed.type(place)] ?? ''
}

const defaultIndent = Buffer.from('    ')

function pretty(value: Value, indent?: Value): string | null {
  const parsed = jsonOf(value)
  if (parsed === null) return null
  const text = indent === undefined ? null : toText(indent)
  const bytes = text === null ? defaultIndent : encodeText(text.split('\0', 1)[0]!, 'utf8')
  return prettyText(parsed, bytes)
}

const standardText = 1
const anyText = 2
const superficialJsonb = 4
const strictJsonb = 8

function valid(value: Value, wanted: Value = 1): number | null {
  const number = toInt64(wanted)
  if (number < 1 || number > 15)
    throw sqlError('FLAGS parameter to json_valid() must be between 1 and 15')
  const flags = Number(number)
  if (value === null) return null
  const blob = value instanceof Uint8Array ? jsonbOfBlob(value) : null
  if (blob !== null) {
    if ((flags & superficialJsonb) !== 0) return 1
    return (flags & strictJsonb) !== 0 && findInvalid(blob) === 0 ? 1 : 0
  }
  if ((flags & (standardText | anyText)) === 0) return 0
  if (typeof value === 'string' && isPlainJson(value)) return 1
  const parsed = parsedText(value)
  return parsed !== null && (parsed.isStandard || (flags & anyText) !== 0) ? 1 : 0
}

function validOfBytes(
  data: Uint8Array,
  offset: number,
  size: number,
  wanted: Value = 1,
): number | null {
  if (wanted === 1 && size <= longestScanned && scanJson(data, offset, size, wholePath) === present)
    return 1
  return valid(decodeUtf8(data, offset, size), wanted)
}

function errorPosition(value: Value): number | null {
  if (value === null) return null
  if (!(value instanceof Uint8Array)) return jsonErrorPosition(toText(value)!)
  const blob = jsonbOfBlob(value)
  return blob === null ? jsonErrorPosition(value) : findInvalid(blob)
}

const toJson = {
  takesBlobs: 'first',
  readsJson: 1,
  writesBytes: true,
  returns: 'text',
  givesJson: true,
} as const
const toJsonb = { takesBlobs: 'first', readsJson: 1, returns: 'blob' } as const
/** Values among the arguments: a BLOB has to be JSONB, and a text that is JSON counts as such. */
const ofValues = { takesBlobs: 'all', takesJson: true } as const

/** All of them are values. */
const ofMembers = { ...ofValues, readsJson: 0 } as const
const ofExtract = { takesBlobs: 'first', readsJson: 1, writesBytes: true } as const
const markedExtract = scalar('json_extract', [0, -1], extractMarked, {
  ...ofExtract,
  marksJson: true,
})

/** A function in both forms. */
function both(
  name: string,
  args: number | readonly [number, number],
  make: (finish: Finish) => (...args: never[]) => Value,
  more: {
    readonly takesBlobs?: 'all'
    readonly takesJson?: true
    readonly readsJson?: number
  } = {},
  textOfBytes?: BytesForm,
  blobOfBytes?: BytesForm['invoke'],
): ScalarFunction[] {
  const text = `json${name === '' ? '' : `_${name}`}`
  return [
    scalar(text, args, make(asText), {
      ...toJson,
      ...more,
      ...(textOfBytes && { ofBytes: textOfBytes }),
    }),
    scalar(text.replace('json', 'jsonb'), args, make(asBlob), {
      ...toJsonb,
      ...more,
      ...(blobOfBytes && { ofBytes: { argument: 0, invoke: blobOfBytes } }),
    }),
  ]
}

const quoting = new JsonBuilder()

function quoteOfBytes(data: Uint8Array, offset: number, size: number): string {
  quoting.begin()
  quoting.quoted(data, offset, size)
  return quoting.done()
}

function appendQuoted(
  writer: JsonBuilder,
  data: Uint8Array,
  offset: number,
  size: number,
): boolean {
  return writer.quoted(data, offset, size)
}

/** What SQLite calls the mark of JSON. */
const jsonSubtype = 0x4a

export const jsonFunctions: readonly ScalarFunction[] = [
  ...both(
    '',
    1,
    json,
    {},
    { argument: 0, invoke: jsonOfBytes, append: appendCompact },
    jsonbOfBytes,
  ),
  ...both(
    'remove',
    [0, -1],
    remove,
    {},
    { argument: 0, invoke: removeOfBytes, append: appendWithout },
  ),
  ...both(
    'insert',
    [0, -1],
    (finish) => change('insert', 'insert', finish),
    ofValues,
    changedBytes('insert'),
  ),
  ...both(
    'replace',
    [0, -1],
    (finish) => change('replace', 'replace', finish),
    ofValues,
    changedBytes('replace'),
  ),
  ...both('set', [0, -1], (finish) => change('set', 'set', finish), ofValues, changedBytes('set')),
  ...both(
    'array_insert',
    [0, -1],
    (finish) => change('array_insert', 'array-insert', finish),
    ofValues,
  ),
  ...both(
    'patch',
    2,
    patch,
    { takesBlobs: 'all', readsJson: 2 },
    { argument: 0, invoke: patchOfBytes, append: appendPatched },
  ),
  scalar('json_array', [0, -1], (...values: Argument[]) => arrayText(values), {
    ...toJson,
    ...ofMembers,
  }),
  scalar('jsonb_array', [0, -1], (...values: Argument[]) => toBlob(arrayText(values)), {
    ...toJsonb,
    ...ofMembers,
  }),
  scalar('json_object', [0, -1], (...members: Argument[]) => objectText(members), {
    ...toJson,
    ...ofMembers,
  }),
  scalar('jsonb_object', [0, -1], (...members: Argument[]) => toBlob(objectText(members)), {
    ...toJsonb,
    ...ofMembers,
  }),
  scalar('subtype', 1, (value: Argument) => (value instanceof JsonText ? jsonSubtype : 0), {
    ...ofValues,
    returns: 'integer',
  }),
  scalar('json_quote', 1, valueAsJson, {
    ...toJson,
    ...ofMembers,
    ofBytes: { argument: 0, invoke: quoteOfBytes, append: appendQuoted },
  }),
  scalar('json_extract', [0, -1], extract, { ...ofExtract, givesJson: markedExtract }),
  scalar('jsonb_extract', [0, -1], extractJsonb, {
    takesBlobs: 'first',
    readsJson: 1,
    writesBytes: true,
  }),
  scalar('->', 2, arrow, toJson),
  scalar('->>', 2, doubleArrow, { takesBlobs: 'first', readsJson: 1, writesBytes: true }),
  scalar('json_array_length', [1, 2], arrayLength, {
    takesBlobs: 'first',
    readsJson: 1,
    returns: 'integer',
    ofBytes: lookOfBytes(arrayLengthInBytes, arrayLength),
  }),
  scalar('json_type', [1, 2], type, {
    takesBlobs: 'first',
    readsJson: 1,
    returns: 'text',
    ofBytes: lookOfBytes(typeInBytes, type),
  }),
  scalar('json_pretty', [1, 2], pretty, {
    takesBlobs: 'first',
    readsJson: 1,
    writesBytes: true,
    returns: 'text',
  }),
  scalar('json_valid', [1, 2], valid, {
    takesBlobs: 'first',
    readsJson: 1,
    returns: 'integer',
    ofBytes: { argument: 0, invoke: validOfBytes },
  }),
  scalar('json_error_position', 1, errorPosition, {
    takesBlobs: 'first',
    readsJson: 1,
    returns: 'integer',
  }),
]
