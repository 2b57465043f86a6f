/** TypeScript to `dist/`, a mirror of `packages/`, with the CommonJS door beside it. */
import { chmodSync, copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './setup.mjs'

rmSync(join(root, 'dist'), { recursive: true, force: true })
run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'])
// A build that began with it would leave out what has not changed, and `dist/` has just been emptied.
rmSync(join(root, 'dist', '.tsbuildinfo'))
run(process.execPath, [join('scripts', 'roll-types.mjs')])
copyFileSync(join(root, 'packages', 'engine', 'src', 'index.cjs'), join(root, 'dist', 'index.cjs'))
chmodSync(join(root, 'dist', 'cli', 'src', 'main.js'), 0o755)
