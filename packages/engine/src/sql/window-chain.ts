/** Windows that go on from others by name. (Window Functions §2.3 Window Chaining) */
import { sqlError } from '../base/error.ts'
import type { WindowSpecification } from './ast/query.ts'

/** The windows of a WINDOW clause. */
type Definitions = readonly { readonly name: string; readonly window: WindowSpecification }[]

function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (run) => run.toLowerCase())
}

/** The window of that name: of several the last. */
export function findWindow(name: string, definitions: Definitions): WindowSpecification {
  const folded = foldName(name)
  const found = definitions.findLastIndex((one) => foldName(one.name) === folded)
  if (found < 0) throw sqlError(`no such window: ${name}`)
  const { window } = definitions[found]!
  // The first one of the clause names nothing, and each later one those before it.
  return found === 0
    ? { ...window, base: null }
    : chainedWindow(window, definitions.slice(0, found))
}

/** The window with what it takes over from the one that it names. */
export function chainedWindow(
  window: WindowSpecification,
  definitions: Definitions,
): WindowSpecification {
  const { base } = window
  if (base === null) return window
  const known = findWindow(base, definitions)
  const clause =
    window.partitionBy.length > 0
      ? 'PARTITION clause'
      : known.orderBy.length > 0 && window.orderBy.length > 0
        ? 'ORDER BY clause'
        : known.frame !== null
          ? 'frame specification'
          : null
  if (clause !== null) throw sqlError(`cannot override ${clause} of window: ${base}`)
  const orderBy = known.orderBy.length > 0 ? known.orderBy : window.orderBy
  return { ...window, base: null, partitionBy: known.partitionBy, orderBy }
}
