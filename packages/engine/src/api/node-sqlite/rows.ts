/**
 * Rows of statements that write. They are handed over when all is done, and an INTEGER that is too large must not undo it: so they come as
 * arrays with bigints, and are brought into shape here.
 */
import { shownBare } from '../../runtime/index.ts'

export interface RowShape {
  /** Asked for with each row: the statement may have been compiled anew before the first. */
  readonly names: () => readonly string[]
  readonly arrays: boolean
  readonly bigInts: boolean
}

/** @param row of the mode `bare-raw`, with bigints. @throws RangeError: see `shownBare` */
export function shapedRow(row: unknown[], { names, arrays, bigInts }: RowShape): unknown {
  if (!bigInts) {
    for (let i = 0; i < row.length; i++) {
      const value = row[i]
      if (typeof value !== 'bigint') continue
      const number = Number(value)
      row[i] = Number.isSafeInteger(number) ? number : shownBare(value)
    }
  }
  if (arrays) return row
  const object = Object.create(null) as Record<string, unknown>
  const keys = names()
  for (let i = 0; i < row.length; i++) object[keys[i]!] = row[i]
  return object
}
