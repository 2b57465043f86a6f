/** ZIP archives, read: their files as they are listed at the end. (APPNOTE.TXT §4.3) */
import { inflateRawSync } from 'node:zlib'

/** A file in an archive. */
export interface ArchiveEntry {
  readonly name: string
  readonly mode: number
  /** Seconds since 1970. */
  readonly mtime: number
  readonly size: number
  /** Null: a folder. */
  readonly content: () => Buffer | null
}

const endSize = 22

/** @throws Error for a file that is no archive */
export function readZip(bytes: Buffer): ArchiveEntry[] {
  let end = bytes.length - endSize
  while (end >= 0 && bytes.readUInt32LE(end) !== 0x06054b50) end--
  if (end < 0) throw new Error('cannot find end of central directory record')
  const entries: ArchiveEntry[] = []
  let at = bytes.readUInt32LE(end + 16)
  for (let i = bytes.readUInt16LE(end + 10); i > 0; i--) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== 0x02014b50)
      throw new Error('failed to read central directory')
    const sizes = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset))
    const name = bytes.toString('utf8', at + 46, at + 46 + sizes[0]!)
    const attributes = bytes.readUInt32LE(at + 38) >>> 16
    const isFolder = name.endsWith('/')
    entries.push({
      name: name.replace(/\/$/, ''),
      mode: attributes === 0 ? (isFolder ? 0o40755 : 0o100644) : attributes,
      mtime: timeOf(bytes.readUInt16LE(at + 14), bytes.readUInt16LE(at + 12)),
      size: bytes.readUInt32LE(at + 24),
      content: contentOf(bytes, at, isFolder),
    })
    at += 46 + sizes[0]! + sizes[1]! + sizes[2]!
  }
  return entries
}

/** Date and time of MS-DOS, taken as UTC. */
function timeOf(date: number, time: number): number {
  return (
    Date.UTC(
      1980 + (date >> 9),
      ((date >> 5) & 15) - 1,
      date & 31,
      time >> 11,
      (time >> 5) & 63,
      2 * (time & 31),
    ) / 1000
  )
}

function contentOf(bytes: Buffer, at: number, isFolder: boolean): () => Buffer | null {
  const method = bytes.readUInt16LE(at + 10)
  const size = bytes.readUInt32LE(at + 20)
  const header = bytes.readUInt32LE(at + 42)
  return () => {
    if (isFolder) return null
    const start = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28)
    const data = bytes.subarray(start, start + size)
    if (method === 0) return data
    if (method === 8) return inflateRawSync(data)
    throw new Error(`unknown compression method: ${method}`)
  }
}
