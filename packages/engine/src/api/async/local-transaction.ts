/** A transaction in the shape of the Rust SDKs: what is not committed when its handle is disposed of, or lost, is rolled back. */
import { promisesToUsers } from '../connection/interruption.ts'
import type { ConnectionCalls, Parameters } from './connection-calls.ts'
import { LocalStatement } from './local-statement.ts'
import type { Rows } from './rows.ts'

/** The transaction of a connection, as long as it is open. */
export interface TransactionSlot {
  readonly calls: ConnectionCalls
  isOpen: boolean
  /** The connection takes calls again. */
  end(): void
}

/** Handles that the application has lost. */
const lost = new FinalizationRegistry<TransactionSlot>((slot) => {
  if (!slot.isOpen) return
  process.emitWarning(
    'A transaction was dropped without commit() or rollback(). It is rolled back',
    {
      type: 'ChorusDBWarning',
      code: 'CHORUSDB_FORGOTTEN_TRANSACTION',
    },
  )
  finish(slot, 'ROLLBACK').catch(() => slot.calls.rollback())
})

/** An open transaction. It has its connection for itself, which takes calls again when it has ended. */
export class LocalTransaction {
  readonly #slot: TransactionSlot

  /** Use `LocalConnection.transaction`. @internal */
  constructor(slot: object) {
    this.#slot = slot as TransactionSlot
    lost.register(this, this.#slot)
  }

  #calls(): ConnectionCalls {
    const { isOpen, calls } = this.#slot
    if (!isOpen) throw new TypeError('The transaction has already completed')
    return calls
  }

  /** Whether it takes calls. */
  get open(): boolean {
    return this.#slot.isOpen
  }

  /** As `LocalConnection.execute`. */
  async execute(sql: string, params: Parameters = []): Promise<number> {
    return this.#calls().execute(sql, params)
  }

  /** As `LocalConnection.executeBatch`. */
  async executeBatch(sql: string): Promise<void> {
    return this.#calls().executeBatch(sql)
  }

  /** As `LocalConnection.query`. */
  async query(sql: string, params: Parameters = []): Promise<Rows> {
    return this.#calls().query(sql, params)
  }

  /** As `LocalConnection.prepare`. */
  async prepare(sql: string): Promise<LocalStatement> {
    const { prepared } = await this.#calls().describe(sql)
    return new LocalStatement(this, sql, prepared.hasRows ? prepared.columns() : [])
  }

  /** Makes what it has done stand. Rejects with a SqliteError; on `SQLITE_BUSY`, and where foreign keys are violated, it stays open. */
  async commit(): Promise<void> {
    this.#calls()
    await finish(this.#slot, 'COMMIT')
  }

  /** Takes everything back. */
  async rollback(): Promise<void> {
    this.#calls()
    await finish(this.#slot, 'ROLLBACK')
  }

  /** `await using transaction = await connection.transaction()`: what is not committed is rolled back. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#slot.isOpen) await this.rollback()
  }
}

/** What an error has ended has ended. */
async function finish(slot: TransactionSlot, how: 'COMMIT' | 'ROLLBACK'): Promise<void> {
  const { calls } = slot
  try {
    await calls.execute(how)
  } finally {
    if (slot.isOpen && calls.isAutocommit()) {
      slot.isOpen = false
      slot.end()
    }
  }
}

promisesToUsers(LocalTransaction.prototype, [
  'execute',
  'executeBatch',
  'query',
  'prepare',
  'commit',
  'rollback',
])
