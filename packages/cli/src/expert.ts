/**
 * `.expert`: indexes that the next statement would use if they were there. They are made in an empty copy of the schema, and those that its plan
 * then names are shown, with the plan.
 */
import { Database } from '../../engine/src/index.ts'
import type { Answer, Call } from './dot/command.ts'
import { messageOf } from './dot/command.ts'
import { nameIfPlain } from './format/names.ts'
import { quotedName } from './format/quote.ts'
import type { Failure, Shell } from './shell.ts'
import { splitStatements, wordsOf } from './statements.ts'

export function runExpert({ shell, args }: Call): Answer {
  let isVerbose = false
  for (let i = 0; i < args.length; i++) {
    const option = args[i]!.replace(/^--/, '-')
    if (option.length > 1 && '-verbose'.startsWith(option)) isVerbose = true
    else if (option.length > 1 && '-sample'.startsWith(option)) {
      // Rows are not looked at: what ANALYZE has found is.
      if (i === args.length - 1) {
        shell.complain(`option requires an argument: ${option}`)
        return undefined
      }
      const percent = Number(args[++i])
      if (!(percent >= 0 && percent <= 100)) {
        shell.complain(`value out of range: ${args[i]}`)
        return undefined
      }
    } else {
      shell.complain(`unknown option: ${option}`)
      return undefined
    }
  }
  shell.interceptor = (sql) => {
    shell.interceptor = null
    return advise(shell, sql, isVerbose)
  }
  return undefined
}

function advise(shell: Shell, text: string, isVerbose: boolean): Failure | null {
  const scratch = copyOfSchema(shell.database)
  try {
    const statements = [...splitStatements(text)].map(({ sql }) => sql)
    const candidates = [...new Set(statements.flatMap((sql) => candidatesFor(scratch, sql)))]
    const made = candidates.filter((candidate) => isMade(scratch, candidate))
    if (isVerbose) {
      shell.print('-- Candidates -----------------------------')
      for (const candidate of made.toReversed()) shell.print(candidate)
      shell.print('')
    }
    for (const [i, sql] of statements.entries()) {
      const plan = planOf(scratch, sql)
      const used = made.filter((candidate) =>
        plan.some((line) => line.split(' ').includes(indexNameOf(candidate))),
      )
      if (isVerbose) {
        shell.print(`-- Query ${i + 1} --------------------------------`)
        shell.print(`${sql}\n`)
      }
      shell.print(`${used.length === 0 ? '(no new indexes)' : used.join('\n')}\n`)
      shell.print(`${plan.join('\n')}\n`)
    }
    return null
  } catch (error) {
    return { code: 1, phase: 'prepare', message: messageOf(error) }
  } finally {
    scratch.close()
  }
}

/** An empty database with the same objects, and what ANALYZE has found. */
function copyOfSchema(source: Database): Database {
  const scratch = new Database(':memory:', { enableDoubleQuotedStringLiterals: true })
  const objects = source
    .prepare<[], { name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY type = 'table' DESC, rowid",
    )
    .all()
  let hasStatistics = false
  for (const { name, sql } of objects) {
    if (name === 'sqlite_stat1') hasStatistics = true
    if (name.startsWith('sqlite_')) continue
    try {
      scratch.exec(sql)
    } catch {
      // What needs a module or a function that is not here has no part in it.
    }
  }
  if (hasStatistics) {
    scratch.exec('ANALYZE')
    const insert = scratch.prepare<unknown[]>('INSERT INTO sqlite_stat1 VALUES (?, ?, ?)')
    const rows = source
      .prepare<[], unknown[]>('SELECT tbl, idx, stat FROM sqlite_stat1')
      .raw()
      .all()
    for (const row of rows) insert.run(...row)
    scratch.exec('ANALYZE sqlite_schema')
  }
  return scratch
}

function isMade(scratch: Database, candidate: string): boolean {
  try {
    scratch.exec(candidate)
    return true
  } catch {
    return false
  }
}

