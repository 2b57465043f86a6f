/**
 * What the parts of a statement that writes share: its table and indexes as objects of the program, how it begins and ends, and how
 * it fails.
 *
 * Everything that can fail comes before the first change of a row: so a statement of one row needs no savepoint, unless it replaces
 * rows and their index entries depend on expressions that may fail. Should it be stopped by something else after its first change
 * (a damaged index, a stack that is exhausted), the transaction is taken back. A statement that calls functions of the user's always
 * has a savepoint.
 */
import { tableLocked } from '../../../base/error.ts'
import { firesAny } from '../../../plan/index.ts'
import type {
  BoundDelete,
  BoundInsert,
  BoundUpdate,
  ConflictAction,
  IndexTarget,
  RowTriggers,
  WriteTarget,
} from '../../../plan/index.ts'
import { failingAs, IndexWriter, KeyedRowWriter, RowWriter } from '../../../runtime/index.ts'
import { storedColumns } from '../../../schema/index.ts'
import { integerText } from '../../emit/quote.ts'
import type { Generation } from '../../source/generation.ts'
import type { ReturnedRows } from '../returning.ts'
import { emitScope } from '../statement-scope.ts'
import type { RowIdentity } from './identity.ts'
import type { RowCode } from './image.ts'
import { withOldRow } from './old-row.ts'

/** What follows when a row has been changed, before AFTER triggers fire. */
export interface Following {
  act(old: RowCode, now: RowCode | null): void
}

/** Emits everything that concerns the table that a statement writes. */
export class WriteEmitter {
  readonly generation: Generation
  readonly target: WriteTarget
  /** RETURNING: told of each row that has been inserted, updated or deleted; rows that others replace are not among them. */
  readonly returned: ReturnedRows | null
  /** The variable with the `RowWriter`, or the `KeyedRowWriter` of a WITHOUT ROWID table. */
  readonly rows: string
  readonly #indexes = new Map<IndexTarget, string>()
  /** It starts programs of triggers, which may change the table. */
  readonly fires: boolean
  /** A variable that counts changed rows. */
  readonly changes: string
  /** Holds how the statement ends if it fails now. */
  readonly failure: string
  /**
   * Variables of columns where NOT NULL may put a default, each with the variable of that default as it is written; null: nobody asks for it.
   */
  takenDefaults: Map<string, string> | null = null
  /** Nobody looks at the rows before all are stored. */
  adds = false
  /** Without a savepoint: the variable that says that something has been changed. */
  #touched: string | null = null

  constructor(
    generation: Generation,
    statement: BoundInsert | BoundUpdate | BoundDelete,
    returned: ReturnedRows | null,
  ) {
    const { target } = statement
    this.generation = generation
    this.fires = firesAny(statement)
    this.target = target
    this.returned = returned
    const { emitter } = generation
    const { table } = target
    this.rows = emitter.fresh('rows')
    const database = generation.database(table.database)
    if (target.primary === null) {
      const use = emitter.use('RowWriter', RowWriter)
      const args = `${database}, ${integerText(table.root)}, ${storedColumns(table).length}`
      emitter.link(`const ${this.rows} = new ${use}(${args})`)
    } else {
      const use = emitter.use('KeyedRowWriter', KeyedRowWriter)
      emitter.link(`const ${this.rows} = new ${use}(${database}, ${emitter.slot(table)})`)
    }
    emitter.atStart(`${this.rows}.start()`)
    for (const index of target.indexes) this.#addIndex(index)
    this.changes = emitter.fresh('changes')
    this.failure = emitter.fresh('failure')
    emitter.atStart(`let ${this.changes} = 0`)
    if (!generation.isInProgram) emitter.atStart(`let ${this.failure} = 'ABORT'`)
  }

