/**
 * Foreign keys of a row that is stored or deleted. Parents are looked up, rows that refer to it are counted, violations are counted up
 * or down, or end the statement (`plan/key-violations.ts`). The checks of a row that goes come before its first change, those of a row
 * that comes when the old one is out and before it is in, as in SQLite.
 */
import { foreignKeyFailed, restrictFailed } from '../../../base/error.ts'
import { endsAtViolation, isImmediate } from '../../../plan/index.ts'
import type {
  ChildCheck,
  KeyAction,
  KeyChecks,
  KeySite,
  ParentCheck,
  PlanNode,
} from '../../../plan/index.ts'
import { KeyParent, RowidParent } from '../../../runtime/index.ts'
import { integerText } from '../../emit/quote.ts'
import type { Source } from '../../source/generation.ts'
import { isOnly, mayBe, nullKind } from '../../source/kinds.ts'
import type { Code } from '../../source/kinds.ts'
import { rowSource } from './image.ts'
import type { RowCode } from './image.ts'
import type { WriteEmitter } from './write-emitter.ts'

/** The checks of one statement, or one clause of it. */
export class KeyEmitter {
  readonly #write: WriteEmitter
  readonly #keys: KeyChecks
  /** The first violation ends the statement. */
  readonly endsAtOnce: boolean
  readonly #parents = new Map<ParentCheck, string>()

  private constructor(write: WriteEmitter, keys: KeyChecks, endsAtOnce: boolean) {
    this.#write = write
    this.#keys = keys
    this.endsAtOnce = endsAtOnce
  }

  static of(
    write: WriteEmitter,
    statement: KeySite['statement'],
    keys: KeyChecks | null,
    isUpsert = false,
    isInProgram: boolean = write.generation.isInProgram,
  ): KeyEmitter | null {
    if (keys === null) return null
    const { callsUsers } = write.generation
    const site = { statement, keys, callsUsers, isInProgram, isUpsert }
    return new KeyEmitter(write, keys, endsAtViolation(site))
  }

  /** Of rows that REPLACE deletes: the new row may mend what that breaks. */
  static ofVictims(write: WriteEmitter): KeyEmitter | null {
    const { victimKeys } = write.target
    return victimKeys === null ? null : new KeyEmitter(write, victimKeys, false)
  }

  /** An UPDATE takes the row out before `checkNew`. */
  get takesOut(): boolean {
    return this.#keys.takesOut
  }

  /** Of the row as it was, which is about to go. */
  checkOld(old: RowCode): void {
    this.#withRow(this.#write.target.oldRow, old, () => {
      if (this.endsAtOnce) for (const action of this.#keys.actions) this.#restrict(action)
      for (const check of this.#asked(this.#keys.parents)) this.#lookForOld(check, old)
      for (const check of this.#asked(this.#keys.children)) {
        if (check.old !== null && !this.#isRestricted(check)) this.#count(check, check.old, 1)
      }
    })
  }

  /** RESTRICT has found that there are none. */
  #isRestricted({ key, isPlain }: ChildCheck): boolean {
    if (!this.endsAtOnce || !isPlain) return false
    return this.#keys.actions.some((action) => action.kind === 'restrict' && action.key === key)
  }

  /** Of the row that is about to be stored, and is bound. */
  checkNew(now: RowCode): void {
    for (const check of this.#asked(this.#keys.parents)) this.#lookForNew(check, now)
    for (const check of this.#asked(this.#keys.children)) {
      if (check.new !== null) this.#guarded(check, () => this.#count(check, check.new!, -1))
    }
  }

  /** What follows when the row has been changed. */
  act(old: RowCode, now: RowCode | null): void {
    if (this.endsAtOnce) return
    for (const action of this.#keys.actions) {
      if (action.kind === 'program') this.#write.fire([action.place], old, now)
      else this.#withRow(this.#write.target.oldRow, old, () => this.#restrict(action))
    }
  }

  /** Those that the statement does not mend by itself. */
  #asked<Check extends ParentCheck | ChildCheck>(checks: readonly Check[]): readonly Check[] {
    if (!this.#write.generation.mendsItself) return checks
    return checks.filter((check) => {
      const { onDelete } = check.key.reference
      const isMended = onDelete === 'CASCADE' || onDelete === 'SET NULL'
      return !isMended || !check.isPlain || !isImmediate(check, this.#keys)
    })
  }

  /** Emits `body` for a row that another one may have taken the place of. */
  #withRow(source: number, row: RowCode, body: () => void): void {
    const { generation } = this.#write
    const { sources } = generation
    const current: Source | undefined = sources.get(source)
    sources.set(source, rowSource(generation, row))
    body()
    if (current !== undefined) sources.set(source, current)
  }

  // ── Parents ──

  #parent(check: ParentCheck): string {
    const known = this.#parents.get(check)
    if (known !== undefined) return known
    const { generation } = this.#write
    const { emitter } = generation
    const { index } = check
    const parent = check.parent!
    const name = emitter.fresh('parent')
    const database = generation.database(parent.database)
    if (index === null) {
      const use = emitter.use('RowidParent', RowidParent)
      emitter.link(`const ${name} = new ${use}(${database}, ${integerText(parent.root)})`)
    } else {
      const use = emitter.use('KeyParent', KeyParent)
      const args = `${database}, ${emitter.slot(index)}, ${emitter.slot(parent)}`
      emitter.link(`const ${name} = new ${use}(${args})`)
    }
    emitter.atStart(`${name}.start()`)
    this.#parents.set(check, name)
    return name
  }

