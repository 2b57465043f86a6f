/**
 * Random statements that write, on ChorusDB and on SQLite side by side (`npm run fuzz`): a part of what the long run does, the same each
 * time unless `SEED` says otherwise.
 */
import test from 'ava'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createRandom } from '../support/random.ts'
import { findNode } from '../support/oracle.ts'

const rounds = 250
const main = fileURLToPath(new URL('../support/fuzz/main.ts', import.meta.url))

test('random writes: answers, content and files are SQLite’s', (t) => {
  const node = findNode()
  if (node === null) {
    t.pass('no node:sqlite here')
    return
  }
  t.timeout(300_000)
  const seed = createRandom().seed
  const options = ['--no-warnings', main, '--rounds', String(rounds), '--seed', String(seed)]
  const { status, stdout, stderr } = spawnSync(node, options, { encoding: 'utf8' })
  t.is(status, 0, stdout + stderr)
})
