/** Checkpoints, as they are told of (`base/diagnostics.ts`). */
import {
  checkpointsTold,
  Stopwatch,
  type CheckpointMessage,
  type ToldDatabase,
} from '../../base/diagnostics.ts'
import type { LockWait } from '../../coordination/index.ts'
import type { CheckpointResult } from './checkpoint.ts'

/** What is known of one before it has run. */
export interface CheckpointTelling {
  readonly database: ToldDatabase
  readonly mode: CheckpointMessage['mode']
  readonly cause: CheckpointMessage['cause']
}

/** Runs a checkpoint. Of an attempt that is refused, and is going to be made again, nothing is told. */
export function toldCheckpoint(
  telling: CheckpointTelling,
  lockWait: LockWait | null,
  run: () => CheckpointResult,
): CheckpointResult {
  if (!checkpointsTold.isHeard) return run()
  const watch = new Stopwatch()
  let result: CheckpointResult
  try {
    result = run()
  } catch (error) {
    if (error !== lockWait?.refusal) tell(telling, watch, null, error)
    throw error
  }
  tell(telling, watch, result, undefined)
  return result
}

/** The same of one that is taken in steps. */
export function* toldCheckpointInSteps(
  telling: CheckpointTelling,
  steps: Generator<undefined, CheckpointResult, void>,
): Generator<undefined, CheckpointResult, void> {
  if (!checkpointsTold.isHeard) return yield* steps
  const watch = new Stopwatch()
  let result: CheckpointResult
  try {
    result = yield* steps
  } catch (error) {
    tell(telling, watch, null, error)
    throw error
  }
  tell(telling, watch, result, undefined)
  return result
}

function tell(
  { database, mode, cause }: CheckpointTelling,
  { startTime, duration }: Stopwatch,
  result: CheckpointResult | null,
  error: unknown,
): void {
  const { busy, logFrames, checkpointedFrames } = result ?? {
    busy: true,
    logFrames: -1,
    checkpointedFrames: -1,
  }
  checkpointsTold.tellOf(database, {
    mode,
    cause,
    startTime,
    duration,
    busy,
    logFrames,
    checkpointedFrames,
    error,
  })
}
