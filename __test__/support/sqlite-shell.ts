/** The `sqlite3` program, as a second opinion on files. */
import { execFileSync } from 'node:child_process'

let found: boolean | null = null

/** Whether there is a `sqlite3` on the PATH. */
export function hasSqliteShell(): boolean {
  if (found === null) {
    try {
      execFileSync('sqlite3', ['-version'], { stdio: 'pipe' })
      found = true
    } catch {
      found = false
    }
  }
  return found
}

/** Runs SQL on a file and answers what the shell prints, without the last newline. */
export function sqliteShell(file: string, sql: string): string {
  return execFileSync('sqlite3', ['-batch', '-bail', file], {
    input: sql,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'pipe'],
  }).replace(/\n$/, '')
}
