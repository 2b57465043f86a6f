/**
 * The write-ahead log: `journal_mode`, `synchronous`, `wal_checkpoint`, `wal_autocheckpoint`,
 * `journal_size_limit`, and `wal_budget`, which SQLite does not have.
 */
import { mvccNotShared, SqliteError } from '../../base/error.ts'
import { integerValue } from '../../record/index.ts'
import type { CheckpointMode } from '../../storage/index.ts'
import type { Session } from '../session.ts'
import type { PragmaDefinition, PragmaValue, Rows } from './definition.ts'
import { integerOf, wideIntegerOf } from './values.ts'

/**
 * Files are always in WAL mode and memory databases in `memory` mode; a request for another mode answers
 * the mode that stays, as SQLite does when it cannot change it.
 */
function journalMode(connection: Session, value: PragmaValue): Rows {
  const isMvcc = String(value).toLowerCase() === 'mvcc'
  if (isMvcc && connection.pager.isShared) throw mvccNotShared()
  return [[connection.isMemory ? 'memory' : 'wal']]
}

const synchronousNames = new Map([
  ['off', 0],
  ['no', 0],
  ['false', 0],
  ['normal', 1],
  ['on', 1],
  ['yes', 1],
  ['true', 1],
  ['full', 2],
  ['extra', 3],
])

function synchronous(connection: Session, value: PragmaValue): Rows {
  if (value === null) return [[connection.pager.synchronous]]
  if (connection.inTransaction) {
    throw new SqliteError('SQLITE_ERROR', 'Safety level may not be changed inside a transaction')
  }
  const text = String(value).toLowerCase()
  const level = /^\d+$/.test(text) ? Number(text) & 3 : (synchronousNames.get(text) ?? 1)
  connection.pager.synchronous = level as 0 | 1 | 2 | 3
  return []
}

const modes: readonly (CheckpointMode | 'noop')[] = [
  'passive',
  'full',
  'restart',
  'truncate',
  'noop',
]

/** An unknown mode is PASSIVE, as in SQLite. */
function walCheckpoint(connection: Session, value: PragmaValue): Rows {
  const wanted = String(value ?? 'passive').toLowerCase()
  const mode = modes.find((name) => name === wanted) ?? 'passive'
  const { busy, logFrames, checkpointedFrames } = connection.pager.checkpoint(mode)
  return [[busy ? 1 : 0, logFrames, checkpointedFrames]]
}

function walAutocheckpoint(connection: Session, value: PragmaValue): Rows {
  const { pager } = connection
  if (value !== null) pager.autoCheckpoint = Math.max(0, integerOf(value))
  return [[pager.autoCheckpoint]]
}

function journalSizeLimit(connection: Session, value: PragmaValue): Rows {
  const { pager } = connection
  if (value !== null) {
    const limit = wideIntegerOf(value)
    pager.journalSizeLimit = limit < -1n ? -1n : limit
  }
  return [[integerValue(pager.journalSizeLimit)]]
}

function walBudget(connection: Session, value: PragmaValue): Rows {
  const { pager } = connection
  if (value !== null) pager.walBudget = Math.max(-1, integerOf(value))
  return [[pager.walBudget]]
}

export const journalPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  [
    'journal_mode',
    { columns: ['journal_mode'], reads: false, writes: 'always', answer: journalMode },
  ],
  [
    'synchronous',
    { columns: ['synchronous'], columnsWhenSet: [], reads: false, answer: synchronous },
  ],
  [
    'wal_checkpoint',
    {
      columns: ['busy', 'log', 'checkpointed'],
      reads: false,
      writes: 'always',
      answer: walCheckpoint,
    },
  ],
  [
    'wal_autocheckpoint',
    { columns: ['wal_autocheckpoint'], reads: false, answer: walAutocheckpoint },
  ],
  [
    'journal_size_limit',
    { columns: ['journal_size_limit'], reads: false, answer: journalSizeLimit },
  ],
  ['wal_budget', { columns: ['wal_budget'], reads: false, answer: walBudget }],
]
