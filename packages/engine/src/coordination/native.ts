/**
 * Loads the native addon, `tshm.node`: the Rust core that owns what needs atomics, shared memory and locks.
 *
 * It is looked for as node-gyp-build does: `build/Release` of a checkout first, then the prebuilt binaries of
 * the package. Loading is lazy, so that databases in memory work without it; a file is refused, for without
 * its locks no file is safe.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SqliteError } from '../base/error.ts'
import type * as addon from './native-addon.d.ts'

/** What the addon exports. */
export type NativeModule = typeof addon
export type Coordinator = addon.Coordinator

let loaded: NativeModule | null = null

/**
 * The addon.
 * @throws SQLITE_CANTOPEN when there is none for this platform
 */
export function loadNative(): NativeModule {
  if (loaded !== null) return loaded
  const require = createRequire(import.meta.url)
  try {
    const load = require('node-gyp-build') as (root: string) => NativeModule
    loaded = load(packageRoot())
    return loaded
  } catch (cause) {
    const platform = `${process.platform}-${process.arch}`
    throw new SqliteError(
      'SQLITE_CANTOPEN',
      `unable to open database file (the native addon tshm.node for ${platform} is missing or does not load; ` +
        "in a checkout, build it with 'npm run native', which needs Rust)",
      { cause },
    )
  }
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
