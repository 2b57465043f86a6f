/**
 * TypeScript to `dist/`: a mirror of `packages/`, which tests look into, and what users load: the engine in one file
 * (`engine-….cjs`, its name tells its content), what evaluates it (`load.cjs`), the doors for `import` and `require`, the same for bundlers, the shell, and the studio
 * (`build-studio.mjs`).
 */
import { chmodSync, copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { build } from 'esbuild'
import { buildStudio } from './build-studio.mjs'
import { root, run } from './setup.mjs'

const dist = join(root, 'dist')
const sources = join(root, 'packages', 'engine', 'src')

rmSync(dist, { recursive: true, force: true })
run(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-p', '.'])
// A build that began with it would leave out what has not changed, and `dist/` has just been emptied.
rmSync(join(dist, '.tsbuildinfo'))
run(process.execPath, [join('scripts', 'roll-types.mjs')])

const common = {
  absWorkingDir: dist,
  outdir: dist,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  packages: 'external',
  // Names stay, and lines are short enough for a stack trace to say something.
  minifyWhitespace: true,
  lineLimit: 120,
  // `start/evaluate.ts` reads it as Latin-1.
  charset: 'ascii',
  logLevel: 'warning',
}
const commonJs = { ...common, format: 'cjs', outExtension: { '.js': '.cjs' } }

/** What a bundler makes of the engine may know no `__filename`. The directive has to come first, or the engine would not be strict. */
const engineUrl =
  '"use strict";const engineUrl=require("node:url").pathToFileURL(' +
  'typeof __filename==="string"?__filename:process.cwd()+"/bundle.js").href;'

const { metafile } = await build({
  ...commonJs,
  entryPoints: { engine: join('engine', 'src', 'start', 'engine.js') },
  entryNames: '[name]-[hash]',
  define: { 'import.meta.url': 'engineUrl' },
  banner: { js: engineUrl },
  metafile: true,
})
const engine = `./${basename(Object.keys(metafile.outputs)[0])}`

copyFileSync(join(sources, 'load.cjs'), join(dist, 'engine', 'src', 'load.cjs'))
await build({
  ...commonJs,
  entryPoints: { load: join('engine', 'src', 'load.cjs') },
  external: [engine],
  define: { ENGINE_FILE: JSON.stringify(engine) },
})
const doors = ['index', 'better-sqlite3', 'node-sqlite']
const bundledDoors = ['bundled', 'bundled-better-sqlite3', 'bundled-node-sqlite']
for (const door of [...doors, ...bundledDoors]) {
  copyFileSync(join(sources, `${door}.cjs`), join(dist, `${door}.cjs`))
}
const loaded = createRequire(import.meta.url)(join(dist, 'load.cjs'))
const { used: _, betterSqlite3, nodeSqlite, ...chorusdb } = loaded
writeFileSync(
  join(dist, 'chorusdb.js'),
  moduleDoor(chorusdb, "require('./load.cjs')", "require('chorusdb')", 'engine.Database'),
)
writeFileSync(
  join(dist, 'better-sqlite3.js'),
  moduleDoor(
    betterSqlite3,
    "require('./load.cjs').betterSqlite3",
    "require('chorusdb/better-sqlite3')",
    'engine.default ?? engine',
  ),
)
writeFileSync(
  join(dist, 'node-sqlite.js'),
  moduleDoor(
    nodeSqlite,
    "require('./load.cjs').nodeSqlite",
    "require('chorusdb/node-sqlite')",
    'engine.default',
  ),
)

// Bundlers get one module, and nothing that looks for files beside it (the condition "module", which Node does not know).
await build({
  ...common,
  format: 'esm',
  splitting: true,
  chunkNames: '[name]-[hash]',
  entryPoints: {
    bundled: join('engine', 'src', 'index.js'),
    'bundled-better-sqlite3': join('engine', 'src', 'better-sqlite3.js'),
    'bundled-node-sqlite': join('engine', 'src', 'node-sqlite.js'),
  },
  define: { 'import.meta.url': 'engineUrl' },
  banner: {
    js:
      'import{pathToFileURL as engineUrlOf}from"node:url";' +
      'const engineUrl=typeof __filename==="string"?engineUrlOf(__filename).href:import.meta.url;',
  },
})

// The shell finds the engine behind the package's own door.
const throughTheDoor = {
  name: 'through-the-door',
  setup({ onResolve }) {
    onResolve({ filter: /engine\/src\/index\.js$/ }, () => ({
      path: '../../chorusdb.js',
      external: true,
    }))
  },
}
const shell = await build({
  ...common,
  metafile: true,
  format: 'esm',
  outdir: join(dist, 'cli', 'src'),
  // What is rarely needed is loaded when it is: each `import()` is a file of its own.
  splitting: true,
  chunkNames: 'chunk-[name]-[hash]',
  entryPoints: [join('cli', 'src', 'main.js'), join('cli', 'src', 'run.js')],
  external: ['./run.js'],
  // The shell's libraries come with it, so that who uses the engine installs none.
  packages: 'bundle',
  banner: {
    js: 'import{createRequire as requireOf}from"node:module";const require=requireOf(import.meta.url);',
  },
  plugins: [throughTheDoor],
  allowOverwrite: true,
})
chmodSync(join(dist, 'cli', 'src', 'main.js'), 0o755)
await buildStudio()
writeFileSync(join(dist, 'cli', 'LICENSES.txt'), licensesOf(Object.keys(shell.metafile.inputs)))

/** The licences of the libraries that files are of, each with its text. */
function licensesOf(files) {
  const folders = files.flatMap(
    (file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [],
  )
  const texts = [...new Set(folders)].toSorted().map((folder) => {
    const path = join(dist, folder)
    const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'))
    const file = readdirSync(path).find((entry) => /^licen[cs]e/i.test(entry))
    if (file === undefined) throw new Error(`${name} is bundled, and has no text of its licence`)
    return `${name} ${version} (${license})\n\n${readFileSync(join(path, file), 'utf8').trim()}\n`
  })
  return `The shell has these libraries in it.\n\n${texts.join(`\n${'-'.repeat(80)}\n\n`)}`
}

/**
 * A door for `import`, with names for what is `exported`. It requires the engine, for Node takes up to 17 ms to find the names in CommonJS that
 * is imported. In a bundle that has come here there is no file beside it, but the package may be installed.
 */
function moduleDoor(exported, engine, installed, whole) {
  const names = Object.keys(exported).filter((name) => name !== 'default')
  return [
    "import { createRequire } from 'node:module'",
    'const require = createRequire(import.meta.url)',
    'let engine',
    'try {',
    `  engine = ${engine}`,
    '} catch (error) {',
    "  if (error.code !== 'MODULE_NOT_FOUND') throw error",
    `  engine = ${installed}`,
    '}',
    `export const { ${names.toSorted().join(', ')} } = engine`,
    `export default ${whole}`,
    '',
  ].join('\n')
}
