/**
 * Who may read, write and checkpoint: the one question that several connections must agree on.
 *
 * `Coordination` is one connection's view of the shared state of a database: the snapshot (how far the
 * log is committed, how far it is copied back), the index from pages to frames, the reader slots,
 * and the locks of the writer and the checkpointer. It moves no page; storage does, and says here
 * what has become true.
 *
 * Two implementations: `shared.ts` over the Rust core (several processes over `<db>-tshm`, or one process
 * and its threads over ordinary memory), and `in-process.ts`, in TypeScript, for simulated files.
 *
 * What reserves the writer's lock waits, where the queue of writers is known, and what publishes together waits for the disk; all else answers
 * at once, and storage decides how often to ask again (`busy.ts`).
 */
import type { Activity } from './activity.ts'

/** Where each field of a snapshot stands in `Snapshot.fields`. */
export const snapshotField = {
  maxFrame: 0,
  backfilledFrames: 1,
  transactionCount: 2,
  visibilityGeneration: 3,
  checkpointSeq: 4,
  checkpointEpoch: 5,
  pageSize: 6,
  salt1: 7,
  salt2: 8,
  checksum1: 9,
  checksum2: 10,
  frameIndexLength: 11,
  overflowed: 12,
  proofValid: 13,
  hasGaps: 14,
  pageCount: 15,
  undone: 16,
} as const
export const snapshotFieldCount = 17

/** The shared state as a transaction sees it. One object for each connection, filled anew by each call. */
export class Snapshot {
  readonly fields: Float64Array = new Float64Array(snapshotFieldCount)

  /** Last committed frame of this generation of the log; 0 when it is empty. */
  get maxFrame(): number {
    return this.fields[0]!
  }
  /** Frames 1 to this are in the database file, durably. */
  get backfilledFrames(): number {
    return this.fields[1]!
  }
  get transactionCount(): number {
    return this.fields[2]!
  }
  /** Counts commits, also across restarts of the log. */
  get visibilityGeneration(): number {
    return this.fields[3]!
  }
  /** Counts restarts of the log: with the salts, the name of a generation. */
  get checkpointSeq(): number {
    return this.fields[4]!
  }
  /** 0 until the log of this database has had a header. */
  get pageSize(): number {
    return this.fields[6]!
  }
  get salt1(): number {
    return this.fields[7]!
  }
  get salt2(): number {
    return this.fields[8]!
  }
  /** Checksum of frame `maxFrame`, or of the log's header. */
  get checksum1(): number {
    return this.fields[9]!
  }
  get checksum2(): number {
    return this.fields[10]!
  }
  /** The frame index does not cover this generation. */
  get overflowed(): boolean {
    return this.fields[12] !== 0
  }
  /** The statement that the backfilled frames are in the database file is whole. */
  get proofValid(): boolean {
    return this.fields[13] !== 0
  }
  /** Frames must be supplied before the frame index is complete. */
  get hasGaps(): boolean {
    return this.fields[14] !== 0
  }
  /** Pages in the database after the last commit, where the coordination knows; else 0. */
  get pageCount(): number {
    return this.fields[15]!
  }
  /** How often commits that this process knew of were found undone by a peer. A cache of another number is void. */
  get undone(): number {
    return this.fields[16]!
  }
}

/** What `beginRead` answers. `same`: the fields of the snapshot are what they were before the call. */
export const readStart = { same: 0, changed: 1, busy: 2 } as const
/** What `beginWrite` answers. `leftover`: granted, and frames may stand in the log behind `maxFrame`. */
export const writeStart = { ok: 0, busy: 1, stale: 2, leftover: 3 } as const
/** Checkpoint modes by SQLite's numbers. */
export const checkpointModes = { passive: 0, full: 1, restart: 2, truncate: 3 } as const
export type CheckpointMode = keyof typeof checkpointModes

/** Checksums of log frames, where native code offers them. */
export interface FrameCodec {
  /** Continues the chain in `chain` (in: previous pair, out: new pair) over `data`, a multiple of 8 bytes. */
  walChecksum(data: Uint8Array, bigEndianWords: boolean, chain: Uint32Array): void
  /**
   * Fills `headers` with the 24-byte header of each frame, continuing `chain`. The last frame commits
   * when `pageCount` is not 0.
   */
  encodeFrameHeaders(
    headers: Uint8Array,
    pgnos: Uint32Array,
    pages: Uint8Array[],
    pageCount: number,
    salt1: number,
    salt2: number,
    bigEndianWords: boolean,
    chain: Uint32Array,
  ): void
}

