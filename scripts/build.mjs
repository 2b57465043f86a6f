/**
 * TypeScript to `dist/`: a mirror of `packages/`, which tests look into, and the programs that users load, `chorusdb.js`, `node-sqlite.js`
 * and the shell, each in one piece with what they share. Some 400 modules take Node five times as long to load as one.
 */
import { chmodSync, copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { root, run } from './setup.mjs'

const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'])
// A build that began with it would leave out what has not changed, and `dist/` has just been emptied.
rmSync(join(dist, '.tsbuildinfo'))
run(process.execPath, [join('scripts', 'roll-types.mjs')])
await build({
  absWorkingDir: dist,
  entryPoints: {
    chorusdb: 'engine/src/index.js',
    'node-sqlite': 'engine/src/node-sqlite.js',
    'cli/src/main': 'cli/src/main.js',
    'cli/src/run': 'cli/src/run.js',
  },
  outdir: dist,
  allowOverwrite: true,
  bundle: true,
  splitting: true,
  chunkNames: '[name]-[hash]',
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  // A tenth of the time that importing takes; names stay, and lines are short enough for a stack trace to say something.
  minifyWhitespace: true,
  lineLimit: 120,
  logLevel: 'warning',
})
for (const door of ['index.cjs', 'node-sqlite.cjs']) {
  copyFileSync(join(root, 'packages', 'engine', 'src', door), join(dist, door))
}
chmodSync(join(dist, 'cli', 'src', 'main.js'), 0o755)
