/** What the shell adds to SQL, as sqlite3's does: functions on files, hashes, regular expressions. Each comes when a statement first names it. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Database } from '../../engine/src/index.ts'
import { contentHash, sha3 } from './sha3.ts'
import { sqlError } from './shell-error.ts'

/** For whom they are. */
interface Owner {
  readonly database: Database
  readonly isSafe: boolean
  print(line: string): void
  leaveSafely(message: string): never
}

/** Defines one function, or what belongs together. */
type Define = (database: Database, shell: Owner) => void

/** What was added to a connection already. */
const added = new WeakMap<Database, Set<string>>()

/** Adds what a message says is missing. @returns whether the statement may be tried again */
export function addShellFunctions(shell: Owner, message: string): boolean {
  const name = /^no such (?:function|collation sequence): (\w+)$/.exec(message)?.[1]?.toLowerCase()
  if (name === undefined) return false
  const define = definitions[name]
  if (define === undefined) return false
  if (shell.isSafe && forbiddenInSafeMode.has(name))
    shell.leaveSafely(`cannot use the ${name}() function in safe mode`)
  const { database } = shell
  const known = added.get(database) ?? new Set()
  added.set(database, known)
  if (known.has(name)) return false
  known.add(name)
  define(database, shell)
  return true
}

/** Their names, for completion. */
export function shellFunctionNames(): string[] {
  return Object.keys(definitions).filter((name) => name !== 'uint')
}

const forbiddenInSafeMode: ReadonlySet<string> = new Set(['edit', 'readfile', 'writefile'])

const pure = { deterministic: true, safeIntegers: true }
const variable = { ...pure, varargs: true }

const definitions: Readonly<Record<string, Define>> = {
  readfile: (database) => database.function('readfile', { directOnly: true }, readFile),
  writefile: (database) =>
    database.function('writefile', { directOnly: true, varargs: true }, writeFile),
  lsmode: (database) => database.function('lsmode', pure, modeText),
  edit: (database) => database.function('edit', { directOnly: true, varargs: true }, edit),
  regexp: (database) =>
    database.function('regexp', pure, (pattern, text) => matches(pattern, text, '')),
  regexpi: (database) =>
    database.function('regexpi', pure, (pattern, text) => matches(pattern, text, 'i')),
  sha3: (database) => database.function('sha3', variable, hashOf),
  sha3_query: (database) =>
    database.function(
      'sha3_query',
      { varargs: true, reentrant: true, directOnly: true },
      (sql, size) => (sql === null ? null : contentHash(database, String(sql), sizeOf(size))),
    ),
  usleep: (database) => database.function('usleep', usleep),
  shell_putsnl: (database, shell) =>
    database.function('shell_putsnl', (text: unknown) => {
      shell.print(String(text))
      return text
    }),
  uint: (database) => database.collation('uint', compareWithNumbers),
}

function readFile(name: unknown): Buffer | null {
  try {
    return readFileSync(String(name))
  } catch {
    return null
  }
}

const kindMask = 0o170000
const folderKind = 0o040000
const linkKind = 0o120000

function writeFile(name: unknown, data: unknown, mode: unknown, time: unknown): bigint | null {
  if (name === undefined || data === undefined) {
    throw sqlError('wrong number of arguments to function writefile()')
  }
  const path = String(name)
  const bits = typeof mode === 'number' ? mode : 0
  try {
    return writeKind(path, data, bits, time)
  } catch {
    try {
      mkdirSync(dirname(path), { recursive: true })
      return writeKind(path, data, bits, time)
    } catch {
      throw sqlError(
        (bits & kindMask) === linkKind
          ? `failed to create symlink: ${path}`
          : `failed to write file: ${path}`,
      )
    }
  }
}

function writeKind(path: string, data: unknown, bits: number, time: unknown): bigint | null {
  const kind = bits & kindMask
  let size: bigint | null = null
  if (kind === folderKind) mkdirSync(path, { recursive: true })
  else if (kind === linkKind) symlinkSync(String(data), path)
  else {
    const bytes =
      data === null
        ? Buffer.alloc(0)
        : data instanceof Uint8Array
          ? data
          : Buffer.from(String(data))
    writeFileSync(path, bytes)
    size = BigInt(bytes.length)
  }
  if (kind !== linkKind && (bits & 0o777) !== 0) chmodSync(path, bits & 0o777)
  if (kind !== linkKind && typeof time === 'number') utimesSync(path, time, time)
  return size
}

/** The bits of a file's mode as `ls` shows them. */
export function modeText(given: unknown): string {
  const mode = Number(given)
  const kind = mode & kindMask
  const first = kind === linkKind ? 'l' : kind === 0o100000 ? '-' : kind === folderKind ? 'd' : '?'
  const letters = 'rwxrwxrwx'
  return (
    first + [...letters].map((letter, i) => ((mode & (1 << (8 - i))) === 0 ? '-' : letter)).join('')
  )
}

function edit(value: unknown, given: unknown): unknown {
  const editor = given ?? process.env['VISUAL']
  if (editor === undefined || editor === null) throw sqlError('no editor for edit()')
  if (value === null || value === undefined) throw sqlError('NULL input to edit()')
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-'))
  const file = join(folder, 'edit')
  try {
    const isBlob = value instanceof Uint8Array
    writeFileSync(file, isBlob ? value : String(value))
    const { status } = spawnSync('/bin/sh', ['-c', `${String(editor)} "${file}"`], {
      stdio: 'inherit',
    })
    if (status !== 0) throw sqlError('EDITOR returned non-zero')
    return isBlob ? readFileSync(file) : readFileSync(file, 'utf8')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const expressions = new Map<string, RegExp>()

function matches(pattern: unknown, text: unknown, flags: string): bigint | null {
  if (pattern === null || text === null) return null
  const key = `${flags}/${String(pattern)}`
  let expression = expressions.get(key)
  if (expression === undefined) {
    try {
      expression = new RegExp(String(pattern), `su${flags}`)
    } catch {
      throw sqlError(`unknown pattern: ${String(pattern)}`)
    }
    expressions.set(key, expression)
  }
  return expression.test(String(text)) ? 1n : 0n
}

function sizeOf(size: unknown): number {
  if (size === undefined) return 256
  const bits = Number(size)
  if (![224, 256, 384, 512].includes(bits)) {
    throw sqlError('SHA3 size should be one of: 224 256 384 512')
  }
  return bits
}

function hashOf(value: unknown, size: unknown): Buffer | null {
  const bits = sizeOf(size)
  if (value === null) return null
  return sha3(value instanceof Uint8Array ? value : Buffer.from(String(value), 'utf8'), bits)
}

const sleeper = new Int32Array(new SharedArrayBuffer(4))

function usleep(microseconds: unknown): bigint {
  const time = Number(microseconds)
  Atomics.wait(sleeper, 0, 0, Math.floor(time / 1000))
  return BigInt(Math.trunc(time))
}

/** Texts in which digits count as numbers: `a2` before `a10`. */
function compareWithNumbers(left: string, right: string): number {
  const parts = (text: string): string[] => text.match(/\d+|\D/gsu) ?? []
  const a = parts(left)
  const b = parts(right)
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [x, y] = [a[i]!, b[i]!]
    if (x === y) continue
    if (/^\d/.test(x) && /^\d/.test(y)) {
      const [p, q] = [BigInt(x), BigInt(y)]
      if (p !== q) return p < q ? -1 : 1
      continue
    }
    return x < y ? -1 : 1
  }
  return a.length - b.length
}
