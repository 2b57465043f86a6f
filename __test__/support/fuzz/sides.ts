/**
 * The two engines behind one interface. Runs in a Node that has `node:sqlite`, so that both are asked in the same process.
 */
import { createRequire } from 'node:module'
import { resultCodes } from '../../../packages/engine/src/base/codes.ts'
import { Database, type Statement } from '../../../packages/engine/src/index.ts'
import { isMarked, mistakeMark, writtenFor } from './query/comparison.ts'
import type { Shape } from './shape.ts'

export interface Side {
  /** What the statement came to, as one line. */
  run(sql: string): string
  rows(sql: string): string[]
  readonly inTransaction: boolean
  close(): void
}

interface SqliteStatement {
  all(): unknown[][]
  run(): unknown
  setReadBigInts(on: boolean): void
  setReturnArrays(on: boolean): void
  columns(): unknown[]
}
interface SqliteDatabase {
  exec(sql: string): void
  prepare(sql: string): SqliteStatement
  readonly isOpen: boolean
  readonly isTransaction: boolean
  close(): void
}

const codeNames: ReadonlyMap<number, string> = new Map(
  Object.entries(resultCodes).map(([name, code]) => [code, name]),
)

function shown(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return `i${value}`
  if (typeof value === 'number') return Object.is(value, -0) ? 'r0' : `r${value}`
  if (typeof value === 'string') return `t${JSON.stringify(value)}`
  return `b${Buffer.from(value as Uint8Array).toString('hex')}`
}

const shownRow = (row: readonly unknown[]): string => row.map(shown).join('|')

const counters = 'SELECT changes(), total_changes(), last_insert_rowid()'

/** Rows of a PRAGMA are of the engine, unless it is marked; those of a question are compared. */
const isQuestion = (sql: string): boolean => sql.startsWith('SELECT') || isMarked(sql)

/**
 * What an expression passes on of a REAL column, SQLite returns as an INTEGER where one had been given: numbers of both classes are shown
 * alike. (COMPATIBILITY)
 */
const withoutClass = (row: string): string => row.replace(/(^|\|)[ir](?=-?\d)/g, '$1n')

/** It changes rows, and answers them. */
const returns = (sql: string): boolean => sql.includes(' RETURNING ')

export function setup(shape: Shape): string[] {
  return [
    `PRAGMA page_size = ${shape.pageSize}`,
    `PRAGMA encoding = '${shape.encoding}'`,
    `PRAGMA auto_vacuum = ${shape.autoVacuum}`,
    'PRAGMA journal_mode = WAL',
  ]
}

export function connect(shape: Shape): string[] {
  return [
    'PRAGMA synchronous = OFF',
    'PRAGMA foreign_keys = ON',
    `PRAGMA cache_size = ${shape.cacheSize}`,
    `PRAGMA wal_autocheckpoint = ${shape.autoCheckpoint}`,
  ]
}

interface Runner {
  exec(sql: string): unknown
  prepare(sql: string): { run(): unknown }
}

/** What a statement came to, asked of either engine in the same way. */
function outcome(
  sql: string,
  db: Runner,
  rows: (sql: string) => string[],
  describe: (error: unknown) => string,
): string {
  try {
    if (sql.startsWith(mistakeMark)) {
      db.prepare(sql.slice(mistakeMark.length))
      return 'no error'
    }
    if (isQuestion(sql)) return rows(sql).join('\n')
    if (sql.startsWith('PRAGMA')) {
      db.exec(sql)
      return 'ok'
    }
    const returned = returns(sql) ? rows(sql).map(withoutClass) : []
    if (!returns(sql)) db.prepare(sql).run()
    return [...returned, ...rows(counters)].join('\n')
  } catch (error) {
    return describe(error)
  }
}

/** The same statement once more, in another way: it answers the same. */
function checkAgain(statement: Statement, first: readonly string[]): void {
  const again: string[] = []
  for (const row of statement.iterate()) again.push(shownRow(row as unknown[]))
  const at = first.findIndex((line, place) => line !== again[place])
  if (at >= 0 || again.length !== first.length) {
    throw new Error(`at the second time ${again[Math.max(0, at)]} instead of ${first[at]}`)
  }
}

export function openOurs(path: string, shape: Shape): Side {
  const experimental = shape.isShared ? ['multiprocess_wal'] : []
  const db = new Database(path, { experimental, pageSize: shape.pageSize })
  db.defaultSafeIntegers(true)
  const rows = (sql: string): string[] => {
    const statement = db.prepare(sql).raw()
    const shown = statement.all().map((row) => shownRow(row as unknown[]))
    if (shape.readsTwice && isMarked(sql)) checkAgain(statement, shown)
    return shown
  }
  const describe = (error: unknown): string => {
    const { code, name, message } = error as Error & { code?: string }
    return `${code ?? name}: ${message}`
  }
  return {
    run: (sql) => outcome(writtenFor('ours', sql), db, rows, describe),
    rows,
    get inTransaction() {
      return db.inTransaction
    },
    close: () => void db.close(),
  }
}

export function openSqlite(path: string): Side {
  const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite') as {
    DatabaseSync: new (path: string) => SqliteDatabase
  }
  const db = new DatabaseSync(path)
  const rows = (sql: string): string[] => {
    const statement = db.prepare(sql)
    statement.setReadBigInts(true)
    statement.setReturnArrays(true)
    return statement.all().map(shownRow)
  }
  const describe = (error: unknown): string => {
    const { errcode, message } = error as Error & { errcode?: number }
    return `${codeNames.get(errcode ?? 1) ?? `code ${errcode}`}: ${message}`
  }
  return {
    run: (sql) => {
      // RETURNING comes before temporary triggers where they are read after it, and reading the schema ends `defer_foreign_keys`. (COMPATIBILITY)
      if (returns(sql) || sql.includes('defer_foreign_keys')) {
        db.prepare('SELECT 1 FROM temp.sqlite_schema')
      }
      return outcome(writtenFor('theirs', sql), db, rows, describe)
    },
    rows,
    get inTransaction() {
      return db.isTransaction
    },
    close: () => {
      if (db.isOpen) db.close()
    },
  }
}
