/**
 * The platforms that have a binary, as release.yml names them. `prebuild` is where node-gyp-build looks for it
 * below `prebuilds/`: the folder is platform and architecture, `glibc` and `musl` are tags of the file's name that must fit
 * the C library of the host, and a file without them fits any. prebuildify puts them at the same places.
 *
 * `oldest` is the system from which on a binary must load: what Node 20 asks for. (Node's BUILDING.md, Platform list.) For Linux that is a
 * version of glibc, for macOS one of the system. What is newer is looked up while running.
 */
export const targets = [
  {
    name: 'darwin-arm64',
    triple: 'aarch64-apple-darwin',
    oldest: '11.0',
    binary: { format: 'Mach-O', cpu: 'arm64' },
    prebuild: 'darwin-arm64/tshm.node',
  },
  {
    name: 'darwin-x64',
    triple: 'x86_64-apple-darwin',
    oldest: '10.15',
    binary: { format: 'Mach-O', cpu: 'x64' },
    prebuild: 'darwin-x64/tshm.node',
  },
  {
    name: 'linux-arm64',
    triple: 'aarch64-unknown-linux-gnu',
    oldest: '2.28',
    binary: { format: 'ELF', cpu: 'arm64' },
    prebuild: 'linux-arm64/tshm.glibc.node',
  },
  {
    name: 'linux-arm64-musl',
    triple: 'aarch64-unknown-linux-musl',
    binary: { format: 'ELF', cpu: 'arm64' },
    prebuild: 'linux-arm64/tshm.musl.node',
  },
  {
    name: 'linux-x64',
    triple: 'x86_64-unknown-linux-gnu',
    oldest: '2.28',
    binary: { format: 'ELF', cpu: 'x64' },
    prebuild: 'linux-x64/tshm.glibc.node',
  },
  {
    name: 'linux-x64-musl',
    triple: 'x86_64-unknown-linux-musl',
    binary: { format: 'ELF', cpu: 'x64' },
    prebuild: 'linux-x64/tshm.musl.node',
  },
]
