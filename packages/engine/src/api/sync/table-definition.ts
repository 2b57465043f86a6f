/** `db.table`: what users pass, checked. The sentences are better-sqlite3's. */
import type { DatabaseCore } from './core.ts'
import { integersIn, type Definition } from './definitions.ts'
import { userFactoryModule, userTableModule, type UserTable } from '../connection/user-tables.ts'

const mostParameters = 32

const generatorPrototype: unknown = Object.getPrototypeOf(function* () {
  // Only its prototype is of interest.
})

/** As `functionGiven`. */
export function tableGiven(
  coreOf: () => DatabaseCore,
  [name, factory]: readonly unknown[],
): Definition {
  if (typeof name !== 'string') throw new TypeError('Expected first argument to be a string')
  if (name === '') throw new TypeError('Virtual table module name cannot be an empty string')
  const module = name.split('\0', 1)[0]!
  if (typeof factory === 'object' && factory !== null) {
    const table = tableOf(factory, `Virtual table module "${name}" used`, name, coreOf)
    return ({ connection }) => connection.defineModule(userTableModule(connection, module, table))
  }
  if (typeof factory !== 'function') {
    throw new TypeError('Expected second argument to be a function or a table definition object')
  }
  const core = coreOf()
  const made = `Virtual table module "${name}"`
  const make: Parameters<typeof userFactoryModule>[2] = ({ database, name: table, args }) => {
    const definition: unknown = Reflect.apply(factory, { module, database, table }, args)
    if (typeof definition !== 'object' || definition === null) {
      throw new TypeError(`${made} did not return a table definition object`)
    }
    return tableOf(definition, `${made} returned`, name, () => core)
  }
  return ({ connection }) => connection.defineModule(userFactoryModule(connection, module, make))
}

type Given = Readonly<Record<string, unknown>>

/** @param who begins the sentences */
function tableOf(
  given: object,
  who: string,
  module: string,
  coreOf: () => DatabaseCore,
): UserTable {
  const definition = given as Given
  for (const property of ['rows', 'columns']) {
    if (!Object.hasOwn(definition, property)) {
      throw new TypeError(`${who} a table definition without a "${property}" property`)
    }
  }
  const rows = generatorOf(definition, who)
  const columns = columnsOf(definition, who)
  const parameters = parametersOf(definition, who, rows)
  for (const parameter of parameters) {
    if (!columns.includes(parameter)) continue
    throw new TypeError(
      `${who} a table definition with column "${parameter}" which was ambiguously defined as both a column and parameter`,
    )
  }
  const areSafe = booleanOf(definition, 'safeIntegers', who)
  const directOnly = booleanOf(definition, 'directOnly', who) ?? false
  return {
    columns,
    parameters,
    integers: integersIn(coreOf(), areSafe),
    directOnly,
    rows: rowsOf(rows, columns, module),
  }
}

type Generator = (...args: unknown[]) => Iterable<unknown>

function generatorOf({ rows }: Given, who: string): Generator {
  if (typeof rows === 'function' && Object.getPrototypeOf(rows) === generatorPrototype) {
    return rows as Generator
  }
  throw new TypeError(
    `${who} a table definition with an invalid "rows" property (should be a generator function)`,
  )
}

function columnsOf({ columns }: Given, who: string): readonly string[] {
  const names = namesOf(columns, 'columns', who)
  if (names.length !== new Set(names).size) {
    throw new TypeError(`${who} a table definition with duplicate column names`)
  }
  if (names.length === 0) throw new RangeError(`${who} a table definition with zero columns`)
  return names
}

function parametersOf(definition: Given, who: string, rows: Generator): readonly string[] {
  const names = Object.hasOwn(definition, 'parameters')
    ? namesOf(definition['parameters'], 'parameters', who)
    : inferred(rows)
  if (names.length !== new Set(names).size) {
    throw new TypeError(`${who} a table definition with duplicate parameter names`)
  }
  if (names.length > mostParameters) {
    throw new RangeError(
      `${who} a table definition with more than the maximum number of ${mostParameters} parameters`,
    )
  }
  return names
}

/** `$1`, `$2` … for the parameters of the generator. */
function inferred(rows: Generator): readonly string[] {
  const { length } = rows as { readonly length: unknown }
  if (!Number.isInteger(length) || (length as number) < 0) {
    throw new TypeError('Expected function.length to be a positive integer')
  }
  return Array.from({ length: length as number }, (_, i) => `$${i + 1}`)
}

function namesOf(given: unknown, property: string, who: string): readonly string[] {
  const names: unknown[] | null = Array.isArray(given) ? [...given] : null
  if (names !== null && names.every((name) => typeof name === 'string')) return names
  throw new TypeError(
    `${who} a table definition with an invalid "${property}" property (should be an array of strings)`,
  )
}

function booleanOf(definition: Given, property: string, who: string): boolean | null {
  if (!Object.hasOwn(definition, property)) return null
  const value = definition[property]
  if (typeof value === 'boolean') return value
  throw new TypeError(
    `${who} a table definition with an invalid "${property}" property (should be a boolean)`,
  )
}

/** A generator of values by their places, from one of rows as users write them: arrays, or objects by the names of columns. */
function rowsOf(rows: Generator, columns: readonly string[], module: string): UserTable['rows'] {
  const who = `Virtual table module "${module}" yielded`
  const places = new Map(columns.map((name, place) => [name, place]))
  return function* (...args) {
    for (const row of rows(...args)) {
      if (Array.isArray(row)) {
        if (row.length !== columns.length) {
          throw new TypeError(`${who} a row with an incorrect number of columns`)
        }
        yield row
      } else if (typeof row === 'object' && row !== null) yield valuesOf(row, places, who)
      else throw new TypeError(`${who} something that isn't a valid row object`)
    }
  }
}

function valuesOf(row: object, places: ReadonlyMap<string, number>, who: string): unknown[] {
  const values = Array<unknown>(places.size).fill(null)
  let count = 0
  for (const key of Object.keys(row)) {
    const place = places.get(key)
    if (place === undefined) {
      throw new TypeError(`${who} a row with an undeclared column "${key}"`)
    }
    values[place] = (row as Given)[key]
    count++
  }
  if (count !== places.size) throw new TypeError(`${who} a row with missing columns`)
  return values
}
