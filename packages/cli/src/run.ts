/**
 * `chorusdb`: a shell for databases. On a terminal it prompts; from a pipe it runs what comes; statements
 * given as arguments are run and end it. The exit status is 1 when anything failed.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { readArguments, usage, type Arguments } from './arguments.ts'
import { describeError } from './describe-error.ts'
import { runDotCommand } from './dot-commands.ts'
import { setMode, type Settings } from './settings.ts'
import { Shell } from './shell.ts'
import { showStatus } from './status.ts'

const historyLength = 1000

function main(): void {
  if (process.argv[2] === 'status') {
    showStatus(process.argv.slice(3))
    return
  }
  let args: Arguments
  try {
    args = readArguments(process.argv.slice(2))
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n${usage}\n`)
    process.exit(1)
  }
  if (args.help) {
    process.stdout.write(`${usage}\n`)
    return
  }
  if (args.version) {
    process.stdout.write(`${version()}\n`)
    return
  }
  const shell = openShell(args)
  for (const command of [...args.first, ...args.commands]) {
    if (!shell.finished) shell.runArgument(command)
  }
  if (args.commands.length > 0 || shell.finished) leave(shell)
  else if (process.stdin.isTTY) prompt(shell)
  else pipe(shell)
}

function openShell(args: Arguments): Shell {
  const isForReading = process.stdout.isTTY || args.commands.length > 0
  const settings: Settings = {
    path: args.path,
    multiprocess: args.multiprocess,
    readonly: args.readonly,
    mode: 'list',
    headers: args.headers ?? false,
    headersSet: args.headers !== null,
    separator: '|',
    rowSeparator: '\n',
    nullValue: args.nullValue ?? '',
    bail: args.bail,
    echo: args.echo,
    timer: false,
    changes: false,
  }
  setMode(settings, args.mode ?? (isForReading ? 'box' : 'list'))
  // As an option csv has plain line ends, and column no headers; `.mode` brings both, with RFC 4180's line ends.
  settings.rowSeparator = '\n'
  settings.headers = args.headers ?? false
  if (args.separator !== null) settings.separator = args.separator
  const write = (text: string): void => void process.stdout.write(text)
  const complain = (text: string): void => void process.stderr.write(text)
  const isPrompt = process.stdin.isTTY && args.commands.length === 0
  try {
    return new Shell(settings, runDotCommand, write, complain, isPrompt)
  } catch (error) {
    complain(`${describeError(error)}\n`)
    process.exit(1)
  }
}

/** Standard input is no terminal: its lines are the script. */
function pipe(shell: Shell): void {
  const lines = createInterface({ input: process.stdin, crlfDelay: Infinity })
  lines.on('line', (line) => {
    if (shell.finished) return
    shell.feed(line)
    if (shell.finished) lines.close()
  })
  lines.on('close', () => {
    if (!shell.finished) shell.end()
    leave(shell)
  })
}

function prompt(shell: Shell): void {
  const historyPath = join(homedir(), '.chorusdb_history')
  const history = existsSync(historyPath)
    ? readFileSync(historyPath, 'utf8').trim().split('\n').slice(-historyLength).toReversed()
    : []
  const lines = createInterface({
    input: process.stdin,
    output: process.stdout,
    history,
    historySize: historyLength,
  })
  const ask = (): void => {
    lines.setPrompt(shell.isWaiting ? '     ...> ' : 'chorusdb> ')
    lines.prompt()
  }
  process.stdout.write(`chorusdb ${version()}. Enter ".help" for usage hints.\n`)
  lines.on('line', (line) => {
    if (line.trim() !== '') remember(historyPath, line)
    shell.feed(line)
    if (shell.finished) lines.close()
    else ask()
  })
  lines.on('SIGINT', () => {
    if (!shell.isWaiting) {
      lines.close()
      return
    }
    shell.cancel()
    process.stdout.write('\n')
    ask()
  })
  lines.on('close', () => leave(shell))
  ask()
}

/** A history that cannot be written is no reason to stop. */
function remember(historyPath: string, line: string): void {
  try {
    appendFileSync(historyPath, `${line}\n`, { mode: 0o600 })
  } catch {
    return
  }
}

function leave(shell: Shell): void {
  shell.close()
  process.exitCode = shell.exitCode ?? (shell.errors > 0 ? 1 : 0)
}

function version(): string {
  const path = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}

// Whoever reads our output has seen enough (`chorusdb … | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

main()