function planOf(scratch: Database, sql: string): string[] {
  return scratch
    .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN ${withoutParameters(sql)}`)
    .all()
    .map(({ detail }) => detail)
}

/** Nothing is bound where only the plan is wanted. */
function withoutParameters(sql: string): string {
  return [...wordsOf(sql)]
    .map(({ kind, start, end }) => (kind === 'parameter' ? 'NULL' : sql.slice(start, end)))
    .join('')
}

/** What of a statement's columns an index could serve, for one table. */
interface Wishes {
  readonly equal: string[]
  readonly ranges: string[]
  readonly order: string[]
}

/** The words of a statement that mean something. */
function meaningfulWords(sql: string): string[] {
  return [...wordsOf(sql)]
    .filter(({ kind }) => kind !== 'space' && kind !== 'comment')
    .map(({ start, end }) => sql.slice(start, end))
}

function candidatesFor(scratch: Database, sql: string): string[] {
  const words = meaningfulWords(sql)
  const tables = tablesNamed(scratch, words)
  const wishes = new Map<string, Wishes>(
    [...tables.values()].map((table) => [table, { equal: [], ranges: [], order: [] }]),
  )
  const columns = new Map<string, readonly string[]>(
    [...wishes.keys()].map((table) => [table, columnsOf(scratch, table)]),
  )
  let isOrder = false
  for (let i = 0; i < words.length; i++) {
    const upper = words[i]!.toUpperCase()
    if ((upper === 'ORDER' || upper === 'GROUP') && words[i + 1]?.toUpperCase() === 'BY')
      isOrder = true
    else if (['SELECT', 'FROM', 'WHERE', 'HAVING', 'LIMIT', 'ON', ')', ';'].includes(upper))
      isOrder = false
    const reference = referenceAt(words, i, tables, columns)
    if (reference === null) continue
    const { table, column, end } = reference
    const wish = wishes.get(table)!
    const kind = isOrder ? 'order' : comparison(words, i, end)
    if (kind !== null && !wish[kind].includes(column)) wish[kind].push(column)
    i = end - 1
  }
  return [...wishes].flatMap(([table, wish]) => indexesFor(table, wish))
}

/** Tables that a statement names, by every name it gives them. */
function tablesNamed(scratch: Database, words: readonly string[]): Map<string, string> {
  const known = new Map(
    scratch
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .pluck()
      .all()
      .map((name) => [name.toLowerCase(), name]),
  )
  const found = new Map<string, string>()
  for (const [i, word] of words.entries()) {
    const table = known.get(plain(word))
    if (table === undefined) continue
    found.set(plain(word), table)
    const next = words[i + 1]?.toUpperCase() === 'AS' ? words[i + 2] : words[i + 1]
    if (next !== undefined && /^[\w"`[]/.test(next)) found.set(plain(next), table)
  }
  return found
}

function plain(word: string): string {
  return (/^["`[]/.test(word) ? word.slice(1, -1) : word).toLowerCase()
}

function columnsOf(scratch: Database, table: string): string[] {
  return scratch
    .prepare<[], { name: string }>(`PRAGMA table_info(${quotedName(table)})`)
    .all()
    .map(({ name }) => name)
}

/** A column that is named at a place, and where the next word is. */
function referenceAt(
  words: readonly string[],
  at: number,
  tables: ReadonlyMap<string, string>,
  columns: ReadonlyMap<string, readonly string[]>,
): { table: string; column: string; end: number } | null {
  const find = (table: string, word: string): string | undefined =>
    columns.get(table)?.find((name) => name.toLowerCase() === plain(word))
  const owner = words[at + 1] === '.' ? tables.get(plain(words[at]!)) : undefined
  if (owner !== undefined && words[at + 2] !== undefined) {
    const column = find(owner, words[at + 2]!)
    return column === undefined ? null : { table: owner, column, end: at + 3 }
  }
  if (words[at - 1] === '.' || words[at + 1] === '.') return null
  for (const table of columns.keys()) {
    const column = find(table, words[at]!)
    if (column !== undefined) return { table, column, end: at + 1 }
  }
  return null
}

/** How a column is compared, by the words on both sides. */
function comparison(
  words: readonly string[],
  start: number,
  end: number,
): 'equal' | 'ranges' | null {
  const next = (words[end] ?? '').toUpperCase()
  const before = (words[start - 1] ?? '').toUpperCase()
  const isEqual = next === '=' || next === 'IN' || next === 'IS' || before === '='
  if (isEqual && words[end + 1] !== '=') return 'equal'
  if (next === '=' && words[end + 1] === '=') return 'equal'
  return ['<', '>', 'BETWEEN', 'LIKE', 'GLOB'].includes(next) || before === '<' || before === '>'
    ? 'ranges'
    : null
}

/** Indexes for what is wished of a table: equalities first, then a range or an order. */
function indexesFor(table: string, { equal, ranges, order }: Wishes): string[] {
  const lists: string[][] = []
  if (equal.length > 0) lists.push(equal)
  for (const column of ranges) if (!equal.includes(column)) lists.push([...equal, column])
  const rest = order.filter((column) => !equal.includes(column))
  if (rest.length > 0) lists.push([...equal, ...rest])
  return lists.map((list) => {
    const text = list.map(nameIfPlain).join(', ')
    const name = nameIfPlain(`${table}_idx_${hashOf(text)}`)
    return `CREATE INDEX ${name} ON ${nameIfPlain(table)}(${text});`
  })
}

/** The number by which sqlite3 names such an index. */
function hashOf(text: string): string {
  let hash = 0
  for (const byte of Buffer.from(text, 'utf8')) hash = (hash + (hash << 3) + byte) >>> 0
  return hash.toString(16).padStart(8, '0')
}

function indexNameOf(candidate: string): string {
  return /^CREATE INDEX (\S+) ON/.exec(candidate)![1]!
}
