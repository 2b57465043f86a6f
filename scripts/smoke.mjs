/**
 * Several processes write and read one database at once through the package as it is installed, some are killed with SIGKILL and replaced; nothing
 * that was acknowledged may be missing, sums must be right in every transaction, and `integrity_check` at the end.
 *
 *   node scripts/smoke.mjs [--rows 60]
 *
 * runs it on this machine's own binary, in a second or two. `npm run cross` runs it on those of other platforms. It is small, since emulated
 * processes are slow: what there is to find about processes, the tests find; this finds binaries and systems that do not work together.
 */
import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { root, setUp } from './setup.mjs'
import { installPackage } from './smoke/package.mjs'

const writers = 3
/** What has not ended by then hangs. An emulated process takes some seconds to start. */
const limitMs = 600_000

/** A process that runs. `lines` are those that it has printed, `ended` is its signal or status. */
function start(node, folder, args, onLine = () => {}) {
  const [command, ...first] = [...node, 'process.mjs', ...args]
  const child = spawn(command, first, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  const started = { child, lines: [], errors: '', ended: null }
  const timer = setTimeout(() => {
    started.errors += `still running after ${limitMs / 1000} seconds`
    child.kill('SIGKILL')
  }, limitMs)
  let rest = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()
    for (const line of lines) {
      started.lines.push(line)
      onLine(line)
    }
  })
  child.stderr.setEncoding('utf8').on('data', (text) => (started.errors += text))
  started.ended = new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve(signal ?? code)
    })
  })
  return started
}

/**
 * One writer after the other under one number. Those that are to be killed write until it happens, when they have acknowledged the row of
 * `killAt`; the last one stops at `rows`, or where they have come to.
 * @returns the problems found, how many were killed, and how many rows there must be
 */
async function runWriter(node, folder, writer, rows, killAt) {
  let acknowledged = 0
  let wanted = rows
  for (const [index, ends] of [...killAt, null].entries()) {
    let from = null
    const goal = ends === null ? rows : Infinity
    const started = start(node, folder, ['write', 'smoke.db', writer, goal], (line) => {
      if (from === null) from = Number(line.replace('from ', ''))
      else acknowledged = Number(line)
      if (ends !== null && acknowledged >= ends) started.child.kill('SIGKILL')
    })
    const before = acknowledged
    const ended = await started.ended
    const answer = (...problems) => ({ problems, killed: index, rows: wanted })
    // The commit in which a process was killed counts whole or not at all.
    if (from !== null && (from < before || from > before + 1)) {
      return answer(`writer ${writer} found ${from} rows, having written ${before}`)
    }
    if (ended !== (ends === null ? 0 : 'SIGKILL') || started.errors !== '') {
      return answer(`writer ${writer} ended with ${ended}: ${started.errors}`)
    }
    wanted = Math.max(rows, from ?? 0)
    if (ends === null) return answer()
  }
}

async function runOnce(node, folder, args) {
  const started = start(node, folder, args)
  const ended = await started.ended
  const problems = ended === 0 ? [] : [`${args[0]} ended with ${ended}: ${started.errors}`]
  return { problems, answer: started.lines.join('\n') }
}

async function runIn(folder, node, rows) {
  const created = await runOnce(node, folder, ['create', 'smoke.db'])
  if (created.problems.length > 0) return created
  // The last writer lives; the others die once or twice, at different times.
  const kills = (writer) => [1, 2].slice(writer).map((part) => Math.floor((rows * part) / 3))
  const numbers = Array.from({ length: writers }, (_, writer) => writer)
  const results = await Promise.all(
    numbers.map((writer) => runWriter(node, folder, writer, rows, kills(writer))),
  )
  const problems = results.flatMap((result) => result.problems)
  const checked = await runOnce(node, folder, ['check', 'smoke.db'])
  if (checked.problems.length > 0) return { problems: [...problems, ...checked.problems] }
  const { found, ledger, platform, arch, version } = JSON.parse(checked.answer)
  const expected = results.map((result, writer) => ({
    writer,
    rows: result.rows,
    first: 1,
    last: result.rows,
  }))
  if (JSON.stringify(ledger) !== JSON.stringify(expected)) {
    found.push(`the ledger is ${JSON.stringify(ledger)}, and not ${JSON.stringify(expected)}`)
  }
  const total = (field) => results.reduce((sum, result) => sum + result[field], 0)
  const host = `${platform} ${arch}, Node ${version}`
  return { problems: [...problems, ...found], killed: total('killed'), rows: total('rows'), host }
}

/**
 * @param options `node`: the command that runs a script, as words; `addon`: the binary, to be tried at its place below `prebuilds/`
 * @returns what went wrong
 */
export async function runSmoke({ name, node, addon, prebuild, rows = 60 }) {
  const begin = performance.now()
  const folder = mkdtempSync(join(tmpdir(), 'chorusdb-smoke-'))
  try {
    installPackage(folder, addon, prebuild)
    copyFileSync(join(root, 'scripts/smoke/process.mjs'), join(folder, 'process.mjs'))
    const { problems, killed, rows: written, host } = await runIn(folder, node, rows)
    const seconds = ((performance.now() - begin) / 1000).toFixed(1)
    if (problems.length === 0) {
      console.log(
        `smoke: ${name} (${host}): ${writers} processes at once wrote ${written} rows, ${killed} were killed and replaced, ` +
          `sums are exact, integrity_check ok, ${seconds} s`,
      )
    }
    return problems
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { rows: { type: 'string', default: '60' } } })
  setUp()
  const problems = await runSmoke({
    name: 'this machine',
    node: [process.execPath],
    addon: join(root, 'build/Release/tshm.node'),
    prebuild: `${process.platform}-${process.arch}/tshm.node`,
    rows: Number(values.rows),
  })
  for (const problem of problems) console.error(`smoke: ${problem}`)
  process.exit(problems.length === 0 ? 0 : 1)
}
