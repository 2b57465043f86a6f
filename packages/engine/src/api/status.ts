/**
 * The state of a database, for people and their dashboards: who has it open, what each does, what holds up the log.
 *
 * The core looks (`crates/tshm/src/status.rs`); here its answer gets the names and shapes that applications see.
 * Times are milliseconds since 1970, sizes are bytes.
 */
import type { LockStatus } from './across/named-lock.ts'
import { spare } from '../base/foreign-error.ts'
import { parseOpenMode, readStatus } from '../coordination/index.ts'
import type {
  NativeCheckpoint,
  NativeProcess,
  NativeReader,
  NativeRecord,
  NativeStatus,
} from '../coordination/index.ts'
import { answerTo, interruption } from './connection/interruption.ts'

/** Entries that the shared frame index can hold. */
const indexCapacity = 262_144
const checkpointModes = ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE'] as const

/** A statement that has been running for a tenth of a second or longer. */
export interface RunningStatement {
  /** Its text; of a long one the beginning, of one that differs from others only in literals without these. */
  text: string
  /** When it began, in ms since 1970, true to a tenth of a second. */
  since: number
}

/** A transaction that has been open for a tenth of a second or longer, whether or not a statement runs in it. */
export interface OpenTransaction {
  /** Whether it holds the writer's lock. */
  kind: 'read' | 'write'
  /** When it began, in ms since 1970, true to a tenth of a second. */
  since: number
}

/** A process that has the database open. */
export interface ProcessStatus {
  /** In its own name space of processes; null: a lock is held, and nothing says by whom. */
  pid: number | null
  /** `peer`: another engine that shares the file. */
  engine: 'chorusdb' | 'peer' | 'unknown'
  /** Of our engine. */
  version: string | null
  /** The process that asks. */
  self: boolean
  /** What it holds at this moment. */
  roles: ('writer' | 'checkpointer' | 'reader')[]
  /** Reader slots that it holds. */
  slots: number[]
  /** Whether all of its connections are for reading only; null: not known. */
  readonly: boolean | null
  /** How many connections of it are open; null: not known. */
  connections: number | null
  /** When it opened the database, in ms since 1970; null: not known. */
  openedAt: number | null
  /** When the process was started, in ms since 1970; null: not known. */
  startedAt: number | null
  /** Milliseconds since it opened the database or, where that is not known, since it was started. */
  ageMs: number | null
  /** Stopped by a signal or a debugger: it keeps its locks and does not go on. */
  stopped: boolean | null
  /** What it runs; null: nothing that has lasted for a tenth of a second, or not known. */
  statement: RunningStatement | null
  /** The transaction that it has open; null as of `statement`. */
  transaction: OpenTransaction | null
}

/** A process that ended without closing the database. It holds nothing. */
export interface DeadProcess {
  /** In its own name space of processes. */
  pid: number
  /** Of our engine. */
  version: string
  /** When it opened the database, in ms since 1970. */
  openedAt: number
  /** What it was doing, as far as that had been going on for a while. */
  statement: RunningStatement | null
  /** The transaction that it left open. */
  transaction: OpenTransaction | null
}

/** A reader slot: frames after the one it pins are not copied back, and the log is not restarted. */
export interface ReaderStatus {
  /** From 0 to 63. */
  slot: number
  /** Of the process that holds it; null: not known. */
  pid: number | null
  /** `peer`: another engine that shares the file. */
  engine: 'chorusdb' | 'peer'
  /** The last frame that it sees, counted from 1; 0: none of the log. */
  frame: number
  /** Committed frames after that one. */
  framesBehind: number
  /** Held for a second after a restart of the log, against outdated checkpoints; nobody reads here. */
  guard: boolean
}

/** The last checkpoint of a process of our engine, since the database was opened. */
export interface CheckpointStatus {
  /** As `PRAGMA wal_checkpoint` names it. */
  mode: 'PASSIVE' | 'FULL' | 'RESTART' | 'TRUNCATE'
  /** It did not do all that its mode asks for. */
  busy: boolean
  /** Frames in the log when it began. */
  logFrames: number
  /** How many of them were in the database file when it ended. */
  checkpointedFrames: number
  /** When it ended, in ms since 1970. */
  at: number
  /** Of the process whose it was. */
  pid: number
  /** What kept it from more; null: nothing. */
  limitedBy: {
    /** What held it up. */
    kind: 'reader' | 'writer' | 'checkpointer'
    /** Of that process; null: not known. */
    pid: number | null
    /** Of a reader, its slot; else null. */
    slot: number | null
    /** Of a reader, the frame that it pinned; else null. */
    frame: number | null
  } | null
}

