/** An installed package whose binary is not there, or is no binary for this machine. */
import assert from 'node:assert/strict'
import {
  chmodSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'

const missing = (name) =>
  new RegExp(
    `^unable to open database file \\(the native addon for ${name} is missing: there is no prebuilds/\\S+\\.node ` +
      "in /.*/node_modules/chorusdb; install the package 'chorusdb' anew on this platform\\)$",
  )
const unloadable = (why) =>
  new RegExp(
    '^unable to open database file \\(the native addon for \\S+( with (glibc|musl))? does not load, ' +
      `/[^:]*/tshm\\S*\\.node: [^/]*${why}[^/]*; install the package 'chorusdb' anew on this platform\\)$`,
  )

/** The binary with a word in it changed. */
function changed(bytes, change) {
  const copy = Buffer.from(bytes)
  change(copy)
  return copy
}

/** @returns what is wrong with the binary, what is done to it, and the sentence that says so */
function cases() {
  const { platform, arch } = process
  const found = [
    {
      name: 'no binary',
      spoil: (path) => rmSync(path),
      sentence: missing(`${platform}-${arch}.*`),
    },
    {
      name: 'what is no binary',
      spoil: (path) => writeFileSync(path, 'This is no library. '.repeat(100)),
      sentence: unloadable(''),
    },
    {
      name: 'another architecture',
      spoil: () => {},
      env: { npm_config_arch: 'riscv64' },
      sentence: new RegExp(
        `there is no native addon for ${platform}-riscv64.*, only for darwin-arm64, `,
      ),
    },
  ]
  if (platform === 'linux') {
    const machine = arch === 'x64' ? 183 : 62
    found.push(
      {
        name: 'a binary for another processor',
        spoil: (path, bytes) =>
          writeFileSync(
            path,
            changed(bytes, (copy) => void copy.writeUInt16LE(machine, 18)),
          ),
        sentence: unloadable(''),
      },
      {
        name: 'a binary for another C library',
        spoil: (path, bytes) =>
          writeFileSync(
            path,
            changed(bytes, (copy) => void copy.write('9', copy.indexOf('libc.so.6\0') + 8)),
          ),
        sentence: unloadable('libc\\.so\\.9'),
      },
    )
  }
  return found
}

/** The one binary of the package that this machine would load. */
function binaryIn(app) {
  const { platform, arch } = process
  const folder = join(app, 'node_modules', 'chorusdb', 'prebuilds', `${platform}-${arch}`)
  const names = readdirSync(folder)
  const isMusl = platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
  const name = names.find((each) => !each.includes(isMusl ? 'glibc' : 'musl'))
  return join(folder, name)
}

/** Copies an application, spoils the addon of the copy in each way, and asks every entry. */
export async function* withoutAddon(sandbox, app) {
  for (const { name, spoil, env = {}, sentence } of cases()) {
    yield [
      name,
      async () => {
        const copy = join(sandbox.folder, `ohne ${name}`)
        cpSync(app, copy, { recursive: true, verbatimSymlinks: true })
        const modules = join(copy, 'node_modules', 'chorusdb')
        rmSync(join(modules, 'dist', '.cache'), { recursive: true, force: true })
        const path = binaryIn(copy)
        const bytes = readFileSync(path)
        spoil(path, bytes)
        writeFileSync(join(copy, 'da.db'), readFileSync(join(app, 'Kopie.db')))
        await ask(sandbox, copy, env, sentence)
        if (existsSync(path)) chmodSync(path, 0o644)
        rmSync(copy, { recursive: true })
      },
    ]
  }
}

async function ask(sandbox, cwd, env, sentence) {
  const { stdout } = await sandbox.runs('node', ['without-addon.mjs'], { cwd, env })
  for (const [entry, answer] of Object.entries(JSON.parse(stdout))) {
    assert.match(answer.message ?? answer, sentence, entry)
    assert.ok(answer.isOurs, entry)
    const isSync = entry.includes('DatabaseSync')
    assert.equal(answer.code, isSync ? 'ERR_SQLITE_ERROR' : 'SQLITE_CANTOPEN', entry)
  }
  const shell = (...args) =>
    sandbox.runs(join(cwd, 'node_modules/.bin/chorusdb'), args, { cwd, env, mayFail: true })
  const memory = await shell(':memory:', '.mode list', 'SELECT 5')
  assert.deepEqual([memory.status, memory.stdout], [0, '5\n'], memory.stderr)
  for (const args of [
    ['neu.db', 'SELECT 5'],
    ['status', 'da.db'],
  ]) {
    const { status, stderr } = await shell(...args)
    assert.equal(status, 1, args[0])
    assert.match(
      stderr.trim().replace(/^Error: (unable to open database "neu\.db": )?/, ''),
      sentence,
    )
    assert.doesNotMatch(stderr, /^ +at /m)
  }
}
