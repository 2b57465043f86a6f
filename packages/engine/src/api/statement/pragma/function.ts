/**
 * `pragma_table_info('t')` and its kin: every PRAGMA that answers rows without changing anything is a table, too. Its columns are those of the
 * PRAGMA, then, hidden, `arg` where that takes an argument, and `schema` where it is about one database. (PRAGMA Statements §1 PRAGMA functions)
 */
import { sqlError } from '../../../base/error.ts'
import type { Value } from '../../../record/index.ts'
import { toText } from '../../../runtime/index.ts'
import type {
  AccessAnswer,
  AccessQuestion,
  Module,
  VirtualColumn,
  VirtualCursor,
  VirtualTable,
} from '../../../schema/index.ts'
import { quoteText } from '../../../sql/index.ts'
import type { Session } from '../../connection/session.ts'
import type { PragmaDefinition, PragmaPlace, Rows } from './definition.ts'
import { answerPragma, pragmaNamed } from './pragma.ts'

type Parameter = 'arg' | 'schema'

const both: readonly Parameter[] = ['arg', 'schema']
const schema: readonly Parameter[] = ['schema']
const arg: readonly Parameter[] = ['arg']
const none: readonly Parameter[] = []

/** What is a function in SQLite, and its parameters there. Those that set something, or do something, are none. (mkpragmatab.tcl) */
const parametersOf: ReadonlyMap<string, readonly Parameter[]> = new Map([
  ['analysis_limit', none],
  ['application_id', none],
  ['auto_vacuum', schema],
  ['automatic_index', none],
  ['busy_timeout', none],
  ['cache_size', schema],
  ['cache_spill', schema],
  ['cell_size_check', none],
  ['checkpoint_fullfsync', none],
  ['collation_list', none],
  ['compile_options', none],
  ['count_changes', none],
  ['data_version', none],
  ['database_list', none],
  ['default_cache_size', schema],
  ['defer_foreign_keys', none],
  ['empty_result_callbacks', none],
  ['encoding', none],
  ['foreign_key_check', both],
  ['foreign_key_list', both],
  ['foreign_keys', none],
  ['freelist_count', none],
  ['full_column_names', none],
  ['fullfsync', none],
  ['function_list', none],
  ['hard_heap_limit', none],
  ['ignore_check_constraints', none],
  ['index_info', both],
  ['index_list', both],
  ['index_xinfo', both],
  ['integrity_check', both],
  ['journal_mode', schema],
  ['journal_size_limit', schema],
  ['legacy_alter_table', none],
  ['locking_mode', schema],
  ['max_page_count', schema],
  ['module_list', none],
  ['optimize', arg],
  ['page_count', schema],
  ['page_size', schema],
  ['pragma_list', none],
  ['query_only', none],
  ['quick_check', both],
  ['read_uncommitted', none],
  ['recursive_triggers', none],
  ['reverse_unordered_selects', none],
  ['schema_version', none],
  ['secure_delete', none],
  ['short_column_names', none],
  ['soft_heap_limit', none],
  ['synchronous', schema],
  ['table_info', both],
  ['table_list', arg],
  ['table_xinfo', both],
  ['temp_store', none],
  ['threads', none],
  ['trusted_schema', none],
  ['user_version', none],
  ['writable_schema', none],
])

const prefix = 'pragma_'

/** The module of that folded name; null: it is no PRAGMA's. */
export function pragmaModule(connection: Session, name: string): Module | null {
  if (!name.startsWith(prefix)) return null
  const pragma = name.slice(prefix.length)
  const definition = pragmaNamed(pragma)
  const parameters = parametersOf.get(pragma)
  if (definition === null || parameters === undefined) return null
  return {
    name,
    eponymous: () => new PragmaTable(connection, pragma, definition, parameters),
    create: null,
  }
}

class PragmaTable implements VirtualTable {
  readonly columns: readonly VirtualColumn[]
  readonly #connection: Session
  readonly #name: string
  readonly #definition: PragmaDefinition
  readonly #parameters: readonly Parameter[]

  constructor(
    connection: Session,
    name: string,
    definition: PragmaDefinition,
    parameters: readonly Parameter[],
  ) {
    this.#connection = connection
    this.#name = name
    this.#definition = definition
    this.#parameters = parameters
    const column = (name: string, hidden: boolean): VirtualColumn => ({ name, type: '', hidden })
    this.columns = [
      ...definition.columns.map((name) => column(name, false)),
      ...parameters.map((name) => column(name, true)),
    ]
  }

  /** (`pragmaVtabBestIndex`) */
  bestIndex({ constraints }: AccessQuestion): AccessAnswer | null {
    if (this.#parameters.length === 0) return { args: [], consumed: [], plan: 0, cost: 1, rows: 25 }
    const first = this.#definition.columns.length
    const given = this.#parameters.map(() => -1)
    for (const [i, { column, operator, usable }] of constraints.entries()) {
      if (operator !== '=' || column < first) continue
      if (!usable) return null
      given[column - first] = i
    }
    // Without its first parameter it is asked for nothing in particular.
    if (given[0] === -1) {
      return { args: [], consumed: [], plan: 0, cost: 2147483647, rows: 2147483647 }
    }
    const args = given.filter((i) => i >= 0)
    return { args, consumed: args, plan: 0, cost: 20, rows: 20 }
  }

  open(): VirtualCursor {
    return new PragmaCursor(this.#definition.columns.length, this.#parameters, (value, database) =>
      answerPragma(this.#connection, this.#name, this.#definition, value, () =>
        placeOf(this.#connection, database),
      ),
    )
  }
}

function placeOf(connection: Session, name: string | null): PragmaPlace {
  if (name === null) return { database: connection.main, isNamed: false }
  if (name.toLowerCase() === 'temp') {
    return { database: connection.openTemporary(), isNamed: true }
  }
  const database = connection.databases.find(name)
  if (database === null) throw sqlError(`unknown database ${quoteText(name)}`)
  return { database, isNamed: true }
}

type Answer = (value: string | null, database: string | null) => Rows

class PragmaCursor implements VirtualCursor {
  readonly #width: number
  readonly #answer: Answer
  /** It has no parameter `arg`: the first value is the schema's. */
  readonly #isOfSchema: boolean
  #rows: Rows = []
  #row: readonly Value[] = []
  #place = 0
  #arg: string | null = null
  #schema: string | null = null

  constructor(width: number, parameters: readonly Parameter[], answer: Answer) {
    this.#width = width
    this.#isOfSchema = parameters[0] === 'schema'
    this.#answer = answer
  }

  begin(_plan: number, _text: string, args: readonly Value[]): boolean {
    const [first, second] = args.map(toText)
    this.#arg = this.#isOfSchema ? null : (first ?? null)
    this.#schema = (this.#isOfSchema ? first : second) ?? null
    this.#rows = this.#answer(this.#arg, this.#schema)
    this.#place = 0
    return this.next()
  }

  next(): boolean {
    const row = this.#rows[this.#place++]
    if (row === undefined) return false
    this.#row = row
    return true
  }

  /** Where there is only a schema, SQLite looks for it in the wrong place, and finds NULL. (`pragmaVtabColumn`) */
  column(place: number): Value {
    if (place < this.#width) return this.#row[place]!
    return place === this.#width ? this.#arg : this.#schema
  }

  rowid(): number {
    return this.#place
  }

  close(): void {
    this.#rows = []
    this.#row = []
  }
}
