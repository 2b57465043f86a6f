/** The command: `chorusdb-studio app.db`, and `chorusdb studio app.db`, serve the page until they are interrupted. */
import { parseArgs } from 'node:util'
import { runStudio } from './run-studio.ts'

const usage = `Usage: chorusdb-studio [--port N] [--no-open] [--readonly] FILENAME
Serves a page for a database on this machine: tables, SQL, plans, and the processes at work.

  --port N    the port of 127.0.0.1; else any that is free
  --no-open   opens no browser
  --readonly  nothing can be edited
  --help`

interface Arguments {
  readonly path: string
  readonly port: number
  readonly open: boolean
  readonly readonly: boolean
}

/** Null: only help is wanted. @throws Error with a sentence for the user */
function readArguments(args: string[]): Arguments | null {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '0' },
      'no-open': { type: 'boolean', default: false },
      readonly: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new Error('one database, please')
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port) || port > 65_535) throw new Error(`no port: ${values.port}`)
  return { path, port, open: !values['no-open'], readonly: values.readonly }
}

/** Runs it; `given` are its arguments. What is wrong is told on standard error, and by the exit status. */
export async function run(given: readonly string[]): Promise<void> {
  let args: Arguments | null
  try {
    args = readArguments([...given])
  } catch (error) {
    complain(error)
    process.stderr.write(`${usage}\n`)
    return
  }
  if (args === null) {
    process.stdout.write(`${usage}\n`)
    return
  }
  const { path, ...options } = args
  try {
    const { url, close } = await runStudio(path, options)
    process.stdout.write(`${path} is shown at\n\n  ${url}\n\nCtrl-C ends it.\n`)
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      // The first asks it to end what it does; the second does not wait for that.
      process.once(signal, () => {
        process.once(signal, () => process.exit(1))
        close().then(() => process.exit(0), fail)
      })
    }
  } catch (error) {
    fail(error)
  }
}

function fail(error: unknown): void {
  complain(error)
  process.exit(1)
}

function complain(error: unknown): void {
  process.stderr.write(`Error: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
