/**
 * Live connections of stock SQLite in other processes: the `sqlite3` program, `node:sqlite` and better-sqlite3. Each
 * runs SQL when told, and answers with what was printed or with the error, so that a test can hold a transaction open
 * there.
 */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createRequire } from 'node:module'
import { findNode } from './oracle.ts'
import { hasSqliteShell } from './sqlite-shell.ts'

export type SqliteKind = 'sqlite3' | 'node:sqlite' | 'better-sqlite3'

/** Rows as `sqlite3` prints them, or what went wrong. */
export interface SqliteAnswer {
  readonly rows: string
  readonly error: string | null
}

/** `engine path`: one line of SQL, as JSON, in; one line with its answer out. */
const program = `
const [engine, path] = process.argv.slice(1)
const { createInterface } = require('node:readline')
let db
const open = () => {
  if (engine === 'node:sqlite') return new (require(engine).DatabaseSync)(path)
  return new (require(engine))(path, { timeout: 0 })
}
const show = (value) => value === null ? '' : value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)
const run = (sql) => {
  db ??= open()
  const statement = db.prepare(sql)
  const returnsRows = engine === 'node:sqlite' ? statement.columns().length > 0 : statement.reader
  if (!returnsRows) { statement.run(); return '' }
  return statement.all().map((row) => Object.values(row).map(show).join('|')).join('\\n')
}
createInterface({ input: process.stdin }).on('line', (line) => {
  let answer
  try { answer = { rows: run(JSON.parse(line)), error: null } }
  catch (error) { answer = { rows: '', error: error.message } }
  process.stdout.write(JSON.stringify(answer) + '\\n')
}).on('close', () => { db?.close() })
`

/** Which of them there are on this machine. The libraries need a Node with \`node:sqlite\`, or their binary. */
export function sqliteKinds(): SqliteKind[] {
  const kinds: SqliteKind[] = []
  if (hasSqliteShell()) kinds.push('sqlite3')
  if (findNode() !== null) kinds.push('node:sqlite', 'better-sqlite3')
  return kinds
}

export class SqliteSession {
  readonly kind: SqliteKind
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<void>
  readonly #waiting: ((answer: SqliteAnswer) => void)[] = []
  #partial = ''
  #count = 0

  /** Starts it. The file is not opened before the first statement. */
  constructor(kind: SqliteKind, path: string) {
    this.kind = kind
    this.child = kind === 'sqlite3' ? startShell(path) : startNode(kind, path)
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()))
    void this.ended.then(() => {
      for (const answer of this.#waiting.splice(0)) answer({ rows: '', error: 'it ended' })
    })
  }

  #take(text: string): void {
    this.#partial += text
    const marker = this.kind === 'sqlite3' ? /^==end \d+==\n/m : /\n/
    for (;;) {
      const found = marker.exec(this.#partial)
      if (found === null) return
      const answer = this.#partial.slice(0, found.index)
      this.#partial = this.#partial.slice(found.index + found[0].length)
      this.#waiting.shift()?.(this.kind === 'sqlite3' ? fromShell(answer) : JSON.parse(answer))
    }
  }

  /** Runs one statement. Errors are answers here. */
  async run(sql: string): Promise<SqliteAnswer> {
    const answer = new Promise<SqliteAnswer>((resolve) => this.#waiting.push(resolve))
    if (this.kind === 'sqlite3')
      this.child.stdin.write(`${sql};\n.print ==end ${++this.#count}==\n`)
    else this.child.stdin.write(`${JSON.stringify(sql)}\n`)
    return answer
  }

  /** Closes the connection and ends the process. */
  async close(): Promise<void> {
    this.child.stdin.end()
    await this.ended
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.ended
  }
}

function startShell(path: string): ChildProcessWithoutNullStreams {
  // One stream, so that errors stay where they belong.
  return spawn('sh', ['-c', 'exec sqlite3 -batch "$1" 2>&1', 'sh', path])
}

function startNode(kind: SqliteKind, path: string): ChildProcessWithoutNullStreams {
  const engine = kind === 'node:sqlite' ? kind : createRequire(import.meta.url).resolve(kind)
  return spawn(findNode()!, ['--no-warnings', '-e', program, engine, path])
}

function fromShell(text: string): SqliteAnswer {
  const lines = text.split('\n').filter((line) => line !== '')
  const error = lines.find((line) => /^(Error|Runtime error|Parse error)\b/.test(line))
  return { rows: lines.join('\n'), error: error ?? null }
}
