/**
 * What V8 has made of the engine's source, kept from one process to the next.
 *
 * V8 compiles a function when it is first called, which takes some 30 µs each: most of what the first statements of a process cost. A *code
 * cache* holds what has been compiled so far, and is taken over at once (Node: `vm.Script`, `cachedData`). V8 itself looks whether a cache is
 * its own, by its version, its flags and the length of the source. It does not look whether the bytes are still what they were: that
 * is done here.
 *
 * A file of the cache is
 *
 * | bytes | hold |
 * |---|---|
 * | a line | JSON: `Header`, with spaces up to a multiple of 8 bytes: V8 makes a copy of data that begin elsewhere |
 * | `header.data` | V8's data |
 * | `header.source` | the source, Latin-1 |
 *
 * It is written under another name and renamed, and never changed. Who could give a process such a file could give it any code: so one
 * is taken only if it belongs to the user of the process or to the owner of the engine's file, and if nobody else may write to it.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join, sep } from 'node:path'

/** What a file of the cache says of itself. */
export interface Header {
  /** Of the engine's file: its size, and when it was last changed, in ms. */
  readonly size: number
  readonly time: number
  /** Bytes of V8's data, and of the source. */
  readonly data: number
  readonly source: number
  /** Of each (`checkOf`). */
  readonly dataCheck: number
  readonly sourceCheck: number
  /** What was used by those who had it compiled (`base/first-use.ts`). */
  readonly used: readonly string[]
}

/** What a file of the cache holds. */
export interface Cached {
  readonly source: string
  readonly data: Buffer
  readonly used: readonly string[]
}

/** The engine's file, as it was when it was looked at. */
export interface EngineFile {
  readonly size: number
  readonly mtimeMs: number
  readonly uid: number
}

/** Where caches lie: in one folder, under one name each for what V8 tells apart. */
export interface CachePlace {
  readonly folder: string
  readonly name: string
  /** Others may make files beside it, and have made it before us: it has to be the user's own. */
  readonly isShared: boolean
}

/** Caches in one folder: those of other versions go, the oldest first. */
const mostFiles = 8

const suffix = '.code'

/**
 * The cache at a place; null: there is none, or none that fits the engine's file and may be trusted.
 * @param user the effective user of the process
 */
export function readCache(place: CachePlace, engine: EngineFile, user: number): Cached | null {
  let fd = -1
  try {
    if (place.isShared && !isOwn(place.folder, user)) return null
    fd = openSync(place.folder + sep + place.name + suffix, 'r')
    const { size, uid, mode } = fstatSync(fd)
    if ((uid !== user && uid !== engine.uid) || (mode & 0o022) !== 0) return null
    return read(fd, size, engine)
  } catch {
    return null
  } finally {
    if (fd >= 0) closeSync(fd)
  }
}

function read(fd: number, size: number, engine: EngineFile): Cached | null {
  const head = readHead(fd, size)
  const start = head.length + 1
  const header = JSON.parse(head) as Header
  const { data, source } = header
  if (header.size !== engine.size || header.time !== engine.mtimeMs) return null
  if (start + data + source !== size) return null
  // One after the other into the same memory: the system finds a page of it in a microsecond or two, and there are hundreds.
  const memory = Buffer.allocUnsafeSlow(Math.max(data, source))
  const part = (length: number, position: number): Buffer => {
    const bytes = memory.subarray(0, length)
    return readSync(fd, bytes, 0, length, position) === length ? bytes : memory.subarray(0, 0)
  }
  const sourceBytes = part(source, start + data)
  if (checkOf(sourceBytes) !== header.sourceCheck) return null
  const text = sourceBytes.toString('latin1')
  const dataBytes = part(data, start)
  if (checkOf(dataBytes) !== header.dataCheck) return null
  return { source: text, data: dataBytes, used: header.used }
}

/** The line that a file begins with. */
function readHead(fd: number, size: number): string {
  for (let length = 8192; ; length *= 2) {
    const bytes = Buffer.allocUnsafe(Math.min(length, size))
    const end = bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0)).indexOf(10)
    if (end >= 0 || length >= size) return bytes.toString('latin1', 0, Math.max(0, end))
  }
}

/** A number for bytes, from one word of every 1,024: what a disk or a file system loses, it loses in blocks. */
export function checkOf(bytes: Uint8Array): number {
  const { buffer, byteOffset, length } = bytes
  const view = new DataView(buffer, byteOffset, length)
  let check = length | 0
  for (let at = length - 4; at >= 0; at -= 1024) check = Math.imul(check ^ view.getInt32(at), 31)
  return check
}

/** The first bytes of a file. */
export function headOf(header: Header): string {
  const text = JSON.stringify(header)
  return `${text.padEnd((text.length & -8) + 7)}\n`
}

/** Keeps a cache, where that can be; else nothing happens. */
export function writeCache(place: CachePlace, engine: EngineFile, cached: Cached): boolean {
  const { folder, name, isShared } = place
  const { source, data, used } = cached
  const temporary = join(folder, `${name}.${process.pid}.${Date.now()}`)
  let fd = -1
  try {
    // The folder alone: a package that has been removed meanwhile does not come back.
    if (!existsSync(folder)) mkdirSync(folder, { mode: isShared ? 0o700 : 0o755 })
    fd = openSync(temporary, 'wx', isShared ? 0o600 : 0o644)
    const sourceBytes = Buffer.from(source, 'latin1')
    const head = headOf({
      size: engine.size,
      time: engine.mtimeMs,
      data: data.length,
      source: source.length,
      dataCheck: checkOf(data),
      sourceCheck: checkOf(sourceBytes),
      used,
    })
    const bytes = Buffer.concat([Buffer.from(head, 'latin1'), data, sourceBytes])
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
    closeSync(fd)
    fd = -1
    renameSync(temporary, join(folder, name + suffix))
    prune(folder)
    return true
  } catch {
    discard(fd, temporary)
    return false
  }
}

function discard(fd: number, path: string): void {
  try {
    if (fd < 0) return
    closeSync(fd)
    unlinkSync(path)
  } catch {
    return
  }
}

function prune(folder: string): void {
  const files = readdirSync(folder).map((name) => {
    const path = join(folder, name)
    return { path, time: statSync(path).mtimeMs }
  })
  files.sort((a, b) => b.time - a.time)
  for (const { path } of files.slice(mostFiles)) unlinkSync(path)
}

/** A folder that is the user's and no link. */
function isOwn(folder: string, user: number): boolean {
  const stat = lstatSync(folder)
  return stat.isDirectory() && stat.uid === user && (stat.mode & 0o022) === 0
}
