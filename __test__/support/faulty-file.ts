/**
 * A simulated disk. Its files behave as the operating system promises and no better:
 *
 * - a write is seen at once by every reader of the running system;
 * - after a crash, each write and truncation since the last sync of that file may be there wholly, in part
 *   (torn at a multiple of 512 bytes) or not at all, in any combination;
 * - a call may fail: the N-th write, sync or truncation of the disk, as a whole or half done;
 * - a call may throw what is no answer of a file, half done or not at all, as where the stack ends;
 * - the world may stop at a chosen call: this one and all later ones do nothing and throw `Stopped`.
 *
 * Everything random comes from one seed.
 */
import { databaseFull, ioError } from '../../packages/engine/src/base/error.ts'
import type { File } from '../../packages/engine/src/storage/index.ts'

/** Thrown by every call once the world has stopped: the process is dead. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

/** A small seeded generator (mulberry32): numbers in [0, 1). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Change =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly size: number }

const sectorSize = 512

export type FaultKind = 'full' | 'io' | 'stop' | 'foreign'

/** No answer of a file. */
export class Foreign extends Error {
  override readonly name = 'Foreign'
}

export class SimulatedDisk {
  readonly files: Map<string, SimulatedFile> = new Map()
  /** Writes, syncs and truncations so far. */
  calls = 0
  #faultAt = Infinity
  #fault: FaultKind = 'io'
  #isStopped = false

  /** The file of that name, empty when it is new. */
  open(name: string): SimulatedFile {
    let file = this.files.get(name)
    if (file === undefined) {
      file = new SimulatedFile(this, new Uint8Array(0))
      this.files.set(name, file)
    }
    return file
  }

  get isStopped(): boolean {
    return this.#isStopped
  }

  /** Call number `call`, counted from now, fails. */
  failAt(call: number, fault: FaultKind): void {
    this.#faultAt = this.calls + call
    this.#fault = fault
  }

  /** What is there after a power cut, as a new disk. */
  crash(seed: number): SimulatedDisk {
    const random = randomFrom(seed)
    const survivor = new SimulatedDisk()
    // Sometimes everything or nothing of what was not synced survives: the extremes find most.
    const mood = random()
    const chance = mood < 0.2 ? 0 : mood < 0.4 ? 1 : random()
    for (const [name, file] of this.files) {
      survivor.files.set(name, new SimulatedFile(survivor, file.afterCrash(random, chance)))
    }
    return survivor
  }

  /** What is there after the process, but not the machine, has died. */
  kill(): SimulatedDisk {
    const survivor = new SimulatedDisk()
    for (const [name, file] of this.files) {
      survivor.files.set(name, new SimulatedFile(survivor, file.content()))
    }
    return survivor
  }

  /** Counts a call. @returns the fault it shall meet */
  arrive(): FaultKind | null {
    if (this.#isStopped) throw new Stopped('the world has stopped')
    this.calls++
    if (this.calls !== this.#faultAt) return null
    if (this.#fault === 'stop') this.#isStopped = true
    return this.#fault
  }

  checkRunning(): void {
    if (this.#isStopped) throw new Stopped('the world has stopped')
  }
}

export class SimulatedFile implements File {
  #disk: SimulatedDisk
  /** As the running system sees it. */
  #bytes: Uint8Array
  /** As of the last sync. */
  #synced: Uint8Array
  #changes: Change[] = []
  /** A sync has failed: the disk lacks what the running system still shows. */
  #hasDropped = false

  constructor(disk: SimulatedDisk, content: Uint8Array) {
    this.#disk = disk
    this.#bytes = content
    this.#synced = content
  }

  content(): Uint8Array {
    return this.#bytes.slice()
  }

  read(buffer: Uint8Array, bufferOffset: number, size: number, position: number): number {
    this.#disk.checkRunning()
    const count = Math.max(0, Math.min(size, this.#bytes.length - position))
    buffer.set(this.#bytes.subarray(position, position + count), bufferOffset)
    return count
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    const fault = this.#disk.arrive()
    let bytes = Uint8Array.from(Buffer.concat(buffers as Uint8Array[]))
    // A failing write may have written a part.
    if (fault !== null) bytes = bytes.slice(0, Math.floor(bytes.length / 2))
    this.#change({ kind: 'write', position, bytes })
    if (fault === 'full') throw databaseFull()
    if (fault === 'foreign') throw new Foreign('write')
    if (fault === 'io') throw ioError('WRITE', new Error('simulated'))
    if (fault === 'stop') throw new Stopped('the world has stopped')
  }

  sync(): void {
    const fault = this.#disk.arrive()
    if (fault === 'stop') throw new Stopped('the world has stopped')
    if (fault === 'foreign') throw new Foreign('sync')
    if (fault !== null) throw ioError('FSYNC', new Error('simulated'))
    if (this.#hasDropped)
      for (const change of this.#changes) this.#synced = applyChange(this.#synced, change)
    else this.#synced = this.#bytes
    this.#changes = []
  }

  truncate(size: number): void {
    const fault = this.#disk.arrive()
    if (fault === 'stop') throw new Stopped('the world has stopped')
    if (fault === 'foreign') throw new Foreign('truncate')
    if (fault !== null) throw ioError('TRUNCATE', new Error('simulated'))
    this.#change({ kind: 'truncate', size })
  }

  size(): number {
    this.#disk.checkRunning()
    return this.#bytes.length
  }

  close(): void {}

  #change(change: Change): void {
    this.#changes.push(change)
    this.#bytes = applyChange(this.#bytes, change)
  }

  /**
   * A sync that failed has dropped some of what it should have written, for good: the system takes all of it for clean, and a later
   * sync that succeeds writes none of it.
   */
  failSync(seed: number, chance = 0.5): void {
    this.#synced = this.afterCrash(randomFrom(seed), chance)
    this.#changes = []
    this.#hasDropped = true
  }

  /** The synced content with each later change applied, torn or left out. */
  afterCrash(random: () => number, chance: number): Uint8Array {
    let bytes = this.#synced
    for (const change of this.#changes) {
      if (change.kind === 'truncate') {
        if (random() < chance) bytes = applyChange(bytes, change)
        continue
      }
      // Sectors reach the disk one by one.
      const { position } = change
      const isTorn = chance > 0 && chance < 1 && random() < 0.5
      if (!isTorn) {
        if (random() < chance) bytes = applyChange(bytes, change)
        continue
      }
      for (let from = 0; from < change.bytes.length;) {
        const toBoundary = sectorSize - ((position + from) % sectorSize)
        const part = change.bytes.slice(from, from + toBoundary)
        if (random() < chance) {
          bytes = applyChange(bytes, { kind: 'write', position: position + from, bytes: part })
        }
        from += part.length
      }
    }
    return bytes.slice()
  }
}

function applyChange(bytes: Uint8Array, change: Change): Uint8Array {
  const size =
    change.kind === 'truncate'
      ? change.size
      : Math.max(bytes.length, change.position + change.bytes.length)
  const changed = new Uint8Array(size)
  changed.set(bytes.subarray(0, Math.min(bytes.length, size)))
  if (change.kind === 'write') changed.set(change.bytes, change.position)
  return changed
}
