/**
 * The same as `power-cut.spec.ts`, through the Rust core on real files: a workload of several connections is stopped at its N-th write, sync or
 * truncation, by the core or by storage, and then the power fails; or that call fails or does half. The files must hold whole
 * commits, and all that were acknowledged, as SQLite finds them and as we do. SEED=… repeats a run.
 */
import test from 'ava'
import type { ExecutionContext } from 'ava'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Database } from '../../packages/engine/src/index.ts'
import { copyFile } from '../support/copy-file.ts'
import { randomFrom } from '../support/faulty-file.ts'
import {
  diskOf,
  errno,
  installFaults,
  isShort,
  stops,
  uninstallFaults,
} from '../support/faulty-system.ts'
import type { FaultRule } from '../support/faulty-system.ts'
import { hasSqlite, sqlite, temporaryFolder } from './sqlite-shell.ts'

const seed = Number(process.env['SEED'] ?? 1)
const question =
  'PRAGMA integrity_check; SELECT count(*), CAST(coalesce(sum(a), 0) AS INTEGER) FROM t;'

interface Outcome {
  /** Sum and count after each commit; the last may not have been acknowledged. */
  readonly states: string[]
  acknowledged: number
}

/** How a run works: one process or several; whether a connection that cares for no syncs checkpoints for the others. */
interface Way {
  readonly multiprocess: boolean
  readonly isCareless?: boolean
}

/** Inserts 1, 2, 4 … by three connections in turn, some rows large; checkpoints in every mode. */
function work(path: string, { multiprocess, isCareless }: Way, random: () => number): Outcome {
  const outcome: Outcome = { states: ['0|0'], acknowledged: 0 }
  const open: Database[] = []
  const options = multiprocess ? { experimental: ['multiprocess_wal'], timeout: 0 } : { timeout: 0 }
  let [count, sum] = [0, 0]
  try {
    for (let i = 0; i < 3; i++) open.push(new Database(path, options))
    for (const db of open) {
      db.exec('PRAGMA cache_size = 10')
      db.exec(`PRAGMA wal_autocheckpoint = ${isCareless ? 0 : 12}`)
    }
    let careless: Database | null = null
    if (isCareless) {
      careless = new Database(path, options)
      careless.exec('PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0')
      open.push(careless)
    }
    for (let i = 0; i < 16; i++) {
      const db = open[Math.floor(random() * 3)]!
      // Some outgrow the cache, and are written ahead of their commit.
      const size = random() < 0.15 ? 60_000 : 500
      count++
      sum += i
      outcome.states.push(`${count}|${sum}`)
      db.prepare('INSERT INTO t VALUES (?, zeroblob(?))').run(i, size)
      outcome.acknowledged = outcome.states.length - 1
      const choice = random()
      if (careless !== null) {
        // The next commit of those who do care restarts the log.
        if (choice < 0.4) careless.pragma('wal_checkpoint(PASSIVE)')
      } else if (choice < 0.06) db.pragma('wal_checkpoint(TRUNCATE)')
      else if (choice < 0.14) db.pragma('wal_checkpoint(RESTART)')
    }
  } catch (error) {
    const { code } = error as { code?: string }
    if (!/^SQLITE_(IOERR|FULL|CANTOPEN)/.test(code ?? '')) throw error
  }
  for (const db of open) {
    try {
      db.close()
    } catch {
      // What could not be copied back is in the log.
    }
  }
  return outcome
}

/** A run with the faults, on copies; what the disk has after it. */
function run(folder: string, way: Way, rules: FaultRule[], workSeed: number) {
  const own = mkdtempSync(join(folder, 'run-'))
  const path = join(own, 'a.db')
  copyFile(join(folder, 'new.db'), path)
  const ledger = join(own, 'ledger')
  writeFileSync(ledger, '')
  const before = readFileSync(path)
  installFaults(rules, ledger)
  const outcome = work(path, way, randomFrom(workSeed))
  uninstallFaults()
  const disk = diskOf(ledger, before, new Uint8Array(0))
  return { own, path, outcome, disk }
}

