/**
 * `npm test`: sets up what is missing, then everything that must hold: format, lint, types, layers, documents,
 * the Rust core's tests, the engine's tests. `SEED=…` repeats random tests, `UPDATE_GOLDEN=1` rewrites goldens.
 */
import { run, setUp } from './setup.mjs'

setUp({ peers: true })
run('npm', ['run', '--silent', 'check'])
run('cargo', ['test', '--workspace', '--quiet', '--locked'])
run('npx', ['ava', ...process.argv.slice(2)])
