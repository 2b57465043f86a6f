/** What is read from a column of REAL affinity: an INTEGER is a REAL, all else stays. (`OP_RealAffinity`) */
import { realValue, type Value } from '../../record/index.ts'
import { scalar, type ScalarFunction } from './function.ts'

/** No function that a statement can name. */
export const realAffinity: ScalarFunction = scalar(
  'real affinity',
  1,
  (value: Value): Value => {
    if (typeof value === 'bigint') return realValue(Number(value))
    return typeof value === 'number' ? realValue(value) : value
  },
  { takesBlobs: 'all' },
)
