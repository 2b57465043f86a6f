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
import type { ConflictAction, IndexTarget, WriteTarget } from '../../../plan/index.ts'
import { endFailed, IndexWriter, KeyedRowWriter, RowWriter } from '../../../runtime/index.ts'
import { integerText } from '../../emit/quote.ts'
import type { Generation } from '../../source/generation.ts'
import type { ReturnedRows } from '../returning.ts'
import type { RowIdentity } from './identity.ts'
import { withOldRow } from './old-row.ts'

/** Emits everything that concerns the table that a statement writes. */
export class WriteEmitter {
  readonly generation: Generation
  readonly target: WriteTarget
  /** RETURNING: told of each row that has been inserted, updated or deleted; rows that others replace are not among them. */
  readonly returned: ReturnedRows | null
  /** The variable with the `RowWriter`, or the `KeyedRowWriter` of a WITHOUT ROWID table. */
  readonly rows: string
  readonly #indexes = new Map<IndexTarget, string>()
  /** A variable that counts changed rows. */
  readonly changes: string
  /** Holds how the statement ends if it fails now. */
  readonly failure: string
  /** Without a savepoint: the variable that says that something has been changed. */
  #touched: string | null = null

  constructor(generation: Generation, target: WriteTarget, returned: ReturnedRows | null) {
    this.generation = generation
    this.target = target
    this.returned = returned
    const { emitter } = generation
    const { table } = target
    this.rows = emitter.fresh('rows')
    const database = generation.database(table.database)
    if (target.primary === null) {
      const use = emitter.use('RowWriter', RowWriter)
      const args = `${database}, ${integerText(table.root)}, ${table.columns.length}`
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
    emitter.atStart(`let ${this.failure} = 'ABORT'`)
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

  /** The whole run: what `body` emits, under a savepoint where it `mayFail` later, and the counters at its end. */
  statement(mayFail: boolean, body: () => void): void {
    const { emitter } = this.generation
    // Between two slices it may be given up.
    const guarded = mayFail || emitter.isSliced
    this.returned?.begin()
    if (guarded) emitter.line('ctx.beginStatement()')
    else {
      this.#touched = emitter.fresh('touched')
      emitter.atStart(`let ${this.#touched} = false`)
    }
    const lines = emitter.detached(() => emitter.nested('try', body))
    emitter.attach(lines)
    const end = emitter.use('endFailed', endFailed)
    emitter.nested('catch (error)', () => {
      emitter.line(
        `${end}(ctx, ${this.failure}, ${this.#touched ?? `'savepoint'`}, ${this.changes})`,
      )
      emitter.line('throw error')
    })
    if (guarded) emitter.line('ctx.endStatement()')
    const count = (): void => {
      emitter.line(`ctx.changes = ${this.changes}`)
      emitter.line(`ctx.totalChanges += ${this.changes}`)
    }
    if (this.returned === null) count()
    else this.returned.deliver(count)
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
  endChange(): void {
    this.returned?.add()
    this.generation.emitter.line(`${this.changes}++`)
  }

  /** From here on nobody else may change the table before the row is stored. */
  watch(): void {
    if (this.generation.callsUsers) this.generation.emitter.line(`${this.rows}.watch()`)
  }

  /** Emits `body` for the row as it is now that functions of the user's have been called, under the source of old rows. */
  again(identity: RowIdentity, body: () => void): void {
    const { emitter } = this.generation
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
      emitter.line(`${this.failure} = '${action}'`)
    }
    emitter.line(`throw ${error}`)
  }
}
