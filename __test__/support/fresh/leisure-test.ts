/** The test of `leisure.spec.ts` and `leisure-classic.spec.ts`, which are two so that they run side by side: they wait for most of their time. */
import test from 'ava'
import { createRandom } from '../random.ts'
import { temporaryFolder } from '../temporary.ts'
import { runLeisure } from './leisure.ts'

export function testLeisure(locks: 'descriptor' | 'classic'): void {
  test(`freshness: with ${locks} locks, no process is shown an old state`, async (t) => {
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
