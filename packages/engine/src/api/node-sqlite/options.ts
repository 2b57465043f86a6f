/** What `new DatabaseSync` was given, checked in node:sqlite's order and words. */
import { Buffer } from 'node:buffer'
import { parseOpenMode } from '../../coordination/index.ts'
import { environmentFeatures, type OpenOptions } from '../open/options.ts'
import { chorusProfile } from '../open/profile.ts'
import { invalidArgType, invalidUrl, invalidUrlScheme, outOfRange } from './errors.ts'
import type { DatabaseLimits } from './face.ts'
import { isInt32 } from './is-int32.ts'
import { limitNames } from './limits.ts'

export interface NodeOptions {
  /** The name of the database: a path, a URI, `:memory:`. */
  readonly location: string
  /** It is opened by the constructor. */
  readonly open: boolean
  readonly readOnly: boolean
  readonly foreignKeys: boolean
  readonly doubleQuotedStrings: boolean
  readonly allowExtension: boolean
  readonly timeoutMs: number
  readonly bigInts: boolean
  readonly arrays: boolean
  readonly bareNames: boolean
  readonly unknownNames: boolean
  readonly defensive: boolean
  readonly limits: Partial<DatabaseLimits>
  /** null: it is not given. */
  readonly experimental: readonly string[] | null
}

type Given = Readonly<Record<string, unknown>>

export function isObject(value: unknown): value is Given {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}

/** @throws where the option is there and no boolean */
export function booleanOption(options: Given, key: string, whenAbsent: boolean): boolean {
  const value = options[key]
  if (value === undefined) return whenAbsent
  if (typeof value === 'boolean') return value
  throw invalidArgType(`The "options.${key}" argument must be a boolean.`)
}

/** A path as it may be given: a string, its bytes, or a URL of a file. */
export function pathOf(path: unknown, name: string): string {
  if (typeof path === 'string') {
    if (!path.includes('\0')) return path.toWellFormed()
  } else if (path instanceof Uint8Array) {
    if (!path.includes(0)) return Buffer.from(path).toString()
  } else if (isObject(path)) {
    const { href } = path
    if (typeof href === 'string' && !href.includes('\0')) {
      if (!URL.canParse(href)) throw invalidUrl()
      if (!href.startsWith('file:')) throw invalidUrlScheme()
      return href
    }
  }
  throw invalidArgType(
    `The "${name}" argument must be a string, Uint8Array, or URL without null bytes.`,
  )
}

export function readOptions(args: readonly unknown[]): NodeOptions {
  const location = pathOf(args[0], 'path')
  const given = args.length > 1 ? args[1] : {}
  if (!isObject(given)) throw invalidArgType('The "options" argument must be an object.')
  return {
    location,
    open: booleanOption(given, 'open', true),
    readOnly: booleanOption(given, 'readOnly', false),
    foreignKeys: booleanOption(given, 'enableForeignKeyConstraints', true),
    doubleQuotedStrings: booleanOption(given, 'enableDoubleQuotedStringLiterals', false),
    allowExtension: booleanOption(given, 'allowExtension', false),
    timeoutMs: readTimeout(given),
    bigInts: booleanOption(given, 'readBigInts', false),
    arrays: booleanOption(given, 'returnArrays', false),
    bareNames: booleanOption(given, 'allowBareNamedParameters', true),
    unknownNames: booleanOption(given, 'allowUnknownNamedParameters', false),
    defensive: booleanOption(given, 'defensive', true),
    limits: readLimits(given),
    experimental: readExperimental(given),
  }
}

function readTimeout({ timeout }: Given): number {
  if (timeout === undefined) return 0
  if (!isInt32(timeout)) {
    throw invalidArgType('The "options.timeout" argument must be an integer.')
  }
  return Math.max(0, timeout)
}

function readLimits({ limits }: Given): Partial<DatabaseLimits> {
  if (limits === undefined) return {}
  if (!isObject(limits)) throw invalidArgType('The "options.limits" argument must be an object.')
  const wanted: Partial<DatabaseLimits> = {}
  for (const name of limitNames) {
    const value = limits[name]
    if (value === undefined) continue
    if (!isInt32(value)) {
      throw invalidArgType(`The "options.limits.${name}" argument must be an integer.`)
    }
    if (value < 0) {
      throw outOfRange(`The "options.limits.${name}" argument must be non-negative.`)
    }
    wanted[name] = value
  }
  return wanted
}

/** null: it is not given. */
function readExperimental({ experimental }: Given): readonly string[] | null {
  if (experimental === undefined || experimental === null) return null
  if (!Array.isArray(experimental) || experimental.some((item) => typeof item !== 'string')) {
    throw invalidArgType('The "options.experimental" argument must be an array of strings.')
  }
  return experimental as string[]
}

/** What a connection is opened by. @throws SqliteError where the name asks for what there is not */
export function openOptionsOf(options: NodeOptions): OpenOptions {
  const { experimental } = options
  const mode = parseOpenMode(options.location, {
    experimental: experimental ?? environmentFeatures(),
    isExplicit: experimental !== null,
  })
  const readonly = options.readOnly || mode.readonly
  return {
    name: options.location,
    path: mode.path,
    isMemory: mode.isMemory,
    isAnonymous: mode.isMemory,
    image: null,
    mayBeAlone: false,
    profile: chorusProfile,
    values: chorusProfile.values,
    multiprocess: mode.multiprocess,
    readonly,
    create: !readonly && mode.create,
    timeoutMs: options.timeoutMs,
    verbose: null,
    pageSize: 0,
    doubleQuotedStrings: options.doubleQuotedStrings,
    foreignKeys: options.foreignKeys,
    walBudget: -1,
  }
}
