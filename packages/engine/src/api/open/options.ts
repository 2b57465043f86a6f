/** What a constructor was given, checked and brought into one form. The checks, their order and their sentences are better-sqlite3's. */
import { existsSync, statSync, type Stats } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { cannotOpen } from '../../base/error.ts'
import { callersMistake } from '../../base/foreign-error.ts'
import { defaultBusyTimeoutMs, maxPageSize, minPageSize } from '../../base/limits.ts'
import { parseOpenMode } from '../../coordination/index.ts'
import type { Integers } from '../../runtime/index.ts'
import type { DatabaseOptions, ValueCodec } from '../sync/face.ts'
import { chorusProfile, type Profile, type ValueRules } from './profile.ts'

export interface OpenOptions {
  /** As the caller wrote it. */
  readonly name: string
  /** The file; empty for a temporary or memory database. */
  readonly path: string
  readonly isMemory: boolean
  /** Whether the name says so: what a NUL in a name leaves of it does not count. */
  readonly isAnonymous: boolean
  /** A database in memory begins with these, the bytes of a file; null: it is empty. */
  readonly image: Uint8Array | null
  /** Of the file; of what is attached, where this one is in memory. */
  readonly multiprocess: boolean
  /** Nobody has asked for it by name: where the file system cannot, the file is opened for one process. */
  readonly mayBeAlone: boolean
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
  /** What else its constructor decides. */
  readonly profile: Profile
  readonly values: ValueRules
}

const maxTimeoutMs = 0x7fffffff

/**
 * Checks a constructor's arguments.
 * @throws TypeError, RangeError on arguments of the wrong type; SqliteError when the file cannot be opened
 */
export function parseOpenRequest(
  filename: unknown,
  given: unknown,
  profile: Profile = chorusProfile,
): OpenOptions {
  const image = Buffer.isBuffer(filename) ? filename : null
  const isDescriptor = typeof filename === 'number'
  if (isDescriptor) checkDescriptor(filename, 'file descriptor')
  const name = nameOf(filename)
  const options = optionsOf(given, profile)
  const readonlyGiven = readBoolean(options, 'readonly') || readBoolean(options, 'readOnly')
  const fileMustExist = readBoolean(options, 'fileMustExist')
  const timeoutMs = 'timeout' in options ? options.timeout : defaultBusyTimeoutMs
  const asked = readExperimental(options)
  const features = asked ?? environmentFeatures()
  const readsUris = profile.readsUris()
  const trimmed = name.trim()
  const mode = parseOpenMode(untilNul(trimmed), {
    experimental: features,
    readsUris,
    isExplicit: asked !== null,
  })
  const readonly = readonlyGiven || mode.readonly
  const isAnonymous = mode.isMemory && !trimmed.includes('\0')
  if (isAnonymous && readonly && image === null) {
    throw new TypeError('In-memory/temporary databases cannot be readonly')
  }
  checkTimeout(timeoutMs)
  const verbose = readVerbose(options)
  refuseDescriptors(isDescriptor, options)
  const mustExist = readonly || fileMustExist || !mode.create
  const path = mode.isMemory ? '' : fullPath(mode.path)
  if (!mode.isMemory) {
    // As there, where no folder is looked for in front of what looks like a URI.
    if (readsUris || !trimmed.startsWith('file:')) {
      checkFolder(trimmed.includes('\0') ? trimmed : path)
    }
    checkPath(path, mustExist)
  }
  const isAsked = asked !== null || features.length > 0 || mode.multiprocess
  return {
    name,
    path,
    isMemory: mode.isMemory,
    isAnonymous,
    image: imageOf(image, mode.isMemory && readonly),
    multiprocess: mode.multiprocess || (!isAsked && profile.sharesFiles),
    mayBeAlone: !isAsked,
    readonly,
    create: !mustExist,
    timeoutMs,
    verbose,
    pageSize: readPageSize(options),
    walBudget: readWalBudget(options),
    // As in better-sqlite3, which is built with SQLITE_DEFAULT_FOREIGN_KEYS=1.
    foreignKeys: true,
    doubleQuotedStrings: readBoolean(options, 'enableDoubleQuotedStringLiterals'),
    profile,
    values: readValues(options, profile),
  }
}

/** A serialized database is one in memory. */
function nameOf(filename: unknown): string {
  if (Buffer.isBuffer(filename)) return ':memory:'
  if (typeof filename === 'number') return `fd:${filename}`
  if (filename === undefined || filename === null) return ''
  if (typeof filename !== 'string') throw new TypeError('Expected first argument to be a string')
  return filename
}

function optionsOf(given: unknown, { refusesReadOnly }: Profile): DatabaseOptions {
  if (given === undefined || given === null) return {}
  if (typeof given !== 'object') {
    throw new TypeError('Expected second argument to be an options object')
  }
  if (refusesReadOnly && 'readOnly' in given) {
    throw new TypeError('Misspelled option "readOnly" should be "readonly"')
  }
  if ('memory' in given) {
    throw new TypeError('Option "memory" was removed in v7.0.0 (use ":memory:" filename instead)')
  }
  return given
}

