/** The command line, in sqlite3's spelling where it has one: `-csv` and `--csv` are the same. */
import { parseArgs } from 'node:util'
import { outputModes, type OutputMode } from './format.ts'

export interface Arguments {
  readonly path: string
  /** `--cmd`: run before anything else. */
  readonly first: readonly string[]
  /** Statements and dot commands given as arguments; empty: read standard input. */
  readonly commands: readonly string[]
  readonly multiprocess: boolean
  readonly readonly: boolean
  readonly mode: OutputMode | null
  readonly headers: boolean | null
  readonly separator: string | null
  readonly nullValue: string | null
  readonly bail: boolean
  readonly echo: boolean
  readonly help: boolean
  readonly version: boolean
}

/** @throws Error with a sentence for the user */
export function readArguments(args: readonly string[]): Arguments {
  const doubled = args.map((arg) => (/^-[a-z][a-z-]+/.test(arg) ? `-${arg}` : arg))
  const { values, positionals } = parseArgs({
    args: doubled,
    allowPositionals: true,
    options: {
      'experimental-multiprocess-wal': { type: 'boolean', default: false },
      readonly: { type: 'boolean', default: false },
      bail: { type: 'boolean', default: false },
      echo: { type: 'boolean', default: false },
      header: { type: 'boolean' },
      noheader: { type: 'boolean' },
      separator: { type: 'string' },
      nullvalue: { type: 'string' },
      cmd: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', default: false },
      box: { type: 'boolean' },
      column: { type: 'boolean' },
      csv: { type: 'boolean' },
      json: { type: 'boolean' },
      line: { type: 'boolean' },
      list: { type: 'boolean' },
      tabs: { type: 'boolean' },
    },
  })
  const mode = outputModes.find((name) => values[name]) ?? null
  return {
    path: positionals[0] ?? ':memory:',
    first: values.cmd,
    commands: positionals.slice(1),
    multiprocess: values['experimental-multiprocess-wal'],
    readonly: values.readonly,
    mode,
    headers: values.header ? true : values.noheader ? false : null,
    separator: values.separator ?? null,
    nullValue: values.nullvalue ?? null,
    bail: values.bail,
    echo: values.echo,
    help: values.help,
    version: values.version,
  }
}

export const usage = `Usage: chorusdb [OPTIONS] FILENAME [SQL …]
FILENAME is a database, or ":memory:". A new one is made when it does not exist.
Without SQL, statements are read from standard input.
"chorusdb status FILENAME" shows who has a database open and what they do.

  --experimental-multiprocess-wal  share the file with other processes
  --readonly                       open for reading only
  --box --column --csv --json --line --list --tabs
                                   how rows are shown
  --header --noheader              whether column names are shown
  --separator TEXT                 between columns in list mode
  --nullvalue TEXT                 what stands for NULL
  --cmd COMMAND                    run COMMAND before anything else
  --bail                           stop at the first error
  --echo                           show each command before it runs
  --version --help`
