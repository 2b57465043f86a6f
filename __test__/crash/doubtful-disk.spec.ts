/**
 * A sync fails, once, and drops all that it should have written; every later sync reports success. Whoever comes next, in another
 * connection, must not build on what was dropped: he writes it once more. Then the power fails, and all that was acknowledged is
 * there. SEED=… repeats a run.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { diskOf, errno, installFaults, stops, uninstallFaults } from '../support/faulty-system.ts'
import type { FaultRule } from '../support/faulty-system.ts'
import { hasSqlite, sqlite, temporaryFolder } from './sqlite-shell.ts'

const seed = Number(process.env['SEED'] ?? 1)
const cuts = 2

interface Scene {
  readonly name: string
  readonly isNew?: boolean
  /** Nobody can cut the log for a while. */
  readonly isUncut?: boolean
  /** Which of its syncs fails, one after the other. */
  readonly file: 'db' | 'wal'
  readonly syncs: number
  /** At which write to the database the power fails; 0: at the end. */
  readonly writes: readonly number[]
  /** What is tried may fail. */
  run(open: () => Database, tries: (body: () => void) => boolean): Expected
}

/** Count and sum of the rows, after each commit that the power may have left; the first is acknowledged. */
type Expected = readonly string[]

const scenes: readonly Scene[] = [
  {
    name: 'the header of a new log',
    file: 'wal',
    syncs: 4,
    writes: [0],
    run(open, tries) {
      let sum = 0
      for (const value of [1, 2, 4]) {
        const db = open()
        const insert = `INSERT INTO t VALUES (${value}, zeroblob(900))`
        if (tries(() => db.exec(insert))) sum += value
        if (value === 1) tries(() => db.pragma('wal_checkpoint(RESTART)'))
      }
      return [String(sum)]
    },
  },
  {
    name: 'the first page of a new database',
    isNew: true,
    file: 'db',
    syncs: 2,
    writes: [0],
    run(open, tries) {
      // With several processes the page is made by the opening.
      tries(() => open().exec('CREATE TABLE lost(a)'))
      tries(() => open().exec('CREATE TABLE lost(a)'))
      open().exec('CREATE TABLE t(a, b); INSERT INTO t VALUES (4, 0)')
      return ['4']
    },
  },
  {
    name: 'the first log of a new database',
    isNew: true,
    file: 'wal',
    syncs: 2,
    writes: [0],
    run(open, tries) {
      tries(() => open().close())
      tries(() => open().exec('CREATE TABLE lost(a)'))
      open().exec('CREATE TABLE t(a, b); INSERT INTO t VALUES (4, 0)')
      return ['4']
    },
  },
  {
    name: 'a commit that could not be cut off either',
    file: 'wal',
    syncs: 4,
    writes: [0],
    isUncut: true,
    run(open, tries) {
      const values = [1, 2, 4]
      const done = values.map((value) =>
        tries(() => open().exec(`INSERT INTO t VALUES (${value}, 0)`)),
      )
      // What its author gave up may count or not; what comes after it does.
      const sums = [0, 1, 2, 3, 4, 5, 6, 7].filter((sum) =>
        done.every((is, i) => !is || sum & values[i]!),
      )
      return sums.map(String)
    },
  },
  {
    name: 'a log that is copied back',
    file: 'wal',
    syncs: 3,
    writes: [1, 2],
    run(open, tries) {
      const db = open()
      db.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0')
      let count = 0
      for (let i = 0; i < 30; i++) {
        const size = i % 2 ? 700 : 0
        if (tries(() => db.exec(`INSERT INTO t VALUES (0, zeroblob(${size}))`))) count++
      }
      tries(() => db.exec('UPDATE t SET a = 1'))
      for (let i = 0; i < 3; i++) tries(() => db.pragma('wal_checkpoint'))
      return ['0', String(count)]
    },
  },
]

/** @returns whether the sync failed */
function play(
  t: ExecutionContext,
  scene: Scene,
  rules: FaultRule[],
  multiprocess: boolean,
): boolean {
  const folder = temporaryFolder(t)
  const path = join(folder, 'a.db')
  if (scene.isNew === true) writeFileSync(path, '')
  else sqlite(path, 'PRAGMA page_size=512; PRAGMA journal_mode=WAL; CREATE TABLE t(a, b);')
  const before = readFileSync(path)
  const ledger = join(folder, 'ledger')
  writeFileSync(ledger, '')
  const opened: Database[] = []
  const open = (): Database => {
    const db = new Database(path, multiprocess ? { experimental: ['multiprocess_wal'] } : {})
    opened.push(db)
    return db
  }
  let hasFailed = false
  const tries = (body: () => void): boolean => {
    try {
      body()
      return true
    } catch (error) {
      if ((error as { code?: string }).code === 'SQLITE_IOERR_FSYNC') hasFailed = true
      return false
    }
  }
  installFaults(rules, ledger)
  let expected: Expected
  try {
    expected = scene.run(open, tries)
  } finally {
    uninstallFaults()
  }
  for (let cut = 0; cut < cuts; cut++) {
    const survivor = diskOf(ledger, before, new Uint8Array(0), 0).crash(seed * cuts + cut)
    const copy = join(folder, `cut-${cut}.db`)
    writeFileSync(copy, survivor.open('db').content())
    writeFileSync(`${copy}-wal`, survivor.open('wal').content())
    const found = sqlite(copy, 'PRAGMA integrity_check; SELECT coalesce(sum(a), 0) FROM t;')
    const isOne = expected.some((sum) => found === `ok\n${sum}`)
    const context = `${JSON.stringify(rules)} cut ${cut}`
    t.true(isOne, `${context}: ${found}, and not ${expected.join(' or ')}`)
  }
  for (const db of opened) tries(() => db.close())
  return hasFailed
}

for (const multiprocess of [false, true]) {
  const mode = multiprocess ? 'several processes' : 'one process'
  for (const scene of scenes) {
    test(`doubtful disk: ${scene.name} could not be synced, and is written once more (${mode})`, (t) => {
      if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
      t.log(`SEED=${seed}`)
      let met = 0
      for (let at = 1; at <= scene.syncs; at++) {
        for (const write of scene.writes) {
          const rules: FaultRule[] = [
            { file: scene.file, call: 'sync', at, every: 0, fault: errno.EIO },
          ]
          if (scene.isUncut === true) {
            rules.push({ file: 'wal', call: 'cut', at: 1, every: 0, fault: errno.EIO })
          }
          if (write > 0)
            rules.push({ file: 'db', call: 'write', at: write, every: 0, fault: stops })
          if (play(t, scene, rules, multiprocess)) met++
        }
      }
      t.true(met > 0)
    })
  }
}