/**
 * Frames in one call each, where the coordination itself reads and writes the log. Storage can do the same with single calls,
 * and does for large transactions; for small ones the calls would be most of the cost.
 */
export interface FrameStore {
  /** Pages of a commit stand here in order, when `commit` is called. */
  readonly pgnos: Uint32Array
  /** The array through which frames pass, header first, one after the other. */
  setRoom(room: Uint8Array): void
  /** Reads the frame that holds the page. One of `frameRead`. */
  read(pgno: number): number
  /**
   * Appends the pages that stand in the room, each behind the space for its header, syncs them, alone or together with those of others,
   * and publishes them.
   * @returns whether the proof of what is backfilled should be renewed. Otherwise the transaction is over, and its `endWrite` and
   *   `endRead` have nothing left to do
   */
  commit(count: number, pageCount: number, bigEndianWords: boolean, isSynced: boolean): boolean
  /**
   * As `commit` of what is to be synced, in two parts: up to the sync, which another thread does meanwhile. The promise is kept when that has
   * ended, however; `finish` waits for it where it has not, and does the rest. Until then nothing is done with the transaction.
   */
  begin(count: number, pageCount: number, bigEndianWords: boolean): Promise<void>
  /** The same where the frames of these pages, the last of which commits, are in the log already. */
  beginWritten(pgnos: Uint32Array, checksum1: number, checksum2: number): Promise<void>
  /** Answers as `commit`. @throws what the sync has failed with, and what publishing fails with */
  finish(): boolean
  /** How far the last `commit` or `begin` came. One of `commitStage`. */
  readonly stage: number
}

/** What `FrameStore.read` answers. `doubtful`: not what it should be, or the transaction is lost. */
export const frameRead = { inDatabase: 0, found: 1, doubtful: 2 } as const
/** Nothing is written; written, perhaps in part; whether it counts is no longer for its author to decide. */
export const commitStage = { begun: 0, written: 1, publishing: 2 } as const

export interface Coordination {
  readonly snapshot: Snapshot
  /** Other processes may have the database open. */
  readonly multiprocess: boolean
  /** Nobody had it open: everybody who opens now waits until `finishOpen`. The log must be recovered. */
  readonly isFirst: boolean
  /** False: a reader that nobody knows of, because there is nothing to register in. */
  readonly coordinated: boolean
  readonly codec: FrameCodec | null
  readonly frames: FrameStore | null
  /** Asked for, or all that the file permits. */
  readonly readonly: boolean

  /**
   * Descriptor of the log for one who only reads, whose log may come, or become another, after the opening;
   * -1: there is none.
   */
  lookForLog(): number
  /** Keeps SQLite out of the database file while its format changes; false: it is at work there. */
  lockOutSqlite(): boolean
  letInSqlite(): void
  /** Where others can see what this connection runs; null where nobody can. */
  readonly activity: Activity | null

  readSnapshot(): void
  /** Whether the first 100 bytes of the database file are those that the backfill proof speaks of. */
  dbHeaderMatchesProof(header: Uint8Array): boolean
  /** Opening alone: states what recovery found. `pgnos[i]` is the page of frame `i + 1`. */
  install(fields: Float64Array, pgnos: Uint32Array): void
  /** Makes `commitCount` commits visible whose author died before it could, ending with the last of `pgnos`. */
  rollForward(pgnos: Uint32Array, commitCount: number, checksum1: number, checksum2: number): void
  finishOpen(): void
  abortOpen(): void

  /**
   * One of `readStart`; `snapshot` shows the pinned state. What a page cache holds is for its owner to compare with that: a
   * checkpoint, a restart of the log or a call that failed may have moved the snapshot before.
   */
  beginRead(): number
  endRead(): void
  /** False: the log restarted or shrank under this transaction, and what was read may be of another state. */
  isPinIntact(): boolean
  /** The same, and certain of it, at the cost of a look into the log: for one who has read what cannot be. */
  isPinProven(): boolean
  /** The frame that holds the page in this transaction's snapshot; 0: the database file does. */
  findFrame(pgno: number): number
  /** Pages in the frames after `maxFrame`, of this generation, some perhaps repeatedly; null when that cannot be known. */
  changedSince(maxFrame: number): Uint32Array | null
  /** `[from, to]`: frames whose pages must be supplied before `findFrame` is complete; usually empty. */
  missingFrames(): Uint32Array
  supplyFrames(from: number, pgnos: Uint32Array): void

