/**
 * Every statement of the corpora that SQLite ran must parse, and its tree must survive being printed: parsing
 * the print gives the same tree, but for spans and numbers.
 */
import test, { type ExecutionContext } from 'ava'
import { readdirSync, readFileSync } from 'node:fs'
import { parseStatement, printStatement } from '../../packages/engine/src/sql/index.ts'
import { corpusPath } from '../support/corpus/place.ts'
import { parseScript, readScript } from '../support/sqllogictest.ts'

const spans = new Set(['start', 'end', 'textStart', 'textEnd', 'nameStart', 'number', 'selects'])

/** A tree without its places in the text, in a form that can be compared. */
function shape(tree: unknown): string {
  return JSON.stringify(tree, (key, value: unknown) => {
    if (spans.has(key)) return undefined
    if (typeof value === 'bigint') return `${value}n`
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
  })
}

interface Outcome {
  statements: number
  readonly wrong: string[]
}

/** Parses all statements of a text, and their prints. */
function check(sql: string, from: string, outcome: Outcome): void {
  let at = 0
  try {
    for (;;) {
      const { statement, end } = parseStatement(sql, at)
      if (statement === null) return
      outcome.statements++
      const print = printStatement(statement)
      if (shape(parseStatement(print).statement) !== shape(statement)) {
        outcome.wrong.push(`${from}: ${sql.slice(at, end)}\n  printed: ${print}`)
      }
      at = end
    }
  } catch (error) {
    outcome.wrong.push(`${from}: ${String(error)}\n  ${sql.slice(at, at + 200)}`)
  }
}

function report(t: ExecutionContext, outcome: Outcome): void {
  t.log(`${outcome.statements} statements`)
  t.true(outcome.statements > 1000)
  t.deepEqual(outcome.wrong.slice(0, 10), [])
}

const tcl = corpusPath('tcl')
const slt = corpusPath('slt')

if (tcl === null || slt === null) {
  test('parser corpus: the corpus is missing, nothing was parsed', (t) => {
    t.log('set CORPUS_DIR to the corpora')
    t.pass()
  })
}

if (tcl !== null) {
  test('parser corpus: what SQLite’s own tests run parses, and its print parses the same', (t) => {
    const outcome: Outcome = { statements: 0, wrong: [] }
    for (const file of readdirSync(tcl).filter((name) => name.endsWith('.jsonl'))) {
      for (const line of readFileSync(`${tcl}/${file}`, 'utf8').split('\n')) {
        if (line === '') continue
        const step = JSON.parse(line) as { sql?: string; error?: string; name?: string }
        if (step.sql === undefined || step.error !== undefined) continue
        check(step.sql, `${file} ${step.name ?? ''}`, outcome)
      }
    }
    report(t, outcome)
  })
}

if (slt !== null) {
  test('parser corpus: sqllogictest scripts parse, and their prints parse the same', (t) => {
    const outcome: Outcome = { statements: 0, wrong: [] }
    const scripts = readdirSync(slt, { recursive: true, encoding: 'utf8' })
    for (const script of scripts.filter((name) => name.endsWith('.test'))) {
      for (const record of parseScript(readScript(`${slt}/${script}`))) {
        if (record.ok) check(record.sql, `${script}:${record.line}`, outcome)
      }
    }
    report(t, outcome)
  })
}
