/** From options to a pager: memory, one process, or many. */
import { openShared } from '../../coordination/index.ts'
import { NodeFile, Pager } from '../../storage/index.ts'
import type { OpenOptions } from './options.ts'

export function openPager(options: OpenOptions): Pager {
  const pageSize = options.pageSize === 0 ? {} : { pageSize: options.pageSize }
  const pager = options.isMemory ? Pager.openMemory(pageSize) : openFile(options, pageSize)
  pager.busyTimeoutMs = options.timeoutMs
  pager.autoCheckpoint.budget = options.walBudget
  return pager
}

function openFile(options: OpenOptions, pageSize: { readonly pageSize?: number }): Pager {
  const { path, readonly, create, multiprocess, timeoutMs } = options
  const coordination = openShared({ path, readonly, create, multiprocess, timeoutMs })
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
