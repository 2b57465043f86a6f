/** Commands that show what a database holds. */
import { byteLength, padBytes } from '../format/text.ts'
import { nameIfPlain } from '../format/names.ts'
import { quotedName, sqlText } from '../format/quote.ts'
import { indented, schemaLine } from '../schema-text.ts'
import type { Shell } from '../shell.ts'
import { fail, type Answer, type Call, type Command } from './command.ts'
import { isOption } from './words.ts'

interface ListedDatabase {
  readonly seq: number
  readonly name: string
  /** Empty: in memory. */
  readonly file: string
}

/** Main, temp, the attached ones. */
function databasesOf(shell: Shell): readonly ListedDatabase[] {
  return shell.database.prepare<[], ListedDatabase>('PRAGMA database_list').all()
}

export const databases: Command = {
  name: 'databases',
  least: 2,
  run: ({ shell }) => {
    const { database } = shell
    for (const { name, file } of databasesOf(shell)) {
      const isReadonly = database.readonly && name !== 'temp'
      shell.print(
        `${name}: ${file === '' ? '""' : file} ${isReadonly ? 'r/o' : 'r/w'}${transactionOf(shell)}`,
      )
    }
  },
}

/** Whether a transaction is open. Of which kind, and on which databases, is not told. */
function transactionOf({ database }: Shell): string {
  return database.inTransaction ? ' read-txn' : ''
}

export const tables: Command = { name: 'tables', least: 2, run: listNames }
export const indices: Command = { name: 'indices', least: 1, run: listNames }
export const indexes: Command = { name: 'indexes', least: 1, run: listNames }

function listNames({ shell, name, args }: Call): Answer {
  const isTables = name.startsWith('t')
  const listed = databasesOf(shell)
  if (args.length > 1 && !isTables) return fail(shell, 'Usage: .indexes ?LIKE-PATTERN?')
  const condition = isTables
    ? "type IN ('table','view') AND name NOT LIKE 'sqlite_%' AND name LIKE ?1"
    : "type='index' AND tbl_name LIKE ?1"
  const arms = listed.map(({ name: schema }) => {
    const shown = schema === 'main' ? 'name' : `${sqlText(schema)}||'.'||name`
    return `SELECT ${shown} FROM ${quotedName(schema)}.sqlite_schema WHERE ${condition}`
  })
  const names = shell.database
    .prepare<unknown[], string>(`${arms.join(' UNION ALL ')} ORDER BY 1`)
    .pluck()
    .all({ 1: args[0] ?? '%' })
  printNames(shell, names)
  return undefined
}

/** Names in as many columns as fit into 80 characters. */
function printNames(shell: Shell, names: readonly string[]): void {
  const longest = Math.max(0, ...names.map(byteLength))
  const columnCount = Math.max(1, Math.floor(80 / (longest + 2)))
  const rowCount = Math.ceil(names.length / columnCount)
  for (let row = 0; row < rowCount; row++) {
    const line = names.filter((_, i) => i % rowCount === row)
    shell.print(line.map((name) => padBytes(name, longest)).join('  '))
  }
}

const schemaTables = ['sqlite_master', 'sqlite_schema', 'sqlite_temp_master', 'sqlite_temp_schema']

export const schema: Command = { name: 'schema', least: 2, run: showSchema }

function showSchema({ shell, args }: Call): Answer {
  let pattern: string | null = null
  let isIndented = false
  let hidesSystem = false
  for (const word of args) {
    if (isOption(word, 'indent')) isIndented = true
    else if (isOption(word, 'nosys')) hidesSystem = true
    else if (word.startsWith('-')) return fail(shell, `Unknown option: "${word}"`)
    else if (pattern === null) pattern = word
    else return fail(shell, 'Usage: .schema ?--indent? ?--nosys? ?LIKE-PATTERN?')
  }
  const print = (sql: string): void =>
    shell.write(isIndented ? indented(sql) : schemaLine(sql, ';\n'))
  if (pattern !== null && isSchemaTable(shell, pattern)) {
    print(
      `CREATE TABLE ${pattern} (\n  type text,\n  name text,\n  tbl_name text,\n  rootpage integer,\n  sql text\n)`,
    )
  }
  for (const sql of definitions(shell, pattern, hidesSystem)) print(sql)
  return undefined
}

