/**
 * Interleaved transactions: each step of several connections must come to what it comes to in SQLite in WAL mode, in both modes of
 * ours. SQLite is `node:sqlite` in a process of its own; where there is none, the comparison is skipped and says so.
 */
import test from 'ava'
import { scenarioFolder } from './attach-files.ts'
import { runScenario } from './attach-scenario.ts'
import { askSqlite, failureOf, opener } from './compare-engines.ts'
import { interleavedScenarios } from './interleaved-scenarios.ts'

const modes = { single: {}, several: { experimental: ['multiprocess_wal'] } }

// Both processes make the same random lines.
const seed = (process.env['SEED'] ??= String(Date.now() % 1_000_000))

const theirs = askSqlite('interleaved')

for (const [name, scenario] of Object.entries(interleavedScenarios())) {
  for (const [mode, options] of Object.entries(modes)) {
    test.serial(`interleaved: as in SQLite: ${name}, ${mode}`, (t) => {
      const ours = runScenario(scenario, scenarioFolder(), opener(options), failureOf)
      if (typeof theirs === 'string') {
        t.log(`SQLite is not to be had here: ${theirs.slice(0, 300)}`)
        t.pass()
        return
      }
      t.deepEqual(ours, theirs[name], `SEED=${seed}`)
    })
  }
}
