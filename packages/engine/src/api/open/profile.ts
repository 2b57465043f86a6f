/**
 * In what the constructors of `Database` differ: that of `chorusdb`, and the one that stands in for better-sqlite3 under its name, where what
 * its users rely on without asking counts.
 */
import type { Integers } from '../../runtime/index.ts'

/** Which values of JavaScript stand for which of SQL's. */
export interface ValueRules {
  /** What INTEGERs are outside where no more is said. */
  readonly integers: Integers
  /** Only numbers, strings, bigints, Buffers and views like them, and null are bound: no booleans, no DataViews. */
  readonly areStrict: boolean
  /** Asked for what SQL has no type for; answers what is stored in its place. Null: such values are refused. */
  readonly encode: ((value: object) => unknown) | null
}

export interface Profile {
  /** Files are opened for several processes, where the platform and the file system can, unless `experimental` says otherwise. */
  readonly sharesFiles: boolean
  /** A name that begins with `file:` is a URI. */
  readonly readsUris: () => boolean
  /** `readOnly` is refused as a misspelling. */
  readonly refusesReadOnly: boolean
  /** What is no database is told with the first call that reads it, not by the constructor. */
  readonly opensAnything: boolean
  /** PRAGMA cache_size of each database at first; null: the engine's own. */
  readonly cacheSize: number | null
  /** Who asks for `journal_mode = WAL`, and says nothing of `synchronous`, gets NORMAL. */
  readonly relaxesInWal: boolean
  /** As SQLITE_DBCONFIG_DEFENSIVE, until `unsafeMode()`: the schema's tables are not written, and a journal is kept. */
  readonly isDefensive: boolean
  /** A parameter may be written `$name::part` and `$name(part)`. */
  readonly takesTclVariables: boolean
  /** PRAGMA default_cache_size is answered, which SQLITE_OMIT_DEPRECATED leaves out. */
  readonly hasDeprecated: boolean
  /** Where the connection does not say otherwise. */
  readonly values: ValueRules
}

export const chorusProfile: Profile = {
  sharesFiles: false,
  readsUris: () => true,
  refusesReadOnly: false,
  opensAnything: false,
  cacheSize: null,
  relaxesInWal: false,
  isDefensive: false,
  takesTclVariables: true,
  hasDeprecated: true,
  values: { integers: 'exact', areStrict: false, encode: null },
}

/** better-sqlite3 13: the options with which its SQLite is built. Its synchronous is NORMAL in WAL mode and FULL elsewhere. */
export const betterSqlite3Profile: Profile = {
  sharesFiles: true,
  readsUris: () => process.env['SQLITE_USE_URI'] === '1',
  refusesReadOnly: true,
  opensAnything: true,
  cacheSize: -16_000,
  relaxesInWal: true,
  isDefensive: true,
  takesTclVariables: false,
  hasDeprecated: false,
  values: { integers: 'rounded', areStrict: true, encode: null },
}
