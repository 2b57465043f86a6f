/**
 * A process that ends in the middle of calls which answer promises, or after it has terminated a worker in the middle of something: what was
 * acknowledged is there, of each transaction all or nothing, and no log stays behind; with several processes an empty one.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { engine } from '../support/built.ts'
import { createRandom } from '../support/random.ts'
import { temporaryFolder } from '../support/temporary.ts'

const random = createRandom(0xe817)

const modes = {
  'one process': [],
  'several processes': ['multiprocess_wal'],
} as const

/**
 * What is under way when it ends. Rows of `n` below zero may be there or not, two of a number or none, of -3 all, and of -9 none.
 * It knows `db`, `path`, `options`, `Database`, and `soon`, a moment of some milliseconds.
 */
const calls: Readonly<Record<string, string>> = {
  'a write': "void db.run('INSERT INTO t VALUES (-1), (-1)')",
  'a long write': `void db.run('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 2000000) INSERT INTO t SELECT -3 FROM c')
    await soon()`,
  'a long read': `void db.all('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 2000000) SELECT count(*) FROM c, t')
    await soon()`,
  'rows that are read':
    "for await (const row of db.iterate('SELECT * FROM t')) if (row.n) break\nit = db.iterate('SELECT * FROM t'); await it.next()",
  'a transaction': `void db.transactionAsync(async (tx) => {
      await tx.run('INSERT INTO t VALUES (-9)')
      await soon()
      await tx.run('INSERT INTO t VALUES (-9)')
      await new Promise(() => {})
    })()
    await soon()`,
  'many calls': `for (let i = 1; i < 300; i++) void db.run('INSERT INTO t VALUES (?), (?)', -100 - i, -100 - i)
    await soon()`,
  'a call that waits for a lock': `other = new Database(path, options)
    other.exec('BEGIN IMMEDIATE; INSERT INTO t VALUES (-1)')
    void db.run('INSERT INTO t VALUES (-2), (-2)')
    await soon()`,
  'a copy': `void db.backup(path + '.copy')
    await soon()`,
  'its closing': 'void db.close()',
}

function program(
  path: string,
  features: readonly string[],
  call: string,
  isError: boolean,
): string {
  return `import { Database, connect } from ${JSON.stringify(engine)}
    const path = ${JSON.stringify(path)}
    const options = { timeout: 5000, experimental: ${JSON.stringify(features)} }
    const soon = () => new Promise((resolve) => setTimeout(resolve, ${random.below(20)}))
    let it, other
    const db = await connect(path, options)
    await db.exec('CREATE TABLE t(n)')
    for (let i = 0; i < 3; i++) await db.run('INSERT INTO t VALUES (?)', i)
    ${call}
    ${isError ? "throw new Error('mine')" : 'process.exit(0)'}`
}

function assertNoLog(
  t: { is: Function; false: Function },
  path: string,
  features: readonly string[],
): void {
  if (features.length === 0) t.false(existsSync(`${path}-wal`), 'no log')
  else t.is(statSync(`${path}-wal`).size, 0, 'an empty log')
}

function assertWhole(t: { is: Function; deepEqual: Function }, path: string): void {
  const db = new Database(path)
  const count = (condition: string): unknown =>
    db.prepare(`SELECT count(*) FROM t WHERE ${condition}`).pluck().get()
  t.is(count('n >= 0'), 3)
  const halves = db.prepare(
    'SELECT n FROM t WHERE n < 0 GROUP BY n HAVING count(*) <> CASE n WHEN -3 THEN 2000000 WHEN -9 THEN 0 ELSE 2 END',
  )
  t.deepEqual(halves.all(), [])
  t.is(db.pragma('integrity_check', { simple: true }), 'ok')
  db.exec('INSERT INTO t VALUES (4)')
  db.close()
}

