/**
 * Reads and runs sqllogictest scripts: records of statements and queries with their answers, run in order
 * on one empty database. (The form is described in the corpus' README.)
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** What a script runs on. Rows come as arrays; INTEGERs are bigints, REALs numbers. */
export interface SqlEngine {
  exec(sql: string): void
  query(sql: string): unknown[][]
  /** A REAL as SQLite writes it. */
  realText(value: number): string
}

export interface SltRecord {
  readonly kind: 'statement' | 'query'
  readonly line: number
  readonly sql: string
  /** Statements: must it succeed? */
  readonly ok: boolean
  readonly types: string
  readonly sort: 'nosort' | 'rowsort' | 'valuesort'
  readonly label: string | null
  readonly expected: readonly string[]
  readonly threshold: number
}

export interface SltFailure {
  readonly line: number
  readonly sql: string
  readonly reason: string
}

export interface SltResult {
  readonly run: number
  readonly failures: readonly SltFailure[]
}

/** The text of a script, unpacked when it is compressed. */
export function readScript(path: string): string {
  const bytes = readFileSync(path)
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
}

/** The records that are to be run on SQLite, in order. */
export function* parseScript(text: string): Generator<SltRecord> {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  let threshold = 8
  for (let at = 0; at < lines.length;) {
    if (lines[at]!.trim() === '') {
      at++
      continue
    }
    const start = at
    const block: string[] = []
    while (at < lines.length && lines[at]!.trim() !== '') {
      if (!lines[at]!.startsWith('#')) block.push(lines[at]!)
      at++
    }
    let skipped = false
    while (block.length > 0 && /^(skipif|onlyif)\s/.test(block[0]!)) {
      const [word, engine] = block.shift()!.split(/\s+/)
      const isOurs = engine!.toLowerCase() === 'sqlite'
      if ((word === 'skipif') === isOurs) skipped = true
    }
    if (block.length === 0) continue
    const [command, ...words] = block[0]!.trim().split(/\s+/)
    if (command === 'halt' && !skipped) return
    if (command === 'hash-threshold') {
      threshold = Number(words[0])
      continue
    }
    if (skipped) continue
    const record = readRecord(command!, words, block.slice(1), start + 1, threshold)
    if (record !== null) yield record
  }
}

function readRecord(
  command: string,
  words: readonly string[],
  body: readonly string[],
  line: number,
  threshold: number,
): SltRecord | null {
  const common = { line, threshold, types: '', sort: 'nosort', label: null, expected: [] } as const
  if (command === 'statement') {
    return { ...common, kind: 'statement', sql: body.join('\n'), ok: words[0] === 'ok' }
  }
  if (command !== 'query') return null
  const rule = body.indexOf('----')
  const sql = body.slice(0, rule < 0 ? body.length : rule).join('\n')
  return {
    ...common,
    kind: 'query',
    sql,
    ok: true,
    types: words[0]!,
    sort: (words[1] ?? 'nosort') as SltRecord['sort'],
    label: words[2] ?? null,
    expected: rule < 0 ? [] : body.slice(rule + 1),
  }
}

/** Runs a whole script. `stopAfter` failures end it early. */
export function runScript(text: string, engine: SqlEngine, stopAfter = 20): SltResult {
  const failures: SltFailure[] = []
  const labels = new Map<string, string>()
  let run = 0
  for (const record of parseScript(text)) {
    run++
    const reason = judgeRecord(record, engine, labels)
    if (reason !== null) {
      failures.push({ line: record.line, sql: record.sql, reason })
      if (failures.length >= stopAfter) break
    }
  }
  return { run, failures }
}

/** Runs one record: why it fails, or null. `labels` are those of the queries before it, with the hashes of their values. */
export function judgeRecord(
  record: SltRecord,
  engine: SqlEngine,
  labels: Map<string, string>,
): string | null {
  return record.kind === 'statement'
    ? runStatement(record, engine)
    : runQuery(record, engine, labels)
}

function runStatement(record: SltRecord, engine: SqlEngine): string | null {
  try {
    engine.exec(record.sql)
  } catch (error) {
    return record.ok ? `failed: ${describe(error)}` : null
  }
  return record.ok ? null : 'succeeded, but should fail'
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.name === 'SqliteError' ? error.message : (error.stack ?? error.message)
}

function runQuery(
  record: SltRecord,
  engine: SqlEngine,
  labels: Map<string, string>,
): string | null {
  let rows: unknown[][]
  try {
    rows = engine.query(record.sql)
  } catch (error) {
    return `failed: ${describe(error)}`
  }
  const wrong = rows.find((row) => row.length !== record.types.length)
  if (wrong !== undefined) return `${wrong.length} columns instead of ${record.types.length}`
  const values = sortValues(
    rows.map((row) => row.map((value, i) => showValue(value, record.types[i]!, engine))),
    record.sort,
  )
  const hash = createHash('md5')
  for (const value of values) hash.update(`${value}\n`)
  const digest = hash.digest('hex')
  if (record.label !== null) {
    const before = labels.get(record.label)
    if (before !== undefined && before !== digest) return `differs from label ${record.label}`
    labels.set(record.label, digest)
  }
  const isHashed = record.threshold > 0 && values.length > record.threshold
  const actual = isHashed ? [`${values.length} values hashing to ${digest}`] : values
  if (
    actual.length === record.expected.length &&
    actual.every((v, i) => v === record.expected[i])
  ) {
    return null
  }
  return `got ${JSON.stringify(actual.slice(0, 12))} instead of ${JSON.stringify(record.expected.slice(0, 12))}`
}

function showValue(value: unknown, type: string, engine: SqlEngine): string {
  if (value === null) return 'NULL'
  if (type === 'I') return String(asInteger(value))
  if (type === 'R') return asReal(value)
  const text =
    typeof value === 'number'
      ? engine.realText(value)
      : value instanceof Uint8Array
        ? Buffer.from(value).toString('latin1')
        : Buffer.from(String(value)).toString('latin1')
  if (text === '') return '(empty)'
  return text.replaceAll(/[^ -~]/g, '@')
}

function asInteger(value: unknown): bigint {
  if (typeof value === 'bigint') return BigInt.asIntN(32, value)
  if (typeof value === 'number') return BigInt.asIntN(32, BigInt(Math.trunc(value)))
  const digits = /^\s*[-+]?\d+/.exec(String(value))
  return BigInt.asIntN(32, digits === null ? 0n : BigInt(digits[0].trim()))
}

function asReal(value: unknown): string {
  const number = typeof value === 'string' ? Number.parseFloat(value) || 0 : Number(value)
  if (Math.abs(number) < 1e12) return number.toFixed(3)
  const [digits, exponent] = number.toExponential(15).split('e')
  const sign = digits!.startsWith('-') ? '-' : ''
  const plain = digits!.replace(/[-.]/g, '')
  return `${sign}${plain.padEnd(Number(exponent) + 1, '0')}.000`
}

function sortValues(rows: string[][], sort: SltRecord['sort']): string[] {
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  if (sort === 'rowsort') {
    rows.sort((a, b) => {
      for (let i = 0; i < a.length; i++) {
        const difference = order(a[i]!, b[i]!)
        if (difference !== 0) return difference
      }
      return 0
    })
  }
  const values = rows.flat()
  return sort === 'valuesort' ? values.sort(order) : values
}
