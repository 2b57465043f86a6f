/** Commands about connections, what is known of a database's file, and who else has it open. */
import { closeSync, openSync, readSync } from 'node:fs'
import { status } from '../../../engine/src/index.ts'
import { connectionCount } from '../connections.ts'
import { quotedName } from '../format/quote.ts'
import type { Shell } from '../shell.ts'
import { describeLog, describeProcesses, describeLocks } from '../status.ts'
import { booleanOf, fail, messageOf, type Answer, type Call, type Command } from './command.ts'
import { integerOf } from './words.ts'

export const connection: Command = { name: 'connection', least: 2, run: runConnection }

function runConnection({ shell, args }: Call): Answer {
  const { connections } = shell
  const [first, second] = args
  const isPlace = (word: string | undefined): word is string => /^\d$/.test(word ?? '')
  if (args.length === 0) {
    for (let i = 0; i < connectionCount; i++) {
      const text = connections.describe(i)
      if (text === null) continue
      shell.standardOutput.write(
        `${i === connections.active ? 'ACTIVE' : '      '} ${i}: ${text}\n`,
      )
    }
    return undefined
  }
  if (args.length === 1 && isPlace(first)) {
    if (Number(first) < connectionCount) connections.activate(Number(first))
    return undefined
  }
  if (args.length === 2 && first === 'close' && isPlace(second)) {
    const place = Number(second)
    if (place >= connectionCount) return undefined
    if (place === connections.active) {
      return fail(shell, 'cannot close the active database connection')
    }
    connections.close(place)
    return undefined
  }
  return fail(shell, 'Usage: .connection [close] [CONNECTION-NUMBER]')
}

export const dbinfo: Command = { name: 'dbinfo', least: 3, run: showInfo }

const headerFields: readonly (readonly [string, number])[] = [
  ['file change counter:', 24],
  ['database page count:', 28],
  ['freelist page count:', 36],
  ['schema cookie:', 40],
  ['schema format:', 44],
  ['default cache size:', 48],
  ['autovacuum top root:', 52],
  ['incremental vacuum:', 64],
  ['text encoding:', 56],
  ['user version:', 60],
  ['application id:', 68],
  ['software version:', 96],
]

/** Fields that the log may know better than the file. */
const pragmas: Readonly<Record<number, string>> = {
  28: 'page_count',
  36: 'freelist_count',
  40: 'schema_version',
  60: 'user_version',
  68: 'application_id',
}

const encodings: Readonly<Record<number, string>> = {
  1: ' (utf8)',
  2: ' (utf16le)',
  3: ' (utf16be)',
}

function showInfo({ shell, args }: Call): Answer {
  const schema = args[0] ?? 'main'
  const { database } = shell
  const file = database
    .prepare<[], { name: string; file: string }>('PRAGMA database_list')
    .all()
    .find(({ name }) => name === schema)
  if (file === undefined) return fail(shell, `Error: unknown database ${schema}`)
  const header = file.file === '' ? null : readHeader(file.file)
  if (header === null) return fail(shell, 'unable to read database header')
  const line = (title: string, value: string | number): void =>
    shell.print(`${title.padEnd(20)} ${value}`)
  const pageSize = header.readUInt16BE(16)
  line('database page size:', pageSize === 1 ? 65_536 : pageSize)
  line('write format:', header[18]!)
  line('read format:', header[19]!)
  line('reserved bytes:', header[20]!)
  const place = quotedName(schema)
  for (const [title, offset] of headerFields) {
    const pragma = pragmas[offset]
    const known =
      pragma === undefined ? null : database.pragma(`${place}.${pragma}`, { simple: true })
    const value = known === null ? header.readUInt32BE(offset) : Number(known) >>> 0
    line(title, `${value}${offset === 56 ? (encodings[value] ?? '') : ''}`)
  }
  const table = schema === 'temp' ? 'sqlite_temp_schema' : `${place}.sqlite_schema`
  const count = (sql: string): number =>
    Math.trunc(database.prepare<[], number>(`SELECT ${sql}`).pluck().get()!)
  for (const type of ['table', 'index', 'trigger', 'view']) {
    const title = `number of ${type === 'index' ? 'indexes' : `${type}s`}:`
    line(title, count(`count(*) FROM ${table} WHERE type='${type}'`))
  }
  line('schema size:', count(`total(length(sql)) FROM ${table}`))
  line('data version', String(database.pragma(`${place}.data_version`, { simple: true })))
  return undefined
}

