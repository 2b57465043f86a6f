/** Commands about files and other programs: where output goes, what is read, commands of the system. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { linesOfText, runScript } from '../input.ts'
import { openFile, openProgram, type Output } from '../output.ts'
import type { Shell } from '../shell.ts'
import { fail, type Answer, type Call, type Command } from './command.ts'
import { helpFor } from './help.ts'

export const output: Command = { name: 'output', least: 1, run: redirect }
export const once: Command = { name: 'once', least: 2, run: redirect }
export const excel: Command = { name: 'excel', least: 5, run: redirect }

function redirect({ shell, name, args }: Call): Answer {
  const isExcel = name === 'excel'
  const isOnce = isExcel || 'once'.startsWith(name)
  let editor: 'spreadsheet' | 'text' | null = isExcel ? 'spreadsheet' : null
  let hasMark = false
  let file: string | null = null
  const usage = (problem: string): 'failed' => {
    shell.print(`ERROR: ${problem}.  Usage:`)
    shell.write(helpFor(name).text)
    return 'failed'
  }
  for (let i = 0; i < args.length; i++) {
    const word = args[i]!
    if (word.startsWith('-')) {
      const option = word.startsWith('--') ? word.slice(1) : word
      if (option === '-bom') hasMark = true
      else if (!isExcel && option === '-x') editor = 'spreadsheet'
      else if (!isExcel && option === '-e') editor = 'text'
      else return usage(`unknown option: "${word}"`)
    } else if (file === null && editor === null) {
      file = word
      if (word.startsWith('|')) {
        file = [word, ...args.slice(i + 1)].join(' ')
        break
      }
    } else return usage(`extra parameter: "${word}"`)
  }
  shell.outCount = isOnce ? 2 : 0
  shell.resetOutput()
  if (editor !== null) return edited(shell, editor, hasMark)
  return sendTo(shell, file ?? 'stdout', hasMark)
}

const byteOrderMark = '\ufeff'

function sendTo(shell: Shell, file: string, hasMark: boolean): 'failed' | undefined {
  let out: Output | null
  if (file === 'stdout') out = shell.standardOutput
  else if (file === 'stderr') out = shell.standardError
  else if (file === 'off') return 'failed'
  else if (file.startsWith('|')) {
    shell.flush()
    out = openProgram(file.slice(1))
  } else out = openFile(file)
  if (out === null) {
    shell.complain(`Error: cannot open "${file}"`)
    return fail(shell, `Error: cannot write to "${file}"`)
  }
  shell.out = out
  if (hasMark) shell.write(byteOrderMark)
  return undefined
}

/** Output goes to a file, which is then opened by the program that is there for it. */
function edited(
  shell: Shell,
  editor: 'spreadsheet' | 'text',
  hasMark: boolean,
): 'failed' | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-'))
  const file = join(folder, editor === 'spreadsheet' ? 'output.csv' : 'output.txt')
  const { format, settings } = shell
  const { mode, columnSeparator, rowSeparator } = format
  const { echo } = settings
  if (editor === 'spreadsheet') {
    settings.echo = false
    format.mode = 'csv'
    format.columnSeparator = ','
    format.rowSeparator = '\r\n'
  }
  const outcome = sendTo(shell, file, hasMark)
  shell.whenReset = () => {
    Object.assign(format, { mode, columnSeparator, rowSeparator })
    settings.echo = echo
    const command = process.platform === 'darwin' ? 'open' : 'xdg-open'
    const { status } = spawnSync(command, [file], { stdio: 'inherit' })
    if (status === 0) return
    shell.complain(`Failed: [${command} ${file}]`)
    rmSync(folder, { recursive: true, force: true })
  }
  return outcome
}

export const read: Command = { name: 'read', least: 3, run: readScript }

async function readScript({ shell, args, dotCommands }: Call): Promise<'failed' | undefined> {
  const [file, ...others] = args
  if (file === undefined || others.length > 0) return fail(shell, 'Usage: .read FILE')
  let bytes: Buffer
  if (file.startsWith('|')) {
    shell.flush()
    bytes = spawnSync('/bin/sh', ['-c', file.slice(1)], {
      stdio: ['inherit', 'pipe', 'inherit'],
      maxBuffer: Infinity,
    }).stdout
  } else {
    try {
      if (statSync(file).isDirectory()) throw new Error('a folder')
      bytes = readFileSync(file)
    } catch {
      return fail(shell, `Error: cannot open "${file}"`)
    }
  }
  const outer = shell.readsTerminal
  shell.readsTerminal = false
  const isDone = await runScript(shell, linesOfText(bytes), dotCommands)
  shell.readsTerminal = outer
  return isDone ? undefined : 'failed'
}

export const cd: Command = {
  name: 'cd',
  least: 2,
  run: ({ shell, args }) => {
    const [folder, ...others] = args
    if (folder === undefined || others.length > 0) return fail(shell, 'Usage: .cd DIRECTORY')
    try {
      process.chdir(folder)
      return undefined
    } catch {
      return fail(shell, `Cannot change to directory "${folder}"`)
    }
  },
}

export const shellCommand: Command = { name: 'shell', least: 1, run: runSystem }
export const system: Command = { name: 'system', least: 1, run: runSystem }

function runSystem({ shell, args }: Call): Answer {
  if (args.length === 0) return fail(shell, 'Usage: .system COMMAND')
  const command = args.map((word) => (word.includes(' ') ? `"${word}"` : word)).join(' ')
  shell.flush()
  const { status, signal } = spawnSync('/bin/sh', ['-c', command], { stdio: 'inherit' })
  // What wait() of the system answers.
  const answer = signal === null ? (status ?? 1) << 8 : 1
  if (answer !== 0) shell.complain(`System command returns ${answer}`)
  return undefined
}

export const print: Command = {
  name: 'print',
  least: 3,
  run: ({ shell, args }) => shell.print(args.join(' ')),
}

const testFile = 'testcase-out.txt'

/** The name of the test whose output is collected. */
let testName = ''

export const testCase: Command = {
  name: 'testcase',
  least: 8,
  run: ({ shell, args: [name] }) => {
    shell.resetOutput()
    const out = openFile(testFile)
    if (out === null) shell.complain(`Error: cannot open '${testFile}'`)
    else shell.out = out
    testName = name ?? '?'
  },
}

export const check: Command = {
  name: 'check',
  least: 3,
  run: async ({ shell, args }) => {
    shell.resetOutput()
    if (args.length !== 1) {
      shell.complain('Usage: .check GLOB-PATTERN')
      return 'quit'
    }
    let found: string
    try {
      found = readFileSync(testFile, 'latin1')
    } catch {
      shell.complain(`Error: cannot read '${testFile}'`)
      return 'quit'
    }
    const { matchesTest } = await import('../test-glob.ts')
    if (matchesTest(args[0]!, found)) {
      shell.standardOutput.write(`testcase-${testName} ok\n`)
      return undefined
    }
    return fail(
      shell,
      `testcase-${testName} FAILED\n Expected: [${args[0]}]\n      Got: [${found}]`,
    )
  },
}
