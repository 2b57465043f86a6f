/**
 * `chorusdb status app.db`: who has a database open, what they do, and what holds up its log. It looks from outside:
 * nothing is opened for others to see, locked, or written.
 */
import { parseArgs } from 'node:util'
import {
  status,
  type CheckpointStatus,
  type DatabaseStatus,
  type ProcessStatus,
} from '../../engine/src/index.ts'
import { rowWriter } from './format/rows.ts'
import { characterCount } from './format/text.ts'
import { newSettings } from './settings.ts'

export const statusUsage = `Usage: chorusdb status [--json] [--watch] FILENAME
Shows who has a database open, what they do, and what holds up its log.

  --json   as JSON, with times in milliseconds since 1970
  --watch  again every second, until interrupted
  --help`

const watchIntervalMs = 1000
/** Characters of a statement in a table. */
const statementWidth = 60

/** Runs the command; `args` are those behind `status`. */
export function showStatus(args: readonly string[]): void {
  let options: ReturnType<typeof readOptions>
  try {
    options = readOptions(args)
  } catch (error) {
    complain(`Error: ${error instanceof Error ? error.message : String(error)}\n${statusUsage}\n`)
    return
  }
  const { path, json, watch, help } = options
  if (help) {
    process.stdout.write(`${statusUsage}\n`)
    return
  }
  const show = (): boolean => {
    let found: DatabaseStatus
    try {
      found = status(path)
    } catch (error) {
      complain(`Error: ${error instanceof Error ? error.message : String(error)}\n`)
      return false
    }
    const text = json
      ? `${JSON.stringify(found, null, watch ? 0 : 2)}\n`
      : `${describeStatus(found)}${watch ? '\n' : ''}`
    const clearsScreen = watch && !json && process.stdout.isTTY
    process.stdout.write(clearsScreen ? `\u001b[H\u001b[2J${text}` : text)
    return true
  }
  if (!show() || !watch) return
  const timer = setInterval(() => {
    if (!show()) clearInterval(timer)
  }, watchIntervalMs)
}

function complain(text: string): void {
  process.stderr.write(text)
  process.exitCode = 1
}

function readOptions(args: readonly string[]): {
  path: string
  json: boolean
  watch: boolean
  help: boolean
} {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      watch: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [path, ...others] = positionals
  if ((path === undefined || others.length > 0) && !values.help) {
    throw new Error('status takes the name of one database')
  }
  return { ...values, path: path ?? '' }
}

