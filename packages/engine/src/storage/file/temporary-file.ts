/**
 * A file for what does not fit into memory, of which nothing is to remain: it is made under a name that nobody can guess, for
 * its owner alone, and its name is taken away at once. So the system removes it with the last descriptor, however the process ends.
 */
import { accessSync, closeSync, constants, openSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { cannotOpen, noTemporaryFolder } from '../../base/error.ts'
import { needRoom } from '../../base/foreign-error.ts'
import { randomBytes } from '../../base/random.ts'
import { NodeFile } from './node-file.ts'

/** PRAGMA temp_store_directory; empty: none was chosen. */
let chosen = ''

export function chosenTemporaryFolder(): string {
  return chosen
}

/** @returns whether it is one in which files can be made, or empty */
export function chooseTemporaryFolder(folder: string): boolean {
  if (folder !== '' && !isUsable(folder)) return false
  chosen = folder
  return true
}

/** In the order in which SQLite tries them. (`azTempDirs` of os_unix.c) */
function folders(): readonly (string | undefined)[] {
  const { SQLITE_TMPDIR, TMPDIR } = process.env
  return [chosen, SQLITE_TMPDIR, TMPDIR, '/var/tmp', '/usr/tmp', '/tmp', '.']
}

/** The first folder in which files can be made. @throws SQLITE_IOERR_GETTEMPPATH */
export function temporaryFolder(): string {
  const folder = folders().find((one) => one !== undefined && one !== '' && isUsable(one))
  if (folder === undefined) throw noTemporaryFolder()
  return folder
}

function isUsable(folder: string): boolean {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return false
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error
    return false
  }
}

/** @throws SQLITE_IOERR_GETTEMPPATH, SQLITE_CANTOPEN */
export function openTemporaryFile(): NodeFile {
  // No error of V8 is to come between making it and taking its name away.
  needRoom()
  const name = join(temporaryFolder(), `chorusdb_${randomBytes(16).toString('hex')}`)
  try {
    const descriptor = openSync(name, 'wx+', 0o600)
    try {
      unlinkSync(name)
    } catch (error) {
      closeSync(descriptor)
      throw error
    }
    return new NodeFile(descriptor, true)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).syscall === undefined) throw cause
    throw cannotOpen(cause)
  }
}
