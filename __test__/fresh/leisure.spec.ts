/**
 * Freshness at leisure: processes write, read, sleep, checkpoint and come back when they like; some are killed, some stopped. Afterwards each
 * read is judged by what was acknowledged before it began, and by what the database was after the commit that it showed. (`npm run fresh`
 * does this for long.)
 */
import test from 'ava'
import { runLeisure } from '../support/fresh/leisure.ts'
import { createRandom } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

for (const locks of ['descriptor', 'classic'] as const) {
  test.serial(`freshness: with ${locks} locks, no process is shown an old state`, async (t) => {
    t.timeout(240_000)
    const { seed } = createRandom()
    const result = await runLeisure({
      folder: temporaryFolder(),
      seed,
      rounds: 4,
      classic: locks === 'classic',
    })
    t.log(`seed ${seed}: ${result.commits} commits, ${result.reads} reads, ${result.kills} kills`)
    t.deepEqual(result.problems, [])
    t.true(result.commits > 0 && result.reads > 0)
  })
}
