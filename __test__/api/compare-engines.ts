/** Scenarios on this engine, and on SQLite: `node:sqlite` in a process of its own. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { resultCodes } from '../../packages/engine/src/base/codes.ts'
import { Database, SqliteError, type Statement } from '../../packages/engine/src/index.ts'
import { findNode } from '../support/oracle.ts'
import type { Connection, Failure, Open } from './attach-scenario.ts'

const program = fileURLToPath(new URL('attach-process.ts', import.meta.url))

/** What came of a set of scenarios on SQLite, or why that is not to be known. */
export function askSqlite(set: 'attach' | 'interleaved'): Record<string, string[]> | string {
  const node = findNode()
  if (node === null) return 'there is no Node that has it (set SQLITE_NODE)'
  const { status, stdout, stderr } = spawnSync(node, ['--no-warnings', program, set], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  return status === 0 ? (JSON.parse(stdout) as Record<string, string[]>) : stderr.trim()
}

function openOurs(path: string, readonly: boolean, options: object): Connection {
  // As in node:sqlite, an open iterator hinders nobody.
  const db = new Database(path, { ...options, readonly, timeout: 0 }).unsafeMode()
  const raw = (statement: Statement): Statement<unknown[], unknown[]> =>
    statement.raw() as Statement<unknown[], unknown[]>
  return {
    run(sql) {
      const statement = db.prepare(sql)
      if (statement.reader) return raw(statement).all()
      statement.run()
      return null
    },
    prepare(sql) {
      const prepared = db.prepare(sql)
      if (!prepared.reader) {
        const all = (): unknown[][] => (prepared.run(), [])
        return { all, iterate: () => all().values(), columns: () => [] }
      }
      const statement = raw(prepared)
      return {
        all: () => statement.all(),
        iterate: () => statement.iterate(),
        columns: () =>
          statement
            .columns()
            .map(({ name, database, table, column }) => [name, database, table, column]),
      }
    },
    close: () => void db.close(),
  }
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof SqliteError)) throw error
  return { code: resultCodes[error.code], message: error.message }
}

/** How scenarios open a database of ours. */
export function opener(options: object = {}): Open {
  return (path, readonly) => openOurs(path, readonly, options)
}
