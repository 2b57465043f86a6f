/**
 * The file of the log, followed by its name: told when somebody has written to it, woken by the system. Processes of another kind wake nobody otherwise.
 */
import { statSync, watch, type FSWatcher } from 'node:fs'
import { SqliteError } from '../../base/error.ts'

export class LogFile {
  readonly #path: string
  readonly #watcher: FSWatcher
  readonly #inode: bigint | null
  #isScheduled = false
  #isClosed = false

  /**
   * @param path of the log, or of the database where there is no log to be followed
   * @param written called from the event loop, once for several writes that follow each other closely
   * @param failed called with an error once the file is no longer at its name
   * @throws SQLITE_IOERR where the system cannot
   */
  constructor(path: string, written: () => void, failed: (error: SqliteError) => void) {
    this.#path = path
    try {
      this.#watcher = watch(path, { persistent: false })
    } catch (cause) {
      throw new SqliteError(`cannot watch '${path}'`, 'SQLITE_IOERR', { cause })
    }
    this.#inode = inodeOf(path)
    this.#watcher.on('error', (cause) => {
      failed(new SqliteError(`cannot watch '${path}'`, 'SQLITE_IOERR', { cause }))
    })
    this.#watcher.on('change', () => {
      if (this.#isScheduled) return
      this.#isScheduled = true
      setImmediate(() => {
        this.#isScheduled = false
        if (this.#isClosed) return
        if (inodeOf(this.#path) === this.#inode) return written()
        failed(new SqliteError(`'${path}' was deleted or replaced`, 'SQLITE_IOERR'))
      })
    })
  }

  ref(): void {
    this.#watcher.ref()
  }

  unref(): void {
    this.#watcher.unref()
  }

  close(): void {
    this.#isClosed = true
    this.#watcher.close()
  }
}

function inodeOf(path: string): bigint | null {
  return statSync(path, { throwIfNoEntry: false, bigint: true })?.ino ?? null
}
