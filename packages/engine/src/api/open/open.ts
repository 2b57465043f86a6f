/** From options to a pager: memory, one process, or many. */
import { realpathSync } from 'node:fs'
import { resolve as absolute } from 'node:path'
import { SqliteError } from '../../base/error.ts'
import { openShared, type SharedCoordination } from '../../coordination/index.ts'
import { NodeFile, Pager } from '../../storage/index.ts'
import type { OpenOptions } from './options.ts'

export function openPager(options: OpenOptions): Pager {
  const pageSize = options.pageSize === 0 ? {} : { pageSize: options.pageSize }
  const pager = options.isMemory ? openMemory(options, pageSize) : openFile(options, pageSize)
  const { cacheSize } = options.profile
  if (cacheSize !== null) pager.setCacheSize(cacheSize)
  pager.busyTimeoutMs = options.timeoutMs
  pager.autoCheckpoint.budget = options.walBudget
  return pager
}

function openMemory(
  { image, readonly }: OpenOptions,
  pageSize: { readonly pageSize?: number },
): Pager {
  return image === null ? Pager.openMemory(pageSize) : Pager.openImage(image, readonly)
}

/**
 * Where a file, or its file system, cannot be shared, and nobody has asked for that by name, it is opened for one process. Links are followed
 * then, as SQLite follows them.
 */
function openCoordination(options: OpenOptions): SharedCoordination {
  const { path, readonly, create, multiprocess, timeoutMs } = options
  const asked = { path, readonly, create, multiprocess, timeoutMs }
  try {
    return openShared(asked)
  } catch (error) {
    if (!multiprocess || !options.mayBeAlone || !(error instanceof SqliteError)) throw error
    if (error.message.includes('is a symbolic link or has several hard links')) {
      const target = realpathSync(path)
      if (target !== absolute(path)) return openCoordination({ ...options, path: target })
    } else if (!error.message.includes('not supported on the filesystem')) throw error
    return openShared({ ...asked, multiprocess: false })
  }
}

function openFile(options: OpenOptions, pageSize: { readonly pageSize?: number }): Pager {
  return openFileWith(openCoordination(options), options, pageSize)
}

/** A further connection to a file that is open, for reading; nobody waits in it. */
export function openFollower(options: OpenOptions): {
  readonly pager: Pager
  readonly coordination: SharedCoordination
} {
  const coordination = openCoordination(options)
  const pager = openFileWith(coordination, options, {})
  pager.busyTimeoutMs = 0
  return { pager, coordination }
}

function openFileWith(
  coordination: SharedCoordination,
  { path, timeoutMs }: OpenOptions,
  pageSize: { readonly pageSize?: number },
): Pager {
  const databaseFile = new NodeFile(coordination.dbFd)
  const walFile = coordination.walFd < 0 ? null : new NodeFile(coordination.walFd)
  return Pager.open({
    ...pageSize,
    path,
    databaseFile,
    walFile,
    coordination,
    readonly: coordination.readonly,
    busyTimeoutMs: timeoutMs,
  })
}