  /**
   * How long a call may wait for others that is not told itself: a commit, for a sync that another process has taken on, and
   * `beginWrite`, for a lock that no transaction holds.
   */
  setBusyTimeout(timeoutMs: number): void
  /**
   * Inside a read transaction. One of `writeStart`; busy while another transaction has the lock. The log's upkeep (it is cut, or
   * repaired, or a checkpoint is at work) is waited for.
   */
  beginWrite(): number
  /**
   * Also gives back a reservation that was not used. Throws when the transaction was built on commits of others that
   * could not be made durable; it is ended all the same.
   */
  endWrite(): void
  /**
   * Outside any transaction: reserves the writer's lock for the `beginWrite` that follows, waiting asleep in the queue of
   * writers if it must. False: the time was up.
   * @param joins a single statement whose commit is synced. It may see, and build on, commits that are still being
   *   synced, for nobody hears of its outcome before they are.
   */
  reserveWriter(timeoutMs: number, joins: boolean): boolean
  /**
   * The same for a transaction that is about to begin. May do already what `beginRead`, `changedSince(seenFrame)` and `beginWrite`
   * are going to ask for.
   */
  reserveTransaction(timeoutMs: number, joins: boolean, seenFrame: number): boolean
  /** Before the first append to a new generation: whether the log may keep its length. */
  keepsLogLength(): boolean
  /** Before the first append: starts a new generation if everything is backfilled and nobody reads. */
  tryRestart(): boolean
  /**
   * Before each write to a file that other processes have open: throws when somebody who takes no part in the
   * coordination has taken it, so that writing would destroy what he writes.
   */
  checkUndisturbed(): void
  /** The same for what would destroy what is there, such as cutting a file: nobody can come before `letGo`. Not nested. */
  holdOff(): void
  letGo(): void
  /** A sync of the log failed: the disk may lack any of its frames, whatever a later sync says. */
  noteSyncFailed(): void
  readonly hasFailedSync: boolean
  /** The log has been written once more, and synced. */
  noteMended(): void
  /** A commit of this connection is meant to outlast more than its process. */
  noteDurability(): void
  /** Somebody counts on what is copied back being durable before it is announced. */
  readonly reliesOnSyncs: boolean
  publishHeader(
    pageSize: number,
    salt1: number,
    salt2: number,
    checksum1: number,
    checksum2: number,
  ): void
  /**
   * Frames `maxFrame + 1` onward are committed; visible to everybody from here on.
   * @returns whether the proof of what is backfilled should be renewed
   */
  publishCommit(pgnos: Uint32Array, checksum1: number, checksum2: number): boolean
  /** Whether a commit of so many frames that is to be synced shares its sync with others: `publishTogether` then does both. */
  sharesSync(frames: number): boolean
  /**
   * Makes frames `maxFrame + 1` onward durable, then visible to everybody. Gives the writer's lock back at once.
   * @throws SQLITE_IOERR_FSYNC, also when the busy timeout has passed and the process that has taken the sync on does not go
   *   on: then nobody knows yet whether the commit counts
   */
  publishTogether(pgnos: Uint32Array, checksum1: number, checksum2: number): void
  installProof(dbHeader: Uint8Array): void

  /**
   * Outside any transaction; false: busy. Fills `snapshot`. All modes but the passive one also take the writer's lock, or
   * use one that was reserved; where the answer is false, such a reservation stays.
   */
  beginCheckpoint(mode: number): boolean
  /** Frames up to this one may be copied into the database file. */
  checkpointLimit(): number
  /** What to copy, `pgno, frame, pgno, frame …` by ascending page: the pages whose last frame in the log is among `from..to`. */
  latestFrames(from: number, to: number): Uint32Array
  /** The first `frames` frames are in the database file, durably. */
  publishBackfill(frames: number, dbHeader: Uint8Array): void
  /**
   * New generation, all of the old one being backfilled; false: somebody reads. For `drainMs` new readers may be
   * held up, asleep, while those at work end theirs.
   */
  restartWal(drainMs?: number): boolean
  endCheckpoint(): void

  /** Ends whatever is open, from whatever state: a checkpoint, writing, a reservation, a read transaction. */
  abandon(): void

  /**
   * Asks for the lock that a hash of 61 bits stands for, apart from all transactions. `answer` is called once it is held, with null, or with what
   * the system says.
   * @returns what gives it back, or gives up waiting; to be called once
   */
  lockNamed(high: number, low: number, answer: (error: string | null) => void): () => void

  /** True: the last connection anywhere; others wait until `close`. */
  beginClose(): boolean
  close(): void
}