  /** The values by which a row refers to its parent; null: one of them is NULL whatever the row. */
  #valuesOf({ columns }: ParentCheck, row: RowCode): readonly Code[] | null {
    const codes = columns.map((column) => row.columns[column]!)
    return codes.some((code) => isOnly(code, nullKind)) ? null : codes
  }

  /** Emits `body` where no value is NULL. */
  #ifWhole(values: readonly Code[], body: () => void): void {
    const tests = values
      .filter((value) => mayBe(value, nullKind))
      .map(({ text }) => `${text} !== null`)
    const { emitter } = this.#write.generation
    if (tests.length === 0) body()
    else emitter.nested(`if (${tests.join(' && ')})`, body)
  }

  /** Emits what sets the key, and answers the condition that no row of the parent has it. */
  #setKey(check: ParentCheck, values: readonly Code[]): string {
    const { generation } = this.#write
    const parent = this.#parent(check)
    const texts = values.map((value) => generation.toValue(value).text)
    if (check.index === null) return `${parent}.isMissing(${texts[0]!})`
    texts.forEach((text, i) => generation.emitter.line(`${parent}.key[${i}] = ${text}`))
    return `${parent}.isMissing()`
  }

  /** A row that goes takes its violation with it. */
  #lookForOld(check: ParentCheck, old: RowCode): void {
    if (this.endsAtOnce && isImmediate(check, this.#keys)) return
    const values = this.#valuesOf(check, old)
    if (values === null) return
    const { emitter } = this.#write.generation
    if (check.parent === null) {
      this.#ifWhole(values, () => emitter.line(`${this.#counter(check)}--`))
      return
    }
    this.#guarded(check, () =>
      this.#ifWhole(values, () => {
        const isMissing = this.#setKey(check, values)
        emitter.line(`if (${isMissing}) ${this.#counter(check)}--`)
      }),
    )
  }

  #lookForNew(check: ParentCheck, now: RowCode): void {
    const values = this.#valuesOf(check, now)
    if (values === null) return
    const { emitter } = this.#write.generation
    this.#ifWhole(values, () => {
      const isMissing = this.#setKey(check, values)
      const isOwn = check.isSelf ? `!${this.#isOwn(check, values, now)} && ` : ''
      emitter.line(`if (${isOwn}${isMissing}) ${this.#violation(check)}`)
    })
  }

  /** The condition that a row is its own parent. */
  #isOwn(check: ParentCheck, values: readonly Code[], { columns, rowid }: RowCode): string {
    const { generation } = this.#write
    const parent = this.#parent(check)
    const { index } = check
    if (index === null) {
      return `${parent}.isOwn(${generation.toValue(values[0]!).text}, ${rowid!.text})`
    }
    index.columns.forEach(({ column }, i) => {
      const own = generation.toValue(column < 0 ? rowid! : columns[column]!)
      generation.emitter.line(`${parent}.own[${i}] = ${own.text}`)
    })
    return `${parent}.isOwn()`
  }

  // ── Children ──

  #count(check: ChildCheck, rows: PlanNode, step: 1 | -1): void {
    const { generation } = this.#write
    const { emitter } = generation
    const found = step > 0 ? this.#violation(check) : `${this.#counter(check)}--`
    emitter.once(() => generation.produce(rows, () => emitter.line(found)))
  }

  #restrict(action: KeyAction): void {
    if (action.kind === 'program') return
    const { generation } = this.#write
    const { emitter } = generation
    const failed = emitter.use('restrictFailed', restrictFailed)
    emitter.once(() => generation.produce(action.rows, () => emitter.line(`throw ${failed}()`)))
  }

  // ── Counters ──

  #violation(check: ParentCheck | ChildCheck): string {
    if (this.endsAtOnce && isImmediate(check, this.#keys)) {
      return `throw ${this.#write.generation.emitter.use('foreignKeyFailed', foreignKeyFailed)}()`
    }
    return `${this.#counter(check)}++`
  }

  #counter(check: ParentCheck | ChildCheck): string {
    const { generation } = this.#write
    if (isImmediate(check, this.#keys)) return generation.violations()
    return `${generation.keyViolations()}.${this.#keys.defers ? 'postponed' : 'deferred'}`
  }

  /** Emits `body` where there are violations that could be mended. */
  #guarded(check: ParentCheck | ChildCheck, body: () => void): void {
    const { generation } = this.#write
    const { emitter } = generation
    if (isImmediate(check, this.#keys)) {
      emitter.nested(`if (${generation.violations()} !== 0)`, body)
      return
    }
    const keys = generation.keyViolations()
    const own = check.key.reference.deferred ? `${keys}.deferred !== 0 || ` : ''
    emitter.nested(`if (${own}${keys}.postponed !== 0)`, body)
  }
}
