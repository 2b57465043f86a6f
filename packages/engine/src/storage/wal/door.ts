/**
 * The one door to the files of a database: the log and the database file under it.
 *
 * Reading is free: `database` and `log` are views that only read. Whoever writes, cuts or syncs comes through here, and here it is asked
 * first whether this connection may: somebody who takes no part in the coordination may have taken the database for himself, and to write
 * then would destroy what he writes (`crates/tshm/src/shared/gate.rs`, which is the same door for what the core writes).
 *
 * What destroys (cutting a file, a new header of the log) also keeps such programs out for as long as it takes. Frames and copied pages
 * only ask: a commit asks once more before it is published.
 *
 * A failed sync of the log is told to everybody: it may have dropped frames of any of them, and the next sync would report success.
 */
import { readonlyDatabase } from '../../base/error.ts'
import { isForeign } from '../../base/foreign-error.ts'
import type { Coordination } from '../../coordination/index.ts'
import type { File } from '../file/file.ts'

/** A file that is only read. */
export type FileView = Pick<File, 'read' | 'size'>

export class Door {
  readonly #database: File
  #log: File | null
  readonly #coordination: Coordination

  constructor(database: File, log: File | null, coordination: Coordination) {
    this.#database = database
    this.#log = log
    this.#coordination = coordination
  }

  get database(): FileView {
    return this.#database
  }

  /** Null: there is none, and who only reads does not make one. */
  get log(): FileView | null {
    return this.#log
  }

  /** There is another log from here on, or one at last. */
  follow(log: File): void {
    this.#log = log
  }

  // ── The log ──────────────────────────────────────────────────────────────────────────────────────

  /** Frames, behind the end of the log. */
  writeFrames(buffers: readonly Uint8Array[], position: number): void {
    const log = this.#writableLog()
    this.#coordination.checkUndisturbed()
    log.write(buffers, position)
  }

  /** A new generation begins here. */
  writeLogHeader(bytes: Uint8Array): void {
    const log = this.#writableLog()
    this.#keepingOut(() => log.write([bytes], 0))
  }

  cutLog(size: number): void {
    const log = this.#writableLog()
    this.#keepingOut(() => log.truncate(size))
  }

  syncLog(): void {
    const log = this.#writableLog()
    this.#coordination.checkUndisturbed()
    try {
      log.sync(true)
    } catch (error) {
      if (!isForeign(error)) this.#coordination.noteSyncFailed()
      throw error
    }
  }

  // ── The database file ────────────────────────────────────────────────────────────────────────────

  writeDatabase(buffers: readonly Uint8Array[], position: number): void {
    this.#coordination.checkUndisturbed()
    this.#database.write(buffers, position)
  }

  cutDatabase(size: number): void {
    this.#keepingOut(() => this.#database.truncate(size))
  }

  syncDatabase(): void {
    this.#coordination.checkUndisturbed()
    this.#database.sync(false)
  }

  /** Closes the files that are not the coordination's own. */
  close(): void {
    this.#database.close()
    this.#log?.close()
  }

  #writableLog(): File {
    if (this.#log === null) throw readonlyDatabase()
    return this.#log
  }

  #keepingOut(write: () => void): void {
    this.#coordination.holdOff()
    try {
      write()
    } finally {
      this.#coordination.letGo()
    }
  }
}
