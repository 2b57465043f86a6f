/**
 * The statements that run and may fail after they have changed something (`plan/may-fail-later.ts`), one inside the other: an outer one waits while a
 * function of the user's that it has called runs another. Each has a scope, in which everything that it changes can be taken back as one.
 *
 * A scope is over with its statement, or with the transaction, which may end in the middle of it: then nothing is left of any scope.
 */
import type { KeyViolations } from '../../runtime/index.ts'
import type { OpenDatabase } from './open-database.ts'

/** What a statement has to go back to. */
interface StatementScope {
  /** The databases in which it may change something. */
  databases: readonly OpenDatabase[]
  /** A mark in each of them; what follows is of an earlier statement. */
  readonly marks: number[]
  /** Violations of foreign keys when it began. */
  deferred: number
  postponed: number
}

export class StatementScopes {
  /** The open ones first; those behind them have been used, and are used again. */
  readonly #scopes: StatementScope[] = []
  #depth = 0
  readonly #violations: KeyViolations

  constructor(violations: KeyViolations) {
    this.#violations = violations
  }

  /** How many are open. */
  get depth(): number {
    return this.#depth
  }

  /** A statement begins that may change these databases. */
  begin(databases: readonly OpenDatabase[]): void {
    const { deferred, postponed } = this.#violations
    const scope = (this.#scopes[this.#depth++] ??= { databases, marks: [], deferred, postponed })
    scope.databases = databases
    scope.deferred = deferred
    scope.postponed = postponed
    for (let i = 0; i < databases.length; i++) scope.marks[i] = databases[i]!.pager.savepoint()
  }

  /** What the youngest has changed stays. */
  end(): void {
    const scope = this.#close()
    if (scope === null) return
    const { databases, marks } = scope
    for (let i = databases.length - 1; i >= 0; i--) databases[i]!.pager.release(marks[i]!)
  }

  /** What the youngest has changed is taken back. */
  rollback(): void {
    const scope = this.#close()
    if (scope === null) return
    const { databases, marks, deferred, postponed } = scope
    this.#violations.deferred = deferred
    this.#violations.postponed = postponed
    for (let i = databases.length - 1; i >= 0; i--) {
      const { pager } = databases[i]!
      pager.rollbackTo(marks[i]!)
      pager.release(marks[i]!)
    }
  }

  /** null: a function of the user's has ended the transaction, and the scopes with it. */
  #close(): StatementScope | null {
    return this.#depth === 0 ? null : this.#scopes[--this.#depth]!
  }

  /** The transaction has ended: no mark is one any more. */
  forget(): void {
    this.#depth = 0
  }
}
