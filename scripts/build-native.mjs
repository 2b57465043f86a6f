/**
 * Compiles the Rust core for Node: `build/Release/tshm.node`. Takes node-gyp's arguments and ignores them, so that
 * prebuildify can call it. The target is the host's, or what prebuildify asks for by PREBUILD_PLATFORM,
 * PREBUILD_ARCH and PREBUILD_LIBC.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const output = join(root, 'build', 'Release')

function hostTriple() {
  const text = execFileSync('rustc', ['-vV'], { encoding: 'utf8' })
  return /^host: (.+)$/m.exec(text)[1]
}

function targetTriple() {
  const { PREBUILD_PLATFORM: platform, PREBUILD_ARCH: arch, PREBUILD_LIBC: libc } = process.env
  if (platform === undefined && arch === undefined) return hostTriple()
  const machine = { x64: 'x86_64', arm64: 'aarch64' }[arch ?? process.arch]
  const system = platform ?? process.platform
  if (machine === undefined) throw new Error(`no Rust target for ${arch}`)
  if (system === 'darwin') return `${machine}-apple-darwin`
  if (system === 'linux') return `${machine}-unknown-linux-${libc === 'musl' ? 'musl' : 'gnu'}`
  throw new Error(`no Rust target for ${system}`)
}

rmSync(output, { recursive: true, force: true })
mkdirSync(output, { recursive: true })
const napi = join(root, 'node_modules', '@napi-rs', 'cli', 'dist', 'cli.js')
const result = spawnSync(
  process.execPath,
  [
    napi,
    'build',
    '--release',
    '--manifest-path',
    'crates/tshm-node/Cargo.toml',
    '--target',
    targetTriple(),
    '--package-json-path',
    'package.json',
    '--output-dir',
    'build/Release',
    '--dts',
    '../../packages/engine/src/coordination/native.d.ts',
    '--no-js',
  ],
  { cwd: root, stdio: 'inherit' },
)
if (result.error) throw result.error
process.exit(result.status ?? 1)
