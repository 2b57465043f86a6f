/** What comes to a connection and leaves it while it is open: databases (ATTACH, DETACH, the temporary one), functions and collations. */
import { sqlError, type SqliteError } from '../../base/error.ts'
import { needRoom } from '../../base/foreign-error.ts'
import type { Collation, TextEncoding } from '../../record/index.ts'
import type { AggregateFunction, ScalarFunction } from '../../runtime/index.ts'
import type { Module } from '../../schema/index.ts'
import { Pager } from '../../storage/index.ts'
import { openAttached } from './attach.ts'
import { isBusy, stillActive } from './failures.ts'
import { OpenDatabase } from './open-database.ts'
import type { Schemas } from './schemas.ts'
import type { ConnectionState } from './state.ts'

export class Members {
  readonly #state: ConnectionState
  readonly #schemas: Schemas

  constructor(state: ConnectionState, schemas: Schemas) {
    this.#state = state
    this.#schemas = schemas
  }

  // ── Databases ──

  /** PRAGMA encoding. What was compiled for another one is compiled anew. */
  chooseEncoding(encoding: TextEncoding): void {
    const { databases, context } = this.#state
    databases.chooseEncoding(encoding)
    context.catalog = databases.catalog
  }

  /** ATTACH: in the mode of the main database. A transaction that is open does not hinder it. */
  attach(file: string, name: string): void {
    const state = this.#state
    const { databases, context } = state
    state.checkOpen()
    databases.checkAttach(name)
    needRoom()
    this.#schemas.lookAt(context)
    const database = openAttached(file, name, state.options, context, (changed) =>
      this.#schemas.load(changed),
    )
    databases.attach(database)
    try {
      this.#schemas.lookAt(database)
    } catch (error) {
      databases.detach(name).pager.close()
      throw error
    }
    state.namesChanged()
  }

  /** DETACH. */
  detach(name: string): void {
    const state = this.#state
    state.checkOpen()
    needRoom()
    const { pager } = state.databases.detach(name)
    state.namesChanged()
    pager.close()
  }

  /** Opens the temporary database, which is in memory, if it is not open yet. */
  openTemporary(): OpenDatabase {
    const state = this.#state
    const known = state.databases.temporary
    if (known !== null) return known
    const reload = (changed: OpenDatabase): void => this.#schemas.load(changed)
    const { encoding } = state.context
    const pageSize = state.remembered.get('page_size')
    const database = new OpenDatabase(
      'temp',
      '',
      false,
      Pager.openMemory(pageSize === undefined ? {} : { pageSize }),
      reload,
      encoding,
      state.environment,
    )
    state.databases.setTemporary(database)
    this.#schemas.lookAt(database)
    state.namesChanged()
    return database
  }

  /** PRAGMA temp_store. What is in the temporary database goes with it. (`changeTempStorage` of pragma.c) */
  setTempStore(store: number): void {
    const state = this.#state
    if (store === state.context.tempStore) return
    const database = state.databases.temporary
    if (database !== null) {
      if (state.isExplicit || database.pager.state !== 'none') throw temporaryStorageInUse()
      needRoom()
      state.databases.setTemporary(null)
      state.namesChanged()
      database.pager.close()
    }
    state.context.tempStore = store
  }

  // ── Functions and collations ──

  /** Defines a function, over those that there are. Statements are compiled anew, for they may mean it. */
  define(definition: AggregateFunction | ScalarFunction): void {
    const state = this.#state
    this.#checkDefining()
    if (state.statementDepth > 0 && state.environment.replacesFunction(definition)) {
      throw stillActive('user-function')
    }
    state.environment.define(definition)
    state.namesChanged()
  }

  defineCollation(name: string, compare: Collation['compare']): void {
    const state = this.#state
    this.#checkDefining()
    const isKnown = state.environment.hasCollation(name)
    if (state.statementDepth > 0 && isKnown) throw stillActive('collation sequence')
    state.environment.defineCollation(name, compare)
    // Definitions in the schema may have waited for it.
    if (!isKnown) for (const database of state.databases.all) database.forgetAll()
    state.namesChanged()
  }

  /** Registers a module of virtual tables, in place of one of the same name. */
  defineModule(module: Module): void {
    const state = this.#state
    this.#checkDefining()
    state.environment.modules.define(module)
    state.namesChanged()
  }

  #checkDefining(): void {
    this.#state.checkOpen()
    if (this.#state.iterators > 0) throw isBusy()
  }
}

function temporaryStorageInUse(): SqliteError {
  return sqlError('temporary storage cannot be changed from within a transaction')
}
