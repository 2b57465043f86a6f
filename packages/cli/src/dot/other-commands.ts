/** Commands that observe statements, and those that have no meaning here: they say so. */
import { textOfRow } from '../format/value.ts'
import { openFile, type Output } from '../output.ts'
import type { Shell } from '../shell.ts'
import { fail, messageOf, type Answer, type Call, type Command } from './command.ts'
import { helpFor, helpSummary } from './help.ts'
import { isOption, withOneDash } from './words.ts'

export const help: Command = {
  name: 'help',
  least: 2,
  run: ({ shell, args: [pattern] }) => {
    if (pattern === undefined) {
      shell.write(helpSummary())
      return
    }
    const { text, count } = helpFor(pattern)
    shell.write(count === 0 ? `Nothing matches '${pattern}'\n` : text)
  },
}

export const exit: Command = {
  name: 'exit',
  least: 2,
  run: ({ shell, args: [code] }) => {
    const status = code === undefined ? 0 : Number.parseInt(code, 10) || 0
    if (status !== 0) shell.leave(status & 0xff)
    return 'quit'
  },
}

export const quit: Command = { name: 'quit', least: 1, run: () => 'quit' }

/** A place for what is observed; null: nowhere. */
function observer(shell: Shell, file: string): Output | null {
  if (file === 'stdout') return shell.standardOutput
  if (file === 'stderr') return shell.standardError
  if (file === 'off') return null
  const out = openFile(file)
  if (out === null) shell.complain(`Error: cannot open "${file}"`)
  return out
}

function closeObserver(shell: Shell, out: Output | null): void {
  if (out !== null && out !== shell.standardOutput && out !== shell.standardError) out.close()
}

/** Where `.trace` and `.log` write; null: nowhere. */
let traceOutput: Output | null = null
let isExpanded = false

export const trace: Command = { name: 'trace', least: 1, run: setTrace }

function setTrace({ shell, args }: Call): Answer {
  for (const word of args) {
    if (isOption(word, 'expanded')) isExpanded = true
    else if (isOption(word, 'plain')) isExpanded = false
    else if (isOption(word, 'stmt')) continue
    else if (['profile', 'row', 'close'].some((name) => isOption(word, name))) {
      return fail(
        shell,
        `Error: "${word}" is not supported on ".trace": statements are told of when they begin`,
      )
    } else if (word.startsWith('-')) return fail(shell, `Unknown option "${word}" on ".trace"`)
    else {
      closeObserver(shell, traceOutput)
      traceOutput = observer(shell, args[0]!)
    }
  }
  const out = traceOutput
  shell.tracer =
    out === null
      ? null
      : (statement, sql) => {
          const values = isExpanded ? shell.parameterValues(sql) : []
          const text =
            values.length === 0
              ? statement.source
              : String(shell.prepare(`${sql} `).bind(...values))
          out.write(`${text.trim().replace(/;+$/, '')};\n`)
          out.flush()
        }
  return undefined
}

let logOutput: Output | null = null

export const log: Command = {
  name: 'log',
  least: 3,
  run: ({ shell, args }) => {
    const [file, ...others] = args
    if (file === undefined || others.length > 0) return fail(shell, 'Usage: .log FILENAME')
    closeObserver(shell, logOutput)
    const out = observer(shell, file)
    logOutput = out
    shell.logger =
      out === null
        ? null
        : (code, message) => {
            out.write(`(${code}) ${message}\n`)
            out.flush()
          }
    return undefined
  },
}

export const version: Command = {
  name: 'version',
  least: 1,
  run: ({ shell }) => {
    shell.print(`ChorusDB ${shell.version}`)
    shell.print(
      `SQLite ${String(shell.database.prepare('SELECT sqlite_version()').pluck().get())} file format and language`,
    )
    shell.print(`Node ${process.version}`)
  },
}

export const selftest: Command = { name: 'selftest', least: 4, run: runSelftest }

function runSelftest({ shell, name, args }: Call): Answer {
  let makes = false
  let isVerbose = false
  for (const word of args) {
    const option = withOneDash(word)
    if (option === '-init') makes = true
    else if (option === '-v') isVerbose = true
    else {
      return fail(shell, `Unknown option "${word}" on "${name}"\nShould be one of: --init -v`)
    }
  }
  const { database } = shell
  if (makes) makeSelftest(shell)
  const exists =
    database
      .prepare("SELECT 1 FROM main.sqlite_schema WHERE name = 'selftest' COLLATE nocase")
      .get() !== undefined
  let tests: [number, string | null, string | null, string | null][] = exists
    ? (database.prepare('SELECT tno,op,cmd,ans FROM selftest ORDER BY tno').raw().all() as never)
    : []
  tests = tests.filter(([, ...others]) => others.every((value) => value !== null))
  if (tests.length === 0) {
    tests = [
      [0, 'memo', 'Missing SELFTEST table - default checks only', ''],
      [1, 'run', 'PRAGMA integrity_check', 'ok'],
    ]
  }
  let count = 0
  let errors = 0
  for (const [number, operation, command, wanted] of tests) {
    if (isVerbose) shell.standardOutput.write(`${number}: ${operation} ${command}\n`)
    if (operation === 'memo') {
      shell.print(command!)
      continue
    }
    if (operation !== 'run') {
      shell.complain(`Unknown operation "${operation}" on selftest line ${number}`)
      break
    }
    count++
    let found = ''
    try {
      const statement = shell.prepare(command!)
      const rows = statement.raw().safeIntegers().all() as unknown[][]
      found = rows.map((row) => textOfRow(row, ',')).join('|')
      if (isVerbose) shell.print(`Result: ${found}`)
    } catch (error) {
      errors++
      shell.print(`${number}: error-code-1: ${messageOf(error)}`)
      continue
    }
    if (found === wanted) continue
    errors++
    shell.print(`${number}: Expected: [${wanted}]`)
    shell.print(`${number}:      Got: [${found}]`)
  }
  shell.print(`${errors} errors out of ${count} tests`)
  return errors > 0 ? 'failed' : undefined
}

