/** What a constructor was given, checked and brought into one form. */
import { existsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { cannotOpen, notSupported } from '../../base/error.ts'
import { defaultBusyTimeoutMs, maxPageSize, minPageSize } from '../../base/limits.ts'
import { parseOpenMode } from '../../coordination/index.ts'
import type { DatabaseOptions } from '../sync/face.ts'

export interface OpenOptions {
  /** As the caller wrote it. */
  readonly name: string
  /** The file; empty for a temporary or memory database. */
  readonly path: string
  readonly isMemory: boolean
  readonly multiprocess: boolean
  readonly readonly: boolean
  /** Create the file when it is not there. */
  readonly create: boolean
  readonly timeoutMs: number
  readonly verbose: ((message: string) => void) | null
  /** 0: SQLite's default. */
  readonly pageSize: number
  /** A name in double quotes that nothing knows is a string. */
  readonly doubleQuotedStrings: boolean
  /** PRAGMA foreign_keys at first. */
  readonly foreignKeys: boolean
  /** Frames; -1: four times `wal_autocheckpoint`; 0: none. */
  readonly walBudget: number
}

const maxTimeoutMs = 0x7fffffff

/**
 * Checks a constructor's arguments.
 * @throws TypeError on arguments of the wrong type; SqliteError when the file cannot be opened
 */
export function parseOpenRequest(
  filename: unknown,
  given: DatabaseOptions | null | undefined,
): OpenOptions {
  const name = filename ?? ''
  const options = given ?? {}
  refuseOtherSources(name, options)
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string')
  if (typeof options !== 'object') {
    throw new TypeError('Expected second argument to be an options object')
  }
  if ('memory' in options) {
    throw new TypeError('Option "memory" was removed in v7.0.0 (use ":memory:" filename instead)')
  }
  const mode = parseOpenMode(name.trim(), readExperimental(options))
  const readonly =
    readBoolean(options, 'readonly') || readBoolean(options, 'readOnly') || mode.readonly
  const fileMustExist = readBoolean(options, 'fileMustExist') || !mode.create
  if (mode.isMemory && readonly) {
    throw new TypeError('In-memory/temporary databases cannot be readonly')
  }
  if (!mode.isMemory) checkPath(mode.path, readonly || fileMustExist)
  return {
    name,
    path: mode.path,
    isMemory: mode.isMemory,
    multiprocess: mode.multiprocess,
    readonly,
    create: !readonly && !fileMustExist,
    timeoutMs: readTimeout(options),
    verbose: readVerbose(options),
    pageSize: readPageSize(options),
    walBudget: readWalBudget(options),
    // As in better-sqlite3, which is built with SQLITE_DEFAULT_FOREIGN_KEYS=1.
    foreignKeys: true,
    doubleQuotedStrings: readBoolean(options, 'enableDoubleQuotedStringLiterals'),
  }
}

/** better-sqlite3 also opens a serialized database and file descriptors. */
function refuseOtherSources(name: unknown, options: object): void {
  if (Buffer.isBuffer(name)) throw notSupported('opening a serialized database')
  if (typeof name === 'number') throw notSupported('opening a file descriptor')
  if (typeof options === 'object' && 'journalFd' in options) {
    throw notSupported('the "journalFd" option')
  }
}

function checkPath(path: string, mustExist: boolean): void {
  if (!existsSync(dirname(path))) {
    throw new TypeError('Cannot open database because the directory does not exist')
  }
  if (!existsSync(path)) {
    if (mustExist) throw cannotOpen()
    return
  }
  if (statSync(path).isDirectory()) throw cannotOpen()
}

function readBoolean(
  options: DatabaseOptions,
  key: 'readonly' | 'readOnly' | 'fileMustExist' | 'enableDoubleQuotedStringLiterals',
): boolean {
  const value: unknown = options[key]
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') {
    throw new TypeError(`Expected the "${key}" option to be a boolean`)
  }
  return value
}

function readTimeout(options: DatabaseOptions): number {
  const value: unknown = options.timeout
  if (value === undefined || value === null) return defaultBusyTimeoutMs
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new TypeError('Expected the "timeout" option to be a positive integer')
  }
  if (value > maxTimeoutMs) {
    throw new RangeError('Option "timeout" cannot be greater than 2147483647')
  }
  return value
}

function readVerbose(options: DatabaseOptions): ((message: string) => void) | null {
  const { verbose, nativeBinding } = options
  if (nativeBinding !== undefined && nativeBinding !== null) {
    throw new TypeError('The "nativeBinding" option is not supported: the addon finds itself')
  }
  if (verbose === undefined || verbose === null) return null
  if (typeof verbose !== 'function') {
    throw new TypeError('Expected the "verbose" option to be a function')
  }
  return verbose
}

function readExperimental(options: DatabaseOptions): readonly string[] {
  const value: unknown = options.experimental
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.some((item) => typeof item !== 'string')) {
    throw new TypeError('Expected the "experimental" option to be an array of strings')
  }
  return value as string[]
}

function readPageSize(options: DatabaseOptions): number {
  const value = options.pageSize
  if (value === undefined) return 0
  const isPower = Number.isInteger(value) && (value & (value - 1)) === 0
  if (!isPower || value < minPageSize || value > maxPageSize) {
    throw new RangeError('The "pageSize" option must be a power of two between 512 and 65536')
  }
  return value
}

function readWalBudget(options: DatabaseOptions): number {
  const value: unknown = options.walBudget
  if (value === undefined) return -1
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -1 || value > 0x7fffffff) {
    throw new RangeError('The "walBudget" option must be a number of frames, 0 or -1')
  }
  return value
}
