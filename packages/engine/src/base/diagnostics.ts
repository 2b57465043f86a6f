/**
 * What the engine tells of its work, to whoever wants to know: channels of Node's `diagnostics_channel`. Nothing is made for a channel that nobody has
 * subscribed to. (Node.js API, *Diagnostics Channel*)
 *
 * A message is sent when what it tells of is over, in the same turn, on the thread that has done it. What a subscriber throws is an uncaught exception of
 * the process, as Node has it, and nothing to the statement. During a message of a wait or a checkpoint the connection takes no calls.
 */
import { channel, type Channel } from 'node:diagnostics_channel'

/** A message of `chorusdb:statement`: a statement has run, or has been given up. */
export interface StatementMessage {
  /** The file of the connection's main database; '' in memory. */
  readonly database: string
  /** The statement, as it was written, without its values. */
  readonly sql: string
  /** When it began, in ms since 1970-01-01. */
  readonly startTime: number
  /** From its beginning to its end, in ms: of an iterator with the time of whoever asks for its rows, of a commit that another thread syncs without that. */
  readonly duration: number
  /** Rows that it has delivered. */
  readonly rows: number
  /** Rows that it has inserted, updated and deleted, those of triggers and of actions of foreign keys included (`sqlite3_total_changes`). */
  readonly changes: number
  /** What it has failed with. */
  readonly error: unknown
}

/** A message of `chorusdb:wait`: another connection, of this or another process, has been waited for. */
export interface WaitMessage {
  /** The database file. */
  readonly database: string
  /** What for: the lock of the writer, or a snapshot to read. */
  readonly lock: 'write' | 'read'
  /** When it began, in ms since 1970-01-01. */
  readonly startTime: number
  /** In ms. */
  readonly duration: number
  /** Whether it came; false: the time was up, or what waited was given up. */
  readonly acquired: boolean
}

/** A message of `chorusdb:checkpoint`: pages have been copied from the log back into the database file, or that has failed. */
export interface CheckpointMessage {
  /** The database file. */
  readonly database: string
  /** How far it goes. (`PRAGMA wal_checkpoint`) */
  readonly mode: 'passive' | 'full' | 'restart' | 'truncate'
  /** Why: a commit had made the log long enough, somebody has asked for it, or the last connection has closed. */
  readonly cause: 'commit' | 'request' | 'close'
  /** When it began, in ms since 1970-01-01. */
  readonly startTime: number
  /** In ms. */
  readonly duration: number
  /** As `PRAGMA wal_checkpoint` answers: it could not do all that its mode asks for. */
  readonly busy: boolean
  /** Frames in the log; -1: that could not be looked up. */
  readonly logFrames: number
  /** How many of them are in the database file now; -1 likewise. */
  readonly checkpointedFrames: number
  /** What it has failed with. */
  readonly error: unknown
}

/** Their names are those of the channels. */
export interface DiagnosticsMessages {
  /** A statement has run, has failed, or has been given up. */
  'chorusdb:statement': StatementMessage
  /** Somebody else has been waited for. */
  'chorusdb:wait': WaitMessage
  /** Pages have been copied from the log into the database file. */
  'chorusdb:checkpoint': CheckpointMessage
}

/** A database that something is told of. */
export interface ToldDatabase {
  /** Its file; '' in memory. */
  readonly path: string
  /** Runs what tells it. Its connection is in the middle of something: until that is over it takes no calls. */
  readonly announce: (tell: () => void) => void
}

/** A channel whose messages are known. */
class Told<Name extends keyof DiagnosticsMessages> {
  readonly #channel: Channel

  constructor(name: Name) {
    this.#channel = channel(name)
  }

  get isHeard(): boolean {
    return this.#channel.hasSubscribers
  }

  tell(message: DiagnosticsMessages[Name]): void {
    this.#channel.publish(message)
  }

  /** @param rest the message without its database */
  tellOf(database: ToldDatabase, rest: Omit<DiagnosticsMessages[Name], 'database'>): void {
    const message = { database: database.path, ...rest } as DiagnosticsMessages[Name]
    database.announce(() => this.tell(message))
  }
}

export const statementsTold: Told<'chorusdb:statement'> = new Told('chorusdb:statement')
export const waitsTold: Told<'chorusdb:wait'> = new Told('chorusdb:wait')
export const checkpointsTold: Told<'chorusdb:checkpoint'> = new Told('chorusdb:checkpoint')

/** Since when something is at work, and for how long. */
export class Stopwatch {
  /** In ms since 1970-01-01. */
  readonly startTime: number = Date.now()
  readonly #start = process.hrtime()

  /** In ms. */
  get duration(): number {
    const [seconds, nanoseconds] = process.hrtime(this.#start)
    return seconds * 1e3 + nanoseconds / 1e6
  }
}
