/** The `sqlite3` program as a judge of files. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

function findShell(): boolean {
  try {
    execFileSync('sqlite3', ['--version'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}

/** Whether the program is on the PATH. Tests that need it say so when it is not. */
export const hasSqlite: boolean = findShell()

/** Runs SQL in the shell and returns what it prints. */
export function sqlite(path: string, sql: string): string {
  return execFileSync('sqlite3', ['-batch', path], { input: sql, stdio: 'pipe' }).toString().trim()
}

/** A folder that is gone after the test. */
export function temporaryFolder(t: { teardown(run: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Writes a database and its log into a folder and asks SQLite. */
export function askSqlite(
  folder: string,
  database: Uint8Array,
  wal: Uint8Array,
  sql: string,
): string {
  const path = join(folder, 'copy.db')
  rmSync(`${path}-shm`, { force: true })
  writeFileSync(path, database)
  writeFileSync(`${path}-wal`, wal)
  return sqlite(path, sql)
}
