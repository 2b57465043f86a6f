/** `npm run corpus`: see `scripts/corpus.mjs`. */
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { findNode } from '../oracle.ts'
import { families, type Family } from './families.ts'
import { corpusDirectory, corpusPath } from './place.ts'
import { ratchetPath, readRatchet, writeRatchet } from './ratchet.ts'
import { runCorpora } from './run.ts'
import { sampleEvery } from './sample.ts'
import { showFailure, showFailures } from './totals.ts'

const { values } = parseArgs({
  options: {
    family: { type: 'string', multiple: true },
    file: { type: 'string' },
    case: { type: 'string' },
    jobs: { type: 'string', default: String(availableParallelism()) },
    timeout: { type: 'string', default: '60' },
    list: { type: 'string' },
    failures: { type: 'boolean', default: false },
    sample: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
    sqlite: { type: 'boolean', default: false },
  },
})

function fail(message: string): never {
  console.error(message)
  process.exit(2)
}

const wanted = values.family ?? families
const unknown = wanted.find((name) => !(families as readonly string[]).includes(name))
if (unknown !== undefined) fail(`no family is named ${unknown}: ${families.join(', ')}`)
if (wanted.some((family) => corpusPath(family) === null))
  fail(`the corpora are missing in ${corpusDirectory}: set CORPUS_DIR`)
const isPart = values.case !== undefined || values.sample
if (values.update && (isPart || values.sqlite))
  fail('--update wants whole files, and runs of this engine')
if (findNode() === null)
  console.error('no node:sqlite here (set SQLITE_NODE): integrity_check of files is left out')

const start = performance.now()
const totals = await runCorpora({
  corpus: corpusDirectory,
  families: wanted as readonly Family[],
  file: values.file ?? null,
  name: values.case ?? null,
  every: values.sample ? sampleEvery : 1,
  workers: Number(values.jobs),
  timeoutMs: 1000 * Number(values.timeout),
  isSqlite: values.sqlite,
  out: process.stdout,
})
if (values.failures) for (const line of showFailures(totals.failures)) console.log(line)
for (const { file, index, text } of totals.findings)
  console.log(`${file}: after case ${index} integrity_check says ${text.slice(0, 500)}`)
for (const { file, reason } of totals.lost) console.log(`${file}: ${reason}`)
if (!values.sqlite) {
  const known = readRatchet()
  const lost = totals.unknown(known)
  if (lost.length > 0) {
    console.log(`${lost.length} cases fail that passed:`)
    for (const failure of lost.slice(0, values.failures ? 0 : 20))
      for (const line of showFailure(failure)) console.log(line)
  }
  const mended = totals.mended(known)
  if (mended > 0 && !isPart) console.log(`${mended} cases pass that failed (--update notes it)`)
}
for (const line of totals.lines()) console.log(line)
console.log(`${((performance.now() - start) / 1000).toFixed(0)} s`)
if (values.list !== undefined) writeFileSync(values.list, totals.list.toSorted().join('\n') + '\n')
if (values.update) {
  writeRatchet(totals.failing)
  console.log(`written: ${ratchetPath}`)
}
process.exit(totals.isClean ? 0 : 1)
