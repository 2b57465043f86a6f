/**
 * Loads the Rust core, when it is first needed.
 *
 * The binary is found by node-gyp-build: `build/Release/tshm.node` of a checkout, `prebuilds/` of the package.
 * Without it databases in memory work; a file is refused, for without the core's locks no file is safe.
 */
import { createRequire } from 'node:module'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { SqliteError } from '../base/error.ts'
import type * as Native from './native.d.ts'

export type NativeModule = typeof Native

let loaded: NativeModule | null = null

/** The folder of the package: the nearest one above this file with a package.json. */
function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) {
    folder = dirname(folder)
  }
  return folder
}

/** @throws SQLITE_CANTOPEN when there is no binary for this platform */
export function loadNative(): NativeModule {
  if (loaded !== null) return loaded
  try {
    const find = createRequire(import.meta.url)('node-gyp-build') as (root: string) => NativeModule
    loaded = find(packageRoot())
    return loaded
  } catch (cause) {
    throw new SqliteError(
      'SQLITE_CANTOPEN',
      `the native binary 'tshm' for ${process.platform}-${process.arch} is missing, and without it no ` +
        "database file can be opened safely: run 'npm run native' in a checkout (it needs Rust), " +
        'or install a package with prebuilds for this platform',
      { cause },
    )
  }
}

export function isNativeAvailable(): boolean {
  try {
    loadNative()
    return true
  } catch {
    return false
  }
}
