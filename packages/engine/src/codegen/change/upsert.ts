/**
 * ON CONFLICT … DO UPDATE. Each clause becomes one inner function, called wherever a conflict is answered by it: with the identity of the
 * row that is in the way, and those values of the new row that it names (`excluded`). It is an UPDATE of one row whose own conflicts
 * abort, whatever the statement and the table say. (`sqlite3UpsertDoUpdate`)
 */
import { missingKeyedRow, missingRow, realOfInteger } from '../../runtime/index.ts'
import type { BoundInsert, BoundUpsert, ConflictPolicy } from '../../plan/index.ts'
import type { Frame } from '../emit/block.ts'
import type { Source } from '../source/generation.ts'
import { anyInteger, anyValue, nullKind } from '../source/kinds.ts'
import type { Code } from '../source/kinds.ts'
import { VariablesSource } from '../source/sources.ts'
import { partsOf, withParts } from './row/identity.ts'
import type { RowIdentity } from './row/identity.ts'
import { pinned } from './row/image.ts'
import type { RowCode } from './row/image.ts'
import { KeyEmitter } from './row/keys.ts'
import { newLocal, withOldRow } from './row/old-row.ts'
import type { WriteEmitter } from './row/write-emitter.ts'
import { updateRow } from './update.ts'

const aborting: ConflictPolicy = { orAction: 'ABORT', upserts: [] }

/** A clause as a function, and the locals that its callers give the row's identity in. */
interface Routine {
  readonly frame: Frame
  readonly parts: readonly number[]
}

export class Upserts {
  readonly #write: WriteEmitter
  readonly #statement: BoundInsert
  readonly #routines = new Map<BoundUpsert, Routine>()

  constructor(write: WriteEmitter, statement: BoundInsert) {
    this.#write = write
    this.#statement = statement
  }

  /** The values that are given for a row, in variables where an update may want them unconverted. */
  kept(values: readonly Code[]): readonly Code[] {
    const { emitter } = this.#write.generation
    return this.isUpdating ? values.map((value) => pinned(emitter, value)) : values
  }

  /** Some clause updates. */
  get isUpdating(): boolean {
    return this.#statement.upserts.some(({ update }) => update !== null)
  }

  /** Emits the update of the row `other` by `clause`, and the end of the new row. */
  update(clause: BoundUpsert, other: RowIdentity, excluded: RowCode): void {
    const { generation } = this.#write
    const { emitter } = generation
    generation.sources.set(this.#statement.excluded!, this.#excludedSource(excluded))
    const { frame, parts } = this.#routine(clause, other)
    partsOf(other).forEach((code, i) => {
      generation.locals.set(parts[i]!, { frame: emitter.frame, code })
    })
    emitter.callConsumer(frame)
    emitter.line(emitter.skip)
  }

  /** The columns, then the rowid. What a REAL column is given is a REAL, even where it has not been converted. */
  #excludedSource({ columns, rowid }: RowCode): Source {
    const { generation, target } = this.#write
    const { table } = target
    const real = generation.emitter.use('realOfInteger', realOfInteger)
    const values = columns.map((code, i): Code => {
      const value = generation.toValue(code)
      const isReal = table.columns[i]!.affinity === 'real'
      const text = isReal && i !== table.rowidAlias ? `${real}(${value.text})` : value.text
      return { text, kinds: anyValue, simple: true }
    })
    if (rowid !== null) {
      values.push(rowid)
      if (table.rowidAlias >= 0) values[table.rowidAlias] = rowid
    }
    return new VariablesSource(generation, values)
  }

  #routine(clause: BoundUpsert, other: RowIdentity): Routine {
    const known = this.#routines.get(clause)
    if (known !== undefined) return known
    const { generation, target } = this.#write
    // What one caller knows of the values need not be true of another's.
    const kinds = other.kind === 'rowid' ? anyInteger : anyValue & ~nullKind
    const parts = partsOf(other).map((code) => newLocal(generation, { ...code, kinds }))
    const frame = generation.emitter.function('upsert', 'return', () => {
      const codes = parts.map((id) => generation.local(id))
      this.#emitUpdate(clause, withParts(other, codes))
    })
    // The rows that it has bound are those of the update.
    generation.sources.delete(target.oldRow)
    const routine: Routine = { frame, parts }
    this.#routines.set(clause, routine)
    return routine
  }

  #emitUpdate({ update }: BoundUpsert, identity: RowIdentity): void {
    const write = this.#write
    const { generation, target } = write
    const { emitter } = generation
    const newRow = generation.source(target.newRow)
    const found = emitter.fresh('found')
    emitter.line(`let ${found} = false`)
    emitter.once(() =>
      withOldRow(generation, target, identity, () => {
        emitter.line(`${found} = true`)
        if (update!.where !== null) generation.guard(update!.where)
        const keys = KeyEmitter.of(write, this.#statement, update!.keys, true)
        updateRow(write, update!, aborting, identity, update!.triggers, keys)
      }),
    )
    const missing = target.table.withoutRowid
      ? emitter.use('missingKeyedRow', missingKeyedRow)
      : emitter.use('missingRow', missingRow)
    emitter.line(`if (!${found}) throw ${missing}()`)
    generation.sources.set(target.newRow, newRow)
  }
}
