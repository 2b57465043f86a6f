/**
 * A process, or a worker, that ends without closing its databases: nothing that was committed is lost, what was not is taken back, and no
 * log stays behind; with several processes an empty one, as always there.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { Database } from '../../packages/engine/src/index.ts'
import { engine } from '../support/built.ts'
import { temporaryFolder } from '../support/temporary.ts'

const modes = {
  'one process': [],
  'several processes': ['multiprocess_wal'],
} as const

/** How it ends, after one row has been committed: JavaScript that knows `db`, `insert`, `path`, `open`. */
const ends: Readonly<
  Record<string, { readonly code: string; readonly rows?: number; readonly status?: number }>
> = {
  'at its end': { code: '' },
  'by process.exit': { code: 'process.exit(0)' },
  'by an error': { code: "throw new Error('mine')", status: 1 },
  'inside a transaction': { code: "db.exec('BEGIN'); insert(2); process.exit(0)" },
  'with an open iterator': { code: "it = db.prepare('SELECT * FROM t').iterate(); it.next()" },
  'with an iterator that has written': {
    code: "it = db.prepare('INSERT INTO t VALUES (2) RETURNING n').iterate(); it.next()",
  },
  'inside a function': {
    code: `db.function('leave', () => process.exit(0))
      db.exec('INSERT INTO t SELECT leave() FROM t')`,
  },
  'inside verbose': {
    code: `const other = open({ verbose: () => process.exit(0) })
      other.exec('INSERT INTO t VALUES (2)')`,
  },
  'with several connections': {
    code: "it = [open(), open()]; it[0].exec('INSERT INTO t VALUES (2)')",
    rows: 2,
  },
  'with listeners that still write': {
    code: "process.on('exit', () => insert(2)); setTimeout(() => insert(3), 1)",
    rows: 3,
  },
  'beside a database in memory': {
    code: `it = new Database(':memory:')
      it.exec(\`ATTACH '\${path}\${query}' AS a; INSERT INTO a.t VALUES (2)\`); db.close()`,
    rows: 2,
  },
  'with a database that was lost': {
    code: `for (let i = 0; i < 5; i++) open().prepare('SELECT * FROM t').get()
      globalThis.gc?.(); await new Promise((resolve) => setTimeout(resolve, 20))`,
  },
}

/** Those that are tried there as well. */
const inWorkers = new Set([
  'at its end',
  'by process.exit',
  'inside a transaction',
  'with an open iterator',
])

function program(path: string, features: readonly string[], end: string): string {
  return `import { Database } from ${JSON.stringify(engine)}
    const path = ${JSON.stringify(path)}
    const query = ${JSON.stringify(features.length > 0 ? '?experimental=multiprocess_wal' : '')}
    let it
    const open = (options = {}) => new Database(path, { experimental: ${JSON.stringify(features)}, ...options })
    const db = open()
    if (db.prepare("SELECT count(*) FROM sqlite_schema").pluck().get() === 0) db.exec('CREATE TABLE t(n)')
    process.on('exit', () => { try { insert(0) } catch { /* It is busy, or closed. */ } })
    const insert = (n) => db.prepare('INSERT INTO t VALUES (?)').run(n)
    insert(1)
    ${end}`
}

function inWorker(code: string): string {
  return `import { Worker } from 'node:worker_threads'
    const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(code)})))
    worker.on('error', () => { process.exitCode = 1 })`
}

for (const [mode, features] of Object.entries(modes)) {
  for (const [how, { code, rows = 1, status = 0 }] of Object.entries(ends)) {
    for (const where of ['the process', 'a worker'] as const) {
      if (where === 'a worker' && !inWorkers.has(how)) continue
      test(`exit: ${mode}: ${where} ends ${how}`, (t) => {
        const folder = temporaryFolder()
        const path = join(folder, 'a.db')
        const file = join(folder, 'program.mjs')
        const text = program(path, features, code)
        writeFileSync(file, where === 'a worker' ? inWorker(text) : text)
        const { stderr, status: given } = spawnSync(process.execPath, ['--expose-gc', file], {
          encoding: 'utf8',
        })
        t.is(given, status, stderr)
        if (features.length === 0) t.false(existsSync(`${path}-wal`), 'no log')
        else t.is(statSync(`${path}-wal`).size, 0, 'an empty log')
        const db = new Database(path)
        const found = db.prepare('SELECT count(*) FROM t WHERE n > 0').pluck().get()
        t.is(found, rows)
        t.is(db.pragma('integrity_check', { simple: true }), 'ok')
        db.close()
      })
    }
  }
}

test('exit: better-sqlite3 is followed: a connection that nobody has any more is closed', async (t) => {
  const folder = temporaryFolder()
  const path = join(folder, 'a.db')
  const file = join(folder, 'program.mjs')
  writeFileSync(
    file,
    `import { Database } from ${JSON.stringify(engine)}
    import { existsSync } from 'node:fs'
    const path = ${JSON.stringify(path)}
    ;(() => { new Database(path).exec('CREATE TABLE t(n)') })()
    const before = existsSync(path + '-wal')
    for (let i = 0; i < 20 && existsSync(path + '-wal'); i++) {
      gc()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    console.log(before, existsSync(path + '-wal'))`,
  )
  const { stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', file], {
    encoding: 'utf8',
  })
  t.is(stdout, 'true false\n', stderr)
})
