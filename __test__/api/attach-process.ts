/** Runs a set of scenarios on node:sqlite and prints what came of them. Started by `compare-engines.ts`. */
import { createRequire } from 'node:module'
import { runScenario, type Connection } from './attach-scenario.ts'
import { scenarios } from './attach-scenarios.ts'
import { scenarioFolder } from './attach-files.ts'
import { randomScenarios } from './attach-random.ts'
import { interleavedScenarios } from './interleaved-scenarios.ts'

interface Statement {
  setReturnArrays(enabled: boolean): void
  columns(): {
    name: string
    database: string | null
    table: string | null
    column: string | null
  }[]
  all(): unknown[][]
  iterate(): Iterator<unknown[]>
  run(): void
}
interface SqliteModule {
  readonly DatabaseSync: new (
    path: string,
    options: object,
  ) => { prepare(sql: string): Statement; close(): void }
}
const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite') as SqliteModule

function open(path: string, readonly: boolean): Connection {
  const db = new DatabaseSync(path, { readOnly: readonly, timeout: 0 })
  const prepare = (sql: string): Statement => {
    const statement = db.prepare(sql)
    statement.setReturnArrays(true)
    return statement
  }
  return {
    run(sql) {
      const statement = prepare(sql)
      if (statement.columns().length > 0) return statement.all()
      statement.run()
      return null
    },
    prepare(sql) {
      const statement = prepare(sql)
      return {
        all: () => statement.all(),
        iterate: () => statement.iterate(),
        columns: () =>
          statement
            .columns()
            .map(({ name, database, table, column }) => [name, database, table, column]),
      }
    },
    close: () => db.close(),
  }
}

const sets = {
  attach: () => ({ ...scenarios, ...randomScenarios(40, 80) }),
  interleaved: interleavedScenarios,
}
const results: Record<string, string[]> = {}
for (const [name, scenario] of Object.entries(sets[process.argv[2] as keyof typeof sets]())) {
  const folder = scenarioFolder()
  results[name] = runScenario(scenario, folder, open, (error) => {
    const { errcode, message } = error as { errcode?: number; message: string }
    return { code: errcode ?? 0, message }
  })
}
process.stdout.write(JSON.stringify(results))
