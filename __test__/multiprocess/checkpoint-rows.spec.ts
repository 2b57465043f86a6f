/**
 * The rows, the locks and the waiting of `PRAGMA wal_checkpoint` and its neighbours, in the same situations of two
 * connections: ours, in both modes, against SQLite's own answers (`node:sqlite`).
 */
import test from 'ava'
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Database } from '../../packages/engine/src/index.ts'
import { findNode } from '../support/oracle.ts'
import { temporaryFolder } from '../support/temporary.ts'

/** Which connection, and what it is told. A question answers its rows or its error. */
type Step = readonly ['a' | 'b', string]

const start: readonly Step[] = [
  ['a', 'PRAGMA wal_checkpoint(TRUNCATE)'],
  ['a', 'INSERT INTO t VALUES (1)'],
  ['a', 'INSERT INTO t VALUES (2)'],
]

const modes = ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE', 'NOOP']

function situations(mode: string): Record<string, readonly Step[]> {
  const ask: Step = ['a', `PRAGMA wal_checkpoint(${mode})`]
  const read: Step = ['b', 'SELECT count(*) FROM t']
  return {
    [`${mode} alone`]: [...start, ask],
    [`${mode} of an empty log`]: [['a', 'PRAGMA wal_checkpoint(TRUNCATE)'], ask, ask],
    [`${mode} beside a reader of an older state`]: [
      ...start,
      ['b', 'BEGIN'],
      read,
      ['a', 'INSERT INTO t VALUES (3)'],
      ask,
      ['b', 'COMMIT'],
    ],
    [`${mode} beside a reader of the newest state`]: [
      ...start,
      ['b', 'BEGIN'],
      read,
      ask,
      ['b', 'COMMIT'],
    ],
    [`${mode} beside a reader of an empty log`]: [
      ['a', 'PRAGMA wal_checkpoint(TRUNCATE)'],
      ['b', 'BEGIN'],
      read,
      ask,
      ['b', 'COMMIT'],
    ],
    [`${mode} beside a writer`]: [
      ...start,
      ['b', 'BEGIN IMMEDIATE'],
      ['b', 'INSERT INTO t VALUES (9)'],
      ask,
      ['b', 'COMMIT'],
      ask,
    ],
    [`${mode} inside transactions`]: [
      ...start,
      ['a', 'BEGIN'],
      ask,
      ['a', 'SELECT count(*) FROM t'],
      ask,
      ['a', 'COMMIT'],
      ['a', 'BEGIN IMMEDIATE'],
      ask,
      ['a', 'COMMIT'],
    ],
  }
}

const settings: Record<string, readonly Step[]> = {
  'modes that are none': ['', '(bogus)', '(0)', '(3)', "('Full')", '=truncate'].flatMap((value) => [
    ...start,
    ['a', `PRAGMA wal_checkpoint${value}`] as const,
  ]),
  schemas: [...start, ['a', 'PRAGMA main.wal_checkpoint(FULL)'], ['a', 'PRAGMA no.wal_checkpoint']],
  wal_autocheckpoint: ['', '=-5', '=0', '=5', "='abc'", '=2147483648', '=1000', '=0', ''].map(
    (value) => ['a', `PRAGMA wal_autocheckpoint${value}`] as const,
  ),
  journal_size_limit: [
    '',
    '=-5',
    '=0',
    '=5',
    "='abc'",
    '=2147483648',
    '=0x10',
    '=1.9',
    '(77)',
    "=' 5 '",
    '=+7',
    '=- 7',
    '=4503599627370496',
    '=-1',
    '',
  ].map((value) => ['a', `PRAGMA journal_size_limit${value}`] as const),
  'journal_size_limit in a transaction': [
    ['a', 'BEGIN IMMEDIATE'],
    ['a', 'PRAGMA journal_size_limit=5'],
    ['a', 'COMMIT'],
    ['a', 'PRAGMA journal_size_limit'],
    ['a', 'PRAGMA journal_size_limit=-1'],
  ],
}

const scripts: [string, readonly Step[]][] = [
  ...modes.flatMap((mode) => Object.entries(situations(mode))),
  ...Object.entries(settings),
]

const preparation = 'PRAGMA wal_autocheckpoint=0; CREATE TABLE t(x)'

/** Runs in a Node that has `node:sqlite`: prints the answers to all scripts. */
const program = `
const { DatabaseSync } = require('node:sqlite')
const [path, scripts, preparation] = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
const a = new DatabaseSync(path)
a.exec('PRAGMA journal_mode=wal;' + preparation)
const b = new DatabaseSync(path)
const connections = { a, b }
const answer = ([who, sql]) => {
  try { return connections[who].prepare(sql).all().map((row) => Object.entries(row)) }
  catch (error) { return error.message }
}
a.exec('PRAGMA busy_timeout=0')
b.exec('PRAGMA busy_timeout=0')
console.log(JSON.stringify(scripts.map(([, steps]) => steps.map(answer))))
`

