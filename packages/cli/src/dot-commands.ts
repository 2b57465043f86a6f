/** Commands of the shell itself; they begin with a dot. */
import { readFileSync } from 'node:fs'
import { outputModes, type OutputMode } from './format.ts'
import type { Shell } from './shell.ts'

interface DotCommand {
  readonly usage: string
  readonly does: string
  readonly run: (shell: Shell, args: readonly string[]) => void
}

const commands: ReadonlyMap<string, DotCommand> = new Map<string, DotCommand>([
  ['help', { usage: '.help', does: 'Show this list', run: help }],
  ['quit', { usage: '.quit', does: 'Leave', run: quit }],
  ['exit', { usage: '.exit', does: 'Leave', run: quit }],
  ['tables', { usage: '.tables ?PATTERN?', does: 'List tables and views', run: tables }],
  ['indexes', { usage: '.indexes ?TABLE?', does: 'List indexes', run: indexes }],
  ['schema', { usage: '.schema ?PATTERN?', does: 'Show the CREATE statements', run: schema }],
  ['mode', { usage: `.mode ${outputModes.join('|')}`, does: 'How rows are shown', run: mode }],
  ['headers', { usage: '.headers on|off', does: 'Show column names', run: headers }],
  ['separator', { usage: '.separator TEXT', does: 'Between columns in list mode', run: separator }],
  ['nullvalue', { usage: '.nullvalue TEXT', does: 'What stands for NULL', run: nullValue }],
  ['open', { usage: '.open FILE', does: 'Close this database and open another', run: open }],
  ['read', { usage: '.read FILE', does: 'Run the statements of a file', run: read }],
  ['timer', { usage: '.timer on|off', does: 'Show how long statements take', run: timer }],
  ['show', { usage: '.show', does: 'Show the settings', run: show }],
])

/** @throws Error with a sentence for the user */
export function runDotCommand(shell: Shell, line: string): void {
  const words = [...line.slice(1).matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? '',
  )
  const name = words[0] ?? ''
  const matches = [...commands].filter(([key]) => key.startsWith(name))
  const command = commands.get(name) ?? (matches.length === 1 ? matches[0]![1] : undefined)
  if (command === undefined || name === '') {
    throw new Error(`unknown command or invalid arguments:  "${name}". Enter ".help" for help`)
  }
  command.run(shell, words.slice(1))
}

function help(shell: Shell): void {
  for (const { usage, does } of commands.values()) shell.print(`${usage.padEnd(48)} ${does}`)
}

function quit(shell: Shell): void {
  shell.finished = true
}

function column(shell: Shell, sql: string, args: readonly unknown[]): string[] {
  return shell.database
    .prepare(sql)
    .pluck()
    .all(...args) as string[]
}

function tables(shell: Shell, [pattern = '%']: readonly string[]): void {
  const names = column(
    shell,
    `SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')
       AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name LIKE ? ORDER BY 1`,
    [pattern],
  )
  const width = Math.max(0, ...names.map((name) => name.length)) + 2
  const perLine = Math.max(1, Math.floor(80 / width))
  const lines = Math.ceil(names.length / perLine)
  for (let line = 0; line < lines; line++) {
    const row = names.filter((_name, i) => i % lines === line)
    shell.print(
      row
        .map((name) => name.padEnd(width))
        .join('')
        .trimEnd(),
    )
  }
}

function indexes(shell: Shell, [table = '%']: readonly string[]): void {
  const sql = `SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name LIKE ? ORDER BY 1`
  for (const name of column(shell, sql, [table])) shell.print(name)
}

function schema(shell: Shell, [pattern = '%']: readonly string[]): void {
  const sql = `SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name LIKE ? ORDER BY rowid`
  for (const text of column(shell, sql, [pattern])) shell.print(`${text};`)
}

function mode(shell: Shell, [name]: readonly string[]): void {
  if (name === undefined) {
    shell.print(`current output mode: ${shell.settings.mode}`)
    return
  }
  if (!outputModes.includes(name as OutputMode)) {
    throw new Error(`mode should be one of: ${outputModes.join(' ')}`)
  }
  shell.settings.mode = name as OutputMode
}

function onOff(word: string | undefined): boolean {
  if (word === 'on' || word === 'yes' || word === '1') return true
  if (word === 'off' || word === 'no' || word === '0') return false
  throw new Error('say on or off')
}

function headers(shell: Shell, [word]: readonly string[]): void {
  shell.settings.headers = onOff(word)
}

function timer(shell: Shell, [word]: readonly string[]): void {
  shell.settings.timer = onOff(word)
}

function separator(shell: Shell, [text]: readonly string[]): void {
  if (text === undefined) throw new Error('Usage: .separator TEXT')
  shell.settings.separator = text.replaceAll('\\t', '\t').replaceAll('\\n', '\n')
}

function nullValue(shell: Shell, [text = '']: readonly string[]): void {
  shell.settings.nullValue = text
}

function open(shell: Shell, [path = ':memory:']: readonly string[]): void {
  shell.reopen(path)
}

function read(shell: Shell, [path]: readonly string[]): void {
  if (path === undefined) throw new Error('Usage: .read FILE')
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (!shell.finished) shell.feed(line)
  }
  shell.end()
}

function show(shell: Shell): void {
  const { path, mode, headers, separator, nullValue, multiprocess } = shell.settings
  shell.print(`    database: ${path}`)
  shell.print(`multiprocess: ${multiprocess ? 'on' : 'off'}`)
  shell.print(`        mode: ${mode}`)
  shell.print(`     headers: ${headers ? 'on' : 'off'}`)
  shell.print(`   separator: ${JSON.stringify(separator)}`)
  shell.print(`   nullvalue: ${JSON.stringify(nullValue)}`)
}
