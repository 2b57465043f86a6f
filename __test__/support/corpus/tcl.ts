/**
 * Runs `*.jsonl` files: steps on one open connection, with resets and reopenings between them. (The corpus' README, *tcl*.)
 *
 * From one reset to the next is a *segment*: steps depend on the steps before them in it, and on no others.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Connect, Connection } from './connection.ts'
import { describeError, fatalFailure, sentenceOf } from './outcome.ts'
import type { Errand, Verdict } from './outcome.ts'
import { isSameReal, runText, textOf, type Row } from './rows.ts'

type Cell = string | null | { readonly blob: string }

export interface Step {
  readonly name?: string
  readonly sql: string
  readonly expect?: readonly Cell[]
  readonly columns?: number
  readonly values?: number
  readonly md5?: string
  readonly error?: string
  readonly code?: string
}

export type Line =
  | { readonly kind: 'reset' }
  | { readonly kind: 'reopen' }
  /** `index` counts the steps of the file from 0. */
  | { readonly kind: 'step'; readonly index: number; readonly step: Step }

/** The lines of a file, in segments. */
export function readTcl(text: string): Line[][] {
  const segments: Line[][] = []
  let index = 0
  for (const line of text.split('\n')) {
    if (line === '') continue
    const read = JSON.parse(line) as Step & { reset?: true; reopen?: true }
    if (read.reset || segments.length === 0) segments.push([])
    const segment = segments.at(-1)!
    if (read.reset) segment.push({ kind: 'reset' })
    else if (read.reopen) segment.push({ kind: 'reopen' })
    else segment.push({ kind: 'step', index: index++, step: read })
  }
  return segments
}

const nameOf = (step: Step): string => step.name ?? ''

export function runTcl(connect: Connect, corpus: string, file: string, errand: Errand): void {
  const segments = readTcl(readFileSync(join(corpus, file), 'utf8'))
  for (const [unit, segment] of segments.entries()) {
    const wants = (line: Line): boolean =>
      line.kind === 'step' && errand.wants(line.index, nameOf(line.step), unit)
    const last = segment.findLastIndex(wants)
    if (last >= 0) runSegment(connect, segment.slice(0, last + 1), wants, errand)
  }
}

const mainFile = 'test.db'

function emptyFolder(): void {
  for (const name of readdirSync('.')) rmSync(name, { recursive: true, force: true })
}

function open(connect: Connect): Connection {
  const connection = connect(mainFile)
  connection.run('PRAGMA foreign_keys=OFF')
  return connection
}

function runSegment(
  connect: Connect,
  lines: readonly Line[],
  wants: (line: Line) => boolean,
  errand: Errand,
): void {
  emptyFolder()
  let connection = open(connect)
  let last = 0
  for (const line of lines) {
    if (line.kind === 'reset') continue
    if (line.kind === 'reopen') {
      connection.close()
      connection = open(connect)
      continue
    }
    const { index, step } = line
    last = index
    const name = nameOf(step)
    errand.begin(index)
    const verdict = errand.isFatal(index) ? fatalFailure : runStep(connection, step)
    if (wants(line)) errand.report({ index, name, sql: step.sql, verdict })
  }
  connection.close()
  // A file without a page is one that nobody has written.
  const finding = existsSync(mainFile) ? errand.checkFile(mainFile) : null
  if (finding !== null) errand.unsound(last, finding)
}

function runStep(connection: Connection, step: Step): Verdict {
  try {
    return judgeRows(step, runText(connection, step.sql))
  } catch (error) {
    return judgeError(step, error)
  }
}

/** Whether rows are what was expected. */
export function judgeRows(step: Step, rows: readonly Row[]): Verdict {
  if (step.error !== undefined)
    return {
      group: `(no error) ${sentenceOf(step.error)}`,
      expected: `error: ${step.error}`,
      got: shown(rows),
    }
  if (step.md5 !== undefined) {
    const [count, md5] = digestOf(rows)
    if (count === step.values && md5 === step.md5) return null
    const expected = `${step.values} values hashing to ${step.md5}`
    return { group: '(another answer)', expected, got: `${count} values: ${shown(rows)}` }
  }
  if (step.expect === undefined) return null
  if (isSame(step, rows)) return null
  const expected = step.expect.map(shownCell).join('|')
  return { group: '(another answer)', expected, got: shown(rows) }
}

/** Whether an error is the one that was expected. */
export function judgeError(step: Step, error: unknown): Verdict {
  const message = describeError(error)
  const code = (error as { code?: string }).code ?? ''
  const got = `error: ${message} (${code})`
  if (step.error === undefined) {
    const expected = step.expect?.map(shownCell).join('|') ?? 'success'
    return { group: sentenceOf(message), expected, got }
  }
  if (message === step.error && code === step.code) return null
  const expected = `error: ${step.error} (${step.code})`
  return { group: `(another error) ${sentenceOf(message)}`, expected, got }
}

function isSame(step: Step, rows: readonly Row[]): boolean {
  const found = rows.flat()
  const wanted = step.expect!
  if (found.length !== wanted.length) return false
  if (wanted.every((cell, i) => isSameCell(cell, found[i]))) return true
  if (step.columns === undefined || /\border\s+by\b/i.test(step.sql)) return false
  // The rows may come in any order.
  const left = [...rows]
  for (let at = 0; at < wanted.length; at += step.columns) {
    const row = wanted.slice(at, at + step.columns)
    const match = left.findIndex((other) => row.every((cell, i) => isSameCell(cell, other[i])))
    if (match < 0) return false
    left.splice(match, 1)
  }
  return true
}

function isSameCell(wanted: Cell, found: unknown): boolean {
  if (wanted === null || found === null) return wanted === found
  if (typeof wanted === 'object')
    return found instanceof Uint8Array && Buffer.from(found).toString('hex') === wanted.blob
  if (found instanceof Uint8Array) return false
  const text = textOf(found)
  return wanted === text || isSameReal(wanted, text)
}

function digestOf(rows: readonly Row[]): [number, string] {
  const hash = createHash('md5')
  let count = 0
  for (const value of rows.flat()) {
    count++
    const isBlob = value instanceof Uint8Array
    const text = isBlob ? `x'${Buffer.from(value).toString('hex')}'` : textOf(value)
    hash.update(`${value === null ? 'NULL' : text}\n`)
  }
  return [count, hash.digest('hex')]
}

function shownCell(cell: Cell): string {
  if (cell === null) return 'NULL'
  return typeof cell === 'object' ? `x'${cell.blob}'` : cell
}

function shown(rows: readonly Row[]): string {
  const cells = rows.slice(0, 100).map((row) =>
    row.map((value) => {
      if (value === null) return 'NULL'
      return value instanceof Uint8Array
        ? `x'${Buffer.from(value).toString('hex')}'`
        : textOf(value)
    }),
  )
  return cells.flat().join('|')
}
