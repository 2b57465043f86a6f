/** Runs the cases of a `*.sqltest` file. (The corpus' README, *Running a case* and *Comparing*.) */
import { copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Connection, Connect } from './connection.ts'
import { describeError, fatalFailure, sentenceOf } from './outcome.ts'
import type { Errand, Verdict } from './outcome.ts'
import { isSameReal, runText, textOf, type Row } from './rows.ts'
import { sqltestCases, type MatrixAnswer, type Place, type RunnableCase } from './sqltest-cases.ts'
import { readSqltest, type Expectation } from './sqltest-form.ts'

type Outcome = { readonly rows: readonly Row[] } | { readonly error: string }

function differing(corpus: string, file: string): Set<string> {
  const path = join(corpus, 'differs.txt')
  if (!existsSync(path)) return new Set()
  const lines = readFileSync(path, 'utf8').split('\n')
  return new Set(
    lines
      .map((line) => line.trim().split(' '))
      .filter(([path]) => path === file)
      .map(([, name]) => name!),
  )
}

function matrixAnswers(path: string): MatrixAnswer[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as MatrixAnswer)
}

/** Runs `file` of the folder `corpus`. Files are made in the current folder. */
export function runSqltest(connect: Connect, corpus: string, file: string, errand: Errand): void {
  const path = join(corpus, file)
  const parsed = readSqltest(readFileSync(path, 'utf8'))
  const cases = sqltestCases(parsed, matrixAnswers(`${path}.matrix.jsonl`), differing(corpus, file))
  let index = 0
  for (const one of cases) {
    const at = index++
    if (!errand.wants(at, one.name, at)) continue
    errand.begin(at)
    const verdict = errand.isFatal(at) ? fatalFailure : runCase(connect, corpus, one, errand)
    errand.report({ index: at, name: one.name, sql: one.sql, verdict })
  }
}

const builtIn: Record<string, string> = {
  ':default:': 'database/default.db',
  ':default-no-rowidalias:': 'database/default-no-rowidalias.db',
}

/** The file that a case runs on; null: in memory. */
function preparePlace(corpus: string, { location }: Place, mustBeFile: boolean): string | null {
  if (location === ':memory:' && !mustBeFile) return null
  const path = join(process.cwd(), 'case.db')
  for (const ending of ['', '-wal', '-shm', '-journal', '-tshm'])
    rmSync(path + ending, { force: true })
  if (location !== ':memory:' && location !== ':temp:')
    copyFileSync(join(corpus, builtIn[location] ?? location), path)
  return path
}

function runCase(connect: Connect, corpus: string, one: RunnableCase, errand: Errand): Verdict {
  const path = preparePlace(corpus, one.place, one.checksIntegrity)
  let outcome: Outcome
  let database: Connection | null = null
  try {
    database = connect(path ?? ':memory:', one.place.readonly)
    database.run('PRAGMA foreign_keys=OFF')
    for (const setup of one.setups) runText(database, setup)
    outcome = { rows: runText(database, one.sql) }
  } catch (error) {
    outcome = { error: describeError(error) }
  }
  try {
    database?.close()
  } catch (error) {
    outcome = { error: `close: ${describeError(error)}` }
  }
  const verdict = judge(one.expectation, outcome)
  if (verdict !== null || path === null || !one.checksIntegrity) return verdict
  const finding = errand.checkFile(path)
  if (finding === null) return null
  return { group: '(integrity_check of our file)', expected: 'ok', got: finding }
}

/** Whether an outcome is what was expected. */
export function judge(expectation: Expectation, outcome: Outcome): Verdict {
  const { kind, text } = expectation
  if (kind === 'error') return judgeError(text, outcome)
  const expected = kind === 'raw' ? text : text.trim()
  if ('error' in outcome)
    return { group: sentenceOf(outcome.error), expected, got: `error: ${outcome.error}` }
  const got = outcome.rows.map(lineOf).join('\n')
  const holds =
    kind === 'pattern'
      ? toPattern(text.trim(), '').test(got)
      : kind === 'unordered'
        ? isSameSet(text, got)
        : isSameText(kind === 'raw' ? text : linesTrimmed(text), got)
  return holds ? null : { group: '(another answer)', expected, got }
}

function judgeError(text: string, outcome: Outcome): Verdict {
  const wanted = text.trim()
  if (!('error' in outcome))
    return {
      group: `(no error) ${sentenceOf(wanted)}`,
      expected: `error: ${wanted}`,
      got: outcome.rows.map(lineOf).join('\n'),
    }
  const message = oneSpace(outcome.error)
  const isForeign = /^\w*Error: /.test(outcome.error)
  const pattern = toPattern(oneSpace(wanted), 'i')
  if (!isForeign && (pattern.test(message) || pattern.test(`Parse error: ${message}`))) return null
  return {
    group: `(another error) ${sentenceOf(outcome.error)}`,
    expected: `error: ${wanted}`,
    got: `error: ${outcome.error}`,
  }
}

const oneSpace = (text: string): string => text.replace(/\s+/g, ' ')

/** A regular expression in Rust's syntax: flags may lead. */
function toPattern(source: string, flags: string): RegExp {
  const leading = /^\(\?([a-z]+)\)/.exec(source)
  if (leading === null) return new RegExp(source, flags)
  return new RegExp(source.slice(leading[0].length), [...new Set(flags + leading[1]!)].join(''))
}

function lineOf(row: Row): string {
  return row.map(cellOf).join('|')
}

function cellOf(value: unknown): string {
  if (value === null) return ''
  const text = textOf(value)
  const end = typeof value === 'string' || value instanceof Uint8Array ? text.indexOf('\0') : -1
  return end < 0 ? text : text.slice(0, end)
}

const linesTrimmed = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .join('\n')

function isSameText(expected: string, got: string): boolean {
  if (expected === got) return true
  const [wanted, found] = [expected.split('\n'), got.split('\n')]
  return wanted.length === found.length && wanted.every((line, i) => isSameLine(line, found[i]!))
}

function isSameLine(expected: string, got: string): boolean {
  if (expected === got) return true
  const [wanted, found] = [expected.split('|'), got.split('|')]
  return (
    wanted.length === found.length &&
    wanted.every((cell, i) => cell === found[i] || isSameReal(cell, found[i]!))
  )
}

function isSameSet(expected: string, got: string): boolean {
  const lines = (text: string): string[] =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '')
  const [wanted, found] = [new Set(lines(expected)), new Set(lines(got))]
  const isIn = (line: string, others: ReadonlySet<string>): boolean =>
    others.has(line) || [...others].some((other) => isSameLine(line, other))
  return (
    [...wanted].every((line) => isIn(line, found)) && [...found].every((line) => isIn(line, wanted))
  )
}
