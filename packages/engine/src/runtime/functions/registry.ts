/**
 * Built-in functions by name. Names fold ASCII case. A lookup says whether the name is unknown or only the
 * number of arguments is wrong, because SQLite's messages do.
 */
import { aggregateFunctions } from './aggregate.ts'
import { coreFunctions } from './core.ts'
import { dateFunctions } from './date.ts'
import type { AggregateFunction, FunctionLookup, ScalarFunction } from './function.ts'
import { jsonFunctions } from './json/functions.ts'
import { jsonAggregates } from './json/group.ts'
import { mathFunctions } from './math.ts'
import { percentileFunctions } from './percentile.ts'
import { textFunctions } from './text-functions.ts'

function byName<F extends { readonly name: string }>(
  ...lists: readonly (readonly F[])[]
): Map<string, F> {
  return new Map(lists.flat().map((entry) => [entry.name, entry]))
}

const scalars: ReadonlyMap<string, ScalarFunction> = byName(
  coreFunctions,
  textFunctions,
  mathFunctions,
  dateFunctions,
  jsonFunctions,
)
const aggregates: ReadonlyMap<string, AggregateFunction> = byName(
  aggregateFunctions,
  jsonAggregates,
  percentileFunctions,
)

function lookup<F extends ScalarFunction | AggregateFunction>(
  map: ReadonlyMap<string, F>,
  name: string,
  argCount: number,
): FunctionLookup<F> {
  // SQLite folds the letters of ASCII and no others.
  const found = map.get(name.replace(/[A-Z]+/g, (run) => run.toLowerCase()))
  if (found === undefined) return { kind: 'unknown' }
  if (argCount < found.minArgs || (found.maxArgs >= 0 && argCount > found.maxArgs))
    return { kind: 'wrong-count' }
  return { kind: 'found', function: found }
}

/** The built-in scalar function of that name. (`min` and `max` with one argument are aggregates.) */
export function lookupScalar(name: string, argCount: number): FunctionLookup<ScalarFunction> {
  return lookup(scalars, name, argCount)
}

export function lookupAggregate(name: string, argCount: number): FunctionLookup<AggregateFunction> {
  return lookup(aggregates, name, argCount)
}

/** For `PRAGMA function_list`. */
export function allScalarFunctions(): readonly ScalarFunction[] {
  return [...scalars.values()]
}

export function allAggregateFunctions(): readonly AggregateFunction[] {
  return [...aggregates.values()]
}
