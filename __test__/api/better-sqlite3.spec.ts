/**
 * The same calls on better-sqlite3 and on ours must come to the same. better-sqlite3 runs in a process of its own,
 * with a Node that can load it; where there is none, the comparison is skipped and says so.
 *
 * Where we differ on purpose, the step stands in `differences` with our answer.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { Database, SqliteError } from '../../packages/engine/src/index.ts'
import { findNode } from '../support/oracle.ts'
import type { Step } from './scenario.ts'
import { runScenarios, scenarios } from './scenarios.ts'

const program = fileURLToPath(new URL('better-sqlite3-process.ts', import.meta.url))

/** Steps in which our answer differs on purpose, by the text of the call without spaces. */
const differences: Readonly<Record<string, string>> = {
  // A view of bytes like any other.
  "()=>get('SELECT?',newDataView(newArrayBuffer(2)))": '[Buffer(0000)]',
  // better-sqlite3 is built with other defaults than SQLite's.
  "()=>db.pragma('cache_size',{simple:true})": '-65536',
  // There is no temp database.
  "()=>db.pragma('database_list')": '[{ seq: 0, name: "main", file: "" }]',
}

function askBetterSqlite3(): Record<string, Step[]> | string {
  const node = findNode()
  if (node === null) return 'there is no Node that can load it (set SQLITE_NODE)'
  const { status, stdout, stderr } = spawnSync(node, ['--no-warnings', program], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  return status === 0 ? (JSON.parse(stdout) as Record<string, Step[]>) : stderr.trim()
}

const theirs = askBetterSqlite3()
const ours = runScenarios(Database)

for (const name of Object.keys(scenarios)) {
  test(`better-sqlite3: the same comes of ${name}`, (t) => {
    if (typeof theirs === 'string') {
      t.log(`better-sqlite3 is not to be had here: ${theirs.slice(0, 300)}`)
      t.pass()
      return
    }
    const expected = theirs[name]!.map(([call, outcome]) => [
      call,
      differences[key(call)] ?? outcome,
    ])
    t.deepEqual(
      ours[name]!.map((step) => [...step]),
      expected,
    )
  })
}

test('better-sqlite3: what we have not got is refused by name', async (t) => {
  const db = new Database(':memory:')
  for (const method of ['loadExtension', 'serialize'] as const) {
    const error = t.throws(() => db[method](), { instanceOf: SqliteError })
    t.is(error.code, 'SQLITE_ERROR')
    t.is(error.message, `${method}() is not supported`)
  }
  await t.throwsAsync(() => db.backup('x.db'), { message: 'backup() is not supported' })
  t.throws(() => new Database(Buffer.alloc(0) as never), {
    message: 'opening a serialized database is not supported',
  })
  t.throws(() => new Database(5 as never), {
    message: 'opening a file descriptor is not supported',
  })
})

test('better-sqlite3: numbered parameters also take the values of a list', (t) => {
  const db = new Database(':memory:')
  t.deepEqual(db.prepare('SELECT ?2 AS a, ?1 AS b').get(1, 2), { a: 2, b: 1 })
  t.deepEqual(db.prepare('SELECT ?2 AS a, ? AS b').get([1, 2, 3]), { a: 2, b: 3 })
  t.throws(() => db.prepare('SELECT ?1, ?2').get(1), { message: 'Missing named parameters' })
})

test('better-sqlite3: an option that is undefined counts as not given', (t) => {
  const db = new Database(':memory:', { readonly: undefined, timeout: undefined })
  t.true(Array.isArray(db.pragma('busy_timeout', { simple: undefined })))
  t.deepEqual(db.prepare('SELECT 1').raw(undefined).get(), [1])
})

function key(call: string): string {
  return call.replaceAll(/\s/g, '')
}
