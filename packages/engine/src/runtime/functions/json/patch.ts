/**
 * `json_patch()`: a merge patch, by RFC 7396. The labels of the patch are gone through in their order, so that new ones come at the
 * end of the target in that order; a label whose patch is null goes away; objects are patched in turn.
 */
import { sameLabel } from './escape.ts'
import type { EditedJsonb } from './edit.ts'
import { isLabelType, isRawText, maxJsonDepth, nullType, objectType } from './jsonb.ts'
import type { Jsonb } from './jsonb.ts'
import { malformedJson, nestedTooDeep } from './path.ts'

const noBytes = new Uint8Array(0)

/** A label and its value. */
interface Member {
  readonly label: number
  readonly text: number
  readonly textSize: number
  readonly isRaw: boolean
  readonly value: number
  readonly end: number
}

/** The member that begins at `i`, inside an object that ends at `end`. */
function memberAt(json: Jsonb, i: number, end: number): Member {
  const type = json.type(i)
  if (!isLabelType(type)) throw malformedJson()
  const header = json.headerSize(i)
  if (header === 0) throw malformedJson()
  const text = i + header
  const textSize = json.payloadSize
  const value = text + textSize
  if (value >= end) throw malformedJson()
  const valueHeader = json.headerSize(value)
  const valueEnd = value + valueHeader + json.payloadSize
  if (valueHeader === 0 || valueEnd > end) throw malformedJson()
  return { label: i, text, textSize, isRaw: isRawText(type), value, end: valueEnd }
}

/** The member of the target with the label of a member of the patch. */
function sameMember(
  target: EditedJsonb,
  start: number,
  end: number,
  patch: Jsonb,
  wanted: Member,
): Member | null {
  for (let i = start; i < end;) {
    const member = memberAt(target, i, end)
    const isIt = sameLabel(
      patch.bytes,
      wanted.text,
      wanted.textSize,
      wanted.isRaw,
      target.bytes,
      member.text,
      member.textSize,
      member.isRaw,
    )
    if (isIt) return member
    i = member.end
  }
  return null
}

/** Patches the element at `at` of the target, with the element at `patchAt`. */
export function mergePatch(
  target: EditedJsonb,
  at: number,
  patch: Jsonb,
  patchAt: number,
  depth = 0,
): void {
  if (patch.type(patchAt) !== objectType) {
    const patchSize = patch.headerSize(patchAt) + patch.payloadSize
    const size = target.headerSize(at) + target.payloadSize
    target.splice(at, size, patch.bytes, patchAt, patchSize)
    return
  }
  if (target.type(at) !== objectType) {
    const header = target.headerSize(at)
    target.splice(at + header, target.payloadSize, noBytes, 0, 0)
    target.bytes[at] = (target.bytes[at]! & 0xf0) | objectType
  }
  let i = patchAt + patch.headerSize(patchAt)
  const patchEnd = i + patch.payloadSize
  const start = at + target.headerSize(at)
  const endBefore = start + target.payloadSize
  while (i < patchEnd) {
    const wanted = memberAt(patch, i, patchEnd)
    i = wanted.end
    const end = endBefore + target.delta
    const member = sameMember(target, start, end, patch, wanted)
    const type = patch.type(wanted.value)
    if (member !== null) {
      if (type === nullType) target.splice(member.label, member.end - member.label, noBytes, 0, 0)
      else patchMember(target, member.value, patch, wanted.value, depth)
    } else if (type === objectType) {
      // An object has nothing of its own to begin with, and what is null in it does not come along.
      const labelSize = wanted.value - wanted.label
      target.room(end, 0, labelSize + 1)
      target.bytes.set(patch.bytes.subarray(wanted.label, wanted.value), end)
      target.bytes[end + labelSize] = nullType
      patchMember(target, end + labelSize, patch, wanted.value, depth)
    } else if (type !== nullType) {
      target.room(end, 0, wanted.end - wanted.label)
      target.bytes.set(patch.bytes.subarray(wanted.label, wanted.end), end)
    }
  }
  target.adjust(at)
}

function patchMember(
  target: EditedJsonb,
  at: number,
  patch: Jsonb,
  patchAt: number,
  depth: number,
): void {
  const { delta } = target
  target.delta = 0
  if (depth >= maxJsonDepth) throw nestedTooDeep()
  mergePatch(target, at, patch, patchAt, depth + 1)
  target.delta += delta
}
