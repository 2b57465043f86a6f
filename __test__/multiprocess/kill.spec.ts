/**
 * Processes are killed at random moments, whatever they are doing, while others write and read. What they had acknowledged is there, nothing
 * is there in part, nobody waits for the dead, and their reader slots are free again. (`npm run crash` does this hundreds of times.)
 */
import test from 'ava'
import { roles } from '../support/crash/company.ts'
import { runCrash } from '../support/crash/run.ts'
import { createRandom } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

for (const locks of ['descriptor', 'classic'] as const) {
  test.serial(
    `kill: with ${locks} locks, a process killed in any role leaves nothing behind`,
    async (t) => {
      t.timeout(240_000)
      const { seed } = createRandom()
      if (locks === 'classic') process.env['CHORUSDB_LOCKS'] = 'classic'
      const result = await runCrash({
        folder: temporaryFolder(),
        kills: roles.length,
        seed,
      })
      t.log(`seed ${seed}: ${result.acknowledged} commits acknowledged`)
      t.deepEqual(result.problems, [])
      t.is(result.kills, roles.length)
      t.true(result.acknowledged > 0)
      for (const [role, { worstWriteMs, worstCheckpointMs }] of result.byRole) {
        t.true(worstWriteMs < 9000, `a write waited ${worstWriteMs} ms for a dead ${role}`)
        t.true(
          worstCheckpointMs < 9000,
          `a checkpoint waited ${worstCheckpointMs} ms for a dead ${role}`,
        )
      }
    },
  )
}
