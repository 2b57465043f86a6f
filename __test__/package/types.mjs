/** The types of the installed packages, by the ways in which compilers find them. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../scripts/setup.mjs'

const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')

const common = {
  strict: true,
  noEmit: true,
  exactOptionalPropertyTypes: true,
  target: 'ES2023',
  lib: ['ES2023'],
  types: ['node'],
  skipLibCheck: false,
  esModuleInterop: true,
}

/** Name, options, files, and the kind of package that they are in. */
export const waysOfResolving = [
  ['node16', { module: 'Node16' }, ['module.mts', 'common.cts', 'interop.ts'], 'commonjs'],
  ['nodenext', { module: 'NodeNext' }, ['module.mts', 'common.cts', 'interop.ts'], 'commonjs'],
  ['nodenext, ES modules', { module: 'NodeNext' }, ['interop.ts'], 'module'],
  [
    'bundler',
    { module: 'Preserve', moduleResolution: 'Bundler' },
    ['module.mts', 'common.cts', 'interop.ts'],
    'commonjs',
  ],
  [
    'bundler, ES modules',
    { module: 'ESNext', moduleResolution: 'Bundler' },
    ['module.mts', 'interop.ts'],
    'module',
  ],
  [
    'CommonJS',
    { module: 'CommonJS', moduleResolution: 'Bundler' },
    ['common.cts', 'interop.ts'],
    'commonjs',
  ],
]

/** Brings what the compiler needs beside the installed packages: the types of Node. */
export function setUpTypes(app) {
  const modules = join(app, 'node_modules')
  for (const name of ['@types', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
  }
}

/** @throws with the compiler's complaints */
export function checkTypes(app, [name, options, files, type]) {
  const folder = join(app, `types ${name}`)
  mkdirSync(folder)
  for (const file of files) cpSync(join(import.meta.dirname, 'types', file), join(folder, file))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type }))
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...common, ...options }, files }),
  )
  const { stdout, stderr, status, signal } = spawnSync(process.execPath, [compiler, '-p', folder], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(`${stdout}${stderr}${signal ?? ''}`)
}
