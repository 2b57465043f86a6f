/** The command line, in sqlite3's spelling: `-csv` and `--csv` are the same, and options may stand anywhere. */
import { parseArgs } from 'node:util'

/** What is done in the order in which it stands: a mode, a setting, a command. */
export interface Step {
  readonly name: string
  readonly value: string | null
}

export interface Arguments {
  /** Null: none was given. */
  readonly path: string | null
  /** Statements and dot commands given as arguments; empty: read standard input. */
  readonly commands: readonly string[]
  /** Options that are carried out behind the init file. */
  readonly steps: readonly Step[]
  /** `-init`: the file in the place of the user's own; null: that one. */
  readonly init: string | null
  /** Null: as the terminal says. */
  readonly interactive: boolean | null
  readonly bail: boolean
  readonly readonly: boolean
  readonly noFollow: boolean
  readonly deserialize: boolean
  /** Null: as the file is. */
  readonly multiprocess: boolean | null
  readonly nonce: string | null
  /** `-A`: the words behind it; null: it is not there. */
  readonly archive: readonly string[] | null
}

/** A mistake on the command line. */
export class UsageError extends Error {}

const withValue = ['separator', 'nullvalue', 'newline', 'cmd', 'init', 'nonce'] as const

const switches = [
  'ascii',
  'backslash',
  'bail',
  'batch',
  'box',
  'column',
  'csv',
  'deserialize',
  'echo',
  'eqp',
  'eqpfull',
  'experimental-multiprocess-wal',
  'header',
  'help',
  'html',
  'interactive',
  'json',
  'line',
  'list',
  'markdown',
  'nofollow',
  'noheader',
  'quote',
  'readonly',
  'safe',
  'single-process',
  'stats',
  'table',
  'tabs',
  'version',
] as const

/** Options of sqlite3 that mean nothing here, and why. */
const refused: Readonly<Record<string, string>> = {
  append: 'databases are not appended to other files',
  heap: 'memory is the garbage collector’s',
  lookaside: 'memory is the garbage collector’s',
  maxsize: 'a database in memory grows as it must',
  memtrace: 'memory is the garbage collector’s',
  mmap: 'pages are read into a cache',
  pagecache: 'memory is the garbage collector’s; see PRAGMA cache_size',
  scanstats: 'statements are compiled without counters',
  threadsafe: 'a connection belongs to one thread',
  vfs: 'there is no VFS of SQLite',
  vfstrace: 'there is no VFS of SQLite',
  zip: 'use -A with --file, or .archive, to look into a ZIP archive',
}

const known = Object.fromEntries([
  ...withValue.map((name) => [name, { type: 'string' }] as const),
  ...switches.map((name) => [name, { type: 'boolean' }] as const),
])

/** @throws UsageError with sentences for the user */
export function readArguments(args: readonly string[]): Arguments {
  const archiveAt = args.findIndex((arg) => /^--?A/.test(arg))
  const own = archiveAt < 0 ? args : args.slice(0, archiveAt)
  const { tokens } = parseArgs({
    args: withTwoDashes(own),
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const steps: Step[] = []
  const words: string[] = []
  for (const token of tokens) {
    if (
      token.kind === 'option-terminator' ||
      (token.kind === 'positional' && token.value === '-')
    ) {
      throw unknownOption('-')
    }
    if (token.kind === 'positional') words.push(token.value)
    if (token.kind === 'option') steps.push(readOption(token))
  }
  const has = (name: string): boolean => steps.some((step) => step.name === name)
  const last = (name: string): string | null =>
    steps.findLast((step) => step.name === name)?.value ?? null
  return {
    path: words[0] ?? null,
    commands: words.slice(1),
    steps,
    init: last('init'),
    interactive: has('batch') ? false : has('interactive') ? true : null,
    bail: has('bail'),
    readonly: has('readonly'),
    noFollow: has('nofollow'),
    deserialize: has('deserialize'),
    multiprocess: has('experimental-multiprocess-wal')
      ? true
      : has('single-process')
        ? false
        : null,
    nonce: last('nonce'),
    archive: archiveAt < 0 ? null : archiveWords(args, archiveAt),
  }
}

interface OptionToken {
  readonly name: string
  readonly rawName: string
  readonly value?: string | undefined
  readonly inlineValue?: boolean | undefined
}

function readOption({ name, rawName, value, inlineValue }: OptionToken): Step {
  const shown = rawName.replace(/^--/, '-')
  const why = refused[name]
  if (why !== undefined) throw new UsageError(`Error: ${shown} is not supported: ${why}`)
  const isHelp = name === 'h'
  if (!(name in known) && !isHelp) {
    throw unknownOption(`${shown}${inlineValue === true ? `=${value}` : ''}`)
  }
  if (known[name]?.type === 'string' && value === undefined) {
    throw new UsageError(`chorusdb: Error: missing argument to ${shown}`)
  }
  return { name: isHelp ? 'help' : name, value: value ?? null }
}

/** Options as `parseArgs` knows them; what is the value of one stays as it is, whatever it begins with. */
function withTwoDashes(args: readonly string[]): string[] {
  const all: string[] = []
  for (let i = 0; i < args.length; i++) {
    const option = /^--?([A-Za-z][\w-]*)$/.exec(args[i]!)?.[1]
    const value = args[i + 1]
    if (option !== undefined && known[option]?.type === 'string' && value !== undefined) {
      all.push(`--${option}=${value}`)
      i++
    } else all.push(args[i]!.replace(/^-(?=[A-Za-z])/, '--'))
  }
  return all
}

function unknownOption(option: string): UsageError {
  return new UsageError(
    `chorusdb: Error: unknown option: ${option}\nUse -help for a list of options.`,
  )
}

/** What stands behind `-A`, and at it. */
function archiveWords(args: readonly string[], at: number): readonly string[] {
  const first = args[at]!.replace(/^--?A/, '')
  return first === '' ? args.slice(at + 1) : [first, ...args.slice(at + 1)]
}

export const usage = `Usage: chorusdb [OPTIONS] FILENAME [SQL]
FILENAME is the name of a database. A new database is created
if the file does not previously exist.
"chorusdb status FILENAME" shows who has a database open and what they do.
"chorusdb studio FILENAME" serves a page to work in.
OPTIONS include:
   -A ARGS...           run ".archive ARGS" and exit
   -ascii               set output mode to 'ascii'
   -bail                stop after hitting an error
   -batch               force batch I/O
   -box                 set output mode to 'box'
   -column              set output mode to 'column'
   -cmd COMMAND         run "COMMAND" before reading stdin
   -csv                 set output mode to 'csv'
   -deserialize         open a copy of the database in memory
   -echo                print inputs before execution
   -experimental-multiprocess-wal
                        open the file for several processes
   -init FILENAME       read/process named file
   -[no]header          turn headers on or off
   -help                show this message
   -html                set output mode to HTML
   -interactive         force interactive I/O
   -json                set output mode to 'json'
   -line                set output mode to 'line'
   -list                set output mode to 'list'
   -markdown            set output mode to 'markdown'
   -newline SEP         set output row separator. Default: '\\n'
   -nofollow            refuse to open symbolic links to database files
   -nonce STRING        set the safe-mode escape nonce
   -nullvalue TEXT      set text string for NULL values. Default ''
   -quote               set output mode to 'quote'
   -readonly            open the database read-only
   -safe                enable safe-mode
   -separator SEP       set output column separator. Default: '|'
   -single-process      open the file for this process alone
   -stats               print stats behind each statement
   -table               set output mode to 'table'
   -tabs                set output mode to 'tabs'
   -version             show the version`
