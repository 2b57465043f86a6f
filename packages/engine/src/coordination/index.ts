/**
 * Coordination: who may read, write and checkpoint a database, among connections, threads and processes.
 *
 * Storage asks through `Coordination`; the answers hold for every process that has the file open.
 */
export {
  checkpointModes,
  commitStage,
  frameRead,
  readStart,
  Snapshot,
  snapshotField,
  snapshotFieldCount,
  writeStart,
} from './coordination.ts'
export type { CheckpointMode, Coordination, FrameCodec, FrameStore } from './coordination.ts'
export { InProcessCoordination, Region } from './in-process.ts'
export { StatementLabel } from './activity.ts'
export type { Activity } from './activity.ts'
export { BusyHandler, sleep } from './busy.ts'
export { endHeldCommits, heldHere, LockWait, writersHere } from './lock-wait.ts'
export { parseOpenMode } from './open-mode.ts'
export type { OpenMode } from './open-mode.ts'
export { openShared, SharedCoordination, whyNotShared } from './shared.ts'
export type { SharedOptions } from './shared.ts'
export { readStatus } from './status.ts'
export type {
  NativeCheckpoint,
  NativeProcess,
  NativeReader,
  NativeRecord,
  NativeStatus,
} from './status.ts'
