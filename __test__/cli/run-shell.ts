/** The shell in a process of its own, and sqlite3 beside it. */
import { spawn, spawnSync } from 'node:child_process'
import { shell } from '../support/built.ts'

export interface Answer {
  readonly status: number | null
  readonly out: string
  readonly errors: string
}

/** Where a program runs. */
export interface Surroundings {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** What the answer's bytes are read as. Default UTF-8. */
  readonly encoding?: BufferEncoding
}

function run(
  command: string,
  args: readonly string[],
  input: string | Buffer,
  { encoding = 'utf8', ...at }: Surroundings,
): Answer {
  const { status, stdout, stderr } = spawnSync(command, args, {
    ...at,
    input,
    timeout: 60_000,
    maxBuffer: 1 << 26,
  })
  return {
    status,
    out: stdout?.toString(encoding) ?? '',
    errors: stderr?.toString(encoding) ?? '',
  }
}

/** The command that starts our shell, and its arguments. */
export function shellCommand(args: readonly string[]): [string, string[]] {
  return [process.execPath, ['--no-warnings', shell, ...args]]
}

/** Runs our shell. */
export function runShell(
  args: readonly string[],
  input: string | Buffer = '',
  at: Surroundings = {},
): Answer {
  const [command, all] = shellCommand(args)
  return run(command, all, input, at)
}

/** Runs a program while others run. */
export function play(
  [command, args]: readonly [string, readonly string[]],
  input: string | Buffer,
  { encoding = 'utf8', ...at }: Surroundings,
): Promise<Answer> {
  const child = spawn(command, args, { ...at, timeout: 60_000 })
  const out: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (piece: Buffer) => out.push(piece))
  child.stderr.on('data', (piece: Buffer) => errors.push(piece))
  // It may end before it has read all.
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (status) =>
      resolve({
        status,
        out: Buffer.concat(out).toString(encoding),
        errors: Buffer.concat(errors).toString(encoding),
      }),
    )
  })
}

/** The version of sqlite3, as 3040001; 0: there is none. */
export function sqliteVersion(): number {
  const { status, out } = run('sqlite3', ['-version'], '', {})
  const match = /^(\d+)\.(\d+)\.(\d+)/.exec(out)
  if (status !== 0 || match === null) return 0
  return Number(match[1]) * 1_000_000 + Number(match[2]) * 1000 + Number(match[3])
}
