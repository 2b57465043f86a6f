/**
 * The same calls on better-sqlite3 and on ours must come to the same: on the constructor that stands in for it, and on that of `chorusdb`.
 * better-sqlite3 runs in a process of its own, with a Node that can load it; where there is none, the comparison is skipped and says so.
 *
 * Where we differ on purpose, the step stands in `differences` with our answer.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import BetterSqlite3 from '../../packages/engine/src/better-sqlite3.ts'
import { Database } from '../../packages/engine/src/index.ts'
import { findNode } from '../support/oracle.ts'
import type { Step } from './scenario.ts'
import { runScenarios, scenarios } from './scenarios.ts'

const program = fileURLToPath(new URL('better-sqlite3-process.ts', import.meta.url))

/** Steps in which our answer differs on purpose, by the text of the call without spaces. */
type Differences = Readonly<Record<string, string>>

const tooLarge = (integer: string): string =>
  `throws RangeError: The INTEGER ${integer} is too large for a number: ` +
  "ask for bigints with safeIntegers(), or where they are needed with integers('mixed')"

/** Under the other name. */
const differences: Differences = {
  // There is no temp database.
  "()=>db.pragma('database_list')": '[{ seq: 0, name: "main", file: "" }]',
  // Sentences that say what is wrong.
  "()=>get('SELECT?',newDataView(newArrayBuffer(2)))":
    'throws TypeError: SQLite3 can only bind numbers, strings, bigints, buffers, and null',
  "()=>db.serialize({attached:'nowhere'})":
    'throws SqliteError SQLITE_ERROR: unknown database nowhere',
  '()=>newDatabase(folder,{readonly:true})':
    'throws SqliteError SQLITE_CANTOPEN: unable to open database file',
  "()=>db.serialize({attached:'temp'})": 'throws SqliteError SQLITE_ERROR: unknown database temp',
}

const noFolder = 'throws TypeError: Cannot open database because the directory does not exist'

/** Under our own. */
const ownDifferences: Differences = {
  ...differences,
  // A view of bytes like any other.
  "()=>get('SELECT?',newDataView(newArrayBuffer(2)))": '[Buffer(0000)]',
  "()=>db.pragma('cache_size',{simple:true})": '-65536',
  // INTEGERs are numbers where that is exact.
  "()=>db.prepare('INSERTINTOperson(id,name)VALUES(9007199254740993,?)').run('Far')":
    '{ changes: 1, lastInsertRowid: 9007199254740993n }',
  "()=>db.prepare('SELECT9007199254740993,-9223372036854775807-1').raw().get()":
    tooLarge('9007199254740993'),
  "()=>get('SELECT?',2n**63n-1n)": tooLarge('9223372036854775807'),
  "()=>get('SELECT?',-(2n**63n))": tooLarge('-9223372036854775808'),
  'ananswer,bigint-9223372036854775808': tooLarge('-9223372036854775808'),
  // Booleans are 0 and 1.
  "()=>get('SELECT?',true)": '[1]',
  "()=>get('SELECT1',true)": 'throws RangeError: Too many parameter values were provided',
  "()=>get('SELECT:a',{a:true})": '[1]',
  "()=>get('SELECT:a,?',true,{a:1})": '[1, 1]',
  "()=>db.prepare('SELECT?').bind(true)": 'Statement',
  '()=>all([true])': '[{ a: 1, t: "integer" }]',
  "()=>get('SELECT?',newDate(0))":
    'throws TypeError: A Date cannot be bound: pass a number or a text, such as date.toISOString(), or set the option "codec"',
  // They are URIs.
  'file::memory:': '[true, true, []]',
  'file:a.db?mode=memory&cache=shared':
    "throws SqliteError SQLITE_ERROR: URI parameter 'cache=shared' is not supported",
  'file:b%20c.db': '[false, true, ["b c.db"]]',
  'file://': '[true, true, ["b c.db"]]',
  'file:no/../d.db': noFolder,
  'file:no/e.db': noFolder,
  // What is no database is told at once.
  "()=>newDatabase(Buffer.from('nodatabase,thoughitisatextofsomelength')).open":
    'throws SqliteError SQLITE_NOTADB: file is not a database',
  "()=>newDatabase(Buffer.alloc(4096,'x')).close().open":
    'throws SqliteError SQLITE_NOTADB: file is not a database',
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
const doors = [
  { door: 'better-sqlite3', ours: await runScenarios(BetterSqlite3), differs: differences },
  { door: 'chorusdb', ours: await runScenarios(Database), differs: ownDifferences },
]

for (const { door, ours, differs } of doors) {
  for (const name of Object.keys(scenarios)) {
    test(`${door}: the same comes of ${name}`, (t) => {
      if (typeof theirs === 'string') {
        t.log(`better-sqlite3 is not to be had here: ${theirs.slice(0, 300)}`)
        t.pass()
        return
      }
      const expected = theirs[name]!.map(([call, outcome]) => [
        call,
        Object.hasOwn(differs, key(call)) ? differs[key(call)] : outcome,
      ])
      t.deepEqual(
        ours[name]!.map((step) => [...step]),
        expected,
      )
    })
  }
}

test('better-sqlite3: what we have not got is refused by name', (t) => {
  for (const Constructor of [BetterSqlite3, Database]) {
    const db = new Constructor(':memory:')
    const error = t.throws(() => db.loadExtension('x'), { instanceOf: Database.SqliteError })
    t.is(error.code, 'SQLITE_ERROR')
    t.is(error.message, 'loadExtension() is not supported')
    const open = Constructor as unknown as (name: number, options: object) => unknown
    t.throws(() => open(5, { journalFd: 6 }), {
      instanceOf: TypeError,
      message: 'Opening a database from a file descriptor is not supported',
    })
    t.throws(() => new Constructor(':memory:', { nativeBinding: 'x' as never }), {
      instanceOf: TypeError,
      message: 'The "nativeBinding" option is not supported: the addon finds itself',
    })
  }
})

test('better-sqlite3: numbered parameters also take the values of a list', (t) => {
  const db = new Database(':memory:')
  t.deepEqual(db.prepare('SELECT ?2 AS a, ?1 AS b').get(1, 2), { a: 2, b: 1 })
  t.deepEqual(db.prepare('SELECT ?2 AS a, ? AS b').get([1, 2, 3]), { a: 2, b: 3 })
  t.throws(() => db.prepare('SELECT ?1, ?2').get(1), { message: 'Missing named parameters' })
})

function key(call: string): string {
  return call.replaceAll(/\s/g, '')
}
