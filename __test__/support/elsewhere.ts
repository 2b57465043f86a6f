/** Scripts that run as another user, or with other file systems in place: for tests that root may make. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { coordination, engine } from './built.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** A user without rights. */
const nobody = 65_534

function works(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

/** Whether this process may mount, where nobody else sees it. */
export const canMount: boolean =
  process.platform === 'linux' && works('unshare', '-m', 'mount', '-t', 'tmpfs', 'none', '/mnt')

/** Whether it may become another user. */
export const canBecomeNobody: boolean = process.platform === 'linux' && process.getuid?.() === 0

/**
 * Runs a script in another process and answers what it `say`s, as JSON. `Database` and `path` are defined there;
 * `tryTo(call)` answers what a call answers, or `[code, message]` of its error.
 */
const prelude = `
  const { Database } = await import(process.env.ENGINE)
  const { openShared } = await import(process.env.COORDINATION)
  const { default: fs } = await import('node:fs')
  const path = process.env.DATABASE
  const shared = { experimental: ['multiprocess_wal'], timeout: 500 }
  const say = (value) => fs.writeSync(1, JSON.stringify(value))
  const tryTo = (call) => {
    try {
      return call() ?? null
    } catch (error) {
      return [error.code, error.message]
    }
  }
`

function parsed(output: string): unknown {
  return output === '' ? undefined : JSON.parse(output)
}

const nodeArguments = ['--no-warnings', '--input-type=module']

/** Runs after `mount`, shell commands whose mounts end with the script. */
export function runWithMounts(mount: string, path: string, script: string): unknown {
  const command = `${mount}\nexec "$NODE" ${nodeArguments.join(' ')} -e "$SCRIPT"`
  const output = execFileSync('unshare', ['-m', 'sh', '-e', '-c', command], {
    cwd: root,
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE: process.execPath,
      SCRIPT: prelude + script,
      ENGINE: engine,
      COORDINATION: coordination,
      DATABASE: path,
    },
    timeout: 60_000,
  })
  return parsed(output)
}

/** Runs as a user who owns nothing. */
export function runAsNobody(path: string, script: string): unknown {
  // The engine is loaded first, for it may lie where that user may not look.
  const become = `process.setgroups([]); process.setgid(${nobody}); process.setuid(${nobody});`
  const output = execFileSync(
    process.execPath,
    [
      ...nodeArguments,
      '-e',
      `${prelude} new Database(':memory:').close();
      tryTo(() => openShared({ path: '', multiprocess: false, readonly: true, create: false, timeoutMs: 0 }));
      ${become}\n${script}`,
    ],
    {
      cwd: root,
      encoding: 'utf8',
      env: { ...process.env, ENGINE: engine, COORDINATION: coordination, DATABASE: path },
      timeout: 60_000,
    },
  )
  return parsed(output)
}

/**
 * Runs a script in a folder of its own, after `become`, which may make it another user. The folder is everybody's.
 * @param dies it ends by a signal
 */
export function runInFolder(folder: string, script: string, become = '', dies = false): unknown {
  chmodSync(folder, 0o777)
  const warmUp = `
    new Database(':memory:').close()
    tryTo(() => openShared({ path: '', multiprocess: false, readonly: true, create: false, timeoutMs: 0 }))
    process.chdir(process.env.FOLDER)`
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    [...nodeArguments, '-e', `${prelude}${warmUp}\n${become}\n${script}`],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        ENGINE: engine,
        COORDINATION: coordination,
        ROOT: root,
        FOLDER: folder,
      },
      timeout: 60_000,
    },
  )
  if (status !== 0 && !dies) throw new Error(`${signal ?? status}: ${stderr}`)
  return parsed(stdout)
}
