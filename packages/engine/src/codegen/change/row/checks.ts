/**
 * What a new row must be by itself: NOT NULL, the types of a STRICT table, CHECK. An UPDATE checks what names a column that it sets.
 */
import { checkFailed, notNullFailed } from '../../../base/error.ts'
import type { BoundExpression, ConflictAction, WriteTarget } from '../../../plan/index.ts'
import type { Column } from '../../../schema/index.ts'
import { mayBe, nullKind } from '../../source/kinds.ts'
import type { Code } from '../../source/kinds.ts'
import { negation } from '../../emit/negation.ts'
import { namesChanged } from '../changed-columns.ts'
import type { ChangedColumns } from '../changed-columns.ts'
import { emitStrictCheck } from '../strict-types.ts'
import { converted } from '../../source/convert.ts'
import type { WriteEmitter } from './write-emitter.ts'

/**
 * NOT NULL, which may put the default in place of NULL (REPLACE): so the columns it answers are those to go on
 * with. Defaults that are NULL themselves fail after all other columns have been checked, by `refuseNulls`.
 */
export function checkNotNull(
  write: WriteEmitter,
  columns: readonly Code[],
  orAction: ConflictAction | null,
  which: (column: number) => boolean,
): readonly Code[] {
  const { table, defaults } = write.target
  return columns.map((code, i) => {
    const column = table.columns[i]!
    if (column.notNull === null || i === table.rowidAlias || !which(i)) return code
    if (!mayBe(code, nullKind)) return code
    const action = orAction ?? column.notNull
    const replacement = action === 'REPLACE' ? defaults[i]! : null
    if (replacement === null) return failNull(write, column, code, action)
    return orDefault(write, column, code, replacement)
  })
}

/** NOT NULL where there is no default to take: REPLACE is no answer to it. */
export function refuseNulls(
  write: WriteEmitter,
  columns: readonly Code[],
  orAction: ConflictAction | null,
  which: (column: number) => boolean,
): readonly Code[] {
  const { table } = write.target
  return columns.map((code, i) => {
    const column = table.columns[i]!
    if (column.notNull === null || i === table.rowidAlias || !which(i)) return code
    return failNull(write, column, code, orAction ?? column.notNull)
  })
}

function orDefault(
  { generation, takenDefaults }: WriteEmitter,
  column: Column,
  code: Code,
  replacement: BoundExpression,
): Code {
  const { emitter } = generation
  const text = emitter.fresh('v')
  const written = takenDefaults === null ? null : emitter.fresh('given')
  emitter.line(`let ${text} = ${code.text}`)
  if (written !== null) {
    takenDefaults!.set(text, written)
    emitter.line(`let ${written} = null`)
  }
  let kinds = code.kinds & ~nullKind
  emitter.nested(`if (${text} === null)`, () => {
    let given = generation.value(replacement)
    if (written !== null) {
      given = emitter.name(generation.toValue(given))
      emitter.line(`${written} = ${given.text}`)
    }
    const value = converted(generation, column, given)
    kinds |= value.kinds
    emitter.line(`${text} = ${value.text}`)
  })
  return { text, kinds, simple: true }
}

/** From here on the column is not NULL. */
function failNull(write: WriteEmitter, column: Column, code: Code, action: ConflictAction): Code {
  if (!mayBe(code, nullKind)) return code
  const { emitter } = write.generation
  const use = emitter.use('notNullFailed', notNullFailed)
  const table = emitter.slot(write.target.table.name)
  emitter.nested(`if (${code.text} === null)`, () =>
    write.fail(
      action === 'REPLACE' ? 'ABORT' : action,
      `${use}(${table}, ${emitter.slot(column.name)})`,
    ),
  )
  return { ...code, kinds: code.kinds & ~nullKind }
}

/** Each value of a STRICT table is NULL or of its column's type. */
export function checkTypes(
  { generation, target }: WriteEmitter,
  columns: readonly Code[],
  which: (column: number) => boolean,
): void {
  const { table } = target
  if (!table.strict) return
  columns.forEach((code, i) => {
    if (i === table.rowidAlias || !which(i)) return
    emitStrictCheck(generation, table, table.columns[i]!, code)
  })
}

/** The CHECK constraints that a row must pass: of an updated row those that name a column that changes. */
export function checksOf(
  target: WriteTarget,
  changed: ChangedColumns | null,
): WriteTarget['checks'] {
  const { checks, newRow } = target
  if (changed === null) return checks
  return checks.filter(({ condition }) => namesChanged([condition], newRow, changed))
}

/** CHECK constraints: NULL passes. */
export function checkConditions(
  write: WriteEmitter,
  checks: WriteTarget['checks'],
  orAction: ConflictAction | null,
): void {
  const { emitter } = write.generation
  for (const check of checks) {
    const condition = write.generation.condition(check.condition, true)
    const fails = negation(condition)
    if (fails === 'false') continue
    // The conflict clause of a CHECK is ignored, as in SQLite; OR REPLACE aborts.
    const action = orAction === 'REPLACE' ? 'ABORT' : (orAction ?? 'ABORT')
    const use = emitter.use('checkFailed', checkFailed)
    emitter.nested(`if (${fails})`, () => write.fail(action, `${use}(${emitter.slot(check.name)})`))
  }
}
