/**
 * Changes of JSON text that is plain and compact, without parsing it: what stands before and behind a place is copied. The text may still be in its page, and what
 * comes of it goes to whoever writes a text.
 */
import { decodeUtf8, Real } from '../../../record/index.ts'
import type { Value } from '../../../record/index.ts'
import { TextWriter } from '../text-writer.ts'
import type { EditKind } from './edit.ts'
import { load, loadedText } from './extract-text.ts'
import { JsonText } from './json-text.ts'
import { isRawText, Jsonb, nullType, objectType } from './jsonb.ts'
import { parseRemembered } from './argument.ts'
import { pathOf, pathOfLabel, wholePath } from './path.ts'
import type { JsonPath } from './path.ts'
import { jsonText } from './render.ts'
import {
  foundLabelStart,
  foundStart,
  foundStop,
  isWholeCompact,
  longestScanned,
  missingPlace,
  present,
  scanJson,
  unusual,
} from './scan.ts'
import { valueAsJson } from './value.ts'

/** One change at the end of a path; `put` is JSON. */
interface Change {
  readonly kind: EditKind
  readonly path: JsonPath
  readonly put: string
}

/** As many changes as are made one after the other. */
const mostChanges = 8

/** Appends the text with a change; false: it has to be parsed for that, and nothing was appended. */
function appendChange(
  writer: TextWriter,
  { kind, path, put }: Change,
  data: Uint8Array,
  offset: number,
  size: number,
): boolean {
  if (put.length > longestScanned / 3 || path.steps.length === 0) return false
  const outcome = scanJson(data, offset, size, path)
  if (outcome === unusual || !isWholeCompact()) return false
  const end = offset + size
  const isThere = outcome === present
  if (isThere ? kind === 'insert' : kind === 'replace' || kind === 'remove')
    return writer.slice(data, offset, size)
  let from = isThere ? foundStart() : missingPlace()
  let to = isThere ? foundStop() : from
  if (isThere) {
    if (kind === 'remove') {
      if (foundLabelStart() >= 0) from = foundLabelStart()
      // The comma goes, too.
      if (data[from - 1] === 0x2c) from--
      else if (data[to] === 0x2c) to++
    }
    writer.slice(data, offset, from - offset)
  } else {
    if (from < 0) return false
    const last = path.steps.at(-1)!
    if (last.kind === 'label' && !isPlainLabel(last.label)) return false
    writer.slice(data, offset, from - offset)
    const before = data[from - 1]
    if (before !== 0x7b && before !== 0x5b) writer.fill(0x2c, 1)
    if (last.kind === 'label') {
      writer.fill(0x22, 1)
      writer.raw(last.label)
      writer.byteString('":')
    }
  }
  if (kind !== 'remove') writer.string(put)
  return writer.slice(data, to, end - to)
}

const firstScratch = new TextWriter()
const otherScratch = new TextWriter()

/** Appends the text with several changes, one after the other. */
function appendChanges(
  writer: TextWriter,
  changes: readonly Change[],
  data: Uint8Array,
  offset: number,
  size: number,
): boolean {
  const last = changes.length - 1
  if (last < 0) {
    const isKnown = scanJson(data, offset, size, wholePath) === present && isWholeCompact()
    return isKnown && writer.slice(data, offset, size)
  }
  for (let i = 0; i < last; i++) {
    const target = i % 2 === 0 ? firstScratch : otherScratch
    target.begin()
    if (!appendChange(target, changes[i]!, data, offset, size)) return false
    data = target.bytes
    offset = 0
    size = target.size
  }
  return appendChange(writer, changes[last]!, data, offset, size)
}

const changed = new TextWriter()

function changedText(
  changes: readonly Change[] | null,
  data: Uint8Array,
  offset: number,
  size: number,
): string | undefined {
  if (changes === null || size > longestScanned) return undefined
  changed.begin()
  if (!appendChanges(changed, changes, data, offset, size)) return undefined
  return decodeUtf8(changed.bytes, 0, changed.size)
}

/** A label that stands for itself in JSON. */
function isPlainLabel(label: Uint8Array): boolean {
  for (let i = 0; i < label.length; i++) {
    const byte = label[i]!
    if (byte < 0x20 || byte === 0x22 || byte === 0x5c || byte >= 0x80) return false
  }
  return true
}

/** The text of a value that is put into text; undefined: it may look different there. */
function plainValueText(kind: EditKind, value: Value | JsonText): string | undefined {
  // Infinity is written in another way where it is put into something.
  if (kind === 'array-insert' || value instanceof Uint8Array || value instanceof Real)
    return undefined
  return value instanceof JsonText ? undefined : valueAsJson(value)
}

