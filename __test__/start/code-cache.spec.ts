/**
 * What V8 has compiled, kept between processes: who takes it, who does not, and where it lies. A copy of the package's files is loaded by processes of their
 * own. Whether one has taken the cache is seen by its answer: in the cache's copy of the source another version number is written, in a function
 * that no cache holds compiled.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import {
  checkOf,
  headOf,
  type Header as CacheHeader,
} from '../../packages/engine/src/start/code-cache.ts'
import { temporaryFolder } from '../support/temporary.ts'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))
const user = process.geteuid!()

/** A package of its own, and where its processes keep temporary files. */
interface Package {
  readonly folder: string
  readonly temporary: string
}

function newPackage(): Package {
  const folder = temporaryFolder()
  for (const name of readdirSync(dist).filter((file) => /\.c?js$/.test(file))) {
    copyFileSync(join(dist, name), join(folder, name))
  }
  return { folder, temporary: temporaryFolder() }
}

const first =
  "db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)'); say(db.prepare('SELECT * FROM t').all())"
const asksVersion = "say(db.prepare('SELECT sqlite_version()').pluck().get())"

/** Runs a program in a process of its own; what it says. */
function run(
  t: ExecutionContext,
  { folder, temporary }: Package,
  program: string,
  environment: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): unknown {
  const script = `
    const Database = require(${JSON.stringify(join(folder, 'index.cjs'))})
    const say = (answer) => process.stdout.write(JSON.stringify(answer))
    const db = new Database(':memory:')
    ${program}`
  const path = join(temporary, 'program.cjs')
  writeFileSync(path, script)
  const { NODE_V8_COVERAGE: _, NODE_OPTIONS: _options, ...inherited } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [...args, path], {
    env: { ...inherited, TMPDIR: temporary, ...environment },
    encoding: 'utf8',
  })
  t.is(status, 0, stderr)
  return JSON.parse(stdout)
}

function filesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

const besidePackage = ({ folder }: Package): string => join(folder, '.cache')

type Header = { -readonly [name in keyof CacheHeader]: CacheHeader[name] }

/** Changes a file of the cache, which stays one. */
function change(path: string, edit: (body: Buffer, header: Header) => void): void {
  const bytes = readFileSync(path)
  const end = bytes.indexOf(10)
  const header = JSON.parse(bytes.toString('latin1', 0, end)) as Header
  const body = bytes.subarray(end + 1)
  edit(body, header)
  writeFileSync(path, Buffer.concat([Buffer.from(headOf(header)), body]))
}

const version = /(?<=sqliteVersion\s*=\s*")3\.\d+\.\d+(?=")/

/** The cache's copy of the source names another version; the code that V8 has compiled of that line is let go. */
function mark(path: string): void {
  change(path, (body, header) => {
    const source = body.toString('latin1', header.data)
    const { index, 0: text } = version.exec(source)!
    const other = '3.00.0'.padEnd(text.length, '0').slice(0, text.length)
    body.write(other, header.data + index, 'latin1')
    // The constant is in V8's data too, as text.
    const place = body.indexOf(Buffer.from(text))
    if (place < header.data) body.write(other, place, 'latin1')
    header.dataCheck = checkOf(body.subarray(0, header.data))
    header.sourceCheck = checkOf(body.subarray(header.data))
  })
}

/** A package with a cache that shows when it is taken. */
function withMarkedCache(t: ExecutionContext): { readonly made: Package; readonly path: string } {
  const made = newPackage()
  t.deepEqual(run(t, made, first), [{ a: 1 }])
  const [path] = filesIn(besidePackage(made))
  mark(path!)
  return { made, path: path! }
}

const isMarked = (answer: unknown): boolean => String(answer).startsWith('3.00')

test('code cache: a process that has compiled something leaves one, and the next takes it', (t) => {
  const { made, path } = withMarkedCache(t)
  t.is(statSync(path).mode & 0o777, 0o644)
  t.true(isMarked(run(t, made, asksVersion)))
  t.deepEqual(filesIn(join(made.temporary, `chorusdb-${user}`)), [])
})

test('code cache: who only imports leaves none, and who does nothing new leaves it as it is', (t) => {
  const made = newPackage()
  run(t, made, 'say(1)')
  t.deepEqual(filesIn(besidePackage(made)), [])
  run(t, made, first)
  const [path] = filesIn(besidePackage(made))
  const before = statSync(path!)
  run(t, made, first)
  t.is(statSync(path!).ino, before.ino)
})

test('code cache: a package that is removed while it is used does not come back', (t) => {
  const made = newPackage()
  const remove = `require('node:fs').rmSync(${JSON.stringify(made.folder)}, { recursive: true })`
  t.deepEqual(run(t, made, `${first}; ${remove}`), [{ a: 1 }])
  t.false(existsSync(made.folder))
  t.deepEqual(filesIn(join(made.temporary, `chorusdb-${user}`)), [])
})

