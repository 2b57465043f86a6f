/**
 * What a function of SQL is to the binder, the emitter and the registry.
 *
 * A scalar function is a plain JavaScript function over values, called with positional arguments and
 * nothing else, so that emitted code calls it directly:
 *
 *     invoke(x, y)                          most of them
 *     invoke(context, x, y)                 `needsContext`: it asks for the connection's state
 *     invoke(collation, x, y)               `needsCollation`: it compares texts
 *
 * An optional argument that the statement leaves out is not passed.
 *
 * An aggregate makes a state for each group; the state has `step`, `final`, and `inverse` where a window frame
 * can take rows away again. States are ordinary classes, so that emitted code may keep one in a variable
 * and call its methods, or do the work of the simplest (count, sum) in place.
 */
import type { Collation, TextEncoding, Value } from '../../record/index.ts'
import type { JsonText } from './json/json-text.ts'
import type { JsonBuilder } from './json/builder.ts'

/** What functions may ask of the connection. An execution context is one. */
export interface FunctionContext {
  /** Rows changed by the last INSERT, UPDATE or DELETE. */
  readonly changes: number
  readonly totalChanges: number
  readonly lastInsertRowid: number | bigint
  readonly encoding: TextEncoding
  /** Milliseconds since 1970, the same throughout one statement. */
  now(): number
  /** The local time is about to be asked for: may refuse that. */
  localTime?(): void
}

/**
 * Whether the schema may hold a call. `never`: not in an index, but in a CHECK. `timeless`: as long as it asks neither for the
 * present nor for the local time, which shows when it runs.
 */
export type Stored = 'always' | 'timeless' | 'never'

/** The answer is of this storage class, or NULL. */
export type ResultClass = 'integer' | 'real' | 'text' | 'blob'

/**
 * A function over a text that is still in its page, where nothing of it has been decoded: `data, offset, size` stand in the place of the
 * text. Its answer is that of `invoke`.
 */
export interface BytesForm {
  /** The argument that is the text. */
  readonly argument: number
  readonly invoke: (...args: never[]) => Value
  /**
   * Appends the answer to a text that is being written, which comes before the bytes; false: the answer is no text, or is not to be had like this, and nothing
   * was appended.
   */
  readonly append?: (writer: JsonBuilder, ...args: never[]) => boolean
}

/** LIKE, LIKE where capitals count, or GLOB. */
export type PatternRule = 'like' | 'exact-like' | 'glob'

export interface ScalarFunction {
  /** Lower case. */
  readonly name: string
  readonly minArgs: number
  /** -1: any number. */
  readonly maxArgs: number
  /**
   * The same arguments give the same answer throughout a statement. Only a function that needs no context either may be
   * computed while a statement is compiled.
   */
  readonly deterministic: boolean
  readonly stored: Stored
  /** Takes a `FunctionContext` before its arguments. */
  readonly needsContext: boolean
  /** Takes a `Collation` before its arguments (after the context). */
  readonly needsCollation: boolean
  /**
   * A BLOB is of interest as such, in the first argument or in all. Elsewhere it stands for the text that its bytes
   * are in the database's encoding, and comes as that text where this is not UTF-8.
   */
  readonly takesBlobs: 'first' | 'all' | null
  /** Its text is put together of bytes, which need not be UTF-8: only in a UTF-8 database is that the answer as it is. */
  readonly writesBytes: boolean
  /** What the answer is, where that is always the same. */
  readonly returns: ResultClass | null
  /** So many arguments, from the first, are JSON to be read: a BLOB that is no JSONB stands for the text that its bytes are. */
  readonly readsJson: number
  /** A text among its arguments may come as a `JsonText`, which says that it is JSON. (SQLITE_SUBTYPE) */
  readonly takesJson: boolean
  /** Its answer is JSON, if it is a text: true; or the function that answers the same, marked where it is. (SQLITE_RESULT_SUBTYPE) */
  readonly givesJson: boolean | ScalarFunction
  /** It answers a `JsonText`, which only a function that takes one may see. */
  readonly marksJson: boolean
  /**
   * Arguments are evaluated only as far as needed, so the emitter writes the function as an expression of its
   * own: the first that is not NULL; the value after the first true condition; the argument itself.
   */
  readonly form: 'coalesce' | 'iif' | 'identity' | null
  /** It matches its first argument, a pattern, with the second: by which rule. */
  readonly matches: PatternRule | null
  /** The connection has defined it: it is never called but when a statement runs, and may do what it likes, also run others. */
  readonly isUsers: boolean
  /** It may run statements of its connection while a statement calls it. */
  readonly isReentrant: boolean
  /** It may be called by statements only, not by what a schema holds. (SQLITE_DIRECTONLY) */
  readonly directOnly: boolean
  readonly invoke: (...args: never[]) => Value | JsonText
  /** The same over the bytes of a text of UTF-8; null: there is none. */
  readonly ofBytes: BytesForm | null
}