function isSchemaTable(shell: Shell, pattern: string): boolean {
  const like = shell.database
    .prepare<[string, string], number>("SELECT ? LIKE ? ESCAPE '\\'")
    .pluck()
  return schemaTables.some((name) => like.get(name, pattern) === 1)
}

interface StoredObject {
  readonly sql: string
  readonly name: string
}

/** CREATE statements of all databases. Those of main come as they are stored. */
function* definitions(
  shell: Shell,
  pattern: string | null,
  hidesSystem: boolean,
): Generator<string> {
  const conditions = ['sql IS NOT NULL']
  if (hidesSystem) conditions.push("name NOT LIKE 'sqlite_%'")
  for (const { name: schemaName } of databasesOf(shell)) {
    const own = [...conditions]
    if (pattern !== null) {
      const subject = pattern.includes('.')
        ? `lower(printf('%s.%s',${sqlText(schemaName)},tbl_name))`
        : 'lower(tbl_name)'
      const isGlob = /[*?[]/.test(pattern)
      own.push(`${subject} ${isGlob ? 'GLOB ?1' : "LIKE ?1 ESCAPE '\\'"}`)
    }
    const objects = shell.database
      .prepare<unknown[], StoredObject>(
        `SELECT sql, name FROM ${quotedName(schemaName)}.sqlite_schema WHERE ${own.join(' AND ')} ORDER BY rowid`,
      )
      .all(...(pattern === null ? [] : [{ 1: pattern }]))
    for (const { sql, name } of objects) yield definition(shell, schemaName, name, sql)
  }
  if (pattern !== null) yield* moduleDefinitions(shell, pattern)
}

/** A CREATE statement that says which database it is for, with the columns of a view or virtual table. */
function definition(shell: Shell, schemaName: string, name: string, sql: string): string {
  const match = /^CREATE (?:TABLE|INDEX|UNIQUE INDEX|VIEW|TRIGGER|VIRTUAL TABLE) /.exec(sql)
  if (match === null) return sql
  const [head] = match
  let text = sql
  if (schemaName !== 'main') {
    const shown = schemaName === 'temp' ? schemaName : nameIfPlain(schemaName)
    text = `${head}${shown}.${sql.slice(head.length)}`
  }
  if (head !== 'CREATE VIRTUAL TABLE ' && head !== 'CREATE VIEW ') return text
  const columns = columnList(shell, schemaName === 'main' ? null : schemaName, name)
  return columns === null ? text : `${text}\n/* ${columns} */`
}

/** A name with its columns, as a table-valued function and a virtual table are shown; null: it has none. */
function columnList(shell: Shell, schemaName: string | null, name: string): string | null {
  try {
    const columns = shell.database
      .prepare<[], { name: string }>(
        `PRAGMA ${quotedName(schemaName ?? 'main')}.table_info(${quotedName(name)})`,
      )
      .all()
    if (columns.length === 0) return null
    const prefix =
      schemaName === null ? '' : `${schemaName === 'temp' ? 'temp' : nameIfPlain(schemaName)}.`
    return `${prefix}${nameIfPlain(name)}(${columns.map(({ name: column }) => nameIfPlain(column)).join(',')})`
  } catch {
    return null
  }
}

/** Tables that need no CREATE, whose name was asked for. */
function* moduleDefinitions(shell: Shell, pattern: string): Generator<string> {
  const isGlob = /[*?[]/.test(pattern)
  const names = shell.database
    .prepare<unknown[], string>(
      `SELECT name FROM pragma_module_list WHERE lower(${pattern.includes('.') ? "'main.'||name" : 'name'}) ${
        isGlob ? 'GLOB ?1' : "LIKE ?1 ESCAPE '\\'"
      }`,
    )
    .pluck()
    .all({ 1: pattern })
  for (const name of names) {
    const columns = columnList(shell, null, name)
    if (columns !== null) yield `/* ${columns} */`
  }
}

export const fullSchema: Command = { name: 'fullschema', least: 1, run: showFullSchema }

async function showFullSchema({ shell, args }: Call): Promise<'failed' | undefined> {
  const [option] = args
  const isIndented = args.length === 1 && isOption(option!, 'indent')
  if (args.length > 0 && !isIndented) return fail(shell, 'Usage: .fullschema ?--indent?')
  const texts = shell.database
    .prepare<[], string>(
      `SELECT sql FROM (SELECT sql sql, type type, tbl_name tbl_name, name name, rowid x FROM sqlite_schema
         UNION ALL SELECT sql, type, tbl_name, name, rowid FROM sqlite_temp_schema)
       WHERE type!='meta' AND sql NOTNULL AND name NOT LIKE 'sqlite_%' ORDER BY x`,
    )
    .pluck()
    .all()
  for (const sql of texts) shell.write(isIndented ? indented(sql) : schemaLine(sql, ';\n'))
  const statistics = shell.database
    .prepare<[], string>(
      "SELECT name FROM sqlite_schema WHERE name GLOB 'sqlite_stat[134]' ORDER BY rowid",
    )
    .pluck()
    .all()
  if (statistics.length === 0) {
    shell.print('/* No STAT tables available */')
    return undefined
  }
  shell.print('ANALYZE sqlite_schema;')
  for (const table of ['sqlite_stat1', 'sqlite_stat4']) {
    if (!statistics.includes(table)) continue
    const statement = shell.prepare(`SELECT * FROM ${table}`)
    const { table: before, headers: hadHeaders } = shell.format
    shell.format.table = table
    shell.format.headers = false
    // oxlint-disable-next-line no-await-in-loop -- one table after the other
    await shell.showRows(statement, [], 'insert')
    shell.format.table = before
    shell.format.headers = hadHeaders
  }
  shell.print('ANALYZE sqlite_schema;')
  return undefined
}

export const lint: Command = { name: 'lint', least: 3, run: lintSchema }

interface ForeignKey {
  readonly child: string
  readonly parent: string
  readonly from: readonly string[]
  readonly to: readonly string[]
}

function lintSchema({ shell, name, args }: Call): Answer {
  const [what, ...options] = args
  if (what === undefined || what === '' || !'fkey-indexes'.startsWith(what.toLowerCase())) {
    shell.complain(
      [
        `Usage ${name} sub-command ?switches...?`,
        'Where sub-commands are:',
        '    fkey-indexes',
      ].join('\n'),
    )
    return undefined
  }
  let isVerbose = false
  let groups = false
  for (const option of options) {
    const lower = option.toLowerCase()
    if (lower.length > 1 && '-verbose'.startsWith(lower)) isVerbose = true
    else if (lower.length > 1 && '-groupbyparent'.startsWith(lower)) groups = true
    else {
      shell.complain(`Usage: ${name} ${what} ?-verbose? ?-groupbyparent?`)
      return undefined
    }
  }
  const keys = foreignKeysOf(shell)
  const key = (foreign: ForeignKey): string => (groups ? foreign.parent : foreign.child)
  keys.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
  const indent = groups ? '    ' : ''
  let parentBefore: string | null = null
  for (const foreign of keys) {
    const { child, parent, from, to } = foreign
    const isServed = hasIndexFor(shell, foreign)
    if (
      groups &&
      (isVerbose || !isServed) &&
      parentBefore?.toLowerCase() !== parent.toLowerCase()
    ) {
      shell.print(`-- Parent table ${parent}`)
      parentBefore = parent
    }
    const target = `${parent}(${to.join(',')})`
    if (!isServed) {
      const columns = from.map((column, i) => sqlText(column) + collationClause(shell, foreign, i))
      const index = sqlText(`${child}_${from.join('_')}`)
      shell.print(
        `${indent}CREATE INDEX ${index} ON ${sqlText(child)}(${columns.join(', ')}); --> ${target}`,
      )
    } else if (isVerbose) {
      shell.print(
        `${indent}/* no extra indexes required for ${child}(${from.join(', ')}) -> ${target} */`,
      )
    }
  }
  return undefined
}

function foreignKeysOf(shell: Shell): ForeignKey[] {
  const { database } = shell
  const children = database
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name")
    .pluck()
    .all()
  return children.flatMap((child) => {
    const rows = database
      .prepare<[], { id: number; seq: number; table: string; from: string; to: string | null }>(
        `PRAGMA foreign_key_list(${quotedName(child)})`,
      )
      .all()
      .toSorted((a, b) => a.id - b.id || a.seq - b.seq)
    const ids = [...new Set(rows.map(({ id }) => id))]
    return ids.map((id) => {
      const parts = rows.filter((row) => row.id === id)
      const parent = parts[0]!.table
      const primary = primaryKeyOf(shell, parent)
      return {
        child,
        parent,
        from: parts.map(({ from }) => from),
        to: parts.map(({ to, seq }) => to ?? primary[seq] ?? ''),
      }
    })
  })
}

function primaryKeyOf(shell: Shell, table: string): string[] {
  return shell.database
    .prepare<[], { name: string; pk: number }>(`PRAGMA table_info(${quotedName(table)})`)
    .all()
    .filter(({ pk }) => pk > 0)
    .toSorted((a, b) => a.pk - b.pk)
    .map(({ name }) => name)
}

/** Whether rows of a child are found without reading all: its columns are the rowid, or begin an index. */
function hasIndexFor(shell: Shell, foreign: ForeignKey): boolean {
  const { child, from } = foreign
  const conditions = from.map(
    (column, i) => `${sqlText(child)}.${sqlText(column)}=?${collationClause(shell, foreign, i)}`,
  )
  const plan = shell.database
    .prepare<[], { detail: string }>(
      `EXPLAIN QUERY PLAN SELECT 1 FROM ${quotedName(child)} WHERE ${conditions
        .map((condition) =>
          condition.replaceAll(/'((?:[^']|'')*)'/g, (_, text: string) =>
            quotedName(text.replaceAll("''", "'")),
          ),
        )
        .join(' AND ')}`.replaceAll('=?', '=NULL'),
    )
    .all()
  const detail = plan[0]?.detail ?? ''
  const wanted = from.map(() => '.*=\\?').join(' AND ')
  return (
    new RegExp(`^SEARCH .* USING COVERING INDEX.*\\(${wanted}\\)$`, 's').test(detail) ||
    /^SEARCH .* USING INTEGER PRIMARY KEY \(rowid=\?\)$/s.test(detail)
  )
}

/** The collation of a parent's column where the child's is another. */
function collationClause(shell: Shell, { child, parent, from, to }: ForeignKey, i: number): string {
  const parentCollation = collationOf(shell, parent, to[i]!)
  const childCollation = collationOf(shell, child, from[i]!)
  if (parentCollation === null || childCollation === null) return ''
  return parentCollation.toLowerCase() === childCollation.toLowerCase()
    ? ''
    : ` COLLATE ${parentCollation}`
}

function collationOf(shell: Shell, table: string, column: string): string | null {
  const { database } = shell
  const columns = database
    .prepare<[], { name: string }>(`PRAGMA table_info(${quotedName(table)})`)
    .all()
  if (!columns.some(({ name }) => name.toLowerCase() === column.toLowerCase())) return null
  const sql = database
    .prepare<[string], string>(
      "SELECT sql FROM sqlite_schema WHERE type='table' AND lower(name)=lower(?)",
    )
    .pluck()
    .get(table)
  return collationIn(sql ?? '', column)
}

/** The collation that a CREATE TABLE declares for a column. */
function collationIn(sql: string, column: string): string {
  const name = column.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const found = new RegExp(
    `[(,]\\s*(?:"${name}"|\`${name}\`|\\[${name}\\]|'${name}'|${name})(?![\\w$])[^,]*?\\bCOLLATE\\s+["'\`[]?(\\w+)`,
    'is',
  ).exec(sql)
  return found?.[1] ?? 'BINARY'
}
