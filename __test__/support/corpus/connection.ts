/** What the corpora run on: the engine, or SQLite itself, which shows whether the runner is right. */
import { createRequire } from 'node:module'
import { Database } from '../../../packages/engine/src/index.ts'
import { resultCodes } from '../../../packages/engine/src/base/codes.ts'
import type { Row } from './rows.ts'

export interface Connection {
  /** The rows of one statement; parameters are NULL. INTEGERs are bigints. */
  run(sql: string): readonly Row[]
  close(): void
}

/** Opens a path, or `:memory:`. */
export type Connect = (path: string, readonly?: boolean) => Connection

/** `?`, outside of what may have one in it. */
const marks = /'(?:[^']|'')*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*.*?\*\/|\?/gs

function parameterCount(sql: string): number {
  if (!sql.includes('?')) return 0
  return (sql.match(marks) ?? []).filter((one) => one === '?').length
}

export const connectEngine: Connect = (path, readonly = false) => {
  const database = new Database(path, { readonly })
  return {
    run(sql) {
      const statement = database.prepare(sql)
      const values = new Array<null>(parameterCount(sql)).fill(null)
      if (!statement.reader) {
        statement.run(...values)
        return []
      }
      return statement
        .raw()
        .safeIntegers()
        .all(...values) as Row[]
    },
    close: () => void database.close(),
  }
}

interface SqliteStatement {
  all(): Row[]
  setReadBigInts(on: boolean): void
  setReturnArrays(on: boolean): void
}
interface SqliteDatabase {
  prepare(sql: string): SqliteStatement
  close(): void
}

type OpenSqlite = new (
  path: string,
  options?: { readOnly: boolean; defensive: boolean },
) => SqliteDatabase

/** `node:sqlite`, where this Node has it. */
function sqlite(): OpenSqlite | null {
  try {
    const load = createRequire(import.meta.url)
    return (load('node:sqlite') as { DatabaseSync: OpenSqlite }).DatabaseSync
  } catch {
    return null
  }
}

const codeNames: ReadonlyMap<number, string> = new Map(
  Object.entries(resultCodes).map(([name, code]) => [code, name]),
)

/** An error of `node:sqlite` in our form. */
function translated(error: unknown): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error
  const { errcode } = error as unknown as { errcode: number }
  return Object.assign(error, { name: 'SqliteError', code: codeNames.get(errcode) })
}

export const connectSqlite: Connect = (path, readonly = false) => {
  const database = new (sqlite()!)(path, { readOnly: readonly, defensive: false })
  return {
    run(sql) {
      try {
        const statement = database.prepare(sql)
        statement.setReadBigInts(true)
        statement.setReturnArrays(true)
        return statement.all()
      } catch (error) {
        throw translated(error)
      }
    },
    close: () => database.close(),
  }
}

/** What SQLite's `integrity_check` finds in a file; null: nothing, or nobody can be asked. */
export function checkFile(path: string): string | null {
  const open = sqlite()
  if (open === null) return null
  try {
    const database = new open(path)
    const statement = database.prepare('PRAGMA integrity_check')
    statement.setReturnArrays(true)
    const rows = statement.all()
    database.close()
    const finding = rows.map(([text]) => String(text)).join('\n')
    return finding === 'ok' ? null : finding
  } catch (error) {
    return String(error)
  }
}