for (const [mode, features] of Object.entries(modes)) {
  for (const [what, call] of Object.entries(calls)) {
    for (const isError of what === 'a transaction' ? [false, true] : [false]) {
      test(`exit amid calls: ${mode}: ${isError ? 'an error' : 'process.exit'} during ${what}`, (t) => {
        const folder = temporaryFolder()
        const path = join(folder, 'a.db')
        const file = join(folder, 'program.mjs')
        writeFileSync(file, program(path, features, call, isError))
        const { stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
        t.is(status, isError ? 1 : 0, stderr)
        if (!isError) t.is(stderr, '')
        assertNoLog(t, path, features)
        assertWhole(t, path)
      })
    }
  }
}

/** What a worker does when it is terminated; it knows `db` and `begun`, which says that it has begun. */
const works: Readonly<Record<string, string>> = {
  nothing: 'begun(); setInterval(() => {}, 1000)',
  'a transaction':
    "db.exec('BEGIN; INSERT INTO t VALUES (-9), (-9)'); begun(); setInterval(() => {}, 1000)",
  writes:
    "begun(); for (let i = 1; ; i++) db.prepare('INSERT INTO t VALUES (?), (?)').run(-100 - i, -100 - i)",
  'a write that is spilled': `db.pragma('cache_size = 10'); begun()
    db.exec("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) INSERT INTO t SELECT printf('%9000c', x) FROM c")`,
  'a read':
    "begun(); db.prepare('WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c, t').get()",
  'rows that are read':
    "const rows = db.prepare('SELECT * FROM t').iterate(); rows.next(); begun(); setInterval(() => rows, 1000)",
  checkpoints:
    "begun(); for (;;) { db.exec('UPDATE t SET n = n WHERE n = 1'); db.pragma('wal_checkpoint(TRUNCATE)') }",
  'a wait for a lock':
    "begun(); db.exec('INSERT INTO t VALUES (-1), (-1)'); setInterval(() => {}, 1000)",
  calls: `const calls = await connect(path, options); begun()
    for (let i = 1; ; i++) await calls.run('INSERT INTO t VALUES (?), (?)', -100 - i, -100 - i)`,
}

function withWorker(
  path: string,
  features: readonly string[],
  work: string,
  holds: boolean,
): string {
  const head = `import { Database, connect } from ${JSON.stringify(engine)}
    import { parentPort, Worker } from 'node:worker_threads'
    const path = ${JSON.stringify(path)}
    const options = { timeout: 5000, experimental: ${JSON.stringify(features)} }
    const db = new Database(path, options)\n`
  const body = `${head}const begun = () => parentPort.postMessage('begun')\n${work}`
  return `${head}
    db.exec('CREATE TABLE t(n); INSERT INTO t VALUES (0), (1), (2)')
    const url = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(body)}))
    for (const wait of ${JSON.stringify(Array.from({ length: 3 }, () => random.below(40)))}) {
      const worker = new Worker(url)
      ${holds ? "db.exec('BEGIN IMMEDIATE')" : ''}
      await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
      await new Promise((resolve) => setTimeout(resolve, wait))
      await worker.terminate()
      ${holds ? "db.exec('COMMIT')" : ''}
      db.exec('UPDATE t SET n = n')
    }`
}

for (const [mode, features] of Object.entries(modes)) {
  for (const [what, work] of Object.entries(works)) {
    test(`exit amid calls: ${mode}: a process ends whose workers were terminated in ${what}`, (t) => {
      const folder = temporaryFolder()
      const path = join(folder, 'a.db')
      const file = join(folder, 'program.mjs')
      writeFileSync(file, withWorker(path, features, work, what === 'a wait for a lock'))
      const { stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
      t.is(status, 0, stderr)
      t.is(stderr, '')
      assertNoLog(t, path, features)
      const db = new Database(path)
      // The numbers begin anew with each worker.
      const odd = 'SELECT n FROM t WHERE n < 0 GROUP BY n HAVING n = -9 OR count(*) % 2 = 1'
      t.deepEqual(db.prepare(odd).all(), [])
      db.exec("DELETE FROM t WHERE n < 0 OR typeof(n) = 'text'")
      db.close()
      assertWhole(t, path)
    })
  }
}