/** A table of tests for what the database holds now. */
function makeSelftest(shell: Shell): void {
  const { database } = shell
  const hash = (sql: string): string =>
    shell.prepare('SELECT hex(sha3_query(?,224))').pluck().get(sql) as string
  try {
    database.transaction(() => {
      database.exec(
        'CREATE TABLE IF NOT EXISTS selftest(\n  tno INTEGER PRIMARY KEY,\n  op TEXT,\n  cmd TEXT,\n  ans TEXT\n);',
      )
      const names = database
        .prepare<[], string>(
          "SELECT name FROM sqlite_schema WHERE type='table' AND name<>'selftest' AND coalesce(rootpage,0)>0 ORDER BY name",
        )
        .pluck()
        .all()
      const tests: [string, string, string | null][] = [['memo', 'Tests generated by --init', null]]
      const add = (sql: string): void => {
        const text = sql.replaceAll("'", "''")
        tests.push(['run', `SELECT hex(sha3_query('${text}',224))`, hash(sql)])
      }
      // The table of tests is a part of the schema by then.
      add('SELECT type,name,tbl_name,sql FROM sqlite_schema ORDER BY 2')
      for (const name of names) add(`SELECT * FROM "${name.replaceAll('"', '""')}" NOT INDEXED`)
      tests.push(['run', 'PRAGMA integrity_check', 'ok'])
      const first = database
        .prepare<[], number>('SELECT coalesce((max(tno)+100)/10,10) FROM selftest')
        .pluck()
        .get()!
      const insert = database.prepare<unknown[]>(
        'INSERT INTO selftest(tno,op,cmd,ans) VALUES (?,?,?,?)',
      )
      for (const [i, test] of tests.entries()) insert.run((first + i) * 10, ...test)
    })()
  } catch (error) {
    shell.complain(`SELFTEST initialization failure: ${messageOf(error)}`)
  }
}

/** A command that has no meaning here, and why. */
function refused(name: string, least: number, why: string): Command {
  return {
    name,
    least,
    run: ({ shell }) => fail(shell, `Error: .${name} is not supported: ${why}`),
  }
}

export const auth: Command = refused(
  'auth',
  1,
  'the engine asks nobody whether a statement may run',
)
export const filectrl: Command = refused(
  'filectrl',
  1,
  'it speaks to a VFS of SQLite, of which there is none',
)
export const imposter: Command = refused('imposter', 3, 'an index is read as an index alone')
export const load: Command = refused(
  'load',
  1,
  "an engine in JavaScript runs no machine code of SQLite's; db.function() and db.table() extend it",
)
export const progressHandler: Command = refused(
  'progress',
  3,
  'there are no virtual machine steps to count; Ctrl-C interrupts a statement',
)
export const scanstats: Command = {
  name: 'scanstats',
  least: 2,
  run: ({ shell, args }) => {
    if (args.length !== 1) return fail(shell, 'Usage: .scanstats on|off')
    shell.complain('Warning: .scanstats not available in this build.')
    return undefined
  },
}
export const session: Command = refused('session', 3, 'changes are not recorded')
export const testctrl: Command = refused('testctrl', 8, 'it speaks to the tests inside of SQLite')
export const vfsinfo: Command = refused('vfsinfo', 4, 'there is no VFS of SQLite')
export const vfslist: Command = refused('vfslist', 4, 'there is no VFS of SQLite')
export const vfsname: Command = refused('vfsname', 4, 'there is no VFS of SQLite')

export const nonce: Command = {
  name: 'nonce',
  least: 5,
  run: ({ shell, args }) => {
    const [word, ...others] = args
    if (word === undefined || others.length > 0) return fail(shell, 'Usage: .nonce NONCE')
    if (shell.nonce === null || shell.nonce !== word) {
      shell.complain(`line ${shell.lineNumber}: incorrect nonce: "${word}"`)
      shell.leave(1)
    }
    shell.isSafe = false
    shell.keepsNonce = true
    return undefined
  },
}
