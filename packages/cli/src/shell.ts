/**
 * The shell: lines come in, statements and dot commands go out. Where the lines come from (a terminal, a pipe,
 * arguments) is `main`'s affair; what the dot commands are, `dot-commands`'.
 */
import { Database, isComplete } from '../../engine/src/index.ts'
import { describeError, describeSqlError, type Origin, type Phase } from './describe-error.ts'
import { formatRows, type Row } from './format.ts'
import { queryPlanLines } from './query-plan.ts'
import type { Settings } from './settings.ts'
import { isBlank, splitStatements } from './split.ts'

/** Runs a dot command. @throws Error with a sentence for the user */
export type DotCommands = (shell: Shell, line: string) => void

/** A place for results. */
export interface Output {
  write(text: string): void
  close(): void
}

export class Shell {
  database: Database
  readonly settings: Settings
  /** Statements and commands that failed. */
  errors = 0
  /** `.quit` was given, or an error with `.bail on`. */
  finished = false
  /** What `.exit` asked for; null: nothing. */
  exitCode: number | null = null
  readonly #standardWrite: (text: string) => void
  /** Where `.output` sends results; null: standard output. */
  #redirected: Output | null = null
  readonly #complain: (text: string) => void
  readonly #dotCommands: DotCommands
  readonly #isPrompt: boolean
  /** Rows changed by the last statement that changed any, and by all of them. */
  #lastChanges = 0
  #totalChanges = 0
  #pending = ''
  /** Lines of the current script so far, and where the pending statement began. */
  #line = 0
  #startLine = 0

  constructor(
    settings: Settings,
    dotCommands: DotCommands,
    write: (text: string) => void,
    complain: (text: string) => void,
    isPrompt: boolean,
  ) {
    this.settings = settings
    this.#standardWrite = write
    this.#dotCommands = dotCommands
    this.#complain = complain
    this.#isPrompt = isPrompt
    this.database = this.#open(settings.path)
  }

  /** A statement was begun and not ended. */
  get isWaiting(): boolean {
    return this.#pending !== ''
  }

  /** Writes results. */
  write(text: string): void {
    if (this.#redirected === null) this.#standardWrite(text)
    else this.#redirected.write(text)
  }

  /** Sends results elsewhere; null: to standard output again. */
  redirect(output: Output | null): void {
    this.#redirected?.close()
    this.#redirected = output
  }

  /** Ends everything that is open. */
  close(): void {
    this.redirect(null)
    this.database.close()
  }

  print(line: string): void {
    this.write(`${line}\n`)
  }

  /** One line of input. */
  feed(line: string): void {
    this.#line++
    if (this.#pending === '') {
      if (line.trim() === '') return
      if (line.startsWith('.') || line.startsWith('#')) {
        if (this.settings.echo) this.print(line)
        if (line.startsWith('.')) this.#runDotCommand(line)
        return
      }
      this.#startLine = this.#line
      this.#pending = line
    } else {
      this.#pending += `\n${line}`
    }
    if (!line.includes(';') || !isComplete(this.#pending)) return
    this.#runPending()
  }

  /** The input ended: what is left is run as it is. */
  end(): void {
    if (this.#pending !== '') this.#runPending()
  }

  /** Drops what was begun. */
  cancel(): void {
    this.#pending = ''
  }

  /** A script of its own, inside what is being read. */
  feedAll(text: string): void {
    const outerLine = this.#line
    this.#line = 0
    for (const line of text.split(/\r?\n/)) if (!this.finished) this.feed(line)
    if (!this.finished) this.end()
    this.#line = outerLine
  }

  /** An argument of the command line: statements or one dot command. A failure ends it. */
  runArgument(text: string): void {
    if (this.settings.echo) this.print(text)
    const before = this.errors
    if (text.startsWith('.')) this.#runDotCommand(text.trim())
    else this.#runText(text, { kind: 'argument' })
    if (this.errors > before) this.finished = true
  }

  #runPending(): void {
    const text = this.#pending
    this.#pending = ''
    if (this.settings.echo && !isBlank(text)) this.print(text)
    const origin: Origin = this.#isPrompt
      ? { kind: 'prompt' }
      : { kind: 'script', line: this.#startLine }
    this.#runText(text, origin)
  }

  /** Runs the statements of a text until one fails. */
  #runText(text: string, origin: Origin): void {
    for (const { start, sql } of splitStatements(text)) {
      let phase: Phase = 'prepare'
      try {
        this.#runStatement(sql, () => {
          phase = 'step'
        })
      } catch (error) {
        this.#fail(describeSqlError(error, phase, origin, text.slice(start)))
        return
      }
    }
  }

  #runStatement(sql: string, prepared: () => void): void {
    const start = performance.now()
    const statement = this.database.prepare<unknown[], Row>(sql)
    prepared()
    if (!statement.reader) {
      this.#countChanges(statement.run().changes)
    } else if (/^explain\s+query\s+plan\b/i.test(sql)) {
      for (const line of queryPlanLines(statement.raw().all())) this.print(line)
    } else {
      const names = statement.columns().map(({ name }) => name)
      const rows = statement.raw().safeIntegers().iterate()
      formatRows(names, rows, this.settings, this.#realText(), (piece) => this.write(piece))
    }
    if (this.settings.changes) {
      this.print(`changes: ${this.#lastChanges}   total_changes: ${this.#totalChanges}`)
    }
    if (this.settings.timer) {
      this.print(`Run Time: real ${((performance.now() - start) / 1000).toFixed(3)}`)
    }
  }

  #countChanges(changes: number): void {
    if (changes === 0) return
    this.#lastChanges = changes
    this.#totalChanges += changes
  }

  /** The database writes REALs as it does everywhere. */
  #realText(): (value: number) => string {
    const cast = this.database.prepare<[number], string>('SELECT CAST(? AS TEXT)').pluck()
    return (value) => cast.get(value)!
  }

  /** Closes the database and opens another one. */
  reopen(path: string): void {
    const next = this.#open(path)
    this.database.close()
    this.database = next
    this.settings.path = path
  }

  #open(path: string): Database {
    const { multiprocess, readonly } = this.settings
    try {
      const database = new Database(path, {
        readonly,
        ...(multiprocess && { experimental: ['multiprocess_wal'] }),
      })
      // As in SQLite's shell.
      database.pragma('foreign_keys = OFF')
      return database
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`unable to open database "${path}": ${reason}`, { cause: error })
    }
  }

  #runDotCommand(line: string): void {
    try {
      this.#dotCommands(this, line)
    } catch (error) {
      this.#fail(describeError(error))
    }
  }

  #fail(message: string): void {
    this.errors++
    this.#complain(`${message}\n`)
    if (this.settings.bail) this.finished = true
  }
}
