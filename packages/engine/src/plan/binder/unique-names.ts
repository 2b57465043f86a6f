/** The names of the columns of a table, view or subquery. */
import { foldName } from '../../schema/index.ts'

/** Names as a table has them, each only once: a later `a` is `a:1`. (`sqlite3ColumnsFromExprList`) */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  // The number that the last namesake got: all below are taken.
  const last = new Map<string, number>()
  let changed = false
  const unique = names.map((name) => {
    let candidate = name
    if (taken.has(foldName(name))) {
      changed = true
      const base = name.replace(/:\d+$/, '')
      const folded = foldName(base)
      let n = last.get(folded) ?? 1
      while (taken.has(`${folded}:${n}`)) n++
      last.set(folded, n)
      candidate = `${base}:${n}`
    }
    taken.add(foldName(candidate))
    return candidate
  })
  return changed ? unique : names
}
