/**
 * Faults in a process that works on real files through the Rust core: calls on the database and its log fail, as the core makes them and
 * as storage does. The core has a faulty twin of its files (`crates/tshm/src/log/faults.rs`); here Node's own calls on the descriptors that the
 * core lends are led to it too. Nothing in the package knows of this: the functions belong to the addon, and Node's are
 * replaced for the process of the test.
 *
 * What reached the disk is in a ledger, from which `diskOf` makes the simulated disk that a power cut leaves.
 */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { loadNative } from '../../packages/engine/src/coordination/native.ts'
import { SimulatedDisk } from './faulty-file.ts'

export interface FaultRule {
  readonly file?: 'db' | 'wal'
  readonly call?: 'read' | 'write' | 'sync' | 'cut' | 'size'
  readonly at: number
  readonly every: number
  /** A system's error number; 0: half is done; -1: the process stops. */
  readonly fault: number
}

export const errno = { EIO: 5, EINTR: 4, ENOSPC: 28, EDQUOT: 122 } as const
export const stops = -1
export const isShort = 0

const names = new Map<number, string>(Object.entries(errno).map(([name, value]) => [value, name]))
const none = new Uint8Array(0)
let isPatched = false

/** Files that are opened from here on have these faults. */
export function installFaults(rules: readonly FaultRule[], ledger?: string): void {
  if (!isPatched) patch()
  isPatched = true
  loadNative().installFaults([...rules], ledger)
}

export function uninstallFaults(): void {
  loadNative().uninstallFaults()
}

function call(descriptor: number, name: string, bytes: Uint8Array, position: number): number {
  try {
    return loadNative().callWithFaults(descriptor, name, bytes, position)
  } catch (error) {
    const number = Number((error as Error).message)
    if (Number.isNaN(number)) throw error
    const code = names.get(number) ?? 'EIO'
    throw Object.assign(new Error(`${code}: ${name}`), { code, syscall: name })
  }
}

/** Node's calls that storage makes on descriptors. */
function patch(): void {
  const { writeSync, writevSync, fdatasyncSync, fsyncSync, ftruncateSync, readSync } = fs
  const replaced = {
    writeSync(fd: number, buffer: Uint8Array, offset: number, length: number, position: number) {
      const isPlaced = buffer instanceof Uint8Array && typeof position === 'number'
      const done = isPlaced
        ? call(fd, 'write', buffer.subarray(offset, offset + length), position)
        : -1
      return done >= 0 ? done : writeSync(fd, buffer, offset, length, position)
    },
    writevSync(fd: number, buffers: readonly Uint8Array[], position: number) {
      const done = call(fd, 'write', Buffer.concat(buffers), position)
      return done >= 0 ? done : writevSync(fd, buffers as NodeJS.ArrayBufferView[], position)
    },
    fdatasyncSync(fd: number) {
      if (call(fd, 'sync', none, 0) < 0) fdatasyncSync(fd)
    },
    fsyncSync(fd: number) {
      if (call(fd, 'sync', none, 0) < 0) fsyncSync(fd)
    },
    ftruncateSync(fd: number, size: number) {
      if (call(fd, 'cut', none, size) < 0) ftruncateSync(fd, size)
    },
    readSync(fd: number, ...rest: [Uint8Array, number, number, number]) {
      call(fd, 'read', none, 0)
      return readSync(fd, ...rest)
    },
  }
  Object.assign(fs, replaced)
  syncBuiltinESMExports()
}

/**
 * The disk that had these files, synced, when the ledger began, after all that the ledger says.
 * @param chance of what a failed sync should have written to be on the disk all the same
 */
export function diskOf(
  ledger: string,
  database: Uint8Array,
  log: Uint8Array,
  chance = 0.5,
): SimulatedDisk {
  const disk = new SimulatedDisk()
  for (const [name, content] of [
    ['db', database],
    ['wal', log],
  ] as const) {
    disk.open(name).write([content], 0)
    disk.open(name).sync()
  }
  const entries = fs.readFileSync(ledger)
  for (let at = 0; at < entries.length;) {
    const file = disk.open(entries[at] === 1 ? 'wal' : 'db')
    const size = entries.readUInt32LE(at + 10)
    const number = Number(entries.readBigUInt64LE(at + 2))
    const bytes = entries.subarray(at + 14, at + 14 + size)
    if (entries[at + 1] === 0) file.write([bytes], number)
    else if (entries[at + 1] === 1) file.truncate(number)
    else if (entries[at + 1] === 2) file.sync()
    else file.failSync(at, chance)
    at += 14 + size
  }
  return disk
}
