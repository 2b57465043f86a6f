/**
 * Other processes that work on a database: each runs a script of `__test__/multiprocess/workers` and is told
 * what to do on its command line. Lines that it prints are JSON.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { engine as ours } from './built.ts'

const workers = new URL('../multiprocess/workers/', import.meta.url)

/** `engine` of a process that uses the peer whose sidecar format is shared. Its `Database` has the same face. */
export const turso = '@tursodatabase/database/compat'

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly output: string
  readonly errors: string
}

export class Worker {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly #lines: string[] = []
  #waiting: ((line: string) => void)[] = []
  #output = ''
  #errors = ''

  /** Starts `script` (its name in the workers' folder) on our engine, or on another one with its face. */
  constructor(
    script: string,
    args: readonly string[],
    engine: string = ours,
    environment: Readonly<Record<string, string>> = {},
  ) {
    const path = fileURLToPath(new URL(`${script}.mjs`, workers))
    this.child = spawn(process.execPath, ['--no-warnings', path, engine, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    let partial = ''
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text
      partial += text
      const lines = partial.split('\n')
      partial = lines.pop()!
      for (const line of lines) this.#deliver(line)
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text
    })
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        resolve({ code, signal, output: this.#output, errors: this.#errors })
      })
    })
  }

  #deliver(line: string): void {
    const waiting = this.#waiting.shift()
    if (waiting) waiting(line)
    else this.#lines.push(line)
  }

  /** The next line that it prints, as JSON; fails when it ends or stays silent for too long. */
  async next(timeoutMs = 20_000): Promise<unknown> {
    const line = this.#lines.shift()
    if (line !== undefined) return JSON.parse(line)
    const printed = new Promise<string>((resolve) => this.#waiting.push(resolve))
    const silent = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs).unref()
    })
    const ended = this.ended.then(({ code, signal, errors }) => {
      throw new Error(`it ended with ${code ?? signal}: ${errors}`)
    })
    return JSON.parse(await Promise.race([printed, silent, ended]))
  }

  /** Gives it a line on standard input. */
  tell(message: unknown): void {
    this.child.stdin!.write(`${JSON.stringify(message)}\n`)
  }

  /** Ends its standard input, and waits for it. */
  async stop(): Promise<Ended> {
    this.child.stdin!.end()
    return this.ended
  }

  async kill(): Promise<Ended> {
    this.child.kill('SIGKILL')
    return this.ended
  }
}
