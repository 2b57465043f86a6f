/**
 * What a shared library says of itself: for which processor it is, what it exports, which libraries it asks for. Only what the targets of
 * this project are: ELF and Mach-O of 64 bits, little-endian. (System V ABI, chapters 4 and 5; `mach-o/loader.h`.)
 */

const text = (bytes, from) => {
  const end = bytes.indexOf(0, from)
  return bytes.toString('latin1', from, end < 0 ? bytes.length : end)
}

const word = (bytes, at) => bytes.readUInt32LE(at)
const long = (bytes, at) => Number(bytes.readBigUInt64LE(at))

const elfMachines = { 62: 'x64', 183: 'arm64' }
const [sectionDynamic, sectionDynamicSymbols, sectionVersions] = [6, 11, 0x6fff_fffe]
const dynamicNeeded = 1

/** Which of two versions is newer; null is older than any. */
function newer(one, other) {
  if (one === null || other === null) return one ?? other
  return one.localeCompare(other, 'en', { numeric: true }) > 0 ? one : other
}

/** The newest version of glibc that the symbols of a library are from; null: there are none. (`.gnu.version_r`, Linux Standard Base, Symbol Versioning) */
function newestGlibc(bytes, from, names) {
  let newest = null
  for (let need = from, step = -1; step !== 0; need += step) {
    step = word(bytes, need + 12)
    let version = need + word(bytes, need + 8)
    for (let left = bytes.readUInt16LE(need + 2); left > 0; left--) {
      const [, found] = /^GLIBC_([\d.]+)$/.exec(text(bytes, names + word(bytes, version + 8))) ?? []
      if (found !== undefined) newest = newer(newest, found)
      version += word(bytes, version + 12)
    }
  }
  return newest
}

function elf(bytes) {
  const [table, size, count] = [long(bytes, 40), bytes.readUInt16LE(58), bytes.readUInt16LE(60)]
  const section = (index) => {
    const at = table + index * size
    return {
      type: word(bytes, at + 4),
      from: long(bytes, at + 24),
      size: long(bytes, at + 32),
      strings: word(bytes, at + 40),
    }
  }
  const exports = []
  const libraries = []
  let oldest = null
  const used = [sectionDynamic, sectionDynamicSymbols, sectionVersions]
  for (const { type, from, size, strings } of Array.from({ length: count }, (_, i) => section(i))) {
    if (!used.includes(type)) continue
    const names = section(strings).from
    if (type === sectionVersions) {
      oldest = newestGlibc(bytes, from, names)
      continue
    }
    if (type === sectionDynamic) {
      for (let at = from; at < from + size; at += 16) {
        if (long(bytes, at) === dynamicNeeded)
          libraries.push(text(bytes, names + long(bytes, at + 8)))
      }
      continue
    }
    for (let at = from; at < from + size; at += 24) {
      const isDefined = bytes.readUInt16LE(at + 6) !== 0
      if (isDefined) exports.push(text(bytes, names + word(bytes, at)))
    }
  }
  const cpu = elfMachines[bytes.readUInt16LE(18)] ?? 'another processor'
  return { format: 'ELF', cpu, exports, libraries, oldest, isSigned: false }
}

const machMachines = { 0x0100_0007: 'x64', 0x0100_000c: 'arm64' }
const [loadSymbols, loadLibrary, loadSignature] = [0x02, 0x0c, 0x1d]
/** The oldest system stands in one of these, 12 or 8 bytes from the beginning. */
const [loadBuildVersion, loadOldestVersion] = [0x32, 0x24]
const [isStab, isExternal, kindMask] = [0xe0, 0x01, 0x0e]

function machO(bytes) {
  const exports = []
  const libraries = []
  let isSigned = false
  let oldest = null
  const version = (packed) => `${packed >>> 16}.${(packed >>> 8) & 0xff}`
  let at = 32
  for (let left = word(bytes, 16); left > 0; left--) {
    const command = word(bytes, at)
    if (command === loadSignature) isSigned = true
    else if (command === loadBuildVersion) oldest = version(word(bytes, at + 12))
    else if (command === loadOldestVersion) oldest = version(word(bytes, at + 8))
    else if (command === loadLibrary) libraries.push(text(bytes, at + word(bytes, at + 8)))
    else if (command === loadSymbols) {
      const [from, count, names] = [word(bytes, at + 8), word(bytes, at + 12), word(bytes, at + 16)]
      for (let symbol = from; symbol < from + 16 * count; symbol += 16) {
        const type = bytes.readUInt8(symbol + 4)
        const isDefined = (type & kindMask) !== 0
        if ((type & isStab) !== 0 || (type & isExternal) === 0 || !isDefined) continue
        // C names begin with an underscore there.
        exports.push(text(bytes, names + word(bytes, symbol)).replace(/^_/, ''))
      }
    }
    at += word(bytes, at + 4)
  }
  const cpu = machMachines[word(bytes, 4)] ?? 'another processor'
  return { format: 'Mach-O', cpu, exports, libraries, oldest, isSigned }
}

/** @returns its format, processor, exported names, needed libraries and `oldest` system; null where it is no library of these kinds */
export function describeBinary(bytes) {
  if (bytes.length < 64) return null
  if (word(bytes, 0) === 0xfeed_facf) return machO(bytes)
  // The magic, then: 64 bits, little-endian.
  if (bytes.toString('latin1', 0, 6) === '\x7fELF\x02\x01') return elf(bytes)
  return null
}

/** Why a binary is not what its target takes; null: it is. */
export function whyUnfit(bytes, target) {
  let binary
  try {
    binary = describeBinary(bytes)
  } catch {
    return 'is cut off'
  }
  const { format, cpu } = target.binary
  if (binary === null) return `is no ${format} library`
  if (binary.format !== format) return `is ${binary.format} and not ${format}`
  if (binary.cpu !== cpu) return `is for ${binary.cpu} and not for ${cpu}`
  if (!binary.exports.includes('napi_register_module_v1')) return 'exports no Node-API module'
  // macOS on arm64 loads nothing without a signature, be it one that names nobody.
  if (format === 'Mach-O' && cpu === 'arm64' && !binary.isSigned) return 'is not signed'
  const isMusl = target.triple.endsWith('-musl')
  const isForGlibc = binary.libraries.includes('libc.so.6')
  if (format === 'ELF' && isMusl === isForGlibc) {
    return `asks for ${binary.libraries.join(', ') || 'no C library'}`
  }
  if (target.oldest !== undefined && newer(binary.oldest, target.oldest) !== target.oldest) {
    return `asks for ${format === 'ELF' ? 'glibc' : 'macOS'} ${binary.oldest}, and not ${target.oldest}`
  }
  return null
}
