/** Scripts: lines into statements and dot commands, as sqlite3 takes them apart. */
import { read, readSync } from 'node:fs'
import { isComplete } from '../../engine/src/index.ts'
import { isSpace, textOfBytes, untilNul } from './format/text.ts'
import { isPlainSpace, isTerminator, mayEnd, scanLine, scanStart } from './scan.ts'
import type { Failure, Shell } from './shell.ts'

/** Scripts that read scripts, at most. */
const deepest = 25

/** What a command says: nothing, that it has failed, or that the script ends here. */
export type Outcome = 'done' | 'failed' | 'quit'

/** Runs one dot command. */
export type DotCommands = (shell: Shell, line: string) => Promise<Outcome>

/** Lines, one by one. */
export interface Lines {
  /** The next line; null: there are no more. */
  next(): string | null | Promise<string | null>
}

/** The lines of a text. */
export function linesOfText(bytes: Uint8Array): Lines {
  let at = 0
  return {
    next: () => {
      if (at >= bytes.length) return null
      const end = bytes.indexOf(10, at)
      const line = bytes.subarray(at, end < 0 ? bytes.length : end)
      at = end < 0 ? bytes.length : end + 1
      return lineOf(line, end >= 0)
    },
  }
}

/** A carriage return belongs to the end of a line; and text ends at a NUL. */
function lineOf(bytes: Uint8Array, isEnded: boolean): string {
  const size = isEnded && bytes.at(-1) === 13 ? bytes.length - 1 : bytes.length
  return untilNul(textOfBytes(bytes.subarray(0, size)))
}

const chunkSize = 65_536

/** The lines of a descriptor. They are handed on as they come. */
export class DescriptorLines implements Lines {
  readonly #descriptor: number
  /** Called before it is waited for more. */
  readonly #whenWaiting: () => void
  #rest: Buffer = Buffer.alloc(0)
  #hasEnded = false

  constructor(descriptor: number, whenWaiting: () => void) {
    this.#descriptor = descriptor
    this.#whenWaiting = whenWaiting
  }

  next(): string | null | Promise<string | null> {
    const line = this.#take()
    return line === undefined ? this.#read() : line
  }

  /** A line that is here already; undefined: not yet. */
  #take(): string | null | undefined {
    const end = this.#rest.indexOf(10)
    if (end < 0 && !this.#hasEnded) return undefined
    if (this.#rest.length === 0) return null
    const line = this.#rest.subarray(0, end < 0 ? this.#rest.length : end)
    this.#rest = end < 0 ? Buffer.alloc(0) : this.#rest.subarray(end + 1)
    return lineOf(line, end >= 0)
  }

  async #read(): Promise<string | null> {
    for (;;) {
      this.#whenWaiting()
      // oxlint-disable-next-line no-await-in-loop -- one piece after the other
      const piece = await readPiece(this.#descriptor)
      if (piece.length === 0) this.#hasEnded = true
      this.#rest = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
      const line = this.#take()
      if (line !== undefined) return line
    }
  }
}

/** What is there to read; nothing at the end. */
function readPiece(descriptor: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(chunkSize)
  return new Promise((resolve, reject) => {
    const attempt = (): void => {
      read(descriptor, buffer, 0, chunkSize, null, (error, size) => {
        if (error === null) resolve(buffer.subarray(0, size))
        else if (error.code === 'EOF') resolve(buffer.subarray(0, 0))
        // A descriptor that somebody else has made so that it does not wait.
        else if (error.code === 'EAGAIN') setTimeout(attempt, 10)
        else reject(error)
      })
    }
    attempt()
  })
}

/** Everything that is left of a descriptor. */
export function readAll(descriptor: number): Buffer {
  const pieces: Buffer[] = []
  for (;;) {
    const buffer = Buffer.allocUnsafe(chunkSize)
    const size = readSync(descriptor, buffer, 0, chunkSize, null)
    if (size === 0) return Buffer.concat(pieces)
    pieces.push(buffer.subarray(0, size))
  }
}

/** One script, from its first line to its last. */
export class Script {
  readonly #shell: Shell
  readonly #dotCommands: DotCommands
  #sql = ''
  #startLine = 0
  #state = scanStart
  #errors = 0

  constructor(shell: Shell, dotCommands: DotCommands) {
    this.#shell = shell
    this.#dotCommands = dotCommands
  }

  /** A statement was begun and not ended. */
  get isWaiting(): boolean {
    return this.#sql !== ''
  }

  /** Whether something has failed. */
  get hasFailed(): boolean {
    return this.#errors > 0
  }

  /** What was begun of a statement. */
  get pending(): string {
    return this.#sql
  }

  /** Drops what was begun. */
  cancel(): void {
    this.#sql = ''
    this.#state = scanStart
  }

