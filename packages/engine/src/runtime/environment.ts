/**
 * The functions and collations that statements of a connection can name: those that it has defined, over the built-in ones.
 *
 * A name may have several functions that differ in how many arguments they take. Of those that the connection has defined, one
 * for just this number comes before one for any number (`varargs`), and either before the built-in ones; so a function that is
 * defined for another number hides nothing. (`sqlite3FindFunction`, `matchQuality`)
 *
 * An environment changes by definitions and by the settings that decide about programs. Whoever changes it makes a new catalog, for
 * programs may mean it.
 */
import { collationByName } from '../record/index.ts'
import type { Collation, Collations, TextEncoding } from '../record/index.ts'
import type { AggregateFunction, FunctionLookup, ScalarFunction } from './functions/function.ts'
import { lookupAggregate, lookupScalar } from './functions/registry.ts'

/** SQLite folds the letters of ASCII and no others. */
function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (run) => run.toLowerCase())
}

/** As everything that is bound carries the name of a collation. */
function collationName(name: string): string {
  return name.replace(/[a-z]+/g, (run) => run.toUpperCase())
}

export class Environment implements Collations {
  /** PRAGMA recursive_triggers: a trigger may fire while its own program runs. */
  recursiveTriggers = false
  /** Folded name → the functions that were defined. */
  readonly #scalars = new Map<string, ScalarFunction[]>()
  readonly #collations = new Map<string, Collation>()

  /** The scalar function of that name for so many arguments. */
  scalar(name: string, argCount: number): FunctionLookup<ScalarFunction> {
    const own = this.#scalars.get(foldName(name))
    if (own === undefined) return lookupScalar(name, argCount)
    const chosen = bestOf(own, argCount)
    if (chosen !== null) return { kind: 'found', function: chosen }
    const builtIn = lookupScalar(name, argCount)
    return builtIn.kind === 'unknown' ? { kind: 'wrong-count' } : builtIn
  }

  /** The aggregate function, unless a scalar one hides it. */
  aggregate(name: string, argCount: number): FunctionLookup<AggregateFunction> {
    const own = this.#scalars.get(foldName(name))
    if (own !== undefined && bestOf(own, argCount) !== null) return { kind: 'unknown' }
    return lookupAggregate(name, argCount)
  }

  collation(name: string, encoding: TextEncoding = 'utf8'): Collation | null {
    return collationByName(name, encoding) ?? this.#collations.get(collationName(name)) ?? null
  }

  /** Defines a function, in place of one of the same name for the same number of arguments. */
  define(definition: ScalarFunction): void {
    const name = foldName(definition.name)
    const others = (this.#scalars.get(name) ?? []).filter(
      (known) => known.maxArgs !== definition.maxArgs,
    )
    this.#scalars.set(name, [...others, definition])
  }

  /** Whether a definition would take the place of another, be it a built-in one. */
  replacesFunction({ name, maxArgs }: ScalarFunction): boolean {
    const own = this.#scalars.get(foldName(name)) ?? []
    if (own.some((known) => known.maxArgs === maxArgs)) return true
    if (maxArgs < 0) return false
    return (
      lookupScalar(name, maxArgs).kind === 'found' ||
      lookupAggregate(name, maxArgs).kind === 'found'
    )
  }

  /** Defines a collation. The built-in ones stay what they are. @returns whether it took the place of another */
  defineCollation(name: string, compare: Collation['compare']): boolean {
    const upper = collationName(name)
    const isKnown = this.#collations.has(upper)
    this.#collations.set(upper, { name: upper, compare })
    return isKnown
  }

  hasCollation(name: string): boolean {
    return this.collation(name) !== null
  }

  /** The scalar functions that were defined. */
  get ownScalars(): readonly ScalarFunction[] {
    return [...this.#scalars.values()].flat()
  }

  /** Names of the collations that were defined, the latest first. */
  get ownCollations(): readonly string[] {
    return [...this.#collations.keys()].toReversed()
  }
}

function bestOf(definitions: readonly ScalarFunction[], argCount: number): ScalarFunction | null {
  let best: ScalarFunction | null = null
  for (const definition of definitions) {
    if (definition.maxArgs === argCount) return definition
    if (definition.maxArgs < 0) best = definition
  }
  return best
}

/** Where nobody has defined anything. Nothing is defined in it. */
export const builtInEnvironment: Environment = new Environment()
