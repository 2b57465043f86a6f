/**
 * `npm test`: sets up what is missing, then everything that must hold: format, lint, types, layers, documents,
 * the Rust core's tests, the engine's tests. `UPDATE_GOLDEN=1` rewrites goldens.
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
