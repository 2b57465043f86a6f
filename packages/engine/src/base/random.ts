/**
 * Chance that nobody can foresee. Few bytes are read from where the system has them: `node:crypto`, which loads OpenSSL's tables, costs the
 * first moments of a process more than opening a database.
 */
import { closeSync, openSync, readSync } from 'node:fs'

const few = 64

/** Random bytes, in a buffer that is the caller's. */
export function randomBytes(count: number): Buffer {
  return (count <= few ? fromSystem(count) : null) ?? crypto().randomBytes(count)
}

/** 32 bits, for the salts of a log. */
export function randomWord(): number {
  return randomBytes(4).readUint32LE()
}

function crypto(): typeof import('node:crypto') {
  return process.getBuiltinModule('node:crypto')
}

/** null: there is no such file here, or it may not be read. */
function fromSystem(count: number): Buffer | null {
  let fd = -1
  try {
    fd = openSync('/dev/urandom', 'r')
    const bytes = Buffer.alloc(count)
    return readSync(fd, bytes) === count ? bytes : null
  } catch {
    return null
  } finally {
    if (fd >= 0) closeSync(fd)
  }
}