function askSqlite(node: string): unknown[][] {
  const path = join(temporaryFolder(), 'a.db')
  const ran = spawnSync(node, ['--no-warnings', '-e', program], {
    input: JSON.stringify([path, scripts, preparation]),
    encoding: 'utf8',
  })
  if (ran.status !== 0) throw new Error(ran.stderr)
  return JSON.parse(ran.stdout) as unknown[][]
}

type Ours = InstanceType<typeof Database>

function answerOf(db: Ours, sql: string): unknown {
  try {
    const statement = db.prepare(sql)
    if (statement.reader) return statement.all().map((row) => Object.entries(row as object))
    statement.run()
    return []
  } catch (error) {
    return (error as Error).message
  }
}

const several = { experimental: ['multiprocess_wal'] }

for (const [name, mode] of [
  ['one process', {}],
  ['several processes', several],
] as const) {
  test.serial(`checkpoint rows: ${name} answers as SQLite does`, (t) => {
    t.timeout(120_000)
    const node = findNode()
    if (node === null) {
      t.log('skipped: no node:sqlite here')
      t.pass()
      return
    }
    const expected = askSqlite(node)
    const path = join(temporaryFolder(), 'a.db')
    const a = new Database(path, { ...mode, timeout: 0 })
    a.exec(preparation)
    const b = new Database(path, { ...mode, timeout: 0 })
    scripts.forEach(([title, steps], i) => {
      const found = steps.map(([who, sql]) => answerOf(who === 'a' ? a : b, sql))
      t.deepEqual(found, expected[i], title)
    })
    a.close()
    b.close()
  })

  test.serial(
    `checkpoint waiting: ${name} honours the busy timeout, and PASSIVE never waits`,
    (t) => {
      t.timeout(60_000)
      const path = join(temporaryFolder(), 'a.db')
      const a = new Database(path, { ...mode, timeout: 300 })
      a.exec(preparation)
      const b = new Database(path, { ...mode, timeout: 0 })
      const time = (checkpoint: string): [unknown, number] => {
        const begun = performance.now()
        const row = a.prepare(`PRAGMA wal_checkpoint(${checkpoint})`).raw().get()
        return [row, performance.now() - begun]
      }
      for (const [hindrance, log] of [
        ['BEGIN; SELECT count(*) FROM t', 2],
        ['BEGIN IMMEDIATE; INSERT INTO t VALUES (7)', 1],
      ] as const) {
        a.exec('PRAGMA wal_checkpoint(TRUNCATE)')
        a.exec('INSERT INTO t VALUES (1)')
        b.exec(hindrance)
        const isReader = log === 2
        if (isReader) a.exec('INSERT INTO t VALUES (2)')
        t.deepEqual(time('PASSIVE')[0], [0, log, 1])
        for (const waiting of ['FULL', 'RESTART', 'TRUNCATE']) {
          const [row, elapsed] = time(waiting)
          t.deepEqual(row, [1, log, 1], `${waiting} beside ${hindrance}`)
          t.true(elapsed >= 290, `${waiting} waited ${elapsed} ms`)
        }
        b.exec('COMMIT')
      }
      t.deepEqual(time('TRUNCATE')[0], [0, 0, 0])
      a.close()
      b.close()
    },
  )

  test.serial(`journal_size_limit: ${name} cuts the log when it restarts`, async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = new Database(path, mode)
    db.exec(preparation)
    // After a commit the file may be longer than the log for a moment.
    const settles = async (expected: number): Promise<number> => {
      const size = (): number => statSync(`${path}-wal`).size
      for (let i = 0; i < 100 && size() !== expected; i++) await sleep(20)
      return size()
    }
    const frame = 24 + 4096
    for (const limit of [-1, 0, 20_000, 1_000_000]) {
      db.exec(`PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_size_limit=${limit}`)
      for (let i = 0; i < 30; i++) db.exec('INSERT INTO t VALUES (1)')
      const grown = 32 + 30 * frame
      t.is(await settles(grown), grown)
      db.exec('PRAGMA wal_checkpoint(RESTART)')
      db.exec('INSERT INTO t VALUES (1)')
      // Peers want a log of exactly its length; one process keeps what the limit lets it keep.
      const kept = mode === several ? 0 : limit < 0 ? grown : Math.min(grown, limit)
      const expected = Math.max(kept, 32 + frame)
      t.is(await settles(expected), expected, `limit ${limit}`)
    }
    db.close()
  })
}
