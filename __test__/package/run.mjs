/**
 * The packages as their users get them: packed by npm, installed where nothing can compile, and used in every way.
 *
 *   npm run test:package [-- --node PATH …] [--tarballs FOLDER] [--all-platforms] [--bundlers] [--pack FOLDER]
 *
 * `--node` names the Nodes to try; without it they are 20, 22 and 24, fetched where that can be. `--tarballs` takes those that a folder holds, and packs
 * none; `--pack` packs them into a folder, looks at them, and does no more. `--all-platforms` wants the binaries of all platforms in them.
 * `--bundlers` runs bundlers, test runners and two programs that judge packages, which it installs first, and leaves out the rest.
 */
import { mkdirSync, readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { setUpDependencies, setUpJavaScript, setUpNative } from '../../scripts/setup.mjs'
import { tryBundlers } from './bundlers/run.mjs'
import { tryInstalled } from './installed.mjs'
import { findNodes } from './nodes.mjs'
import { packDependency, startRegistry } from './registry.mjs'
import { awkwardFolder } from './sandbox.mjs'
import { step, summary } from './steps.mjs'
import { pack, packages, problemsOf, readTarball, setUpPrebuild, sizesOf } from './tarball.mjs'

const { values: options } = parseArgs({
  options: {
    node: { type: 'string', multiple: true },
    tarballs: { type: 'string' },
    pack: { type: 'string' },
    'all-platforms': { type: 'boolean', default: false },
    bundlers: { type: 'boolean', default: false },
  },
})

/** The tarballs of `packages`: those of a folder, or packed now. */
function findTarballs(folder) {
  if (options.tarballs === undefined) {
    setUpDependencies()
    setUpJavaScript()
    if (!options['all-platforms']) {
      setUpNative()
      setUpPrebuild()
    }
    return pack(folder)
  }
  const names = readdirSync(options.tarballs).filter((name) => name.endsWith('.tgz'))
  return packages.map(({ name }) => {
    const start = `${name.replace('@', '').replace('/', '-')}-`
    const found = names.filter(
      (each) => each.startsWith(start) && /^\d/.test(each.slice(start.length)),
    )
    if (found.length !== 1) throw new Error(`${options.tarballs} has ${found.length} of ${start}`)
    return resolve(options.tarballs, found[0])
  })
}

const folder = options.pack === undefined ? awkwardFolder() : resolve(options.pack)
mkdirSync(folder, { recursive: true })
const tarballs = findTarballs(folder)
await step('what is in the tarballs', () => {
  const contents = tarballs.map(readTarball)
  for (const [i, path] of tarballs.entries()) {
    const [first, ...rest] = sizesOf(path, contents[i])
    console.log([`${packages[i].name}: ${first}`, ...rest].join('\n    '))
  }
  const problems = problemsOf(contents, options['all-platforms'])
  if (problems.length > 0) throw new Error(problems.join('\n'))
})
if (options.pack === undefined) {
  const registry = await startRegistry([...tarballs, packDependency(folder)])
  if (options.bundlers) await tryBundlers({ tarballs, registry, nodes: findNodes(options.node) })
  else {
    let types = true
    for (const [version, node] of findNodes(options.node)) {
      await tryInstalled({ node, version, tarballs, registry, types })
      types = false
    }
  }
  await registry.stop()
}
process.exit(summary())
