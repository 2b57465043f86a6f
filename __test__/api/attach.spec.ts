/**
 * ATTACH, DETACH and temporary objects: the same lines on ours and on SQLite must come to the same, errors included.
 * SQLite is `node:sqlite` in a process of its own; where there is none, the comparison is skipped and says so.
 *
 * Where we differ on purpose the line stands in `differences`.
 */
import test from 'ava'
import { scenarioFolder } from './attach-files.ts'
import { randomScenarios } from './attach-random.ts'
import { runScenario } from './attach-scenario.ts'
import { scenarios } from './attach-scenarios.ts'
import { askSqlite, failureOf, opener } from './compare-engines.ts'

/** Outcomes that differ on purpose, by scenario and line, from 0. */
const differences: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  'schemas that change under prepared statements': {
    // SQLite goes on with the table that it found when it prepared the statement.
    14: '[]',
  },
}

// Both processes make the same random lines.
const seed = (process.env['SEED'] ??= String(Date.now() % 1_000_000))

const theirs = askSqlite('attach')

for (const [name, scenario] of Object.entries({ ...scenarios, ...randomScenarios(40, 80) })) {
  test.serial(`attach: as in SQLite: ${name}`, (t) => {
    const ours = runScenario(scenario, scenarioFolder(), opener(), failureOf)
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
