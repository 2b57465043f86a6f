/** The packages as npm packs and installs them, on this Node; `npm run test:package` does all of it, on others too. */
import test from 'ava'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const part = (name: string): Promise<any> => import(join(root, '__test__/package', `${name}.mjs`))

test('package: what npm packs is what belongs there, installs where nothing compiles, and works', async (t) => {
  t.timeout(120_000)
  const { pack, problemsOf, readTarball, setUpPrebuild } = await part('tarball')
  const { awkwardFolder, Sandbox } = await part('sandbox')
  const { packDependency, startRegistry } = await part('registry')
  const folder = awkwardFolder()
  setUpPrebuild()
  const tarballs: string[] = pack(folder)
  t.deepEqual(problemsOf(tarballs.map(readTarball), false), [])

  const registry = await startRegistry([...tarballs, packDependency(folder)])
  const sandbox = new Sandbox(process.execPath, registry.url)
  await sandbox.checkHidden()
  const app: string = sandbox.makeFolder('eine Anwendung', {
    dependencies: { 'better-sqlite3': 'npm:@chorusdb/better-sqlite3@latest', chorusdb: 'latest' },
  })
  await sandbox.runs('npm', ['install'], { cwd: app })
  await registry.stop()
  t.deepEqual(registry.missing, [])
  cpSync(join(root, '__test__/package/programs'), app, { recursive: true })
  for (const program of ['faces.mjs', 'faces.cjs']) {
    const { stdout } = await sandbox.runs('node', [program], { cwd: app })
    t.is(stdout, 'ok\n')
  }

  const { withoutAddon } = await part('without-addon')
  for await (const [name, body] of withoutAddon(sandbox, app)) {
    if (name === 'no binary') await t.notThrowsAsync(body)
  }
})