/** What `db.status()` and `status(path)` answer. */
export interface DatabaseStatus {
  /** The whole path of the file; empty for a database in memory. */
  path: string
  /** When it was looked at, in ms since 1970. */
  at: number
  /** `sqlite`: stock SQLite has it open. `closed`: nobody has. */
  mode: 'multi-process' | 'single-process' | 'sqlite' | 'closed' | 'memory'
  /** The first process is opening it, or the last one closing it; others wait. */
  changing: boolean
  /** This process has it open. */
  openHere: boolean
  /** Whether processes can share the file here. */
  multiprocessSupport: {
    /** Whether they can. */
    supported: boolean
    /** Why not; null where they can. */
    reason: string | null
  }
  /** The database file. */
  database: {
    /** Its size. */
    bytes: number
    /** In bytes. */
    pageSize: number
    /** Pages of the newest committed state. */
    pageCount: number
  }
  /** The log. */
  wal: {
    /** Its size. */
    bytes: number
    /** Committed frames. */
    frames: number
    /** Those that are in the database file; null: not known. */
    backfilledFrames: number | null
    /** How often the log was restarted. */
    restarts: number
  }
  /** The shared frame index; null without a coordination file. */
  index: {
    /** Of 4096 entries. */
    blocks: number
    /** Frames that it knows. */
    entries: number
    /** Frames that it can know. */
    capacity: number
    /** It knows not all frames: readers look into the log itself. */
    overflowed: boolean
  } | null
  /** What is wrong with the coordination file; null: nothing. */
  problem: string | null
  /** Who has it open. */
  processes: ProcessStatus[]
  /** Further holders of the database that cannot be named; null: not known. */
  otherHolders: number | null
  /** Who has ended without closing it, since it was opened. */
  deadProcesses: DeadProcess[]
  /** The reader slots that are held. */
  readers: ReaderStatus[]
  /** Somebody stands first in the queue of writers. */
  writerWaiting: boolean
  /** Null: none has been made since it was opened, or not by our engine. */
  lastCheckpoint: CheckpointStatus | null
  /** Of the connection that was asked; null where the database was, by its path. */
  connection: {
    /** How many watch for commits. */
    watchers: number
    /** Named locks that it holds, and those that it waits for. */
    locks: LockStatus[]
  } | null
}

/**
 * The state of a database file, whoever has it open. Takes no lock and changes nothing.
 *
 * ```ts
 * import { status } from 'chorusdb'
 * for (const { pid, roles, statement } of status('app.db').processes) console.log(pid, roles, statement?.text)
 * ```
 * @param path a file, or a name as the constructors take it
 * @throws SqliteError when the file is not there or is no database; TypeError for a database in memory
 */
export function status(path: string): DatabaseStatus {
  try {
    return look(path)
  } catch (error) {
    let answer: unknown = spare.error
    try {
      answer = answerTo(error)
    } catch {
      interruption.isPending = true
    }
    throw answer
  }
}

function look(path: string): DatabaseStatus {
  if (typeof path !== 'string') throw new TypeError('Expected first argument to be a string')
  const mode = parseOpenMode(path.trim())
  if (mode.isMemory) throw new TypeError('A database in memory is seen by its own connection only')
  return statusOfFile(mode.path)
}

