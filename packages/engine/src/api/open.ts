/** From options to a pager: memory, one process, or many. */
import { openShared } from '../coordination/index.ts'
import type { TextEncoding } from '../record/index.ts'
import { NodeFile, Pager } from '../storage/index.ts'
import type { OpenOptions } from './open-options.ts'

/** Where the header says how text is encoded, and what it says there. (Database File Format §1.3.13) */
const encodingOffset = 56
const encodingCodes = { utf8: 1, utf16le: 2, utf16be: 3 } as const

/** A further database in memory, of the encoding that all databases of a connection share. */
export function openMemory(encoding: TextEncoding): Pager {
  const pager = Pager.openMemory()
  if (encoding !== 'utf8') {
    pager.beginRead()
    pager.beginWrite()
    pager.writeHeaderField(encodingOffset, encodingCodes[encoding])
    pager.commit()
  }
  return pager
}

export function openPager(options: OpenOptions): Pager {
  const pageSize = options.pageSize === 0 ? {} : { pageSize: options.pageSize }
  const pager = options.isMemory ? Pager.openMemory(pageSize) : openFile(options, pageSize)
  pager.busyTimeoutMs = options.timeoutMs
  pager.walBudget = options.walBudget
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