/** Pairs of path and value as changes; null: they are better made in another way. */
function changesOf(kind: EditKind, pairs: readonly (Value | JsonText)[]): readonly Change[] | null {
  if (pairs.length % 2 === 1 || pairs.length === 0 || pairs.length > 2 * mostChanges) return null
  const changes: Change[] = []
  for (let i = 0; i < pairs.length; i += 2) {
    const place = pairs[i]!
    const path = place instanceof JsonText ? null : pathOf(place)
    const put = plainValueText(kind, pairs[i + 1]!)
    if (path?.isPlain !== true || put === undefined) return null
    changes.push({ kind, path, put })
  }
  return changes
}

function removalsOf(places: readonly Value[]): readonly Change[] | null {
  if (places.length === 0 || places.length > mostChanges) return null
  const changes: Change[] = []
  for (const place of places) {
    const path = pathOf(place)
    if (path?.isPlain !== true) return null
    changes.push({ kind: 'remove', path, put: '' })
  }
  return changes
}

let lastPatch: Value = null
let lastChanges: readonly Change[] | null = null

/** The changes that a merge patch comes to, of an object; null: it is no object, or has objects in it. */
function changesOfPatch(patch: Value): readonly Change[] | null {
  if (typeof patch !== 'string' || patch.length > 1024) return null
  if (patch !== lastPatch) {
    lastChanges = readPatch(patch)
    lastPatch = patch
  }
  return lastChanges
}

function readPatch(patch: string): readonly Change[] | null {
  const parsed = parseRemembered(patch)
  if (parsed === null) return null
  const json = new Jsonb(parsed.bytes)
  if (json.type(0) !== objectType) return null
  const changes: Change[] = []
  for (let i = json.headerSize(0); i < json.size;) {
    const isRaw = isRawText(json.type(i))
    const text = i + json.headerSize(i)
    const value = text + json.payloadSize
    const label = json.bytes.slice(text, value)
    const type = json.type(value)
    if (!isRaw || !isPlainLabel(label) || type === objectType) return null
    const isRemoval = type === nullType
    changes.push({
      kind: isRemoval ? 'remove' : 'set',
      path: pathOfLabel(label),
      put: isRemoval ? '' : jsonText(json, value),
    })
    i = value + json.headerSize(value) + json.payloadSize
  }
  return changes.length > mostChanges ? null : changes
}

/** A text with the changes of `json_set()` and its kin, or undefined. */
export function changeInText(
  kind: EditKind,
  text: string,
  pairs: readonly (Value | JsonText)[],
): string | undefined {
  const changes = changesOf(kind, pairs)
  if (changes === null) return undefined
  const size = load(text, changes[0]!.path)
  return size < 0 ? undefined : changedText(changes, loadedText, 0, size)
}

export function changeInBytes(
  kind: EditKind,
  data: Uint8Array,
  offset: number,
  size: number,
  pairs: readonly (Value | JsonText)[],
): string | undefined {
  return changedText(changesOf(kind, pairs), data, offset, size)
}

export function appendChanged(kind: EditKind) {
  return (
    writer: TextWriter,
    data: Uint8Array,
    offset: number,
    size: number,
    ...pairs: (Value | JsonText)[]
  ): boolean => {
    const changes = size > longestScanned ? null : changesOf(kind, pairs)
    return changes !== null && appendChanges(writer, changes, data, offset, size)
  }
}

export function removeInBytes(
  data: Uint8Array,
  offset: number,
  size: number,
  places: readonly Value[],
): string | undefined {
  return changedText(removalsOf(places), data, offset, size)
}

export function appendWithout(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
  ...places: Value[]
): boolean {
  const changes = size > longestScanned ? null : removalsOf(places)
  return changes !== null && appendChanges(writer, changes, data, offset, size)
}

/** Whether the text is an object. */
function isObject(data: Uint8Array, offset: number): boolean {
  return data[offset] === 0x7b
}

export function patchInBytes(
  data: Uint8Array,
  offset: number,
  size: number,
  patch: Value,
): string | undefined {
  if (!isObject(data, offset)) return undefined
  return changedText(changesOfPatch(patch), data, offset, size)
}

export function appendPatched(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
  patch: Value,
): boolean {
  const changes = size > longestScanned || !isObject(data, offset) ? null : changesOfPatch(patch)
  return changes !== null && appendChanges(writer, changes, data, offset, size)
}

/** The text as `json()` answers it. */
export function appendCompact(
  writer: TextWriter,
  data: Uint8Array,
  offset: number,
  size: number,
): boolean {
  return size <= longestScanned && appendChanges(writer, [], data, offset, size)
}
