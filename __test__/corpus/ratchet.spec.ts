/** The list of cases that are known to fail: its form, and what totals make of it. */
import test from 'ava'
import { join } from 'node:path'
import { parseRanges, printRanges, readRatchet, writeRatchet } from '../support/corpus/ratchet.ts'
import { showFailures, Totals } from '../support/corpus/totals.ts'
import { temporaryFolder } from '../support/temporary.ts'
import type { Job } from '../support/corpus/job.ts'

test('ratchet: indexes are written as ranges and read back', (t) => {
  t.is(printRanges([9, 1, 2, 3, 7, 5]), '1-3 5 7 9')
  t.deepEqual([...parseRanges('1-3 5 7 9')], [1, 2, 3, 5, 7, 9])
  t.is(printRanges([]), '')
})

test('ratchet: files that were run are written anew, others stay', (t) => {
  const path = join(temporaryFolder(), 'failing.txt')
  writeRatchet(
    new Map([
      ['tcl/b', new Set([3, 4])],
      ['tcl/a', new Set([1])],
    ]),
    path,
  )
  writeRatchet(
    new Map([
      ['tcl/a', new Set<number>()],
      ['slt/c', new Set([0])],
    ]),
    path,
  )
  t.deepEqual(
    [...readRatchet(path)],
    [
      ['slt/c', new Set([0])],
      ['tcl/b', new Set([3, 4])],
    ],
  )
})

const job: Job = {
  corpus: '',
  family: 'tcl',
  file: 'a',
  name: null,
  every: 1,
  fatal: [],
  isSqlite: false,
}

test('corpus totals: what fails and is not known to is told from what is', (t) => {
  const totals = new Totals()
  const verdict = { group: 'no such table: …', expected: '1', got: 'error' }
  const failed = [2, 3].map((index) => ({ index, name: `n${index}`, sql: 'SELECT\n 1', verdict }))
  totals.add(job, { passed: [0, 1], failed, findings: [], names: { 0: 'n0', 1: 'n1' } })
  const known = new Map([['tcl/a', new Set([1, 2])]])
  t.deepEqual(
    totals.unknown(known).map(({ index }) => index),
    [3],
  )
  t.is(totals.mended(known), 1)
  t.deepEqual(totals.lines(), ['tcl: 2 passed, 2 failed', '2 passed, 2 failed'])
  t.is(showFailures(totals.failures)[0], '2 × no such table: …')
  t.is(showFailures(totals.failures)[2], '      SELECT 1')
})
