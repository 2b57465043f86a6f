/** `chorusdb/node-sqlite` as the package gives it, what it refuses, and what node:sqlite knows nothing of: several processes. Needs no other Node. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { backup, DatabaseSync, Session } from '../../packages/engine/src/node-sqlite.ts'
import { isUncallable, nearEnd } from '../support/stack-end.ts'
import { temporaryFolder } from '../support/temporary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const multiprocess = { experimental: ['multiprocess_wal'], timeout: 20_000 }

const names = ['DatabaseSync', 'Session', 'StatementSync', 'backup', 'constants']

function run(t: ExecutionContext, type: 'module' | 'commonjs', program: string): unknown {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--no-warnings', `--input-type=${type}`, '-e', program],
    { cwd: root, encoding: 'utf8' },
  )
  t.is(status, 0, stderr)
  return JSON.parse(stdout)
}

const rowOf = (sql: string): string =>
  `new DatabaseSync(':memory:').prepare(${JSON.stringify(sql)}).get()`

test('node-sqlite: import gives the members by name and by default', (t) => {
  const answer = run(
    t,
    'module',
    `import sqlite, * as all from 'chorusdb/node-sqlite'
    const { DatabaseSync } = all
    console.log(JSON.stringify({
      names: Object.keys(all).sort(),
      same: Object.keys(sqlite).every((name) => sqlite[name] === all[name]),
      row: ${rowOf('SELECT 1 AS a')},
    }))`,
  )
  t.deepEqual(answer, { names: [...names, 'default'].sort(), same: true, row: { a: 1 } })
})

test('node-sqlite: require gives the same classes', (t) => {
  const answer = run(
    t,
    'commonjs',
    `const sqlite = require('chorusdb/node-sqlite')
    const { DatabaseSync } = sqlite
    import('chorusdb/node-sqlite').then((all) => console.log(JSON.stringify({
      names: Object.keys(sqlite).filter((name) => name !== '__esModule').sort(),
      same: all.DatabaseSync === DatabaseSync && sqlite.default.DatabaseSync === DatabaseSync,
      row: ${rowOf('SELECT 1 AS a')},
    })))`,
  )
  t.deepEqual(answer, { names: [...names, 'default'].sort(), same: true, row: { a: 1 } })
})

test('node-sqlite: the rolled-up types name every export', (t) => {
  for (const file of ['node-sqlite.d.ts', 'node-sqlite.d.cts']) {
    const types = readFileSync(join(root, file), 'utf8')
    for (const name of names) t.regex(types, new RegExp(`^export declare const ${name}\\b`, 'm'))
    // To `require` the module itself is all.
    if (file.endsWith('.ts')) t.regex(types, /^export default sqlite$/m)
  }
})

test('node-sqlite: what there is not is refused by name', (t) => {
  const db = new DatabaseSync(':memory:', { allowExtension: true })
  const refused: readonly (readonly [string, () => unknown])[] = [
    ['createSession()', () => db.createSession()],
    ['applyChangeset()', () => db.applyChangeset(new Uint8Array(1))],
    ['loadExtension()', () => db.loadExtension('x')],
    ['setAuthorizer()', () => db.setAuthorizer(() => 0)],
    ['a limit of 10 for length', () => (db.limits.length = 10)],
    ['a limit of 10 for vdbeOp', () => (db.limits.vdbeOp = 10)],
  ]
  for (const [what, call] of refused) {
    t.like(t.throws(call), {
      name: 'Error',
      message: `${what} is not supported`,
      code: 'ERR_SQLITE_ERROR',
      errcode: 1,
      errstr: 'SQL logic error',
    })
  }
  t.throws(() => new DatabaseSync(':memory:', { limits: { vdbeOp: 5 } }))
  t.throws(() => new (Session as unknown as new () => unknown)(), {
    message: 'Illegal constructor',
  })
  t.throws(() => new DatabaseSync('a.db', { experimental: 'x' as never }), {
    message: 'The "options.experimental" argument must be an array of strings.',
  })
  db.exec('CREATE TEMP TABLE t(a)')
  t.throws(() => db.deserialize(db.serialize()), {
    message: 'deserialize() beside attached or temporary databases is not supported',
  })
})

test('node-sqlite: what replaces a database leaves its file alone, and keeps functions and settings', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  const db = new DatabaseSync(path)
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1)')
  db.function('twice', (a) => Number(a) * 2)
  db.aggregate('n', { start: 0, step: (count: number) => count + 1 })
  db.exec('PRAGMA foreign_keys = OFF')
  db.limits.attach = 3
  const other = new DatabaseSync(':memory:')
  other.exec('CREATE TABLE u(a); INSERT INTO u VALUES (5), (6)')
  db.deserialize(other.serialize())
  t.is(db.location(), null)
  t.deepEqual(
    { ...db.prepare('SELECT n() AS n, sum(twice(a)) AS s FROM u').get() },
    { n: 2, s: 22 },
  )
  t.deepEqual({ ...db.prepare('PRAGMA foreign_keys').get() }, { foreign_keys: 0 })
  t.is(db.limits.attach, 3)
  db.exec('INSERT INTO u VALUES (7)')
  db.close()
  const again = new DatabaseSync(path)
  t.deepEqual(
    again
      .prepare('SELECT a FROM t')
      .all()
      .map((row) => ({ ...row })),
    [{ a: 1 }],
  )
  t.throws(() => again.deserialize(new Uint8Array(5000)), { message: 'file is not a database' })
  t.is(again.prepare('SELECT a FROM t').all().length, 1)
})

test('node-sqlite: who is closed with open iterators leaves no lock and no log', (t) => {
  const path = join(temporaryFolder(), 'a.db')
  for (const options of [{}, multiprocess]) {
    const db = new DatabaseSync(path, options)
    db.exec('CREATE TABLE IF NOT EXISTS t(a); INSERT INTO t VALUES (1), (2)')
    const rows = db.prepare('SELECT a FROM t').iterate()
    rows.next()
    db.prepare('INSERT INTO t VALUES (3) RETURNING a').iterate().next()
    db.close()
    t.throws(() => rows.next(), { message: 'statement has been finalized' })
    const next = new DatabaseSync(path)
    t.true(Number(next.prepare('SELECT count(*) AS n FROM t').get()?.['n']) >= 3)
    next.close()
  }
})

const worker = `
  import { DatabaseSync } from 'chorusdb/node-sqlite'
  const db = new DatabaseSync(process.argv[1], JSON.parse(process.argv[2]))
  const add = db.prepare('UPDATE t SET n = n + 1')
  for (let i = 0; i < 200; i++) add.run()
  db.close()
`

const patient = { timeout: 20_000 }
const features = { CHORUSDB_EXPERIMENTAL: 'multiprocess_wal' }

for (const [how, query, options, environment] of [
  ['by the option', '', multiprocess, {}],
  ['by the name', '?experimental=multiprocess_wal', patient, {}],
  ['by the environment', '', patient, features],
] as const) {
  test(`node-sqlite: several processes write one file, ${how}`, async (t) => {
    const path = join(temporaryFolder(), 'a.db')
    const db = new DatabaseSync(path, multiprocess)
    db.exec('CREATE TABLE t(n); INSERT INTO t VALUES (0)')
    const program = ['--no-warnings', '--input-type=module', '-e', worker]
    const args = [...program, path + query, JSON.stringify(options)]
    const codes = await Promise.all(
      [1, 2].map(
        () =>
          new Promise((resolve) => {
            const env = { ...process.env, ...environment }
            spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env }).on('exit', resolve)
          }),
      ),
    )
    t.deepEqual(codes, [0, 0])
    t.deepEqual({ ...db.prepare('SELECT n FROM t').get() }, { n: 400 })
  })
}

test('node-sqlite: a backup has the state of one moment, whoever writes meanwhile', async (t) => {
  const folder = temporaryFolder()
  for (const options of [{}, multiprocess]) {
    const name = options === multiprocess ? 'many' : 'one'
    const path = join(folder, `${name}.db`)
    const db = new DatabaseSync(path, options)
    db.exec('CREATE TABLE t(a, b)')
    const add = db.prepare('INSERT INTO t VALUES (?, zeroblob(900))')
    for (let i = 0; i < 100; i++) add.run(i)
    const other = new DatabaseSync(path, options)
    let steps = 0
    const pages = await backup(db, join(folder, `${name}-copy.db`), {
      rate: 3,
      progress: ({ totalPages, remainingPages }) => {
        t.true(remainingPages > 0 && remainingPages < totalPages)
        if (steps++ < 10) {
          add.run(1000)
          other.exec('INSERT INTO t VALUES (1000, NULL); UPDATE t SET a = a + 1')
        }
      },
    })
    t.true(steps > 5)
    const copy = new DatabaseSync(join(folder, `${name}-copy.db`))
    const [sums] = copy.prepare('SELECT count(*) AS n, sum(a) AS s FROM t').all()
    t.deepEqual({ ...sums }, { n: 100, s: 4950 })
    t.deepEqual({ ...copy.prepare('PRAGMA integrity_check').get() }, { integrity_check: 'ok' })
    t.is(copy.prepare('PRAGMA page_count').get()?.['page_count'], pages)
    copy.close()
    other.close()
    db.close()
  }
})

test('node-sqlite: a backup that fails leaves its target as it was', async (t) => {
  const folder = temporaryFolder()
  const target = join(folder, 'target.db')
  const old = new DatabaseSync(target)
  old.exec('CREATE TABLE old(a); INSERT INTO old VALUES (1)')
  old.close()
  const db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(20000))')
  const progress = (): void => {
    throw new Error('mine')
  }
  await t.throwsAsync(() => backup(db, target, { rate: 1, progress }), { message: 'mine' })
  const again = new DatabaseSync(target)
  t.deepEqual({ ...again.prepare('SELECT * FROM old').get() }, { a: 1 })
  again.close()
  const small = new DatabaseSync(':memory:')
  small.exec('PRAGMA page_size = 512; CREATE TABLE t(a)')
  t.like(await t.throwsAsync(() => backup(small, target)), { errcode: 8 })
})

test('node-sqlite: at the end of the stack the answer is an error of the database', (t) => {
  const db = new DatabaseSync(':memory:')
  db.exec('CREATE TABLE t(a); INSERT INTO t VALUES (1), (2)')
  const select = db.prepare('SELECT a FROM t')
  const insert = db.prepare('INSERT INTO t VALUES (?)')
  const calls: readonly (() => unknown)[] = [
    () => select.get(),
    () => select.all(),
    () => [...select.iterate()],
    () => insert.run(3),
    () => db.exec('SELECT 1'),
    () => db.prepare('SELECT a + 1 FROM t').columns(),
    () => db.serialize(),
  ]
  const errors = new Set<string>()
  for (const call of calls) {
    call()
    for (const left of [0, 1, 2, 3, 4, 5, 8, 12, 20, 40, 80]) {
      let failure: unknown = null
      try {
        nearEnd(left, call)
      } catch (error) {
        failure = error
      }
      if (failure !== null && !isUncallable(failure, 'plain.spec')) {
        errors.add((failure as { code?: string }).code ?? String(failure))
      }
      t.is(typeof select.get()?.['a'], 'number')
    }
  }
  t.deepEqual([...errors], ['ERR_SQLITE_ERROR'])
})
