/** The dot commands: which one a line means, in sqlite3's order of looking, and how it runs. */
import type { Outcome } from '../input.ts'
import type { Shell } from '../shell.ts'
import { messageOf, type Command } from './command.ts'
import * as data from './data-commands.ts'
import * as database from './database-commands.ts'
import * as files from './file-commands.ts'
import * as other from './other-commands.ts'
import * as rare from './rare-commands.ts'
import * as schema from './schema-commands.ts'
import * as setting from './setting-commands.ts'
import { readWords } from './words.ts'

/** The first of them whose name begins as was typed, with enough letters, is meant. */
const commands: readonly Command[] = [
  other.auth,
  rare.archive,
  data.backup,
  setting.bail,
  setting.binary,
  files.cd,
  setting.changes,
  files.check,
  data.clone,
  { ...data.clone, least: 1 },
  database.connection,
  schema.databases,
  database.dbconfig,
  database.dbinfo,
  rare.recover,
  data.dump,
  setting.echo,
  setting.eqp,
  { ...other.exit, least: 1 },
  setting.explain,
  rare.expert,
  other.filectrl,
  schema.fullSchema,
  setting.headers,
  { ...other.help, least: 1 },
  data.importCommand,
  { ...other.imposter, least: 1 },
  database.limit,
  schema.lint,
  other.load,
  { ...other.log, least: 1 },
  setting.mode,
  other.nonce,
  setting.nullValue,
  data.open,
  files.output,
  { ...files.once, least: 1 },
  files.excel,
  data.parameter,
  files.print,
  other.progressHandler,
  setting.prompt,
  other.quit,
  files.read,
  data.restore,
  data.save,
  { ...other.scanstats, least: 1 },
  { ...schema.schema, least: 1 },
  other.session,
  other.selftest,
  setting.separator,
  data.sha3sum,
  files.shellCommand,
  files.system,
  setting.show,
  { ...setting.stats, least: 1 },
  schema.tables,
  schema.indices,
  schema.indexes,
  files.testCase,
  other.testctrl,
  setting.timeout,
  setting.timer,
  other.trace,
  other.version,
  other.vfsinfo,
  other.vfslist,
  other.vfsname,
  setting.width,
  database.locks,
  database.processes,
  database.wal,
]

/** Commands that reach outside of the database. */
const unsafe: ReadonlySet<Command['run']> = new Set(
  [
    rare.archive,
    data.backup,
    files.cd,
    data.clone,
    data.importCommand,
    other.log,
    files.output,
    files.once,
    files.read,
    data.restore,
    data.save,
    files.shellCommand,
    other.trace,
  ].map(({ run }) => run),
)

/** Runs one dot command; `line` begins with the dot. */
export async function runDotCommand(shell: Shell, line: string): Promise<Outcome> {
  shell.interceptor = null
  const [name, ...args] = readWords(line.slice(1))
  if (name === undefined) return 'done'
  const command = commands.find(
    ({ name: known, least }) => name.length >= least && known.startsWith(name),
  )
  let outcome: Outcome
  if (command === undefined) {
    shell.complain(
      `Error: unknown command or invalid arguments:  "${name}". Enter ".help" for help`,
    )
    outcome = 'failed'
  } else outcome = await run(shell, command, name, args)
  if (shell.outCount > 0) {
    shell.outCount--
    if (shell.outCount === 0) shell.resetOutput()
  }
  shell.endCommand()
  return outcome
}

async function run(
  shell: Shell,
  command: Command,
  name: string,
  args: readonly string[],
): Promise<Outcome> {
  if (shell.isSafe && unsafe.has(command.run)) {
    shell.leaveSafely(`cannot run .${name} in safe mode`)
  }
  try {
    return (await command.run({ shell, name, args, dotCommands: runDotCommand })) ?? 'done'
  } catch (error) {
    shell.complain(`Error: ${messageOf(error)}`)
    return 'failed'
  }
}
