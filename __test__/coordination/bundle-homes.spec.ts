/** Where an engine in an application's bundle looks for its addon. */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { homesOfBundle } from '../../packages/engine/src/coordination/addon-files.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** A folder of an application, with a package `chorusdb` installed in it. */
function application(): string {
  const folder = realpathSync(temporaryFolder())
  const installed = join(folder, 'node_modules', 'chorusdb')
  mkdirSync(installed, { recursive: true })
  writeFileSync(join(installed, 'package.json'), '{ "name": "chorusdb" }')
  return folder
}

test.serial('bundle homes: its folder, and the package that is installed above it', (t) => {
  const folder = application()
  const file = join(folder, 'bundle.mjs')
  writeFileSync(file, '')
  t.deepEqual(homesOfBundle(pathToFileURL(file).href), [
    { folder, isPackage: false },
    { folder: join(folder, 'node_modules', 'chorusdb'), isPackage: true },
  ])
})

test.serial(
  'bundle homes: where the bundler tells no real place, as seen from the folder that it runs in',
  (t) => {
    const folder = application()
    const before = process.cwd()
    process.chdir(folder)
    const homes = homesOfBundle('file:///ROOT/node_modules/chorusdb/dist/bundled.js')
    process.chdir(before)
    t.deepEqual(homes.slice(-2), [
      { folder, isPackage: false },
      { folder: join(folder, 'node_modules', 'chorusdb'), isPackage: true },
    ])
  },
)
