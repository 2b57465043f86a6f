/** A folder in which the package is installed as a user would have it: what `files` names, one binary, and the one dependency. */
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
  for (const name of ['package.json', ...manifest.files]) {
    if (name !== 'prebuilds') cpSync(join(root, name), join(home, name), { recursive: true })
  }
  const place = join(home, 'prebuilds', prebuild)
  mkdirSync(dirname(place), { recursive: true })
  cpSync(addon, place)
  for (const name of Object.keys(manifest.dependencies)) {
    cpSync(join(root, 'node_modules', name), join(modules, name), { recursive: true })
  }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
}
