/** The shell on a pseudo-terminal, and the screen that somebody in front of it sees. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import headless from '@xterm/headless'

const bridge = fileURLToPath(new URL('../../__test__/cli/pseudo-terminal.py', import.meta.url))

/** Whether there is what gives a program a terminal. */
export function hasPseudoTerminals(): boolean {
  return spawnSync('python3', ['-c', 'import pty']).status === 0
}

export interface TerminalOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly columns?: number
  readonly rows?: number
}

const deadlineMs = 20_000

/**
 * What a program at a terminal needs of the environment of these tests. The rest stays behind: `CI`, `FORCE_COLOR` and their like say what a
 * machine that tests can show, and not what a terminal can.
 */
function environment(): NodeJS.ProcessEnv {
  const passed = /^(?:PATH|LANG|LC_.*|TMPDIR|LD_LIBRARY_PATH|NODE_OPTIONS|CHORUSDB_LOCKS)$/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => passed.test(name)))
}

export class TerminalSession {
  readonly #child: ChildProcess
  readonly #screen: InstanceType<typeof headless.Terminal>
  readonly #ended: Promise<number | null>
  /** All that was written, with the moments: milliseconds since the beginning. */
  readonly pieces: { readonly at: number; readonly text: string }[] = []
  readonly #begin = performance.now()

  constructor(command: string, args: readonly string[], options: TerminalOptions) {
    const { cwd, env = {}, columns = 80, rows = 24 } = options
    this.#screen = new headless.Terminal({ cols: columns, rows, allowProposedApi: true })
    this.#child = spawn('python3', [bridge, String(columns), String(rows), command, ...args], {
      cwd,
      env: { ...environment(), HOME: cwd, TERM: 'xterm-256color', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.pieces.push({ at: performance.now() - this.#begin, text })
      this.#screen.write(text)
    })
    this.#ended = new Promise((resolve) => this.#child.on('close', (status) => resolve(status)))
  }

  #do(task: object): void {
    this.#child.stdin!.write(`${JSON.stringify(task)}\n`)
  }

  send(text: string): void {
    this.#do({ send: text })
  }

  resize(columns: number, rows: number): void {
    this.#screen.resize(columns, rows)
    this.#do({ resize: [columns, rows] })
  }

  signal(number: number): void {
    this.#do({ signal: number })
  }

  /** The lines of the screen, without the empty ones at its end. */
  get lines(): string[] {
    const { active } = this.#screen.buffer
    const lines: string[] = []
    for (let row = 0; row < active.length; row++) {
      lines.push((active.getLine(row)?.translateToString(true) ?? '').trimEnd())
    }
    while (lines.at(-1) === '') lines.pop()
    return lines
  }

  get text(): string {
    return this.lines.join('\n')
  }

  /** The screen itself, for whoever draws it. */
  get screen(): InstanceType<typeof headless.Terminal> {
    return this.#screen
  }

  /** Where the cursor is: column and row of the whole buffer, from 0. */
  get cursor(): [number, number] {
    const { active } = this.#screen.buffer
    return [active.cursorX, active.baseY + active.cursorY]
  }

  /** Waits until the screen is as it should be. @throws Error that shows it */
  async until(isSo: (text: string) => boolean): Promise<void> {
    const deadline = performance.now() + deadlineMs
    for (;;) {
      // What was written is on the screen when the next piece would be.
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      await new Promise<void>((resolve) => this.#screen.write('', resolve))
      if (isSo(this.text)) return
      if (performance.now() > deadline) throw new Error(`the screen shows\n${this.text}`)
      // oxlint-disable-next-line no-await-in-loop -- as above
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Waits until the last line ends so. */
  async line(end: string): Promise<void> {
    await this.until((text) => text.endsWith(end))
  }

  /** Waits for the end. @returns the exit status */
  end(): Promise<number | null> {
    return this.#ended
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }
}
