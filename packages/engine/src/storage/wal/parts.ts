/** What those who set a log in order need of it. */
import type { Coordination, FrameCodec, Snapshot } from '../../coordination/index.ts'
import type { Door, FileView } from './door.ts'

export interface LogParts {
  readonly door: Door
  /** Null: there is no log yet. */
  readonly walFile: FileView | null
  readonly coordination: Coordination
  readonly codec: FrameCodec
  readonly snapshot: Snapshot
  readonly pageSize: number
}
