/** `pragma(source, options)`. */
import { checkTextLength } from '../../../base/long-text.ts'
import { callStatement, checkText, usualSwitches } from './calls.ts'
import { optionsOf } from './call-options.ts'
import type { CallOptions } from './cancellation.ts'
import type { Scope } from './scope.ts'

/** All rows, or the first value of the first row. */
export async function runPragma(scope: Scope, source: unknown, given: unknown): Promise<unknown> {
  checkText(source)
  const { simple = false, ...rest } = optionsOf(given) as CallOptions & {
    readonly simple?: unknown
  }
  if (typeof simple !== 'boolean') {
    throw new TypeError('Expected the "simple" option to be a boolean')
  }
  checkTextLength('PRAGMA '.length + source.length)
  const options = Object.keys(rest).length === 0 ? [] : [rest]
  const switches = usualSwitches(scope)
  const rows = (await callStatement(
    scope,
    `PRAGMA ${source}`,
    'rows',
    switches,
    options,
  )) as object[]
  if (!simple) return rows
  return rows.length === 0 ? undefined : Object.values(rows[0]!)[0]
}
