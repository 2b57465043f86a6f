/** `npm run studio -- app.db`: the studio of this checkout. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root, setUp } from './setup.mjs'

setUp()
const main = join(root, 'dist', 'studio', 'src', 'main.js')
const { status } = spawnSync(process.execPath, [main, ...process.argv.slice(2)], {
  stdio: 'inherit',
  cwd: process.env.INIT_CWD ?? process.cwd(),
})
process.exitCode = status ?? 1
