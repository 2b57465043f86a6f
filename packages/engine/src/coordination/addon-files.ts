/**
 * Where the native addon lies, and what is said where it does not. The places are those of prebuildify and node-gyp-build: `build/Release` of a
 * checkout, then `prebuilds/<platform>-<arch>/` of the package.
 *
 * In an application's bundle the engine has no package around it. Then the folder of the bundle is looked into, the folder of the
 * application, and the package where it is installed as well: always for files of our name, for an application may have addons of its own.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `require` as of a file. Not imported: webpack would read the call, and complain that it cannot tell the file. */
export function requireOf(file: string): NodeJS.Require {
  return process.getBuiltinModule('node:module').createRequire(file)
}

type Libc = 'glibc' | 'musl'

/** What there are binaries for. */
export const addonPlatforms: readonly string[] = [
  'darwin-arm64',
  'darwin-x64',
  'linux-arm64',
  'linux-x64',
]

/** A folder with binaries below it. */
export interface AddonHome {
  readonly folder: string
  /** It is our package, whose binaries are all ours. */
  readonly isPackage: boolean
}

/** A binary that is there and was refused by the system. */
export interface Refused {
  readonly path: string
  readonly error: unknown
}

/** The platform whose binary is wanted, by the words of node-gyp-build. */
interface Platform {
  /** As the folder is called. */
  readonly name: string
  /** Of Linux. */
  readonly libc: Libc | null
}

/** A file of ours: with the C library in its name on Linux, where there is one binary for each. */
const fileNameOf = ({ libc }: Platform): string =>
  libc === null ? 'tshm.node' : `tshm.${libc}.node`

function platformHere(libc: Libc): Platform {
  const { env } = process
  const system = env['npm_config_platform'] || process.platform
  return {
    name: `${system}-${env['npm_config_arch'] || process.arch}`,
    libc: system === 'linux' ? libc : null,
  }
}

/** As the environment says it, for node-gyp-build too. */
function namedLibc(): Libc | null {
  const named = process.env['LIBC']
  return named === 'glibc' || named === 'musl' ? named : null
}

/** The C library as it is known without asking long. (node-gyp-build) */
function likelyLibc(): Libc {
  return namedLibc() ?? (existsSync('/etc/alpine-release') ? 'musl' : 'glibc')
}

/** The C library that this process runs with: not every system with musl is Alpine. The answer takes some milliseconds. */
function certainLibc(): Libc {
  const { report, platform } = process
  if (platform !== 'linux' || report === undefined) return likelyLibc()
  const asked = report as { excludeNetwork?: boolean }
  const before = asked.excludeNetwork
  // It would look up the names of all peers.
  if (before !== undefined) asked.excludeNetwork = true
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
  if (before !== undefined) asked.excludeNetwork = before
  return namedLibc() ?? (header?.glibcVersionRuntime === undefined ? 'musl' : 'glibc')
}

/** Where the addon lies nearly always; null: not there. */
export function usualPlace(folder: string): string | null {
  const built = join(folder, 'build', 'Release', 'tshm.node')
  if (!process.env['PREBUILDS_ONLY'] && existsSync(built)) return built
  return prebuilt(folder, platformHere(likelyLibc()))
}

/** The binary for this process's own C library, where that is not the one that the system looked like. */
export function placeForOtherLibc(folder: string): string | null {
  const libc = certainLibc()
  return libc === likelyLibc() ? null : prebuilt(folder, platformHere(libc))
}

function prebuilt(folder: string, platform: Platform): string | null {
  const path = join(folder, 'prebuilds', platform.name, fileNameOf(platform))
  return existsSync(path) ? path : null
}

/** The folder that the environment names, as node-gyp-build has it; null: none. */
export function namedHome(): string | null {
  return process.env['CHORUSDB_PREBUILD'] || null
}

/** The nearest folder with a package.json: the sources and `dist` lie at different depths below it. Null: there is none. */
export function nearestFolder(url: string): string | null {
  let folder = dirname(fileURLToPath(url))
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder)
    if (parent === folder) return null
    folder = parent
  }
  return folder
}

/** Whether a folder is our package. */
export function isOurPackage(folder: string): boolean {
  try {
    const text = readFileSync(join(folder, 'package.json'), 'utf8')
    return (JSON.parse(text) as { readonly name?: unknown }).name === 'chorusdb'
  } catch {
    return false
  }
}

/**
 * Where else a bundle looks: in its own folder, and where the package is installed as seen from there. Turbopack gives modules addresses in a folder
 * that does not exist (`file:///ROOT/…`): then, as seen from the program that runs and from the folder that it runs in, which is the application's.
 */
export function homesOfBundle(url: string): readonly AddonHome[] {
  const files = [fileURLToPath(url)]
  if (!existsSync(files[0]!)) {
    const program = process.argv[1]
    if (program !== undefined && isAbsolute(program)) files.push(program)
    files.push(join(process.cwd(), 'package.json'))
  }
  return files.flatMap((file) => {
    const homes = [{ folder: dirname(file), isPackage: false }]
    try {
      const manifest = requireOf(file).resolve('chorusdb/package.json')
      homes.push({ folder: dirname(manifest), isPackage: true })
    } catch {
      // It is not installed.
    }
    return homes
  })
}

/**
 * What is wrong, and what to do about it, in one sentence.
 * @param home our package, or what the environment names in its place; null: the engine runs in a bundle
 * @param refused the first binary that was there and did not load; null: there was none
 */
export function whyNoAddon(home: string | null, refused: Refused | null): string {
  const platform = platformHere(certainLibc())
  const name = platform.libc === null ? platform.name : `${platform.name} with ${platform.libc}`
  if (refused !== null) {
    const { path, error } = refused
    const answer = firstLine(error).replace(`${path}: `, '')
    return `the native addon for ${name} does not load, ${path}: ${answer}; ${whatToDo(home)}`
  }
  if (!addonPlatforms.includes(platform.name)) {
    return (
      `there is no native addon for ${name}, only for ${addonPlatforms.join(', ')}, ` +
      'and without its locks no file is safe; databases in memory work without it'
    )
  }
  const path = `prebuilds/${platform.name}/${fileNameOf(platform)}`
  const place = home === null ? 'beside the bundle' : `in ${home}`
  return `the native addon for ${name} is missing: there is no ${path} ${place}; ${whatToDo(home)}`
}

function whatToDo(home: string | null): string {
  if (home === null) {
    return (
      "keep 'chorusdb' out of the bundle (external) and install it beside it, " +
      "or copy its folder 'prebuilds' into the folder of the bundle"
    )
  }
  if (existsSync(join(home, 'crates'))) {
    return "in a checkout 'npm run native' builds it, which needs Rust"
  }
  return "install the package 'chorusdb' anew on this platform"
}

/** Of what the system's loader says. */
function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? ''
}
