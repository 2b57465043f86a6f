/** TypeScript to `dist/`, a mirror of `packages/`, with the CommonJS door beside it. */
import { copyFileSync, chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root, run } from './setup.mjs'

rmSync(join(root, 'dist'), { recursive: true, force: true })
run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'])
run(process.execPath, [join('scripts', 'roll-types.mjs')])
copyFileSync(join(root, 'packages', 'engine', 'src', 'index.cjs'), join(root, 'dist', 'index.cjs'))
chmodSync(join(root, 'dist', 'cli', 'src', 'main.js'), 0o755)