/** Of a file by its plain name. */
export function statusOfFile(path: string): DatabaseStatus {
  const native = readStatus(path)
  const at = Date.now()
  return {
    path,
    at,
    mode: native.mode as DatabaseStatus['mode'],
    changing: native.isChanging,
    openHere: native.isOpenHere,
    multiprocessSupport: {
      supported: native.unsupported === undefined,
      reason: native.unsupported ?? null,
    },
    database: {
      bytes: native.databaseBytes,
      pageSize: native.pageSize,
      pageCount: native.pageCount,
    },
    wal: {
      bytes: native.walBytes,
      frames: native.walFrames,
      backfilledFrames: native.backfilledFrames ?? null,
      restarts: native.checkpointSeq,
    },
    index:
      native.index === undefined
        ? null
        : {
            blocks: native.index.blocks,
            entries: native.index.entries,
            capacity: indexCapacity,
            overflowed: native.index.isOverflowed,
          },
    problem: native.problem ?? null,
    processes: native.processes.map((process) => processStatus(native, process, at)),
    otherHolders: native.unknownHolders ?? null,
    deadProcesses: native.dead.map(deadProcess),
    readers: native.readers.map((reader) => readerStatus(reader, native.walFrames)),
    writerWaiting: native.isWriterWaiting,
    lastCheckpoint:
      native.lastCheckpoint === undefined ? null : checkpointStatus(native.lastCheckpoint),
    connection: null,
  }
}

/** Of a database in memory, which nobody else can have open. */
export function statusOfMemory(pageSize: number, pageCount: number): DatabaseStatus {
  return {
    path: '',
    at: Date.now(),
    mode: 'memory',
    changing: false,
    openHere: true,
    multiprocessSupport: { supported: false, reason: 'the database is in memory' },
    database: { bytes: pageSize * pageCount, pageSize, pageCount },
    wal: { bytes: 0, frames: 0, backfilledFrames: 0, restarts: 0 },
    index: null,
    problem: null,
    processes: [],
    otherHolders: 0,
    deadProcesses: [],
    readers: [],
    writerWaiting: false,
    lastCheckpoint: null,
    connection: null,
  }
}

function processStatus(native: NativeStatus, process: NativeProcess, at: number): ProcessStatus {
  const { record } = process
  const roles: ProcessStatus['roles'] = []
  if (process.isWriter) roles.push('writer')
  if (process.isCheckpointer) roles.push('checkpointer')
  if (process.slots.length > 0) roles.push('reader')
  // A private reader among several processes has no moment at which it opened the database for others.
  const openedAt = record === undefined || record.openedAt === 0 ? null : record.openedAt
  const startedAt = process.startedAt ?? null
  const since = openedAt ?? startedAt
  return {
    pid: process.pid ?? null,
    engine: process.isOurs ? 'chorusdb' : native.mode === 'multi-process' ? 'peer' : 'unknown',
    version: record?.version ?? null,
    self: process.isSelf,
    roles,
    slots: process.slots,
    readonly: record?.readonly ?? null,
    connections: record?.connections ?? null,
    openedAt,
    startedAt,
    ageMs: since === null ? null : Math.max(0, at - since),
    stopped: process.isStopped ?? null,
    ...activityOf(record),
  }
}

function activityOf(
  record: NativeRecord | undefined,
): Pick<ProcessStatus, 'statement' | 'transaction'> {
  const { statement, transaction } = record ?? {}
  return {
    statement: statement === undefined ? null : { text: statement.text, since: statement.since },
    transaction:
      transaction === undefined
        ? null
        : { kind: transaction.kind as OpenTransaction['kind'], since: transaction.since },
  }
}

function deadProcess(record: NativeRecord): DeadProcess {
  const { pid, version, openedAt } = record
  return { pid, version, openedAt, ...activityOf(record) }
}

function readerStatus(reader: NativeReader, frames: number): ReaderStatus {
  return {
    slot: reader.slot,
    pid: reader.pid === 0 ? null : reader.pid,
    engine: reader.isOurs ? 'chorusdb' : 'peer',
    frame: reader.frame,
    framesBehind: Math.max(0, frames - reader.frame),
    guard: reader.isGuard,
  }
}

function checkpointStatus(record: NativeCheckpoint): CheckpointStatus {
  const { limitedBy, limitingPid, limitingSlot, limitingFrame } = record
  const isReader = limitedBy === 'reader'
  return {
    mode: checkpointModes[record.mode] ?? 'PASSIVE',
    busy: record.busy,
    logFrames: record.logFrames,
    checkpointedFrames: record.copiedFrames,
    at: record.at,
    pid: record.pid,
    limitedBy:
      limitedBy === undefined
        ? null
        : {
            kind: limitedBy as 'reader' | 'writer' | 'checkpointer',
            pid: limitingPid === 0 ? null : limitingPid,
            slot: isReader ? limitingSlot : null,
            frame: isReader ? limitingFrame : null,
          },
  }
}
