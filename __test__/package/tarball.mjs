/**
 * The packages as npm packs them: what is in the tarballs, and what must be. (Format: POSIX.1-1988, `ustar`.)
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { whyUnfit } from '../../scripts/cross/binary.mjs'
import { targets } from '../../scripts/cross/targets.mjs'
import { root } from '../../scripts/setup.mjs'
import { npmCli } from './npm.mjs'

/** The packages that are published, and where they lie. */
export const packages = [
  { name: 'chorusdb', folder: root },
  { name: '@chorusdb/better-sqlite3', folder: join(root, 'packages', 'better-sqlite3') },
]

/** What npm would run while it installs or packs: there is none of it. */
const lifecycle = [
  'preinstall',
  'install',
  'postinstall',
  'preprepare',
  'prepare',
  'postprepare',
  'prepack',
  'postpack',
  'prepublish',
  'prepublishOnly',
]

/** What the package consists of, and nothing else. */
const kinds = [
  /^(?:package\.json|README\.md|LICENSE|THIRD-PARTY-LICENSES)$/,
  /^(?:index|node-sqlite|better-sqlite3)\.d\.c?ts$/,
  /^dist\/(?:chorusdb|better-sqlite3|node-sqlite)\.js$/,
  /^dist\/(?:index|load|better-sqlite3|node-sqlite)\.cjs$/,
  /^dist\/bundled(?:-better-sqlite3|-node-sqlite)?\.c?js$/,
  /^dist\/engine-[0-9A-Z]{8}\.cjs$/,
  /^dist\/chunk-[0-9A-Z]{8}\.js$/,
  /^dist\/cli\/src\/(?:main|run|chunk-[a-z0-9-]+-[0-9A-Z]{8})\.js$/,
  /^dist\/cli\/LICENSES\.txt$/,
  new RegExp(`^prebuilds/(?:${targets.map(({ prebuild }) => prebuild).join('|')})$`),
]

const doorKinds = [/^(?:package\.json|README\.md|LICENSE|index\.js|index\.d\.ts)$/]

/** Where the binary for this machine lies in the package. */
function ownPrebuild() {
  const { platform, arch, report } = process
  if (platform !== 'linux') return `${platform}-${arch}/tshm.node`
  const isMusl = !report.getReport().header.glibcVersionRuntime
  return `${platform}-${arch}/tshm.${isMusl ? 'musl' : 'glibc'}.node`
}

/** The binary for this machine, as `npm run native:prebuild` places it, where no newer one is there. */
export function setUpPrebuild() {
  const built = join(root, 'build', 'Release', 'tshm.node')
  const place = join(root, 'prebuilds', ownPrebuild())
  if (!existsSync(built)) return
  if (existsSync(place) && statSync(place).mtimeMs >= statSync(built).mtimeMs) return
  mkdirSync(dirname(place), { recursive: true })
  copyFileSync(built, place)
}

/** Packs all packages into a folder. @returns their tarballs, in the order of `packages` */
export function pack(folder) {
  return packages.map((one) => {
    const args = [npmCli(), 'pack', '--json', '--loglevel=error', '--pack-destination', folder]
    const answer = execFileSync(process.execPath, args, { cwd: one.folder, encoding: 'utf8' })
    return join(folder, JSON.parse(answer)[0].filename)
  })
}

