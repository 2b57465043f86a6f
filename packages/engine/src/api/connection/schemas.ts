/** The schemas of a connection's databases: looked at before anything is compiled, and read anew when their cookies have moved. */
import { highestLimits, maxSnapshotRetries, within } from '../../base/limits.ts'
import { loadSchema } from '../../schema/index.ts'
import type { Pager } from '../../storage/index.ts'
import { isLostSnapshot } from './failures.ts'
import type { OpenDatabase } from './open-database.ts'
import type { ConnectionState } from './state.ts'

/** What the file says of its cache holds until the connection says something else. (PRAGMA default_cache_size; `sqlite3InitOne`) */
function adoptCacheSize(pager: Pager): void {
  const pages = Math.abs(pager.header.defaultCacheSize)
  if (pages !== 0 && pager.cacheSize === pager.ownCacheSize) pager.setCacheSize(pages)
}

export class Schemas {
  readonly #state: ConnectionState

  constructor(state: ConnectionState) {
    this.#state = state
  }

  /** Runs `body` with all schemas up to date. It begins no transaction: what is compiled inside BEGIN pins no snapshot. */
  with<Result>(body: () => Result): Result {
    const state = this.#state
    state.checkOpen()
    return state.answering(() => {
      for (const database of state.databases.all) this.lookAt(database)
      return body()
    })
  }

  /** A database that takes no part in the transaction yet is not drawn into it. */
  lookAt(database: OpenDatabase, tries = 0): void {
    const { pager } = database
    const isIdle = pager.state === 'none'
    if (isIdle) pager.beginRead()
    try {
      if (pager.schemaCookie !== database.schema.cookie) this.load(database)
    } catch (error) {
      if (!isIdle || !isLostSnapshot(error) || tries >= maxSnapshotRetries) throw error
      pager.rollback()
      this.lookAt(database, tries + 1)
    } finally {
      if (isIdle && pager.state === 'read') pager.endRead()
    }
  }

  /**
   * Where a rollback took back a change of a schema, names may mean something else again, also in statements that touch
   * other databases.
   */
  readUnread(): void {
    for (const database of this.#state.databases.all) {
      if (!database.isSchemaRead) this.lookAt(database)
    }
  }

  /** Reads a schema anew, in the open transaction. */
  load(database: OpenDatabase): void {
    const { databases, context, environment } = this.#state
    const { name, pager } = database
    databases.agreeOnEncoding(database)
    adoptCacheSize(pager)
    const { writableSchema } = environment.settings
    // What is there has been made under other limits, perhaps.
    database.schema = within(highestLimits, () =>
      loadSchema(pager, pager.schemaCookie, database.encoding, name, environment, writableSchema),
    )
    database.forgetTrees()
    context.catalog = databases.catalog
  }
}
