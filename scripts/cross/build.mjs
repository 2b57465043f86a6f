/** Builds the addon for one target and puts it where node-gyp-build finds it. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../setup.mjs'
import { whyUnfit } from './binary.mjs'
import { findLibrary } from './toolchain.mjs'

/** What is built with another compiler must not make the usual build start anew. */
export const targetDir = 'target/cross'
export const prebuildPath = (target) => join(root, 'prebuilds', target.prebuild)

/** @returns why the binary that is there does not do; null: it does */
export function checkPrebuild(target) {
  try {
    return whyUnfit(readFileSync(prebuildPath(target)), target)
  } catch {
    return 'is missing'
  }
}

function cargo(target) {
  const { flags, env } = findLibrary(target.triple)
  const isApple = target.binary.format === 'Mach-O'
  const triple = isApple || !target.oldest ? target.triple : `${target.triple}.${target.oldest}`
  const args = [
    'zigbuild',
    '--release',
    '--locked',
    '--package=tshm-node',
    `--target=${triple}`,
    `--target-dir=${targetDir}`,
    ...flags,
  ]
  return spawnSync('cargo', args, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      ...env,
      ...(isApple && { MACOSX_DEPLOYMENT_TARGET: target.oldest }),
      // For Apple rustc strips with a tool that not every distribution of it has.
      CARGO_PROFILE_RELEASE_STRIP: isApple ? 'none' : 'symbols',
      // A shared library for musl links the C library of the system that loads it.
      ...(target.triple.endsWith('-musl') && { RUSTFLAGS: '-C target-feature=-crt-static' }),
    },
  })
}

/** @returns what went wrong; null: the binary is there, and is what it should be */
export function buildTarget(target) {
  const { status, error } = cargo(target)
  if (error) return `cargo does not start: ${error.message}`
  if (status !== 0) return `cargo ended with ${status}; its messages stand above`
  const extension = target.binary.format === 'Mach-O' ? 'dylib' : 'so'
  const built = join(root, targetDir, target.triple, 'release', `libtshm_node.${extension}`)
  const place = prebuildPath(target)
  mkdirSync(dirname(place), { recursive: true })
  // A process may have the old one mapped: a new file takes its place.
  copyFileSync(built, `${place}.new`)
  const unfit = whyUnfit(readFileSync(`${place}.new`), target)
  if (unfit !== null) {
    rmSync(`${place}.new`)
    return `what was built ${unfit}`
  }
  renameSync(`${place}.new`, place)
  return null
}
