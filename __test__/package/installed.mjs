/** The packages, installed as applications install them, and used. */
import assert from 'node:assert/strict'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { Sandbox } from './sandbox.mjs'
import { step } from './steps.mjs'
import { manifestOf, readTarball } from './tarball.mjs'
import { checkTypes, setUpTypes, waysOfResolving } from './types.mjs'
import { withoutAddon } from './without-addon.mjs'

const programs = join(import.meta.dirname, 'programs')
const alias = 'better-sqlite3'

/** What an application that moves from better-sqlite3 has in its package.json. */
function manifest(engine, door) {
  return {
    name: 'application',
    private: true,
    dependencies: { chorusdb: engine, [alias]: door },
    overrides: { [alias]: `$${alias}` },
  }
}

/** What an installation has to bring, by path, and nothing else. */
const installed = {
  'node_modules/better-sqlite3': '@chorusdb/better-sqlite3',
  'node_modules/chorusdb': 'chorusdb',
  'node_modules/node-gyp-build': 'node-gyp-build',
}

function checkLock(app) {
  const { packages } = JSON.parse(readFileSync(join(app, 'package-lock.json'), 'utf8'))
  const found = {}
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '') continue
    found[path] = entry.name ?? path.replace('node_modules/', '')
    assert.equal(entry.hasInstallScript, undefined, path)
  }
  assert.deepEqual(found, installed)
}

/** Files that were not in the tarballs, or are not as they were there. */
function checkFiles(app, tarballs) {
  for (const tarball of tarballs) {
    const files = readTarball(tarball)
    const { name } = manifestOf(files)
    const path = Object.keys(installed).find((each) => installed[each] === name)
    const folder = join(app, path)
    const found = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    assert.deepEqual(found.toSorted(), [...files.keys()].toSorted())
    for (const each of found)
      assert.ok(readFileSync(join(folder, each)).equals(files.get(each).bytes))
  }
}

/** @param tarballs of the engine, the door and node-gyp-build */
export async function tryInstalled({ node, version, tarballs, registry, types }) {
  const sandbox = new Sandbox(node, registry.url)
  const on = (name) => `Node ${version}: ${name}`
  const [engine, door] = tarballs
  const versions = tarballs.map((path) => manifestOf(readTarball(path)).version)

  await step(on('nothing that compiles is there'), async () => {
    await sandbox.checkHidden()
    const { stdout } = await sandbox.runs('node', ['--version'])
    assert.equal(stdout.trim(), version)
  })

  const app = sandbox.makeFolder(
    'eine Anwendung',
    manifest(versions[0], `npm:@chorusdb/better-sqlite3@${versions[1]}`),
  )
  await step(
    on('npm install by name and alias; nothing else is needed, and nothing runs'),
    async () => {
      const { stdout, stderr } = await sandbox.runs('npm', ['install', '--foreground-scripts'], {
        cwd: app,
      })
      assert.doesNotMatch(stdout, /^>/m, 'a script has run')
      assert.equal(stderr, '')
      assert.deepEqual(registry.missing, [])
      checkLock(app)
      checkFiles(app, [engine, door])
    },
  )
  await step(on('npm ci --offline --ignore-scripts from its lock file'), async () => {
    await sandbox.runs('npm', ['ci', '--offline', '--ignore-scripts'], { cwd: app })
    checkFiles(app, [engine, door])
  })

  const fromFiles = sandbox.makeFolder(
    'aus Dateien',
    manifest(`file:../${basename(engine)}`, `file:../${basename(door)}`),
  )
  await step(on('npm install --ignore-scripts of the tarballs'), async () => {
    for (const path of tarballs) cpSync(path, join(sandbox.folder, basename(path)))
    await sandbox.runs('npm', ['install', '--ignore-scripts'], { cwd: fromFiles })
    checkLock(fromFiles)
    checkFiles(fromFiles, [engine, door])
  })

  for (const folder of [app, fromFiles]) cpSync(programs, folder, { recursive: true })
  const works = async (program, cwd = app, env = {}) => {
    const { stdout, stderr } = await sandbox.runs('node', [program], { cwd, env })
    assert.equal(stdout.trim(), 'ok', stderr)
    assert.equal(stderr, '')
  }
  await step(on('import, of files and in memory'), () => works('faces.mjs'))
  await step(on('require, of files and in memory'), () => works('faces.cjs'))
  await step(on('an end without close() leaves no log'), () => {
    assert.equal(existsSync(join(app, 'offen.db')), true)
    assert.equal(existsSync(join(app, 'offen.db-wal')), false)
  })
  await step(on('the same from what was installed with --ignore-scripts'), async () => {
    await works('faces.mjs', fromFiles)
    await works('faces.cjs', fromFiles)
  })
  await step(on('two processes on one file'), () => works('processes.mjs'))
  await step(on('worker threads'), () => works('threads.mjs'))
  await step(on('cluster'), () => works('cluster.cjs'))
  await step(on('without the code cache'), () =>
    works('processes.mjs', fromFiles, { NODE_DISABLE_COMPILE_CACHE: '1' }),
  )
  await step(on('npx chorusdb'), () => tryShell(sandbox, app, versions[0]))
  for await (const [name, body] of withoutAddon(sandbox, app)) {
    await step(on(`without an addon: ${name}`), body)
  }

  if (types) {
    setUpTypes(app)
    for (const way of waysOfResolving) {
      await step(`types: ${way[0]}`, () => checkTypes(app, way))
    }
  }
  rmSync(sandbox.folder, { recursive: true })
}

async function tryShell(sandbox, cwd, version) {
  const shell = async (args, input) => {
    const options = { cwd, input }
    return (await sandbox.runs(join(cwd, 'node_modules/.bin/chorusdb'), args, options)).stdout
  }
  const npx = await sandbox.runs('npx', ['--no-install', 'chorusdb', '--version'], { cwd })
  assert.equal(npx.stdout, `${version}\n`)
  const path = 'Schale.db'
  await shell([path, 'CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2)'])
  assert.equal(await shell(['-csv', path], 'SELECT a + b FROM t;\n'), '3\n')
  assert.equal(await shell(['-json', path, 'SELECT * FROM t']), '[{"a":1,"b":2}]\n')
  const status = JSON.parse(await shell(['status', '--json', path]))
  assert.equal(status.mode, 'closed')
}
