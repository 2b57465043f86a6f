/** The modules of a connection: those that it has registered, over the built-in ones; and the tables that they have made. */
import { foldName, tableOfModule } from '../../schema/index.ts'
import type { Module, Table, VirtualDefinition } from '../../schema/index.ts'
import { builtInModules } from './built-in.ts'

interface Connected {
  readonly module: Module
  readonly table: Table
}

export class Modules {
  readonly #modules = new Map<string, Module>(
    builtInModules.map((module) => [foldName(module.name), module]),
  )
  /** Modules that are registered when they are first named: theirs by a folded name. */
  onDemand: (name: string) => Module | null = () => null
  readonly #eponymous = new Map<Module, Table>()
  /** Each by its row of the schema, as that was read. */
  readonly #created = new WeakMap<VirtualDefinition, Connected>()

  /** Registers a module, in place of one of the same name. */
  define(module: Module): void {
    this.#modules.set(foldName(module.name), module)
  }

  get names(): readonly string[] {
    return [...this.#modules.values()].map(({ name }) => name)
  }

  find(name: string): Module | null {
    const folded = foldName(name)
    const known = this.#modules.get(folded)
    if (known !== undefined) return known
    const module = this.onDemand(folded)
    if (module !== null) this.#modules.set(folded, module)
    return module
  }

  /** The table that goes by a module's name; null: there is none. */
  eponymous(name: string): Table | null {
    const module = this.find(name)
    if (module === null || module.eponymous === null) return null
    let table = this.#eponymous.get(module)
    if (table === undefined) {
      table = tableOfModule(module.eponymous(), module.name, 'main', '')
      this.#eponymous.set(module, table)
    }
    return table
  }

  /** The table of a CREATE VIRTUAL TABLE; null: there is no such module. */
  created(definition: VirtualDefinition): Table | null {
    const module = this.find(definition.module)
    if (module === null || module.create === null) return null
    const known = this.#created.get(definition)
    if (known?.module === module) return known.table
    const { name, database, sql } = definition
    const table = tableOfModule(module.create(definition), name, database, sql)
    this.#created.set(definition, { module, table })
    return table
  }
}