  /** Whether a text, behind what was begun, may stand as it is: no further lines are needed. */
  wouldRun(text: string): boolean {
    if (this.#sql === '' && /^[.#]/.test(text)) return true
    const state = scanLine(text, this.#state)
    if (isPlainSpace(state)) return true
    const sql = this.#sql === '' ? text : `${this.#sql}\n${text}`
    return mayEnd(state) && isComplete(sql)
  }

  /** Takes one line. */
  async feed(given: string): Promise<Outcome> {
    const shell = this.#shell
    shell.lineNumber++
    let line = given
    const isPlain = this.#state.waitsFor === ''
    if (isPlain && isTerminator(line) && (this.#sql === '' || isComplete(`${this.#sql};`)))
      line = ';'
    this.#state = scanLine(line, this.#state)
    if (this.#sql === '') {
      if (isPlainSpace(this.#state)) {
        this.#echo(line)
        this.#state = scanStart
        return 'done'
      }
      if (line.startsWith('.') || line.startsWith('#')) return this.#command(line)
      this.#startLine = shell.lineNumber
      let start = 0
      while (isSpace(line[start])) start++
      this.#sql = line.slice(start)
    } else {
      this.#sql += `\n${line}`
    }
    if (this.#sql === '') return 'done'
    if (mayEnd(this.#state) && isComplete(this.#sql)) {
      const outcome = await this.#runPending()
      if (shell.outCount > 0) {
        shell.resetOutput()
        shell.outCount = 0
      }
      shell.endCommand()
      return outcome
    }
    if (isPlainSpace(this.#state)) {
      this.#echo(this.#sql)
      this.cancel()
    }
    return 'done'
  }

  /** The input has ended: what is left is run as it is. */
  async end(): Promise<Outcome> {
    return this.#sql === '' ? 'done' : this.#runPending()
  }

  #echo(text: string): void {
    if (this.#shell.settings.echo) this.#shell.print(text)
  }

  async #command(line: string): Promise<Outcome> {
    this.#echo(line)
    this.#state = scanStart
    if (!line.startsWith('.')) return 'done'
    const outcome = await this.#dotCommands(this.#shell, line)
    if (outcome === 'failed') this.#errors++
    return outcome
  }

  async #runPending(): Promise<Outcome> {
    const sql = this.#sql
    this.#echo(sql)
    this.cancel()
    const failure = await runLine(this.#shell, sql, this.#startLine)
    if (failure !== null) this.#errors++
    return failure === null ? 'done' : 'failed'
  }
}

/** Runs statements that were read together, with what belongs to that: times, changes, the message of a failure. */
async function runLine(shell: Shell, sql: string, startLine: number): Promise<Failure | null> {
  const { settings } = shell
  const timer = settings.timer ? startTimer() : null
  const failure = await shell.execute(settings.backslash ? withEscapes(sql) : sql)
  if (timer !== null) shell.standardOutput.write(timer())
  if (failure !== null) {
    const kind = failure.phase === 'prepare' ? 'Parse error' : 'Runtime error'
    const place =
      !shell.readsTerminal || !shell.isInteractive ? `${kind} near line ${startLine}` : kind
    shell.complain(`${place}: ${failure.message}`)
  } else if (settings.changes) {
    const [changes, total] = shell.database
      .prepare<[], [number, number]>('SELECT changes(), total_changes()')
      .raw()
      .get()!
    shell.print(`changes: ${changes}   total_changes: ${total}`)
  }
  return failure
}

/** Begins to measure. @returns what answers the line with the times */
function startTimer(): () => string {
  const begin = performance.now()
  const processor = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(processor)
    const real = (performance.now() - begin) / 1000
    return `Run Time: real ${real.toFixed(3)} user ${(user / 1e6).toFixed(6)} sys ${(system / 1e6).toFixed(6)}\n`
  }
}

/** Runs a script. @returns whether it was free of errors */
export async function runScript(
  shell: Shell,
  lines: Lines,
  dotCommands: DotCommands,
): Promise<boolean> {
  if (shell.nesting === deepest) {
    shell.complain(
      `Input nesting limit (${deepest}) reached at line ${shell.lineNumber}. Check recursion.`,
    )
    return false
  }
  shell.nesting++
  const outerLine = shell.lineNumber
  shell.lineNumber = 0
  const script = new Script(shell, dotCommands)
  try {
    while (!(script.hasFailed && shell.settings.bail)) {
      const next = lines.next()
      // oxlint-disable-next-line no-await-in-loop -- one line after the other
      const line = next instanceof Promise ? await next : next
      if (line === null) break
      // oxlint-disable-next-line no-await-in-loop -- as above
      if ((await script.feed(line)) === 'quit') break
    }
    await script.end()
  } finally {
    shell.nesting--
    shell.lineNumber = outerLine
  }
  return !script.hasFailed
}

/** C escapes in a text. */
export function withEscapes(text: string): string {
  if (!text.includes('\\')) return text
  const bytes: number[] = []
  const source = Buffer.from(text, 'utf8')
  for (let at = 0; at < source.length; at++) {
    if (source[at] !== 0x5c || at + 1 === source.length) {
      bytes.push(source[at]!)
      continue
    }
    at++
    const octal = /^[0-7]{1,3}/.exec(source.toString('latin1', at, at + 3))?.[0]
    if (octal !== undefined) {
      at += octal.length - 1
      bytes.push(Number.parseInt(octal, 8) & 0xff)
      continue
    }
    const letter = String.fromCharCode(source[at]!)
    bytes.push(escapes[letter] ?? source[at]!)
  }
  return untilNul(textOfBytes(Uint8Array.from(bytes)))
}

const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 }
