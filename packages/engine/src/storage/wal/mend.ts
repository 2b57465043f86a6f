/** A log whose sync has failed, written once more. */
import { corrupt } from '../../base/error.ts'
import { walSize } from './frame.ts'
import { readWalHeader } from './header.ts'
import type { LogParts } from './parts.ts'
import { isOfGeneration } from './unrecovered.ts'

/** Bytes read and written at once. */
const mendBytes = 1_048_576

/**
 * Makes header and frames up to `maxFrame` durable once more, and cuts off what follows: a sync that fails may have dropped any of
 * them, and says so only once. With the log to ourselves.
 */
export function mendLog(log: LogParts, maxFrame: number): void {
  const { walFile, door } = log
  if (walFile === null) return
  const header = maxFrame === 0 ? readWalHeader(walFile) : null
  if (maxFrame > 0 || header !== null) {
    const size = walSize(maxFrame, log.pageSize)
    // What follows the header of another generation is of no account.
    const cuts = header === null || isOfGeneration(header, log.snapshot)
    if (cuts && walFile.size() > size) door.cutLog(size)
    const part = Buffer.alloc(Math.min(size, mendBytes))
    for (let done = 0; done < size;) {
      const count = walFile.read(part, 0, Math.min(part.length, size - done), done)
      if (count === 0) throw corrupt(0, 'the log ends before its last commit')
      door.writeFrames([part.subarray(0, count)], done)
      done += count
    }
    door.syncLog()
  }
  log.coordination.noteMended()
}
