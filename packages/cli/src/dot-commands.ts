/** Commands of the shell itself; they begin with a dot. What they do and print is sqlite3's. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { databasesOf, definition, fromEach, objectName } from './databases.ts'
import { dump } from './dump.ts'
import { outputModes, type OutputMode } from './format.ts'
import { setMode } from './settings.ts'
import type { Output, Shell } from './shell.ts'

interface DotCommand {
  readonly usage: string
  readonly does: string
  readonly run: (shell: Shell, args: readonly string[]) => void
}

const commands: ReadonlyMap<string, DotCommand> = new Map<string, DotCommand>([
  ['bail', { usage: '.bail on|off', does: 'Stop after an error', run: bail }],
  ['changes', { usage: '.changes on|off', does: 'Show how many rows changed', run: changes }],
  ['databases', { usage: '.databases', does: 'Name the open database file', run: databases }],
  ['dump', { usage: '.dump ?PATTERN?', does: 'The database as SQL', run: dumpAll }],
  ['echo', { usage: '.echo on|off', does: 'Show each command before it runs', run: echo }],
  ['exit', { usage: '.exit ?CODE?', does: 'Leave, with CODE as exit status', run: exit }],
  ['headers', { usage: '.headers on|off', does: 'Show column names', run: headers }],
  ['help', { usage: '.help', does: 'Show this list', run: help }],
  ['indexes', { usage: '.indexes ?TABLE?', does: 'List indexes', run: indexes }],
  ['mode', { usage: `.mode ${outputModes.join('|')}`, does: 'How rows are shown', run: mode }],
  ['nullvalue', { usage: '.nullvalue TEXT', does: 'What stands for NULL', run: nullValue }],
  ['open', { usage: '.open ?FILE?', does: 'Close this database, open another', run: open }],
  [
    'output',
    { usage: '.output ?FILE?', does: 'Write results to FILE, or here again', run: output },
  ],
  ['print', { usage: '.print TEXT…', does: 'Print TEXT', run: print }],
  ['quit', { usage: '.quit', does: 'Leave', run: quit }],
  ['read', { usage: '.read FILE', does: 'Run the statements of FILE', run: read }],
  ['schema', { usage: '.schema ?PATTERN?', does: 'Show the CREATE statements', run: schema }],
  ['separator', { usage: '.separator COL ?ROW?', does: 'Between columns, rows', run: separator }],
  ['show', { usage: '.show', does: 'Show the settings', run: show }],
  ['tables', { usage: '.tables ?PATTERN?', does: 'List tables and views', run: tables }],
  ['timer', { usage: '.timer on|off', does: 'Show how long statements take', run: timer }],
])

/** @throws Error with a sentence for the user */
export function runDotCommand(shell: Shell, line: string): void {
  const [name = '', ...args] = readWords(line.slice(1))
  const matches = [...commands].filter(([key]) => key.startsWith(name))
  const command = commands.get(name) ?? (matches.length === 1 ? matches[0]![1] : undefined)
  if (command === undefined || name === '') {
    throw new Error(`unknown command or invalid arguments:  "${name}". Enter ".help" for help`)
  }
  command.run(shell, args)
}

/** Words are kept apart by spaces; quotes keep spaces, and in double ones a backslash means something. */
function readWords(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\[\s\S])*)"?|'([^']*)'?|(\S+)/g)].map(
    ([, double, single, bare]) => single ?? unescape(double ?? bare ?? ''),
  )
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', 0: '\0' }

function unescape(text: string): string {
  return text.replaceAll(/\\([\s\S])/g, (_, letter: string) => escapes[letter] ?? letter)
}

function help(shell: Shell): void {
  for (const { usage, does } of commands.values()) shell.print(`${usage.padEnd(24)} ${does}`)
}

function quit(shell: Shell): void {
  shell.finished = true
}

function exit(shell: Shell, [code]: readonly string[]): void {
  shell.finished = true
  if (code !== undefined) shell.exitCode = Number.parseInt(code, 10) || 0
}

function print(shell: Shell, words: readonly string[]): void {
  shell.print(words.join(' '))
}

function names(shell: Shell, sql: string, pattern: string): string[] {
  return fromEach(shell.database, sql, pattern).map(objectName).sort()
}

/** Names in as many columns as fit into 80. */
function printNames(shell: Shell, names: readonly string[]): void {
  const width = Math.max(0, ...names.map((name) => name.length))
  const columnCount = Math.max(1, Math.floor(80 / (width + 2)))
  const rowCount = Math.ceil(names.length / columnCount)
  for (let row = 0; row < rowCount; row++) {
    const line = names.filter((_, i) => i % rowCount === row)
    shell.print(line.map((name) => name.padEnd(width)).join('  '))
  }
}

