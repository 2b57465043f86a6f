/**
 * The functions, collations and modules that statements of a connection can name: those that it has defined, over the built-in ones.
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
import type { Table, VirtualDefinition } from '../schema/index.ts'
import { Modules } from './modules/modules.ts'
import { defaultSettings, type Settings } from './settings.ts'

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
  readonly #functions = new Map<string, OwnFunction[]>()
  readonly #collations = new Map<string, Collation>()
  readonly modules: Modules = new Modules()
  /** What else decides about the meaning of a statement. */
  readonly settings: Settings = defaultSettings()

  /** The scalar function of that name for so many arguments. */
  scalar(name: string, argCount: number): FunctionLookup<ScalarFunction> {
    const own = this.#functions.get(foldName(name))
    if (own === undefined) return lookupScalar(name, argCount)
    const chosen = bestOf(own, argCount)
    if (chosen !== null) {
      return isAggregate(chosen) ? { kind: 'unknown' } : { kind: 'found', function: chosen }
    }
    const builtIn = lookupScalar(name, argCount)
    return builtIn.kind === 'unknown' ? { kind: 'wrong-count' } : builtIn
  }

  /** The aggregate function, unless a scalar one hides it. */
  aggregate(name: string, argCount: number): FunctionLookup<AggregateFunction> {
    const own = this.#functions.get(foldName(name))
    if (own === undefined) return lookupAggregate(name, argCount)
    const chosen = bestOf(own, argCount)
    if (chosen !== null) {
      return isAggregate(chosen) ? { kind: 'found', function: chosen } : { kind: 'unknown' }
    }
    const builtIn = lookupAggregate(name, argCount)
    return builtIn.kind === 'unknown' && own.some(isAggregate) ? { kind: 'wrong-count' } : builtIn
  }

  collation(name: string, encoding: TextEncoding = 'utf8'): Collation | null {
    return collationByName(name, encoding) ?? this.#collations.get(collationName(name)) ?? null
  }

  /** Defines a function, in place of one of the same name for the same number of arguments. */
  define(definition: OwnFunction): void {
    const name = foldName(definition.name)
    const others = (this.#functions.get(name) ?? []).filter(
      (known) => known.maxArgs !== definition.maxArgs,
    )
    this.#functions.set(name, [...others, definition])
  }

  /** Whether a definition would take the place of another, be it a built-in one. */
  replacesFunction({ name, maxArgs }: OwnFunction): boolean {
    const own = this.#functions.get(foldName(name)) ?? []
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

  /** The table that goes by a module's name; null: there is none. */
  eponymousTable(name: string): Table | null {
    return this.modules.eponymous(name)
  }

  /** The table of a CREATE VIRTUAL TABLE; null: there is no such module. */
  virtualTable(definition: VirtualDefinition): Table | null {
    return this.modules.created(definition)
  }

  hasCollation(name: string): boolean {
    return this.collation(name) !== null
  }

  /** The scalar functions that were defined. */
  get ownScalars(): readonly ScalarFunction[] {
    const all = [...this.#functions.values()].flat()
    return all.filter((own): own is ScalarFunction => !isAggregate(own))
  }

  /** Names of the collations that were defined, the latest first. */
  get ownCollations(): readonly string[] {
    return [...this.#collations.keys()].toReversed()
  }
}

type OwnFunction = AggregateFunction | ScalarFunction

function isAggregate(own: OwnFunction): own is AggregateFunction {
  return 'create' in own
}

function bestOf(definitions: readonly OwnFunction[], argCount: number): OwnFunction | null {
  let best: OwnFunction | null = null
  for (const definition of definitions) {
    if (definition.maxArgs === argCount) return definition
    if (definition.maxArgs < 0) best = definition
  }
  return best
}

/** Where nobody has defined anything. Nothing is defined in it. */
export const builtInEnvironment: Environment = new Environment()
