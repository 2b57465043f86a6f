/** One connection of a pool. Whoever has taken it from its line is alone with it. */
import type { Connection } from '../../connection/connection.ts'
import { openCore, type DatabaseCore } from '../../sync/core.ts'
import type { OpenOptions } from '../../open/options.ts'
import { Patience } from '../patience.ts'
import type { Cancellation } from './cancellation.ts'

export class Lane {
  readonly core: DatabaseCore
  readonly connection: Connection
  readonly patience: Patience
  /** How much of what all connections have in common it knows (`Settings`). */
  heard = 0

  constructor(request: OpenOptions) {
    this.core = openCore(request)
    this.connection = this.core.connection
    // Rows may be changed while others are read, as in SQLite: there is no second connection that could do it.
    this.connection.unsafe = true
    this.patience = new Patience(this.connection, true)
  }

  /** Begins something: at once, or when no lock is in its way any more. `ask` may be called several times. */
  begin<Result>(cancellation: Cancellation, ask: () => Result): Result | Promise<Result> {
    return this.patience.begin(() => {
      cancellation.check()
      return ask()
    })
  }

  close(): void {
    this.core.close()
  }
}
