/** What may stand where the cursor is: commands, words of SQL, names of the database, paths. */
import { readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname } from 'node:path'
import { commandNames } from '../dot/help.ts'
import { keywords } from '../format/keywords.ts'
import { nameIfPlain } from '../format/names.ts'
import { quotedName } from '../format/quote.ts'
import { shellFunctionNames } from '../functions.ts'
import type { Shell } from '../shell.ts'
import { wordsOf, type Word } from '../statements.ts'

export interface Completion {
  /** Where what they take the place of begins. */
  readonly start: number
  readonly candidates: readonly string[]
}

/** What may take the place of the word before the cursor. */
export function complete(shell: Shell, text: string, cursor: number): Completion {
  const before = text.slice(0, cursor)
  try {
    return before.startsWith('.') ? completeCommand(shell, before) : completeSql(shell, before)
  } catch {
    // A database that cannot be read has no names to offer.
    return { start: cursor, candidates: [] }
  }
}

const modes = 'ascii box column csv html insert json line list markdown qbox quote table tabs tcl'
const switches = 'on off'

/** What commands take, by name. */
const commandWords: Readonly<Record<string, string>> = {
  '.mode': modes,
  '.bail': switches,
  '.binary': switches,
  '.changes': switches,
  '.echo': switches,
  '.headers': switches,
  '.timer': switches,
  '.stats': 'on off stmt',
  '.eqp': 'on off trigger full',
  '.explain': 'on off auto',
  '.lint': 'fkey-indexes',
  '.parameter': 'clear init list set unset',
}
const takesTables: ReadonlySet<string> = new Set([
  '.schema',
  '.dump',
  '.tables',
  '.indexes',
  '.sha3sum',
])
const takesPaths: ReadonlySet<string> = new Set([
  '.archive',
  '.backup',
  '.cd',
  '.clone',
  '.import',
  '.log',
  '.once',
  '.open',
  '.output',
  '.read',
  '.restore',
  '.save',
  '.trace',
])

function completeCommand(shell: Shell, before: string): Completion {
  const start = before.search(/\S*$/)
  const word = before.slice(start)
  if (start === 0) return { start, candidates: beginning(commandNames(), word) }
  const typed = /^\S+/.exec(before)![0]
  const command = commandNames().find((name) => name.startsWith(typed)) ?? typed
  if (command === '.help') {
    return {
      start,
      candidates: beginning(
        commandNames().map((name) => name.slice(1)),
        word,
      ),
    }
  }
  if (takesPaths.has(command)) {
    const paths = pathsFor(word)
    // The second word of an import is a table.
    const tables = command === '.import' && / \S+ /.test(before) ? tablesOf(shell) : []
    return { start, candidates: [...paths, ...beginning(tables, word)] }
  }
  if (takesTables.has(command)) return { start, candidates: beginning(tablesOf(shell), word) }
  return { start, candidates: beginning((commandWords[command] ?? '').split(' '), word) }
}

function completeSql(shell: Shell, before: string): Completion {
  const words = [...wordsOf(before)].filter(({ kind }) => kind !== 'space' && kind !== 'comment')
  const last = words.at(-1)
  const isInWord = last !== undefined && last.end === before.length
  if (isInWord && last.kind === 'text' && isOpen(before.slice(last.start))) {
    const start = last.start + 1
    return { start, candidates: pathsFor(before.slice(start)) }
  }
  if (isInWord && last.kind === 'comment') return { start: before.length, candidates: [] }
  const isTyping = isInWord && (last.kind === 'word' || last.kind === 'name')
  const start = isTyping ? last.start : before.length
  const word = before.slice(start)
  const earlier = isTyping ? words.slice(0, -1) : words
  const textOf = ({ start: from, end }: Word): string => before.slice(from, end)
  const previous = earlier.at(-1)
  const statement = earlier.slice(earlier.findLastIndex(({ kind }) => kind === 'semicolon') + 1)
  if (previous !== undefined && textOf(previous) === '.') {
    const owner = earlier.at(-2)
    const names = owner === undefined ? [] : namesIn(shell, textOf(owner), statement.map(textOf))
    return { start, candidates: beginning(names, word) }
  }
  const lead = statement.map((part) => textOf(part).toUpperCase())
  if (lead.at(-1) === 'PRAGMA') return { start, candidates: beginning(pragmasOf(shell), word) }
  if (/^(?:FROM|JOIN|INTO|UPDATE|TABLE|VIEW|REINDEX|ANALYZE|REFERENCES)$/.test(lead.at(-1) ?? '')) {
    return { start, candidates: beginning([...tablesOf(shell), ...databasesOf(shell)], word) }
  }
  if (word === '' && previous === undefined) return { start, candidates: [] }
  const named = columnsFor(shell, statement.map(textOf))
  const all = [...named, ...tablesOf(shell), ...functionsOf(shell), ...keywordsFor(word)]
  return { start, candidates: beginning(all, word) }
}

