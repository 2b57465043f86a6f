/**
 * The mixed run in a short form: three processes of ours and two of Turso's on one database, ours killed at random moments. Nothing that
 * was acknowledged is lost, and SQLite, Turso and ours agree on what is there. (`npm run mixed` does this for ten minutes.)
 */
import test from 'ava'
import { runMixed } from '../support/mixed/run.ts'
import { createRandom } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

test('mixed: five processes of two kinds lose nothing, whoever of ours is killed', async (t) => {
  t.timeout(240_000)
  const { seed } = createRandom()
  const result = await runMixed({
    folder: temporaryFolder(),
    seconds: 20,
    periodSeconds: 6,
    seed,
  })
  t.log(
    `seed ${seed}: ${result.acknowledged} commits acknowledged, ${result.kills} kills, ${result.stops} stops`,
  )
  t.deepEqual(result.failures, [])
  t.true(result.comparisons > 0)
  t.true(result.kills > 0)
  t.true(result.stops > 0)
  for (const { kind, commits } of result.shares)
    t.true(commits > 0, `a process of ${kind} never got in`)
})
