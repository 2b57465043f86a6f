/**
 * The shell: statements and dot commands go in, text goes out. Where they come from (a terminal, a pipe, arguments, a file) is `input`'s
 * affair; what the dot commands are, `dot/`'s.
 */
import { resultCodes, SqliteError, type Database, type Statement } from '../../engine/src/index.ts'
import { Connections } from './connections.ts'
import { errorContext } from './error-context.ts'
import { characterCount } from './format/text.ts'
import type { Format, OutputMode, RowWriter } from './format/mode.ts'
import { rowWriter } from './format/rows.ts'
import { DescriptorOutput, type Output } from './output.ts'
import { PlanTree } from './plan-tree.ts'
import { newSettings, type Settings } from './settings.ts'
import { isSpace } from './format/text.ts'
import { explainedBy, opensFiles, parametersOf, splitStatements } from './statements.ts'
import { addShellFunctions } from './functions.ts'

/** A statement of a text, or a whole text, has failed. */
export interface Failure {
  /** SQLite's result code, without its extension. */
  readonly code: number
  /** What was being done when it failed. */
  readonly phase: 'prepare' | 'step'
  readonly message: string
}

/** Takes the place of running statements: `.expert`. */
export type Interceptor = (sql: string) => Failure | null

/** How statements run. On a terminal they let others have their turn, and can be interrupted. */
export interface Runner {
  rows(
    statement: Statement<unknown[], unknown>,
    values: readonly unknown[],
  ): Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>
  run(statement: Statement<unknown[], unknown>, values: readonly unknown[]): void | Promise<void>
  /** Whether somebody has asked to stop. */
  readonly isInterrupted: boolean
}

const directly: Runner = {
  rows: (statement, values) =>
    statement
      .raw()
      .safeIntegers()
      .iterate(...values) as Iterable<readonly unknown[]>,
  run: (statement, values) => void statement.run(...values),
  isInterrupted: false,
}

/** A file that is there, and is no sound database: SQLite notices with the first statement. */
export function isDamage(error: unknown): boolean {
  return error instanceof SqliteError && /^SQLITE_(?:NOTADB|CORRUPT)/.test(error.code)
}

export class Shell {
  readonly settings: Settings = newSettings()
  readonly connections: Connections
  readonly standardOutput: Output = new DescriptorOutput('stdout', 1)
  readonly standardError: Output = new DescriptorOutput('stderr', 2)
  /** Where results go. */
  out: Output = this.standardOutput
  /** Commands until output goes to standard output again; 0: it stays. */
  outCount = 0
  /** What is done when output goes to standard output again (`.once -e`). */
  whenReset: (() => void) | null = null
  /** Somebody sits at a terminal, or `-interactive` says so. */
  isInteractive: boolean
  /** The terminal is what is read; else a script is. */
  readsTerminal = false
  /** The line that was read last, of the current script. */
  lineNumber = 0
  nesting = 0
  interceptor: Interceptor | null = null
  runner: Runner = directly
  /** How wide text is where results go. */
  displayWidth: (text: string) => number = characterCount
  /** Told of each statement that runs (`.trace`). */
  tracer: ((statement: Statement<unknown[], unknown>, sql: string) => void) | null = null
  /** Told of each statement that fails (`.log`). */
  logger: ((code: number, message: string) => void) | null = null
  /** Nothing outside of the database is touched (`-safe`): for this command, and for all. */
  isSafe = false
  isSafeAlways = false
  /** The word that lets one command out of that; null: none does. */
  nonce: string | null = null
  /** It has just been said. */
  keepsNonce = false
  readonly version: string

  constructor(isInteractive: boolean, connections: Connections, version: string) {
    this.isInteractive = isInteractive
    this.connections = connections
    this.version = version
  }

  /** A database was opened. */
  adopt(_database: Database): void {}

