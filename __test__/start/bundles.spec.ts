/** The package where it is not loaded by Node from its folder: in a bundle of an application, and in a context of its own, as test runners have them. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import test from 'ava'
import { temporaryFolder } from '../support/temporary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const program = `
  const answers = []
  for (const name of [':memory:', process.argv[2]]) {
    const db = new Database(name)
    db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
    answers.push(db.prepare('SELECT * FROM t').get())
    db.close()
  }
  console.log(JSON.stringify(answers))`

const doors = {
  esm: `import { Database } from 'chorusdb'`,
  cjs: `const Database = require('chorusdb')`,
}

for (const [format, door, knowsModules] of [
  ['esm', 'esm', true],
  ['esm', 'cjs', true],
  ['cjs', 'esm', true],
  ['cjs', 'cjs', true],
  ['esm', 'esm', false],
  ['cjs', 'cjs', false],
] as const) {
  test(`bundles: ${door} in a bundle of ${format}${knowsModules ? '' : ', without the condition "module"'}`, async (t) => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'node_modules'))
    symlinkSync(root, join(folder, 'node_modules', 'chorusdb'))
    symlinkSync(
      join(root, 'node_modules', 'node-gyp-build'),
      join(folder, 'node_modules', 'node-gyp-build'),
    )
    writeFileSync(join(folder, 'package.json'), '{ "name": "application" }')
    writeFileSync(join(folder, 'in.js'), `${doors[door]}\n${program}`)
    const outfile = join(folder, format === 'esm' ? 'out.mjs' : 'out.cjs')
    await build({
      absWorkingDir: folder,
      entryPoints: ['in.js'],
      outfile,
      bundle: true,
      platform: 'node',
      format,
      logLevel: 'silent',
      ...(!knowsModules && { conditions: ['some'] }),
    })
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [outfile, join(folder, 'a.db')],
      { encoding: 'utf8', cwd: folder },
    )
    t.is(status, 0, stderr)
    t.deepEqual(JSON.parse(stdout), [{ a: 1 }, { a: 1 }])
  })
}

test('bundles: in another context the engine is of that context', (t) => {
  const load = join(root, 'dist', 'load.cjs')
  const require = createRequire(load)
  const context = createContext({
    process,
    performance,
    Buffer,
    Uint8Array,
    URL,
    URLSearchParams,
    console,
  })
  const wrap = (path: string): ((...names: unknown[]) => void) =>
    runInContext(
      `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'utf8')}\n})`,
      context,
      { filename: path },
    ) as (...names: unknown[]) => void
  // As a test runner does it: modules by its own hand, built-in ones from outside.
  const requireInside = (name: string): unknown => {
    if (!name.startsWith('.')) return require(name)
    const path = require.resolve(name)
    const module = { exports: {} as unknown }
    wrap(path)(module.exports, requireInside, module, path, join(root, 'dist'))
    return module.exports
  }
  const engine = requireInside('./load.cjs') as typeof import('../../packages/engine/src/index.ts')
  const OuterError = Error
  t.false(engine.SqliteError.prototype instanceof OuterError)
  const db = new engine.Database(':memory:')
  t.deepEqual(db.prepare('SELECT 1 AS a').get(), { a: 1 })
  db.close()
})
