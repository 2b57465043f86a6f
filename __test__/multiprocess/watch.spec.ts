/**
 * `db.watch` beside other processes, ours and Turso's: every commit is told, once, with every table that it has changed, whoever made it and
 * however he ends; nothing else is.
 */
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import type { CommitEvents } from '../../packages/engine/src/index.ts'
import { engine } from '../support/built.ts'
import { createRandom } from '../support/random.ts'
import { multiprocess, openRemote, turso, type Remote } from '../support/remote.ts'
import { temporaryFolder } from '../support/temporary.ts'

const newPath = (): string => join(temporaryFolder(), 'a.db')
const tables = ['a', 'b', 'c'] as const

function opened(path: string): Database {
  const db = new Database(path, multiprocess)
  for (const table of tables) {
    db.exec(`CREATE TABLE IF NOT EXISTS ${table}(id INTEGER PRIMARY KEY, n INT, filler)`)
    db.exec(`INSERT OR IGNORE INTO ${table} VALUES (1, 0, '')`)
  }
  return db
}

/** Reads until `to` commits have been told; each once, and in order. */
async function readUntil(
  t: ExecutionContext,
  events: CommitEvents,
  to: number,
): Promise<Set<string>> {
  const told = new Set<string>()
  let reached: number | null = null
  for (;;) {
    const { done, value } = await events.next()
    if (done === true) throw new Error('it has come to its end')
    if (reached !== null) t.is(value.from, reached)
    for (const table of value.tables) told.add(table)
    reached = value.to
    if (reached >= to) {
      t.is(reached, to)
      return told
    }
  }
}

const countOf = (db: Database): number =>
  tables.reduce((sum, table) => {
    return sum + (db.prepare(`SELECT n FROM ${table} WHERE id = 1`).pluck().get() as number)
  }, 0)

/** Commits, each of which counts on in one table. */
const commit = (remote: Remote, choices: readonly number[], rows: number): Promise<number> =>
  remote.call(
    ({ db }, choices, rows) => {
      let busy = 0
      for (const choice of choices) {
        const table = 'abc'[choice]
        try {
          db.exec('BEGIN IMMEDIATE')
          db.exec(`UPDATE ${table} SET n = n + 1 WHERE id = 1`)
          for (let i = 0; i < rows; i++) {
            db.exec(`INSERT INTO ${table}(n, filler) VALUES (${i}, hex(zeroblob(${i * 40})))`)
          }
          db.exec('COMMIT')
        } catch {
          busy++
          try {
            db.exec('ROLLBACK')
          } catch {
            // It is over already.
          }
        }
      }
      return busy
    },
    choices,
    rows,
  )

for (const kinds of [
  [undefined, undefined, undefined],
  [undefined, turso, undefined],
]) {
  const names = kinds.map((kind) => (kind === undefined ? 'ours' : 'Turso')).join(', ')
  test(`watch: a storm of commits of three processes (${names}) is told whole`, async (t) => {
    const random = createRandom(kinds.includes(turso) ? 7 : 8)
    t.log(`SEED=${random.seed}`)
    const path = newPath()
    const db = opened(path)
    const remotes = await Promise.all(kinds.map((kind) => openRemote(t, path, kind)))
    const events = db.watch([...tables])
    const one = db.watch('b')
    const started = db.prepare('PRAGMA data_version').pluck().get()
    t.truthy(started)
    let expected = 0
    let total = 0
    for (let round = 0; round < 4; round++) {
      const first = await firstCount(t, db, events, round === 0)
      const choices = remotes.map(() => Array.from({ length: 40 }, () => random.below(3)))
      const rows = random.below(5)
      const before = countOf(db)
      const ended = Promise.all(remotes.map((remote, i) => commit(remote, choices[i]!, rows)))
      const busy = (await ended).reduce((sum, count) => sum + count, 0)
      const made = countOf(db) - before
      t.is(made, 120 - busy)
      expected = first + made
      total += made
      const told = await readUntil(t, events, expected)
      t.deepEqual(
        [...told].toSorted(),
        [...new Set(choices.flat())].map((i) => tables[i]!).toSorted(),
      )
    }
    t.true(total > 100)
    t.true((await one.next()).value!.tables.includes('b'))
    await Promise.all(remotes.map((remote) => remote.call(({ db }) => void db.close())))
    db.close()
  })
}

/** The number of the last commit, found by making one. */
async function firstCount(
  t: ExecutionContext,
  db: Database,
  events: CommitEvents,
  isFirst: boolean,
): Promise<number> {
  db.exec('UPDATE a SET filler = filler || 1 WHERE id = 1')
  const { value } = await events.next()
  if (isFirst) t.true(value!.own)
  return value!.to
}