/** The first bytes of a file; null: there are not so many. */
function readHeader(path: string): Buffer | null {
  const header = Buffer.alloc(100)
  const descriptor = openSync(path, 'r')
  try {
    return readSync(descriptor, header, 0, 100, 0) === 100 ? header : null
  } finally {
    closeSync(descriptor)
  }
}

/** What can be configured, and the pragma that does it; null: it is so, and cannot be changed. */
const configurations: readonly (readonly [string, string | null, boolean])[] = [
  ['defensive', null, false],
  ['dqs_ddl', null, true],
  ['dqs_dml', null, true],
  ['enable_fkey', 'foreign_keys', false],
  ['enable_qpsg', null, false],
  ['enable_trigger', null, true],
  ['enable_view', null, true],
  ['fts3_tokenizer', null, false],
  ['legacy_alter_table', 'legacy_alter_table', false],
  ['legacy_file_format', null, false],
  ['load_extension', null, false],
  ['no_ckpt_on_close', null, false],
  ['reset_database', null, false],
  ['trigger_eqp', null, false],
  ['trusted_schema', 'trusted_schema', true],
  ['writable_schema', 'writable_schema', false],
]

export const dbconfig: Command = { name: 'dbconfig', least: 3, run: configure }

function configure({ shell, args }: Call): Answer {
  const [name, value] = args
  const { database } = shell
  const chosen = configurations.filter(([known]) => name === undefined || known === name)
  for (const [known, pragma, isOn] of chosen) {
    if (value !== undefined) {
      const wanted = booleanOf(shell, value)
      if (pragma !== null) database.pragma(`${pragma} = ${wanted ? 'ON' : 'OFF'}`)
      else if (wanted !== isOn) {
        return fail(shell, `Error: dbconfig "${known}" is always ${isOn ? 'on' : 'off'} here`)
      }
    }
    const current = pragma === null ? isOn : currentValue(shell, pragma, isOn)
    shell.print(`${known.padStart(19)} ${current ? 'on' : 'off'}`)
  }
  if (chosen.length === 0) {
    shell.complain(
      `Error: unknown dbconfig "${name}"\nEnter ".dbconfig" with no arguments for a list`,
    )
  }
  return undefined
}

function currentValue(shell: Shell, pragma: string, otherwise: boolean): boolean {
  const value = shell.database.pragma(pragma, { simple: true })
  return value === undefined ? otherwise : Number(value) === 1
}

/** SQLite's limits, as the engine has them. */
const limits: readonly (readonly [string, number])[] = [
  ['length', 1_000_000_000],
  ['sql_length', 1_000_000_000],
  ['column', 2000],
  ['expr_depth', 1000],
  ['compound_select', 500],
  ['vdbe_op', 250_000_000],
  ['function_arg', 127],
  ['attached', 10],
  ['like_pattern_length', 50_000],
  ['variable_number', 250_000],
  ['trigger_depth', 1000],
  ['worker_threads', 0],
]

export const limit: Command = { name: 'limits', least: 5, run: showLimits }

function showLimits({ shell, args }: Call): Answer {
  const [name, value, ...others] = args
  const show = ([known, size]: readonly [string, number]): void =>
    shell.standardOutput.write(`${known.padStart(20)} ${size}\n`)
  if (name === undefined) {
    for (const one of limits) show(one)
    return undefined
  }
  if (others.length > 0) return fail(shell, 'Usage: .limit NAME ?NEW-VALUE?')
  const found = limits.filter(([known]) => known.startsWith(name.toLowerCase()))
  if (found.length > 1) return fail(shell, `ambiguous limit: "${name}"`)
  if (found.length === 0) {
    return fail(shell, `unknown limit: "${name}"\nenter ".limits" with no arguments for a list.`)
  }
  const [one] = found
  if (value !== undefined && integerOf(value) >= 0 && integerOf(value) !== one![1]) {
    return fail(shell, `Error: the limit "${one![0]}" cannot be changed here`)
  }
  show(one!)
  return undefined
}

/** Who else has the database open, looked at from outside. */
function statusCommand(
  name: string,
  least: number,
  describe: (found: ReturnType<typeof status>) => string,
): Command {
  return {
    name,
    least,
    run: ({ shell, args }) => {
      if (args.length > 0) return fail(shell, `Usage: .${name}`)
      try {
        shell.write(describe(shell.database.status()))
        return undefined
      } catch (error) {
        return fail(shell, `Error: ${messageOf(error)}`)
      }
    },
  }
}

export const locks: Command = statusCommand('locks', 3, describeLocks)
export const processes: Command = statusCommand('processes', 4, describeProcesses)
export const wal: Command = statusCommand('wal', 2, describeLog)
