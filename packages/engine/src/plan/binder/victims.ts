/** Rows that REPLACE deletes: what fires for them, and what foreign keys ask. Nothing, where a statement meets none. */
import { noTriggers } from '../fires.ts'
import type { WriteTarget } from '../statement.ts'
import type { Binder } from './binder.ts'
import { tableTriggers } from './firing.ts'
import { replacesRows, victimKeys, type KeyMistakes, type Replacing } from './key-checks.ts'

/** The target with what its victims need. (`sqlite3GenerateConstraintChecks`) */
export function withVictims(
  b: Binder,
  written: WriteTarget,
  replacing: Replacing,
  mistakes: KeyMistakes,
): WriteTarget {
  if (!replacesRows(b, written, replacing)) return written
  // Unless triggers recur, these fire none.
  const victims = b.catalog.environment.recursiveTriggers
    ? tableTriggers(b, written.table, { event: 'DELETE', columns: [] }, 'REPLACE')
    : noTriggers
  const target = { ...written, victims }
  return { ...target, victimKeys: victimKeys(b, target, mistakes) }
}