/** One group's running answer. */
export interface AggregateState {
  /** Takes one row's arguments. NULLs included: each function decides what they mean. */
  step(...args: Value[]): void
  /** Takes the oldest row out again, for a moving window frame. */
  inverse?(...args: Value[]): void
  /** The answer so far. May be asked more than once, with steps in between. */
  final(): Value
}

/** A state that only grows, and takes the bytes of a text of UTF-8 in the place of its first argument too. */
export interface GrowingState extends AggregateState {
  stepBytes(data: Uint8Array, offset: number, size: number, ...more: Value[]): void
}

export interface AggregateFunction {
  /** Lower case. */
  readonly name: string
  readonly minArgs: number
  readonly maxArgs: number
  readonly needsCollation: boolean
  readonly returns: ResultClass | null
  /** Its states have `inverse`. */
  readonly canLeave?: boolean
  /** false: it may not be used as a window function. */
  readonly isWindow?: boolean
  /** The connection has defined it. */
  readonly isUsers?: boolean
  readonly directOnly?: boolean
  /** `min` or `max`: the row that gave the answer also gives the bare columns. */
  readonly extreme: 'min' | 'max' | null
  /** Arguments may come as a `JsonText`, and a text that it answers is JSON. */
  readonly isJson?: boolean
  /** Only where it is a `JsonText` itself. */
  readonly keepsMarks?: boolean
  create(collation: Collation): AggregateState
  /** A state for a UTF-8 database, of which no row is taken back. */
  readonly createGrowing?: () => GrowingState
}

/** A name and a number of arguments, looked up. */
export type FunctionLookup<F> =
  | { readonly kind: 'found'; readonly function: F }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'wrong-count' }

interface ScalarOptions {
  readonly deterministic?: boolean
  readonly stored?: Stored
  readonly needsContext?: boolean
  readonly needsCollation?: boolean
  readonly takesBlobs?: 'first' | 'all'
  readonly writesBytes?: boolean
  readonly returns?: ResultClass
  readonly readsJson?: number
  readonly takesJson?: boolean
  readonly givesJson?: boolean | ScalarFunction
  readonly marksJson?: boolean
  readonly form?: 'coalesce' | 'iif' | 'identity'
  readonly matches?: PatternRule
  readonly isUsers?: boolean
  readonly isReentrant?: boolean
  readonly directOnly?: boolean
  readonly ofBytes?: BytesForm
}

/** A scalar function with `args` arguments, or from `args[0]` to `args[1]` (-1: any number). */
export function scalar(
  name: string,
  args: number | readonly [number, number],
  invoke: (...args: never[]) => Value | JsonText,
  options: ScalarOptions = {},
): ScalarFunction {
  const [minArgs, maxArgs] = typeof args === 'number' ? [args, args] : args
  return {
    name,
    minArgs,
    maxArgs,
    deterministic: options.deterministic ?? true,
    stored: options.stored ?? (options.deterministic === false ? 'never' : 'always'),
    needsContext: options.needsContext ?? false,
    needsCollation: options.needsCollation ?? false,
    takesBlobs: options.takesBlobs ?? null,
    writesBytes: options.writesBytes ?? false,
    returns: options.returns ?? null,
    readsJson: options.readsJson ?? 0,
    takesJson: options.takesJson ?? false,
    givesJson: options.givesJson ?? false,
    marksJson: options.marksJson ?? false,
    form: options.form ?? null,
    matches: options.matches ?? null,
    isUsers: options.isUsers ?? false,
    isReentrant: options.isReentrant ?? false,
    directOnly: options.directOnly ?? false,
    invoke,
    ofBytes: options.ofBytes ?? null,
  }
}
