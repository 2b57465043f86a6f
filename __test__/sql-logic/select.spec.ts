/**
 * The sqllogictest scripts `select1`, `select5` and `evidence`: many queries over few features, each answer
 * recorded from SQLite. A script passes whole or fails. (`npm run slt` runs all that there are.)
 */
import test from 'ava'
import { readdirSync } from 'node:fs'
import { corpusPath } from '../support/corpus/place.ts'
import { openEngine } from '../support/engine.ts'
import { readScript, runScript } from '../support/sqllogictest.ts'

const folder = corpusPath('slt')
const scripts =
  folder === null
    ? []
    : [
        ...readdirSync(folder).filter((name) => /^select[15]\./.test(name)),
        ...readdirSync(`${folder}/evidence`).map((name) => `evidence/${name}`),
      ]

if (folder === null) {
  test('sqllogictest: the corpus is missing, nothing was run', (t) => {
    t.log('set CORPUS_DIR to the corpora')
    t.pass()
  })
}

for (const script of scripts) {
  test(`sqllogictest: ${script} passes whole`, (t) => {
    t.timeout(600_000)
    const engine = openEngine()
    const { run, failures } = runScript(readScript(`${folder}/${script}`), engine)
    engine.close()
    t.true(run > 0)
    for (const failure of failures) {
      t.log(`line ${failure.line}: ${failure.reason}\n${failure.sql.slice(0, 400)}`)
    }
    t.is(failures.length, 0)
  })
}
