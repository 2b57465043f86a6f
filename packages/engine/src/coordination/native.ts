/**
 * Loads the native addon, `tshm.node`: the Rust core that owns what needs atomics, shared memory and locks.
 *
 * Where it lies nearly always we look ourselves (`addon-files.ts`), for node-gyp-build takes more than a millisecond of a process's first ones;
 * elsewhere it looks. Loading is lazy, so that databases in memory work without it; a file is refused, for without its locks no file is safe.
 */
import { join } from 'node:path'
import { SqliteError } from '../base/error.ts'
import {
  homesOfBundle,
  isOurPackage,
  namedHome,
  nearestFolder,
  placeForOtherLibc,
  requireOf,
  usualPlace,
  whyNoAddon,
  type AddonHome,
  type Refused,
} from './addon-files.ts'
import type * as addon from './native-addon.d.ts'

/**
 * The calls of every transaction. They are functions of their own on each coordinator (`crates/tshm-node/src/hot.rs`), and so no part of
 * the class that is declared for it.
 */
export interface HotCalls {
  /** 0: as in this connection's last transaction. 1: changed, and `snapshot` says how. 2: no free slot. */
  beginRead(): number
  endRead(): void
  isPinIntact(): boolean
  /** The frame that holds the page in this transaction's snapshot; 0: the database file does. */
  findFrame(pgno: number): number
  /**
   * Puts the pages in the frames after `maxFrame`, some perhaps repeatedly, into the array that the connection was opened with, and
   * answers how many there are. -1: more than fit, or unknown; `changedPages` tells.
   */
  changedSince(maxFrame: number): number
  /** 0: granted. 1: busy. 2: the snapshot is old. 3: granted, and frames may stand behind the end of the log. */
  beginWrite(): number
  /**
   * Takes the writer's lock, begins a read transaction and makes it one that may write. Waits at most `timeoutUs`; `joins` as in
   * `reserveWriter`. -1: the time was up. 0: only the lock is taken, no reader slot was free. Else, less 1: bit 0, `beginRead`'s
   * answer; bits 1 and 2, `beginWrite`'s; above, less 1, what `changedSince(seenFrame)` answers, where `beginRead` answered 1.
   */
  beginTransaction(timeoutUs: number, joins: number, seenFrame: number): number
  /** An error: what the transaction was built on was never made durable. */
  endWrite(): void
  /** 0: the database file has the page. 1: its frame is in the room. 2: not what it should be, or the transaction is lost. */
  readFrame(pgno: number): number
  /**
   * Commits `count` pages that stand in the room, their numbers in the array that `changedSince` fills. Flags: 1, the log's checksums
   * are of big-endian words; 2, the commit is durable before anybody hears of it. False: the transaction is over. True: the proof
   * should be renewed first.
   */
  commitFrames(count: number, pageCount: number, flags: number): boolean
}

export type Coordinator = addon.Coordinator & HotCalls

/** What the addon exports. */
export type NativeModule = Omit<typeof addon, 'Coordinator'> & {
  Coordinator: new (...given: ConstructorParameters<typeof addon.Coordinator>) => Coordinator
}

let loaded: NativeModule | null = null

/**
 * The addon.
 * @throws SQLITE_CANTOPEN when there is none for this platform, in a sentence that says which, and what to do
 */
export function loadNative(): NativeModule {
  loaded ??= load(import.meta.url)
  return loaded
}

/** Whether files can be opened here. */
export function isNativeAvailable(): boolean {
  try {
    loadNative()
    return true
  } catch {
    return false
  }
}

function load(url: string): NativeModule {
  const search = new Search(url)
  const named = namedHome()
  const nearest = nearestFolder(url)
  if (named === null && nearest !== null && search.tries(usualPlace(nearest))) return search.found!
  // What is usual was not enough, and this may take longer.
  const isPackage = nearest !== null && isOurPackage(nearest)
  const homes: AddonHome[] = []
  if (named !== null) homes.push({ folder: named, isPackage: true })
  else if (nearest !== null) homes.push({ folder: nearest, isPackage })
  if (named === null && !isPackage) homes.push(...homesOfBundle(url))
  if (homes.some((home) => search.looksInto(home))) return search.found!
  const { refused } = search
  const why = whyNoAddon(named ?? (isPackage ? nearest : null), refused)
  const options = refused === null ? {} : { cause: refused.error }
  throw new SqliteError(`unable to open database file (${why})`, 'SQLITE_CANTOPEN', options)
}

/** Looks for the addon: what it has found, or the first that was there and did not load. */
class Search {
  found: NativeModule | null = null
  refused: Refused | null = null
  readonly #require: NodeJS.Require

  constructor(url: string) {
    this.#require = requireOf(url)
  }

  tries(path: string | null): boolean {
    if (path === null) return false
    try {
      const module = this.#require(path) as Partial<NativeModule>
      // node-gyp-build takes whatever addon lies where it looks.
      if (typeof module.Coordinator !== 'function') return false
      this.found = module as NativeModule
      return true
    } catch (error) {
      this.refused ??= { path, error }
      return false
    }
  }

  looksInto({ folder, isPackage }: AddonHome): boolean {
    return (
      this.tries(usualPlace(folder)) ||
      this.tries(placeForOtherLibc(folder)) ||
      (isPackage && this.tries(this.#placeByNodeGypBuild(folder)))
    )
  }

  /** Where node-gyp-build finds an addon that we have not; null: nowhere, or it is not installed. */
  #placeByNodeGypBuild(folder: string): string | null {
    for (const require of [this.#require, requireOf(join(folder, 'package.json'))]) {
      try {
        const { resolve } = require('node-gyp-build') as { resolve: (folder: string) => string }
        return resolve(folder)
      } catch {
        // It may be installed where the package is, and not where a bundle is.
      }
    }
    return null
  }
}
