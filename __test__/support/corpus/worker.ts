/**
 * A process that runs jobs one after the other, in a folder of its own. On descriptor 3 it writes `b N` before it begins case N, so that
 * the parent knows which one hangs, and `r JSON` when a job is done.
 */
import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { checkFile, connectEngine, connectSqlite } from './connection.ts'
import { runFile } from './families.ts'
import { hashOf, type Finding, type Job, type Result } from './job.ts'
import type { Report } from './outcome.ts'

const answers = 3
const folder = mkdtempSync(join(tmpdir(), 'chorusdb-corpus-'))
process.chdir(folder)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

function run(job: Job): Result {
  const passed: number[] = []
  const failed: Report[] = []
  const findings: Finding[] = []
  const names: Record<number, string> = {}
  const fatal = new Set(job.fatal)
  runFile(job.isSqlite ? connectSqlite : connectEngine, job.corpus, job, {
    wants: (_index, name, unit) =>
      (job.name === null || name.includes(job.name)) &&
      (job.every === 1 || hashOf(`${job.family}/${job.file}#${unit}`) % job.every === 0),
    isFatal: (index) => fatal.has(index),
    begin: (index) => void writeSync(answers, `b ${index}\n`),
    report(report) {
      if (report.verdict === null) passed.push(report.index)
      else failed.push(report)
      names[report.index] = report.name
    },
    checkFile,
    unsound: (index, text) => findings.push({ index, text }),
  })
  return { passed, failed, findings, names }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const result = run(JSON.parse(line) as Job)
  const text = Buffer.from(`r ${JSON.stringify(result)}\n`)
  for (let at = 0; at < text.length;) at += writeSync(answers, text, at)
})
