/**
 * Random statements, on ChorusDB and on SQLite side by side (`npm run fuzz`): a part of what the long run does, the same each
 * time unless `SEED` says otherwise.
 */
import test from 'ava'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createRandom } from '../support/random.ts'
import { findNode } from '../support/oracle.ts'

const main = fileURLToPath(new URL('../support/fuzz/main.ts', import.meta.url))

const rounds = { writes: 150, queries: 30 }

for (const [subject, count] of Object.entries(rounds))
  test(`random ${subject}: answers, content and files are SQLite’s`, (t) => {
    const node = findNode()
    if (node === null) {
      t.pass('no node:sqlite here')
      return
    }
    t.timeout(300_000)
    const seed = createRandom().seed
    const options = ['--rounds', String(count), '--seed', String(seed), '--subject', subject]
    const { status, stdout, stderr } = spawnSync(node, ['--no-warnings', main, ...options], {
      encoding: 'utf8',
    })
    t.is(status, 0, stdout + stderr)
  })
