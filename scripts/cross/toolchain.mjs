/**
 * What building for another platform needs, looked for where it is usually found: Rust's standard library for the target, compiled or as
 * source, a linker for any platform (zig), and cargo-zigbuild, which leads cargo to it. Whatever is not there is named, with ways to get it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** What a command prints, trimmed; null where it does not exist or fails. */
export function answer(command, args, env = process.env) {
  const { status, stdout } = spawnSync(command, args, { env, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : null
}

/** The compilers to ask: cargo's own, and the system's, which one of rustup's hides. */
const compilers = [...new Set([process.env.RUSTC ?? 'rustc', '/usr/bin/rustc'])]

function hasCompiledLibrary(rustc, triple) {
  const folder = answer(rustc, ['--print', 'target-libdir', '--target', triple])
  if (folder === null || !existsSync(folder)) return false
  return readdirSync(folder).some((name) => /^libstd-.*\.rlib$/.test(name))
}

function hasLibrarySource(rustc) {
  const folder = answer(rustc, ['--print', 'sysroot'])
  return folder !== null && existsSync(join(folder, 'lib/rustlib/src/rust/library/std/Cargo.toml'))
}

/**
 * How cargo gets the standard library for a target; null: not at all. From source it is an unstable feature of cargo's, which a stable
 * compiler allows with RUSTC_BOOTSTRAP.
 */
export function findLibrary(triple) {
  const compiled = compilers.find((rustc) => hasCompiledLibrary(rustc, triple))
  if (compiled !== undefined) return { rustc: compiled, flags: [], env: { RUSTC: compiled } }
  const source = compilers.find(hasLibrarySource)
  if (source === undefined) return null
  return {
    rustc: source,
    flags: ['-Zbuild-std=std,panic_abort'],
    env: { RUSTC: source, RUSTC_BOOTSTRAP: '1' },
  }
}

function hasZig() {
  const { CARGO_ZIGBUILD_ZIG_PATH: named } = process.env
  if (named !== undefined) return answer(named, ['version']) !== null
  if (answer('zig', ['version']) !== null) return true
  return ['python3', 'python'].some((python) => answer(python, ['-m', 'ziglang', 'version']))
}

export const howToGetLibrary = (triple) =>
  `the Rust standard library for ${triple}: 'rustup target add ${triple}', or its source: ` +
  `'rustup component add rust-src', or on Debian 'apt-get install --no-install-recommends rustc-web rust-web-src'`

/** The pieces that building for these targets lacks, in sentences that say how to get them. */
export function missingPieces(triples) {
  const missing = []
  if (answer('cargo', ['--version']) === null) {
    missing.push('cargo: install Rust 1.88 or later, https://rustup.rs')
  }
  for (const triple of triples) {
    if (findLibrary(triple) === null) missing.push(howToGetLibrary(triple))
  }
  if (!hasZig()) missing.push("zig, a linker for every platform: 'pip install ziglang'")
  if (answer('cargo-zigbuild', ['--version']) === null) {
    missing.push("cargo-zigbuild: 'cargo install cargo-zigbuild --locked'")
  }
  return missing
}
