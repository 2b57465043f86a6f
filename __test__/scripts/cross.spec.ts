/** Builds for other platforms: binaries are looked at before they are used, and what is missing is said in sentences. */
import test from 'ava'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { addonPlatforms } from '../../packages/engine/src/coordination/addon-files.ts'

interface Target {
  readonly name: string
  readonly triple: string
  readonly oldest?: string
  readonly binary: { readonly format: string; readonly cpu: string }
  readonly prebuild: string
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const script = (name: string): Promise<unknown> =>
  import(new URL(`../../scripts/cross/${name}.mjs`, import.meta.url).href)
const { whyUnfit } = (await script('binary')) as {
  whyUnfit: (bytes: Buffer, target: Target) => string | null
}
const { targets } = (await script('targets')) as { targets: readonly Target[] }

const target = (name: string): Target => targets.find((target) => target.name === name)!

/** A Mach-O library of 64 bits that exports one name, for macOS from a version on. (`mach-o/loader.h`) */
function machO(cpu: number, symbol: string, isSigned: boolean, oldest = 11): Buffer {
  const commands = isSigned ? [0x02, 0x32, 0x1d] : [0x02, 0x32]
  const names = Buffer.from(`\0_${symbol}\0`, 'latin1')
  const symbolsAt = 32 + 24 * commands.length
  const bytes = Buffer.alloc(symbolsAt + 16 + names.length)
  const words = (at: number, ...values: number[]): void =>
    values.forEach((value, i) => void bytes.writeUInt32LE(value, at + 4 * i))
  words(0, 0xfeed_facf, cpu, 0, 6, commands.length, 24 * commands.length)
  commands.forEach((command, i) => words(32 + 24 * i, command, 24))
  words(40, symbolsAt, 1, symbolsAt + 16, names.length)
  words(64, 1, oldest << 16)
  // Name, type N_SECT | N_EXT, section 1.
  words(symbolsAt, 1, 0x010f)
  names.copy(bytes, symbolsAt + 16)
  return bytes
}

const [x64, arm64, register] = [0x0100_0007, 0x0100_000c, 'napi_register_module_v1']

test('cross: a library for macOS that exports the module fits its processor alone', (t) => {
  t.is(whyUnfit(machO(arm64, register, true), target('darwin-arm64')), null)
  t.is(whyUnfit(machO(x64, register, false, 10), target('darwin-x64')), null)
  const other = 'is for x64 and not for arm64'
  t.is(whyUnfit(machO(x64, register, true), target('darwin-arm64')), other)
  t.is(whyUnfit(machO(arm64, register, true), target('linux-arm64')), 'is Mach-O and not ELF')
})

test('cross: a library that macOS would not load, or Node not use, is told', (t) => {
  t.is(whyUnfit(machO(arm64, register, false), target('darwin-arm64')), 'is not signed')
  const without = 'exports no Node-API module'
  t.is(whyUnfit(machO(arm64, 'something_else', true), target('darwin-arm64')), without)
  const newer = 'asks for macOS 12.0, and not 11.0'
  t.is(whyUnfit(machO(arm64, register, true, 12), target('darwin-arm64')), newer)
})

test("cross: this platform's own binary is read, and no target takes what is not its own", (t) => {
  const own = readFileSync(`${root}/build/Release/tshm.node`)
  const asOwn: Target = {
    name: 'own',
    triple: process.platform === 'darwin' ? 'apple-darwin' : 'unknown-linux-gnu',
    binary: { format: process.platform === 'darwin' ? 'Mach-O' : 'ELF', cpu: process.arch },
    prebuild: '',
  }
  const isMusl = process.platform === 'linux' && own.indexOf('libc.so.6\0', 0, 'latin1') < 0
  t.is(whyUnfit(own, isMusl ? { ...asOwn, triple: 'unknown-linux-musl' } : asOwn), null)
  if (process.platform === 'linux') {
    const otherLibrary = isMusl ? 'unknown-linux-gnu' : 'unknown-linux-musl'
    t.regex(whyUnfit(own, { ...asOwn, triple: otherLibrary }) ?? '', /^asks for .*libc/)
    if (!isMusl)
      t.regex(whyUnfit(own, { ...asOwn, oldest: '2.2' }) ?? '', /^asks for glibc 2\.\d+, /)
  }
})

test('cross: what is cut off, or no library, is told', (t) => {
  const own = readFileSync(`${root}/build/Release/tshm.node`)
  const linux = target('linux-arm64')
  t.is(whyUnfit(Buffer.alloc(0), linux), 'is no ELF library')
  t.is(whyUnfit(Buffer.from('not a library'.repeat(10)), linux), 'is no ELF library')
  if (process.platform === 'linux') t.not(whyUnfit(own.subarray(0, 100), linux), null)
  t.is(
    whyUnfit(machO(arm64, register, true).subarray(0, 104), target('darwin-arm64')),
    'is cut off',
  )
})

test('cross: the platforms of an error message, and those of a release, are the ones that are built for', (t) => {
  const folders = targets.map(({ prebuild }) => prebuild.replace(/\/.*/, ''))
  t.deepEqual([...new Set(folders)].toSorted(), [...addonPlatforms])
  const release = readFileSync(`${root}/.github/workflows/release.yml`, 'utf8')
  const jobs = /\n {2}prebuild:([\s\S]*?)\n {2}\w+:/.exec(release)?.[1] ?? ''
  const built = [...jobs.matchAll(/\bname: ((?:linux|darwin)-[\w-]+)/g)].map(([, name]) => name)
  t.deepEqual(built.toSorted(), targets.map(({ name }) => name).toSorted())
})

function cross(...args: string[]): { status: number | null; errors: string } {
  // Without a PATH nothing is installed.
  const env = { ...process.env, PATH: '/nowhere', CARGO_ZIGBUILD_ZIG_PATH: '/nowhere/zig' }
  const options = { cwd: root, env, encoding: 'utf8' } as const
  const { status, stderr } = spawnSync(process.execPath, ['scripts/cross.mjs', ...args], options)
  return { status, errors: stderr }
}

test('cross: what is missing is named, with a way to get it', (t) => {
  const { status, errors } = cross('--target', 'linux-arm64')
  t.is(status, 1)
  t.regex(errors, /^cross: missing: cargo: install Rust/m)
  t.regex(errors, /^cross: missing: zig, .*'pip install ziglang'$/m)
  t.regex(errors, /^cross: missing: cargo-zigbuild: 'cargo install cargo-zigbuild --locked'$/m)
  t.notRegex(errors, /^ +at /m)
})

test('cross: what is no target or option is a sentence', (t) => {
  const { status, errors } = cross('--target', 'amiga')
  t.is(status, 1)
  t.regex(errors, /^cross: no target 'amiga'; there are darwin-arm64, /)
  const unknown = cross('--fast')
  t.is(unknown.status, 1)
  t.regex(unknown.errors, /^cross: Unknown option '--fast'/)
})
