/**
 * A committing process is killed at random moments while others write and read. What it had acknowledged is
 * there, nothing is there in part, and nobody waits for the dead. (`npm run crash` does this 200 times.)
 */
import test from 'ava'
import { runKillTest } from '../support/kill-test.ts'
import { temporaryFolder } from '../support/temporary.ts'

test('kill: eight killed committers lose nothing and leave no lock behind', async (t) => {
  t.timeout(240_000)
  const { acknowledged, problems, longestWaitMs } = await runKillTest(temporaryFolder(), 8)
  t.deepEqual(problems, [])
  t.true(acknowledged > 0)
  t.true(longestWaitMs < 9000, `a write waited ${longestWaitMs} ms`)
})