function judge(t: ExecutionContext, path: string, outcome: Outcome, context: string): void {
  const { states, acknowledged } = outcome
  const answers = states.slice(acknowledged).map((state) => `ok\n${state}`)
  const isOne = (answer: string): boolean => answers.includes(answer)
  const copy = `${path}.sqlite`
  copyFile(path, copy)
  copyFile(`${path}-wal`, `${copy}-wal`)
  const bySqlite = sqlite(copy, question)
  t.true(isOne(bySqlite), `${context}: SQLite finds ${bySqlite}, not one of ${answers.join(' ')}`)
  new Database(
    path,
    context.includes('several') ? { experimental: ['multiprocess_wal'] } : {},
  ).close()
  const byUs = sqlite(path, question)
  t.true(isOne(byUs), `${context}: we find ${byUs}, not one of ${answers.join(' ')}`)
}

function newDatabase(t: ExecutionContext): string {
  const folder = temporaryFolder(t)
  sqlite(
    join(folder, 'new.db'),
    'PRAGMA page_size=1024; PRAGMA journal_mode=WAL; CREATE TABLE t(a, b);',
  )
  return folder
}

for (const multiprocess of [false, true]) {
  const mode = multiprocess ? 'several processes' : 'one process'
  for (const isCareless of [false, true]) {
    const way = { multiprocess, isCareless }
    const whose = isCareless ? ' beside one that syncs nothing and checkpoints' : ''
    test(`power cut: at any call of the core and of storage, acknowledged commits survive${whose} (${mode})`, (t) => {
      if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
      t.log(`SEED=${seed}`)
      const folder = newDatabase(t)
      const { disk: whole } = run(folder, way, [], seed)
      t.true(whole.calls > 40)
      for (let call = 1; call <= whole.calls; call += 1 + Math.floor(whole.calls / 14)) {
        const rule = { at: call, every: 0, fault: stops }
        const { own, path, outcome, disk } = run(folder, way, [rule], seed)
        const survivor = disk.crash(seed + call)
        writeFileSync(path, survivor.open('db').content())
        writeFileSync(`${path}-wal`, survivor.open('wal').content())
        // The coordination file is never synced: it may be there as it was, or not at all.
        if (call % 2 === 0) rmSync(`${path}-tshm`, { force: true })
        judge(t, path, outcome, `SEED=${seed} call=${call} ${mode}`)
        rmSync(own, { recursive: true })
      }
    })
  }

  for (const [name, call, fault] of [
    ['a write fails', 'write', errno.EIO],
    ['a write finds the disk full', 'write', errno.ENOSPC],
    ['a write finds the quota used up', 'write', errno.EDQUOT],
    ['a write is short', 'write', isShort],
    ['a write is interrupted', 'write', errno.EINTR],
    ['a sync fails', 'sync', errno.EIO],
    ['a sync finds the disk full', 'sync', errno.ENOSPC],
    ['a sync is interrupted', 'sync', errno.EINTR],
    ['a cut fails', 'cut', errno.EIO],
  ] as const) {
    test(`fault: ${name}, then the power, and acknowledged commits survive (${mode})`, (t) => {
      if (!hasSqlite) return t.log('sqlite3 is not on the PATH: not tested')
      t.log(`SEED=${seed}`)
      const folder = newDatabase(t)
      for (const at of [2, 9, 17]) {
        const { own, path, outcome, disk } = run(
          folder,
          { multiprocess },
          [{ call, at, every: 0, fault }],
          seed,
        )
        const context = `SEED=${seed} at=${at} ${mode}`
        // An acknowledged commit after the fault rests on everything before it.
        const survivor = disk.crash(seed + at)
        writeFileSync(path, survivor.open('db').content())
        writeFileSync(`${path}-wal`, survivor.open('wal').content())
        judge(t, path, outcome, context)
        rmSync(own, { recursive: true })
      }
    })
  }
}
