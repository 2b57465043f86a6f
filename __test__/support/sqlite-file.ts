/** SQLite on a file, in a child process: what it reads, writes and says about it. */
import { spawnSync } from 'node:child_process'
import { findNode } from './oracle.ts'

/** Runs a script with `node:sqlite`'s `DatabaseSync`; its answer is what it prints, as JSON. null: no such Node. */
export function runWithSqlite(script: string, args: readonly string[] = []): unknown {
  const node = findNode()
  if (node === null) return null
  const program = `const { DatabaseSync } = require('node:sqlite')\n${script}`
  const result = spawnSync(node, ['--no-warnings', '-e', program, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 29,
  })
  if (result.status !== 0) throw new Error(result.stderr)
  return result.stdout === '' ? undefined : JSON.parse(result.stdout)
}

/** Every row of every table, each value as a letter for its class and its text or bytes. */
export function sqliteTables(path: string): Record<string, string[][]> | null {
  const script = `
    const db = new DatabaseSync(process.argv[1], { readOnly: true })
    const show = (v) => v === null ? 'null' : typeof v === 'bigint' ? 'i' + v : typeof v === 'number' ? 'r' + v
      : typeof v === 'string' ? 't' + Buffer.from(v).toString('hex') : 'b' + Buffer.from(v).toString('hex')
    const tables = db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all().map((row) => row.name)
    const answer = {}
    for (const table of tables) {
      const statement = db.prepare('SELECT * FROM "' + table.replaceAll('"', '""') + '"')
      statement.setReadBigInts(true)
      statement.setReturnArrays(true)
      answer[table] = statement.all().map((row) => row.map(show))
    }
    process.stdout.write(JSON.stringify(answer))`
  return runWithSqlite(script, [path]) as Record<string, string[][]> | null
}

/** What SQLite's integrity_check says; null: no such Node. */
export function sqliteIntegrity(path: string): string | null {
  const script = `
    const db = new DatabaseSync(process.argv[1])
    const rows = db.prepare('PRAGMA integrity_check').all()
    db.close()
    process.stdout.write(JSON.stringify(rows.map((row) => row.integrity_check).join('\\n')))`
  return runWithSqlite(script, [path]) as string | null
}
