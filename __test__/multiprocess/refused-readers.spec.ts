/**
 * A transaction that has read, and then writes: it is refused with `SQLITE_BUSY_SNAPSHOT` where somebody has changed the database since, and
 * never where SQLite lets it go on. Asked of SQLite (`node:sqlite`) for every state of the log and every thing that another
 * connection does meanwhile: checkpoints of each mode, and transactions that come to nothing, or change nothing. In both modes, and with the other
 * connection in another process.
 */
import test from 'ava'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { findNode } from '../support/oracle.ts'
import { openRemote } from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** Which connection is told what: `r` reads, and writes in the end; `a` does something meanwhile; `c` only reads. */
type Step = readonly ['r' | 'a' | 'c', string]

const schema = `
  CREATE TABLE t(x INTEGER PRIMARY KEY, y); INSERT INTO t VALUES (1, 1);
  CREATE TABLE u(z);
  CREATE TABLE long(id INTEGER PRIMARY KEY, y, z);
  INSERT INTO long VALUES (1, printf('%20000c', 'x'), 5), (2, printf('%900c', 'y'), 6);
  CREATE TABLE indexed(y, z); CREATE INDEX indexed_y ON indexed(y); INSERT INTO indexed VALUES (1, 2), (3, 4);
  CREATE TABLE counted(x INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO counted VALUES (1)`

const checkpoint = (mode: string): Step => ['a', `PRAGMA wal_checkpoint(${mode})`]
const a = (...statements: string[]): Step[] => statements.map((sql): Step => ['a', sql])
const frames = [
  checkpoint('TRUNCATE'),
  ...a('INSERT INTO u VALUES (1)', 'INSERT INTO u VALUES (1)'),
]

/** What the log holds when the reader begins. */
const logs: Record<string, readonly Step[]> = {
  'an empty log': [...a('INSERT INTO u VALUES (1)'), checkpoint('TRUNCATE')],
  'a log': frames,
  'a log that is copied back': [...frames, checkpoint('PASSIVE')],
  'a log that was restarted': [...frames, checkpoint('RESTART')],
  'a log that is copied back in part': [
    checkpoint('TRUNCATE'),
    ...a('INSERT INTO u VALUES (1)'),
    ['c', 'BEGIN'],
    ['c', 'SELECT count(*) FROM u'],
    ...a('INSERT INTO u VALUES (1)'),
    checkpoint('PASSIVE'),
    ['c', 'COMMIT'],
  ],
}

const spill = `INSERT INTO u SELECT printf('%3000c', 'x') FROM long, long, long, long, long, long, long`
const small = (...statements: string[]): Step[] =>
  a('PRAGMA cache_size = 5', ...statements, 'PRAGMA cache_size = 2000')

/** What is done between the reading and the writing. */
const deeds: Record<string, readonly Step[]> = {
  nothing: [],
  'PASSIVE checkpoint': [checkpoint('PASSIVE')],
  'FULL checkpoint': [checkpoint('FULL')],
  'RESTART checkpoint': [checkpoint('RESTART')],
  'TRUNCATE checkpoint': [checkpoint('TRUNCATE')],
  'two checkpoints': [checkpoint('RESTART'), checkpoint('TRUNCATE')],
  read: a('SELECT count(*) FROM t'),
  'begin and roll back': a('BEGIN IMMEDIATE', 'ROLLBACK'),
  'begin and commit': a('BEGIN EXCLUSIVE', 'COMMIT'),
  'insert and roll back': a('BEGIN', 'INSERT INTO u VALUES (1)', 'ROLLBACK'),
  'checkpoint, insert and roll back': [
    checkpoint('FULL'),
    ...a('BEGIN', 'INSERT INTO u VALUES (1)', 'ROLLBACK'),
  ],
  'spill and roll back': small('BEGIN', spill, 'ROLLBACK'),
  'restart, spill and roll back': [checkpoint('RESTART'), ...small('BEGIN', spill, 'ROLLBACK')],
  'spill, roll back and checkpoint': [...small('BEGIN', spill, 'ROLLBACK'), checkpoint('FULL')],
  conflict: a('INSERT INTO t VALUES (1, 1)'),
  'ignored conflict': a('INSERT OR IGNORE INTO t VALUES (1, 5)'),
  'ignored conflict of a counted table': a('INSERT OR IGNORE INTO counted VALUES (1)'),
  'update of no row': a('UPDATE t SET y = 2 WHERE x = -1'),
  'delete of no row': a('DELETE FROM t WHERE x = -1'),
  'insert of no row': a('INSERT INTO u SELECT 1 WHERE 0'),
  'table that is there': a('CREATE TABLE IF NOT EXISTS t(x)'),
  'update to the same': a('UPDATE t SET y = 1 WHERE x = 1'),
  'update of a long row to the same': a('UPDATE long SET y = y'),
  'update of an indexed row to the same': a('UPDATE indexed SET z = z'),
  'updates to the same': a('BEGIN', 'UPDATE t SET y = y', 'UPDATE long SET z = z', 'COMMIT'),
}

