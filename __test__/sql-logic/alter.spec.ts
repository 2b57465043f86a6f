/**
 * ALTER TABLE, against SQLite: what it answers and refuses, how it writes the texts of the schema anew, and that the files are whole. The
 * cases stand in `alter-cases.txt`: what SQLite makes first (triggers, among others), and behind `>>` what both do to a copy each.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { findNode } from '../support/oracle.ts'
import { temporaryFolder } from '../support/temporary.ts'

interface Case {
  readonly setup: readonly string[]
  readonly steps: readonly string[]
  readonly file: string
}

const schemaQuery =
  "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_autoindex%'"

const program = `
const { DatabaseSync } = require('node:sqlite')
const { copyFileSync, readFileSync } = require('node:fs')
const { cases, query, checks } = JSON.parse(readFileSync(0, 'utf8'))
const shown = (value) => value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
const open = (file) => new DatabaseSync(file, { enableDoubleQuotedStringLiterals: true, defensive: false })
const answer = (db, sql) => {
  try { return JSON.stringify(db.prepare(sql).all().map((row) => Object.values(row).map(shown))) }
  catch (error) { return error.message }
}
const answers = cases.map(({ setup, steps, file }) => {
  if (checks) return answer(open(file), 'PRAGMA integrity_check')
  const db = open(file)
  db.exec('PRAGMA foreign_keys = OFF')
  for (const sql of setup) db.exec(sql)
  copyFileSync(file, file + '.copy')
  const all = steps.map((sql) => [answer(db, sql), answer(db, query)])
  db.close()
  return all
})
process.stdout.write(JSON.stringify(answers))
`

function ask<Answer>(node: string, request: object): Answer[] {
  const { stdout, stderr } = spawnSync(node, ['--no-warnings', '-e', program], {
    input: JSON.stringify({ query: schemaQuery, checks: false, ...request }),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as Answer[]
}

function shown(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value
}

function answer(database: Database, sql: string): string {
  try {
    const statement = database.prepare(sql)
    if (statement.reader) {
      return JSON.stringify((statement.raw().all() as unknown[][]).map((row) => row.map(shown)))
    }
    statement.run()
    return '[]'
  } catch (error) {
    return (error as Error).message
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

function readCases(folder: string, prefix: readonly string[]): Case[] {
  const path = fileURLToPath(new URL('../../__test__/sql-logic/alter-cases.txt', import.meta.url))
  return readFileSync(path, 'utf8')
    .split(/^----$/m)
    .map((block, i) => {
      const [setup, steps] = block.split(/^>>$/m) as [string, string]
      return {
        setup: [...prefix, ...lines(setup)],
        steps: lines(steps),
        file: join(folder, `${i}.db`),
      }
    })
}

function compare(prefix: readonly string[]): (t: ExecutionContext) => void {
  return (t) => {
    const node = findNode()
    if (node === null) return t.pass()
    const cases = readCases(temporaryFolder(), prefix)
    const theirs = ask<[string, string][]>(node, { cases })
    for (const [i, { steps, file }] of cases.entries()) {
      copyFileSync(`${file}.copy`, `${file}.ours`)
      const database = new Database(`${file}.ours`, { enableDoubleQuotedStringLiterals: true })
      database.pragma('foreign_keys = OFF')
      for (const [s, sql] of steps.entries()) {
        const ours = [answer(database, sql), answer(database, schemaQuery)]
        t.deepEqual(ours, theirs[i]![s], `case ${i}: ${sql}`)
      }
      database.close()
    }
    const ours = cases.map(({ file }) => ({ file: `${file}.ours` }))
    for (const whole of ask<string>(node, { cases: ours, checks: true })) t.is(whole, '[["ok"]]')
    return undefined
  }
}

test('alter: UTF-8, answers and texts are those of SQLite', compare([]))

test(
  'alter: UTF-16 and small pages, answers and texts are those of SQLite',
  compare(["PRAGMA encoding = 'UTF-16le'", 'PRAGMA page_size = 512']),
)
