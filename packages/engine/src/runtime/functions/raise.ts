/** RAISE: no name leads to these functions. (CREATE TRIGGER §6 The RAISE() function) */
import { triggerFailed } from '../../base/error.ts'
import type { Value } from '../../record/index.ts'
import { failingAs, ignoredRow, type Failure } from '../change/statement-end.ts'
import { toText } from '../convert.ts'
import { scalar } from './function.ts'
import type { ScalarFunction } from './function.ts'

function ignore(): never {
  throw ignoredRow
}

function fail(failure: Failure): (message: Value) => never {
  return (message) => {
    throw failingAs(triggerFailed(toText(message) ?? ''), failure)
  }
}

/** In the program of a trigger, by what follows. */
export const raising: Readonly<Record<Failure | 'IGNORE', ScalarFunction>> = {
  IGNORE: scalar('raise_ignore', 0, ignore, { deterministic: false }),
  ABORT: scalar('raise_abort', 1, fail('ABORT'), { deterministic: false }),
  FAIL: scalar('raise_fail', 1, fail('FAIL'), { deterministic: false }),
  ROLLBACK: scalar('raise_rollback', 1, fail('ROLLBACK'), { deterministic: false }),
}

/** In a CHECK, which is then refused where it has to be checked: nothing calls it. */
export const raise: ScalarFunction = scalar('raise', [0, 1], () => null)
