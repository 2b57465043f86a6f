/** The shell in a process of its own, and sqlite3 beside it. */
import { spawnSync } from 'node:child_process'
import { shell } from '../support/built.ts'

export interface Answer {
  readonly status: number | null
  readonly out: string
  readonly errors: string
}

function run(command: string, args: readonly string[], input: string): Answer {
  const { status, stdout, stderr } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 1 << 26,
  })
  return { status, out: stdout, errors: stderr }
}

/** The command that starts our shell, and its arguments. */
export function shellCommand(args: readonly string[]): [string, string[]] {
  return [process.execPath, ['--no-warnings', shell, ...args]]
}

/** Runs our shell. */
export function runShell(args: readonly string[], input = ''): Answer {
  return run(...shellCommand(args), input)
}

/** Runs sqlite3. */
export function runSqlite(args: readonly string[], input = ''): Answer {
  return run('sqlite3', args, input)
}

/** The version of sqlite3, as 3040001; 0: there is none. Before 3.52 it formats as we do. */
export function sqliteVersion(): number {
  const { status, out } = run('sqlite3', ['-version'], '')
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(out)
  if (status !== 0 || match === null) return 0
  return Number(match[1]) * 1_000_000 + Number(match[2]) * 1000 + Number(match[3])
}
