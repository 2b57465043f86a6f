/**
 * Calls below a connection that can be made to fail, one at a time: of its files, and of its coordination, before it has done anything. What
 * only ends something, or gives something back, does not fail.
 */
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { ioError } from '../../../packages/engine/src/base/error.ts'
import type { Coordination } from '../../../packages/engine/src/coordination/index.ts'
import type { File } from '../../../packages/engine/src/storage/index.ts'

export class Seam {
  #left = Infinity

  /** Counts a call, and fails when it is its turn. */
  arrive(): void {
    if (--this.#left === 0) throw ioError('READ', new Error('simulated'))
  }

  async during<T>(call: number, body: () => Promise<T>): Promise<T> {
    this.#left = call
    try {
      return await body()
    } finally {
      this.#left = Infinity
    }
  }
}

/** A file whose reads may fail. */
export class FaultyFile implements File {
  readonly #file: File
  readonly #seam: Seam

  constructor(file: File, seam: Seam) {
    this.#file = file
    this.#seam = seam
  }

  read(buffer: Uint8Array, bufferOffset: number, size: number, position: number): number {
    this.#seam.arrive()
    return this.#file.read(buffer, bufferOffset, size, position)
  }

  write(buffers: readonly Uint8Array[], position: number): void {
    this.#file.write(buffers, position)
  }

  sync(dataOnly: boolean): void {
    this.#file.sync(dataOnly)
  }

  truncate(size: number): void {
    this.#file.truncate(size)
  }

  size(): number {
    return this.#file.size()
  }

  close(): void {
    this.#file.close()
  }
}

/** What may fail of a coordination: questions, and beginnings. */
const fallible = new Set([
  'beginRead',
  'beginWrite',
  'beginTransaction',
  'reserveWriter',
  'reserveTransaction',
  'changedSince',
  'changedPages',
  'completeIndex',
  'missingFrames',
  'findFrame',
  'readFrame',
  'readSnapshot',
  'beginCheckpoint',
  'checkpointLimit',
  'latestFrames',
])

function faulty<T extends object>(target: T, seam: Seam): T {
  return new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      const fails = typeof name === 'string' && fallible.has(name)
      return (...args: unknown[]): unknown => {
        if (fails) seam.arrive()
        return (value as (...args: unknown[]) => unknown).apply(target, args)
      }
    },
  })
}

export function faultyCoordination(coordination: Coordination, seam: Seam): Coordination {
  return faulty(coordination, seam)
}

let native: Seam | null = null

/** The seam between the engine and the core: from the first call on, connections that are opened have it. */
export function nativeSeam(): Seam {
  if (native !== null) return native
  const seam = new Seam()
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const addon = createRequire(import.meta.url)('node-gyp-build')(root) as {
    Coordinator: new (...args: unknown[]) => object
  }
  const { Coordinator } = addon
  addon.Coordinator = function seamedCoordinator(...args: unknown[]) {
    return faulty(new Coordinator(...args), seam)
  } as unknown as typeof Coordinator
  native = seam
  return seam
}
