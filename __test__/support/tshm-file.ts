/** The coordination file as bytes say it (docs/tshm-format.md), read from outside. */
import { tshm } from '../coordination/native-session.ts'

const noFrame = 2n ** 64n - 1n

export interface TshmState {
  readonly indexLength: number
  readonly isOverflowed: boolean
  readonly sequence: bigint
  readonly maxFrame: number
  readonly backfilledFrames: number
  readonly transactionCount: number
  readonly visibilityGeneration: number
  readonly checkpointSeq: number
  readonly checkpointEpoch: number
  readonly salt1: number
  readonly hasProof: boolean
  readonly writerPid: number
  /** Slots whose frame is set: who registered it, and what it pins. */
  readonly pins: readonly { readonly slot: number; readonly pid: number; readonly frame: number }[]
  /** Entries and hash of the first block of the index, up to the entries that count. */
  readonly entries: readonly (readonly [page: number, frame: number])[]
  readonly hash: Buffer
}

export function readTshm(path: string): TshmState {
  const bytes = tshm(path)
  const long = (offset: number): number => Number(bytes.readBigUInt64LE(offset))
  const word = (offset: number): number => bytes.readUInt32LE(offset)
  const indexLength = word(40)
  const pins = []
  for (let slot = 0; slot < 64; slot++) {
    if (bytes.readBigUInt64LE(200 + 8 * slot) === noFrame) continue
    pins.push({ slot, pid: word(716 + 8 * slot), frame: long(200 + 8 * slot) })
  }
  const entries = Array.from(
    { length: Math.min(indexLength, 4096) },
    (_, i) => [long(4096 + 16 * i), long(4104 + 16 * i)] as const,
  )
  return {
    indexLength,
    isOverflowed: word(44) !== 0,
    sequence: bytes.readBigUInt64LE(48),
    maxFrame: long(56),
    backfilledFrames: long(64),
    transactionCount: long(72),
    visibilityGeneration: long(80),
    checkpointSeq: word(88),
    checkpointEpoch: word(92),
    salt1: word(100),
    hasProof: word(116) !== 0,
    writerPid: word(180),
    pins,
    entries,
    hash: bytes.subarray(4096 + 65_536, 4096 + 81_920),
  }
}
