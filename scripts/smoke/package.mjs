/** A folder in which the package is installed as a user would have it: what npm packs, one binary, and the one dependency. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../setup.mjs'

/**
 * @param folder where `node_modules` is made
 * @param addon the binary
 * @param prebuild its place below `prebuilds/`
 */
export function installPackage(folder, addon, prebuild) {
  const modules = join(folder, 'node_modules')
  const home = join(modules, 'chorusdb')
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const name of packed()) {
    if (!name.startsWith('prebuilds/')) cpSync(join(root, name), join(home, name))
  }
  const place = join(home, 'prebuilds', prebuild)
  mkdirSync(dirname(place), { recursive: true })
  cpSync(addon, place)
  for (const name of Object.keys(manifest.dependencies)) {
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true })
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
}

function packed() {
  const pack = ['pack', '--dry-run', '--json', '--ignore-scripts', '--loglevel=error']
  const [{ files }] = JSON.parse(execFileSync('npm', pack, { cwd: root, encoding: 'utf8' }))
  return files.map(({ path }) => path)
}
