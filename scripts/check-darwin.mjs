/**
 * The Rust code as macOS compiles it: clippy, or `cargo check` where that compiler has no clippy. Part of `npm run check` on machines that
 * have what it needs, Rust's standard library for macOS, compiled or as source; elsewhere it says that it was left out. It links nothing,
 * so that no linker and no SDK is needed.
 */
import { spawnSync } from 'node:child_process'
import { answer, findLibrary, howToGetLibrary } from './cross/toolchain.mjs'
import { root } from './setup.mjs'

/** Both of Apple's processors compile the same lines. */
const triple = 'aarch64-apple-darwin'

/** Where the clippy of this compiler is: another version's cannot read what it compiled. Undefined: nowhere. */
function clippyFolder(rustc) {
  const version = answer(rustc, ['--version'])
  const versionAt = (folder) => answer(`${folder}clippy-driver`, ['--rustc', '--version'])
  return ['', '/usr/bin/'].find((folder) => versionAt(folder) === version)
}

// There it is what check:rust has checked.
if (process.platform === 'darwin') process.exit(0)
const library = findLibrary(triple)
if (library === null) {
  console.log(`check:darwin: left out: missing ${howToGetLibrary(triple)}`)
  process.exit(0)
}
const folder = clippyFolder(library.rustc)
const [command, ...first] =
  folder === undefined ? ['cargo', 'check'] : [`${folder}cargo-clippy`, 'clippy']
const args = [
  ...first,
  '--workspace',
  '--all-targets',
  '--locked',
  '--quiet',
  `--target=${triple}`,
  '--target-dir=target/check-darwin',
  ...library.flags,
]
if (folder !== undefined) args.push('--', '-D', 'warnings')
const env = { ...process.env, ...library.env }
const options = { cwd: root, stdio: ['ignore', 'inherit', 'pipe'], encoding: 'utf8', env }
const { status, error, stderr } = spawnSync(command, args, options)
if (error) console.error(`check:darwin: ${command}: ${error.message}`)
process.stderr.write(stderr ?? '')
// Cargo repeats the warnings of what it has checked before.
process.exit(/^warning/m.test(stderr ?? '') ? 1 : (status ?? 1))
