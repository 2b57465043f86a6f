/**
 * What the programs of documents call where they claim something (`claims.ts`). It is loaded before them, in each of their processes and threads, and
 * notes what it sees in the file that CLAIMS_LOG names: a line of JSON for each time that a claim is met.
 */
import { appendFileSync } from 'node:fs'
import { format } from 'node:util'
import { any, fits, matches, plain, rest, shown, type Rest } from './matching.ts'

export interface Note {
  readonly claim: string
  readonly kind: 'is' | 'prints' | 'throws'
  readonly expected: string
  readonly actual: string
  /** Of `prints`: each time alone proves nothing. */
  readonly isTrue: boolean
}

type Expected = string | ((any: symbol, rest: Rest) => unknown)

function note(entry: Note): void {
  const log = process.env['CLAIMS_LOG']
  if (log !== undefined) appendFileSync(log, `${JSON.stringify(entry)}\n`)
}

function is<T>(claim: string, value: T, expected: Expected): T {
  const isTrue =
    typeof expected === 'string'
      ? fits(plain(expected), shown(value))
      : matches(expected(any, rest), value)
  const text = typeof expected === 'string' ? expected : shown(expected(any, rest))
  note({ claim, kind: 'is', expected: text, actual: shown(value), isTrue })
  return value
}

function prints(claim: string, expected: string): (...values: unknown[]) => void {
  return (...values) => {
    const actual = plain(format(...values))
    note({ claim, kind: 'prints', expected: plain(expected), actual, isTrue: true })
    console.log(...values)
  }
}

function noteThrown(claim: string, error: unknown, expected: string): void {
  const { code, name, message } = error as { code?: unknown; name?: unknown; message?: unknown }
  const [, word = '', text = '…'] = /^(\S+?)(?::\s+([^]*))?$/.exec(plain(expected)) ?? []
  const isTrue = (word === code || word === name) && fits(text, plain(String(message)))
  note({
    claim,
    kind: 'throws',
    expected: plain(expected),
    actual: `${String(code ?? name)}: ${String(message)}`,
    isTrue,
  })
}

function noteNothingThrown(claim: string, expected: string): void {
  note({ claim, kind: 'throws', expected, actual: 'nothing is thrown', isTrue: false })
}

function throws(claim: string, call: () => unknown, expected: string): void {
  try {
    call()
  } catch (error) {
    noteThrown(claim, error, expected)
    return
  }
  noteNothingThrown(claim, expected)
}

async function throwsLater(
  claim: string,
  call: () => Promise<unknown>,
  expected: string,
): Promise<void> {
  try {
    await call()
  } catch (error) {
    noteThrown(claim, error, expected)
    return
  }
  noteNothingThrown(claim, expected)
}

Object.assign(globalThis, {
  __is: is,
  __prints: prints,
  __throws: throws,
  __throwsLater: throwsLater,
})
