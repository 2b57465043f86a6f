/**
 * What was written for `@types/better-sqlite3` compiles with `@chorusdb/better-sqlite3` in the place of better-sqlite3, strictly, from CommonJS and ES
 * modules.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { temporaryFolder } from '../support/temporary.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

const compilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: false,
  noEmit: true,
  target: 'ES2023',
  lib: ['ES2023'],
  types: ['node'],
  skipLibCheck: false,
}

/** A folder in which better-sqlite3 is ours, with the two programs. */
function project(options: object): string {
  const folder = temporaryFolder()
  const modules = join(folder, 'node_modules')
  mkdirSync(modules)
  cpSync(join(root, 'packages/better-sqlite3'), join(modules, 'better-sqlite3'), {
    recursive: true,
  })
  symlinkSync(root, join(modules, 'chorusdb'))
  symlinkSync(join(root, 'node_modules/@types'), join(modules, '@types'))
  symlinkSync(join(root, 'node_modules/undici-types'), join(modules, 'undici-types'))
  cpSync(join(root, '__test__/types/better-sqlite3'), join(folder, 'src'), { recursive: true })
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...compilerOptions, ...options }, include: ['src'] }),
  )
  return folder
}

const compiler = join(root, 'node_modules/typescript/bin/tsc')

for (const [name, options] of [
  ['NodeNext', { module: 'NodeNext' }],
  ['a bundler', { module: 'Preserve', moduleResolution: 'Bundler' }],
] as const) {
  test(`types: every name of @types/better-sqlite3 compiles, for ${name}`, (t) => {
    t.timeout(120_000)
    const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', project(options)], {
      encoding: 'utf8',
    })
    t.is(stdout, '')
    t.is(status, 0)
  })
}
