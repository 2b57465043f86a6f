/**
 * Loads the native addon, `tshm.node`: the Rust core that owns what needs atomics, shared memory and locks.
 *
 * It is looked for as node-gyp-build does: `build/Release` of a checkout first, then the prebuilt binaries of
 * the package; where it lies nearly always we look ourselves, for node-gyp-build takes more than a millisecond of a process's first ones. Loading is lazy, so that databases in memory work without it; a file is refused, for without
 * its locks no file is safe.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SqliteError } from '../base/error.ts'
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
 * @throws SQLITE_CANTOPEN when there is none for this platform
 */
export function loadNative(): NativeModule {
  if (loaded !== null) return loaded
  try {
    loaded = load(createRequire(import.meta.url))
    return loaded
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`
    throw new SqliteError(
      `unable to open database file (the native addon tshm.node for ${platform} is missing or does not load; ` +
        "in a checkout, build it with 'npm run native', which needs Rust)",
      'SQLITE_CANTOPEN',
      { cause },
    )
  }
}

function load(require: NodeJS.Require): NativeModule {
  const root = packageRoot()
  const usual = usualPlace(root)
  if (usual !== null) {
    try {
      return require(usual) as NativeModule
    } catch {
      // There may be another one.
    }
  }
  const find = require('node-gyp-build') as (root: string) => NativeModule
  try {
    return find(root)
  } catch (error) {
    // In a bundle the package above is the application's.
    let installed: string
    try {
      installed = require.resolve('chorusdb/package.json')
    } catch {
      throw error
    }
    return find(dirname(installed))
  }
}

/** What may be set to have node-gyp-build look elsewhere. */
const elsewhere = [
  'PREBUILDS_ONLY',
  'CHORUSDB_PREBUILD',
  'LIBC',
  'npm_config_arch',
  'npm_config_platform',
]

/** Where node-gyp-build would find the addon nearly everywhere, without loading it; null: it has to look itself. */
function usualPlace(root: string): string | null {
  if (elsewhere.some((name) => process.env[name] !== undefined)) return null
  const built = join(root, 'build', 'Release', 'tshm.node')
  if (existsSync(built)) return built
  const { platform, arch } = process
  const libc = existsSync('/etc/alpine-release') ? 'musl' : 'glibc'
  const name = platform === 'linux' ? `tshm.${libc}.node` : 'tshm.node'
  const prebuilt = join(root, 'prebuilds', `${platform}-${arch}`, name)
  return existsSync(prebuilt) ? prebuilt : null
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

/** The folder of the package: the sources and `dist` lie at different depths below it. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('no package.json above the compiled sources')
    folder = parent
  }
  return folder
}