/** The state of a database for a reader. */
export function describeStatus(found: DatabaseStatus): string {
  const parts = [headLines(found), processLines(found), readerLines(found), deadLines(found)]
  return `${parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

/** `.processes`: who has it open. */
export function describeProcesses(found: DatabaseStatus): string {
  const lines = processLines(found)
  const dead = deadLines(found)
  const shown = [...(lines.length > 0 ? lines : [modeTexts[found.mode]]), ...dead]
  return `${shown.join('\n')}\n`
}

/** `.locks`: who holds which lock, and which frame each reader needs. */
export function describeLocks(found: DatabaseStatus): string {
  const rows = found.processes.flatMap(({ pid, self, roles, slots }) =>
    roles.map((role) => [
      `${name(pid)}${self ? ' (this)' : ''}`,
      role === 'reader' ? `reader ${slots.join(' ')}` : role,
    ]),
  )
  const lines = [
    ...(rows.length === 0 ? ['nobody holds a lock'] : table(['process', 'holds'], rows)),
    ...(found.writerWaiting ? ['', 'at least one writer waits for its turn'] : []),
  ]
  const readers = readerLines(found)
  return `${[...lines, ...(readers.length > 0 ? ['', ...readers] : [])].join('\n')}\n`
}

/** `.wal`: the log, and what holds up its copying back. */
export function describeLog(found: DatabaseStatus): string {
  const rows = headRows(found).filter(([title]) => ['log', 'index', 'checkpoint'].includes(title))
  return `${aligned(rows).join('\n')}\n`
}

function processLines(found: DatabaseStatus): string[] {
  if (found.processes.length === 0) return []
  return table(
    ['process', 'engine', 'age', 'holds', 'transaction', 'statement'],
    found.processes.map((process) => processRow(process, found.at)),
  )
}

function readerLines({ readers }: DatabaseStatus): string[] {
  if (readers.length === 0) return []
  const rows = readers.map(({ slot, pid, frame, framesBehind, guard }) => [
    String(slot),
    guard ? `${name(pid)} (guard)` : name(pid),
    String(frame),
    String(framesBehind),
  ])
  return table(['slot', 'reader', 'pins frame', 'frames behind'], rows)
}

function deadLines({ deadProcesses, at }: DatabaseStatus): string[] {
  return deadProcesses.map(({ pid, version, openedAt, statement }) => {
    const last = statement === null ? '' : ` while it ran ${oneLine(statement.text)}`
    return (
      `Process ${pid} (chorusdb ${version}) ended without closing the database${last}; it had opened it ` +
      `${duration(at - openedAt)} ago.`
    )
  })
}

const modeTexts: Record<DatabaseStatus['mode'], string> = {
  'multi-process': 'shared by processes',
  'single-process': 'open in one process',
  sqlite: 'open in SQLite',
  closed: 'not open anywhere',
  memory: 'in memory',
}

function headLines(found: DatabaseStatus): string[] {
  return aligned(headRows(found))
}

/** Titles and texts, the texts one below the other. */
function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([title]) => title.length))
  return rows.map(([title, text]) => `${title.padEnd(width)}  ${text}`)
}

function headRows(found: DatabaseStatus): [string, string][] {
  const { database, wal, index, multiprocessSupport, problem, otherHolders } = found
  const changing = found.changing ? ', being opened or closed at this moment' : ''
  const rows: [string, string][] = [
    ['path', found.path],
    ['mode', `${found.mode} (${modeTexts[found.mode]}${changing})`],
    ['database', `${count(database.pageCount, 'page')} of ${database.pageSize} bytes`],
    ['log', logText(wal)],
  ]
  if (index !== null) {
    const overflow = index.overflowed ? ', overflowed: readers look into the log itself' : ''
    const entries = `${index.entries} of ${index.capacity} entries`
    rows.push(['index', `${entries} in ${count(index.blocks, 'block')}${overflow}`])
  }
  if (found.lastCheckpoint !== null) {
    rows.push(['checkpoint', checkpointText(found.lastCheckpoint, found.at)])
  }
  if (found.writerWaiting) rows.push(['writers', 'at least one waits for its turn'])
  if (otherHolders !== null && otherHolders > 0) {
    rows.push([
      'others',
      `${count(otherHolders, 'more process', 'more processes')} that cannot be named`,
    ])
  }
  if (!multiprocessSupport.supported) {
    rows.push(['sharing', `not possible here: ${multiprocessSupport.reason ?? 'unknown'}`])
  }
  if (problem !== null) rows.push(['problem', problem])
  return rows
}

function logText({ bytes, frames, backfilledFrames, restarts }: DatabaseStatus['wal']): string {
  const copied =
    backfilledFrames === null ? '' : `, ${backfilledFrames} of them in the database file`
  return `${count(bytes, 'byte')}, ${count(frames, 'frame')}${copied}, restarted ${count(restarts, 'time')}`
}

function checkpointText(checkpoint: CheckpointStatus, now: number): string {
  const { mode, busy, logFrames, checkpointedFrames, at, pid, limitedBy } = checkpoint
  const done = `${checkpointedFrames} of ${count(logFrames, 'frame')} copied`
  const head = `${mode}${busy ? ' (busy)' : ''} by process ${pid}, ${duration(now - at)} ago: ${done}`
  if (limitedBy === null) return head
  const { kind, pid: limitingPid, slot, frame } = limitedBy
  const place = kind === 'reader' ? ` in slot ${slot}, which pinned frame ${frame}` : ''
  const who = limitingPid === null ? '' : `, process ${limitingPid}`
  return `${head}; held up by a ${kind}${place}${who}`
}

function processRow(process: ProcessStatus, now: number): string[] {
  const { pid, engine, version, self, roles, slots, ageMs, stopped, transaction, statement } =
    process
  const holds = roles.map((role) => (role === 'reader' ? `reader ${slots.join(' ')}` : role))
  if (process.readonly === true) holds.push('(read-only)')
  return [
    `${name(pid)}${self ? ' (this)' : ''}${stopped === true ? ' STOPPED' : ''}`,
    version === null ? engine : `${engine} ${version}`,
    ageMs === null ? '' : duration(ageMs),
    holds.join(', '),
    transaction === null ? '' : `${transaction.kind} for ${duration(now - transaction.since)}`,
    statement === null
      ? ''
      : `${duration(now - statement.since)}: ${oneLine(statement.text, statementWidth)}`,
  ]
}

function name(pid: number | null): string {
  return pid === null ? '?' : String(pid)
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** `0.4 s`, `12 s`, `3 min`, `5.2 h`, `9 d`. */
function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${(seconds / 3600).toFixed(1)} h`
  return `${Math.round(seconds / 86_400)} d`
}

function oneLine(text: string, width = Infinity): string {
  // No text in a database moves the cursor.
  // eslint-disable-next-line no-control-regex -- control characters are meant
  const line = text.replaceAll(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ')
  return line.length > width ? `${line.slice(0, width - 1)}…` : line
}

function table(names: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const format = { ...newSettings().format, mode: 'column' as const, headers: true }
  let text = ''
  const write = (piece: string): void => {
    text += piece
  }
  const writer = rowWriter(names, format, write, characterCount)
  for (const row of rows) writer.row(row)
  writer.end()
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => line.trimEnd())
}