function isOpen(text: string): boolean {
  return (text.match(/'/g)?.length ?? 0) % 2 === 1
}

/** Those that begin so, in order, each once. Capitals do not matter. */
function beginning(names: readonly string[], word: string): string[] {
  const lower = word.toLowerCase()
  const plain = lower.replace(/^["`[]/, '')
  const found = names.filter((name) => {
    const own = name.toLowerCase()
    return own.startsWith(lower) || (plain !== '' && own.startsWith(`"${plain}`))
  })
  return [...new Set(found)].toSorted()
}

/** Words of SQL, in capitals unless small letters are typed. */
function keywordsFor(word: string): string[] {
  const isSmall = word !== '' && word === word.toLowerCase()
  return [...keywords].map((keyword) => (isSmall ? keyword.toLowerCase() : keyword))
}

function column(shell: Shell, sql: string): string[] {
  return shell.database.prepare<[], string>(sql).pluck().all()
}

function databasesOf(shell: Shell): string[] {
  return column(shell, 'SELECT name FROM pragma_database_list').map(nameIfPlain)
}

function tablesOf(shell: Shell): string[] {
  return column(
    shell,
    "SELECT name FROM pragma_table_list WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' OR name = 'sqlite_schema'",
  ).map(nameIfPlain)
}

function pragmasOf(shell: Shell): string[] {
  return column(shell, 'SELECT name FROM pragma_pragma_list')
}

function functionsOf(shell: Shell): string[] {
  const names = column(shell, 'SELECT DISTINCT name FROM pragma_function_list')
  return [...names.filter((name) => /^\w+$/.test(name)), ...shellFunctionNames()].map(
    (name) => `${name}(`,
  )
}

function columnsOf(shell: Shell, table: string): string[] {
  return shell.database
    .prepare<[], { name: string }>(`PRAGMA table_info(${quotedName(table)})`)
    .all()
    .map(({ name }) => nameIfPlain(name))
}

function unquoted(name: string): string {
  const quote = name[0] === '[' ? ']' : name[0]!
  return /^["`[]/.test(name) ? name.slice(1, -1).replaceAll(quote + quote, quote) : name
}

/** What stands behind `owner.`: the columns of a table or alias, the tables of a database. */
function namesIn(shell: Shell, owner: string, words: readonly string[]): string[] {
  const name = unquoted(owner)
  const aliased = aliases(words).get(name.toLowerCase()) ?? name
  const columns = columnsOf(shell, aliased)
  if (columns.length > 0) return columns
  return shell.database
    .prepare<[string], string>('SELECT name FROM pragma_table_list WHERE schema = ?')
    .pluck()
    .all(name)
    .map(nameIfPlain)
}

/** Tables that a statement names, by the names that it gives them. */
function aliases(words: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const [i, word] of words.entries()) {
    if (!/^(?:FROM|JOIN|INTO|UPDATE|,)$/i.test(word)) continue
    const table = words[i + 1]
    if (
      table === undefined ||
      !/^[\w"`[\u0080-\uffff]/.test(table) ||
      keywords.has(table.toUpperCase())
    )
      continue
    const name = unquoted(table)
    found.set(name.toLowerCase(), name)
    const next = words[i + 2]?.toUpperCase() === 'AS' ? words[i + 3] : words[i + 2]
    if (next !== undefined && /^[\w"`[]/.test(next) && !keywords.has(next.toUpperCase())) {
      found.set(unquoted(next).toLowerCase(), name)
    }
  }
  return found
}

/** Columns of the tables that a statement names; where it names none yet, of all. */
function columnsFor(shell: Shell, words: readonly string[]): string[] {
  const named = [...new Set(aliases(words).values())]
  const tables = named.length > 0 ? named : tablesOf(shell).map(unquoted)
  return tables.flatMap((table) => columnsOf(shell, table))
}

/** Files and folders that begin so; folders with their slash. */
function pathsFor(typed: string): string[] {
  const folder = typed.endsWith('/') ? typed : dirname(typed)
  const begin = typed.endsWith('/') ? '' : basename(typed)
  const real = folder.replace(/^~(?=\/|$)/, homedir())
  const shownFolder = typed.includes('/') ? (folder.endsWith('/') ? folder : `${folder}/`) : ''
  try {
    return readdirSync(typed === '' ? '.' : real, { withFileTypes: true })
      .filter(({ name }) => name.startsWith(begin) && (begin !== '' || !name.startsWith('.')))
      .map((entry) => `${shownFolder}${entry.name}${entry.isDirectory() ? '/' : ''}`)
      .toSorted()
  } catch {
    return []
  }
}
