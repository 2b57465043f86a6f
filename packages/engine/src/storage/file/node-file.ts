/**
 * A file over an operating-system descriptor.
 *
 * The descriptor usually belongs to somebody else (the coordination holds locks on it, and closing it
 * would drop them), so `close` closes it only when this object opened it.
 *
 * Short reads and writes are continued, interrupted calls (EINTR) repeated.
 */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  readlinkSync,
  statSync,
  writeSync,
  writevSync,
} from 'node:fs'
import { cannotOpen, databaseFull, ioError } from '../../base/error.ts'
import type { IoOperation } from '../../base/error.ts'
import type { File } from './file.ts'

/** Buffers in one vectored write. POSIX: IOV_MAX, 1024 on Linux and macOS. */
const maxVectors = 1024

export class NodeFile implements File {
  readonly descriptor: number
  #isOwned: boolean

  /** @param descriptor an open descriptor; `close` leaves it open unless `isOwned` */
  constructor(descriptor: number, isOwned = false) {
    this.descriptor = descriptor
    this.#isOwned = isOwned
  }

  /** Opens a file of its own. @throws SQLITE_CANTOPEN */
  static open(path: string, flags: 'r' | 'r+' | 'a+' | 'w+'): NodeFile {
    try {
      return new NodeFile(openSync(path, flags), true)
    } catch (cause) {
      throw cannotOpen(cause)
    }
  }

  read(buffer: Uint8Array, bufferOffset: number, size: number, position: number): number {
    let done = 0
    while (done < size) {
      let count: number
      try {
        count = readSync(this.descriptor, buffer, bufferOffset + done, size - done, position + done)
      } catch (cause) {
        if (isInterrupted(cause)) continue
        throw ioFailure('READ', cause)
      }
      if (count === 0) break
      done += count
    }
    return done
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    if (buffers.length === 1) return this.#writeOne(buffers[0]!, 0, position)
    let at = position
    for (let from = 0; from < buffers.length; from += maxVectors) {
      const part = buffers.slice(from, from + maxVectors)
      let written: number
      try {
        written = writevSync(this.descriptor, part, at)
      } catch (cause) {
        if (!isInterrupted(cause)) throw writeError('WRITE', cause)
        written = 0
      }
      // What a short write left out is written buffer by buffer.
      for (const buffer of part) {
        if (written >= buffer.length) written -= buffer.length
        else {
          this.#writeOne(buffer, written, at + written)
          written = 0
        }
        at += buffer.length
      }
    }
  }

  #writeOne(buffer: Uint8Array, from: number, position: number): void {
    let done = from
    let at = position
    while (done < buffer.length) {
      let count: number
      try {
        count = writeSync(this.descriptor, buffer, done, buffer.length - done, at)
      } catch (cause) {
        if (isInterrupted(cause)) continue
        throw writeError('WRITE', cause)
      }
      if (count === 0) throw databaseFull()
      done += count
      at += count
    }
  }

  sync(dataOnly: boolean): void {
    try {
      if (dataOnly) fdatasyncSync(this.descriptor)
      else fsyncSync(this.descriptor)
    } catch (cause) {
      // Not repeated after EINTR: a failed sync may have dropped the pages it could not write.
      throw ioFailure('FSYNC', cause)
    }
  }

  truncate(size: number): void {
    for (;;) {
      try {
        return ftruncateSync(this.descriptor, size)
      } catch (cause) {
        if (!isInterrupted(cause)) throw writeError('TRUNCATE', cause)
      }
    }
  }

  size(): number {
    try {
      return fstatSync(this.descriptor).size
    } catch (cause) {
      throw ioFailure('FSTAT', cause)
    }
  }

  /** The name leads to this file. */
  isAt(path: string): boolean {
    const there = statSync(path, { bigint: true, throwIfNoEntry: false })
    const own = fstatSync(this.descriptor, { bigint: true })
    return there !== undefined && there.ino === own.ino && there.dev === own.dev
  }

  /**
   * The path of this file, which had that of `known`: its folder may have been renamed. Where the system does not say, or what it says is
   * no longer so, `known`.
   */
  whereabouts(known: string): string {
    try {
      if (this.isAt(known)) return known
      const now = readlinkSync(`/proc/self/fd/${this.descriptor}`)
      return this.isAt(now) ? now : known
    } catch (error) {
      if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
      return known
    }
  }

  close(): void {
    if (!this.#isOwned) return
    this.#isOwned = false
    try {
      closeSync(this.descriptor)
    } catch (cause) {
      throw ioFailure('CLOSE', cause)
    }
  }
}

function isInterrupted(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === 'EINTR'
}

function writeError(operation: IoOperation, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException
  return code === 'ENOSPC' || code === 'EDQUOT' ? databaseFull() : ioFailure(operation, cause)
}

/** Only what the system has answered tells of the disk. V8 may have refused to ask it. */
function ioFailure(operation: IoOperation, cause: unknown): unknown {
  return (cause as NodeJS.ErrnoException).syscall === undefined ? cause : ioError(operation, cause)
}
