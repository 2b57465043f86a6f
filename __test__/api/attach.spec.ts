/**
 * ATTACH, DETACH and temporary objects: the same lines on ours and on SQLite must come to the same, errors included.
 * SQLite is `node:sqlite` in a process of its own; where there is none, the comparison is skipped and says so.
 *
 * Where we differ on purpose the line stands in `differences`.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { resultCodes } from '../../packages/engine/src/base/codes.ts'
import { Database, SqliteError, type Statement } from '../../packages/engine/src/index.ts'
import { findNode } from '../support/oracle.ts'
import { scenarioFolder } from './attach-files.ts'
import { randomScenarios } from './attach-random.ts'
import { runScenario, scenarios, type Connection, type Failure } from './attach-scenarios.ts'

const program = fileURLToPath(new URL('attach-process.ts', import.meta.url))

/** Outcomes that differ on purpose, by scenario and line, from 0. */
const differences: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  'schemas that change under prepared statements': {
    // SQLite goes on with the table that it found when it prepared the statement.
    14: '[]',
  },
}

function askSqlite(): Record<string, string[]> | string {
  const node = findNode()
  if (node === null) return 'there is no Node that has it (set SQLITE_NODE)'
  const { status, stdout, stderr } = spawnSync(
    node,
    ['--no-warnings', '--import=@oxc-node/core/register', program],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  )
  return status === 0 ? (JSON.parse(stdout) as Record<string, string[]>) : stderr.trim()
}

function open(path: string, readonly: boolean): Connection {
  // As in node:sqlite, an open iterator hinders nobody.
  const db = new Database(path, { readonly, timeout: 0 }).unsafeMode()
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
      const statement = raw(db.prepare(sql))
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

function failureOf(error: unknown): Failure {
  if (!(error instanceof SqliteError)) throw error
  return { code: resultCodes[error.code], message: error.message }
}

// Both processes make the same random lines.
const seed = (process.env['SEED'] ??= String(Date.now() % 1_000_000))

const theirs = askSqlite()

for (const [name, scenario] of Object.entries({ ...scenarios, ...randomScenarios(40, 80) })) {
  test.serial(`attach: as in SQLite: ${name}`, (t) => {
    const ours = runScenario(scenario, scenarioFolder(), open, failureOf)
    if (typeof theirs === 'string') {
      t.log(`SQLite is not to be had here: ${theirs.slice(0, 300)}`)
      t.pass()
      return
    }
    const expected = theirs[name]!.map((outcome, i) => {
      const [line] = outcome.split(' => ', 1)
      const ourAnswer = differences[name]?.[i]
      return ourAnswer === undefined ? outcome : `${line} => ${ourAnswer}`
    })
    t.deepEqual(ours, expected, `SEED=${seed}`)
  })
}
