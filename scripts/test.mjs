/**
 * `npm test`: sets up what is missing, then everything that must hold: format, lint, types, layers, documents,
 * the Rust core's tests, the engine's tests. `UPDATE_GOLDEN=1` rewrites goldens.
 *
 * On Linux what concerns several processes is then run once more with the locks of macOS, `CHORUSDB_LOCKS=classic`.
 *
 * Random tests take the same seed each time, so that a run says something about the change and not about luck;
 * `SEED=… npm test` takes another one, `SEED=random npm test` a new one.
 */
import { run, setUp } from './setup.mjs'

if (process.env.SEED === 'random') delete process.env.SEED
else process.env.SEED ??= '20261121'

setUp({ peers: true })
run('npm', ['run', '--silent', 'check'])
run('cargo', ['test', '--workspace', '--quiet', '--locked'])
run('npx', ['ava', ...process.argv.slice(2)])

// Elsewhere locks are classic anyway, and what was asked for by name has been run.
if (process.platform === 'linux' && process.argv.length === 2) {
  const options = { env: { ...process.env, CHORUSDB_LOCKS: 'classic' } }
  const folders = ['coordination', 'multiprocess'].map((name) => `__test__/${name}/**/*.spec.ts`)
  run('cargo', ['test', '-p', 'tshm', '--quiet', '--locked'], options)
  run('npx', ['ava', ...folders], options)
}
