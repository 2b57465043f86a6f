/**
 * The coordination file and the kernel's locks as a stranger sees them. Offsets are spelled out from TSHM v1 §2, and
 * not taken from the code that writes them.
 *
 * Everything goes through other processes: where locks are classic, closing a descriptor of the file here would drop
 * all that this process has on it.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'

export const baseSize = 4096
export const blockSize = 81_920
export const blockEntries = 4096
export const hashSlots = 8192
export const readerSlots = 64
/** A reader frame that pins nothing. */
export const noFrame: bigint = 2n ** 64n - 1n

/** The bytes of a file beside the database: `-tshm`, `-wal`, or the empty suffix for the database itself. */
export function bytesOf(path: string, suffix = '-tshm'): Buffer {
  return execFileSync('cat', [`${path}${suffix}`], { maxBuffer: 1 << 28 })
}

export interface Sidecar {
  readonly bytes: Buffer
  readonly sequence: bigint
  readonly maxFrame: number
  readonly backfilledFrames: number
  readonly transactionCount: number
  readonly visibilityGeneration: number
  readonly checkpointSeq: number
  readonly checkpointEpoch: number
  readonly pageSize: number
  readonly salts: readonly [number, number]
  readonly checksums: readonly [number, number]
  readonly blocks: number
  readonly indexLength: number
  readonly overflowed: number
  readonly proofVersion: number
  readonly writerOwner: bigint
  readonly checkpointOwner: bigint
  readonly freeMap: bigint
  readonly readerFrames: readonly bigint[]
  readonly readerOwners: readonly bigint[]
}

export function readSidecar(path: string): Sidecar {
  const bytes = bytesOf(path)
  const word = (offset: number): number => bytes.readUInt32LE(offset)
  const long = (offset: number): bigint => bytes.readBigUInt64LE(offset)
  const table = (offset: number): bigint[] =>
    Array.from({ length: readerSlots }, (_, slot) => long(offset + 8 * slot))
  return {
    bytes,
    sequence: long(48),
    maxFrame: Number(long(56)),
    backfilledFrames: Number(long(64)),
    transactionCount: Number(long(72)),
    visibilityGeneration: Number(long(80)),
    checkpointSeq: word(88),
    checkpointEpoch: word(92),
    pageSize: word(96),
    salts: [word(100), word(104)],
    checksums: [word(108), word(112)],
    blocks: word(32),
    indexLength: word(40),
    overflowed: word(44),
    proofVersion: word(116),
    writerOwner: long(176),
    checkpointOwner: long(184),
    freeMap: long(192),
    readerFrames: table(200),
    readerOwners: table(712),
  }
}

/** The first 4096 bytes of a file that nobody has used. (§2.10) */
export function initialBase(): Buffer {
  const base = Buffer.alloc(baseSize)
  base.write('TSHMWAL\0', 'latin1')
  const constants = [1, readerSlots, 1, blockEntries, hashSlots, 64, 1, 262_144]
  constants.forEach((value, i) => base.writeUInt32LE(value, 8 + 4 * i))
  base.fill(0xff, 192, 712)
  return base
}

/** Pages and frames of the entries that count. */
export function entriesOf({ bytes, indexLength }: Sidecar): { page: number; frame: number }[] {
  return Array.from({ length: indexLength }, (_, slot) => {
    const block = Math.floor(slot / blockEntries)
    const at = baseSize + blockSize * block + 16 * (slot % blockEntries)
    return {
      page: Number(bytes.readBigUInt64LE(at)),
      frame: Number(bytes.readBigUInt64LE(at + 8)),
    }
  })
}

/** The hash slots of a block. */
export function hashOf({ bytes }: Sidecar, block: number): number[] {
  const at = baseSize + blockSize * block + 16 * blockEntries
  return Array.from({ length: hashSlots }, (_, slot) => bytes.readUInt16LE(at + 2 * slot))
}

/** What the hash slots of a block are, for the pages of its entries in order. (§2.5) */
export function modelHash(pages: readonly number[]): number[] {
  const slots = new Array<number>(hashSlots).fill(0)
  pages.forEach((page, index) => {
    let slot = Number((BigInt(page) * 383n) % BigInt(hashSlots))
    while (slots[slot] !== 0) slot = (slot + 1) % hashSlots
    slots[slot] = index + 1
  })
  return slots
}

/** Writes bytes into a file, or cuts it first. `at` and `bytes` as in `pwrite`; a number sets the length. */
export function damage(file: string, ...changes: (number | readonly [number, Buffer])[]): void {
  const script = `
    const fs = require('node:fs')
    const file = fs.openSync(process.argv[1], 'r+')
    for (const change of JSON.parse(fs.readFileSync(0))) {
      if (typeof change === 'number') fs.ftruncateSync(file, change)
      else {
        const bytes = Buffer.from(change[1], 'hex')
        fs.writeSync(file, bytes, 0, bytes.length, change[0])
      }
    }`
  const list = changes.map((change) =>
    typeof change === 'number' ? change : [change[0], change[1].toString('hex')],
  )
  execFileSync(process.execPath, ['-e', script, file], { input: JSON.stringify(list) })
}

/** A 32-bit word of the coordination file, as bytes to write. */
export function word32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

export interface KernelLock {
  readonly kind: 'shared' | 'exclusive'
  readonly start: number
  /** The last byte; Infinity: to the end of the file. */
  readonly end: number
}

/** Whether this kernel shows its locks. */
export const showsLocks: boolean = process.platform === 'linux'

/** The byte-range locks on a file, by `/proc/locks`: those of all processes, by first byte. */
export function locksOn(file: string): KernelLock[] {
  const { dev, ino } = statSync(file)
  const hex = (value: number): string => value.toString(16).padStart(2, '0')
  // As the kernel packs a device number for `stat`: 12 bits of major, 20 bits of minor in two pieces.
  const major = (dev >>> 8) & 0xfff
  const minor = (dev & 0xff) | ((dev >>> 12) & 0xfff00)
  const name = `${hex(major)}:${hex(minor)}:${ino}`
  const locks: KernelLock[] = []
  for (const line of readFileSync('/proc/locks', 'utf8').split('\n')) {
    const [, type, , access, , where, start, end] = line.trim().split(/\s+/)
    if (where !== name || (type !== 'OFDLCK' && type !== 'POSIX')) continue
    locks.push({
      kind: access === 'WRITE' ? 'exclusive' : 'shared',
      start: Number(start),
      end: end === 'EOF' ? Infinity : Number(end),
    })
  }
  return locks.sort((a, b) => a.start - b.start)
}
