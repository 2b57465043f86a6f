/**
 * Writing rows, for INSERT, UPDATE and DELETE alike: a row's values are brought to the affinities of their
 * columns, checked, and stored with their index entries.
 *
 * Everything that can fail comes before the first change of a row: NOT NULL, CHECK, the rowid, then the indexes, the
 * newest first; those that were declared with REPLACE last. Of each index the condition and the key are evaluated, then
 * its uniqueness is checked; the values stay with the `IndexWriter` until the row is stored. The types of a STRICT
 * table are checked before CHECK constraints if there are any, else before the first index.
 * (`sqlite3GenerateConstraintChecks`) What REPLACE deletes it deletes among these checks, so whatever can be evaluated
 * is evaluated before the first check that may do so.
 *
 * So a statement of one row needs no savepoint, unless it replaces rows and their index entries depend on
 * expressions that may fail. Should it be stopped by something else after its first change (a damaged index, a stack that is
 * exhausted), the transaction is taken back. A statement that calls functions of the user's always has a savepoint.
 */
import {
  checkFailed,
  notNullFailed,
  primaryKeyFailed,
  rowidFailed,
  tableLocked,
  uniqueFailed,
  uniqueIndexFailed,
} from '../../base/error.ts'
import type { BoundExpression, IndexTarget, WriteTarget } from '../../plan/index.ts'
import { applyNumericAffinity, applyTextAffinity } from '../../record/index.ts'
import type { Affinity } from '../../record/index.ts'
import { endFailed, IndexWriter, RowWriter, storedRaw, toRaw } from '../../runtime/index.ts'
import type { Column } from '../../schema/index.ts'
import { integerText } from '../emit/quote.ts'
import type { Emitter } from '../emit/emitter.ts'
import type { Generation } from '../source/generation.ts'
import {
  anyInteger,
  anyNumber,
  anyValue,
  blobKind,
  fractionKind,
  isOnly,
  mayBe,
  nullKind,
  plainNumber,
  rawKind,
  textKind,
} from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { VariablesSource } from '../source/sources.ts'
import { checkStrictType, strictKinds } from './strict-types.ts'
import { namesChanged, touches } from './changed-columns.ts'
import type { ReturnedRows } from './returning.ts'
import type { ChangedColumns } from './changed-columns.ts'

export type ConflictAction = 'ROLLBACK' | 'ABORT' | 'FAIL' | 'IGNORE' | 'REPLACE'

/** A row of variables: the columns after affinity, and the rowid. */
export interface RowCode {
  readonly columns: readonly Code[]
  readonly rowid: Code
}

/** The rowid or an index, and what a conflict does. */
interface Step {
  /** null: the rowid. */
  readonly index: IndexTarget | null
  /** null: there are no conflicts in it. */
  readonly action: ConflictAction | null
}

/** An index whose key has been evaluated for a row. */
export interface Entry {
  readonly index: IndexTarget
  /** The variable that says whether the index holds the row; null: it holds all. */
  readonly applies: string | null
}

/** Emits everything that concerns the table that a statement writes. */
export class WriteEmitter {
  readonly generation: Generation
  readonly target: WriteTarget
  readonly orAction: ConflictAction | null
  readonly readsOldRow: boolean
  /** RETURNING: told of each row that has been changed. */
  readonly returned: ReturnedRows | null
  /** The `RowWriter`. */
  readonly rows: string
  readonly #indexes = new Map<IndexTarget, string>()
  /** A variable that counts changed rows. */
  readonly changes: string
  /** Holds how the statement ends if it fails now. */
  readonly failure: string
  /** Without a savepoint: the variable that says that something has been changed. */
  #touched: string | null = null
  /** The statement ends otherwise than by ABORT when some constraint fails. */
  #special = false

  constructor(
    generation: Generation,
    target: WriteTarget,
    orAction: ConflictAction | null,
    /** The statement looks at the rows that it changes, not only at their index entries. */
    readsOldRow = true,
    returned: ReturnedRows | null = null,
  ) {
    this.readsOldRow = readsOldRow
    this.returned = returned
    this.generation = generation
    this.target = target
    this.orAction = orAction
    const { emitter } = generation
    const { table } = target
    this.rows = emitter.fresh('rows')
    const rowWriter = emitter.use('RowWriter', RowWriter)
    const database = generation.database(table.database)
    emitter.link(
      `const ${this.rows} = new ${rowWriter}(${database}, ${integerText(table.root)}, ${table.columns.length})`,
    )
    emitter.atStart(`${this.rows}.start()`)
    for (const index of target.indexes) this.#addIndex(index)
    this.changes = emitter.fresh('changes')
    this.failure = emitter.fresh('failure')
    emitter.atStart(`let ${this.changes} = 0`)
    emitter.atStart(`let ${this.failure} = 'ABORT'`)
  }

