/**
 * `db.lock`: locks that applications name, of all processes that have a database open. They have nothing to do with transactions.
 *
 * The core asks the kernel in a thread of its own (`crates/tshm/src/kernel/long_locks.rs`). A database in memory is of one connection: there those who
 * want a lock stand in a line.
 */
import type { AsyncLocalStorage } from 'node:async_hooks'
import { SqliteError } from '../../base/error.ts'
import type { Connection } from '../connection/connection.ts'
import { AbortError, signalAmong } from './abort-error.ts'
import type { LockStatus } from './named-lock.ts'

const longestTimeoutMs = 0x7fffffff

/** What a connection holds and waits for. */
const locksOf = new WeakMap<Connection, Set<LockStatus>>()
/** In memory: the last one who stands in line for each name. */
const linesOf = new WeakMap<Connection, Map<string, Promise<void>>>()
/** Locks that are held around what runs, by files and names. Made when it is first needed. */
let storage: AsyncLocalStorage<ReadonlySet<string>> | null = null

function around(): AsyncLocalStorage<ReadonlySet<string>> {
  const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks')
  return (storage ??= new AsyncLocalStorage<ReadonlySet<string>>())
}

/** The locks of a connection, those that are held first. */
export function lockStatuses(connection: Connection): LockStatus[] {
  const all = [...(locksOf.get(connection) ?? [])].map((lock) => ({ ...lock }))
  return all.toSorted((one, other) => Number(other.held) - Number(one.held))
}

/**
 * Runs a function while the lock of that name is held.
 * @throws what the function throws; TypeError, RangeError; AbortError; SQLITE_BUSY when the time is up; SQLITE_MISUSE where it would wait for
 *   itself; SQLITE_CANTOPEN, SQLITE_IOERR
 */
export async function withLock(
  connection: Connection,
  [name, body, options]: readonly unknown[],
): Promise<unknown> {
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string')
  if (typeof body !== 'function') throw new TypeError('Expected second argument to be a function')
  const signal = signalAmong(options, 'third argument')
  const timeoutMs = timeoutOf(options)
  connection.checkOpen()
  if (signal?.aborted === true) throw new AbortError(signal)
  const place = placeOf(connection, name)
  const held = around().getStore()
  if (held?.has(place) === true) {
    throw new SqliteError(`lock '${name}' is held by the caller itself`, 'SQLITE_MISUSE')
  }
  const status: LockStatus = { name, held: false, since: Date.now() }
  const known = locksOf.get(connection) ?? new Set<LockStatus>()
  locksOf.set(connection, known.add(status))
  try {
    const unlock = await acquired(connection, name, signal, timeoutMs)
    try {
      status.held = true
      status.since = Date.now()
      return await around().run(new Set([...(held ?? []), place]), body as () => unknown)
    } finally {
      unlock()
    }
  } finally {
    known.delete(status)
  }
}

let memoryCount = 0
const memoryNumbers = new WeakMap<Connection, number>()

/** What tells a lock from all others of this process. */
function placeOf(connection: Connection, name: string): string {
  if (!connection.isMemory) return `${connection.pager.path}\0${hashOf(name)}`
  const number = memoryNumbers.get(connection) ?? ++memoryCount
  memoryNumbers.set(connection, number)
  return `${number}\0${name}`
}

function timeoutOf(options: unknown): number | null {
  const { timeout } = (options ?? {}) as { readonly timeout?: unknown }
  if (timeout === undefined || timeout === Infinity) return null
  if (typeof timeout !== 'number' || Number.isNaN(timeout)) {
    throw new TypeError('Expected the "timeout" option to be a number')
  }
  if (timeout < 0 || timeout > longestTimeoutMs) {
    throw new RangeError(`Expected the "timeout" option to be from 0 to ${longestTimeoutMs}`)
  }
  return timeout
}

/** Waits for the lock, the signal, the time or the end of the connection, whatever comes first. @returns what gives the lock back */
function acquired(
  connection: Connection,
  name: string,
  signal: AbortSignal | null,
  timeoutMs: number | null,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    let giveUp = (): void => {}
    const settle = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      release()
    }
    const refuse = (error: unknown): void => {
      settle()
      giveUp()
      reject(error as Error)
    }
    const abort = (): void => refuse(new AbortError(signal!))
    const release = connection.onClose(() => {
      refuse(new TypeError('The database connection is not open'))
    })
    const granted = (unlock: () => void): void => {
      settle()
      resolve(unlock)
    }
    try {
      giveUp = connection.isMemory
        ? standInLine(connection, name, granted)
        : ask(connection, name, granted, refuse)
    } catch (error) {
      return refuse(error)
    }
    signal?.addEventListener('abort', abort)
    if (timeoutMs !== null) {
      const refusal = new SqliteError(`lock '${name}' is held by another`, 'SQLITE_BUSY')
      timer = setTimeout(() => refuse(refusal), timeoutMs)
    }
  })
}

/** In memory. @returns what gives up waiting */
function standInLine(
  connection: Connection,
  name: string,
  granted: (unlock: () => void) => void,
): () => void {
  const lines = linesOf.get(connection) ?? new Map<string, Promise<void>>()
  linesOf.set(connection, lines)
  let unlock = (): void => {}
  const done = new Promise<void>((resolve) => (unlock = resolve))
  const before = lines.get(name) ?? Promise.resolve()
  const after = before.then(() => done)
  lines.set(name, after)
  void after.then(() => {
    if (lines.get(name) === after) lines.delete(name)
  })
  let isGivenUp = false
  void before.then(() => {
    if (!isGivenUp) granted(unlock)
  })
  return () => {
    isGivenUp = true
    unlock()
  }
}

/**
 * FNV-1a of its bytes in UTF-8; of a name with half a character, which UTF-8 does not have, in UTF-16. Names of one hash are one lock: they wait for each
 * other, and no more comes of it.
 */
function hashOf(name: string): bigint {
  let hash = 0xcbf29ce484222325n
  for (const byte of Buffer.from(name, name.isWellFormed() ? 'utf8' : 'utf16le')) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn
  }
  return hash ^ (hash >> 61n)
}

function ask(
  connection: Connection,
  name: string,
  granted: (unlock: () => void) => void,
  refuse: (error: unknown) => void,
): () => void {
  const hash = hashOf(name)
  const [high, low] = [Number((hash >> 32n) & 0x1fffffffn), Number(hash & 0xffffffffn)]
  let isOver = false
  const once = (unlock: () => void) => (): void => {
    if (!isOver) unlock()
    isOver = true
  }
  const giveUp = once(
    connection.pager.lockNamed(high, low, (error) => {
      if (isOver) return
      if (error === null) granted(giveUp)
      else refuse(new SqliteError(`cannot lock '${name}': ${error}`, 'SQLITE_IOERR'))
    }),
  )
  return giveUp
}