  #addIndex(index: IndexTarget): void {
    const { emitter } = this.generation
    const { table } = this.target
    const name = emitter.fresh('index')
    const writer = emitter.use('IndexWriter', IndexWriter)
    const database = this.generation.database(table.database)
    const args = `${database}, ${emitter.slot(index.index)}, ${emitter.slot(table)}`
    emitter.link(`const ${name} = new ${writer}(${args})`)
    emitter.atStart(`${name}.start()`)
    this.#indexes.set(index, name)
  }

  /** The variable with the `IndexWriter`. */
  indexName(index: IndexTarget): string {
    return this.#indexes.get(index)!
  }

  /**
   * The whole run: what `body` emits, under a savepoint where it `mayFail` later, and the counters at its end.
   * @param isWhole where it fails, all of it fails, and it lets nobody else run
   */
  statement(mayFail: boolean, body: () => void, isWhole = false): void {
    const { generation, returned, changes, failure } = this
    const { emitter } = generation
    // Between two slices it may be given up.
    if (!mayFail && !emitter.isSliced && !generation.isInProgram) {
      this.#touched = emitter.fresh('touched')
      emitter.atStart(`let ${this.#touched} = false`)
    }
    emitScope(generation, { returned, changes, failure, touched: this.#touched, isWhole }, body)
  }

  /** Emitted before the first change that a row makes. */
  beginChange(): void {
    if (this.#touched !== null) this.generation.emitter.line(`${this.#touched} = true`)
    if (this.generation.callsUsers) this.generation.emitter.line(`${this.rows}.checkWatched()`)
  }

  /** Emitted where the first change that a row was about to make has not been made. */
  withdrawChange(): void {
    if (this.#touched !== null) this.generation.emitter.line(`${this.#touched} = false`)
  }

  /** A row has been inserted, updated or deleted; the sources of old and new rows say what it is. */
  endChange(
    triggers: RowTriggers,
    old: RowCode | null,
    now: RowCode | null,
    keys: Following | null = null,
  ): void {
    const { emitter } = this.generation
    const isAll = !this.fires && keys === null
    if (isAll) this.returned?.add()
    emitter.line(`${this.changes}++`)
    if (isAll) return
    keys?.act(old!, now)
    this.fire(triggers.early, old, now)
    this.returned?.add()
    this.fire(triggers.after, old, now)
  }

  /** Emits the calls of programs; what they leave with RAISE(IGNORE) is the current row. */
  fire(places: readonly number[], old: RowCode | null, now: RowCode | null): void {
    if (places.length > 0) this.generation.triggers!.fire(places, old, now)
  }

  /** From here on nobody else may change the table before the row is stored. */
  watch(): void {
    if (this.generation.callsUsers || this.fires) {
      this.generation.emitter.line(`${this.rows}.watch()`)
    }
  }

  /**
   * Emits `body` for the row as it is now that functions of the user's, or triggers, have been called, under the source of old rows.
   * A row that is gone is passed over where triggers may have deleted it.
   */
  again(identity: RowIdentity, mayBeGone: boolean, body: () => void): void {
    const { emitter } = this.generation
    if (mayBeGone) {
      emitter.once(() =>
        withOldRow(this.generation, this.target, identity, () => {
          this.watch()
          body()
        }),
      )
      return
    }
    const found = emitter.fresh('found')
    emitter.line(`let ${found} = false`)
    emitter.once(() =>
      withOldRow(this.generation, this.target, identity, () => {
        emitter.line(`${found} = true`)
        this.watch()
        body()
      }),
    )
    emitter.line(`if (!${found}) throw ${emitter.use('tableLocked', tableLocked)}()`)
  }

  /** Emits the end of the row or of the statement; `error` is the text of a JavaScript expression. */
  fail(action: ConflictAction, error: string): void {
    const { emitter } = this.generation
    if (action === 'IGNORE') {
      emitter.line(emitter.skip)
      return
    }
    if (action === 'FAIL' || action === 'ROLLBACK') {
      if (this.generation.isInProgram) {
        emitter.line(`throw ${emitter.use('failingAs', failingAs)}(${error}, '${action}')`)
        return
      }
      emitter.line(`${this.failure} = '${action}'`)
    }
    emitter.line(`throw ${error}`)
  }
}
