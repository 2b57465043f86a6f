#!/usr/bin/env node
/**
 * Compiles the native addon to build/Release/tshm.node and writes its types beside the TypeScript that loads it.
 *
 * prebuildify calls this script as if it were node-gyp (`rebuild --target=… --arch=…`), so its arguments are
 * node-gyp's. They choose a version of Node, of which a Node-API addon is independent; what counts
 * is the platform, which prebuildify puts into the environment.
 *
 * What is published has to load with an old glibc (`oldest` in `scripts/cross/targets.mjs`), and this machine's may be newer. With NATIVE_OLD_GLIBC set
 * @napi-rs/cli builds for that one by cargo-zigbuild, which has to be there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { targets } from './cross/targets.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const output = 'build/Release'

function fail(message) {
  console.error(`build-native: ${message}`)
  process.exit(1)
}

function run(command, args, options) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (result.error?.code === 'ENOENT') {
    fail(`'${command}' is missing: install Rust 1.88 or later, https://rustup.rs`)
  }
  if (result.error) fail(result.error.message)
  if (result.status !== 0) process.exit(result.status ?? 1)
  return result
}

/** The triple that rustc builds for by default. */
function hostTriple() {
  const { stdout } = run('rustc', ['-vV'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const line = /^host: (\S+)$/m.exec(stdout.toString())
  return line?.[1] ?? fail('rustc -vV names no host')
}

function triple() {
  const platform = process.env.PREBUILD_PLATFORM
  const arch = process.env.PREBUILD_ARCH
  const libc = process.env.PREBUILD_LIBC
  if (!platform && !arch && !libc) return hostTriple()
  const cpu = { x64: 'x86_64', arm64: 'aarch64' }[arch || process.arch]
  if (!cpu) fail(`no build for architecture '${arch}'`)
  switch (platform || process.platform) {
    case 'darwin':
      return `${cpu}-apple-darwin`
    case 'linux': {
      const isMusl = libc ? libc === 'musl' : hostTriple().endsWith('musl')
      return `${cpu}-unknown-linux-${isMusl ? 'musl' : 'gnu'}`
    }
    default:
      return fail(`no build for platform '${platform}'`)
  }
}

function napi() {
  const require = createRequire(import.meta.url)
  const manifest = require.resolve('@napi-rs/cli/package.json')
  const bin = require(manifest).bin
  return join(dirname(manifest), typeof bin === 'string' ? bin : bin.napi)
}

const target = triple()
const oldGlibc =
  process.env.NATIVE_OLD_GLIBC && target.endsWith('-linux-gnu')
    ? targets.find((each) => each.triple === target)?.oldest
    : undefined
rmSync(join(root, output), { recursive: true, force: true })
run(
  process.execPath,
  [
    napi(),
    'build',
    '--release',
    '--manifest-path',
    'crates/tshm-node/Cargo.toml',
    '--target',
    oldGlibc === undefined ? target : `${target}.${oldGlibc}`,
    '--package-json-path',
    'package.json',
    '--output-dir',
    output,
    '--dts',
    '../../packages/engine/src/coordination/native-addon.d.ts',
    ...(oldGlibc === undefined ? [] : ['--cross-compile']),
  ],
  {
    env: {
      ...process.env,
      // A shared library for musl links the C library of the system that loads it.
      ...(target.endsWith('musl') && { RUSTFLAGS: '-C target-feature=-crt-static' }),
    },
  },
)
if (!existsSync(join(root, output, 'tshm.node'))) fail(`${output}/tshm.node was not written`)