/** What must refuse it. */
const changes: Record<string, readonly Step[]> = {
  insert: a('INSERT INTO u VALUES (1)'),
  'insert and checkpoint': [...a('INSERT INTO u VALUES (1)'), checkpoint('RESTART')],
  'checkpoint and insert': [checkpoint('RESTART'), ...a('INSERT INTO u VALUES (1)')],
  'update of a row': a('UPDATE t SET y = y + 1 WHERE x = 1', 'UPDATE t SET y = 1 WHERE x = 1'),
  'update of a long row at its end': a(
    "UPDATE long SET y = substr(y, 1, 19999) || iif(substr(y, 20000) = 'x', 'y', 'x') WHERE id = 1",
  ),
  schema: a('CREATE TABLE other(x)', 'DROP TABLE other'),
}

const readings = ['SELECT count(*) FROM t', 'SELECT count(*) FROM sqlite_schema']
const scripts: [title: string, steps: Step[]][] = []
for (const [log, before] of Object.entries(logs)) {
  for (const [deed, meanwhile] of Object.entries({ ...deeds, ...changes })) {
    const reading = readings[scripts.length % 2]!
    const steps: Step[] = [
      ...before,
      ['r', 'BEGIN'],
      ['r', reading],
      ...meanwhile,
      ['r', `INSERT INTO t VALUES (${1000 + scripts.length}, 0)`],
      ['r', 'ROLLBACK'],
      ['a', 'DELETE FROM u'],
    ]
    scripts.push([`${log}, ${deed}, ${reading}`, steps])
  }
}

const settings = 'PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0'

/** Runs in a Node that has `node:sqlite`: prints how the writing of each script ended. */
const program = `
const { DatabaseSync } = require('node:sqlite')
const [path, scripts, schema, settings] = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const open = () => {
  const db = new DatabaseSync(path)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 0;' + settings)
  return db
}
const connections = { r: open(), a: open(), c: open() }
connections.r.exec(schema)
const run = ([who, sql]) => {
  try { connections[who].exec(sql); return 'ok' } catch (error) { return error.errcode === 517 ? 'SQLITE_BUSY_SNAPSHOT' : error.message }
}
console.log(JSON.stringify(scripts.map(([, steps]) => steps.map(run).at(-3))))
`

function askSqlite(node: string): string[] {
  const path = join(temporaryFolder(), 'a.db')
  const ran = spawnSync(node, ['--no-warnings', '-e', program], {
    input: JSON.stringify([path, scripts, schema, settings]),
    encoding: 'utf8',
  })
  if (ran.status !== 0) throw new Error(ran.stderr)
  return JSON.parse(ran.stdout) as string[]
}

let verdicts: string[] | null = null
const node = findNode()
const several = { experimental: ['multiprocess_wal'] }
type Run = (sql: string) => unknown

function open(path: string, options: object): Run {
  const db = new Database(path, { ...options, timeout: 0 })
  db.exec(settings)
  return (sql) => db.exec(sql)
}

for (const [mode, options, isElsewhere] of [
  ['one process', {}, false],
  ['several processes', several, false],
  ['another process', several, true],
] as const) {
  test.serial(`refused readers: ${mode}: whom SQLite lets write may write`, async (t) => {
    t.timeout(120_000)
    if (node !== null) verdicts ??= askSqlite(node)
    else t.log('no node:sqlite here: only what must be refused is looked at')
    const path = join(temporaryFolder(), 'a.db')
    const r = open(path, options)
    r(schema)
    const connections: Record<string, Run> = { r, c: open(path, options) }
    if (isElsewhere) {
      const remote = await openRemote(t, path, undefined, { timeout: 0 })
      await remote.exec(settings)
      connections['a'] = (sql) => remote.exec(sql)
    } else connections['a'] = open(path, options)
    for (const [i, [title, steps]] of scripts.entries()) {
      const answers: string[] = []
      for (const [who, sql] of steps) {
        try {
          await connections[who]!(sql)
          answers.push('ok')
        } catch (error) {
          answers.push((error as { code: string }).code)
        }
      }
      const found = answers.at(-3)!
      const deed = title.split(', ')[1]!
      if (deed in changes) t.is(found, 'SQLITE_BUSY_SNAPSHOT', title)
      else if (verdicts === null || verdicts[i] === 'ok') t.is(found, 'ok', title)
      else t.true(found === 'ok' || found === verdicts[i], `${title}: ${found}`)
    }
  })
}
