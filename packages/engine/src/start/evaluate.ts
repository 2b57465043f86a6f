/**
 * The engine's file, evaluated with what earlier processes have had compiled of it (`code-cache.ts`). Where that is not to be had, it is for
 * `require` to load the file: in a bundle, under another JavaScript engine than Node's V8, in a context of its own (Jest), while coverage is
 * measured, and where the user wants no caches (`NODE_DISABLE_COMPILE_CACHE`).
 */
import { readFileSync, statSync } from 'node:fs'
import * as modules from 'node:module'
import { sep } from 'node:path'
import { Script } from 'node:vm'
import { readCache, writeCache, type CachePlace, type EngineFile } from './code-cache.ts'

type Exports = Readonly<Record<string, unknown>>

type Wrapped = (
  exports: Exports,
  require: NodeJS.Require,
  module: { exports: Exports },
  filename: string,
  dirname: string,
) => void

/** One that is asked for only when it is needed. */
type Place = () => CachePlace

/** A process that has lived longer has let go of code that it no longer used: what it would keep is less than what it has used. In seconds. */
const longestLife = 60

/**
 * A new cache is written where more than this part of what a process has used is new to the one that it has read. Not for less: V8 remembers with a function that
 * it has been worth Sparkplug's code, and compiles all of those anew when the cache is taken over, so that each process that writes makes importing dearer.
 */
const worthWriting = 16

const opening = '(function (exports, require, module, __filename, __dirname) {'
const closing = '\n})'

/**
 * Evaluates the engine.
 * @param folder of its file
 * @returns its exports; null: it has to be required
 */
export function evaluate(folder: string, name: string): Exports | null {
  const start = process.hrtime()
  const user = userOfCaches()
  if (user < 0) return null
  const file = folder + sep + name
  let stat: EngineFile
  try {
    stat = statSync(file)
  } catch {
    return null
  }
  const places = placesFor(folder, name, user)
  let cached = null
  for (let i = 0; cached === null && i < places.length; i++) {
    cached = readCache(places[i]!(), stat, user)
  }
  const source = cached?.source ?? opening + readFileSync(file, 'latin1') + closing
  const script = new Script(source, { filename: file, ...(cached && { cachedData: cached.data }) })
  const wrapped = script.runInThisContext() as Wrapped
  // Another context than the caller's has classes of its own.
  if (Object.getPrototypeOf(wrapped) !== Function.prototype) return null
  const module = { exports: {} as Exports }
  wrapped(module.exports, modules.createRequire(file), module, file, folder)
  const known = script.cachedDataRejected === true ? [] : (cached?.used ?? [])
  keepAtEnd(script, file, source, module.exports['used'] as Set<string>, known, places, stat, start)
  return module.exports
}

/** The user whose files may be trusted; -1: there are to be no caches. */
function userOfCaches(): number {
  const { env, versions } = process
  if (env['NODE_DISABLE_COMPILE_CACHE'] || env['NODE_V8_COVERAGE']) return -1
  if (versions['bun'] !== undefined || versions['deno'] !== undefined) return -1
  return process.geteuid?.() ?? -1
}

/**
 * Where caches may lie, the best first: where the application keeps Node's own; with the package; in the folder for temporary files, where the
 * package cannot be written to.
 */
function placesFor(folder: string, engineName: string, user: number): readonly Place[] {
  const { getCompileCacheDir } = modules as { getCompileCacheDir?: () => string | undefined }
  const name = `${engineName}-${process.version}-${process.arch}${tagOfFlags()}`
  const chosen = getCompileCacheDir?.()
  if (chosen !== undefined) return [() => ({ folder: chosen, name, isShared: false })]
  return [
    () => ({ folder: `${folder}${sep}.cache`, name, isShared: false }),
    () => {
      const temporary = process.getBuiltinModule('node:os').tmpdir()
      return { folder: `${temporary}${sep}chorusdb-${user}`, name, isShared: true }
    },
  ]
}

/** Options of Node's that V8 does not know, and words that are no option. */
const nodesOwn =
  /^(?:[^-]|-[^-]|--(?:no-warnings|no-deprecation|trace-warnings|enable-source-maps|import|require|loader|env-file|inspect|conditions|test|watch|experimental-)|--$|$)/

/** V8 takes no cache that was made under other flags. What tells its flags apart takes a millisecond to load. */
function tagOfFlags(): string {
  const options = (process.env['NODE_OPTIONS'] ?? '').split(' ')
  if ([...process.execArgv, ...options].every((option) => nodesOwn.test(option))) return ''
  return `-${process.getBuiltinModule('node:v8').cachedDataVersionTag()}`
}

/** When the process ends: where it has used what the cache has not, all that is compiled by then is the next cache. */
function keepAtEnd(
  script: Script,
  file: string,
  source: string,
  used: Set<string>,
  known: readonly string[],
  places: readonly Place[],
  engine: EngineFile,
  start: [number, number],
): void {
  process.once('exit', () => {
    if (process.hrtime(start)[0] >= longestLife) return
    const isKnown = new Set(known)
    const news = [...used].filter((name) => !isKnown.has(name))
    if (news.length * worthWriting <= used.size) return
    // What has been installed meanwhile has a cache of its own.
    if (statSync(file, { throwIfNoEntry: false })?.mtimeMs !== engine.mtimeMs) return
    const data = script.createCachedData()
    const all = { source, data, used: [...known, ...news] }
    places.some((place) => writeCache(place(), engine, all))
  })
}
