/** The databases that the shell has open: five places, of which one is active (`.connection`). A file is opened when it is first needed. */
import type { Database } from '../../engine/src/index.ts'
import { openDatabase, type OpenRequest } from './open.ts'

/** Places for connections. */
export const connectionCount = 5

interface Place {
  request: OpenRequest | null
  database: Database | null
}

export class Connections {
  readonly #places: Place[] = Array.from({ length: connectionCount }, () => ({
    request: null,
    database: null,
  }))
  #active = 0
  /** How a database is opened where nothing more is said. */
  readonly #plain: Omit<OpenRequest, 'path'>
  /** Called for each database that was opened. */
  readonly #opened: (database: Database) => void

  constructor(request: OpenRequest, opened: (database: Database) => void) {
    this.#places[0]!.request = request
    this.#plain = { ...request, readonly: false, noFollow: false, bytes: null }
    this.#opened = opened
  }

  get active(): number {
    return this.#active
  }

  get #place(): Place {
    return this.#places[this.#active]!
  }

  /** The active database; what was asked for is opened first. @throws SqliteError */
  database(): Database {
    const place = this.#place
    if (place.database === null) {
      place.database = openDatabase(place.request ?? { ...this.#plain, path: '' })
      this.#opened(place.database)
    }
    return place.database
  }

  get isOpen(): boolean {
    return this.#place.database !== null
  }

  /** The name by which the active database is, or will be, opened; null: none was given. */
  get path(): string | null {
    return this.#place.request?.path ?? null
  }

  /** Closes the active database; the next one is opened as `request` says. Null: in memory. */
  replace(request: Partial<OpenRequest> | null): void {
    const place = this.#place
    place.database?.close()
    place.database = null
    place.request = request === null ? null : { ...this.#plain, path: '', ...request }
  }

  /** Takes the place of the active database, which is closed. */
  put(database: Database): void {
    this.#place.database?.close()
    this.#place.database = database
    this.#opened(database)
  }

  /** Makes another place the active one. */
  activate(index: number): void {
    this.#active = index
  }

  /** What is in a place, in sqlite3's words. */
  describe(index: number): string | null {
    const { request, database } = this.#places[index]!
    if (database === null && index !== this.#active) return null
    if (request === null) return '(memory)'
    return request.path === '' ? '(temporary-file)' : request.path
  }

  close(index: number): void {
    const place = this.#places[index]!
    place.database?.close()
    place.database = null
    place.request = null
  }

  closeAll(): void {
    for (const place of this.#places) {
      place.database?.close()
      place.database = null
    }
  }
}
