/** Writes the goldens anew. */
import { spawnSync } from 'node:child_process'
import { root } from './setup.mjs'

const { status } = spawnSync('npx', ['ava', '__test__/golden/**/*.spec.ts'], {
  cwd: root,
  env: { ...process.env, UPDATE_GOLDEN: '1' },
  stdio: 'inherit',
  shell: process.platform === 'win32',
})
process.exit(status ?? 1)
