/**
 * A part of the corpora, chosen by hashes of places: no case of it fails that is not known to (`failing.txt`). The scripts of sqllogictest
 * have specs of their own.
 */
import test from 'ava'
import { corpusDirectory, corpusPath } from '../support/corpus/place.ts'
import { readRatchet } from '../support/corpus/ratchet.ts'
import { runCorpora } from '../support/corpus/run.ts'
import { sampleEvery } from '../support/corpus/sample.ts'
import { showFailure } from '../support/corpus/totals.ts'

test('corpora: no case of the sample fails that passed', async (t) => {
  if (corpusPath('sqltest') === null || corpusPath('tcl') === null) {
    t.log('the corpora are missing: set CORPUS_DIR')
    t.pass()
    return
  }
  t.timeout(600_000)
  const totals = await runCorpora({
    corpus: corpusDirectory,
    families: ['sqltest', 'tcl'],
    file: null,
    name: null,
    every: sampleEvery,
    workers: 1,
    timeoutMs: 120_000,
    isSqlite: false,
    out: null,
  })
  for (const line of totals.lines()) t.log(line)
  t.true(totals.failures.length + [...totals.passed.values()].reduce((a, b) => a + b, 0) > 1000)
  const lost = totals.unknown(readRatchet())
  t.deepEqual(
    lost.slice(0, 20).map((failure) => showFailure(failure).join('\n')),
    [],
    `${lost.length} cases`,
  )
  t.deepEqual(totals.lost, [])
})
