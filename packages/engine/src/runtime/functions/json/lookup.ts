/** The element that a path leads to. */
import type { SqliteError } from '../../../base/error.ts'
import { sameLabel } from './escape.ts'
import { arrayType, isLabelType, isRawText, maxJsonDepth, objectType } from './jsonb.ts'
import type { Jsonb } from './jsonb.ts'
import { badPath, malformedJson, notAnElement, pathTooDeep } from './path.ts'
import type { IndexStep, JsonPath, LabelStep } from './path.ts'

// Instead of a place.
export const notFound = -1
export const isMalformed = -2
export const hasMistake = -3
export const isTooDeep = -4
/** What json_array_insert() wants to insert before is not an element of an array. */
export const notInArray = -5

/** The error that a search ended with, other than `notFound`. */
export function lookupError(code: number, path: JsonPath): SqliteError {
  switch (code) {
    case isMalformed:
      return malformedJson()
    case isTooDeep:
      return pathTooDeep()
    case notInArray:
      return notAnElement(path)
    default:
      return badPath(path)
  }
}

/** Of the last search: where the label of what was found stands; 0: it has none. */
let label = 0
/** Of a search for a label or index in vain: where a new element would stand. */
let end = 0
/** Elements that are missing before that place. */
let missing = 0

export function foundLabel(): number {
  return label
}

export function insertionPlace(): number {
  return end
}

export function missingElements(): number {
  return missing
}

/** Where the element stands, or a code. `root` is where the path begins. */
export function lookup(json: Jsonb, path: JsonPath, root: number = 0): number {
  const { steps } = path
  label = 0
  let at = root
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!
    if (step.kind === 'mistake')
      return step.inArray && json.type(at) !== arrayType ? notFound : hasMistake
    at = step.kind === 'label' ? lookupLabel(json, at, step) : lookupIndex(json, at, step)
    if (at < 0) return at
    if (i + 1 >= maxJsonDepth) return isTooDeep
  }
  return at
}

/** The value of a label in the object at `at`. */
export function lookupLabel(json: Jsonb, at: number, step: LabelStep): number {
  end = -1
  if (json.type(at) !== objectType) return notFound
  const { bytes } = json
  let i = at + json.headerSize(at)
  const objectEnd = i + json.payloadSize
  while (i < objectEnd) {
    const type = bytes[i]! & 0x0f
    if (!isLabelType(type)) return isMalformed
    const header = json.headerSize(i)
    if (header === 0) return isMalformed
    const text = i + header
    const size = json.payloadSize
    const value = text + size
    if (value >= objectEnd || (bytes[value]! & 0x0f) > objectType) return isMalformed
    const isIt = sameLabel(
      step.label,
      0,
      step.label.length,
      step.isRaw,
      bytes,
      text,
      size,
      isRawText(type),
    )
    const valueHeader = json.headerSize(value)
    const next = value + valueHeader + json.payloadSize
    if (valueHeader === 0) return isMalformed
    if (isIt) {
      if (next > objectEnd) return isMalformed
      label = i
      return value
    }
    i = next
  }
  if (i > objectEnd) return isMalformed
  end = i
  return notFound
}

/** An element of the array at `at`. */
export function lookupIndex(json: Jsonb, at: number, step: IndexStep): number {
  end = -1
  if (json.type(at) !== arrayType) return notFound
  let left = step.index
  if (step.fromEnd) {
    left = json.arrayLength(at) - step.index
    if (left < 0) return notFound
  }
  let i = at + json.headerSize(at)
  const arrayEnd = i + json.payloadSize
  while (i < arrayEnd) {
    if (left === 0) {
      label = 0
      return i
    }
    left--
    const header = json.headerSize(i)
    if (header === 0) return isMalformed
    i += header + json.payloadSize
  }
  if (i > arrayEnd) return isMalformed
  missing = left
  end = i
  return notFound
}