function checkDescriptor(value: unknown, what: string): void {
  const isOne =
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= maxTimeoutMs
  if (!isOne) throw new TypeError(`Expected the ${what} to be a non-negative 32-bit integer`)
}

/** A database of descriptors has a rollback journal, which this engine does not write. */
function refuseDescriptors(isDescriptor: boolean, options: object): void {
  const journalFd = (options as { readonly journalFd?: unknown }).journalFd
  if (isDescriptor && journalFd === undefined) {
    throw new TypeError(
      'The "journalFd" option is required when opening a database from a file descriptor',
    )
  }
  if (!isDescriptor && journalFd !== undefined) {
    throw new TypeError(
      'The "journalFd" option can only be used when opening a database from a file descriptor',
    )
  }
  if (journalFd === undefined) return
  checkDescriptor(journalFd, '"journalFd" option')
  throw new TypeError('Opening a database from a file descriptor is not supported')
}

/** What CHORUSDB_EXPERIMENTAL asks for in the whole process. */
export function environmentFeatures(): readonly string[] {
  const text = process.env['CHORUSDB_EXPERIMENTAL'] ?? ''
  return text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}

/** What a database in memory begins with; one that is for reading only, with nothing. */
function imageOf(given: Buffer | null, isReadonly: boolean): Uint8Array | null {
  if (given === null) return isReadonly ? new Uint8Array(0) : null
  return Uint8Array.from(given)
}

/** SQLite's names are C strings of UTF-8: a NUL ends them, and halves of characters are U+FFFD. */
function untilNul(name: string): string {
  return name.split('\0', 1)[0]!.toWellFormed()
}

/**
 * Empty parts of a path are left out, and what `..` comes to is found by the name alone where the folder is not there. A name that looks like a
 * URI or a database in memory, and is none, is that of a file. (`unixFullPathname`)
 */
function fullPath(path: string): string {
  return /^(?:file:|:memory:)|\/$/.test(path) ? resolve(path) : path
}

/** @param path of a file, as it was given */
function checkFolder(path: string): void {
  if (!existsSync(dirname(path))) {
    throw new TypeError('Cannot open database because the directory does not exist')
  }
}

function checkPath(path: string, mustExist: boolean): void {
  const stat = statOf(path)
  const isMissing = stat === undefined && (mustExist || !statOf(dirname(path))?.isDirectory())
  if (isMissing || stat?.isDirectory()) throw cannotOpen()
}

/** @throws SQLITE_CANTOPEN where the path leads through what is no folder, or may not be looked into */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    throw cannotOpen(cause)
  }
}

function readBoolean(
  options: DatabaseOptions,
  key: 'readonly' | 'readOnly' | 'fileMustExist' | 'enableDoubleQuotedStringLiterals',
): boolean {
  if (!(key in options)) return false
  const value: unknown = options[key]
  if (typeof value === 'boolean') return value
  throw new TypeError(`Expected the "${key}" option to be a boolean`)
}

function checkTimeout(value: unknown): asserts value is number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0) {
    throw new TypeError('Expected the "timeout" option to be a positive integer')
  }
  if (value > maxTimeoutMs) {
    throw new RangeError('Option "timeout" cannot be greater than 2147483647')
  }
}

function readVerbose(options: DatabaseOptions): ((message: string) => void) | null {
  const { verbose } = options
  const nativeBinding: unknown = options.nativeBinding
  if (verbose !== undefined && verbose !== null && typeof verbose !== 'function') {
    throw new TypeError('Expected the "verbose" option to be a function')
  }
  if (nativeBinding !== undefined && nativeBinding !== null) {
    if (typeof nativeBinding !== 'string' && typeof nativeBinding !== 'object') {
      throw new TypeError('Expected the "nativeBinding" option to be a string or addon object')
    }
    throw new TypeError('The "nativeBinding" option is not supported: the addon finds itself')
  }
  return verbose ?? null
}

/** null: it is not given. */
function readExperimental(options: DatabaseOptions): readonly string[] | null {
  const value: unknown = options.experimental
  if (value === undefined || value === null) return null
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

function readValues({ integers, codec }: DatabaseOptions, { values }: Profile): ValueRules {
  if (integers === undefined && codec === undefined) return values
  return {
    integers: integers === undefined ? values.integers : integersOf(integers),
    areStrict: values.areStrict,
    encode: codec === undefined ? null : encoderOf(codec),
  }
}

const integerModes: ReadonlyMap<unknown, Integers> = new Map([
  ['number', 'exact'],
  ['bigint', 'bigint'],
  ['mixed', 'mixed'],
])

/** What users say INTEGERs are to be. @throws TypeError */
export function integersOf(given: unknown): Integers {
  const integers = integerModes.get(given)
  if (integers !== undefined) return integers
  throw callersMistake(new TypeError('Expected integers to be "number", "bigint" or "mixed"'))
}

function encoderOf(codec: ValueCodec): (value: object) => unknown {
  const encode: unknown = (codec as Partial<ValueCodec> | null)?.encode
  if (typeof encode === 'function') return (value) => codec.encode(value)
  throw new TypeError('Expected the "codec" option to be an object with a function "encode"')
}
