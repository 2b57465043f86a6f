/**
 * `chorusdb`: a shell for databases. On a terminal it prompts; from a pipe it runs what comes; statements given as arguments are run and
 * end it. What it does in which order, and its exit status, are sqlite3's.
 */
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { isatty } from 'node:tty'
import { readArguments, usage, UsageError, type Arguments, type Step } from './arguments.ts'
import { Connections } from './connections.ts'
import { runDotCommand } from './dot/index.ts'
import { DescriptorLines, linesOfText, runScript, type Outcome } from './input.ts'
import { setModeByOption, shortened } from './settings.ts'
import { isDamage, Shell } from './shell.ts'

async function main(): Promise<void> {
  const [, , first, ...others] = process.argv
  if (first === 'status') {
    const { showStatus } = await import('./status.ts')
    showStatus(others)
    return
  }
  if (first === 'studio') {
    const { startStudio } = await import('./studio.ts')
    await startStudio(others)
    return
  }
  let args: Arguments
  try {
    args = readArguments(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
    return
  }
  if (args.steps.some(({ name }) => name === 'help')) {
    process.stdout.write(`${usage}\n`)
    return
  }
  if (args.steps.some(({ name }) => name === 'version')) {
    process.stdout.write(`${version()}\n`)
    return
  }
  const shell = makeShell(args)
  const status = await runAll(shell, args)
  shell.close()
  process.exitCode = status
}

function makeShell(args: Arguments): Shell {
  const path = args.path ?? ':memory:'
  const request = {
    path,
    readonly: args.readonly,
    multiprocess: args.multiprocess,
    noFollow: args.noFollow,
    bytes: args.deserialize && existsSync(path) ? readFileSync(path) : null,
  }
  const shell: Shell = new Shell(
    args.interactive ?? isatty(0),
    new Connections(request, (database) => shell.adopt(database)),
    version(),
  )
  shell.settings.bail = args.bail
  shell.nonce = args.nonce
  // A table is for people to look at.
  if (isatty(1) && args.interactive !== false) shell.format.mode = 'box'
  return shell
}

/** @returns the exit status */
async function runAll(shell: Shell, args: Arguments): Promise<number> {
  if (existsSync(args.path ?? '')) open(shell)
  if (!(await runInitFile(shell, args.init))) return 1
  const stepStatus = await runSteps(shell, args.steps)
  if (stepStatus !== null) return stepStatus
  if (args.archive !== null) {
    if (args.commands.length > 0) {
      shell.complain(`Error: cannot mix regular SQL or dot-commands with "-A"`)
      return 1
    }
    const { runArchive } = await import('./archive.ts')
    await runArchive({ shell, name: '-A', args: args.archive, dotCommands: runDotCommand })
    return 0
  }
  if (args.commands.length > 0) return runArguments(shell, args.commands)
  return runInput(shell, args)
}

/** Opens the database. That a file is none is told by the first statement. */
function open(shell: Shell): void {
  try {
    void shell.database
  } catch (error) {
    if (!isDamage(error)) throw error
  }
}

/** The file of the user's own settings, unless `-init` names another. @returns whether to go on */
async function runInitFile(shell: Shell, given: string | null): Promise<boolean> {
  const path = given ?? join(homedir(), '.chorusdbrc')
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch {
    if (given !== null) shell.complain(`cannot open: "${path}"`)
    return given === null || !shell.settings.bail
  }
  if (shell.isInteractive) shell.complain(`-- Loading resources from ${path}`)
  const isDone = await runScript(shell, linesOfText(bytes), runDotCommand)
  return isDone || !shell.settings.bail
}

const modes: ReadonlySet<string> = new Set([
  'ascii',
  'box',
  'column',
  'csv',
  'html',
  'json',
  'line',
  'list',
  'markdown',
  'quote',
  'table',
  'tabs',
])

/** Carries out options in their order. @returns the exit status where one of them ends it, else null */
async function runSteps(shell: Shell, steps: readonly Step[]): Promise<number | null> {
  const { settings, format } = shell
  for (const { name, value } of steps) {
    if (modes.has(name)) setModeByOption(settings, name)
    switch (name) {
      case 'separator':
        format.columnSeparator = shortened(value!)
        break
      case 'newline':
        format.rowSeparator = shortened(value!)
        break
      case 'nullvalue':
        format.nullValue = shortened(value!)
        break
      case 'header':
      case 'noheader':
        format.headers = name === 'header'
        settings.headersSet = true
        break
      case 'echo':
        settings.echo = true
        break
      case 'eqp':
        settings.queryPlans = 'on'
        break
      case 'eqpfull':
        settings.queryPlans = 'full'
        break
      case 'stats':
        settings.statistics = 'on'
        break
      case 'backslash':
        settings.backslash = true
        break
      case 'safe':
        shell.isSafe = true
        shell.isSafeAlways = true
        break
      case 'cmd': {
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        const status = await runFirstCommand(shell, value!)
        if (status !== null) return status
        break
      }
      default:
        break
    }
  }
  return null
}

/** `-cmd`: a failure ends the shell with `-bail` only. */
async function runFirstCommand(shell: Shell, text: string): Promise<number | null> {
  if (text.startsWith('.')) {
    const outcome = await runDotCommand(shell, text)
    if (outcome === 'done' || !shell.settings.bail) return null
    return outcome === 'quit' ? 0 : 1
  }
  const failure = await runText(shell, text)
  return failure !== 0 && shell.settings.bail ? failure : null
}

/** Runs statements that were given on the command line. @returns the exit status */
async function runText(shell: Shell, text: string): Promise<number> {
  open(shell)
  const failure = await shell.execute(text)
  if (failure === null) return 0
  const phase = failure.phase === 'prepare' ? 'in prepare' : 'stepping'
  shell.complain(`Error: ${phase}, ${failure.message}`)
  return failure.code
}

async function runArguments(shell: Shell, commands: readonly string[]): Promise<number> {
  for (const command of commands) {
    let status: number
    if (command.startsWith('.')) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const outcome: Outcome = await runDotCommand(shell, command)
      if (outcome === 'quit') return 0
      status = outcome === 'failed' ? 1 : 0
    } else {
      // oxlint-disable-next-line no-await-in-loop -- as above
      status = await runText(shell, command)
    }
    if (status !== 0) return status
  }
  return 0
}

async function runInput(shell: Shell, args: Arguments): Promise<number> {
  if (!shell.isInteractive) {
    const lines = new DescriptorLines(0, () => shell.flush())
    return (await runScript(shell, lines, runDotCommand)) ? 0 : 1
  }
  const { runPrompt } = await import('./terminal/prompt.ts')
  return (await runPrompt(shell, args.path === null)) ? 0 : 1
}

function version(): string {
  const path = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version
}

await main()