test('code cache: what is new is added to what was there', (t) => {
  const made = newPackage()
  run(t, made, first)
  const [path] = filesIn(besidePackage(made))
  const usedIn = (): readonly string[] => {
    let used: readonly string[] = []
    change(path!, (_, header) => (used = header.used))
    return used
  }
  const before = usedIn()
  run(t, made, "say(db.prepare('SELECT count(*) FROM (VALUES (1), (2)) GROUP BY column1').all())")
  const after = usedIn()
  t.deepEqual(after.slice(0, before.length), before)
  t.true(after.includes('aggregate'))
})

test('code cache: what others may write to is not taken', (t) => {
  const { made, path } = withMarkedCache(t)
  chmodSync(path, 0o664)
  t.false(isMarked(run(t, made, asksVersion)))
  // It has been replaced by one of our own.
  t.is(statSync(path).mode & 0o777, 0o644)
})

test("code cache: another user's is not taken, but for that of the package's owner", (t) => {
  if (user !== 0) {
    t.log('only root can give files away')
    t.pass()
    return
  }
  const { made, path } = withMarkedCache(t)
  chownSync(path, 12_345, 12_345)
  t.false(isMarked(run(t, made, asksVersion)))
  mark(path)
  for (const file of [...filesIn(made.folder), path].filter((name) => name.includes('engine-'))) {
    chownSync(file, 12_345, 12_345)
  }
  t.true(isMarked(run(t, made, asksVersion)))
})

for (const [name, damage] of [
  ['a lost block', (bytes: Buffer) => bytes.fill(0, bytes.length >> 1, (bytes.length >> 1) + 4096)],
  ['a lost end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 4096)],
  ['nothing in it', () => Buffer.alloc(0)],
  ['no header', (bytes: Buffer) => bytes.fill(0x20, 0, 100)],
] as const) {
  test(`code cache: one with ${name} is not taken, and is made anew`, (t) => {
    const { made, path } = withMarkedCache(t)
    writeFileSync(path, damage(readFileSync(path)))
    t.false(isMarked(run(t, made, asksVersion)))
    t.deepEqual(run(t, made, first), [{ a: 1 }])
    mark(path)
    t.true(isMarked(run(t, made, asksVersion)))
  })
}

test('code cache: it is not taken once the file of the engine has changed', (t) => {
  const { made } = withMarkedCache(t)
  const engine = filesIn(made.folder).find((path) => path.includes('engine-'))!
  const now = new Date()
  utimesSync(engine, now, now)
  t.false(isMarked(run(t, made, asksVersion)))
})

test('code cache: where the package cannot be written to, it lies in the folder for temporary files', (t) => {
  const made = newPackage()
  writeFileSync(besidePackage(made), 'no folder')
  run(t, made, first)
  const own = join(made.temporary, `chorusdb-${user}`)
  t.is(statSync(own).mode & 0o777, 0o700)
  const [path] = filesIn(own)
  t.is(statSync(path!).mode & 0o777, 0o600)
  mark(path!)
  t.true(isMarked(run(t, made, asksVersion)))
  // Others may have put it there.
  chmodSync(own, 0o777)
  t.false(isMarked(run(t, made, asksVersion)))
})

test('code cache: V8 under other flags has its own', (t) => {
  const { made } = withMarkedCache(t)
  t.false(isMarked(run(t, made, asksVersion, {}, ['--stack-size=900'])))
  t.is(filesIn(besidePackage(made)).length, 2)
  // Node's own options are none of V8's.
  t.true(
    isMarked(
      run(t, made, asksVersion, { NODE_OPTIONS: '--enable-source-maps' }, ['--no-warnings']),
    ),
  )
})

test('code cache: eight are kept', (t) => {
  const { made, path } = withMarkedCache(t)
  for (let i = 0; i < 10; i++) {
    const old = join(besidePackage(made), `engine-${i}.code`)
    copyFileSync(path, old)
    utimesSync(old, i, i)
  }
  run(t, made, asksVersion, {}, ['--stack-size=900'])
  const kept = filesIn(besidePackage(made))
  t.is(kept.length, 8)
  t.true(kept.includes(path))
})

for (const [name, environment] of [
  ['NODE_DISABLE_COMPILE_CACHE', { NODE_DISABLE_COMPILE_CACHE: '1' }],
  ['coverage', { NODE_V8_COVERAGE: 'coverage' }],
] as const) {
  test(`code cache: there is none with ${name}`, (t) => {
    const made = newPackage()
    const given =
      'NODE_V8_COVERAGE' in environment
        ? { NODE_V8_COVERAGE: join(made.temporary, 'coverage') }
        : environment
    t.deepEqual(run(t, made, first, given), [{ a: 1 }])
    t.deepEqual(filesIn(besidePackage(made)), [])
    t.deepEqual(filesIn(join(made.temporary, `chorusdb-${user}`)), [])
  })
}

test('code cache: where an application keeps Node’s own, it lies there too', (t) => {
  const made = newPackage()
  const chosen = join(made.temporary, 'chosen')
  mkdirSync(chosen)
  run(t, made, first, { NODE_COMPILE_CACHE: chosen })
  const isKnown = 'enableCompileCache' in process.getBuiltinModule('node:module')
  const code = readdirSync(chosen, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.code'),
  )
  t.is(code.length, isKnown ? 1 : 0)
  t.is(filesIn(besidePackage(made)).length, isKnown ? 0 : 1)
})
