/**
 * Writing rows, for INSERT, UPDATE and DELETE alike: a row's values are brought to the affinities of their
 * columns, checked, and stored with their index entries.
 *
 * The order of checks is SQLite's: NOT NULL, CHECK, the rowid, UNIQUE indexes from the newest; those that were
 * declared with REPLACE come last, so that nothing is deleted for a row that then fails. The types of a STRICT
 * table are checked before CHECK constraints if there are any, else after the rowid.
 * (`sqlite3GenerateConstraintChecks`) All checks of a row come before its first change, so only
 * statements of several rows need a savepoint to take back what an earlier row changed.
 */
import {
  checkFailed,
  notNullFailed,
  primaryKeyFailed,
  rowidFailed,
  strictTypeFailed,
  uniqueFailed,
  uniqueIndexFailed,
} from '../base/error.ts'
import type { BoundExpression, IndexTarget, WriteTarget } from '../plan/index.ts'
import { applyNumericAffinity, applyTextAffinity, Real } from '../record/index.ts'
import type { Affinity, Value } from '../record/index.ts'
import { endFailed, IndexWriter, RowWriter, storedRaw, toRaw } from '../runtime/index.ts'
import type { Rowid } from '../runtime/index.ts'
import type { Column, Table } from '../schema/index.ts'
import { integerText } from './emitter.ts'
import type { Emitter } from './emitter.ts'
import type { Generation } from './generation.ts'
import {
  anyInteger,
  anyNumber,
  anyValue,
  blobKind,
  fractionKind,
  integerKind,
  isOnly,
  mayBe,
  nullKind,
  plainNumber,
  rawKind,
  textKind,
} from './kinds.ts'
import type { Code } from './kinds.ts'
import { VariablesSource } from './sources.ts'

export type ConflictAction = 'ROLLBACK' | 'ABORT' | 'FAIL' | 'IGNORE' | 'REPLACE'

/** A row of variables: the columns after affinity, and the rowid. */
export interface RowCode {
  readonly columns: readonly Code[]
  readonly rowid: Code
}

/** A UNIQUE index or the rowid, and what a conflict does. */
interface UniqueCheck {
  /** null: the rowid. */
  readonly index: IndexTarget | null
  readonly action: ConflictAction
}

/** The columns of the row that an UPDATE has changed. */
export interface ChangedColumns {
  readonly columns: readonly boolean[]
  readonly rowid: boolean
}

/** Emits everything that concerns the table that a statement writes. */
export class WriteEmitter {
  readonly generation: Generation
  readonly target: WriteTarget
  readonly orAction: ConflictAction | null
  readonly readsOldRow: boolean
  /** The `RowWriter`. */
  readonly rows: string
  readonly #indexes = new Map<IndexTarget, string>()
  /** A variable that counts changed rows. */
  readonly changes: string
  /** Holds how the statement ends if it fails now. */
  readonly failure: string
  /** The statement ends otherwise than by ABORT when some constraint fails. */
  #special = false

  constructor(
    generation: Generation,
    target: WriteTarget,
    orAction: ConflictAction | null,
    /** The statement looks at the rows that it changes, not only at their index entries. */
    readsOldRow = true,
  ) {
    this.readsOldRow = readsOldRow
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
    emitter.atEnd(`${name}.close()`)
    this.#indexes.set(index, name)
  }

  indexName(index: IndexTarget): string {
    return this.#indexes.get(index)!
  }

