/**
 * The studio's connections to the database, opened in the mode that is live, so that the application goes on beside it.
 *
 * Each has one task, because calls on a connection wait for each other: a count of millions of rows must not hold up the rows on the screen.
 */
import {
  Database,
  LocalConnection,
  status,
  type DatabaseStatus,
} from '../../../engine/src/index.ts'

/** How long an edit, or a statement of the user, waits for somebody else's lock. */
const patienceMs = 3000

export class Connections {
  readonly path: string
  readonly readonly: boolean
  readonly isShared: boolean
  /** Answers what is answered at once: the schema, versions. */
  readonly catalog: Database
  /** Rows of tables. */
  readonly rows: LocalConnection
  /** Counts. */
  readonly counts: LocalConnection
  /** Edits of cells and rows. */
  readonly edits: LocalConnection

  /** @throws SqliteError as `new Database` */
  constructor(path: string, readonly: boolean) {
    this.path = path
    this.readonly = readonly
    this.isShared = canBeShared(status(path))
    this.catalog = this.#open()
    this.rows = new LocalConnection(this.#open())
    this.counts = new LocalConnection(this.#open())
    this.edits = new LocalConnection(this.#open())
  }

  /** A further one, for the statements of one page: both of its faces. */
  openSession(): { database: Database; connection: LocalConnection } {
    const database = this.#open()
    return { database, connection: new LocalConnection(database) }
  }

  #open(): Database {
    return new Database(this.path, {
      experimental: this.isShared ? ['multiprocess_wal'] : [],
      readonly: this.readonly,
      fileMustExist: true,
      timeout: patienceMs,
      integers: 'bigint',
    })
  }

  /** @throws TypeError where a statement is under way */
  close(): void {
    for (const connection of [this.rows, this.counts, this.edits]) connection.close()
    this.catalog.close()
  }
}

/** Several processes unless the file cannot be shared, or somebody has it for himself: then he is told so when it is opened. */
function canBeShared({ mode, multiprocessSupport }: DatabaseStatus): boolean {
  return mode === 'multi-process' || (mode === 'closed' && multiprocessSupport.supported)
}
