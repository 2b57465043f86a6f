/**
 * `npm run slt [pattern …]`: every sqllogictest script of the corpus, or those whose path contains one of the
 * patterns; a line for each script, the first failures, and the totals. Ends non-zero when anything fails.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setUp } from './setup.mjs'

setUp()
const { corpusPath } = await import('../.tests/support/corpus/place.js')
const { openEngine } = await import('../.tests/support/engine.js')
const { readScript, runScript } = await import('../.tests/support/sqllogictest.js')

const folder = corpusPath('slt')
if (folder === null) {
  console.error('the corpus is missing: set CORPUS_DIR')
  process.exit(2)
}
const patterns = process.argv.slice(2)
const scripts = readdirSync(folder, { recursive: true })
  .filter((name) => /\.test(\.gz)?$/.test(name))
  .filter((name) => patterns.length === 0 || patterns.some((pattern) => name.includes(pattern)))
  .toSorted()
if (scripts.length === 0) {
  console.error(`no script's path has ${patterns.join(' or ')} in it`)
  process.exit(2)
}

let failed = 0
let records = 0
for (const script of scripts) {
  const start = performance.now()
  const engine = openEngine()
  const { run, failures } = runScript(readScript(join(folder, script)), engine, 5)
  engine.close()
  records += run
  if (failures.length > 0) failed++
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  console.log(`${failures.length === 0 ? 'ok  ' : 'FAIL'} ${script} (${run} records, ${seconds} s)`)
  for (const { line, reason, sql } of failures) {
    console.log(`     line ${line}: ${reason.slice(0, 600)}\n       ${sql.slice(0, 300)}`)
  }
}
console.log(`${scripts.length - failed} passed, ${failed} failed (${records} records)`)
process.exit(failed === 0 ? 0 : 1)
