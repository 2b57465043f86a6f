/**
 * What the suites of this folder have in common. A suite is a module that calls `suite` once: with its steps, each a test of `node:test`, and
 * with what one of two processes does on a file that both have open. `run.mjs` starts it, and says by the environment what it is started for:
 *
 *   DRIVERS_ENGINE   `chorusdb`, or `better-sqlite3` for the control
 *   DRIVERS_WORK     set in the two processes of `processes`: the file, who of them it is, and how many rounds
 *   DRIVERS_ORACLE   a Node with `node:sqlite`, which looks at the files, where there is one
 */
import assert from 'node:assert/strict'
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const work = process.env.DRIVERS_WORK === undefined ? null : JSON.parse(process.env.DRIVERS_WORK)

/** Whether the suite runs on better-sqlite3 itself. */
export const isControl = process.env.DRIVERS_ENGINE === 'better-sqlite3'

/** How often each of the two processes inserts a row, and reads, changes and writes another. */
const rounds = 300

/** How long the two may take, in ms: there is a time after which what waits for a lock has been forgotten. */
const patience = 180_000

/** What `require('better-sqlite3')` answers, for suites whose driver wants to be given the class or a connection. */
export const Database = createRequire(import.meta.url)('better-sqlite3')

/** A folder that goes with the process. */
export function folder() {
  const path = mkdtempSync(join(tmpdir(), 'chorusdb-drivers-'))
  process.on('exit', () => rmSync(path, { recursive: true, force: true }))
  return path
}

const inspection = `
  const { DatabaseSync } = require('node:sqlite')
  const db = new DatabaseSync(process.argv[1])
  const rows = [...db.prepare('PRAGMA integrity_check').all(), ...db.prepare('PRAGMA foreign_key_check').all()]
  console.log(JSON.stringify(rows))
`

/** SQLite itself looks at a file that no process has open any more. */
export function inspect(file) {
  const node = process.env.DRIVERS_ORACLE
  if (node === undefined) return
  const env = { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' }
  const answer = execFileSync(node, ['-e', inspection, file], { env, encoding: 'utf8' })
  assert.deepEqual(JSON.parse(answer), [{ integrity_check: 'ok' }], file)
}

/** Two processes run the suite's `work` on `file`, from the same moment on; both must succeed. */
async function together(url, file) {
  const children = [0, 1].map((who) =>
    fork(fileURLToPath(url), {
      env: { ...process.env, DRIVERS_WORK: JSON.stringify({ file, who, rounds }) },
    }),
  )
  const ends = children.map((child) => once(child, 'exit'))
  const timer = setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), patience)
  await Promise.all(children.map((child, who) => Promise.race([once(child, 'message'), ends[who]])))
  for (const child of children) if (child.connected) child.send('go')
  const statuses = await Promise.all(ends)
  clearTimeout(timer)
  assert.deepEqual(
    statuses.map(([code, signal]) => code ?? signal),
    [0, 0],
  )
}

/**
 * @param {object} parts
 * @param {string} parts.url the suite's `import.meta.url`
 * @param {(step: typeof test) => void | Promise<void>} parts.steps what one process does
 * @param {object} parts.processes what two do with one file
 * @param {(file: string) => Promise<unknown>} parts.processes.prepare makes the schema, and a row with the number 0
 * @param {(task: {file: string, who: number, rounds: number, ready: () => Promise<void>}) => Promise<void>} parts.processes.work opens the file,
 *   calls `ready`, and makes `rounds` rows and `rounds` times the number one larger, in a transaction that has read it
 * @param {(file: string) => Promise<{rows: number, number: number}>} parts.processes.result what is there in the end
 */
export async function suite({ url, steps, processes }) {
  if (work !== null) {
    const ready = async () => {
      process.send('ready')
      await once(process, 'message')
      process.disconnect()
    }
    await processes.work({ ...work, ready })
    return
  }
  await test('better-sqlite3 is what it should be', () => {
    const isOurs = typeof Database.prototype.status === 'function'
    assert.equal(isOurs, !isControl)
  })
  await steps(test)
  await test('two processes lose nothing', async () => {
    const file = join(folder(), 'shared.db')
    await processes.prepare(file)
    await together(url, file)
    assert.deepEqual(await processes.result(file), { rows: 2 * rounds, number: 2 * rounds })
    inspect(file)
  })
}
