/**
 * The same sessions to our shell and to sqlite3: both must print the same bytes, to standard output and standard error, end with the same
 * status and leave the same files. sqlite3 changed its formats with 3.41 and again with 3.52, so only 3.40 is compared with.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'ava'
import { temporaryFolder } from '../support/temporary.ts'
import { play, shellCommand, sqliteVersion, type Answer } from './run-shell.ts'
import { scenarios, type Scenario } from './scenarios.ts'

const version = sqliteVersion()
const isComparable = version >= 3_040_000 && version < 3_041_000

interface Outcome extends Answer {
  readonly files: readonly (string | null)[]
}

type Command = (args: readonly string[]) => readonly [string, readonly string[]]

const sqlite: Command = (args) => ['sqlite3', args]

async function outcomeOf(
  command: Command,
  { args, input = '', files = {}, results = [] }: Scenario,
): Promise<Outcome> {
  const folder = temporaryFolder()
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  const { VISUAL: _, ...environment } = process.env
  const answer = await play(command(args), input, {
    cwd: folder,
    env: { ...environment, HOME: folder },
    encoding: 'latin1',
  })
  const read = (name: string): string | null => {
    const path = join(folder, name)
    return existsSync(path) ? readFileSync(path, 'latin1') : null
  }
  return { ...answer, files: results.map(read) }
}

/** Lines that begin with a dot, and options that stand before them. */
function commandsOf({ args, input = '' }: Scenario): string[] {
  const lines = [...args, ...String(input).split(/\r?\n/)]
  return lines.filter((line) => /^[.-]/.test(line))
}

test('shell: sessions hold commands enough', (t) => {
  const commands = new Set(scenarios.flatMap(commandsOf))
  t.true(commands.size >= 300, `${commands.size}`)
  t.is(new Set(scenarios.map(({ name }) => name)).size, scenarios.length)
})

/** Sessions that run at one time. */
const atOnce = 2

test('shell: sessions come out as from sqlite3', async (t) => {
  t.timeout(300_000)
  if (!isComparable) {
    t.log(`sqlite3 is ${version === 0 ? 'not here' : version}: not compared`)
    t.pass()
    return
  }
  const waiting = [...scenarios]
  const work = async (): Promise<void> => {
    for (let scenario = waiting.shift(); scenario !== undefined; scenario = waiting.shift()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const [ours, theirs] = await Promise.all([
        outcomeOf(shellCommand, scenario),
        outcomeOf(sqlite, scenario),
      ])
      const { name } = scenario
      t.is(ours.out, theirs.out, `${name}: standard output`)
      t.is(ours.errors, theirs.errors, `${name}: standard error`)
      t.is(ours.status, theirs.status, `${name}: status`)
      t.deepEqual(ours.files, theirs.files, `${name}: files`)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
})
