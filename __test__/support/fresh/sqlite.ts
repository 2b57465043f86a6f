/** SQLite in a child process that looks at one file after the other: what is in it, and whether it is sound. */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { findNode } from '../oracle.ts'

const program = `
const { DatabaseSync } = require('node:sqlite')
const look = (path) => {
  const db = new DatabaseSync(path)
  try {
    const all = (sql) => db.prepare(sql).all().map((row) => Object.values(row))
    return [
      ...all('PRAGMA integrity_check'),
      ...all('PRAGMA user_version'),
      ...all('SELECT name FROM sqlite_schema ORDER BY name'),
      ...all('SELECT k, v, s, pad FROM t ORDER BY k'),
    ]
  } finally {
    db.close()
  }
}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  let answer
  try { answer = look(JSON.parse(line)) } catch (error) { answer = [[error.message]] }
  process.stdout.write(JSON.stringify(answer) + '\\n')
})
`

export class Sqlite {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting: ((rows: unknown[][]) => void)[] = []

  private constructor(node: string) {
    this.#child = spawn(node, ['--no-warnings', '-e', program])
    createInterface({ input: this.#child.stdout }).on('line', (line) =>
      this.#waiting.shift()?.(JSON.parse(line) as unknown[][]),
    )
  }

  /** null: there is no Node with \`node:sqlite\` here. */
  static start(): Sqlite | null {
    const node = findNode()
    return node === null ? null : new Sqlite(node)
  }

  /** As `Model.contents` has it. */
  look(path: string): Promise<unknown[][]> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#child.stdin.write(`${JSON.stringify(path)}\n`)
    })
  }

  end(): void {
    this.#child.stdin.end()
  }
}