  #addIndex(index: IndexTarget): void {
    const { emitter } = this.generation
    const name = emitter.fresh('index')
    const writer = emitter.use('IndexWriter', IndexWriter)
    const database = this.generation.database(this.target.table.database)
    emitter.link(`const ${name} = new ${writer}(${database}, ${emitter.slot(index.index)})`)
    emitter.atStart(`${name}.start()`)
    this.#indexes.set(index, name)
  }

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

  /** From here on nobody else may change the table before the row is stored. */
  watch(): void {
    if (this.generation.callsUsers) this.generation.emitter.line(`${this.rows}.watch()`)
  }

  /** Emits `body` for the row as it is now that functions of the user's have been called, under the source of old rows. */
  again(rowid: string, body: () => void): void {
    const { emitter } = this.generation
    const found = emitter.fresh('found')
    emitter.line(`let ${found} = false`)
    emitter.once(() =>
      this.withOldRow(rowid, () => {
        emitter.line(`${found} = true`)
        this.watch()
        body()
      }),
    )
    emitter.line(`if (!${found}) throw ${emitter.use('tableLocked', tableLocked)}()`)
  }

  /** Some failure does not simply abort the statement. */
  get isSpecial(): boolean {
    return this.#special
  }

  // ── values ──

  /** A value as its column keeps it. */
  stored(column: Column, code: Code): Code {
    const { emitter } = this.generation
    return pinned(emitter, this.#converted(column, code))
  }

  #converted(column: Column, code: Code): Code {
    const { emitter } = this.generation
    const affinity: Affinity = column.affinity
    if (affinity === 'real') return this.#raw(code)
    const value = this.generation.toValue(code)
    if (affinity === 'blob') return value
    if (affinity === 'text') {
      if (isOnly(value, nullKind | textKind | blobKind)) return value
      const named = emitter.name(value)
      const use = emitter.use('applyTextAffinity', applyTextAffinity)
      return {
        text: `(typeof ${named.text} === 'string' ? ${named.text} : ${use}(${named.text}))`,
        kinds: nullKind | textKind | blobKind,
        simple: false,
      }
    }
    if (isOnly(value, nullKind | anyInteger | fractionKind | blobKind)) return value
    const named = emitter.name(value)
    const use = emitter.use('applyNumericAffinity', applyNumericAffinity)
    return {
      text: `(typeof ${named.text} === 'number' ? ${named.text} : ${use}(${named.text}))`,
      kinds: value.kinds | anyNumber,
      simple: false,
    }
  }

  #raw(code: Code): Code {
    const { emitter } = this.generation
    if (isOnly(code, nullKind | rawKind | blobKind)) return code
    // Integers and fractions are plain numbers already; in the raw domain both mean REAL.
    if (isOnly(code, nullKind | plainNumber)) {
      return { ...code, kinds: rawKind | (code.kinds & nullKind) }
    }
    const named = emitter.name(code)
    const use = emitter.use('toRaw', toRaw)
    const kinds = rawKind | (code.kinds & (nullKind | blobKind | textKind))
    return {
      text: `(typeof ${named.text} === 'number' ? ${named.text} : ${use}(${named.text}))`,
      kinds,
      simple: false,
    }
  }

  /** Binds the new row, so that checks and index expressions can name it. */
  bindNewRow(row: RowCode): void {
    const { table, newRow } = this.target
    const columns = new Map<number, Code>(row.columns.entries())
    columns.set(-1, row.rowid)
    if (table.rowidAlias >= 0) columns.set(table.rowidAlias, row.rowid)
    this.generation.sources.set(newRow, new VariablesSource(this.generation, columns))
  }

  // ── checks ──

  /** What a failed constraint does. */
  #action(own: ConflictAction): ConflictAction {
    return this.orAction ?? own
  }

  /** Emits the end of the row or of the statement; `error` is the text of a JavaScript expression. */
  fail(action: ConflictAction, error: string): void {
    const { emitter } = this.generation
    if (action === 'IGNORE') {
      emitter.line(emitter.skip)
      return
    }
    if (action === 'FAIL' || action === 'ROLLBACK') {
      this.#special = true
      emitter.line(`${this.failure} = '${action}'`)
    }
    emitter.line(`throw ${error}`)
  }

  /**
   * NOT NULL, which may put the default in place of NULL (REPLACE): so the columns it answers are those to go on
   * with. Defaults that are NULL themselves fail after all other columns have been checked.
   */
  checkNotNull(columns: readonly Code[], which: (column: number) => boolean): readonly Code[] {
    const late: number[] = []
    const checked = columns.map((code, i) => {
      const column = this.target.table.columns[i]!
      if (column.notNull === null || i === this.target.table.rowidAlias || !which(i)) return code
      if (!mayBe(code, nullKind)) return code
      const action = this.#action(column.notNull)
      const replacement = action === 'REPLACE' ? this.target.defaults[i]! : null
      if (replacement === null) return this.#failNull(column, code, action)
      late.push(i)
      return this.#orDefault(column, code, replacement)
    })
    for (const i of late) {
      checked[i] = this.#failNull(this.target.table.columns[i]!, checked[i]!, 'ABORT')
    }
    return checked
  }

  #orDefault(column: Column, code: Code, replacement: BoundExpression): Code {
    const { emitter } = this.generation
    const text = emitter.fresh('v')
    emitter.line(`let ${text} = ${code.text}`)
    let kinds = code.kinds & ~nullKind
    emitter.nested(`if (${text} === null)`, () => {
      const stored = this.#converted(column, this.generation.value(replacement))
      kinds |= stored.kinds
      emitter.line(`${text} = ${stored.text}`)
    })
    return { text, kinds, simple: true }
  }

  /** From here on the column is not NULL. */
  #failNull(column: Column, code: Code, action: ConflictAction): Code {
    if (!mayBe(code, nullKind)) return code
    const { emitter } = this.generation
    const use = emitter.use('notNullFailed', notNullFailed)
    const table = emitter.slot(this.target.table.name)
    emitter.nested(`if (${code.text} === null)`, () =>
      this.fail(
        action === 'REPLACE' ? 'ABORT' : action,
        `${use}(${table}, ${emitter.slot(column.name)})`,
      ),
    )
    return { ...code, kinds: code.kinds & ~nullKind }
  }

  /** Each value of a STRICT table is NULL or of its column's type. */
  checkTypes(columns: readonly Code[], which: (column: number) => boolean): void {
    const { emitter } = this.generation
    const { table } = this.target
    if (!table.strict) return
    columns.forEach((code, i) => {
      const column = table.columns[i]!
      if (i === table.rowidAlias || !which(i)) return
      const allowed = strictKinds(column.type)
      if (isOnly(code, allowed | nullKind)) return
      const check = emitter.use('checkStrictType', checkStrictType)
      emitter.line(
        `${check}(${code.text}, ${allowed}, ${emitter.slot(table)}, ${emitter.slot(column)})`,
      )
    })
  }

  /** The CHECK constraints that a row must pass: of an updated row those that name a column that changes. */
  checksOf(changed: ChangedColumns | null): WriteTarget['checks'] {
    const { checks, newRow } = this.target
    if (changed === null) return checks
    return checks.filter(({ condition }) => namesChanged(condition, newRow, changed))
  }

  /** CHECK constraints: NULL passes. */
  checkConditions(checks: WriteTarget['checks']): void {
    const { emitter } = this.generation
    for (const check of checks) {
      const condition = this.generation.condition(check.condition, true)
      if (condition === 'true') continue
      // The conflict clause of a CHECK is ignored, as in SQLite; OR REPLACE aborts.
      const action = this.orAction === 'REPLACE' ? 'ABORT' : (this.orAction ?? 'ABORT')
      const use = emitter.use('checkFailed', checkFailed)
      emitter.nested(`if (!(${condition}))`, () =>
        this.fail(action, `${use}(${emitter.slot(check.name)})`),
      )
    }
  }

  /**
   * The rowid and the indexes in SQLite's order: the rowid, then the indexes, the newest first; those that were
   * declared with REPLACE after the others; a rowid that was, last of all.
   */
  #steps(): readonly Step[] {
    const { table, indexes } = this.target
    const newest = indexes.toReversed()
    const isLate = ({ index }: IndexTarget): boolean =>
      index.unique && index.onConflict === 'REPLACE'
    const ordered = [...newest.filter((index) => !isLate(index)), ...newest.filter(isLate)]
    const steps = ordered.map((index): Step => ({
      index,
      action: index.index.unique ? this.#action(index.index.onConflict) : null,
    }))
    const rowid: Step = { index: null, action: this.#action(table.rowidConflict) }
    const isLast = rowid.action === 'REPLACE' && this.orAction !== 'REPLACE'
    return isLast ? [...steps, rowid] : [rowid, ...steps]
  }

  /**
   * Evaluates the entries of the new row and checks that they and its rowid are free. `self` is the row that is being
   * updated and so conflicts with nobody; `checkRowid` is the condition under which the rowid may be taken, null: it
   * cannot be. The row and its entries are then ready to be stored. Answers the indexes that get a new entry.
   */
  checkEntries(
    row: RowCode,
    self: { readonly rowid: Code; readonly changed: ChangedColumns } | null,
    checkRowid: string | null,
    checkTypes: () => void,
  ): readonly Entry[] {
    const { emitter } = this.generation
    const { newRow } = this.target
    const entries = new Map<IndexTarget, Entry>()
    let hasTypes = false
    let hasRecord = false
    const checkTypesOnce = (): void => {
      if (!hasTypes) checkTypes()
      hasTypes = true
    }
    const evaluate = (index: IndexTarget): Entry => {
      checkTypesOnce()
      const known = entries.get(index)
      if (known !== undefined) return known
      const encode = `${this.indexName(index)}.encode(${row.rowid.text})`
      const entry = this.#evaluate(index, index.newWhere, index.newKey, 'entry', encode)
      entries.set(index, entry)
      return entry
    }
    const setRecordOnce = (): void => {
      checkTypesOnce()
      if (!hasRecord) this.#setRecord(row)
      hasRecord = true
    }
    const steps = this.#steps().filter(({ index }) =>
      index === null ? checkRowid !== null : self === null || touches(index, newRow, self.changed),
    )
    for (const { index, action } of steps) {
      if (action === 'REPLACE') {
        checkTypesOnce()
        for (const other of steps) if (other.index !== null) evaluate(other.index)
        setRecordOnce()
      }
      if (index === null) {
        const condition = checkRowid === 'true' ? '' : `${checkRowid} && `
        emitter.nested(`if (${condition}${this.rows}.exists(${row.rowid.text}))`, () => {
          if (action === 'REPLACE') this.#deleteVictim(row.rowid.text)
          else this.fail(action!, this.#rowidError())
        })
        continue
      }
      const { applies } = evaluate(index)
      if (action === null) continue
      const conflict = emitter.fresh('conflict')
      const find = `${this.indexName(index)}.conflict()`
      emitter.line(`const ${conflict} = ${applies === null ? find : `${applies} ? ${find} : null`}`)
      const other = self === null ? '' : ` && ${conflict} !== ${self.rowid.text}`
      emitter.nested(`if (${conflict} !== null${other})`, () => {
        if (action === 'REPLACE') this.#deleteVictim(conflict)
        else this.fail(action, this.#indexError(index))
      })
    }
    setRecordOnce()
    return [...entries.values()]
  }

  #rowidError(): string {
    const { emitter } = this.generation
    const { table } = this.target
    if (table.rowidAlias < 0) {
      return `${emitter.use('rowidFailed', rowidFailed)}(${emitter.slot(table.name)})`
    }
    const name = `${table.name}.${table.columns[table.rowidAlias]!.name}`
    return `${emitter.use('primaryKeyFailed', primaryKeyFailed)}(${emitter.slot([name])})`
  }

  #indexError({ index, columnNames }: IndexTarget): string {
    const { emitter } = this.generation
    if (columnNames === null) {
      return `${emitter.use('uniqueIndexFailed', uniqueIndexFailed)}(${emitter.slot(index.name)})`
    }
    const isPrimary = index.origin === 'pk'
    const use = isPrimary
      ? emitter.use('primaryKeyFailed', primaryKeyFailed)
      : emitter.use('uniqueFailed', uniqueFailed)
    return `${use}(${emitter.slot(columnNames)})`
  }

  // ── storing ──

  /** The value of an index column as the entry keeps it. */
  #entryValue(expression: BoundExpression): Code {
    const code = this.generation.value(expression)
    return mayBe(code, rawKind) ? storedCode(this.generation, code) : code
  }

  /** Puts the key columns of a row into a place of the writer, if the index holds that row. The rowid follows when it is used. */
  #evaluate(
    index: IndexTarget,
    where: BoundExpression | null,
    key: readonly BoundExpression[],
    place: 'entry' | 'old',
    after: string | null,
  ): Entry {
    const { emitter } = this.generation
    const name = this.indexName(index)
    const evaluateKey = (): void => {
      for (let i = 0; i < index.index.columns.length; i++) {
        const code = this.#entryValue(key[i]!)
        emitter.line(`${name}.${place}[${i}] = ${code.text}`)
      }
      if (after !== null) emitter.line(after)
    }
    if (where === null) {
      emitter.nested('', evaluateKey)
      return { index, applies: null }
    }
    const applies = emitter.fresh('applies')
    emitter.line(`const ${applies} = ${this.generation.condition(where, false)}`)
    emitter.nested(`if (${applies})`, evaluateKey)
    return { index, applies }
  }

  /** Puts the row into the writer's record. */
  #setRecord(row: RowCode): void {
    const { emitter } = this.generation
    const { table } = this.target
    row.columns.forEach((code, i) => {
      if (i === table.rowidAlias) return
      const stored = mayBe(code, rawKind) ? storedCode(this.generation, code) : code
      emitter.line(`${this.rows}.row[${i}] = ${stored.text}`)
    })
    emitter.line(`${this.rows}.encode()`)
  }

  /** Adds the entries that `checkEntries` has evaluated. */
  insertEntries(entries: readonly Entry[]): void {
    for (const entry of entries) this.#apply(entry, 'insert()')
  }

  /** Evaluates the entries of the old row; of a row that is updated those that change. */
  oldEntries(changed: ChangedColumns | null): readonly Entry[] {
    const { indexes, newRow } = this.target
    return indexes
      .filter((index) => changed === null || touches(index, newRow, changed))
      .map((index) => this.#evaluate(index, index.oldWhere, index.oldKey, 'old', null))
  }

  /** Takes them out. */
  deleteEntries(entries: readonly Entry[], rowid: string): void {
    for (const entry of entries) this.#apply(entry, `delete(${rowid})`)
  }

  #apply({ index, applies }: Entry, call: string): void {
    const condition = applies === null ? '' : `if (${applies}) `
    this.generation.emitter.line(`${condition}${this.indexName(index)}.${call}`)
  }

  /** Emits `body` for the row with a rowid, under the source of old rows. */
  withOldRow(rowid: string, body: () => void): void {
    const { generation, target } = this
    const { emitter } = generation
    const id = -1 - generation.locals.size
    generation.locals.set(id, {
      frame: emitter.frame,
      code: { text: rowid, kinds: anyInteger, simple: true },
    })
    generation.produce(
      {
        kind: 'scan',
        source: target.oldRow,
        table: target.table,
        alias: target.table.name,
        access: { kind: 'rowid', key: { kind: 'local', id } },
        hint: null,
        estimatedRows: 1,
      },
      body,
    )
  }

  /** Deletes a row that stands in the way of a new one. It is not counted. */
  #deleteVictim(rowid: string): void {
    const { emitter } = this.generation
    if (this.target.indexes.length > 0) {
      const { sources } = this.generation
      const current = sources.get(this.target.oldRow)
      emitter.once(() =>
        this.withOldRow(rowid, () => {
          const entries = this.oldEntries(null)
          this.beginChange()
          this.deleteEntries(entries, rowid)
        }),
      )
      if (current !== undefined) sources.set(this.target.oldRow, current)
    }
    this.beginChange()
    emitter.line(`${this.rows}.delete(${rowid})`)
    this.watch()
  }
}

/** A value in a variable of its own: code that reads a page does not outlive a change of the page. */
export function pinned(emitter: Emitter, code: Code): Code {
  const isFixed = code.simple && /^\w+$|^"[^"\\]*"$/.test(code.text)
  return isFixed ? code : emitter.name({ ...code, simple: false })
}

/** A raw number as the record keeps it. */
function storedCode(generation: Generation, code: Code): Code {
  const use = generation.emitter.use('storedRaw', storedRaw)
  return { text: `${use}(${code.text})`, kinds: anyValue, simple: false }
}
