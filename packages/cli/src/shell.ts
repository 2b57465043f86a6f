/**
 * The shell: lines come in, statements and dot commands go out. Where the lines come from (a terminal, a pipe,
 * arguments) is `main`'s affair.
 */
import { Database, isComplete, SqliteError } from '../../engine/src/index.ts'
import { runDotCommand } from './dot-commands.ts'
import { formatRows, type OutputMode } from './format.ts'

export interface ShellSettings {
  path: string
  multiprocess: boolean
  readonly: boolean
  mode: OutputMode
  headers: boolean
  separator: string
  nullValue: string
  bail: boolean
  timer: boolean
}

export class Shell {
  database: Database
  readonly settings: ShellSettings
  /** Statements that failed. */
  errors = 0
  /** `.quit` was given. */
  finished = false
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
  #pending = ''

  constructor(
    settings: ShellSettings,
    print: (text: string) => void,
    complain: (text: string) => void,
  ) {
    this.settings = settings
    this.print = print
    this.complain = complain
    this.database = this.#open(settings.path)
  }

  /** A statement was begun and not ended. */
  get isWaiting(): boolean {
    return this.#pending.trim() !== ''
  }

  /** One line of input. */
  feed(line: string): void {
    if (!this.isWaiting && line.startsWith('.')) {
      this.#guard(() => runDotCommand(this, line))
      return
    }
    this.#pending += `${line}\n`
    if (!isComplete(this.#pending)) return
    const sql = this.#pending
    this.#pending = ''
    this.run(sql)
  }

  /** The input ended: what is left is run as it is. */
  end(): void {
    const sql = this.#pending
    this.#pending = ''
    if (sql.trim() !== '') this.run(sql)
  }

  /** Drops what was begun. */
  cancel(): void {
    this.#pending = ''
  }

  /** Runs statements or one dot command. */
  run(sql: string): void {
    if (sql.startsWith('.')) {
      this.#guard(() => runDotCommand(this, sql.trim()))
      return
    }
    this.#guard(() => this.#runStatements(sql))
  }

  #runStatements(sql: string): void {
    for (const text of splitStatements(sql)) {
      const start = performance.now()
      const statement = this.database.prepare(text)
      if (statement.reader) {
        const names = statement.columns().map(({ name }) => name)
        const rows = statement.raw().safeIntegers().all() as unknown[][]
        for (const line of formatRows(names, rows, this.settings)) this.print(line)
      } else {
        statement.run()
      }
      if (this.settings.timer) {
        this.print(`Run Time: real ${((performance.now() - start) / 1000).toFixed(3)}`)
      }
    }
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
    return new Database(path, {
      readonly,
      experimental: multiprocess ? ['multiprocess_wal'] : [],
    })
  }

  #guard(action: () => void): void {
    try {
      action()
    } catch (error) {
      this.errors++
      this.complain(describeError(error))
      if (this.settings.bail) this.finished = true
    }
  }
}

/** An error in the manner of sqlite3. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `Error: ${String(error)}`
  const isSyntax =
    error instanceof SqliteError &&
    /syntax error|incomplete input|unrecognized token/.test(error.message)
  return `${isSyntax ? 'Parse error' : 'Error'}: ${error.message}`
}

/** The statements of a text, each with its semicolon. */
function splitStatements(sql: string): string[] {
  const statements: string[] = []
  let start = 0
  for (let end = sql.indexOf(';'); end >= 0; end = sql.indexOf(';', end + 1)) {
    const text = sql.slice(start, end + 1)
    if (!isComplete(text)) continue
    if (text.replaceAll(';', '').trim() !== '') statements.push(text)
    start = end + 1
  }
  const rest = sql.slice(start)
  if (rest.trim() !== '' && !/^(\s|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/)*$/.test(rest)) {
    statements.push(rest)
  }
  return statements
}
