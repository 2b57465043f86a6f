/**
 * `npm test`: sets up what is missing, then everything that must hold: format, lint, types, layers, documents,
 * the Rust core's tests, the engine's tests. `UPDATE_GOLDEN=1` rewrites goldens.
 *
 * On Linux what concerns locks is then run once more with those of macOS, `CHORUSDB_LOCKS=classic`; `npm run test:classic` runs all that
 * concerns several processes with them, and nothing else.
 *
 * Random tests take the same seed each time, so that a run says something about the change and not about luck;
 * `SEED=… npm test` takes another one, `SEED=random npm test` a new one.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { root, setUp } from './setup.mjs'

/** Many test files wait for most of their time: for other processes, and for what must not happen. Those of several processes do so most. */
const concurrency = ['--concurrency', String(2 * availableParallelism() + 1)]
const waitingConcurrency = ['--concurrency', String(3 * availableParallelism())]

/** Specs of several processes in which it matters how locks are held, taken and given back. */
const aboutLocks = [
  'attach',
  'checklist-checkpoint',
  'checklist-open',
  'checklist-robustness',
  'checklist-writing',
  'descriptors',
  'kept-out',
  'kill',
  'open-close',
  'opening',
  'readonly',
  'seized-log',
  'stale-owners',
  'stock-sqlite',
  'stopped',
  'threads',
  'unrecovered',
]

/** What has not ended by then hangs: a run takes a fifth of it. */
const limitMs = 60 * 60_000
const end = performance.now() + limitMs

let running

/** Ends the command with whatever it has started; then the run ends, too. */
function kill() {
  if (running?.exitCode === null) process.kill(-running.pid, 'SIGKILL')
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, kill)

/** Runs a command; ends the run when it fails, or hangs. */
async function run(command, args, options = {}) {
  running = spawn(command, args, { cwd: root, stdio: 'inherit', detached: true, ...options })
  const timer = setTimeout(() => {
    console.error(`npm test: ${command} ${args.join(' ')} hangs`)
    kill()
  }, end - performance.now())
  const status = await new Promise((resolve) => {
    running.on('error', (error) => {
      console.error(`${command}: ${error.message}`)
      resolve(1)
    })
    running.on('exit', (code) => resolve(code ?? 1))
  })
  clearTimeout(timer)
  if (status !== 0) process.exit(status)
}

if (process.env.SEED === 'random') delete process.env.SEED
else process.env.SEED ??= '20261121'

setUp({ peers: true })
const isClassic = process.argv[2] === '--classic'
if (!isClassic) {
  await run('npm', ['run', '--silent', 'check:here'])
  await run('cargo', ['test', '--workspace', '--quiet', '--locked'])
  await run('npx', ['ava', ...concurrency, ...process.argv.slice(2)])
}

// Elsewhere locks are classic anyway, and what was asked for by name has been run.
if (isClassic || (process.platform === 'linux' && process.argv.length === 2)) {
  const options = { env: { ...process.env, CHORUSDB_LOCKS: 'classic' } }
  const specs = isClassic
    ? ['coordination/**/*', 'multiprocess/**/*']
    : ['coordination/**/*', ...aboutLocks.map((name) => `multiprocess/${name}`)]
  const paths = specs.map((spec) => `__test__/${spec}.spec.ts`)
  await run('cargo', ['test', '-p', 'tshm', '--quiet', '--locked'], options)
  await run('npx', ['ava', ...waitingConcurrency, ...paths], options)
}
