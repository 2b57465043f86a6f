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

const running = new Set()

/** Ends the commands with whatever they have started; then the run ends, too. */
function kill() {
  for (const { pid, exitCode } of running) {
    if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL')
  }
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, kill)

/** Runs a command; ends the run when it fails, or hangs. */
async function run(command, args, options = {}) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit', detached: true, ...options })
  running.add(child)
  const timer = setTimeout(() => {
    console.error(`npm test: ${command} ${args.join(' ')} hangs`)
    kill()
  }, end - performance.now())
  const status = await new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`)
      resolve(1)
    })
    child.on('exit', (code) => resolve(code ?? 1))
  })
  clearTimeout(timer)
  running.delete(child)
  if (status === 0) return
  kill()
  process.exit(status)
}

async function testCore() {
  const options = { env: { ...process.env, ...linted } }
  await run('cargo', ['build', '--workspace', '--quiet', '--locked'], options)
  await run('cargo', ['test', '--workspace', '--quiet', '--locked'], options)
}

if (process.env.SEED === 'random') delete process.env.SEED
else process.env.SEED ??= '20261121'

/** Clippy reads what is compiled for the tests: by itself (`npm run check:rust`) it compiles everything once more, and takes longer than they. */
const linted = {
  RUSTC_WORKSPACE_WRAPPER: 'clippy-driver',
  RUSTFLAGS: `-D warnings ${process.env.RUSTFLAGS ?? ''}`.trim(),
}

setUp({ peers: true })
const isClassic = process.argv[2] === '--classic'
if (!isClassic) {
  await Promise.all([run('npm', ['run', '--silent', 'check:here']), testCore()])
  await run('npx', ['ava', ...concurrency, ...process.argv.slice(2)])
}

// Elsewhere locks are classic anyway, and what was asked for by name has been run.
if (isClassic || (process.platform === 'linux' && process.argv.length === 2)) {
  const options = { env: { ...process.env, CHORUSDB_LOCKS: 'classic' } }
  const specs = isClassic
    ? ['coordination/**/*', 'multiprocess/**/*']
    : ['coordination/**/*', ...aboutLocks.map((name) => `multiprocess/${name}`)]
  const paths = specs.map((spec) => `__test__/${spec}.spec.ts`)
  await run('cargo', ['test', '-p', 'tshm', '--quiet', '--locked'], {
    env: { ...options.env, ...linted },
  })
  await run('npx', ['ava', ...waitingConcurrency, ...paths], options)
}
