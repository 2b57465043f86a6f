/** Runs sqllogictest scripts, each record a case, on one empty database in memory. (`sqllogictest.ts` reads and judges them.) */
import { join } from 'node:path'
import { openEngine } from '../engine.ts'
import { judgeRecord, parseScript, readScript } from '../sqllogictest.ts'
import type { Connect } from './connection.ts'
import { fatalFailure, sentenceOf } from './outcome.ts'
import type { Errand, Verdict } from './outcome.ts'

export function runSlt(_connect: Connect, corpus: string, file: string, errand: Errand): void {
  const records = [...parseScript(readScript(join(corpus, file)))]
  const last = records.findLastIndex(({ line }, index) => errand.wants(index, String(line), 0))
  const engine = openEngine()
  const labels = new Map<string, string>()
  for (const [index, record] of records.slice(0, last + 1).entries()) {
    errand.begin(index)
    let verdict: Verdict = null
    if (errand.isFatal(index)) verdict = fatalFailure
    else {
      const reason = judgeRecord(record, engine, labels)
      if (reason !== null) verdict = verdictOf(reason)
    }
    const name = String(record.line)
    if (errand.wants(index, name, 0)) errand.report({ index, name, sql: record.sql, verdict })
  }
  engine.close()
}

function verdictOf(reason: string): Verdict {
  const error = /^failed: (.*)$/s.exec(reason)
  if (error !== null)
    return { group: sentenceOf(error[1]!), expected: 'success', got: `error: ${error[1]}` }
  const [got, expected] = reason.split(' instead of ')
  return { group: '(another answer)', expected: expected ?? '', got: got! }
}
