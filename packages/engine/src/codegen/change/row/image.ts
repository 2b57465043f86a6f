/** A row in variables: new values as their columns keep them, old ones as they were read. */
import type { WriteTarget } from '../../../plan/index.ts'
import { storedRaw } from '../../../runtime/index.ts'
import type { Column } from '../../../schema/index.ts'
import type { Emitter } from '../../emit/emitter.ts'
import { converted } from '../../source/convert.ts'
import type { Generation } from '../../source/generation.ts'
import { anyValue, mayBe, rawKind } from '../../source/kinds.ts'
import type { Code } from '../../source/kinds.ts'
import { VariablesSource } from '../../source/sources.ts'
import type { RowIdentity } from './identity.ts'

/** A row of variables: the columns after affinity, an alias of the rowid among them, and the rowid where there is one. */
export interface RowCode {
  readonly columns: readonly Code[]
  readonly rowid: Code | null
}

/** A value as its column keeps it, in a variable. */
export function stored(generation: Generation, column: Column, code: Code): Code {
  return pinned(generation.emitter, converted(generation, column, code))
}

/** A value as a record keeps it. */
export function recordValue(generation: Generation, code: Code): Code {
  if (!mayBe(code, rawKind)) return code
  const use = generation.emitter.use('storedRaw', storedRaw)
  return { text: `${use}(${code.text})`, kinds: anyValue, simple: false }
}

/** Which row a new row will be. */
export function newIdentity(
  generation: Generation,
  { primary }: WriteTarget,
  { columns, rowid }: RowCode,
): RowIdentity {
  if (primary === null) return { kind: 'rowid', rowid: rowid! }
  const key = primary.index.columns.map(({ column }) =>
    generation.emitter.name(generation.toValue(columns[column]!)),
  )
  return { kind: 'key', columns: key }
}

/** Binds the new row, so that checks and index expressions can name it. */
export function bindNewRow(generation: Generation, target: WriteTarget, row: RowCode): void {
  generation.sources.set(target.newRow, rowSource(generation, row))
}

/** A row of variables as a source of columns. */
export function rowSource(generation: Generation, { columns, rowid }: RowCode): VariablesSource {
  const all = new Map<number, Code>(columns.entries())
  if (rowid !== null) all.set(-1, rowid)
  return new VariablesSource(generation, all)
}

/** A value in a variable of its own: code that reads a page does not outlive a change of the page. */
export function pinned(emitter: Emitter, code: Code): Code {
  const isFixed = code.simple && /^\w+$|^"[^"\\]*"$/.test(code.text)
  return isFixed ? code : emitter.name({ ...code, simple: false })
}
