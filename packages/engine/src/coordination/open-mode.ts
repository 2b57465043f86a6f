/**
 * What the name of a database asks for.
 *
 * - a plain path;
 * - `:memory:` or the empty name, a database that lives as long as its connection;
 * - a URI, `file:app.db?mode=ro` (Uniform Resource Identifiers, SQLite): modes `ro`, `rw`, `rwc`, `memory`;
 * - a path with a query, `app.db?experimental=multiprocess_wal`, as the Turso SDKs write it.
 *
 * What is not known is refused, not ignored: a feature that was asked for and silently left out would let
 * two programs believe different things about one file.
 */
import { SqliteError } from '../base/error.ts'
import { callersMistake } from '../base/foreign-error.ts'

/** The one experimental feature there is. */
const multiprocessFeature = 'multiprocess_wal'

export interface OpenMode {
  /** The file, without scheme and query; empty for a memory database. */
  readonly path: string
  readonly isMemory: boolean
  readonly multiprocess: boolean
  readonly readonly: boolean
  /** Create the file when it is not there. */
  readonly create: boolean
}

export interface AskedMode {
  /** Features. */
  readonly experimental?: readonly string[]
  /** Whether a name that begins with `file:` is a URI. Default true. */
  readonly readsUris?: boolean
  /** The features are asked for of this database; else of all that can have them. Default true. */
  readonly isExplicit?: boolean
}

/**
 * Reads a database name, and what is asked for beside it.
 * @throws TypeError for an unknown feature; SQLITE_MISUSE for one that does not fit; SQLITE_ERROR for a bad URI
 */
export function parseOpenMode(
  name: string,
  { experimental = [], readsUris = true, isExplicit = true }: AskedMode = {},
): OpenMode {
  const features = [...experimental]
  const isUri = readsUris && name.startsWith('file:')
  const [body, query] = splitQuery(name, isUri)
  let path = isUri ? uriPath(body) : body
  let mode = 'rwc'
  for (const [key, value] of new URLSearchParams(query)) {
    if (key === 'experimental') features.push(...value.split(',').filter((item) => item !== ''))
    else if (key === 'mode') mode = value
    else refuseParameter(key, value)
  }
  if (!['ro', 'rw', 'rwc', 'memory'].includes(mode)) {
    throw new SqliteError(`no such access mode: ${mode}`, 'SQLITE_ERROR')
  }
  for (const feature of features) {
    if (feature !== multiprocessFeature) {
      throw callersMistake(
        new TypeError(
          `unknown experimental feature '${feature}': known is '${multiprocessFeature}'`,
        ),
      )
    }
  }
  const isMemory = mode === 'memory' || path === '' || path === ':memory:'
  const multiprocess = features.includes(multiprocessFeature)
  // To processes that share files a name that begins so is one of memory. (TSHM v1 §4.1, E3)
  const looksLikeMemory = isMemory || path.startsWith(':memory:')
  const isAsked = multiprocess && (isExplicit || features.length > experimental.length)
  if (looksLikeMemory && isAsked) {
    throw new SqliteError(
      `experimental multiprocess WAL is not supported for in-memory database path '${name}'`,
      'SQLITE_MISUSE',
    )
  }
  if (isMemory) path = ''
  return {
    path,
    isMemory,
    multiprocess,
    readonly: mode === 'ro',
    create: isMemory || mode === 'rwc',
  }
}

/** A plain path may contain question marks; only our own parameter begins a query there, as SQLite knows queries in URIs alone. */
function splitQuery(name: string, isUri: boolean): [string, string] {
  const at = isUri ? name.indexOf('?') : name.indexOf('?experimental=')
  const end = isUri && name.includes('#') ? name.indexOf('#') : name.length
  return at < 0 || at > end
    ? [name.slice(0, end), '']
    : [name.slice(0, at), name.slice(at + 1, end)]
}

function uriPath(body: string): string {
  let path = body.slice('file:'.length)
  if (path.startsWith('//')) {
    const slash = path.indexOf('/', 2)
    const authority = slash < 0 ? path.slice(2) : path.slice(2, slash)
    if (authority !== '' && authority !== 'localhost') {
      throw new SqliteError(`invalid uri authority: ${authority}`, 'SQLITE_ERROR')
    }
    path = slash < 0 ? '' : path.slice(slash)
  }
  try {
    return decodeURIComponent(path)
  } catch {
    throw new SqliteError(`invalid percent-encoding in '${body}'`, 'SQLITE_ERROR')
  }
}

/** SQLite's other parameters: those that ask for what is so anyway pass, the rest would change behaviour. */
function refuseParameter(key: string, value: string): void {
  if (key === 'cache' && value === 'private') return
  const isOff = ['0', 'no', 'off', 'false'].includes(value)
  if ((key === 'immutable' || key === 'nolock' || key === 'psow') && isOff) return
  throw new SqliteError(`URI parameter '${key}=${value}' is not supported`, 'SQLITE_ERROR')
}
