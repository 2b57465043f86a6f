/**
 * Freshness, one step after the other: several connections read, write, checkpoint, sleep and leave at random, and a model knows what each
 * of them must see at each moment. Every answer is compared with it. (`npm run fresh` does this for long.)
 *
 * A run follows from its seed; after a failure the steps that led to it are printed, as few as suffice.
 */
import test from 'ava'
import { stepForms } from '../support/fresh/forms.ts'
import { describeFinding, runSeed, shrink } from '../support/fresh/run.ts'
import { Sqlite } from '../support/fresh/sqlite.ts'
import { createRandom } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

const runs = 7
const length = 400

const folder = temporaryFolder()
const sqlite = Sqlite.start()
test.after.always(() => sqlite?.end())

for (const form of stepForms(folder)) {
  test.serial(
    `freshness: ${form.name}: every read shows the state that it must show`,
    async (t) => {
      t.timeout(120_000)
      t.teardown(() => form.end())
      const tools = { folder, sqlite }
      const { seed } = createRandom()
      let steps = 0
      for (let run = 0; run < runs; run++) {
        const outcome = await runSeed(form, seed + run, length, tools)
        steps += outcome.steps
        if (outcome.finding === null) continue
        // Where each connection is a process, all tries would outlast the test, and nobody would read what was found.
        const shrunk = await shrink(form, outcome.finding, tools, 600, 40_000)
        return t.fail(describeFinding(shrunk))
      }
      t.log(`seed ${seed}: ${steps} steps`)
      t.pass()
    },
  )
}
