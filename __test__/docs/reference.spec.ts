/** The reference (`npm run docs:api`) can be made: every public name has a comment, every link leads somewhere, and nothing that is shown names what is not. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('reference: typedoc has nothing to complain about', (t) => {
  t.timeout(120_000)
  const args = ['node_modules/typedoc/bin/typedoc', '--emit', 'none', '--logLevel', 'Warn']
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  t.is(stdout + stderr, '')
  t.is(status, 0)
})
