/** What is read from a column of REAL affinity: an INTEGER is a REAL, all else stays. (`OP_RealAffinity`) */
import { realValue, type Value } from '../../record/index.ts'

export function realOfInteger(value: Value): Value {
  if (typeof value === 'bigint') return realValue(Number(value))
  return typeof value === 'number' ? realValue(value) : value
}