function tables(shell: Shell, [pattern = '%']: readonly string[]): void {
  const sql = `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
    AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name LIKE ?`
  printNames(shell, names(shell, sql, pattern))
}

function indexes(shell: Shell, [table = '%']: readonly string[]): void {
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name LIKE ?`
  printNames(shell, names(shell, sql, table))
}

function schema(shell: Shell, [pattern = '%']: readonly string[]): void {
  const sql = `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name LIKE ? ORDER BY rowid`
  for (const found of fromEach(shell.database, sql, pattern)) shell.print(`${definition(found)};`)
}

function databases(shell: Shell): void {
  const { readonly, memory } = shell.database
  const file = memory ? '""' : shell.settings.path
  shell.print(`main: ${file} ${readonly ? 'r/o' : 'r/w'}`)
  for (const { name, file: other } of databasesOf(shell.database).slice(1)) {
    shell.print(`${name}: ${other === '' ? '""' : other}`)
  }
}

function dumpAll(shell: Shell, [pattern = '%']: readonly string[]): void {
  dump(shell.database, pattern, (line) => shell.print(line))
}

function mode(shell: Shell, [name]: readonly string[]): void {
  if (name === undefined) {
    shell.print(`current output mode: ${shell.settings.mode}`)
    return
  }
  if (!outputModes.includes(name as OutputMode)) {
    throw new Error(`mode should be one of: ${outputModes.join(' ')}`)
  }
  setMode(shell.settings, name as OutputMode)
}

function onOff(command: string, word: string | undefined): boolean {
  const answer = word?.toLowerCase()
  if (answer === 'on' || answer === 'yes' || answer === '1') return true
  if (answer === 'off' || answer === 'no' || answer === '0') return false
  throw new Error(`Usage: .${command} on|off`)
}

function headers(shell: Shell, [word]: readonly string[]): void {
  shell.settings.headers = onOff('headers', word)
  shell.settings.headersSet = true
}

function bail(shell: Shell, [word]: readonly string[]): void {
  shell.settings.bail = onOff('bail', word)
}

function echo(shell: Shell, [word]: readonly string[]): void {
  shell.settings.echo = onOff('echo', word)
}

function changes(shell: Shell, [word]: readonly string[]): void {
  shell.settings.changes = onOff('changes', word)
}

function timer(shell: Shell, [word]: readonly string[]): void {
  shell.settings.timer = onOff('timer', word)
}

function separator(shell: Shell, [column, row]: readonly string[]): void {
  if (column === undefined) throw new Error('Usage: .separator COL ?ROW?')
  shell.settings.separator = column
  if (row !== undefined) shell.settings.rowSeparator = row
}

function nullValue(shell: Shell, [text]: readonly string[]): void {
  if (text === undefined) throw new Error('Usage: .nullvalue TEXT')
  shell.settings.nullValue = text
}

function open(shell: Shell, [path = ':memory:']: readonly string[]): void {
  shell.reopen(path)
}

function output(shell: Shell, [path]: readonly string[]): void {
  shell.redirect(path === undefined || path === 'stdout' ? null : outputFile(path))
}

function outputFile(path: string): Output {
  let descriptor: number
  try {
    descriptor = openSync(path, 'w')
  } catch (error) {
    throw new Error(`cannot open "${path}"`, { cause: error })
  }
  return {
    write: (text) => void writeSync(descriptor, text),
    close: () => closeSync(descriptor),
  }
}

function read(shell: Shell, [path]: readonly string[]): void {
  if (path === undefined) throw new Error('Usage: .read FILE')
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`cannot open "${path}"`, { cause: error })
  }
  shell.feedAll(text)
}

function show(shell: Shell): void {
  const { settings } = shell
  const lines: readonly (readonly [string, string | boolean])[] = [
    ['echo', settings.echo],
    ['headers', settings.headers],
    ['mode', settings.mode],
    ['nullvalue', JSON.stringify(settings.nullValue)],
    ['colseparator', JSON.stringify(settings.separator)],
    ['rowseparator', JSON.stringify(settings.rowSeparator)],
    ['bail', settings.bail],
    ['timer', settings.timer],
    ['multiprocess', settings.multiprocess],
    ['filename', settings.path],
  ]
  for (const [name, value] of lines) {
    const text = typeof value === 'boolean' ? (value ? 'on' : 'off') : value
    shell.print(`${name.padStart(12)}: ${text}`)
  }
}
