/** The coordination file and the log's header as bytes on the disk, for reports; and what the sampler has written. */
import { existsSync, readFileSync, statSync } from 'node:fs'

export interface Slots {
  /** Slots whose bit says that they are not free. */
  readonly taken: readonly { readonly slot: number; readonly pid: number }[]
  /** Frames that slots pin. */
  readonly pinned: readonly {
    readonly slot: number
    readonly frame: number
    readonly pid: number
  }[]
}

const nothing = 0xffff_ffff_ffff_ffffn

/** Header of `<db>-tshm` (TSHM v1 §2.2). */
export function readSidecar(path: string): Record<string, number> {
  const bytes = readFileSync(`${path}-tshm`)
  const u64 = (at: number): number => Number(bytes.readBigUInt64LE(at))
  const u32 = (at: number): number => bytes.readUInt32LE(at)
  return {
    blocks: u32(32),
    indexLength: u32(40),
    overflowed: u32(44),
    seq: u64(48),
    maxFrame: u64(56),
    backfilled: u64(64),
    commits: u64(72),
    visibility: u64(80),
    checkpointSeq: u32(88),
    epoch: u32(92),
    pageSize: u32(96),
    salt1: u32(100),
    salt2: u32(104),
    checksum1: u32(108),
    checksum2: u32(112),
    proof: u32(116),
    writerPid: Number(bytes.readBigUInt64LE(176) >> 32n),
    checkpointerPid: Number(bytes.readBigUInt64LE(184) >> 32n),
  }
}

/** The reader tables (TSHM v1 §2.3). */
export function readSlots(path: string): Slots {
  const bytes = readFileSync(`${path}-tshm`)
  const map = bytes.readBigUInt64LE(192)
  const taken = []
  const pinned = []
  for (let slot = 0; slot < 64; slot++) {
    const frame = bytes.readBigUInt64LE(200 + 8 * slot)
    const pid = Number(bytes.readBigUInt64LE(712 + 8 * slot) >> 32n)
    if (((map >> BigInt(slot)) & 1n) === 0n) taken.push({ slot, pid })
    if (frame !== nothing) pinned.push({ slot, frame: Number(frame), pid })
  }
  return { taken, pinned }
}

/** Everything a reader of a report wants to see of the files. */
export function describeState(path: string): string {
  const lines = [JSON.stringify(readSidecar(path)), JSON.stringify(readSlots(path))]
  const log = `${path}-wal`
  if (existsSync(log)) {
    const header = readFileSync(log).subarray(0, 32)
    lines.push(`log: ${statSync(log).size} bytes, header ${header.toString('hex')}`)
  }
  lines.push(`database: ${statSync(path).size} bytes`)
  return `${lines.join('\n')}\n`
}

export interface Sample {
  readonly time: number
  /** Moves by two with each publication. */
  readonly sequence: number
  readonly maxFrame: number
  readonly backfilled: number
  readonly commits: number
  readonly checkpointSeq: number
  readonly salt1: number
  readonly index: number
  readonly writerPid: number
}

export interface Samples {
  readonly all: readonly Sample[]
  /** Where the authority went back. */
  readonly notable: readonly { readonly time: number; readonly text: string }[]
}

export function readSamples(file: string): Samples {
  const all: Sample[] = []
  const notable: { time: number; text: string }[] = []
  for (const part of [`${file}.1`, file]) {
    if (!existsSync(part)) continue
    for (const line of readFileSync(part, 'latin1').split('\n').slice(0, -1)) {
      if (line.startsWith('!')) continue
      const fields = line.split(' ').map(Number)
      const [time, sequence, maxFrame, backfilled, commits, , checkpointSeq] = fields
      const [, salt1, index, , writerPid] = fields.slice(7)
      all.push({
        time: time!,
        sequence: sequence!,
        maxFrame: maxFrame!,
        backfilled: backfilled!,
        commits: commits!,
        checkpointSeq: checkpointSeq!,
        salt1: salt1!,
        index: index!,
        writerPid: writerPid!,
      })
    }
  }
  if (existsSync(`${file}.notable`)) {
    for (const line of readFileSync(`${file}.notable`, 'latin1').split('\n').slice(0, -1)) {
      const [, time, ...words] = line.split(' ')
      notable.push({ time: Number(time), text: words.join(' ') })
    }
  }
  return { all, notable }
}
