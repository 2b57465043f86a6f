/** SQLite's opinion on a database that is in use: asked on a copy of the file and its log, made while nobody writes. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { findNode } from '../oracle.ts'
import { hasSqliteShell } from '../sqlite-shell.ts'
import { copyFile } from '../copy-file.ts'

/** Copies database, log and coordination file into `folder`. The caller has none of them open: classic locks would end. */
export function copyDatabase(path: string, folder: string): string {
  mkdirSync(folder, { recursive: true })
  const copy = join(folder, 'copy.db')
  for (const suffix of ['', '-wal', '-tshm']) {
    if (existsSync(path + suffix)) copyFile(path + suffix, copy + suffix)
  }
  return copy
}

const program = `
const { DatabaseSync } = require('node:sqlite')
const [path, queries] = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const db = new DatabaseSync(path)
const answers = queries.map((text) => db.prepare(text).all().map((row) => Object.values(row)))
process.stdout.write(JSON.stringify(answers))
`

/** The rows of each query; null where there is no SQLite. Throws what SQLite says when it cannot read the file. */
export function askSqlite(path: string, queries: readonly string[]): unknown[][][] | null {
  const node = findNode()
  const input = JSON.stringify([path, queries])
  if (node !== null)
    return JSON.parse(run(node, ['--no-warnings', '-e', program], input)) as unknown[][][]
  if (!hasSqliteShell()) return null
  return queries.map((query) => {
    const output = run('sqlite3', ['-batch', '-bail', '-json', path], query)
    const rows = JSON.parse(output === '' ? '[]' : output) as object[]
    return rows.map((row) => Object.values(row) as unknown[])
  })
}

function run(command: string, args: readonly string[], input: string): string {
  const result = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 1 << 28 })
  if (result.error) throw result.error
  if (result.status !== 0)
    throw new Error(result.stderr.trim() || `${command} ended with ${result.status}`)
  return result.stdout
}
