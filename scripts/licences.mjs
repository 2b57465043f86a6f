/**
 * The licences of what others wrote and what is compiled into the addon, for the package:
 *
 *   npm run licences [-- --check]
 *
 * writes `THIRD-PARTY-LICENSES`, or with `--check` says whether it is what it would write. Cargo names the crates, for each target of
 * `cross/targets.mjs`, and their sources have the texts; those of the standard library come with the Rust toolchain (`rust-docs`).
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { targets } from './cross/targets.mjs'
import { root } from './setup.mjs'

/** Where the licences are, in the root and in the package. */
export const licencesFile = join(root, 'THIRD-PARTY-LICENSES')

/**
 * All crates that are needed to build the addon for one of the targets, but for our own and for those that only tests need.
 * @returns packages of `cargo metadata`, by name and version
 * @throws when cargo is not there, or cannot read the workspace
 */
export function crates() {
  const found = new Map()
  for (const { triple } of targets) {
    const metadata = metadataFor(triple)
    const byId = new Map(metadata.packages.map((one) => [one.id, one]))
    const nodes = new Map(metadata.resolve.nodes.map((node) => [node.id, node]))
    const wanted = metadata.packages.filter(({ name }) => name === 'tshm-node').map(({ id }) => id)
    // What is pushed while the loop runs is visited, too.
    for (const id of wanted) {
      for (const { pkg, dep_kinds: kinds } of nodes.get(id).deps) {
        if (kinds.some(({ kind }) => kind !== 'dev') && !wanted.includes(pkg)) wanted.push(pkg)
      }
    }
    for (const id of wanted) {
      const one = byId.get(id)
      if (one.source !== null) found.set(`${one.name} ${one.version}`, one)
    }
  }
  return [...found].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one)
}

function metadataFor(triple) {
  const args = ['metadata', '--format-version=1', '--locked', '--filter-platform', triple]
  return JSON.parse(
    execFileSync('cargo', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 }),
  )
}

/** What the file has to be, as a text. */
export function licences() {
  const texts = new Map()
  const add = (text, user) => texts.set(text, [...(texts.get(text) ?? []), user])
  const all = crates()
  const mit = plainMit(all)
  for (const one of all) {
    const user = `${one.name} ${one.version} (${one.license ?? basename(one.license_file)})`
    const found = textsOf(one)
    if (found.length === 0) add(mit, `${user}, whose source has no text of it`)
    for (const text of found) add(text, user)
  }
  for (const text of standardLibrary())
    add(text, 'the standard library of Rust (MIT OR Apache-2.0)')
  const parts = [...texts].map(([text, users]) => `${users.join('\n')}\n\n${text}\n`)
  const head =
    'The native addon (prebuilds/) is built with the software named below, under the licences that follow its names.\n'
  return [head, ...parts].join(`\n${'-'.repeat(100)}\n\n`)
}

const isText = (name) => /^(?:licen[cs]e|copying|copyright|notice|unlicense)/i.test(name)
const read = (path) => readFileSync(path, 'utf8').replaceAll('\r\n', '\n').trim()

/** The texts that a crate comes with. Of MIT or Apache-2.0 at choice MIT is chosen; what must go with a crate besides stays. */
function textsOf({ manifest_path: manifest, license, license_file: named }) {
  const folder = dirname(manifest)
  const names = readdirSync(folder).filter(isText)
  if (named !== null && !names.includes(named)) names.push(named)
  const mayChooseMit = /\bMIT (?:OR|\/)|(?:OR |\/)MIT\b/.test(license ?? '')
  const hasMit = names.some((name) => /mit/i.test(name))
  const kept = names.filter((name) => !(mayChooseMit && hasMit && /apache/i.test(name)))
  return kept.toSorted().map((name) => read(join(folder, name)))
}

/** The terms of MIT without a name, for crates that declare it and do not bring its text. */
function plainMit(all) {
  const lacking = all.filter((one) => textsOf(one).length === 0)
  const other = lacking.find(({ license }) => !/\bMIT\b/.test(license ?? ''))
  if (other !== undefined) throw new Error(`${other.name} has no text of ${other.license}`)
  const own = read(join(root, 'LICENSE'))
  return own.replaceAll(/^.*Copyright.*\n+/gim, '').trim()
}

/** The texts of the toolchain's standard library. */
function standardLibrary() {
  const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { cwd: root, encoding: 'utf8' })
  const documents = join(sysroot.trim(), 'share', 'doc')
  const places = [join(documents, 'rust', 'LICENSE-MIT'), join(documents, 'cargo', 'LICENSE-MIT')]
  const place = places.find((path) => existsSync(path))
  if (place === undefined) throw new Error(`no LICENSE-MIT below ${documents}`)
  return [read(place)]
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const text = licences()
  if (!process.argv.includes('--check')) writeFileSync(licencesFile, text)
  else if (!existsSync(licencesFile) || readFileSync(licencesFile, 'utf8') !== text) {
    console.error('licences: THIRD-PARTY-LICENSES is not up to date: npm run licences')
    process.exit(1)
  }
}
