/** Opens a real file through the Rust core, as the layers above do. */
import { openShared } from '../../packages/engine/src/coordination/index.ts'
import { NodeFile, Pager } from '../../packages/engine/src/storage/index.ts'

export function openFile(
  path: string,
  multiprocess: boolean,
  busyTimeoutMs = 5000,
  readonly = false,
): Pager {
  const coordination = openShared({
    path,
    multiprocess,
    readonly,
    create: !readonly,
    timeoutMs: busyTimeoutMs,
  })
  return Pager.open({
    path,
    databaseFile: new NodeFile(coordination.dbFd),
    walFile: coordination.walFd < 0 ? null : new NodeFile(coordination.walFd),
    coordination,
    readonly,
    busyTimeoutMs,
  })
}
