/**
 * Virtual tables of the user's: a generator makes the rows. As with functions of the user's the connection takes no calls while it runs, and what it
 * throws is thrown on as it is.
 */
import { sqlError } from '../../base/error.ts'
import type { Value } from '../../record/index.ts'
import type { Integers } from '../../runtime/index.ts'
import { foldName } from '../../schema/index.ts'
import type {
  AccessAnswer,
  AccessQuestion,
  Module,
  VirtualColumn,
  VirtualCursor,
  VirtualDefinition,
  VirtualTable,
} from '../../schema/index.ts'
import { argumentOf, calling, resultOf, type CallingConnection } from './user-functions.ts'

/** A table as it was defined, checked. */
export interface UserTable {
  readonly columns: readonly string[]
  readonly parameters: readonly string[]
  readonly integers: Integers
  readonly directOnly: boolean
  /** A generator of rows: of each its values by the places of `columns`. */
  readonly rows: (...args: unknown[]) => Iterator<readonly unknown[]>
}

/** What is called for CREATE VIRTUAL TABLE. */
export type TableFactory = (definition: VirtualDefinition) => UserTable

/** A module whose one table goes by its name. */
export function userTableModule(
  connection: CallingConnection,
  name: string,
  table: UserTable,
): Module {
  return { name, eponymous: () => tableOf(connection, name, name, table), create: null }
}

/** A module that makes a table for each CREATE VIRTUAL TABLE. */
export function userFactoryModule(
  connection: CallingConnection,
  name: string,
  factory: TableFactory,
): Module {
  const create = (definition: VirtualDefinition): VirtualTable => {
    const table = calling(connection, false, () => factory(definition))
    return tableOf(connection, name, definition.name, table)
  }
  return { name, eponymous: null, create }
}

function tableOf(
  connection: CallingConnection,
  module: string,
  name: string,
  table: UserTable,
): VirtualTable {
  const { columns, parameters } = table
  const names = new Set([...parameters, ...columns].map(foldName))
  if (names.size < parameters.length + columns.length) {
    throw sqlError(`failed to declare virtual table "${name}"`)
  }
  return new UserVirtualTable(connection, module, table)
}

class UserVirtualTable implements VirtualTable {
  readonly columns: readonly VirtualColumn[]
  readonly isDirectOnly: boolean
  readonly isUsers = true
  readonly #connection: CallingConnection
  readonly #module: string
  readonly #table: UserTable

  constructor(connection: CallingConnection, module: string, table: UserTable) {
    this.#connection = connection
    this.#module = module
    this.#table = table
    this.isDirectOnly = table.directOnly
    const column = (name: string, hidden: boolean): VirtualColumn => ({ name, type: '', hidden })
    this.columns = [
      ...table.parameters.map((name) => column(name, true)),
      ...table.columns.map((name) => column(name, false)),
    ]
  }

  /** `plan` has a bit for each parameter that is given. */
  bestIndex({ constraints }: AccessQuestion): AccessAnswer | null {
    const { parameters } = this.#table
    const given = parameters.map(() => -1)
    let isUsable = true
    for (const [i, { column, operator, usable }] of constraints.entries()) {
      if (column < 0 || column >= parameters.length) continue
      if (operator !== '=') {
        const name = parameters[column]!
        throw sqlError(
          `virtual table parameter "${name}" can only be constrained by the '=' operator`,
        )
      }
      if (!usable) isUsable = false
      else if (given[column] === -1) given[column] = i
    }
    if (!isUsable) return null
    const args = given.filter((i) => i >= 0)
    const plan = given.reduce((bits, i, place) => (i < 0 ? bits : bits | (1 << place)), 0)
    const cost = Math.floor(1_000_000_000 / (args.length + 1))
    return { args, consumed: args, plan, cost, rows: cost }
  }

  open(): VirtualCursor {
    return new UserCursor(this.#connection, this.#module, this.#table)
  }
}

class UserCursor implements VirtualCursor {
  readonly #connection: CallingConnection
  readonly #module: string
  readonly #table: UserTable
  readonly #parameterCount: number
  #iterator: Iterator<readonly unknown[]> | null = null
  #args: readonly Value[] = []
  #row: readonly unknown[] = []
  #rowid = 0

  constructor(connection: CallingConnection, module: string, table: UserTable) {
    this.#connection = connection
    this.#module = module
    this.#table = table
    this.#parameterCount = table.parameters.length
  }

  begin(plan: number, _text: string, args: readonly Value[]): boolean {
    const { parameters, integers, rows } = this.#table
    let taken = 0
    const values = parameters.map((_, place): Value | undefined =>
      (plan & (1 << place)) === 0 ? undefined : args[taken++]!,
    )
    // NULL equals nothing, so there is no row.
    if (values.includes(null)) return false
    this.#args = values.map((value) => value ?? null)
    const given = values.map((value) =>
      value === undefined ? undefined : argumentOf(value, integers),
    )
    this.#iterator = calling(this.#connection, false, () => rows(...given))
    this.#rowid = 0
    return this.next()
  }

  next(): boolean {
    const iterator = this.#iterator!
    const result = calling(this.#connection, false, () => iterator.next())
    this.#rowid++
    if (result.done === true) return false
    this.#row = result.value
    return true
  }

  column(place: number): Value {
    const count = this.#parameterCount
    if (place < count) return this.#args[place]!
    return resultOf(
      `Virtual table module "${this.#module}" yielded`,
      this.#row[place - count],
      this.#connection.options.values,
    )
  }

  rowid(): number {
    return this.#rowid
  }

  close(): void {
    this.#iterator = null
    this.#row = []
    this.#args = []
  }
}
