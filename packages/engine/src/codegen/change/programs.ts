/**
 * The programs of triggers. Each is a routine of the statement's module, whose parameters are the values of OLD and NEW that its body
 * names; all are declared before the first is emitted, for they may call each other, and themselves.
 *
 * What a program does counts for itself: changes() and last_insert_rowid() are afterwards what they were before. It has no savepoint:
 * an error ends the statement that everything began with, in the way that the innermost conflict clause, or RAISE, says (`failureOf`).
 * (`sqlite3CodeRowTriggerDirect`, `OP_Program`)
 */
import { sqlError, tooManyTriggerLevels } from '../../base/error.ts'
import { limits } from '../../base/limits.ts'
import type { BoundStatement, SourceId, TriggerProgram } from '../../plan/index.ts'
import { ignoredRow, realOfInteger } from '../../runtime/index.ts'
import type { Table } from '../../schema/index.ts'
import type { Frame } from '../emit/block.ts'
import type { Around } from '../emit/unit.ts'
import type { FiredPrograms, Generation, RowValues, Source } from '../source/generation.ts'
import { anyValue } from '../source/kinds.ts'
import type { Code, Kinds } from '../source/kinds.ts'

export class Programs implements FiredPrograms {
  readonly #generation: Generation
  readonly #programs: readonly TriggerProgram[]
  readonly #frames: readonly Frame[]
  readonly #sequences = new Map<Table, string>()

  constructor(generation: Generation, programs: readonly TriggerProgram[]) {
    this.#generation = generation
    this.#programs = programs
    this.#frames = programs.map((program) => this.#declare(program))
  }

  /** The last one first, as SQLite writes them. (`autoIncrementEnd`) */
  get sequences(): Iterable<string> {
    return [...this.#sequences.values()].reverse()
  }

  sequence(table: Table, creation: () => string): string {
    const known = this.#sequences.get(table)
    if (known !== undefined) return known
    const { emitter } = this.#generation
    const name = emitter.fresh('sequence')
    emitter.share(`const ${name} = ${creation()}`)
    this.#sequences.set(table, name)
    return name
  }

  #declare({ oldRow, newRow }: TriggerProgram): Frame {
    const generation = this.#generation
    const { emitter, used } = generation
    const frame = emitter.declareRoutine('trigger')
    for (const source of [oldRow, newRow]) {
      if (source === null) continue
      generation.sources.set(source, new OutsideRow(emitter.frame))
      for (const column of used.get(source) ?? []) {
        const key = `${source}.${column}`
        const code: Code = { text: emitter.fresh('a'), kinds: anyValue, simple: true }
        const argument = (): string => generation.column(source, column).text
        frame.parameters.set(key, { key, name: code.text, argument, code })
      }
    }
    return frame
  }

  /** Emits all of them. */
  emit(emitStep: (step: BoundStatement) => void): void {
    const { emitter } = this.#generation
    emitter.share('let depth = 0')
    const active = new Set<number>()
    for (const { trigger, recurs } of this.#programs) {
      if (!recurs && !active.has(trigger)) emitter.share(`let isActive${trigger} = false`)
      active.add(trigger)
    }
    this.#programs.forEach((program, i) =>
      this.#generation.defineProgram(
        this.#frames[i]!,
        () => this.#body(program, emitStep),
        this.#around(program),
      ),
    )
  }

  #body({ name, when, steps }: TriggerProgram, emitStep: (step: BoundStatement) => void): void {
    const { emitter } = this.#generation
    emitter.comment(name)
    if (when !== null) this.#generation.guard(when)
    for (const step of steps) emitter.nested('', () => emitStep(step))
  }

  #around({ trigger, recurs, ignores }: TriggerProgram): Around {
    const { emitter } = this.#generation
    const { triggerDepth } = limits.current
    if (triggerDepth === 0) throw sqlError('triggers nested too deep')
    const tooMany = emitter.use('tooManyTriggerLevels', tooManyTriggerLevels)
    const before = [
      `if (depth >= ${triggerDepth}) throw ${tooMany}()`,
      'const changes = ctx.changes',
      'const lastInsertRowid = ctx.lastInsertRowid',
    ]
    const entered = ['depth++']
    const after = ['ctx.changes = changes', 'ctx.lastInsertRowid = lastInsertRowid', 'depth--']
    if (!recurs) {
      before.unshift(`if (isActive${trigger}) return`)
      entered.push(`isActive${trigger} = true`)
      after.push(`isActive${trigger} = false`)
    }
    if (!ignores) return { before, entered, caught: [], after }
    const ignored = emitter.use('ignoredRow', ignoredRow)
    const caught = [`if (error !== ${ignored}) throw error`, 'return true']
    return { before, entered, caught, after }
  }

  fire(places: readonly number[], old: RowValues | null, now: RowValues | null): void {
    const generation = this.#generation
    const { emitter } = generation
    for (const place of places) {
      const program = this.#programs[place]!
      const bindings = new Map<SourceId, Source>()
      const bind = (source: SourceId | null, row: RowValues | null): void => {
        if (source !== null) bindings.set(source, new FiringRow(generation, program.on, row!))
      }
      bind(program.oldRow, old)
      bind(program.newRow, now)
      generation.withSources(bindings, () => {
        const call = emitter.callText(this.#frames[place]!)
        emitter.line(program.ignores ? `if (${call}) ${emitter.skip}` : call)
      })
    }
  }
}

/** OLD or NEW as the body of a program sees it: its columns are parameters. */
class OutsideRow implements Source {
  readonly frame: Frame

  constructor(frame: Frame) {
    this.frame = frame
  }

  kinds(): Kinds {
    return anyValue
  }

  column(): Code {
    throw new TypeError('a column of OLD or NEW is a parameter')
  }
}

/** The row that starts a program: what is passed is of the value domain. */
class FiringRow implements Source {
  readonly frame: Frame
  readonly #generation: Generation
  readonly #on: TriggerProgram['on']
  readonly #row: RowValues

  constructor(generation: Generation, on: TriggerProgram['on'], row: RowValues) {
    this.frame = generation.emitter.frame
    this.#generation = generation
    this.#on = on
    this.#row = row
  }

  kinds(): Kinds {
    return anyValue
  }

  column(column: number): Code {
    const { rowidAlias, columnCount, reals } = this.#on
    const { columns, rowid } = this.#row
    if (column === columnCount || column === rowidAlias) return rowid!
    const value = this.#generation.toValue(columns[column]!)
    if (reals[column] !== true) return value
    const real = this.#generation.emitter.use('realOfInteger', realOfInteger)
    return { text: `${real}(${value.text})`, kinds: anyValue, simple: false }
  }
}
