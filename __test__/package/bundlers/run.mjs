/** Bundlers, test runners and judges of packages, on the packages as they are installed. What they need is installed first, into this folder. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { npmCli } from '../npm.mjs'
import { Sandbox } from '../sandbox.mjs'
import { step } from '../steps.mjs'
import { tryBundles } from './bundles.mjs'
import { tryJudges } from './judges.mjs'
import { tryNext } from './next.mjs'
import { tryRunners } from './runners.mjs'

const here = import.meta.dirname

/** Installs what the lock file names, unless that is what is there. */
function install() {
  const done = join(here, 'node_modules', '.package-lock.json')
  const wanted = Math.max(
    ...['package.json', 'package-lock.json'].map((name) => statSync(join(here, name)).mtimeMs),
  )
  if (existsSync(done) && statSync(done).mtimeMs >= wanted) return
  console.log(`installing into ${here}`)
  const args = [npmCli(), 'install', '--no-save', '--loglevel=error']
  const { status } = spawnSync(process.execPath, args, { cwd: here, stdio: 'inherit' })
  if (status !== 0) process.exit(1)
  const now = new Date()
  utimesSync(done, now, now)
}

export async function tryBundlers({ tarballs, registry, nodes }) {
  install()
  const sandbox = new Sandbox(process.execPath, registry.url)
  // Below this folder: what is installed here is found from there, too.
  const app = join(here, '.generated', 'Anwendung für alle')
  rmSync(app, { recursive: true, force: true })
  mkdirSync(app, { recursive: true })
  cpSync(join(here, 'sources'), app, { recursive: true })
  const dependencies = {
    chorusdb: 'latest',
    'better-sqlite3': 'npm:@chorusdb/better-sqlite3@latest',
  }
  writeFileSync(join(app, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const isInstalled = await step('npm install', () =>
    sandbox.runs('npm', ['install', '--ignore-scripts'], { cwd: app }),
  )
  if (!isInstalled) return
  const given = { app, sandbox, nodes, tarballs }
  await tryJudges(given)
  await tryBundles(given)
  await tryRunners(given)
  await tryNext(given)
  rmSync(app, { recursive: true })
  rmSync(sandbox.folder, { recursive: true })
}
