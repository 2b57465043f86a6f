/** Where a statement is to run, by its text alone: on a connection that reads, on the one that writes, and what else is to be known of it before. */
import { foldName } from '../../../schema/index.ts'
import {
  parseStatement,
  type ParameterTable,
  type Pragma,
  type Statement,
} from '../../../sql/index.ts'

export interface Verdict {
  readonly reads: boolean
  /**
   * `transaction`: it begins or ends one. `setting`: it says what its connection is like. `other`: neither.
   */
  readonly kind: 'transaction' | 'setting' | 'other'
  readonly parameters: ParameterTable
  /** Of a setting: what it is about, and the database that it names, folded. */
  readonly about: string
  readonly schema: string
}

const noParameters: ParameterTable = { count: 0, names: [] }

/** What cannot be parsed: whoever prepares it tells. */
const unknown: Verdict = {
  reads: true,
  kind: 'other',
  parameters: noParameters,
  about: '',
  schema: '',
}

/** Texts that are remembered, and how long they may be. */
const mostTexts = 1000
const longestText = 4096

export class Verdicts {
  readonly #known = new Map<string, Verdict>()

  of(sql: string): Verdict {
    const known = this.#known.get(sql)
    if (known !== undefined) return known
    const verdict = verdictOn(sql)
    if (sql.length <= longestText) {
      if (this.#known.size >= mostTexts) this.#known.delete(this.#known.keys().next().value!)
      this.#known.set(sql, verdict)
    }
    return verdict
  }
}

/** Of the first statement of a text. */
export function verdictOn(sql: string): Verdict {
  try {
    const { statement, parameters } = parseStatement(sql, 0)
    if (statement === null) return unknown
    return { ...verdictOnStatement(statement, sql), parameters }
  } catch {
    return unknown
  }
}

/** They tell of what their own connection has done last. */
const asksConnection = /\b(?:changes|total_changes|last_insert_rowid)\b/i

function verdictOnStatement(statement: Statement, sql: string): Omit<Verdict, 'parameters'> {
  switch (statement.kind) {
    case 'select':
      return { reads: !asksConnection.test(sql), kind: 'other', about: '', schema: '' }
    case 'explain':
      return { reads: true, kind: 'other', about: '', schema: '' }
    case 'begin':
    case 'commit':
      return { reads: false, kind: 'transaction', about: '', schema: '' }
    case 'rollback': {
      const kind = statement.savepoint === null ? 'transaction' : 'other'
      return { reads: false, kind, about: '', schema: '' }
    }
    case 'pragma':
      return verdictOnPragma(statement)
    default:
      return { reads: false, kind: 'other', about: '', schema: '' }
  }
}

/** What asks something of the database, with or without an argument. */
const questions = new Set([
  'collation_list',
  'compile_options',
  'database_list',
  'foreign_key_check',
  'foreign_key_list',
  'function_list',
  'index_info',
  'index_list',
  'index_xinfo',
  'integrity_check',
  'module_list',
  'pragma_list',
  'quick_check',
  'table_info',
  'table_list',
  'table_xinfo',
])

/** What is done to the file, or with it, once. */
const deeds = new Set([
  'application_id',
  'auto_vacuum',
  'default_cache_size',
  'defer_foreign_keys',
  'encoding',
  'incremental_vacuum',
  'journal_mode',
  'optimize',
  'page_size',
  'schema_version',
  'shrink_memory',
  'user_version',
  'wal_checkpoint',
])

function verdictOnPragma({ name, schema, value }: Pragma): Omit<Verdict, 'parameters'> {
  const folded = foldName(name)
  if (questions.has(folded)) return { reads: true, kind: 'other', about: '', schema: '' }
  if (value === null || deeds.has(folded))
    return { reads: false, kind: 'other', about: '', schema: '' }
  return { reads: false, kind: 'setting', about: folded, schema: foldName(schema ?? '') }
}