test('watch: checkpoints, restarts of the log and readers are no commits', async (t) => {
  const path = newPath()
  const db = opened(path)
  const other = await openRemote(t, path)
  const events = db.watch()
  let isTold = false
  const next = events.next().then((result) => {
    isTold = true
    return result
  })
  await other.call(({ db }) => {
    for (const mode of ['PASSIVE', 'FULL', 'RESTART', 'TRUNCATE']) {
      db.exec(`PRAGMA wal_checkpoint(${mode}); SELECT * FROM a`)
    }
    db.exec('BEGIN IMMEDIATE; UPDATE a SET n = 7; ROLLBACK; BEGIN; SELECT * FROM a; COMMIT')
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  t.false(isTold)
  await other.call(({ db }) => void db.exec('UPDATE b SET n = n + 1'))
  const { value } = await next
  t.is(value!.to - value!.from, 1)
  t.deepEqual([value!.tables, value!.own], [['b'], false])
  await other.call(({ db }) => void db.close())
  db.close()
})

test('watch: what a process has committed before it was killed is told, and nothing of what it had not', async (t) => {
  const path = newPath()
  const db = opened(path)
  const events = db.watch()
  for (const kind of [undefined, turso]) {
    const victim = await openRemote(t, path, kind)
    await victim.call(({ db }) => {
      db.exec('UPDATE a SET n = n + 1; BEGIN IMMEDIATE; UPDATE b SET n = n + 1')
      const insert = db.prepare('INSERT INTO c(filler) VALUES (zeroblob(3000))')
      for (let i = 0; i < 100; i++) insert.run()
    })
    process.kill(victim.pid, 'SIGKILL')
    const { value } = await events.next()
    t.deepEqual([value!.tables, value!.to - value!.from], [['a'], 1])
  }
  db.exec('UPDATE b SET n = 10')
  const { value } = await events.next()
  t.deepEqual([value!.tables, value!.own], [['b'], true])
  db.close()
})

test('watch: schema changes and VACUUM of another process are told', async (t) => {
  const path = newPath()
  const db = opened(path)
  const other = await openRemote(t, path)
  const events = db.watch()
  const tells = async (sql: string, expected: readonly string[]): Promise<void> => {
    await other.call(({ db }, sql) => void db.exec(sql), sql)
    const { value } = await events.next()
    for (const table of expected) t.true(value!.tables.includes(table), `${sql}: ${table}`)
  }
  await tells('CREATE TABLE late(x)', ['late', 'sqlite_schema'])
  await tells('INSERT INTO late VALUES (1)', ['late'])
  await tells('VACUUM', ['late', 'a', 'b', 'c'])
  await tells('DROP TABLE late', ['late'])
  await other.call(({ db }) => void db.close())
  db.close()
})

test('watch: once the log is no longer at its name, it fails', async (t) => {
  const path = newPath()
  const db = opened(path)
  const events = db.watch()
  const next = events.next()
  renameSync(`${path}-wal`, `${path}-moved`)
  await t.throwsAsync(next, { code: 'SQLITE_IOERR', message: /-wal' was deleted or replaced$/ })
  t.true((await events.next()).done)
  renameSync(`${path}-moved`, `${path}-wal`)
  db.close()
})

/** Opens a database, watches it, and prints a line for each event. */
const watcher = `
  import { Database } from '${engine}'
  const db = new Database(process.argv[1], { experimental: ['multiprocess_wal'] })
  console.log('watching')
  for await (const { to } of db.watch()) console.log(to)
`

test('watch: an idle process that watches wakes up for nothing', async (t) => {
  const strace = ['/usr/bin/strace', '/usr/local/bin/strace'].find((path) => existsSync(path))
  if (process.platform !== 'linux' || strace === undefined) {
    t.pass('there is no strace')
    return
  }
  const path = newPath()
  const db = opened(path)
  const child = spawn(process.execPath, ['--input-type=module', '-e', watcher, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = child.stdout.setEncoding('utf8')[Symbol.asyncIterator]()
  t.is((await lines.next()).value, 'watching\n')
  db.exec('UPDATE a SET n = 1')
  t.regex((await lines.next()).value as string, /^\d+\n$/)
  // What ends at its own time has done so: the sampler parks, the log is cut.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  const trace = `${path}-trace`
  try {
    execFileSync('timeout', ['3', strace, '-f', '-o', trace, '-p', String(child.pid)], {
      stdio: 'ignore',
    })
  } catch {
    // It was ended.
  }
  if (!existsSync(trace)) {
    child.kill()
    t.pass('processes cannot be looked at here')
    return
  }
  const calls = readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !/resumed|detached|strace: |unfinished/.test(line))
  // The sentry looks once a second whether SQLite has come (docs/tshm-format.md, 'Stock SQLite'): two or three calls, whether somebody watches or not.
  const others = calls.filter((line) => !/fcntl\(\d+, F_OFD_|futex\(|madvise/.test(line))
  t.true(others.length <= 3, others.join('\n'))
  t.true(calls.length <= 40, calls.join('\n'))
  child.kill()
  db.close()
})
