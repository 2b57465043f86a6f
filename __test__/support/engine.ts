/** The engine as script runners see it. */
import { Database } from '../../packages/engine/src/index.ts'
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
      return statement.raw().safeIntegers().all() as unknown[][]
    },
    realText: realToText,
    close: () => void database.close(),
  }
}