  /** The whole run: what `body` emits, under a savepoint where `guarded`, and the counters at its end. */
  statement(guarded: boolean, body: () => void): void {
    const { emitter } = this.generation
    if (guarded) emitter.line('ctx.beginStatement()')
    const lines = emitter.detached(() => emitter.nested('try', body))
    emitter.attach(lines)
    const end = emitter.use('endFailed', endFailed)
    emitter.nested('catch (error)', () => {
      emitter.line(`${end}(ctx, ${this.failure}, ${guarded}, ${this.changes})`)
      emitter.line('throw error')
    })
    if (guarded) emitter.line('ctx.endStatement()')
    emitter.line(`ctx.changes = ${this.changes}`)
    emitter.line(`ctx.totalChanges += ${this.changes}`)
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
   * with. `defaults` evaluates a column's default, null where it has none. Defaults that are NULL
   * themselves fail after all other columns have been checked.
   */
  checkNotNull(
    columns: readonly Code[],
    which: (column: number) => boolean,
    defaults: (column: number) => Code | null,
  ): readonly Code[] {
    const late: number[] = []
    const checked = columns.map((code, i) => {
      const column = this.target.table.columns[i]!
      if (column.notNull === null || i === this.target.table.rowidAlias || !which(i)) return code
      if (!mayBe(code, nullKind)) return code
      const action = this.#action(column.notNull)
      const replacement = action === 'REPLACE' ? defaults(i) : null
      if (replacement === null) return this.#failNull(column, code, action)
      late.push(i)
      return this.#orDefault(column, code, replacement)
    })
    for (const i of late) {
      checked[i] = this.#failNull(this.target.table.columns[i]!, checked[i]!, 'ABORT')
    }
    return checked
  }

  #orDefault(column: Column, code: Code, replacement: Code): Code {
    const stored = this.stored(column, replacement)
    return this.generation.emitter.name({
      text: `(${code.text} === null ? ${stored.text} : ${code.text})`,
      kinds: (code.kinds & ~nullKind) | stored.kinds,
      simple: false,
    })
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

  /** CHECK constraints: NULL passes. */
  checkConditions(): void {
    const { emitter } = this.generation
    for (const check of this.target.checks) {
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
   * The unique checks of a row in SQLite's order: the rowid, then the indexes, the newest first; those that were
   * declared with REPLACE after the others; a rowid that was, last of all.
   */
  #uniqueChecks(): readonly UniqueCheck[] {
    const { table, indexes } = this.target
    const unique = indexes.filter(({ index }) => index.unique).reverse()
    const isLate = ({ index }: IndexTarget): boolean => index.onConflict === 'REPLACE'
    const ordered = [...unique.filter((index) => !isLate(index)), ...unique.filter(isLate)]
    const checks = ordered.map((index): UniqueCheck => ({
      index,
      action: this.#action(index.index.onConflict),
    }))
    const rowid: UniqueCheck = { index: null, action: this.#action(table.rowidConflict) }
    const isLast = rowid.action === 'REPLACE' && this.orAction !== 'REPLACE'
    return isLast ? [...checks, rowid] : [rowid, ...checks]
  }

  /**
   * The rowid and UNIQUE indexes. `self` is the row that is being updated and so conflicts with nobody; `isNew` says
   * that the rowid was chosen and cannot be taken.
   */
  checkUnique(
    row: RowCode,
    self: { readonly rowid: Code; readonly changed: ChangedColumns } | null,
    checkRowid: string | null,
    replace: (rowid: string) => void,
    /** Emits what comes between a rowid that is checked first and the indexes. */
    beforeIndexes: () => void,
  ): void {
    const { emitter } = this.generation
    const checks = this.#uniqueChecks()
    if (checks[0]!.index !== null) beforeIndexes()
    for (const [place, { index, action }] of checks.entries()) {
      if (place === 1 && checks[0]!.index === null) beforeIndexes()
      if (index === null) {
        if (checkRowid === null) continue
        emitter.nested(
          `if (${checkRowid === 'true' ? '' : `${checkRowid} && `}${this.rows}.exists(${row.rowid.text}))`,
          () => {
            if (action === 'REPLACE') replace(row.rowid.text)
            else this.fail(action, this.#rowidError())
          },
        )
        continue
      }
      if (self !== null && !touches(index, self.changed)) continue
      this.#guardedBy(index.newWhere, () => {
        this.#setEntry(index, index.newKey)
        const conflict = emitter.fresh('conflict')
        emitter.line(`const ${conflict} = ${this.indexName(index)}.conflict()`)
        const other = self === null ? '' : ` && ${conflict} !== ${self.rowid.text}`
        emitter.nested(`if (${conflict} !== null${other})`, () => {
          if (action === 'REPLACE') replace(conflict)
          else this.fail(action, this.#indexError(index))
        })
      })
    }
    if (checks.length === 1) beforeIndexes()
  }

  /** Some check answers a conflict by deleting rows. */
  get replaces(): boolean {
    return this.#uniqueChecks().some((check) => check.action === 'REPLACE')
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

  /** Under the condition of a partial index. */
  #guardedBy(where: BoundExpression | null, body: () => void): void {
    const { emitter } = this.generation
    if (where === null) {
      emitter.nested('', body)
      return
    }
    emitter.nested(`if (${this.generation.condition(where, false)})`, body)
  }

  /** The value of an index column as the entry keeps it. */
  #entryValue(expression: BoundExpression): Code {
    const code = this.generation.value(expression)
    return mayBe(code, rawKind) ? storedCode(this.generation, code) : code
  }

  /** Puts the key columns of a row into the writer's entry. The rowid follows when it is used. */
  #setEntry(index: IndexTarget, key: readonly BoundExpression[]): void {
    const { emitter } = this.generation
    const name = this.indexName(index)
    for (let i = 0; i < index.index.columns.length; i++) {
      const code = this.#entryValue(key[i]!)
      emitter.line(`${name}.entry[${i}] = ${code.text}`)
    }
  }

  /** Puts the row into the writer's record. */
  setRecord(row: RowCode): void {
    const { emitter } = this.generation
    const { table } = this.target
    row.columns.forEach((code, i) => {
      if (i === table.rowidAlias) return
      const stored = mayBe(code, rawKind) ? storedCode(this.generation, code) : code
      emitter.line(`${this.rows}.row[${i}] = ${stored.text}`)
    })
  }

  /** Adds the entries of the new row; of an updated row those that changed. */
  insertEntries(rowid: string, changed: ChangedColumns | null): void {
    const { emitter } = this.generation
    for (const index of this.target.indexes) {
      if (changed !== null && !touches(index, changed)) continue
      this.#guardedBy(index.newWhere, () => {
        this.#setEntry(index, index.newKey)
        emitter.line(`${this.indexName(index)}.insert(${rowid})`)
      })
    }
  }

  /** Takes the entries of the old row out; of an updated row those that changed. */
  deleteEntries(rowid: string, changed: ChangedColumns | null): void {
    const { emitter } = this.generation
    for (const index of this.target.indexes) {
      if (changed !== null && !touches(index, changed)) continue
      this.#guardedBy(index.oldWhere, () => {
        this.#setEntry(index, index.oldKey)
        emitter.line(`${this.indexName(index)}.delete(${rowid})`)
      })
    }
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
  deleteVictim(rowid: string): void {
    const { emitter } = this.generation
    if (this.target.indexes.length > 0) {
      const { sources } = this.generation
      const current = sources.get(this.target.oldRow)
      emitter.once(() => this.withOldRow(rowid, () => this.deleteEntries(rowid, null)))
      if (current !== undefined) sources.set(this.target.oldRow, current)
    }
    emitter.line(`${this.rows}.delete(${rowid})`)
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

/** The index holds something that an UPDATE changes. */
function touches({ index, newWhere, columnNames }: IndexTarget, changed: ChangedColumns): boolean {
  if (changed.rowid || newWhere !== null || columnNames === null) return true
  return index.columns.some(({ column }) => column < 0 || changed.columns[column] === true)
}

/** The kinds that a column of a STRICT table may hold. */
function strictKinds(type: string): number {
  switch (type.toUpperCase()) {
    case 'INT':
    case 'INTEGER':
      return anyInteger
    case 'REAL':
      return rawKind
    case 'TEXT':
      return textKind
    case 'BLOB':
      return blobKind
    default:
      return anyValue | rawKind
  }
}

/** `allowed` holds the kinds of the column's type. */
export function checkStrictType(value: Value, allowed: number, table: Table, column: Column): void {
  if (value === null) return
  let storageClass: string
  if (typeof value === 'number') {
    if ((allowed & rawKind) !== 0) return
    if (Number.isInteger(value)) {
      if ((allowed & integerKind) !== 0) return
      storageClass = 'INT'
    } else storageClass = 'REAL'
  } else if (typeof value === 'bigint') {
    if ((allowed & integerKind) !== 0) return
    storageClass = 'INT'
  } else if (typeof value === 'string') {
    if ((allowed & textKind) !== 0) return
    storageClass = 'TEXT'
  } else if (value instanceof Real) {
    if ((allowed & rawKind) !== 0) return
    storageClass = 'REAL'
  } else {
    if ((allowed & blobKind) !== 0) return
    storageClass = 'BLOB'
  }
  throw strictTypeFailed(storageClass, column.type, table.name, column.name)
}

export type { Rowid }
