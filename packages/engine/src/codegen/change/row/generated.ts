/** The generated columns of a row that is about to be stored: all are computed, the virtual ones too, for constraints and indexes ask for them. */
import type { ConflictAction, WriteTarget } from '../../../plan/index.ts'
import type { Column } from '../../../schema/index.ts'
import type { Code } from '../../source/kinds.ts'
import { emitStrictCheck } from '../strict-types.ts'
import { checkNotNull, checkTypes, refuseNulls } from './checks.ts'
import { bindNewRow, stored } from './image.ts'
import type { RowCode } from './image.ts'
import type { WriteEmitter } from './write-emitter.ts'

function isStored({ generated }: Column): boolean {
  return generated?.stored === true
}

/** Columns of a STRICT table whose types are asked after NOT NULL: all, or where there are generated ones, those that are stored. */
export function typedLast({ table, generated }: WriteTarget): (column: number) => boolean {
  return (i) => generated.length === 0 || isStored(table.columns[i]!)
}

/** The row with the generated columns computed from the others. */
export function withGenerated(write: WriteEmitter, row: RowCode): RowCode {
  const { generation, target } = write
  const { table, generated } = target
  if (generated.length === 0) return row
  const { rowid } = row
  const columns = row.columns.map((code, i) => (i === table.rowidAlias ? rowid! : code))
  for (const { column, value } of generated) {
    bindNewRow(generation, target, { columns, rowid })
    const definition = table.columns[column]!
    const code = stored(generation, definition, generation.value(value))
    // That of a stored one is asked when all of the row is there.
    if (table.strict && !isStored(definition)) emitStrictCheck(generation, table, definition, code)
    columns[column] = code
  }
  return { columns, rowid }
}

/** The row as NEW shows it to BEFORE triggers. They do not start where a generated column of a STRICT table has a wrong type. */
export function newForTriggers(write: WriteEmitter, row: RowCode): RowCode {
  const complete = withGenerated(write, row)
  checkTypes(write, complete.columns, (i) => isStored(write.target.table.columns[i]!))
  return complete
}

/**
 * NOT NULL of all columns, and the values of the generated ones. Theirs come last, when REPLACE may have put a default in the place of what they
 * were computed from, and REPLACE is no answer to them. (`sqlite3GenerateConstraintChecks`)
 */
export function completeRow(
  write: WriteEmitter,
  columns: readonly Code[],
  rowid: Code | null,
  orAction: ConflictAction | null,
  which: (column: number) => boolean,
): readonly Code[] {
  const { table, generated } = write.target
  if (generated.length === 0) {
    const checked = checkNotNull(write, columns, orAction, which)
    return refuseNulls(write, checked, orAction, (i) => checked[i] !== columns[i] && which(i))
  }
  const isGenerated = (column: number): boolean => table.columns[column]!.generated !== null
  const first = withGenerated(write, { columns, rowid }).columns
  const checked = checkNotNull(write, first, orAction, (i) => which(i) && !isGenerated(i))
  const isReplaced = (i: number): boolean => checked[i]!.text !== first[i]!.text
  let second = checked
  if (checked.some((_, i) => isReplaced(i))) {
    // The others have been asked for theirs.
    checkTypes(write, checked, isReplaced)
    second = withGenerated(write, { columns: checked, rowid }).columns
  }
  return refuseNulls(write, second, orAction, (i) => isGenerated(i) || (which(i) && isReplaced(i)))
}
