/**
 * `database.limits`: SQLite's limits as they are here, which a connection may lower. (Run-Time Limits) Two of them it may not: that of texts and BLOBs, and that of the
 * instructions of SQLite's virtual machine, which is not here.
 */
import { notSupported } from '../../base/error.ts'
import { highestLimits, maxLength, type Limits } from '../../base/limits.ts'
import { answeringInNode, invalidArgType, outOfRange } from './errors.ts'
import type { DatabaseLimits } from './face.ts'
import { isInt32 } from './is-int32.ts'

export type LimitName = keyof DatabaseLimits

/** The highest values; the last two are fixed. */
const highest: Readonly<DatabaseLimits> = {
  length: maxLength,
  sqlLength: highestLimits.sqlLength,
  column: highestLimits.column,
  exprDepth: highestLimits.exprDepth,
  compoundSelect: highestLimits.compoundSelect,
  vdbeOp: 250_000_000,
  functionArg: highestLimits.functionArg,
  attach: highestLimits.attach,
  likePatternLength: highestLimits.likePatternLength,
  variableNumber: highestLimits.variableNumber,
  triggerDepth: highestLimits.triggerDepth,
}

export const limitNames: readonly LimitName[] = Object.keys(highest) as LimitName[]

/** Whose limits they are. */
export interface LimitsOwner {
  limits: Limits
}

/** An object whose members are the limits of a connection. @param ownerOf throws where it is not open */
export function limitsOf(ownerOf: () => LimitsOwner): DatabaseLimits {
  const members = limitNames.map((name) => {
    const get = answeringInNode('', () => {
      const { limits } = ownerOf()
      return isFixed(name) ? highest[name] : limits[name]
    })
    const set = answeringInNode('', (value) => setLimit(ownerOf(), name, checked(value)))
    return [name, { enumerable: true, get, set }] as const
  })
  return Object.defineProperties({} as DatabaseLimits, Object.fromEntries(members))
}

function isFixed(name: LimitName): name is 'length' | 'vdbeOp' {
  return name === 'length' || name === 'vdbeOp'
}

function checked(value: unknown): number {
  if (value !== Infinity && !isInt32(value)) {
    throw invalidArgType('Limit value must be a non-negative integer or Infinity.')
  }
  if (value < 0) throw outOfRange('Limit value must be non-negative.')
  return value
}

/** A value above the highest one means that one. */
export function setLimit(owner: LimitsOwner, name: LimitName, value: number): void {
  const most = highest[name]
  if (!isFixed(name)) owner.limits = { ...owner.limits, [name]: Math.min(value, most) }
  else if (value < most) throw notSupported(`a limit of ${value} for ${name}`)
}
