/** The engine as script runners see it. */
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { realToText } from '../../packages/engine/src/record/index.ts'
import type { SqlEngine } from './sqllogictest.ts'

/** A database in memory (or in `path`) that scripts run on. */
export function openEngine(path = ':memory:'): SqlEngine & { close(): void; database: Database } {
  const database = new Database(path)
  return {
    database,
    exec: (sql) => void database.exec(sql),
    query: (sql) => {
      const statement = database.prepare(sql)
      if (!statement.reader) {
        statement.run()
        return []
      }
      // An error while rows are being produced ends the result there: `all` keeps none of them.
      try {
        return statement.raw().safeIntegers().all() as unknown[][]
      } catch (error) {
        if (error instanceof SqliteError) return []
        throw error
      }
    },
    realText: realToText,
    close: () => void database.close(),
  }
}
