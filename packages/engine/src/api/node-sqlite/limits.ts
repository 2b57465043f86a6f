/** `database.limits`: what SQLite's limits are here. (Run-Time Limits) */
import {
  maxAttached,
  maxColumns,
  maxCompoundSelect,
  maxExpressionDepth,
  maxFunctionArguments,
  maxLength,
  maxLikePatternLength,
  maxSqlLength,
  maxTriggerDepth,
  maxVariableNumber,
} from '../../base/limits.ts'
import { notSupported } from '../../base/error.ts'
import { invalidArgType, outOfRange } from './errors.ts'
import type { DatabaseLimits } from './face.ts'
import { isInt32 } from './is-int32.ts'

export type LimitName = keyof DatabaseLimits

/** The limits, and the highest value of each; that of SQLite's virtual machine, which is not here, is SQLite's. */
const highest: Readonly<Record<LimitName, number>> = {
  length: maxLength,
  sqlLength: maxSqlLength,
  column: maxColumns,
  exprDepth: maxExpressionDepth,
  compoundSelect: maxCompoundSelect,
  vdbeOp: 250_000_000,
  functionArg: maxFunctionArguments,
  attach: maxAttached,
  likePatternLength: maxLikePatternLength,
  variableNumber: maxVariableNumber,
  triggerDepth: maxTriggerDepth,
}

export const limitNames: readonly LimitName[] = Object.keys(highest) as LimitName[]

/** An object whose members are the limits of a connection. @param check throws where it is not open */
export function limitsOf(check: () => unknown): DatabaseLimits {
  const limits = {} as DatabaseLimits
  for (const name of limitNames) {
    Object.defineProperty(limits, name, {
      enumerable: true,
      get: () => {
        check()
        return highest[name]
      },
      set: (value: unknown) => {
        check()
        setLimit(name, value)
      },
    })
  }
  return limits
}

/** As SQLite does, a value above the highest one means that. */
export function setLimit(name: LimitName, value: unknown): void {
  if (value !== Infinity && !isInt32(value)) {
    throw invalidArgType('Limit value must be a non-negative integer or Infinity.')
  }
  if (value < 0) throw outOfRange('Limit value must be non-negative.')
  if (value < highest[name]) throw notSupported(`a lower limit than ${highest[name]} for ${name}`)
}
