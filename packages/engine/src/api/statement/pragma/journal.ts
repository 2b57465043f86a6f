/**
 * The write-ahead log: `journal_mode`, `synchronous`, `wal_checkpoint`, `wal_autocheckpoint`,
 * `journal_size_limit`, and `wal_budget`, which SQLite does not have.
 */
import { mvccNotShared, sqlError } from '../../../base/error.ts'
import { integerValue } from '../../../record/index.ts'
import { inSlices, type Slice, type Work } from '../../../runtime/index.ts'
import type { CheckpointMode, CheckpointResult } from '../../../storage/index.ts'
import type { Session } from '../../connection/session.ts'
import type { PragmaDefinition, PragmaPlace, PragmaValue, Rows } from './definition.ts'
import { integerOf, wideIntegerOf } from './values.ts'

/**
 * Files are always in WAL mode; a request for another mode answers the mode that stays, as SQLite does when it cannot change it. A database
 * in memory keeps its journal there, or says that it keeps none: what ROLLBACK then does is left open by SQLite, and here it rolls back.
 */
function journalMode(
  { databases, isDefensive, options }: Session,
  value: PragmaValue,
  { database, isNamed }: PragmaPlace,
): Rows {
  const wanted = String(value).toLowerCase()
  const meant = isNamed ? [database] : databases.all
  if (wanted === 'mvcc' && database.pager.isShared) throw mvccNotShared()
  if ((wanted === 'off' && !isDefensive) || wanted === 'memory') {
    for (const { pager } of meant) pager.memoryJournal = wanted
  }
  if (wanted === 'wal' && options.profile.relaxesInWal) {
    for (const one of meant) if (!one.hasSynchronous) one.pager.synchronous = 1
  }
  return [[database.pager.journalMode()]]
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

function synchronous(connection: Session, value: PragmaValue, { database }: PragmaPlace): Rows {
  const { pager, name } = database
  const isTemporary = name === 'temp'
  if (value === null) return [[isTemporary ? 0 : pager.synchronous]]
  if (connection.inTransaction) {
    throw sqlError('Safety level may not be changed inside a transaction')
  }
  if (isTemporary) return []
  const text = String(value).toLowerCase()
  const level = /^\d+$/.test(text) ? Number(text) & 3 : (synchronousNames.get(text) ?? 1)
  pager.synchronous = level as 0 | 1 | 2 | 3
  database.hasSynchronous = true
  return []
}

const modes: readonly (CheckpointMode | 'noop')[] = [
  'passive',
  'full',
  'restart',
  'truncate',
  'noop',
]

/** Of one database, or of all: then the row tells of main, and whether any of them was busy. An unknown mode is PASSIVE, as in SQLite. */
function walCheckpoint(
  connection: Session,
  value: PragmaValue,
  { database, isNamed }: PragmaPlace,
): Rows {
  const mode = checkpointModeOf(value)
  const results = (isNamed ? [database] : connection.databases.all).map(
    ({ pager }): CheckpointResult => pager.checkpoint(mode),
  )
  return checkpointRows(results)
}

function checkpointModeOf(value: PragmaValue): CheckpointMode | 'noop' {
  const wanted = String(value ?? 'passive').toLowerCase()
  return modes.find((name) => name === wanted) ?? 'passive'
}

function checkpointRows(results: readonly CheckpointResult[]): Rows {
  const { logFrames, checkpointedFrames } = results[0]!
  return [[results.some(({ busy }) => busy) ? 1 : 0, logFrames, checkpointedFrames]]
}

/** PASSIVE. The others are done in turns, each with an attempt at the locks (`Pager.checkpoint`). */
function* checkpointing(
  connection: Session,
  _value: PragmaValue,
  { database, isNamed }: PragmaPlace,
  slice: Slice,
): Work<Rows> {
  const results: CheckpointResult[] = []
  for (const { pager } of isNamed ? [database] : connection.databases.all) {
    results.push(yield* inSlices(pager.checkpointInSteps(), slice))
  }
  return checkpointRows(results)
}

/** A setting of the connection: its databases have the same. */
function walAutocheckpoint(connection: Session, value: PragmaValue): Rows {
  if (value !== null) {
    const frames = Math.max(0, integerOf(value))
    for (const { pager } of connection.databases.all) pager.autoCheckpoint.frames = frames
  }
  return [[connection.pager.autoCheckpoint.frames]]
}

function journalSizeLimit(
  _: Session,
  value: PragmaValue,
  { database: { pager } }: PragmaPlace,
): Rows {
  if (value !== null) {
    const limit = wideIntegerOf(value)
    pager.journalSizeLimit = limit < -1n ? -1n : limit
  }
  return [[integerValue(pager.journalSizeLimit)]]
}

function walBudget(connection: Session, value: PragmaValue): Rows {
  if (value !== null) {
    const budget = Math.max(-1, integerOf(value))
    for (const { pager } of connection.databases.all) pager.autoCheckpoint.budget = budget
  }
  return [[connection.pager.autoCheckpoint.budget]]
}

export const journalPragmas: readonly (readonly [string, PragmaDefinition])[] = [
  [
    'journal_mode',
    { columns: ['journal_mode'], needs: 'nothing', writes: 'always', answer: journalMode },
  ],
  [
    'synchronous',
    { columns: ['synchronous'], columnsWhenSet: [], needs: 'nothing', answer: synchronous },
  ],
  [
    'wal_checkpoint',
    {
      columns: ['busy', 'log', 'checkpointed'],
      needs: 'nothing',
      writes: 'always',
      answer: walCheckpoint,
      working: checkpointing,
      worksOn: (value) => checkpointModeOf(value) === 'passive',
    },
  ],
  [
    'wal_autocheckpoint',
    { columns: ['wal_autocheckpoint'], needs: 'nothing', answer: walAutocheckpoint },
  ],
  [
    'journal_size_limit',
    { columns: ['journal_size_limit'], needs: 'nothing', answer: journalSizeLimit },
  ],
  ['wal_budget', { columns: ['wal_budget'], needs: 'nothing', answer: walBudget }],
]