/** What is in a tarball, by name: `bytes`, and `mode`. */
export function readTarball(path) {
  const bytes = gunzipSync(readFileSync(path))
  const files = new Map()
  const text = (from, length) => bytes.toString('utf8', from, from + length).replace(/\0.*$/s, '')
  for (let at = 0; bytes[at] !== 0 && at < bytes.length;) {
    const size = Number.parseInt(text(at + 124, 12), 8)
    const type = text(at + 156, 1)
    const prefix = text(at + 345, 155)
    const name = (prefix === '' ? '' : `${prefix}/`) + text(at, 100)
    if (type !== '0' && type !== '') throw new Error(`${name} is of type ${type}`)
    const content = bytes.subarray(at + 512, at + 512 + size)
    const mode = Number.parseInt(text(at + 100, 8), 8)
    files.set(name.replace(/^package\//, ''), { bytes: content, mode })
    at += 512 + Math.ceil(size / 512) * 512
  }
  return files
}

export const manifestOf = (files) => JSON.parse(files.get('package.json').bytes.toString())

/** All paths that a manifest leads to. */
function namedPaths({ main, types, bin, exports }) {
  const found = [main, types, ...Object.values(bin ?? {})]
  const follow = (value) => {
    if (typeof value === 'string') found.push(value)
    else for (const inner of Object.values(value)) follow(inner)
  }
  follow(exports)
  return found.filter((path) => path !== undefined).map((path) => path.replace(/^\.\//, ''))
}

/**
 * What is wrong with the tarballs.
 * @param hasAll every platform's binary must be there, and be what that platform takes; else this machine's must be there
 */
export function problemsOf([engine, door], hasAll) {
  const problems = [
    ...problemsOfOne('chorusdb', engine, kinds),
    ...problemsOfOne('@chorusdb/better-sqlite3', door, doorKinds),
  ]
  const wanted = targets.filter(({ prebuild }) => hasAll || prebuild === ownPrebuild())
  for (const target of wanted) {
    const path = `prebuilds/${target.prebuild}`
    const binary = engine.get(path)
    if (binary === undefined) problems.push(`chorusdb: no ${path}`)
    else if (hasAll) {
      const unfit = whyUnfit(binary.bytes, target)
      if (unfit !== null) problems.push(`chorusdb: ${path} ${unfit}`)
    }
  }
  if (!engine.has('THIRD-PARTY-LICENSES')) problems.push('chorusdb: no THIRD-PARTY-LICENSES')
  const engines = [...engine.keys()].filter((name) => name.startsWith('dist/engine-'))
  if (engines.length !== 1) problems.push(`chorusdb: ${engines.length} engines`)
  const [own, doors] = [manifestOf(engine), manifestOf(door)]
  if (doors.dependencies.chorusdb !== own.version) {
    problems.push(`the door wants chorusdb ${doors.dependencies.chorusdb}, and not ${own.version}`)
  }
  if (Object.keys(own.dependencies).join() !== 'node-gyp-build') {
    problems.push(`chorusdb depends on ${Object.keys(own.dependencies).join(', ')}`)
  }
  return problems
}

function problemsOfOne(name, files, kinds) {
  const problems = []
  const manifest = manifestOf(files)
  for (const path of files.keys()) {
    if (!kinds.some((kind) => kind.test(path))) problems.push(`${path} does not belong there`)
  }
  for (const path of namedPaths(manifest)) {
    if (!files.has(path)) problems.push(`package.json names ${path}, which is not there`)
  }
  for (const path of ['README.md', 'LICENSE']) {
    if (!files.has(path)) problems.push(`no ${path}`)
  }
  for (const script of lifecycle) {
    if (manifest.scripts?.[script] !== undefined) problems.push(`npm would run ${script}`)
  }
  for (const path of Object.values(manifest.bin ?? {})) {
    const { mode, bytes } = files.get(path)
    if ((mode & 0o111) === 0) problems.push(`${path} cannot be run`)
    if (!bytes.toString('latin1', 0, 30).startsWith('#!/usr/bin/env node\n')) {
      problems.push(`${path} does not begin with the line for node`)
    }
  }
  return problems.map((problem) => `${name}: ${problem}`)
}

/** How large a tarball is, packed and unpacked, and the largest of what is in it, in KiB. */
export function sizesOf(path, files) {
  const kib = (bytes) => `${Math.ceil(bytes / 1024)} KiB`
  const sizes = [...files].map(([name, { bytes }]) => [name, bytes.length])
  const total = sizes.reduce((sum, [, size]) => sum + size, 0)
  const largest = sizes.toSorted(([, a], [, b]) => b - a).filter(([, size]) => size > 100_000)
  return [
    `${kib(statSync(path).size)} packed, ${kib(total)} unpacked, ${files.size} files`,
    ...largest.map(([name, size]) => `${name}  ${kib(size)}`),
  ]
}
