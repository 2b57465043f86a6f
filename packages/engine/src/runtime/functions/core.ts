/**
 * Functions that are about values as such, about the connection, or about the engine. (Built-In Scalar SQL
 * Functions.)
 */
import { sqlError, tooBig } from '../../base/error.ts'
import { maxLength } from '../../base/limits.ts'
import { randomBytes } from '../../base/random.ts'
import { compareValues, integerValue, storageClass } from '../../record/index.ts'
import type { Collation, Value } from '../../record/index.ts'
import { isTrue, toCount, toText } from '../convert.ts'
import { exactLike, glob, like } from '../pattern/like.ts'
import type { FunctionContext, ScalarFunction } from './function.ts'
import { scalar } from './function.ts'

/** The SQLite version whose behaviour the engine follows. */
export const sqliteVersion = '3.53.0'

/** What `sqlite_source_id()` answers: no check-in of SQLite, so it says whose engine this is. */
const sourceId = 'ChorusDB, following SQLite 3.53.0'

/** What `PRAGMA compile_options` lists: the options of SQLite that describe this engine. */
export const compileOptions: readonly string[] = [
  'DEFAULT_PAGE_SIZE=4096',
  'DEFAULT_WAL_AUTOCHECKPOINT=1000',
  'ENABLE_MATH_FUNCTIONS',
  'MAX_ATTACHED=10',
  'MAX_COLUMN=2000',
  'MAX_COMPOUND_SELECT=500',
  'MAX_EXPR_DEPTH=1000',
  'MAX_FUNCTION_ARG=1000',
  'MAX_LENGTH=1000000000',
  'MAX_LIKE_PATTERN_LENGTH=50000',
  'MAX_PAGE_SIZE=65536',
  'MAX_SQL_LENGTH=1000000000',
  'MAX_VARIABLE_NUMBER=32766',
  'OMIT_LOAD_EXTENSION',
  'THREADSAFE=1',
]

function coalesce(...values: Value[]): Value {
  for (const value of values) if (value !== null) return value
  return null
}

/** Pairs of condition and value, then perhaps a value for when none holds. */
function iif(...values: Value[]): Value {
  let i = 0
  for (; i + 1 < values.length; i += 2) if (isTrue(values[i]!)) return values[i + 1]!
  return values[i] ?? null
}

export function nullif(collation: Collation, a: Value, b: Value): Value {
  if (a === null || b === null) return a
  return compareValues(a, b, collation) === 0 ? null : a
}

/** The least value; NULL if one is NULL. Of equal ones the last, as in SQLite. */
export function least(collation: Collation, ...values: Value[]): Value {
  let best = values[0] ?? null
  for (let i = 1; i < values.length && best !== null; i++) {
    const value = values[i]!
    if (value === null) return null
    if (compareValues(best, value, collation) >= 0) best = value
  }
  return best
}

/** The greatest value; NULL if one is NULL. Of equal ones the first. */
export function greatest(collation: Collation, ...values: Value[]): Value {
  let best = values[0] ?? null
  for (let i = 1; i < values.length && best !== null; i++) {
    const value = values[i]!
    if (value === null) return null
    if (compareValues(best, value, collation) < 0) best = value
  }
  return best
}

const randomPool = new BigInt64Array(128)
let randomLeft = 0

/** A pseudo-random 64-bit integer. */
export function random(): number | bigint {
  if (randomLeft === 0) {
    new Uint8Array(randomPool.buffer).set(randomBytes(randomPool.byteLength))
    randomLeft = randomPool.length
  }
  return integerValue(randomPool[--randomLeft]!)
}

function randomBlob(size: Value): Uint8Array {
  const count = Math.max(1, toCount(size))
  if (count > maxLength) throw tooBig()
  return randomBytes(count)
}

function compileOptionGet(index: Value): string | null {
  return compileOptions[toCount(index)] ?? null
}

/** With or without `SQLITE_`, with or without the value behind `=`. */
function compileOptionUsed(name: Value): number | null {
  const text = toText(name)
  if (text === null) return null
  const wanted = text.toUpperCase().replace(/^SQLITE_/, '')
  return compileOptions.some((option) => option === wanted || option.startsWith(wanted + '='))
    ? 1
    : 0
}

/** Nothing is loaded, as where an application has not allowed it. */
function loadExtension(): never {
  throw sqlError('not authorized')
}

const identity = (value: Value): Value => value

/** `like` as PRAGMA case_sensitive_like wants it, for two arguments and for three. */
export function likeFunctions(isCaseSensitive: boolean): readonly ScalarFunction[] {
  const [invoke, matches] = isCaseSensitive
    ? ([exactLike, 'exact-like'] as const)
    : ([like, 'like'] as const)
  return [2, 3].map((count) => scalar('like', count, invoke, { returns: 'integer', matches }))
}

export const coreFunctions: readonly ScalarFunction[] = [
  scalar('coalesce', [2, -1], coalesce, { form: 'coalesce' }),
  scalar('ifnull', 2, coalesce, { form: 'coalesce' }),
  scalar('iif', [2, -1], iif, { form: 'iif' }),
  scalar('if', [2, -1], iif, { form: 'iif' }),
  scalar('likely', 1, identity, { form: 'identity' }),
  scalar('unlikely', 1, identity, { form: 'identity' }),
  // The binder checks the second argument, a constant between 0.0 and 1.0.
  scalar('likelihood', 2, identity, { form: 'identity' }),
  scalar('nullif', 2, nullif, { needsCollation: true, takesBlobs: 'all' }),
  scalar('min', [2, -1], least, { needsCollation: true, takesBlobs: 'all' }),
  scalar('max', [2, -1], greatest, { needsCollation: true, takesBlobs: 'all' }),
  scalar('typeof', 1, storageClass, { takesBlobs: 'all', returns: 'text' }),
  scalar('like', [2, 3], like, { returns: 'integer', matches: 'like' }),
  scalar('glob', 2, glob, { returns: 'integer', matches: 'glob' }),
  scalar('random', 0, random, { deterministic: false, returns: 'integer' }),
  scalar('randomblob', 1, randomBlob, { deterministic: false, returns: 'blob' }),
  scalar('changes', 0, (context: FunctionContext) => context.changes, {
    deterministic: false,
    needsContext: true,
    returns: 'integer',
  }),
  scalar('total_changes', 0, (context: FunctionContext) => context.totalChanges, {
    deterministic: false,
    needsContext: true,
    returns: 'integer',
  }),
  scalar('last_insert_rowid', 0, (context: FunctionContext) => context.lastInsertRowid, {
    deterministic: false,
    needsContext: true,
    returns: 'integer',
  }),
  scalar('load_extension', [1, 2], loadExtension, { deterministic: false, directOnly: true }),
  // There is no log of errors.
  scalar('sqlite_log', 2, () => null),
  scalar('sqlite_version', 0, () => sqliteVersion, { deterministic: false, returns: 'text' }),
  scalar('sqlite_source_id', 0, () => sourceId, { deterministic: false, returns: 'text' }),
  scalar('sqlite_compileoption_get', 1, compileOptionGet, {
    deterministic: false,
    returns: 'text',
  }),
  scalar('sqlite_compileoption_used', 1, compileOptionUsed, {
    deterministic: false,
    returns: 'integer',
  }),
]