  /** The database of the active connection. Where it cannot be opened the shell ends. @throws SqliteError where the file is none */
  get database(): Database {
    try {
      return this.connections.database()
    } catch (error) {
      if (isDamage(error)) throw error
      this.complain(this.unableToOpen(error))
      return this.leave(1)
    }
  }

  /** What is said where a database cannot be opened. */
  unableToOpen(error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error)
    return `Error: unable to open database "${this.connections.path ?? ''}": ${reason}`
  }

  get format(): Format {
    return this.settings.format
  }

  write(text: string): void {
    this.out.write(text)
  }

  print(line: string): void {
    this.out.write(`${line}\n`)
  }

  /** Writes to standard error, behind all that was written before. */
  complain(line: string): void {
    this.flush()
    this.standardError.write(`${line}\n`)
    this.standardError.flush()
  }

  flush(): void {
    this.out.flush()
    if (this.out !== this.standardOutput) this.standardOutput.flush()
  }

  /** Results go to standard output again. */
  resetOutput(): void {
    if (this.out !== this.standardOutput) {
      this.standardOutput.flush()
      if (this.out === this.standardError) this.out.flush()
      else this.out.close()
    }
    this.out = this.standardOutput
    const after = this.whenReset
    this.whenReset = null
    after?.()
  }

  /** Ends everything that is open. */
  close(): void {
    this.connections.closeAll()
    this.resetOutput()
    this.standardOutput.flush()
  }

  /** Ends the process. */
  leave(status: number): never {
    this.close()
    process.exit(status)
  }

  /** Ends the process because something was asked for that is not safe. */
  leaveSafely(message: string): never {
    this.complain(`line ${this.lineNumber}: ${message}`)
    return this.leave(1)
  }

  /** A command was done: what was allowed for it alone is allowed no more. */
  endCommand(): void {
    if (!this.keepsNonce) this.isSafe = this.isSafeAlways
    this.keepsNonce = false
  }

  /** Runs the statements of a text until one fails. */
  async execute(text: string): Promise<Failure | null> {
    if (this.interceptor !== null) return this.interceptor(text)
    let end = 0
    for (const { start, sql } of splitStatements(text)) {
      // What stands before it, semicolons and comments, is a part of what SQLite is given.
      let from = end
      while (end > 0 && isSpace(text[from])) from++
      end = start + sql.length
      let phase: Failure['phase'] = 'prepare'
      try {
        const done = this.#run(sql, () => {
          phase = 'step'
        })
        // oxlint-disable-next-line no-await-in-loop -- statements run one after the other
        await done
      } catch (error) {
        return this.#failure(error, phase, text.slice(from))
      }
    }
    return null
  }

  #failure(error: unknown, phase: Failure['phase'], sql: string): Failure {
    if (!(error instanceof SqliteError)) {
      const message = error instanceof Error ? error.message : String(error)
      return { code: 1, phase, message }
    }
    const code = resultCodes[error.code] & 0xff
    const suffix = code > 1 ? ` (${code})` : ''
    const place =
      phase === 'prepare' ? `${error.message} in "${sql}"` : `abort in [${sql}]: ${error.message}`
    this.logger?.(resultCodes[error.code], place)
    const context =
      phase === 'prepare' ? errorContext(sql, error.message, (part) => this.#tryOut(part)) : ''
    return { code, phase, message: error.message + suffix + context }
  }

  /** What is wrong with a text; null: nothing. */
  #tryOut(sql: string): string | null {
    try {
      this.database.prepare(sql)
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  /** Prepares a statement. What the shell adds to SQL comes when it is first asked for. @throws SqliteError */
  prepare(sql: string): Statement<unknown[], unknown> {
    const { database } = this
    for (;;) {
      try {
        const statement = database.prepare<unknown[]>(sql)
        if (this.isSafe && opensFiles(sql)) this.leaveSafely('cannot run ATTACH in safe mode')
        return statement
      } catch (error) {
        if (!(error instanceof SqliteError) || !addShellFunctions(this, error.message)) throw error
      }
    }
  }

  async #run(sql: string, prepared: () => void): Promise<void> {
    const statement = this.prepare(sql)
    const explains = explainedBy(sql)
    if (this.settings.queryPlans !== 'off' && explains === null) this.#showPlan(sql)
    prepared()
    this.tracer?.(statement, sql)
    const values = this.parameterValues(sql)
    if (!statement.reader) {
      await this.runner.run(statement, values)
    } else if (explains === 'plan' && this.settings.autoExplain) {
      const tree = new PlanTree()
      for await (const row of this.runner.rows(statement, values)) tree.add(row)
      this.write(tree.text())
    } else {
      const mode = explains === 'program' && this.settings.autoExplain ? 'explain' : undefined
      await this.showRows(statement, values, mode)
    }
    if (this.settings.statistics !== 'off') await this.#showStatistics(statement)
  }

  async #showStatistics(statement: Statement<unknown[], unknown>): Promise<void> {
    const { showStatementStatistics, showStatistics } = await import('./statistics.ts')
    if (this.settings.statistics === 'stmt') showStatementStatistics(this, statement)
    if (this.settings.statistics !== 'vmstep') showStatistics(this)
  }

  /** Runs a statement that returns rows, and shows them. */
  async showRows(
    statement: Statement<unknown[], unknown>,
    values: readonly unknown[],
    mode: OutputMode = this.format.mode,
  ): Promise<void> {
    const names = statement.columns().map(({ name }) => name)
    const writer = this.rowWriter(names, mode)
    const rows = this.runner.rows(statement, values)
    try {
      if (Symbol.iterator in rows) for (const row of rows) writer.row(row)
      else for await (const row of rows) writer.row(row)
    } finally {
      writer.end()
    }
  }

  rowWriter(names: readonly string[], mode: OutputMode = this.format.mode): RowWriter {
    const { format } = this
    const shown = mode === format.mode ? format : { ...format, mode }
    const measure = this.out.isTerminal ? this.displayWidth : characterCount
    return rowWriter(names, shown, (text) => this.out.write(text), measure)
  }

  #showPlan(sql: string): void {
    const tree = new PlanTree()
    const plan = this.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    for (const row of plan.raw().iterate()) tree.add(row as readonly unknown[])
    this.write(tree.text())
    if (this.settings.queryPlans !== 'full') return
    const program = this.prepare(`EXPLAIN ${sql}`)
    const writer = this.rowWriter(
      program.columns().map(({ name }) => name),
      'explain',
    )
    for (const row of program.raw().safeIntegers().iterate()) writer.row(row as readonly unknown[])
    writer.end()
  }

  /** The values of a statement's parameters, as `.parameter` has set them; NULL where it has not. */
  parameterValues(sql: string): readonly unknown[] {
    const parameters = parametersOf(sql)
    if (parameters.length === 0) return []
    const stored = this.storedParameters()
    const named: Record<string, unknown> = {}
    const list: unknown[] = []
    let number = 0
    for (const parameter of parameters) {
      if (parameter === '?') {
        number++
        list.push(stored.get(`?${number}`) ?? null)
        continue
      }
      if (parameter.startsWith('?')) number = Math.max(number, Number(parameter.slice(1)))
      else if (!Object.hasOwn(named, parameter.slice(1))) number++
      named[parameter.slice(1)] = stored.get(parameter) ?? null
    }
    return Object.keys(named).length === 0 ? list : [...list, named]
  }

  /** What `.parameter` has set. */
  storedParameters(): Map<string, unknown> {
    try {
      const all = this.database
        .prepare<[], [string, unknown]>('SELECT key, value FROM temp.sqlite_parameters')
        .raw()
        .safeIntegers()
        .all()
      return new Map(all)
    } catch {
      return new Map()
    }
  }
}
