/** Where an engine in an application's bundle looks for its addon. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import { homesOfBundle } from '../../packages/engine/src/coordination/addon-files.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** A folder of an application, with a package `chorusdb` installed in it. */
function application(): string {
  const folder = temporaryFolder()
  const installed = join(folder, 'node_modules', 'chorusdb')
  mkdirSync(installed, { recursive: true })
  writeFileSync(join(installed, 'package.json'), '{ "name": "chorusdb" }')
  return folder
}

function homesFrom(program: string | undefined, url: string): unknown {
  const { argv } = process
  process.argv = program === undefined ? [argv[0]!] : [argv[0]!, program]
  try {
    return homesOfBundle(url)
  } finally {
    process.argv = argv
  }
}

test.serial('bundle homes: its folder, and the package that is installed above it', (t) => {
  const folder = application()
  const url = pathToFileURL(join(folder, 'dist', 'bundle.mjs')).href
  const expected = [
    { folder: join(folder, 'dist'), isPackage: false },
    { folder: join(folder, 'node_modules', 'chorusdb'), isPackage: true },
  ]
  t.deepEqual(homesFrom(undefined, url), expected)
  // What `node -e` has been given is no program.
  t.deepEqual(homesFrom('argument', url), expected)
})

test.serial(
  'bundle homes: a bundler that tells no real place has them found from the program',
  (t) => {
    const folder = application()
    const program = join(folder, 'node_modules', 'framework', 'bin', 'start')
    const url = 'file:///ROOT/node_modules/chorusdb/dist/bundled.js'
    t.deepEqual(homesFrom(program, url), [
      { folder: '/ROOT/node_modules/chorusdb/dist', isPackage: false },
      { folder: join(folder, 'node_modules', 'framework', 'bin'), isPackage: false },
      { folder: join(folder, 'node_modules', 'chorusdb'), isPackage: true },
    ])
  },
)
