/** `SQLTagStore`: statements by the texts of template literals. The one that was used longest ago is forgotten first. */
import { asNodes, illegalConstructor, invalidArgType, ownGetters } from './errors.ts'
import type {
  DatabaseSync,
  SQLInputValue,
  SQLTagStore as SQLTagStoreFace,
  StatementSync,
} from './face.ts'

/** What a store asks of its database. */
export interface TagStoreOwner {
  readonly database: DatabaseSync
  /** @throws where it takes no calls */
  check(): void
  /** A statement whose values go to parameters by their places. */
  prepare(sql: string): StatementSync
  /** Its database was closed since it was prepared. */
  isFinalized(statement: StatementSync): boolean
}

const inside = Symbol('inside')

let isStore: (self: unknown) => boolean

const Store = class SQLTagStore {
  readonly #owner: TagStoreOwner
  readonly #capacity: number
  /** The one that was used longest ago comes first. */
  readonly #statements = new Map<string, StatementSync>()
  /** The one that was used last, and its template literal, which never changes. */
  #lastStrings: unknown = null
  #lastStatement: StatementSync | null = null

  constructor(key: unknown, owner: TagStoreOwner, capacity: number) {
    if (key !== inside) throw illegalConstructor()
    Object.defineProperties(this, ownMembers)
    this.#owner = owner
    this.#capacity = capacity
  }

  static {
    isStore = (self) => typeof self === 'object' && self !== null && #owner in self
  }

  get(...args: unknown[]): unknown {
    return this.#statement(args).get(...valuesOf(args))
  }

  all(...args: unknown[]): unknown {
    return this.#statement(args).all(...valuesOf(args))
  }

  iterate(...args: unknown[]): unknown {
    return this.#statement(args).iterate(...valuesOf(args))
  }

  run(...args: unknown[]): unknown {
    return this.#statement(args).run(...valuesOf(args))
  }

  clear(): void {
    this.#lastStrings = null
    this.#statements.clear()
  }

  get capacity(): number {
    return this.#capacity
  }

  get db(): DatabaseSync {
    return this.#owner.database
  }

  get size(): number {
    return this.#statements.size
  }

  #statement(args: readonly unknown[]): StatementSync {
    const owner = this.#owner
    owner.check()
    const last = this.#lastStatement
    if (args[0] === this.#lastStrings && last !== null && !owner.isFinalized(last)) return last
    const statement = this.#lookUp(textOf(args))
    this.#lastStrings = isLiteral(args) ? args[0] : null
    this.#lastStatement = statement
    return statement
  }

  #lookUp(sql: string): StatementSync {
    const owner = this.#owner
    const statements = this.#statements
    const known = statements.get(sql)
    if (known !== undefined) {
      statements.delete(sql)
      if (!owner.isFinalized(known)) {
        statements.set(sql, known)
        return known
      }
    }
    const statement = owner.prepare(sql)
    if (statements.size >= this.#capacity) {
      for (const oldest of statements.keys()) {
        statements.delete(oldest)
        break
      }
    }
    statements.set(sql, statement)
    return statement
  }
}

/** The text of a template literal, with `?` for its values. */
function textOf([strings, ...values]: readonly unknown[]): string {
  if (!Array.isArray(strings)) {
    throw invalidArgType('First argument must be an array of strings (template literal).')
  }
  let sql = ''
  for (let i = 0; i < strings.length; i++) {
    const part: unknown = strings[i]
    if (typeof part !== 'string') throw invalidArgType('Template literal parts must be strings.')
    sql += i < values.length ? `${part}?` : part
  }
  return sql
}

/** Not only a list of texts that looks like one. */
function isLiteral([strings, ...values]: readonly unknown[]): boolean {
  return Object.isFrozen(strings) && (strings as readonly unknown[]).length === values.length + 1
}

function valuesOf(args: readonly unknown[]): SQLInputValue[] {
  return args.slice(1) as SQLInputValue[]
}

/** The only way to make one. */
export function tagStoreOf(owner: TagStoreOwner, capacity: number): SQLTagStoreFace {
  return new Store(inside, owner, capacity) as unknown as SQLTagStoreFace
}

asNodes(Store, isStore!, illegalConstructor)
const ownMembers: PropertyDescriptorMap = ownGetters(Store)
